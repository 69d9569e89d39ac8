"""The small world that the tests play: one outcome for every plan of a prospect."""

from collections.abc import Mapping

from bookit_async.sandbox.world import (
    Condition,
    DateRange,
    Host,
    Input,
    Link,
    MeetingType,
    Member,
    Outcome,
    Pool,
    Question,
    Redirect,
    Rule,
    Schedule,
    TriggerNode,
    Vacation,
    World,
)

MORNINGS: Mapping[str, str] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-11:00")


def host(
    user_id: str, *, timezone: str = "Europe/London", ready: bool = True, vacations: tuple[Vacation, ...] = ()
) -> Host:
    return Host(
        user_id=user_id,
        first_name=user_id.title(),
        last_name="Host",
        email=f"{user_id}@team.example",
        timezone=timezone,
        hours=MORNINGS,
        ready=ready,
        vacations=vacations,
    )


def schedule(meeting_type: str, *, host: str | None = None, pool: str | None = None) -> Schedule:
    return Schedule(meeting_type=meeting_type, host=host, pool=pool)


SOLO = schedule("Call", host="solo")
TRIO = schedule("Call", pool="trio")
OUTCOMES: Mapping[str, Outcome] = {
    "solo": SOLO,
    "pool": TRIO,
    "mixed": schedule("Call", pool="mixed"),
    "questions": schedule("Survey", host="solo"),
    "expired": schedule("Expired", host="solo"),
    "notice": schedule("Notice", host="solo"),
    "broken": schedule("Call", host="broken"),
    "all-broken": schedule("Call", pool="broken"),
    "self-service": Redirect(url="https://team.example/self-service"),
}


def small_world() -> World:
    return World(
        hosts=(
            host("solo"),
            host("ann"),
            host("bob"),
            host("cyd", timezone="Asia/Kolkata"),
            host("away", vacations=(Vacation(first="2026-01-01", last="2026-12-31"),)),
            host("broken", ready=False),
            host("faulty", ready=False),
        ),
        meeting_types=(
            MeetingType(name="Call", logo="https://team.example/logo.png", days_ahead=3),
            MeetingType(
                name="Survey",
                days_ahead=3,
                questions=(
                    Question(name="Why?", type="textarea", required=True),
                    Question(name="Manager", validation="email", read_only=True),
                ),
                date_range=DateRange(start="2026-05-05T00:00Z", end="2026-06-01T00:00Z", timezone="Europe/London"),
            ),
            MeetingType(
                name="Expired",
                date_range=DateRange(start="2025-05-05T00:00Z", end="2025-06-01T00:00Z", timezone="Europe/London"),
            ),
            MeetingType(name="Notice", minimum_notice=24 * 60, days_ahead=3, buffer_after=30),
        ),
        pools=(
            Pool(
                pool_id="trio",
                name="Trio",
                members=(
                    Member(user_id="cyd"),
                    Member(user_id="ann", weight=2),
                    Member(user_id="bob"),
                    Member(user_id="away"),
                ),
            ),
            Pool(pool_id="mixed", name="Mixed", members=(Member(user_id="broken"), Member(user_id="bob"))),
            Pool(pool_id="broken", name="Broken", members=(Member(user_id="broken"), Member(user_id="faulty"))),
        ),
        nodes=(
            TriggerNode(
                name="Plans",
                inputs=(
                    Input(name="Plan"),
                    Input(name="First"),
                    Input(name="Mail"),
                    Input(name="Size", type="DOUBLE"),
                    Input(name="Phone", type="PHONE"),
                    Input(name="Partner", type="BOOLEAN"),
                ),
                rules=tuple(
                    Rule(when=(Condition(input="Plan", test="is", value=plan),), then=outcome)
                    for plan, outcome in OUTCOMES.items()
                ),
                prefill={"First Name": "First", "Email": "Mail", "Team Size": "Size"},
            ),
        ),
        links=(
            Link(link_id="open", schedule=SOLO),
            Link(link_id="once", schedule=SOLO, single_use=True),
            Link(link_id="pool", schedule=TRIO),
            Link(link_id="multi", kind="multi"),
            Link(link_id="routing", kind="routing"),
            Link(link_id="dynamic", kind="dynamic"),
            Link(link_id="invite", kind="invite"),
        ),
    )
