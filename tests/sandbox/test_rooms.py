"""The rooms of the sandbox: which may know which, and that no imports go in a circle."""

from pathlib import Path

import pytest

from bookit_async import sandbox
from tests.import_graph import circle, import_graph

FOLDER = Path(sandbox.__file__).parent
GRAPH = import_graph(FOLDER)
MAY_KNOW: dict[str, set[str]] = {
    "world": {"world"},
    "service": {"world", "service"},
    "door": {"world", "service", "door", "address"},
    "faults": {"faults", "address"},
    "address": set(),
    "sandbox": {"world", "service", "door"},
    "": {"world", "sandbox", "door", "faults"},
    "__main__": {"", "world", "door", "address"},
}
"""Of each room, and of each module outside any, which rooms and modules its files may import."""


def room(module: str) -> str:
    return module.partition(".")[0]


def test_every_room_imports_from_those_below_it_only() -> None:
    wrong = [
        f"{name} must not import {one}"
        for name, imported in GRAPH.items()
        for one in imported
        if room(one) not in MAY_KNOW[room(name)]
    ]
    assert wrong == []


def test_no_imports_go_in_a_circle_when_they_run() -> None:
    assert circle(GRAPH) == []


def test_nothing_else_lies_outside_the_rooms() -> None:
    assert {path.name for path in FOLDER.glob("*.py")} == {"__init__.py", "__main__.py", "address.py", "sandbox.py"}


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"a.py": "from .b import x", "b.py": "x = 1"}, []),
        ({"a.py": "from .b import x", "b.py": "def f():\n    from .a import y"}, ["a", "b"]),
        ({"a.py": "from . import b", "b.py": "if TYPE_CHECKING:\n    from .a import y"}, []),
        ({"a.py": "from .r.s import x", "r/__init__.py": "from ..a import y", "r/s.py": "x = 1"}, ["a", "r"]),
        ({"r/__init__.py": "from .s import x", "r/s.py": "from ...above import x"}, []),
        ({"r/__init__.py": "from .s import x", "r/s.py": "from . import x"}, ["r", "r.s"]),
    ],
)
def test_a_circle_would_be_found(tmp_path: Path, sources: dict[str, str], expected: list[str]) -> None:
    (tmp_path / "r").mkdir()
    for name, source in {"__init__.py": "", **sources}.items():
        (tmp_path / name).write_text(source)
    assert sorted(set(circle(import_graph(tmp_path)))) == expected
