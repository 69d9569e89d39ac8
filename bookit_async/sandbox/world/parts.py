"""The parts of a world: hosts, meeting types, pools, routing graphs and links, as plain data.

Everything is strings, numbers, tuples and mappings, so that a world reads the same in Python and in a data file.
Nothing is checked here: `bookit_async.sandbox.world.mistakes` finds every mistake of a world at once.
"""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

OFFICE_HOURS: Mapping[str, str] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

InputType = Literal["STRING", "PHONE", "DOUBLE", "BOOLEAN"]
LinkKind = Literal["single", "multi", "routing", "dynamic", "invite"]
Test = Literal["is", "in", "ends_with", "at_least", "below", "given", "missing"]


@frozen(kw_only=True)
class Busy:
    """A time at which a host cannot be booked; ISO 8601 with an offset, the end excluded."""

    start: str
    end: str


@frozen(kw_only=True)
class Vacation:
    """Whole days off in the host's time zone; ISO dates, both included."""

    first: str
    last: str


@frozen(kw_only=True)
class Host:
    """A person who can be booked.

    `hours` maps `mon` to `sun` to working times in the host's own `timezone` (IANA), such as
    `"09:00-12:00, 13:00-17:00"`; a day left out is a day off, `24:00` is the end of the day. `ready` is False for a
    host without product access or with a calendar that cannot be read: the service then refuses to offer this host.
    """

    user_id: str
    first_name: str
    last_name: str
    email: str
    timezone: str
    hours: Mapping[str, str] = field(factory=lambda: OFFICE_HOURS)
    busy: tuple[Busy, ...] = ()
    vacations: tuple[Vacation, ...] = ()
    conference_link: str = ""
    phone: str = ""
    ready: bool = True


@frozen(kw_only=True)
class Question:
    """A form field that a meeting type adds to the four that every booking form has."""

    name: str
    type: str = "text"
    required: bool = False
    read_only: bool = False
    validation: Literal["email"] | None = None


@frozen(kw_only=True)
class DateRange:
    """The only time in which a meeting type can be booked; ISO 8601 with an offset, the end excluded."""

    start: str
    end: str
    timezone: str


@frozen(kw_only=True)
class MeetingType:
    """What can be booked. Lengths, buffers, notice and the step between slots are minutes.

    Slots lie between now plus `minimum_notice` and now plus `days_ahead` days, inside `date_range` where there is one.
    """

    name: str
    minutes: int = 30
    internal_name: str = ""
    description: str = ""
    questions: tuple[Question, ...] = ()
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice: int = 0
    days_ahead: int = 14
    slot_step: int = 30
    date_range: DateRange | None = None
    redirect_url: str = ""
    style_color: str = "#1f6feb"
    logo: str = ""


@frozen(kw_only=True)
class Member:
    """A host's place in a pool; a host with weight 2 gets twice the meetings of one with weight 1."""

    user_id: str
    weight: int = 1


@frozen(kw_only=True)
class Pool:
    """Hosts who share meetings by weighted round robin."""

    pool_id: str
    name: str
    members: tuple[Member, ...]


@frozen(kw_only=True)
class Schedule:
    """An outcome: book this meeting type with one host, or with whoever of a pool is next. Exactly one of the two."""

    meeting_type: str
    host: str | None = None
    pool: str | None = None


@frozen(kw_only=True)
class Redirect:
    """An outcome: send the prospect to this URL."""

    url: str


@frozen(kw_only=True)
class EndOfFlow:
    """An outcome: nothing to offer."""


Outcome = Schedule | Redirect | EndOfFlow


@frozen(kw_only=True)
class Condition:
    """A test of one input. Text is compared without case; `given` and `missing` need no value.

    `is`: equal; `in`: one of a tuple; `ends_with`: ends with one of a tuple; `at_least`, `below`: numbers.
    """

    input: str
    test: Test
    value: str | float | bool | tuple[str, ...] | None = None


@frozen(kw_only=True)
class Rule:
    """An outcome for the prospects that meet every condition of `when`; no condition: for all."""

    when: tuple[Condition, ...] = ()
    then: Outcome


@frozen(kw_only=True)
class Input:
    """A field that a trigger node declares; its name is case-sensitive."""

    name: str
    type: InputType = "STRING"


@frozen(kw_only=True)
class TriggerNode:
    """An entry into the routing graph: the first rule that holds decides, and none means end of flow.

    `prefill` maps a booking form's label to the input it is filled from.
    """

    name: str
    inputs: tuple[Input, ...]
    rules: tuple[Rule, ...] = ()
    prefill: Mapping[str, str] = field(factory=dict[str, str])


@frozen(kw_only=True)
class Link:
    """A BookIt link. Only kind `single` has a schedule and can be used through the API."""

    link_id: str
    kind: LinkKind = "single"
    schedule: Schedule | None = None
    single_use: bool = False
