"""What the package gives is what it says that it gives."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import bookit_async


def test_the_list_is_sorted_and_is_what_type_checkers_see_and_what_is_there() -> None:
    source = ast.parse(Path(bookit_async.__file__).read_text(encoding="utf-8"))
    typed = [node for node in ast.walk(source) if isinstance(node, ast.ImportFrom) and node.level]
    assert bookit_async.__all__ == sorted(alias.name for node in typed for alias in node.names)
    for node in typed:
        home = import_module(f"bookit_async.{node.module}")
        for alias in node.names:
            assert getattr(bookit_async, alias.name) is getattr(home, alias.name)


def test_what_is_not_loaded_yet_is_listed_and_what_is_not_there_is_told() -> None:
    assert {"BookIt", "__all__"} <= set(dir(bookit_async))
    with pytest.raises(AttributeError, match="module 'bookit_async' has no attribute 'Bookit'"):
        _ = bookit_async.Bookit  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue] - the point


def test_everything_public_is_documented() -> None:
    bare = [
        f"{name}.{member}" if member else name
        for name in bookit_async.__all__
        for member, value in [("", getattr(bookit_async, name)), *_own_members(getattr(bookit_async, name))]
        if (inspect.isclass(value) or inspect.isfunction(value)) and not inspect.getdoc(value)
    ]
    assert bare == []


def _own_members(value: object) -> list[tuple[str, object]]:
    own = vars(value).items() if inspect.isclass(value) else ()
    return [(name, member) for name, member in own if not name.startswith("_") and inspect.isfunction(member)]
