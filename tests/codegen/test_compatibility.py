"""Which changes of a public name break the code that uses it."""

from pathlib import Path

import pytest

from codegen import surface as surfaces
from codegen.surface import SurfaceChange

USED = """\
from typing import Literal, TypeAlias
Chooser: TypeAlias = "int"
class Base(Exception): ...
class _Hidden: ...
"""


def package(folder: Path, code: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "models").mkdir()
    (folder / "models" / "__init__.py").write_text(USED + code)
    return folder


def compared(tmp_path: Path, old: str, new: str) -> list[SurfaceChange]:
    before, after = (surfaces.surface(package(tmp_path / n / "code", text)) for n, text in (("old", old), ("new", new)))
    return surfaces.changes(before, after)


@pytest.mark.parametrize(
    ("old", "new", "breaking"),
    [
        ("def f(a): ...", "def f(a, b=1): ...", False),
        ("def f(a): ...", "def f(a, *, b): ...", True),
        ("def f(a): ...", "def f(a, *more, **others): ...", False),
        ("def f(a, b=1): ...", "def f(a): ...", True),
        ("def f(a, b=1): ...", "def f(a, b=2): ...", False),
        ("def f(a, b=1): ...", "def f(a, b): ...", True),
        ("def f(a, b): ...", "def f(b, a): ...", True),
        ("def f(a, b): ...", "def f(a, /, b): ...", True),
        ("def f(a): ...", "def f(*, a): ...", True),
        ("def f(*, a): ...", "def f(a): ...", False),
        ("def f(a: int): ...", "def f(a: int | str): ...", False),
        ("def f(a: int): ...", "def f(a): ...", False),
        ("def f(a): ...", "def f(a: int): ...", True),
        ("def f(a: int | str): ...", "def f(a: int): ...", True),
        ("def f(a: Literal['x']): ...", "def f(a: Literal['x', 'y']): ...", False),
        ("def f(a: Literal['x', 'y']): ...", "def f(a: Literal['x']): ...", True),
        ("def f() -> int: ...", "def f() -> str: ...", True),
        ("def f() -> int | None: ...", "def f() -> int: ...", False),
        ("def f() -> int: ...", "def f() -> int | None: ...", True),
        ("def f() -> Literal['x']: ...", "def f() -> Literal['x', 'y']: ...", False),
        ("def f(): ...", "async def f(): ...", True),
        ("def f(): ...", "f = 1", True),
        ("f: Literal['x', 'y']", "f: Literal['x', 'y', 'z']", False),
        ("f: Literal['x', 'y']", "f: Literal['x']", True),
        ("f: TypeAlias = Literal['x']", "f: TypeAlias = Literal['x', 'y']", False),
        ("f: TypeAlias = 'not a type'", "f: TypeAlias = 'no type at all'", True),
        ("class C:\n    a: int", "class C:\n    a: str", True),
        ("class C:\n    a: int = 1", "class C:\n    a: int", True),
        ("class C:\n    a: int", "class C:\n    a: int = 1", False),
        ("class C:\n    a: int", "class C:\n    a: int\n    b: int = 1", False),
        ("class C:\n    a: int", "class C:\n    a: int\n    b: int", True),
        ("class C(Base): ...", "class C: ...", True),
        ("class C: ...", "class C(Base): ...", False),
        ("f = 1", "", True),
        ("", "f = 1", False),
    ],
)
def test_a_change_is_breaking_or_not(tmp_path: Path, old: str, new: str, breaking: bool) -> None:
    changes = compared(tmp_path, old, new)
    assert changes != []
    assert any(change.breaking for change in changes) is breaking


def test_a_field_that_must_be_given_now_says_so(tmp_path: Path) -> None:
    (change,) = compared(tmp_path, "class C:\n    a: int = 1", "class C:\n    a: int")
    assert (change.before, change.after) == ("int, optional", "int, required")


def test_a_signature_reads_as_it_was_written(tmp_path: Path) -> None:
    (change,) = compared(tmp_path, "", "async def f(a, b: int = 1, *, c: str) -> int: ...\n")
    assert change.after == "async (a, b: int = 1, *, c: str) -> int"
    (change,) = compared(tmp_path / "more", "", "def f(a, *b, c=1, **d): ...\n")
    assert change.after == "(a, *b, c = 1, **d)"


CLIENT = """\
class Api:
    async def look(self) -> int: ...
"""


def test_behind_a_client_only_its_operations_and_the_models_are_told(tmp_path: Path) -> None:
    folder = package(tmp_path / "code", "class C:\n    a: int\n")
    (folder / "models" / "berth.py").write_text("class Berth:\n    number: int\n")
    (folder / "types.py").write_text("def read(): ...\n")
    assert "types.read" in surfaces.surface(folder)
    (folder / "client.py").write_text(CLIENT)
    shown = surfaces.surface(folder)
    assert {"client.api.look", "models.Berth", "models.Berth.number"} <= shown.keys()
    assert not any(path.startswith("types") for path in shown)
