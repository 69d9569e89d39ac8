"""The main job on the embedded sandbox, over TCP: every line says what was called and what came back.

Run it with `make demo`, or `make demo AT="tue 9am"` to say when. It exits with 1 as soon as a step does not give what
it should.
"""

import asyncio
import sys
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    Meeting,
    NotRouted,
    Offer,
    Redirected,
    TokenSpentError,
    between,
    nearest,
)
from bookit_async.sandbox import Sandbox
from bookit_async.spoken_times import read_time

TIMEZONE = "America/Denver"
NODE = "New Webform Prospect"
LINK = "Em30rva"
ADA: dict[str, str | int] = {
    "Company": "Analytical Engines",
    "NumEmployees": 4200,
    "PhoneNumber": "+1 303 555 0100",
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Email": "ada@engines.example",
}

console = Console(width=110, highlight=False, soft_wrap=True)


class WrongResultError(Exception):
    """A step did not give what it should."""


def heading(text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]")


def said(call: str, result: str) -> None:
    console.print(f"  [cyan]{escape(call)}[/cyan]\n    [green]→[/green] {escape(result)}")


def expect(right: bool, what: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not right:
        raise WrongResultError(what)


def local(instant: datetime | None) -> str:
    return f"{instant.astimezone(ZoneInfo(TIMEZONE)):%a %d %b, %H:%M}" if instant else "no time"


def grid(offer: Offer) -> None:
    """Print the slots of the coming week: a column a day, a row a time of day."""
    week = datetime.now(UTC) + timedelta(days=7)
    days = {day: [one for one in slots if one.start < week] for day, slots in offer.days(TIMEZONE).items()}
    days = {day: slots for day, slots in days.items() if slots}
    zone = ZoneInfo(TIMEZONE)
    open_at = {day: {one.start.astimezone(zone).time(): one for one in slots} for day, slots in days.items()}
    table = Table(
        title=f"{offer.meeting_type}, times in {TIMEZONE}",
        title_justify="left",
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column("")
    for day in days:
        table.add_column(f"{day:%a %d %b}", justify="center")
    for clock in sorted({clock for slots in open_at.values() for clock in slots}):
        marks = [_mark(open_at[day].get(clock) is not None) for day in days]
        table.add_row(f"    {clock:%H:%M}", *marks)
    console.print(table)


def _mark(is_open: bool) -> str:  # noqa: FBT001 - a cell of the grid
    return "[green]■[/green]" if is_open else "[dim]·[/dim]"


async def life(client: BookIt, offer: Offer, answers: dict[str, str], wish: datetime | None) -> None:
    """Show the slots, book one in office hours or near the time asked for, read it back, move it, cancel it."""
    grid(offer)
    name, wanted = "between(9:00, 17:00)", between(time(9), time(17), timezone=TIMEZONE)
    if wish is not None:
        name, wanted = f"nearest({local(wish)})", nearest(wish)
    booked = booking(await offer.book(wanted, timezone=TIMEZONE, answers=answers, guests=["cfo@engines.example"]))
    said(f"offer.book({name}, guests=[…])", f"Booked {local(booked.start)} with {booked.organizer_email}")
    slot = next(one for one in offer.slots if one.start == booked.start)
    turn = [host.name if (host := offer.host(user_id)) else user_id for user_id in slot.host_ids]
    said("slot.host_ids", f"in turn: {', '.join(turn)}")
    expect(booked.host_id == slot.host_ids[0], "the host whose turn it is gets the meeting")
    meeting = await client.meeting(booked.meeting_id)
    said("client.meeting(id)", f"{meeting.status}, {local(meeting.start)}, {len(meeting.attendees)} attendees")
    expect((meeting.status, meeting.start) == ("scheduled", booked.start), "the meeting is read back as booked")

    later = booked.start + timedelta(days=2)
    moved = await client.reschedule(booked.meeting_id, timezone=TIMEZONE, slot=nearest(later))
    if not isinstance(moved, Meeting):
        raise WrongResultError("a meeting can be moved")
    said(f"client.reschedule(id, slot=nearest({local(later)}))", f"{moved.status}, {local(moved.start)}")
    expect(moved.status == "rescheduled" and moved.start != booked.start, "the meeting is at another time")
    await client.cancel(booked.meeting_id)
    said("client.cancel(id)", "done")
    found = await client.meetings(answers["Email"], start=booked.start - timedelta(days=1))
    said("client.meetings(email, start=…)", ", ".join(f"{one.status} {local(one.start)}" for one in found))
    expect([one.canceled for one in found if one.id == booked.meeting_id] == [True], "the meeting is canceled")


async def routed(client: BookIt, prospect: dict[str, str | int], *, pooled: bool, wish: datetime | None) -> None:
    inputs = await client.inputs(NODE)
    said(f"client.inputs({NODE!r})", ", ".join(one.name for one in inputs.inputs))
    missing = [one.name for one in inputs.missing({"Email": "…"})]
    said("inputs.missing({'Email': …})", ", ".join(missing))
    expect("Company" in missing and "Email" not in missing, "an agent asks for what is missing, and for nothing else")
    offer = offered(await client.route(NODE, prospect))
    said(f"client.route({NODE!r}, prospect)", f"Offer of {len(offer.slots)} slots, pooled: {offer.pooled}")
    expect(offer.pooled is pooled, "the routing graph decides whether a pool is offered")
    await life(client, offer, {"Email": str(prospect["Email"])}, wish)
    try:
        await offer.refresh()
    except TokenSpentError as error:
        said("offer.refresh()", f"TokenSpentError: {error.what}")
    else:
        raise WrongResultError("a token is good for one meeting")


async def no_offer(client: BookIt) -> None:
    redirected = await client.book(NODE, {**ADA, "NumEmployees": 8}, timezone=TIMEZONE)
    if not isinstance(redirected, Redirected):
        raise WrongResultError("a small company is redirected")
    said("client.book(node, small company)", f"Redirected to {redirected.url}")
    ended = await client.book(NODE, {**ADA, "Email": "ada@gmail.com"}, timezone=TIMEZONE)
    expect(isinstance(ended, NotRouted), "a private address ends the flow")
    said("client.book(node, private address)", "NotRouted: show the fallback")


async def link(client: BookIt, wish: datetime | None) -> None:
    offer = offered(await client.availability(link_id=LINK))
    said(f"client.availability(link_id={LINK!r})", f"Offer of {len(offer.slots)} slots, pooled: {offer.pooled}")
    await life(client, offer, {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@link.example"}, wish)


def offered(outcome: object) -> Offer:
    """Return the outcome if it is an offer."""
    if not isinstance(outcome, Offer):
        raise WrongResultError(f"expected an offer, got {type(outcome).__name__}")
    return outcome


def booking(outcome: object) -> Booked:
    """Return the outcome if it is a booking."""
    if not isinstance(outcome, Booked):
        raise WrongResultError(f"expected a booking, got {type(outcome).__name__}")
    return outcome


async def main(words: str) -> int:
    """Run the four parts, booking near the time that *words* name if they name one, and give the exit code."""
    async with Sandbox() as sandbox, BookIt(sandbox.api_key, base_url=sandbox.url) as client:
        console.print(f"The sandbox listens on [cyan]{sandbox.url}[/cyan]; nothing leaves this machine.")
        try:
            wish = read_time(words, timezone=TIMEZONE, now=datetime.now(UTC)) if words else None
            heading("1. One host: the account owner of a large company")
            await routed(client, ADA, pooled=False, wish=wish)
            heading("2. A pool: whoever's turn it is")
            await routed(client, {**ADA, "NumEmployees": 300, "Email": "ada@pool.example"}, pooled=True, wish=wish)
            heading("3. No meeting: a redirect, and the end of the flow")
            await no_offer(client)
            heading("4. A BookIt Link: no routing")
            await link(client, wish)
        except (BookItError, WrongResultError) as error:
            console.print(f"\n[red]Wrong:[/red] {escape(str(error))}")
            return 1
    console.print("\nEverything gave what it should.")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(" ".join(sys.argv[1:]))))
