"""`bookit book`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from attrs import evolve, frozen

from ...client import BookIt
from ...errors import InvalidInputError, OutcomeUnknownError, ResponseInvalidError, ServerError, SlotTakenError
from ...once.orders import order_problems
from ...views.choosers import Chooser, all_of, between, earliest
from ...views.offers import NoAvailability, Offer
from ...views.outcomes import Booked, NotRouted, Redirected
from ...views.pending import Prepared
from ...views.slots import Slot
from .. import statuses
from ..documents import outcome_document
from ..failures import Failure
from ..grid import grid
from ..open_bookings import Kept, OpenBookings, content_of
from ..output import printable
from ..parameters import File, Given, Several
from ..session import Session, pairs
from ..zones import clocks, in_utc, spoken
from .meetings import chosen, none_open
from .route import given_prospect, said_of, typed
from .slots import head

_AROUND = timedelta(days=1)
"""How far around a slot the prospect's meetings are noted before a link is booked."""
_LONGEST_ID = 200


@frozen(kw_only=True)
class Wanted:
    """What is to be booked."""

    node: str | None
    link: str | None
    data: Mapping[str, Any]
    answers: Mapping[str, str]
    guests: tuple[str, ...]
    choice: Chooser | None
    """None when the person is to be asked."""
    zone: str
    intent_id: str
    named: bool
    """Whether the id is the person's, so that what came of it is kept."""
    content: str
    yes: bool


async def book(
    node: str | None = None,
    /,
    *,
    link: str | None = None,
    prospect: File = None,
    set_: Several = None,
    at: str | None = None,
    earliest: bool = False,
    between: str | None = None,
    guest: Several = None,
    answer: Several = None,
    yes: bool = False,
    dry_run: bool = False,
    id_: str | None = None,
    session: Given,
) -> int:
    """Route a prospect and book one of the times that are offered, or book a time of a link.

    Says where it goes, shows what will be booked on the prospect's clock and the host's, and asks. Routing is a
    submission, which LeanData keeps, also when the answer is no. Without --at, --earliest and --between, a person is
    shown the open times and asked.

    What is sent is kept, sealed, until it is known what came of it: `bookit settle` tells after a crash or Ctrl-C.
    With --id it is kept for good: the same command again books nothing more, and prints the same meeting.

    Args:
        node: The trigger node's exact name.
        link: Instead of a node, the BookIt Link's id: what stands behind /l/ in its URL.
        prospect: A JSON file with the prospect's data by input name; - reads stdin.
        set_: One input as Name=Value; overrules the file, and may be given more than once.
        at: When, such as "tue 9am", on the clock of --zone.
        earliest: The earliest time that is open.
        between: The earliest time in a span of the day, such as 9:00-12:00, on the clock of --zone.
        guest: An address to invite; may be given more than once.
        answer: An answer of the form as Name=Value; may be given more than once.
        yes: Do not ask.
        dry_run: Check all that can be known without routing, show it, and book nothing.
        id_: An id of yours for this booking, which is made once for each.
    """
    if (node is None) == (link is None):
        raise Failure("give exactly one of NODE and --link")
    if link is not None and (prospect or set_):
        raise Failure("a link asks for no prospect", advice="Give name and address with --answer, such as Email=...")
    if id_ is not None and not (0 < len(id_) <= _LONGEST_ID and id_.isprintable()):
        raise Failure(f"--id must be 1 to {_LONGEST_ID} printable characters")
    choice = _choice(at, between, session, earliest_one=earliest)
    session.must_be_meant(yes=yes, dry_run=dry_run)
    if choice is None and not session.interactive and not dry_run:
        raise Failure("which time is wanted?", advice="Give --at, --earliest or --between.")
    data = {} if node is None else given_prospect(session, prospect, set_)
    answers = pairs("--answer", answer or [])
    words = [at, earliest, between, session.zone]
    wanted = Wanted(
        node=node,
        link=link,
        data=data,
        answers=answers,
        guests=tuple(guest or ()),
        choice=choice,
        zone=session.zone,
        intent_id=id_ or str(uuid4()),
        named=id_ is not None,
        content=content_of(node=node, link=link, data=data, answers=answers, guests=guest or [], words=words),
        yes=yes,
    )
    if problems := [*order_problems(wanted.zone, wanted.choice or _first(), answers, wanted.guests)]:
        raise InvalidInputError(problems=problems)
    session.say_where()
    async with session.client() as client:
        if dry_run:
            return await _tried(client, wanted, session)
        return await _carried_out(client, wanted, session)


