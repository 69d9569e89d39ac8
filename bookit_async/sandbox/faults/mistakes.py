"""What is wrong with the faults of a plan: every mistake at once, each saying where it is."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import get_args

from .kinds import ANY_TIME, KINDS, Fault, When
from .operations import NAMES

WITH_RETRY_AFTER = ("too_many_requests", "service_unavailable")


class FaultPlanError(ValueError):
    """A plan that cannot be carried out."""

    mistakes: list[str]
    """All that is wrong, one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        listed = "".join(f"\n- {mistake}" for mistake in mistakes)
        super().__init__(f"This fault plan cannot be carried out; put right:{listed}")

    def __reduce__(self) -> "tuple[type[FaultPlanError], tuple[list[str]]]":
        return FaultPlanError, (self.mistakes,)


def find(faults: Sequence[Fault]) -> Iterator[str]:
    """Every mistake of the faults."""
    for index, fault in enumerate(faults):
        where = f"fault {index + 1} ({fault.kind})"
        for mistake in (*_kind(fault), *_operation(fault), *_numbers(fault), *_retry_after(fault)):
            yield f"{where}: {mistake}"
        if _is_shadowed(fault, faults[:index]):
            yield f"{where}: it never happens, the faults before it leave it no requests"


def _kind(fault: Fault) -> Iterator[str]:
    whens = KINDS.get(fault.kind, ANY_TIME)
    if fault.kind not in KINDS:
        yield f"there is no such kind{_hint(fault.kind, KINDS, KINDS)}"
    if fault.when not in get_args(When):
        yield f"when={fault.when!r} (use 'before', 'after' or 'late')"
    elif fault.when not in whens:
        yield f"it makes no sense {fault.when!r} (use {whens[0]!r})"


def _operation(fault: Fault) -> Iterator[str]:
    if fault.operation is None:
        return
    if fault.operation not in NAMES:
        yield f"there is no operation {fault.operation!r}{_hint(fault.operation, NAMES, dict.fromkeys(NAMES.values()))}"
    if fault.kind == "reset_on_accept":
        yield "it has no operation, because nothing has been read yet (leave operation out)"


def _numbers(fault: Fault) -> Iterator[str]:
    if not 0 < fault.rate <= 1:
        yield f"rate={fault.rate!r} (use a number above 0 and up to 1)"
    if fault.times is not None and fault.times < 1:
        yield f"times={fault.times!r} (use 1 or more, or None for no end)"


def _retry_after(fault: Fault) -> Iterator[str]:
    if fault.retry_after is None:
        return
    if fault.kind not in WITH_RETRY_AFTER:
        yield f"it says no Retry-After (only {' and '.join(WITH_RETRY_AFTER)} do)"
    if not isinstance(fault.retry_after, timedelta) and fault.retry_after < 0:
        yield f"retry_after={fault.retry_after!r} (use 0 or more seconds; only a timedelta may lie in the past)"


def _hint(name: str, known: Iterable[str], listed: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else f" (there are {', '.join(listed)})"


def _is_shadowed(fault: Fault, earlier: Sequence[Fault]) -> bool:
    """Whether earlier faults without end take every request that this one could happen to."""
    at_accept = fault.kind == "reset_on_accept"
    taken = sum(
        other.rate
        for other in earlier
        if other.times is None
        and other.kind != "close_on_reuse"
        and (other.kind == "reset_on_accept") == at_accept
        and other.operation in (None, fault.operation)
    )
    return taken >= 1
