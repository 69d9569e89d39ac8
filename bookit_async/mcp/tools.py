"""The ten tools: what they are called, take and may do. Kept short, for a model reads it again with every call."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, cast

from attrs import frozen
from mcp_types import Tool, ToolAnnotations
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ..desk.booking_desk import BookingDesk
from .booking import Booking
from .changing import Changing
from .looking import Looking
from .office import Office, Person
from .proposals import Proposal, read_any

LONGEST_ID = 20_000
"""Characters of a sealed id."""
Id = Annotated[str, Field(max_length=LONGEST_ID)]
Zone = Annotated[str, Field(max_length=100, description="IANA zone of the prospect")]
Limit = Annotated[int, Field(ge=1, le=50)]
Values = Annotated[dict[str, str | bool | float | list[str] | None], Field(max_length=200)]


class Arguments(BaseModel):
    """What a tool takes: what is not named is refused, and never told again, for there is a person in it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__


class NoArguments(Arguments):
    """Nothing."""


class EntryPoint(Arguments):
    """A trigger node's name or a link's id."""

    entry_point: Id


class Slots(Arguments):
    """Which slots of a link."""

    link: Id
    timezone: Zone
    from_day: date | None = None
    to_day: date | None = None
    between: str | None = Field(None, max_length=20, description="local hours, 09:00-12:00")
    limit: Limit = 12


class Prospect(Arguments):
    """Whom to route, and through what."""

    trigger_node: Id
    prospect: Values = Field(description="values by input name")
    timezone: Zone
    limit: Limit = 12


class NewBooking(Arguments):
    """What to propose."""

    offer_id: Id
    start: AwareDatetime
    timezone: Zone
    guests: list[str] | None = Field(None, max_length=20, description="email addresses")
    answers: Values | None = Field(None, description="by name of get_inputs; a link needs them")
    allow_second: bool = False


class ProposalId(Arguments):
    """A proposal."""

    proposal_id: Id


class Search(Arguments):
    """Whose meetings."""

    email: str = Field(max_length=500)
    timezone: Zone
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class NewChange(Arguments):
    """What to propose."""

    meeting_ref: Id
    action: Literal["move", "cancel"]
    new_start: AwareDatetime | None = Field(None, description="leave out to see what is open")
    timezone: Zone


@frozen
class Hands:
    """What the tools do, each by its name."""

    looking: Looking
    booking: Booking
    changing: Changing
    office: Office

    async def list_entry_points(self, _: NoArguments, __: Person) -> dict[str, Any]:
        """Return what may be used."""
        return await self.looking.list_entry_points()

    async def get_inputs(self, given: EntryPoint, _: Person) -> dict[str, Any]:
        """Return what is asked."""
        return await self.looking.get_inputs(given.entry_point)

    async def find_slots(self, given: Slots, _: Person) -> dict[str, Any]:
        """Return a link's slots."""
        return await self.looking.find_slots(**_members(given))

    async def route_prospect(self, given: Prospect, _: Person) -> dict[str, Any]:
        """Route."""
        return await self.looking.route_prospect(**_members(given))

    async def propose_booking(self, given: NewBooking, _: Person) -> dict[str, Any]:
        """Propose a booking."""
        return await self.booking.propose_booking(**_members(given))

    async def book(self, given: ProposalId, person: Person) -> dict[str, Any]:
        """Book."""
        return await self.booking.book(given.proposal_id, person)

    async def find_meetings(self, given: Search, _: Person) -> dict[str, Any]:
        """Return a prospect's meetings."""
        return await self.changing.find_meetings(**_members(given))

    async def propose_change(self, given: NewChange, _: Person) -> dict[str, Any]:
        """Propose a change."""
        return await self.changing.propose_change(**_members(given))

    async def apply_change(self, given: ProposalId, person: Person) -> dict[str, Any]:
        """Change."""
        return await self.changing.apply_change(given.proposal_id, person)

    async def outcome(self, given: ProposalId, _: Person) -> dict[str, Any]:
        """Return what became of a proposal."""
        proposal = read_any(self.office.seal, given.proposal_id)
        if isinstance(proposal, Proposal):
            return await self.booking.outcome(proposal)
        return await self.changing.outcome(proposal)


