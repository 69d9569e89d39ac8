import pytest
from attrs import evolve

from bookit_async.sandbox import Sandbox, WorldError, demo_world
from bookit_async.sandbox.world import (
    Busy,
    Condition,
    DateRange,
    Host,
    Input,
    Link,
    MeetingType,
    Member,
    Pool,
    Question,
    Redirect,
    Rule,
    Schedule,
    TriggerNode,
    Vacation,
    World,
)
from bookit_async.sandbox.world.mistakes import find

from ..worlds import small_world


def test_the_worlds_that_are_played_have_no_mistakes() -> None:
    assert list(find(demo_world())) == []
    assert list(find(small_world())) == []


def test_every_mistake_is_told_at_once() -> None:
    world = World(
        hosts=(
            Host(
                user_id="h",
                first_name="",
                last_name="",
                email="",
                timezone="Europe/Nowhere",
                hours={"monday": "09:00-10:00", "tue": "9 to 5"},
                busy=(
                    Busy(start="2026-05-05T10:00", end="2026-05-05T11:00Z"),
                    Busy(start="2026-05-05T10:00Z", end="2026-05-05T09:00Z"),
                ),
                vacations=(Vacation(first="May", last="June"), Vacation(first="2026-05-05", last="2026-05-04")),
            ),
            Host(user_id="twin", first_name="", last_name="", email="", timezone="UTC"),
            Host(user_id="twin", first_name="", last_name="", email="", timezone="UTC"),
        ),
        meeting_types=(
            MeetingType(name="", minutes=0, buffer_after=-5),
            MeetingType(
                name="m",
                questions=tuple(Question(name=name) for name in "aabcde"),
                date_range=DateRange(start="2026-05-05T10:00Z", end="2026-05-05T10:00Z", timezone="x"),
            ),
        ),
        pools=(
            Pool(pool_id="p", name="", members=()),
            Pool(pool_id="q", name="", members=(Member(user_id="ghost", weight=0),)),
        ),
        nodes=(
            TriggerNode(
                name="n",
                inputs=(Input(name="I"), Input(name="J", type="TEXT")),  # type: ignore[arg-type]  # a mistake
                prefill={"Email": "Mail"},
                rules=(
                    Rule(
                        when=(
                            Condition(input="K", test="is", value="x"),
                            Condition(input="I", test="like", value="x"),  # type: ignore[arg-type]  # a mistake
                            Condition(input="I", test="below", value=5),
                            Condition(input="K", test="below", value="5"),
                            Condition(input="K", test="at_least", value=True),
                        ),
                        then=Redirect(url=""),
                    ),
                    Rule(then=Schedule(meeting_type="nothing")),
                    Rule(then=Schedule(meeting_type="m", host="ghost", pool="puddle")),
                ),
            ),
        ),
        links=(
            Link(link_id="l", kind="chain"),  # type: ignore[arg-type]  # a mistake
            Link(link_id="s"),
            Link(link_id="t", schedule=Schedule(meeting_type="m", host="ghost")),
        ),
    )
    with pytest.raises(WorldError) as caught:
        Sandbox(world)
    assert caught.value.mistakes == [
        "host 'twin' is there 2 times",
        "a meeting type has an empty name or id",
        "host 'h': 'Europe/Nowhere' must be an IANA time zone (use one such as 'Europe/Berlin')",
        "host 'h': 'monday' must be a weekday (use mon, tue, wed, thu, fri, sat, sun)",
        "host 'h': hours '9 to 5' on tue (use times in order, such as '09:00-12:00, 13:00-17:00')",
        "host 'h': busy '2026-05-05T10:00' to '2026-05-05T11:00Z' (use times with an offset, such as "
        "'2026-05-05T10:00+02:00')",
        "host 'h': busy 2026-05-05T10:00Z to 2026-05-05T09:00Z ends before it starts",
        "host 'h': vacation 'May' to 'June' (use dates such as '2026-12-24')",
        "host 'h': vacation 2026-05-05 to 2026-05-04 ends before it starts, or never",
        "meeting type '': minutes must be more than 0",
        "meeting type '': buffer_after must not be negative",
        "meeting type 'm': 6 questions (at most 5)",
        "meeting type 'm': question 'a' is there 2 times",
        "meeting type 'm': date range 2026-05-05T10:00Z to 2026-05-05T10:00Z ends before it starts",
        "meeting type 'm': date range: 'x' must be an IANA time zone (use one such as 'Europe/Berlin')",
        "pool 'p' has no members",
        "pool 'q': no host has the user id 'ghost'",
        "pool 'q': the weight of 'ghost' must be more than 0",
        "trigger node 'n': input 'J' has the type 'TEXT' (use STRING, PHONE, DOUBLE, BOOLEAN)",
        "trigger node 'n': prefill 'Email' names the input 'Mail', which is not declared",
        "trigger node 'n', rule 1: the input 'K' is not declared",
        "trigger node 'n', rule 1: there is no test 'like' (use is, in, ends_with, at_least, below, given, missing)",
        "trigger node 'n', rule 1: below compares a DOUBLE input with a number",
        "trigger node 'n', rule 1: the input 'K' is not declared",
        "trigger node 'n', rule 1: below compares a DOUBLE input with a number",
        "trigger node 'n', rule 1: the input 'K' is not declared",
        "trigger node 'n', rule 1: at_least compares a DOUBLE input with a number",
        "trigger node 'n', rule 2: there is no meeting type 'nothing'",
        "trigger node 'n', rule 2: a schedule needs a host or a pool, and not both",
        "trigger node 'n', rule 3: a schedule needs a host or a pool, and not both",
        "trigger node 'n', rule 3: no host has the user id 'ghost'",
        "trigger node 'n', rule 3: there is no pool 'puddle'",
        "link 'l': there is no kind 'chain' (use single, multi, routing, dynamic, invite)",
        "link 's': a link of kind single needs a schedule",
        "link 't': no host has the user id 'ghost'",
    ]
    assert str(caught.value).startswith(
        "The sandbox cannot play this world; put right:\n- host 'twin' is there 2 times\n- "
    )


@pytest.mark.parametrize(
    ("numbers", "mistake"),
    [
        ({"days_ahead": 10**12}, "days_ahead must be at most 36500"),
        ({"minimum_notice": 10**12}, "minimum_notice must be at most 52560000"),
        ({"minutes": 1441}, "minutes must be at most 1440"),
        ({"slot_step": 10**12}, "slot_step must be at most 1440"),
    ],
)
def test_numbers_beyond_every_calendar_are_mistakes(numbers: dict[str, int], mistake: str) -> None:
    world = World.from_dict({"hosts": [], "meeting_types": [{"name": "Call", **numbers}]})
    assert list(find(world)) == [f"meeting type 'Call': {mistake}"]


def test_a_vacation_to_the_end_of_the_calendar_is_a_mistake() -> None:
    (host, *_) = small_world().hosts
    gone = evolve(host, vacations=(Vacation(first="2026-01-01", last="9999-12-31"),))
    (mistake,) = find(World(hosts=(gone,), meeting_types=()))
    assert mistake == "host 'solo': vacation 2026-01-01 to 9999-12-31 ends before it starts, or never"
