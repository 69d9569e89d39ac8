"""What goes to and comes from a browser. No token, no API key, no email address of a host is in any of it."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Reference = Annotated[str, Field(min_length=1, max_length=100_000)]
Zone = Annotated[str, Field(max_length=100, description="IANA time zone name, such as `Europe/Berlin`.")]
Value = Text | bool | int | float | None
Instant = Annotated[int, Field(ge=0, le=253_402_300_799_999, description="Epoch milliseconds.")]
LARGEST_PROSPECT = 16_000
"""Bytes of JSON: an offer id holds the prospect, and comes back in a body that may not be much larger."""
MOST_VALUES = 1_000
"""Values in one request, however they are nested: no honest one has as many."""
Answer = Text | bool | int | float | Annotated[list[Text], Field(max_length=100)]


class Incoming(BaseModel):
    """What a browser sends: anything that is not named here is a mistake."""

    model_config = ConfigDict(extra="forbid")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # error trackers capture it, and there is a person in it

    __str__ = __repr__

    @model_validator(mode="before")
    @classmethod
    def _few_values(cls, data: Any) -> Any:
        """Refuse what would take long to look at one by one, and longer to tell."""
        left, seen = [data], 0
        while left:
            one = left.pop()
            inner: list[Any] = []
            if isinstance(one, dict):
                inner = [*one.values()]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
            elif isinstance(one, list):
                inner = one  # pyright: ignore[reportUnknownVariableType] - JSON
            seen += len(inner)
            if seen > MOST_VALUES:
                raise ValueError(f"more than {MOST_VALUES} values")
            left += inner
        return data


class OfferRequest(Incoming):
    """Ask for open slots: route a prospect through a trigger node, or use a BookIt Link."""

    trigger_node: Name | None = Field(default=None, description="The trigger node's exact name.")
    link_id: Name | None = Field(default=None, description="The path segment after `/l/` in the link's URL.")
    prospect: dict[Name, Value] = Field(
        default_factory=dict[str, Value],
        max_length=200,
        description="Values by input name; null leaves one empty on purpose.",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> "OfferRequest":
        if (self.trigger_node is None) == (self.link_id is None):
            raise ValueError("give either trigger_node or link_id")
        return self

    @field_validator("prospect")
    @classmethod
    def _of_a_size_to_be_sealed(cls, prospect: dict[str, Value]) -> dict[str, Value]:
        try:
            size = len(orjson.dumps(prospect))
        except TypeError:
            raise ValueError("holds a whole number of more than 64 bits, or half a character") from None
        if size > LARGEST_PROSPECT:
            raise ValueError(f"all of it together is larger than {LARGEST_PROSPECT} bytes")
        return prospect


class OfferReference(Incoming):
    """An offer that was given before."""

    offer_id: Reference


class TimeChoice(Incoming):
    """A slot as it was shown."""

    start: Instant
    end: Instant


class SlotChoice(TimeChoice):
    """A slot as it was shown, and who could take it."""

    hosts: list[int] | None = Field(
        default=None,
        max_length=500,
        description="The slot's hosts as they were shown, to be compared; who holds the meeting is decided here.",
    )


class BookingRequest(Incoming):
    """Book a slot of an offer. Sending it again with the same offer and slot gives the same meeting."""

    offer_id: Reference
    slot: SlotChoice
    timezone: Zone
    pooled: bool | None = Field(default=None, description="The offer's `pooled` as it was shown, to be compared.")
    answers: dict[Name, Answer] = Field(
        default_factory=dict[str, Answer], max_length=200, description="Form answers by field name."
    )
    guests: list[Text] = Field(default_factory=list[str], max_length=100, description="Email addresses to invite too.")


class SettleRequest(Incoming):
    """A booking whose outcome was not known."""

    settle_id: Reference


class MeetingReference(Incoming):
    """A meeting: the reference that its booking gave, or the meeting id at the end of a mailed link."""

    meeting_ref: Reference


class CancelRequest(MeetingReference):
    """Cancel a meeting."""

    reason: str | None = Field(
        default=None,
        max_length=1_000,
        description="Why, in the visitor's words: for the application's `on_canceled`. The service is not told.",
    )


class RescheduleRequest(MeetingReference):
    """Move a meeting to another slot."""

    slot: TimeChoice
    timezone: Zone


class MeetingSearch(Incoming):
    """Which meetings of a prospect to give."""

    prospect_email: Name
    start: AwareDatetime | None = Field(default=None, description="Earliest start; give it wherever that matters.")
    end: AwareDatetime | None = Field(default=None, description="Latest start.")
    status: Literal["scheduled", "rescheduled", "canceled"] | None = None


class InputView(BaseModel):
    """One input of a trigger node."""

    name: str
    type: str = Field(description="`STRING`, `PHONE`, `DOUBLE` or `BOOLEAN`.")


class InputsView(BaseModel):
    """What a trigger node asks of a prospect."""

    trigger_node: str
    inputs: list[InputView]


class HostView(BaseModel):
    """Someone who can hold the meeting."""

    name: str
    timezone: str | None = None


class SlotColumns(BaseModel):
    """Open slots, earliest first: what stands at one place of each column is one slot.

    A column of one value says the same of every slot.
    """

    starts: list[int] = Field(description="Epoch milliseconds.")
    lengths: list[int] = Field(description="Milliseconds from a slot's start to its end.")
    teams: list[int] = Field(description="Who could take it: a place in `teams`.")


class FieldView(BaseModel):
    """One field of the booking form."""

    name: str
    type: str = Field(description="`text`, `textarea`, or another kind of input.")
    required: bool
    read_only: bool
    guests: bool = Field(description="Whether it asks for guests, who go to `guests` and not to `answers`.")
    value: str | None = Field(default=None, description="What the prospect said before.")


class SlotsView(BaseModel):
    """Open slots and what there is to know of the meeting."""

    meeting_type: str | None
    description: str | None
    minutes: float | None
    color: str | None = Field(description="The colour of the meeting type's page, such as `#1f6feb`.")
    logo: str | None = Field(
        default=None,
        description="Its logo as a `data:` URL; one that is elsewhere is left out.",
    )
    hosts: list[HostView]
    teams: list[list[int]] = Field(
        description="Those who could take a slot, as places in `hosts`, in round-robin priority order."
    )
    slots: SlotColumns


class OfferView(SlotsView):
    """Open slots for one prospect."""

    offer_id: str = Field(description="Opaque; stands for this offer until `expires_at` or a meeting is booked.")
    expires_at: AwareDatetime
    pooled: bool = Field(description="Whether a pool is offered, so that the slot decides the host.")
    form_fields: list[FieldView]


class About(BaseModel):
    """What was known of a meeting when it was booked; nothing of one that was found."""

    meeting_type: str | None = None
    host: HostView | None = None
    place: str | None = Field(default=None, description="URL of the host's conference room.")


_CHANGEABLE = Field(
    description="Whether the reference is good to move and cancel the meeting: not for one that was found and is not "
    "known to have been booked with this offer. The link in its mail is."
)


class MeetingView(About):
    """A booked meeting."""

    meeting_ref: str = Field(description="Opaque; stands for the meeting until a day after its end.")
    status: str | None = Field(description="`scheduled`, `rescheduled`, `canceled`, or a new one.")
    canceled: bool
    start: AwareDatetime | None
    end: AwareDatetime | None
    title: str | None
    changeable: bool = _CHANGEABLE


class MovesView(SlotsView):
    """A meeting and the slots that it could be moved to."""

    meeting: MeetingView
    reason_welcome: bool = Field(description="Whether somebody is told of the reason that a cancel may come with.")


class BookingView(About):
    """A meeting that was just booked."""

    meeting_ref: str = Field(description="Opaque; stands for the meeting until a day after its end.")
    start: AwareDatetime
    end: AwareDatetime
    redirect_url: str | None = Field(default=None, description="Where the meeting type sends people after booking.")
    uid: str | None = Field(description="The BookIt Log ID, to be kept with the prospect's CRM record.")
    recovered: bool = Field(description="Whether an answer was lost and the meeting was found by looking for it.")
    changeable: bool = _CHANGEABLE


class Offered(BaseModel):
    """There are open slots."""

    outcome: Literal["offer"] = "offer"
    offer: OfferView
    uid: str | None


class Redirected(BaseModel):
    """The routing graph sends the prospect to another page."""

    outcome: Literal["redirect"] = "redirect"
    url: str
    uid: str | None


class NotRouted(BaseModel):
    """The routing graph ended without an offer: show the fallback."""

    outcome: Literal["not_routed"] = "not_routed"
    uid: str | None


class NoAvailability(BaseModel):
    """There is nothing to book: show the fallback."""

    outcome: Literal["no_availability"] = "no_availability"
    uid: str | None


class AlreadyBooked(BaseModel):
    """A meeting was booked with this offer."""

    outcome: Literal["booked"] = "booked"
    booking: BookingView


class NotBooked(BaseModel):
    """Surely nothing was booked: it may be tried again."""

    outcome: Literal["not_booked"] = "not_booked"


RoutedOutcome = Annotated[Offered | Redirected | NotRouted | NoAvailability, Field(discriminator="outcome")]
RefreshOutcome = Annotated[Offered | NoAvailability | AlreadyBooked, Field(discriminator="outcome")]
SettleOutcome = Annotated[AlreadyBooked | NotBooked, Field(discriminator="outcome")]
