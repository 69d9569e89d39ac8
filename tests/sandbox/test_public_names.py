"""What the sandbox gives to its users goes by its public name, wherever its file lies."""

import pickle
from datetime import UTC, datetime

import pytest

from bookit_async import sandbox
from bookit_async.sandbox import Fault, FaultPlanError, WorldError, demo_world, world


@pytest.mark.parametrize("name", sandbox.__all__)
def test_public_names_say_where_they_are_imported_from(name: str) -> None:
    value = getattr(sandbox, name)
    assert f"{value.__module__}.{value.__qualname__}" == f"bookit_async.sandbox.{name}"
    assert value.__doc__


@pytest.mark.parametrize(
    "value", [demo_world(), Fault("reset", times=1), sandbox.Clock(datetime(2026, 5, 4, tzinfo=UTC))()]
)
def test_data_can_be_pickled(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - just made


@pytest.mark.parametrize("kind", [WorldError, FaultPlanError])
def test_errors_can_be_pickled(kind: type[WorldError] | type[FaultPlanError]) -> None:
    error = kind(["this", "that"])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - just made
    assert (type(again), str(again), again.mistakes) == (kind, str(error), ["this", "that"])


def test_a_pickle_carries_no_folder() -> None:
    assert b"sandbox.world.world" not in pickle.dumps(demo_world())
    assert b"sandbox.world.parts" not in pickle.dumps(demo_world())
    assert {getattr(world, name).__module__ for name in ("Host", "Link", "Rule")} == {"bookit_async.sandbox.world"}
