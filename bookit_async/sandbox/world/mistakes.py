"""What is wrong with a world: every mistake at once, each saying where it is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import get_args

from .calendar import from_iso, is_zone, working_times
from .errors import WorldError
from .parts import (
    WEEKDAYS,
    Condition,
    Host,
    InputType,
    Link,
    LinkKind,
    MeetingType,
    Pool,
    Rule,
    Schedule,
    Test,
    TriggerNode,
)
from .quirks import find_quirk_mistakes
from .world import World

INPUT_TYPES = get_args(InputType)
LINK_KINDS = get_args(LinkKind)
TESTS = get_args(Test)
MAX_QUESTIONS = 5
# Further ahead, a calendar comes to its end.
MOST = {"days_ahead": 36_500, "minimum_notice": 36_500 * 24 * 60, "minutes": 24 * 60, "slot_step": 24 * 60}


def check(world: World) -> None:
    """Raise `WorldError` with every mistake of the world, if it has one."""
    if mistakes := list(find(world)):
        raise WorldError(mistakes)


def find(world: World) -> Iterator[str]:
    """Every mistake of the world."""
    yield from _repeated("host", (host.user_id for host in world.hosts))
    yield from _repeated("meeting type", (kind.name for kind in world.meeting_types))
    yield from _repeated("pool", (pool.pool_id for pool in world.pools))
    yield from _repeated("trigger node", (node.name for node in world.nodes))
    yield from _repeated("link", (link.link_id for link in world.links))
    for host in world.hosts:
        yield from _host(host)
    for meeting_type in world.meeting_types:
        yield from _meeting_type(meeting_type)
    for pool in world.pools:
        yield from _pool(pool, world)
    for node in world.nodes:
        yield from _node(node, world)
    for link in world.links:
        yield from _link(link, world)
    yield from find_quirk_mistakes(world.quirks)


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if not name:
            yield f"a {what} has an empty name or id"
        elif times > 1:
            yield f"{what} {name!r} is there {times} times"


def _host(host: Host) -> Iterator[str]:
    where = f"host {host.user_id!r}"
    yield from _zone(where, host.timezone)
    for day, hours in host.hours.items():
        if day not in WEEKDAYS:
            yield f"{where}: {day!r} must be a weekday (use {', '.join(WEEKDAYS)})"
        try:
            working_times(hours)
        except ValueError:
            yield f"{where}: hours {hours!r} on {day} (use times in order, such as '09:00-12:00, 13:00-17:00')"
    for busy in host.busy:
        yield from _times(f"{where}: busy", busy.start, busy.end)
    for vacation in host.vacations:
        try:
            in_order = date.fromisoformat(vacation.first) <= date.fromisoformat(vacation.last) < date.max
        except ValueError:
            yield f"{where}: vacation {vacation.first!r} to {vacation.last!r} (use dates such as '2026-12-24')"
        else:
            if not in_order:
                yield f"{where}: vacation {vacation.first} to {vacation.last} ends before it starts, or never"


def _meeting_type(meeting_type: MeetingType) -> Iterator[str]:
    where = f"meeting type {meeting_type.name!r}"
    for name in ("minutes", "days_ahead", "slot_step"):
        if getattr(meeting_type, name) <= 0:
            yield f"{where}: {name} must be more than 0"
    for name in ("buffer_before", "buffer_after", "minimum_notice"):
        if getattr(meeting_type, name) < 0:
            yield f"{where}: {name} must not be negative"
    for name, most in MOST.items():
        if getattr(meeting_type, name) > most:
            yield f"{where}: {name} must be at most {most}"
    if len(meeting_type.questions) > MAX_QUESTIONS:
        yield f"{where}: {len(meeting_type.questions)} questions (at most {MAX_QUESTIONS})"
    yield from _repeated(f"{where}: question", (question.name for question in meeting_type.questions))
    if (only := meeting_type.date_range) is not None:
        yield from _times(f"{where}: date range", only.start, only.end)
        yield from _zone(f"{where}: date range", only.timezone)


def _pool(pool: Pool, world: World) -> Iterator[str]:
    where = f"pool {pool.pool_id!r}"
    if not pool.members:
        yield f"{where} has no members"
    yield from _repeated(f"{where}: member", (member.user_id for member in pool.members))
    for member in pool.members:
        if all(host.user_id != member.user_id for host in world.hosts):
            yield f"{where}: no host has the user id {member.user_id!r}"
        if member.weight <= 0:
            yield f"{where}: the weight of {member.user_id!r} must be more than 0"


def _node(node: TriggerNode, world: World) -> Iterator[str]:
    where = f"trigger node {node.name!r}"
    yield from _repeated(f"{where}: input", (declared.name for declared in node.inputs))
    types = {declared.name: declared.type for declared in node.inputs}
    for name, kind in types.items():
        if kind not in INPUT_TYPES:
            yield f"{where}: input {name!r} has the type {kind!r} (use {', '.join(INPUT_TYPES)})"
    for label, name in node.prefill.items():
        if name not in types:
            yield f"{where}: prefill {label!r} names the input {name!r}, which is not declared"
    for number, rule in enumerate(node.rules, start=1):
        yield from _rule(f"{where}, rule {number}", rule, types, world)


def _rule(where: str, rule: Rule, types: Mapping[str, str], world: World) -> Iterator[str]:
    for condition in rule.when:
        yield from _condition(where, condition, types)
    if isinstance(rule.then, Schedule):
        yield from _schedule(where, rule.then, world)


def _condition(where: str, condition: Condition, types: Mapping[str, str]) -> Iterator[str]:
    if condition.input not in types:
        yield f"{where}: the input {condition.input!r} is not declared"
    if condition.test not in TESTS:
        yield f"{where}: there is no test {condition.test!r} (use {', '.join(TESTS)})"
    elif condition.test in ("at_least", "below"):
        number = isinstance(condition.value, int | float) and not isinstance(condition.value, bool)
        if types.get(condition.input, "DOUBLE") != "DOUBLE" or not number:
            yield f"{where}: {condition.test} compares a DOUBLE input with a number"


def _schedule(where: str, schedule: Schedule, world: World) -> Iterator[str]:
    if all(meeting_type.name != schedule.meeting_type for meeting_type in world.meeting_types):
        yield f"{where}: there is no meeting type {schedule.meeting_type!r}"
    if (schedule.host is None) == (schedule.pool is None):
        yield f"{where}: a schedule needs a host or a pool, and not both"
    if schedule.host is not None and all(host.user_id != schedule.host for host in world.hosts):
        yield f"{where}: no host has the user id {schedule.host!r}"
    if schedule.pool is not None and all(pool.pool_id != schedule.pool for pool in world.pools):
        yield f"{where}: there is no pool {schedule.pool!r}"


def _link(link: Link, world: World) -> Iterator[str]:
    where = f"link {link.link_id!r}"
    if link.kind not in LINK_KINDS:
        yield f"{where}: there is no kind {link.kind!r} (use {', '.join(LINK_KINDS)})"
    if link.schedule is not None:
        yield from _schedule(where, link.schedule, world)
    elif link.kind == "single":
        yield f"{where}: a link of kind single needs a schedule"


def _times(where: str, start: str, end: str) -> Iterator[str]:
    try:
        in_order = from_iso(start) < from_iso(end)
    except (ValueError, OverflowError):
        yield f"{where} {start!r} to {end!r} (use times with an offset, such as '2026-05-05T10:00+02:00')"
    else:
        if not in_order:
            yield f"{where} {start} to {end} ends before it starts"


def _zone(where: str, name: str) -> Iterator[str]:
    if not is_zone(name):
        yield f"{where}: {name!r} must be an IANA time zone (use one such as 'Europe/Berlin')"
