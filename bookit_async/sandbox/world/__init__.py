"""What a sandbox plays: hosts, meeting types, pools, routing graphs and links, as plain data."""

from .parts import (
    OFFICE_HOURS,
    WEEKDAYS,
    Busy,
    Condition,
    DateRange,
    EndOfFlow,
    Host,
    Input,
    InputType,
    Link,
    LinkKind,
    MeetingType,
    Member,
    Outcome,
    Pool,
    Question,
    Redirect,
    Rule,
    Schedule,
    Test,
    TriggerNode,
    Vacation,
)
from .world import ListShape, MeetingShape, World

__all__ = [
    "OFFICE_HOURS",
    "WEEKDAYS",
    "Busy",
    "Condition",
    "DateRange",
    "EndOfFlow",
    "Host",
    "Input",
    "InputType",
    "Link",
    "LinkKind",
    "ListShape",
    "MeetingShape",
    "MeetingType",
    "Member",
    "Outcome",
    "Pool",
    "Question",
    "Redirect",
    "Rule",
    "Schedule",
    "Test",
    "TriggerNode",
    "Vacation",
    "World",
]

# Pickles and reprs are to carry the public name, also in a copy of the package under another one.
for _part in [part for part in globals().copy().values() if isinstance(part, type)]:
    _part.__module__ = __name__
