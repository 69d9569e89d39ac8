"""The reference has everything public, once and under its public name, and nothing else."""

import ast
import inspect
import re
import shutil
from collections import Counter
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from mkdocstrings import Inventory

from bookit_async import BookIt, RetryPolicy, errors
from bookit_async.settings import Settings

from .site import PUBLIC, ROOT, build, homes, names_of

REFERENCE = ROOT / "docs" / "reference"
TELLS = re.compile(r"^::: (\S+)\n(?!    options:\n      skip_local_inventory)", flags=re.MULTILINE)
WITHIN = re.compile(r"bookit_async\.(transports|exchange)\b|bookit_async\.errors$")
"""Rooms that list what they give to others of the house; what of it is public, the package lists too."""


def test_each_public_name_has_one_place_in_the_reference() -> None:
    written = Counter(
        name for page in REFERENCE.glob("*.md") for name in TELLS.findall(page.read_text(encoding="utf-8"))
    )
    assert set(written.values()) == {1}
    assert set(written) == set(homes().values())


def test_every_room_that_lists_what_it_gives_is_public_or_known_to_be_within() -> None:
    listing = {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for path in (ROOT / "bookit_async").rglob("*.py")
        if re.search(r"^__all__ = ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert {one for one in listing if not WITHIN.match(one) and "_generated" not in one} <= set(PUBLIC)


@pytest.mark.subprocess
def test_the_inventory_has_what_is_public_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    site = build(tmp_path)
    with (site / "objects.inv").open("rb") as file:
        listed = names_of(Inventory.parse_sphinx(file))
    places = set(homes().values())
    assert places <= set(listed)
    assert [one for one in listed if one not in places and not _is_member(one, places)] == []
    assert not [one for one in listed if "._" in one or "_generated" in one]
    for name in ("llms.txt", "llms-full.txt", "service/index.md", "reference/client/index.md"):
        assert (site / name).stat().st_size > 500, name
    assert "earliest" in (site / "llms-full.txt").read_text(encoding="utf-8")


def _is_member(name: str, places: set[str]) -> bool:
    return name.rpartition(".")[0] in places


def _classes() -> list[ast.ClassDef]:
    source = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    return [one for one in source.body if isinstance(one, ast.ClassDef) and one.name in errors.__all__]


@pytest.mark.parametrize("written", _classes(), ids=lambda one: one.name)
def test_what_an_error_is_made_with_is_annotated_and_told_on_its_class(written: ast.ClassDef) -> None:
    kind: type[errors.BookItError] = getattr(errors, written.name)
    own = [name for name in inspect.signature(kind.__init__).parameters if name not in ("self", "answer")]
    annotated = {name for one in kind.__mro__ for name in vars(one).get("__annotations__", {})}
    assert set(own) <= annotated
    bare = [
        ast.unparse(one)
        for one, after in pairwise([*written.body, ast.Pass()])
        if isinstance(one, ast.AnnAssign)
        and "ClassVar" not in ast.unparse(one.annotation)
        and not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant))
    ]
    assert bare == []


def test_help_tells_the_defaults_that_count() -> None:
    made = Settings(api_key="k")
    paragraphs = (inspect.getdoc(BookIt) or "").replace("\n        ", " ")
    told = dict(re.findall(r"^    (\w+): .*?\(([\d.]+)\)", paragraphs, flags=re.MULTILINE))
    numbers = {
        name: getattr(made, name)
        for name in inspect.signature(BookIt).parameters
        if isinstance(getattr(made, name, None), (int, float)) and not isinstance(getattr(made, name), bool)
    }
    assert {name: float(value) for name, value in told.items()} == numbers


def test_help_tells_nothing_that_is_not_for_users() -> None:
    for shown in (BookIt, RetryPolicy):
        for name, member in inspect.getmembers(shown, inspect.isfunction):
            if name == "__init__" or not name.startswith("_"):
                told = str(inspect.signature(member))
                assert " at 0x" not in told
                assert "unknown" not in told


@pytest.mark.parametrize("module", PUBLIC)
def test_everything_public_says_what_it_is(module: str) -> None:
    room = import_module(module)
    classes = [getattr(room, name) for name in getattr(room, "__all__", ())]
    assert [one for one in classes if inspect.isroutine(one) and not inspect.getdoc(one)] == []
