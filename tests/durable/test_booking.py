"""An intent's workflow without an engine: killed before and after each step, over a lossy network."""

from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from attrs import evolve

from bookit_async import Booked, BookIt, NotSentError, Slot, SlotChoice, TokenSpentError, earliest
from bookit_async.durable.booking import carry_out, seal_asked
from bookit_async.durable.intents import Intent, ask
from bookit_async.durable.progress import AFTER, Came, Do, Progress
from bookit_async.durable.sealing import OtherSecretsError, Vault
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE, NOW
from ..flaky import FAULTS, Fault
from ..paths import ROUTE
from ..scenes import ANSWERS, POOL, ZONE, bookings, flaky, someone_else_books
from .engine import OTHER, SECRET, KilledError, Notes, Rehearsal

LINKS = {"link": "Em30rva", "pooled link": "Pool4Mm"}
MODES = ["token", "pool", *LINKS]
SETTLE = 5.0


def intent_of(mode: str = "token", *, slot: SlotChoice | None = None, **changed: Any) -> Intent:
    if mode in LINKS:
        given: dict[str, Any] = {"link_id": LINKS[mode], "answers": ANSWERS}
    else:
        given = {"trigger_node": NODE, "prospect": POOL if mode == "pool" else ADA, "answers": None}
    return ask("lead-1", timezone=ZONE, slot=slot or earliest(), guests=(), **{**given, **changed})


def rehearsal(*plan: Any, **options: Any) -> tuple[Rehearsal, Sandbox, Any]:
    notes = options.pop("notes", None)
    client, sandbox, transport, clock = flaky(*plan, settle=SETTLE, deadline=30.0, **options)
    return Rehearsal(client, clock, notes), sandbox, transport


@pytest.mark.parametrize("mode", MODES)
async def test_what_is_not_disturbed_is_two_steps_and_one_post(mode: str) -> None:
    play, sandbox, transport = rehearsal()
    outcome = await play.run(intent_of(mode))
    assert (outcome["type"], outcome["recovered"], outcome["meeting_id"]) == ("Booked", False, sandbox.meetings[0].id)
    assert play.came == [("plan", "planned"), ("send", "ended")]
    assert bookings(transport) == len(sandbox.meetings) == 1
    assert play.slept == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("mode", MODES)
async def test_one_meeting_whatever_is_lost_and_wherever_it_is_killed(
    mode: str, step: int, fault: Fault, *, stored: bool
) -> None:
    play, sandbox, _ = rehearsal(fault, on="meeting", method="POST")
    (play.kill_stored if stored else play.kill_unstored).add(step)
    outcome = await play.run(intent_of(mode))
    assert outcome["type"] == "Booked"
    assert [one.id for one in sandbox.meetings] == [outcome["meeting_id"]]


@pytest.mark.parametrize("mode", MODES)
async def test_it_is_never_so_that_two_kills_make_two_meetings(mode: str) -> None:
    play, sandbox, transport = rehearsal("after", "before", method="POST")
    play.kill_unstored = {1, 2, 3, 4}
    play.kill_stored = {5}
    outcome = await play.run(intent_of(mode))
    assert [one.id for one in sandbox.meetings] == [outcome["meeting_id"]]
    assert bookings(transport) <= 3


async def test_what_may_have_been_sent_waits_until_it_has_settled_before_it_is_sent_again() -> None:
    play, sandbox, _ = rehearsal()
    play.kill_stored = {1}
    before = play.clock.now
    await play.run(intent_of())
    assert play.clock.now - before >= SETTLE
    assert len(sandbox.meetings) == 1


async def test_with_a_token_that_is_known_to_be_a_fence_nothing_waits() -> None:
    play, sandbox, _ = rehearsal(token_fence=True)
    play.kill_stored = {1}
    before = play.clock.now
    await play.run(intent_of())
    assert play.clock.now - before < 1
    assert len(sandbox.meetings) == 1


