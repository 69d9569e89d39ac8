"""Every error of the package has an exit status and an advice of the command line's own."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import bookit_async
from bookit_async import (
    BookItError,
    InvalidInputError,
    MissingInputError,
    NotSentError,
    OutcomeUnknownError,
    ServerError,
)
from bookit_async.cli import statuses
from bookit_async.cli.failures import Failure, told
from bookit_async.cli.statuses import MEANINGS, VERDICTS, verdict_of

from .conftest import Run

DESIGN = {
    1: ["APIStatusError", "ResponseInvalidError", "MissingInputError", "RefusedInputError", "HostNotReadyError"],
    2: ["InvalidInputError"],
    4: ["AuthenticationError"],
    5: ["TriggerNodeNotFoundError", "LinkNotFoundError", "MeetingNotFoundError", "LinkUnsupportedError"],
    6: ["SlotTakenError", "TooSoonError", "TokenSpentError", "LinkSpentError"],
    7: ["OutcomeUnknownError"],
    75: ["RateLimitError", "ServerError", "NotSentError"],
}


def tree(root: type[BookItError]) -> Iterator[type[BookItError]]:
    yield root
    for kind in root.__subclasses__():
        yield from tree(kind)


def every_error() -> list[type[BookItError]]:
    for one in pkgutil.walk_packages(bookit_async.__path__, "bookit_async."):
        if not one.name.endswith(("__main__", ".testing")) and "._generated" not in one.name:
            import_module(one.name)
    return sorted({kind for kind in tree(BookItError) if kind.__module__.startswith("bookit_async")}, key=str)


def nearest(kind: type[BookItError]) -> statuses.Verdict:
    return next(VERDICTS[one.__name__] for one in kind.__mro__ if one.__name__ in VERDICTS)


def test_every_error_of_the_package_has_a_verdict() -> None:
    """Its own, or that of the kind it is of; the root's is for none."""
    as_the_root = VERDICTS["BookItError"]
    assert [kind.__name__ for kind in every_error() if nearest(kind) is as_the_root] == ["BookItError"]


def test_the_statuses_are_those_of_the_design() -> None:
    assert {name: VERDICTS[name].status for names in DESIGN.values() for name in names} == {
        name: status for status, names in DESIGN.items() for name in names
    }
    assert list(MEANINGS) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 75, 130]
    assert {one.status for one in VERDICTS.values()} <= set(MEANINGS)


@pytest.mark.parametrize("name", VERDICTS)
def test_the_advice_is_a_persons_and_not_a_programmers(name: str) -> None:
    advice = VERDICTS[name].advice
    assert advice.endswith(".")
    for word in ("client.", "await", "()", "base_url", "api_key", "error.", "deadline="):
        assert word not in advice


def test_what_is_lost_of_a_read_changed_nothing() -> None:
    assert verdict_of(OutcomeUnknownError(reason="cut", changes=False)).status == 75
    assert verdict_of(OutcomeUnknownError(reason="cut")).status == 7


def test_an_error_of_a_kind_that_is_not_known_yet_is_as_the_kind_above_it() -> None:
    class LaterError(ServerError):
        """One of a later version."""

    assert verdict_of(LaterError(status=500)) == VERDICTS["ServerError"]
    assert verdict_of(BookItError()) == VERDICTS["BookItError"]


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (Failure("no"), 2, "no"),
        (
            InvalidInputError(problems=["timezone must be x", "guests[2] is no address."]),
            2,
            "--zone must be x; --guest is no address",
        ),
        (MissingInputError(status=400, name="uid"), 1, "required input missing: 'uid'"),
        (NotSentError(reason="no connection"), 75, "not sent: no connection"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            ImportError("durable needs dbos: pip install 'bookit-async[durable]'"),
            2,
            "durable needs dbos: pip install 'bookit-async[durable]'",
        ),
        (FileNotFoundError(2, "No such file or directory", "x.json"), 2, "x.json: No such file or directory"),
    ],
    ids=lambda one: one if isinstance(one, int) else type(one).__name__,
)
def test_how_an_error_is_told(error: BaseException, status: int, message: str) -> None:
    said = told(error)
    assert (said.status, said.message) == (status, message)
    assert said.document()["error"]["exit"] == status


def test_a_mistake_of_ours_is_told_without_what_it_was_about() -> None:
    try:
        raise ZeroDivisionError("Ada's secret")  # noqa: TRY301 - it needs a traceback
    except ZeroDivisionError as error:
        said = told(error)
    assert said.status == 1
    assert "ZeroDivisionError" in said.message
    assert "Ada" not in said.message


def test_the_statuses_are_listed(run: Run) -> None:
    listed = run("help", "exit")
    assert listed.status == 0
    assert all(f"  {number:>3}  {means}" in listed.out for number, means in MEANINGS.items())
    assert statuses.table() == listed.out.splitlines()[1:]