def _first() -> Chooser:
    return earliest()


def _choice(at: str | None, span: str | None, session: Session, *, earliest_one: bool) -> Chooser | None:
    """Return which slot is wanted; None when that is not said."""
    if at is not None and (earliest_one or span is not None):
        raise Failure("give --at, or --earliest and --between")
    if at is not None:
        choice = chosen(at, session)
        return all_of(choice) if callable(choice) else None
    if span is not None:
        first, last = clocks(span)
        return between(first, last, timezone=session.zone)
    return _first() if earliest_one else None


async def _tried(client: BookIt, wanted: Wanted, session: Session) -> int:
    """Check what can be known without routing or booking, and show it."""
    document: dict[str, Any] = {"dry_run": True, "where": session.access.where, "zone": wanted.zone}
    if wanted.node is not None:
        inputs = await client.inputs(wanted.node)
        data = await typed(client, wanted.node, dict(wanted.data))
        if problems := inputs.problems(data):
            raise InvalidInputError(problems=problems)
        missing = [one.name for one in inputs.missing(data)]
        document |= {"trigger_node": wanted.node, "missing": missing, "slot": None}
        text = [f"Would route to {wanted.node!r}, and book what is offered then."]
        text += [f"Inputs without a value: {', '.join(missing)}"] if missing else []
    else:
        offer = await client.availability(link_id=wanted.link)
        slot = offer.pick(wanted.choice or _first()) if isinstance(offer, Offer) else None
        if slot is None or not isinstance(offer, Offer):
            raise none_open(offer, wanted.choice or _first(), session)
        offer.prepare(slot, timezone=wanted.zone, answers=wanted.answers, guests=wanted.guests)
        document |= {"link_id": wanted.link, "missing": [], "slot": in_utc(slot.start)}
        text = ["Would book:", *_lines(offer, slot, wanted.zone)]
    session.output.note("Nothing was sent that changes anything.")
    session.output.show(document, text=text, rows=[[*document.values()]])
    return statuses.DONE


async def _carried_out(client: BookIt, wanted: Wanted, session: Session) -> int:
    store = OpenBookings(session.output)
    kept = store.find(wanted.intent_id)
    if kept is None:
        outcome = await _made(client, wanted, session, store)
    elif kept.content != wanted.content or kept.base_url != client.settings.base_url:
        advice = "Nothing was sent: take a new id, or ask for exactly the same."
        raise Failure(f"--id {wanted.intent_id!r} was used for another booking", advice=advice, kind="IntentConflict")
    elif kept.outcome is not None:
        session.output.note("Booked already, under this id.")
        outcome = kept.outcome
    else:
        session.output.note("It was begun before, under this id: goes on with it.")
        outcome = await _sent(client, kept, session, store, named=wanted.named, again=True)
    document = outcome_document(outcome, wanted.zone, intent_id=wanted.intent_id if wanted.named else None)
    if not isinstance(outcome, Booked):
        session.output.show(document, text=said_of(outcome), rows=[[*document.values()]])
        return statuses.NO_MEETING
    text = [
        f"Booked {spoken(outcome.start, wanted.zone)}",
        f"  with {printable(outcome.organizer_email or 'a host who is not told')}, meeting {outcome.meeting_id}",
        *([f"  BookIt Log ID {outcome.uid}: keep it in the prospect's CRM record"] if outcome.uid else []),
    ]
    session.output.show(document, text=text, rows=[[*document.values()]])
    return statuses.DONE