@pytest.mark.parametrize(
    ("prospect", "kind"), [({**ADA, "NumEmployees": 8}, "Redirected"), ({**ADA, "NumEmployees": 1}, "NotRouted")]
)
async def test_what_the_graph_decides_is_the_outcome(prospect: dict[str, Any], kind: str) -> None:
    play, _, _ = rehearsal()
    intent = intent_of(prospect=prospect)
    outcome = await play.run(intent)
    assert outcome["type"] in {kind, "Redirected"}
    assert outcome["uid"] == intent.uid
    assert [name for name, _ in play.stored] == ["plan"]


async def test_a_slot_that_was_taken_gives_way_to_the_next_with_the_same_token() -> None:
    play, sandbox, transport = rehearsal()
    await _rival(play, sandbox)
    outcome = await play.run(intent_of())
    assert play.came == [("plan", "planned"), ("send", "taken"), ("plan", "planned"), ("send", "ended")]
    assert [sent.rpartition("/")[2] for sent in transport.sent].count(ROUTE.rpartition("/")[2]) == 1
    assert len(sandbox.meetings) == 2
    assert outcome["type"] == "Booked"


async def test_the_next_slot_of_a_link_is_asked_of_the_link() -> None:
    play, sandbox, _ = rehearsal()
    await _rival(play, sandbox)
    assert (await play.run(intent_of("link")))["type"] == "Booked"
    assert [came for _, came in play.came] == ["planned", "taken", "planned", "ended"]


async def _rival(play: Rehearsal, sandbox: Sandbox) -> None:
    """Have somebody else book the slot between plan and sending."""
    send = play.steps.client.send

    async def late(prepared: Any, **options: Any) -> Any:
        if not sandbox.meetings:
            await someone_else_books(sandbox, prepared.slot.start)
        return await send(prepared, **options)

    play.steps.client.send = late  # type: ignore[method-assign]


async def test_whoever_wants_one_slot_and_no_other_is_refused_when_it_is_taken() -> None:
    play, sandbox, _ = rehearsal()
    offer: Any = await play.steps.client.route(NODE, ADA)
    await _rival(play, sandbox)
    outcome = await play.run(intent_of(slot=offer.slots[0]))
    assert (outcome["type"], outcome["error"]["type"]) == ("Refused", "SlotTakenError")


async def test_an_instant_whose_slot_is_taken_leaves_nothing_to_book() -> None:
    play, sandbox, _ = rehearsal()
    offer: Any = await play.steps.client.route(NODE, ADA)
    await _rival(play, sandbox)
    assert (await play.run(intent_of(slot=offer.slots[0].start)))["type"] == "NoAvailability"


async def test_what_the_service_refuses_is_final() -> None:
    play, _, _ = rehearsal()
    outcome = await play.run(intent_of(trigger_node="No such node"))
    assert (outcome["type"], outcome["error"]["type"]) == ("Refused", "TriggerNodeNotFoundError")
    play, _, _ = rehearsal()
    outcome = await play.run(intent_of("link", link_id="nobody"))
    assert (outcome["type"], outcome["error"]["type"], outcome["uid"]) == ("Refused", "LinkNotFoundError", None)


async def test_answers_that_the_form_lacks_are_told_before_anything_is_sent() -> None:
    play, _, transport = rehearsal()
    outcome = await play.run(intent_of("link", answers={}))
    assert (outcome["type"], outcome["error"]["type"]) == ("Refused", "InvalidInputError")
    assert bookings(transport) == 0


async def test_a_single_use_link_that_is_spent_is_refused() -> None:
    play, sandbox, _ = rehearsal()
    other = BookIt(sandbox.api_key, transport=sandbox.transport)
    plan = play.steps.plan

    async def then_spent(*given: Any) -> Any:
        came = await plan(*given)
        await other.book_link("Once7Kd", timezone=ZONE, answers={**ANSWERS, "Email": "grace@engines.example"})
        return came

    object.__setattr__(play, "steps", _Replaced(play.steps, then_spent))
    outcome = await play.run(intent_of("link", link_id="Once7Kd"))
    assert (outcome["type"], outcome["error"]["type"]) == ("Refused", "LinkSpentError")


class _Replaced:
    """The steps, with another plan."""

    def __init__(self, steps: Any, plan: Any) -> None:
        self._steps, self.plan = steps, plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._steps, name)


