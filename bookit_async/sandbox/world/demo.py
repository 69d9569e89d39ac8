"""The world a sandbox plays unless it is given another: the sales team of a small software company."""

from collections.abc import Mapping

from .parts import (
    OFFICE_HOURS,
    Condition,
    EndOfFlow,
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
)
from .world import World

FREE_MAIL = ("@gmail.com", "@hotmail.com", "@outlook.com", "@yahoo.com", "@proton.me")
COMPETITORS = ("@rival-scheduling.example",)
LUNCH_AT_NOON: Mapping[str, str] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-12:00, 13:00-17:30")
LATE_START = {
    "mon": "10:00-18:00",
    "tue": "10:00-18:00",
    "wed": "10:00-18:00",
    "thu": "10:00-18:00",
    "fri": "10:00-15:00",
}


def demo_world() -> World:
    """A fresh copy of the demo: two trigger nodes, every outcome, six hosts in three time zones, five links.

    `New Webform Prospect` sends 1,000 and more employees to the enterprise account owner, 50 and more to the mid-market
    pool, smaller companies to a self-service page, free-mail addresses and competitors nowhere. `Customer Check-in`
    books the customer's success manager.
    """
    return World(
        hosts=_hosts(),
        meeting_types=_meeting_types(),
        pools=(
            Pool(
                pool_id="a1QHs000000MidMMAE",
                name="Mid market",
                members=(
                    Member(user_id="005Hs00000Ada01IAA", weight=2),
                    Member(user_id="005Hs00000Ben02IAA"),
                    Member(user_id="005Hs00000Chi03IAA"),
                    Member(user_id="005Hs00000Dev04IAA"),
                ),
            ),
        ),
        nodes=(_webform(), _check_in()),
        links=(
            Link(link_id="Em30rva", schedule=Schedule(meeting_type="Enterprise Discovery", host="005Hs00000Eva05IAA")),
            Link(
                link_id="Once7Kd",
                schedule=Schedule(meeting_type="Customer Check-in", host="005Hs00000Fil06IAA"),
                single_use=True,
            ),
            Link(link_id="Pool4Mm", schedule=Schedule(meeting_type="Product Demo", pool="a1QHs000000MidMMAE")),
            Link(link_id="Many8Tx", kind="multi"),
            Link(link_id="Rout3Ng", kind="routing"),
        ),
    )


def _hosts() -> tuple[Host, ...]:
    def host(user_id: str, first: str, last: str, timezone: str, hours: Mapping[str, str] = OFFICE_HOURS) -> Host:
        name = f"{first}.{last}".lower()
        return Host(
            user_id=user_id,
            first_name=first,
            last_name=last,
            email=f"{name}@northwind.example",
            timezone=timezone,
            conference_link=f"https://meet.northwind.example/{name}",
            phone="+1 555 010 0" + user_id[13:15],
            hours=hours,
        )

    return (
        host("005Hs00000Ada01IAA", "Ada", "Osei", "America/New_York"),
        host("005Hs00000Ben02IAA", "Ben", "Marsh", "America/New_York", LUNCH_AT_NOON),
        host("005Hs00000Chi03IAA", "Chiara", "Conti", "Europe/Berlin", LUNCH_AT_NOON),
        host("005Hs00000Dev04IAA", "Dev", "Rao", "America/Los_Angeles"),
        host("005Hs00000Eva05IAA", "Eva", "Lind", "America/Los_Angeles", LATE_START),
        host("005Hs00000Fil06IAA", "Filip", "Novak", "Europe/Berlin"),
    )


def _meeting_types() -> tuple[MeetingType, ...]:
    return (
        MeetingType(
            name="Enterprise Discovery",
            internal_name="enterprise-discovery-60",
            minutes=60,
            description="One hour with your account owner: your process today, and where it should be.",
            questions=(Question(name="What would you like to solve?", type="textarea"),),
            buffer_after=30,
            minimum_notice=240,
            redirect_url="https://www.northwind.example/thank-you",
        ),
        MeetingType(
            name="Product Demo",
            internal_name="product-demo-30",
            description="Thirty minutes of the product with one of our team.",
            minimum_notice=120,
        ),
        MeetingType(
            name="Customer Check-in",
            internal_name="customer-check-in-30",
            description="A half hour with your success manager.",
            questions=(Question(name="Anything to prepare?"),),
        ),
    )


def _webform() -> TriggerNode:
    enterprise = Schedule(meeting_type="Enterprise Discovery", host="005Hs00000Eva05IAA")
    mid_market = Schedule(meeting_type="Product Demo", pool="a1QHs000000MidMMAE")
    return TriggerNode(
        name="New Webform Prospect",
        inputs=(
            Input(name="Company"),
            Input(name="NumEmployees", type="DOUBLE"),
            Input(name="PhoneNumber", type="PHONE"),
            Input(name="FirstName"),
            Input(name="LastName"),
            Input(name="Email"),
            Input(name="ld_bookit_log_id"),
        ),
        rules=(
            Rule(
                when=(Condition(input="Email", test="ends_with", value=FREE_MAIL + COMPETITORS),),
                then=EndOfFlow(),
            ),
            Rule(when=(Condition(input="NumEmployees", test="at_least", value=1000),), then=enterprise),
            Rule(when=(Condition(input="NumEmployees", test="at_least", value=50),), then=mid_market),
            Rule(then=Redirect(url="https://www.northwind.example/self-service")),
        ),
        prefill={"First Name": "FirstName", "Last Name": "LastName", "Email": "Email"},
    )


def _check_in() -> TriggerNode:
    manager = Schedule(meeting_type="Customer Check-in", host="005Hs00000Fil06IAA")
    return TriggerNode(
        name="Customer Check-in",
        inputs=(
            Input(name="Email"),
            Input(name="FirstName"),
            Input(name="LastName"),
            Input(name="Plan"),
            Input(name="IsAdmin", type="BOOLEAN"),
        ),
        rules=(
            Rule(
                when=(
                    Condition(input="IsAdmin", test="is", value=True),
                    Condition(input="Plan", test="in", value=("business", "enterprise")),
                ),
                then=manager,
            ),
            Rule(
                when=(Condition(input="Plan", test="given"),), then=Redirect(url="https://www.northwind.example/help")
            ),
        ),
        prefill={"First Name": "FirstName", "Last Name": "LastName", "Email": "Email"},
    )