async def _made(
    client: BookIt, wanted: Wanted, session: Session, store: OpenBookings
) -> Booked | Redirected | NotRouted | NoAvailability:
    """Look what is offered, have the person say yes, and book it."""
    offer = await _offered(client, wanted)
    if not isinstance(offer, Offer):
        return offer
    if offer.uid:
        session.output.note(f"Submitted, BookIt Log ID {offer.uid}")
    choice = wanted.choice or _asked(offer, session)
    while True:
        slot = offer.pick(choice)
        if slot is None:
            raise none_open(offer, choice, session)
        prepared = offer.prepare(
            slot,
            timezone=wanted.zone,
            answers=wanted.answers,
            guests=wanted.guests,
            booking_id=f"bookit {wanted.intent_id}",
        )
        for line in ("Books:", *_lines(offer, slot, wanted.zone)):
            session.output.note(line)
        session.confirm("Book it?", yes=wanted.yes)
        kept = Kept(
            intent_id=wanted.intent_id,
            content=wanted.content,
            base_url=client.settings.base_url,
            prepared=await _knowing(client, prepared),
            last_sent=_latest(client),
        )
        try:
            return await _sent(client, kept, session, store, named=wanted.named)
        except SlotTakenError:
            session.output.note("Somebody took that time.")
            again = await offer.refresh()
            if not isinstance(again, Offer) or again.pick(choice) in (None, slot):
                raise
            offer = again


async def _offered(client: BookIt, wanted: Wanted) -> Offer | Redirected | NotRouted | NoAvailability:
    if wanted.node is None:
        return await client.availability(link_id=wanted.link)
    return await client.route(wanted.node, await typed(client, wanted.node, dict(wanted.data)))


def _asked(offer: Offer, session: Session) -> Chooser:
    """Return which time the person says."""
    for line in (*head(session, offer), *grid(offer, session.zone, session.output)):
        session.output.note(line)
    words = session.output.ask("When? (such as tue 9am) ")
    choice = chosen(words, session)
    return all_of(choice) if callable(choice) else _first()


def _lines(offer: Offer, slot: Slot, zone: str) -> list[str]:
    """Return what will be booked, on the prospect's clock and on those of the hosts."""
    hosts = [host for one in slot.host_ids or offer.host_ids if (host := offer.host(one))]
    lines = [f"  {offer.meeting_type or 'a meeting'}", f"  {spoken(slot.start, zone)}, the prospect's clock"]
    for host in hosts[:1]:
        there = f"{spoken(slot.start, host.timezone)}, the host's clock; " if host.timezone else ""
        lines.append(f"  {there}host {printable(host.name)}" + (" or another of the pool" if offer.pooled else ""))
    return lines


async def _knowing(client: BookIt, prepared: Prepared) -> Prepared:
    """Return it with the ids of the meetings that are there already, where no token says whose one is."""
    email, start = prepared.pending.prospect_email, prepared.slot.start
    if prepared.pending.token is not None or email is None:
        return prepared
    found = await client.meetings(email, start=start - _AROUND, end=start + _AROUND)
    return prepared.knowing(one.id for one in found)


def _latest(client: BookIt) -> datetime:
    """Return when what is sent from now on may last have been sent, whatever becomes of this process."""
    return datetime.now(UTC) + timedelta(seconds=client.settings.deadline + client.settings.grace)


async def _sent(
    client: BookIt, kept: Kept, session: Session, store: OpenBookings, *, named: bool, again: bool = False
) -> Booked:
    """Keep a booking, send it, and keep what came of it: for good under an id of the person's, else not."""
    sent_before = min(kept.last_sent, session.now) if again else False
    store.keep(kept)
    try:
        booked = await client.send(kept.prepared, perhaps_sent=sent_before)
    except (OutcomeUnknownError, ResponseInvalidError, ServerError):
        store.keep(evolve(kept, last_sent=session.now))  # it stays among those that are open
        raise
    except Exception:
        store.drop(kept.intent_id)
        raise
    if named:
        store.keep(evolve(kept, outcome=booked))
    else:
        store.drop(kept.intent_id)
    return booked
