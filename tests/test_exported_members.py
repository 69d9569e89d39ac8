"""What the package gives is what it says that it gives."""

import inspect
from types import ModuleType

import bookit_async


def test_the_list_is_sorted_and_is_what_is_there() -> None:
    there = {
        name
        for name, value in vars(bookit_async).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert bookit_async.__all__ == sorted(there)


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
