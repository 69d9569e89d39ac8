"""A pytest plugin, there by itself once bookit-async is installed: `bookit_sandbox`, `bookit_client`, `bookit_world`.

Every pytest run loads this module, so the sandbox and what it needs are imported only once a fixture is asked for.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from .client import BookIt
    from .sandbox import Sandbox, World

NOW = datetime(2025, 5, 5, 12, tzinfo=UTC)
"""Where the sandbox's clock stands unless the marker says otherwise: a Monday, 05:00 in Los Angeles."""

WorldSource: TypeAlias = "World | Callable[[], World] | str | PathLike[str]"
MARKER = (
    "bookit_world(world=None, **options): what bookit_sandbox plays: a World, a function that gives one, or the path "
    "of a YAML file beside the test; options such as now= and seed= go to Sandbox."
)
_OF_THE_FIXTURE = {"tcp", "host", "port", "db"}


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def bookit_sandbox(request: pytest.FixtureRequest) -> "Sandbox":
    """Return a fresh `Sandbox` in this process, without a port; its clock stands still at `NOW` and its seed is 1.

    It plays `demo_world()`, or what `@pytest.mark.bookit_world(...)` at the test, its class or its module says.
    """
    try:
        from .sandbox import Sandbox
    except ImportError as error:
        pytest.fail(f"bookit_sandbox cannot be had: {error}", pytrace=False)
    marker = request.node.get_closest_marker("bookit_world")
    world, options = _asked(*marker.args, **marker.kwargs) if marker else (None, {})
    settings: dict[str, Any] = {"now": NOW, "seed": 1, **options}
    return Sandbox(_world(world, request.path.parent), **settings, tcp=False)


@pytest.fixture
def bookit_client(bookit_sandbox: "Sandbox") -> "BookIt":
    """Return a `BookIt` client of `bookit_sandbox`. It opens nothing, so there is nothing to close."""
    from .client import BookIt

    return BookIt(bookit_sandbox.api_key, base_url="https://sandbox.invalid", transport=bookit_sandbox.transport)


def _asked(world: "WorldSource | None" = None, **options: Any) -> "tuple[WorldSource | None, dict[str, Any]]":
    if unfit := sorted(_OF_THE_FIXTURE & options.keys()):
        pytest.fail(
            f"bookit_world takes no {', '.join(unfit)}: the fixture's sandbox has no port and no file. "
            "Make a bookit_async.sandbox.Sandbox in a fixture of yours instead.",
            pytrace=False,
        )
    return world, options


def _world(given: "WorldSource | None", folder: Path) -> "World | None":
    if isinstance(given, str | PathLike):
        from .sandbox import load_world

        return load_world(folder / given)
    return given() if callable(given) else given