async def test_no_slot_that_is_wanted_is_no_availability() -> None:
    play, _, _ = rehearsal()
    outcome = await play.run(intent_of(slot=earliest()))
    assert outcome["type"] == "Booked"
    from bookit_async import on

    play, _, _ = rehearsal()
    intent = intent_of(slot=on((NOW + timedelta(days=900)).date(), timezone=ZONE))
    outcome = await play.run(intent)
    assert (outcome["type"], outcome["uid"]) == ("NoAvailability", intent.uid)


async def test_trouble_that_passes_is_asked_about_again_1_to_60_seconds_apart() -> None:
    play, sandbox, _ = rehearsal(*(["429"] * 36), on="scheduling")
    assert (await play.run(intent_of()))["type"] == "Booked"
    assert play.slept[:3] == [1.0, 2.0, 4.0]
    assert {came for _, came in play.came[:-2]} == {"later"}
    assert len(sandbox.meetings) == 1


async def test_a_booking_that_was_not_sent_is_sent_later() -> None:
    play, sandbox, _ = rehearsal(*["unsent"] * 6, method="POST")
    assert (await play.run(intent_of()))["type"] == "Booked"
    assert ("send", "later") in play.came
    assert len(sandbox.meetings) == 1


async def test_one_that_stays_open_says_since_when_and_why_and_is_asked_about_until_it_is_found() -> None:
    play, sandbox, _ = rehearsal("after", *["502 before"] * 60, on="e")
    offers = play.steps.client
    del offers
    assert (await play.run(intent_of("link")))["type"] == "Booked"
    assert len(sandbox.meetings) == 1


