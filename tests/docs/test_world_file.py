"""The world on the page is played as it stands there, and shows every key that there is."""

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from bookit_async import BookIt, Offer
from bookit_async.sandbox import Sandbox, load_world, world

from .test_pages import DOCS

PAGE = (DOCS / "reference" / "world.md").read_text(encoding="utf-8")
PARTS: list[type[Any]] = [
    one for name in world.__all__ if isinstance(one := getattr(world, name), type) and attrs.has(one)
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    path = tmp_path / "world.yaml"
    path.write_text(text, encoding="utf-8")
    return path


async def test_it_is_played(written: Path) -> None:
    sandbox = Sandbox(load_world(written), tcp=False)
    client = BookIt(sandbox.api_key, base_url="https://sandbox.invalid", transport=sandbox.transport)
    offer = await client.route("Demo Request", {"Email": "ada@example.com", "Seats": 4200})
    assert isinstance(offer, Offer)
    assert [host.name for host in offer.hosts] == ["Eva Lind"]


@pytest.mark.parametrize("part", PARTS)
def test_it_shows_every_key(part: type[Any], written: Path) -> None:
    keys = set(re.findall(r"(?:^|[{\s])(\w+):(?=\s)", written.read_text(encoding="utf-8")))
    assert {field.name for field in attrs.fields(part)} <= keys
