"""Never run: what the type checkers must make of the public interface."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_type

import httpx

from bookit_async import (
    Attendee,
    Booked,
    BookIt,
    Chooser,
    FormField,
    Host,
    InvalidInputError,
    Meeting,
    NoAvailability,
    NotRouted,
    Offer,
    OutcomeUnknownError,
    Redirected,
    Slot,
    SlotTakenError,
    Transport,
    TriggerInput,
    TriggerInputs,
    at,
    between,
    earliest,
    nearest,
)
from bookit_async._generated.models import AvailabilityPage, BookedMeeting, SelectedTime, UserField
from bookit_async.sandbox import Sandbox


async def calls(client: BookIt) -> None:
    inputs = assert_type(await client.inputs("Node"), TriggerInputs)
    assert_type(inputs.missing({}), tuple[TriggerInput, ...])
    assert_type(inputs.problems({"Email": "a"}), tuple[str, ...])
    assert_type(await client.route("Node", {"Email": "a"}), Offer | Redirected | NotRouted | NoAvailability)
    assert_type(await client.availability(token="t"), Offer | NoAvailability)
    assert_type(await client.book_link("l", timezone="UTC"), Booked | NoAvailability)
    assert_type(await client.meeting("m"), Meeting)
    assert_type(await client.meetings("a@x.example", start=datetime.now(UTC), status="scheduled"), list[Meeting])
    assert_type(await client.reschedule("m", timezone="UTC", slot=datetime.now(UTC)), Meeting | NoAvailability)
    await client.cancel("m")
    assert_type(client.with_options(timeout=5.0), BookIt)


async def outcomes(client: BookIt) -> str:
    match await client.book("Node", {}, timezone="UTC", slot=earliest(), guests=["cfo@example.com"]):
        case Booked(meeting_id=meeting_id, start=start, organizer_email=host):
            assert_type(start, datetime)
            assert_type(host, str | None)
            return meeting_id
        case Redirected(url=url):
            return url
        case NotRouted() | NoAvailability():
            return ""


async def offers(offer: Offer) -> None:
    assert_type(offer.slots, Sequence[Slot])
    assert_type(offer.days("UTC"), dict[date, list[Slot]])
    assert_type(offer.hosts, tuple[Host, ...])
    assert_type(offer.form_fields, tuple[FormField, ...])
    assert_type(offer.duration, timedelta | None)
    assert_type(offer.page, AvailabilityPage)
    assert_type(await offer.refresh(), "Offer | NoAvailability")
    assert_type(await offer.book(offer.slots[0], timezone="UTC"), Booked | NoAvailability)


def choosers() -> list[Chooser]:
    def last(slots: Sequence[Slot]) -> list[Slot]:
        return list(slots[::-1])

    now = datetime.now(UTC)
    return [earliest(), at(now), nearest(now), between(time(9), time(17), timezone="UTC", weekdays=range(5)), last]


async def operations(client: BookIt) -> None:
    when = SelectedTime(start_time=1, end_time=2, timezone="UTC")
    fields = [UserField(name="Email", type_="text", value="a@x.example")]
    assert_type(
        await client.api.book_meeting(scheduled_time=when, user_fields=fields, token="t"),
        BookedMeeting,
    )
    await client.api.book_meeting(scheduled_time=when)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await client.api.list_meetings(prospect_email="a", status="odd")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def errors(client: BookIt) -> None:
    try:
        await client.meeting("m")
    except SlotTakenError as error:
        assert_type(error.offer, Offer | None)
    except InvalidInputError as error:
        assert_type(error.problems, tuple[str, ...])
    except OutcomeUnknownError as error:
        assert_type(error.operation, str | None)


async def makers(transport: Transport, http: httpx.AsyncClient, meeting: Meeting) -> None:
    BookIt("key", transport=transport)
    BookIt("key", http_client=http)
    BookIt("key", timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(meeting.attendees, tuple[Attendee, ...])
    async with Sandbox() as sandbox, BookIt(sandbox.api_key, base_url=sandbox.url) as client:
        assert_type(client, BookIt)
        assert_type(sandbox.transport, Transport)