class _Settling:
    """Settles as it is told, one answer after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.not_ours = list[tuple[str, ...]]()

    async def __call__(self, _: Any, *, not_ours: Any = ()) -> Any:
        self.not_ours.append(tuple(not_ours))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def planned(play: Rehearsal, intent: Intent) -> Progress:
    return Progress().after(await play.steps.plan("lead-1", intent, Progress()))


def booked_as(meeting_id: str) -> Booked:
    return Booked(meeting_id=meeting_id, organizer_email=None, host_id=None, start=NOW, end=NOW, uid=None)


async def _refuse(error: Exception, *_: Any, **__: Any) -> Any:
    raise error


SPENT = TokenSpentError(status=400)


@pytest.mark.parametrize(
    ("answers", "came"),
    [
        ([NotSentError(reason="x"), booked_as("m-1")], "ended"),
        ([None, booked_as("m-1")], "ended"),
        ([None, NotSentError(reason="x")], "later"),
    ],
)
async def test_a_token_that_is_spent_after_slots_were_said_to_be_taken_has_made_one_of_them(
    answers: list[Any], came: str
) -> None:
    play, _, _ = rehearsal()
    intent = intent_of()
    first = await planned(play, intent)
    taken = first.after({"came": "taken"})
    again = evolve(taken, do=Do.SEND).after({"came": "taken"})
    client: Any = play.steps.client
    client.availability = partial(_refuse, SPENT)
    client.settle = _Settling(*answers)
    told = await play.steps.plan("lead-1", intent, again)
    assert told["came"] == came
    assert client.settle.answers == []


async def test_a_token_that_somebody_else_spent_is_a_refusal_unless_it_may_have_been_this_intent() -> None:
    play, _, _ = rehearsal()
    intent = intent_of()
    progress = await planned(play, intent)
    client: Any = play.steps.client
    client.send = partial(_refuse, SPENT)
    told = await play.steps.send("lead-1", intent, progress, first=True)
    assert (told["came"], told["outcome"]["error"]["type"]) == ("ended", "TokenSpentError")
    assert (await play.steps.send("lead-1", intent, progress, first=False))["came"] == "open"
    client.route = partial(_refuse, SPENT)
    told = await play.steps.plan("lead-1", intent, Progress())
    assert (told["came"], told["outcome"]["type"]) == ("ended", "Refused")


@pytest.mark.parametrize(
    ("answers", "came"), [([booked_as("m-2"), booked_as("m-3")], "ended"), ([booked_as("m-2"), None], "open")]
)
async def test_a_meeting_of_another_intent_is_looked_past(answers: list[Any], came: str) -> None:
    play, _, _ = rehearsal(notes=Notes(**{"m-1": "other", "m-2": "other"}))
    intent = intent_of("link")
    progress = await planned(play, intent)
    client: Any = play.steps.client

    async def send(*_: Any, **__: Any) -> Booked:
        return booked_as("m-1")

    client.send = send
    client.settle = _Settling(*answers)
    told = await play.steps.send("lead-1", intent, progress, first=True)
    assert told["came"] == came
    assert client.settle.not_ours == [("m-1",), ("m-1", "m-2")]


async def test_a_slot_that_began_during_an_outage_is_looked_for_and_given_up() -> None:
    play, sandbox, _ = rehearsal()
    play.kill_stored = {1}
    plan = play.steps.plan

    async def then_outage(*given: Any) -> Any:
        came = await plan(*given)
        if len(play.stored) == 0:
            play.clock.now += 30 * 86_400
        return came

    object.__setattr__(play, "steps", _Replaced(play.steps, then_outage))
    outcome = await play.run(intent_of())
    assert ("send", "taken") in play.came
    assert outcome["type"] in {"Booked", "NoAvailability", "Refused"}
    assert len(sandbox.meetings) <= 1


async def test_one_that_was_booked_before_the_outage_is_found_after_it() -> None:
    play, sandbox, _ = rehearsal()
    play.kill_unstored = {2}
    send = play.steps.client.send

    async def then_outage(*given: Any, **options: Any) -> Any:
        booked = await send(*given, **options)
        play.clock.now += 30 * 86_400
        return booked

    play.steps.client.send = then_outage  # type: ignore[method-assign]
    outcome = await play.run(intent_of())
    assert (outcome["type"], outcome["meeting_id"]) == ("Booked", sandbox.meetings[0].id)


async def test_an_intent_that_was_withdrawn_is_not_planned_and_not_sent() -> None:
    play, sandbox, transport = rehearsal(notes=Notes())
    play.notes.withdrawn.add("lead-1")
    intent = intent_of()
    assert await play.run(intent) == {"type": "Withdrawn", "version": 1, "uid": intent.uid}
    assert (sandbox.meetings, transport.sent) == ([], [])
    play, sandbox, _ = rehearsal(notes=Notes())
    plan = play.steps.plan

    async def then_withdrawn(*given: Any) -> Any:
        came = await plan(*given)
        play.notes.withdrawn.add("lead-1")
        return came

    object.__setattr__(play, "steps", _Replaced(play.steps, then_withdrawn))
    assert (await play.run(intent_of("link")))["type"] == "Withdrawn"
    assert sandbox.meetings == []


@pytest.mark.parametrize(("fault", "kind"), [("after", "Booked"), ("before", "Withdrawn")])
async def test_one_that_is_withdrawn_while_it_is_open_is_asked_about_and_not_sent_again(
    fault: Fault, kind: str
) -> None:
    play, sandbox, transport = rehearsal(fault, method="POST", notes=Notes())
    send = play.steps.client.send

    async def lost_and_withdrawn(*given: Any, **options: Any) -> Any:
        play.notes.withdrawn.add("lead-1")
        return await send(*given, **options)

    play.steps.client.send = lost_and_withdrawn  # type: ignore[method-assign]
    play.kill_unstored = {2}
    outcome = await play.run(intent_of())
    assert outcome["type"] == ("Booked" if sandbox.meetings else kind)
    assert bookings(transport) <= 2


async def test_what_was_forgotten_under_another_secret_waits_for_it() -> None:
    play, sandbox, _ = rehearsal()
    kept, missing = play.notes.kept, [True]

    async def sealed(intent_id: str) -> Any:
        if missing:
            missing.pop()
            raise OtherSecretsError
        return await kept(intent_id)

    object.__setattr__(play.notes, "kept", sealed)
    assert (await play.run(intent_of()))["type"] == "Booked"
    assert play.came == [("plan", "later"), ("plan", "planned"), ("send", "ended")]
    assert "not among secrets" in play.vault.open(play.stored[0][1])["why"]
    assert len(sandbox.meetings) == 1


async def test_what_a_newer_version_planned_waits_for_one() -> None:
    play, sandbox, _ = rehearsal()
    planned = {"came": "planned", "prepared": {"type": "Prepared", "version": 99}}
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KilledError

    play.stored = [("plan", play.vault.seal(planned))]
    object.__setattr__(play, "sleep", sleep)
    with pytest.raises(KilledError):
        await carry_out(play, seal_asked(play.vault, intent_of()), steps=play.steps, vault=play.vault)
    assert waits == [1.0, 2.0, 4.0]
    assert play.came[1:] == [("send", "open")] * 3
    assert sandbox.meetings == []


async def test_what_was_forgotten_is_not_booked_again() -> None:
    kept = {"mark": intent_of().content(), "meeting_id": "m-1"}
    play, sandbox, transport = rehearsal(notes=Notes())
    play.notes.forgotten["lead-1"] = kept
    assert await play.run(intent_of()) == {"type": "Forgotten", "version": 1, "meeting_id": "m-1"}
    outcome = await Rehearsal(play.steps.client, play.clock, play.notes).run(intent_of("pool"))
    assert (outcome["type"], outcome["error"]["type"]) == ("Refused", "IntentConflictError")
    assert (sandbox.meetings, transport.sent) == ([], [])


async def test_a_mistake_in_this_package_leaves_an_intent_open_and_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    play, sandbox, _ = rehearsal()
    client, mistakes = play.steps.client, ["send", "route"]

    def mistaken(name: str, do: Any) -> Any:
        async def once(*given: Any, **options: Any) -> Any:
            came = await do(*given, **options)
            if name in mistakes:
                mistakes.remove(name)
                raise KeyError("ada@engines.example")
            return came

        return once

    for name in tuple(mistakes):
        setattr(client, name, mistaken(name, getattr(client, name)))
    outcome = await play.run(intent_of())
    assert play.came == [("plan", "later"), ("plan", "planned"), ("send", "open"), ("send", "ended")]
    assert [one.id for one in sandbox.meetings] == [outcome["meeting_id"]]
    assert "KeyError" in caplog.text
    assert "engines.example" not in caplog.text


class _Rotating:
    """A vault whose secrets change."""

    def __init__(self) -> None:
        self.secrets = [SECRET]

    def seal(self, value: object) -> str:
        return Vault(self.secrets).seal(value)

    def open(self, sealed: str) -> Any:
        return Vault(self.secrets).open(sealed)


async def test_an_intent_whose_secret_is_gone_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    play, sandbox, _ = rehearsal()
    sealed, slept = seal_asked(Vault([OTHER]), intent_of()), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        vault.secrets = [SECRET, OTHER]

    vault = _Rotating()
    outcome = vault.open(await carry_out(play, sealed, steps=play.steps, vault=cast("Any", vault), sleep=sleep))
    assert (slept, outcome["meeting_id"]) == ([60.0], sandbox.meetings[0].id)
    assert "not among secrets" in caplog.text


def test_prospects_of_links_are_told_apart_by_their_addresses_or_all_they_answer() -> None:
    keys = [
        intent_of("link", answers=answers).prospect_key()
        for answers in (ANSWERS, {**ANSWERS, "Email": " ADA@engines.example"}, {"First Name": "Ada"}, {})
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_every_step_and_what_it_may_come_to_has_a_row() -> None:
    assert {do for do, _ in AFTER} == {Do.PLAN, Do.SEND}
    assert set(Came) == {came for _, came in AFTER}
    assert Progress(waits=1).pause == 1.0
    assert Progress(waits=3).pause == 4.0
    assert Progress(waits=30).pause == 60.0
    assert Progress().pause == 0.0


def test_slots_can_be_wanted_as_such() -> None:
    wanted = intent_of(slot=Slot(start_milliseconds=1, end_milliseconds=2)).choice
    assert isinstance(wanted, Slot)
    assert Notes(m="other").owners == {"m": "other"}
