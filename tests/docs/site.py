"""`make docs`: builds the site, strictly, and keeps in `objects.inv` what is public and nothing else."""

import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import cast

from mkdocstrings import Inventory

ROOT = Path(__file__).parents[2]
PUBLIC = (
    "bookit_async",
    "bookit_async.doctor",
    "bookit_async.durable",
    "bookit_async.mcp",
    "bookit_async.fastapi_router",
    "bookit_async.sandbox",
    "bookit_async.sandbox.faults",
    "bookit_async.sandbox.world",
    "bookit_async.testing",
)
"""Modules whose names are for users. Where two give the same thing, the first is its home."""
FIXTURES = ("bookit_sandbox", "bookit_client", "NOW")


def homes() -> dict[str, str]:
    """Return the full name under which the reference tells of each public thing, by each full name that it has."""
    first: dict[int, str] = {}
    told: dict[str, str] = {}
    for module in PUBLIC:
        room = import_module(module)
        for name in getattr(room, "__all__", FIXTURES):
            told[f"{module}.{name}"] = first.setdefault(id(getattr(room, name)), f"{module}.{name}")
    return told


def pruned(inventory: bytes, homes: Iterable[str]) -> bytes:
    """Return an inventory without the places where things are made, which are nobody's business."""
    whole: Inventory = Inventory.parse_sphinx(BytesIO(inventory))
    kept = frozenset(homes)
    for name in names_of(whole):
        if not any(name == home or name.startswith(f"{home}.") for home in kept):
            del whole[name]
    return whole.format_sphinx()


def names_of(inventory: Inventory) -> list[str]:
    """Return the full names that an inventory has."""
    return [str(name) for name in cast("Iterable[object]", inventory)]


def build(folder: Path) -> Path:
    """Build the site whose `zensical.toml` is in a folder, and return where it is; a warning is an error."""
    subprocess.run([Path(sys.executable).with_name("zensical"), "build", "--strict", "--clean"], cwd=folder, check=True)  # noqa: S603
    site = folder / "build" / "site"
    inventory = site / "objects.inv"
    inventory.write_bytes(pruned(inventory.read_bytes(), homes().values()))
    return site


if __name__ == "__main__":
    build(ROOT)