def hands(office: Office, desk: BookingDesk[Any]) -> Hands:
    """Return what does the tools' work."""
    looking = Looking(office)
    return Hands(looking, Booking(office, looking), Changing(office, desk), office)


Do = Callable[[Hands, Any, Person], Awaitable[dict[str, Any]]]


@frozen(kw_only=True)
class Entry:
    """One tool."""

    about: str
    takes: type[Arguments]
    do: Do
    read_only: bool = True
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = True


TOOLS: Mapping[str, Entry] = {
    "list_entry_points": Entry(
        about="What can be booked through here. Begin with this.",
        takes=NoArguments,
        do=Hands.list_entry_points,
        open_world=False,
    ),
    "get_inputs": Entry(
        about="What a trigger node, or a link's form, asks of the prospect.", takes=EntryPoint, do=Hands.get_inputs
    ),
    "find_slots": Entry(about="Open slots of a link.", takes=Slots, do=Hands.find_slots),
    "route_prospect": Entry(
        about="Submit a prospect to a trigger node: gives an offer with slots, or another outcome. Once a prospect.",
        takes=Prospect,
        do=Hands.route_prospect,
        read_only=False,
        idempotent=False,
    ),
    "propose_booking": Entry(
        about="Prepare a booking of an offer's slot for the person to agree to. Books nothing.",
        takes=NewBooking,
        do=Hands.propose_booking,
    ),
    "book": Entry(
        about="Book a proposal: this server asks the person itself. Safe to repeat: one proposal is one meeting.",
        takes=ProposalId,
        do=Hands.book,
        read_only=False,
    ),
    "find_meetings": Entry(about="A prospect's meetings, from now on.", takes=Search, do=Hands.find_meetings),
    "propose_change": Entry(
        about="Prepare moving or cancelling a meeting. Changes nothing.", takes=NewChange, do=Hands.propose_change
    ),
    "apply_change": Entry(
        about="Do a proposed change: this server asks the person itself. Safe to repeat.",
        takes=ProposalId,
        do=Hands.apply_change,
        read_only=False,
        destructive=True,
    ),
    "outcome": Entry(about="What became of a proposal.", takes=ProposalId, do=Hands.outcome),
}


def listed() -> list[Tool]:
    """Return the tools as they are listed."""
    return [
        Tool(
            name=name,
            description=one.about,
            input_schema=cast("dict[str, Any]", slim(one.takes.model_json_schema())),
            annotations=ToolAnnotations(
                read_only_hint=one.read_only,
                destructive_hint=one.destructive,
                idempotent_hint=one.idempotent,
                open_world_hint=one.open_world,
            ),
        )
        for name, one in TOOLS.items()
    ]


def slim(schema: object) -> object:
    """Return a schema without what tells a model nothing: titles, what may be null, what a mapping may hold."""
    if isinstance(schema, list):
        return [slim(one) for one in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    node = cast("dict[str, object]", schema)
    kinds = node.get("anyOf")
    if isinstance(kinds, list) and {"type": "null"} in kinds:
        (kind,) = [one for one in cast("list[dict[str, object]]", kinds) if one != {"type": "null"}]
        node = {**kind, **{key: value for key, value in node.items() if key not in ("anyOf", "default")}}
    left_out = {"title", "maxLength", "maxProperties", "maxItems"}
    if "properties" in node:
        left_out.add("description")
    if node.get("additionalProperties") is not False:
        left_out.add("additionalProperties")
    return {key: _slim_member(key, value) for key, value in node.items() if key not in left_out}


def _slim_member(key: str, value: object) -> object:
    if key == "properties":
        return {name: slim(one) for name, one in cast("dict[str, object]", value).items()}
    return slim(value)


def _members(given: Arguments) -> dict[str, Any]:
    return {name: getattr(given, name) for name in type(given).model_fields}
