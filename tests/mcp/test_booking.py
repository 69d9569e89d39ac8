"""An agent books: once, and what a person agreed to."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from mcp import MCPError
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ElicitationCapability,
    ElicitResult,
    InputRequiredResult,
    ListRootsResult,
    UrlElicitationCapability,
)

from bookit_async import BookIt, MissingInputError, NoAvailability, Offer, SlotTakenError, TooSoonError
from bookit_async.desk.sealing import ReferenceInvalidError
from bookit_async.desk.tickets import OfferTicket
from bookit_async.durable import Durable, DurableOutcome, Forgotten, Refused, Standing, Withdrawn
from bookit_async.mcp import booking, server
from bookit_async.mcp.office import WHOLE, Answer
from bookit_async.mcp.proposals import AgentOffer
from bookit_async.sandbox import Sandbox, demo_world
from bookit_async.sandbox.world import Vacation

from ..conftest import ADA, NODE, NOW
from .agents import ERAS, FORM, LINK, ZONE, Desk, Human, desk, said


@pytest.mark.parametrize("era", ERAS)
async def test_from_a_slot_on_tuesday_to_the_meeting(office: Desk, era: str) -> None:
    human = Human()
    async with office.agent(human, era=era) as agent:
        points = await agent.call("list_entry_points")
        assert points["links"][0] == {"id": LINK, "for": None}
        assert points["trigger_nodes"] == [{"name": NODE, "for": "people who filled in the form"}]
        inputs = await agent.call("get_inputs", entry_point=LINK)
        assert {"name": "Email", "type": "text", "required": True} in inputs["untrusted_answers"]
        offer = await agent.link_offer(from_day="2025-05-06", to_day="2025-05-06", between="09:00-17:00", limit=3)
        assert [one["local"] for one in offer["slots"]] == sorted(one["local"] for one in offer["slots"])
        assert all(one["local"].startswith("Tue 2025-05-06 ") for one in offer["slots"])
        assert len(offer["slots"]) == 3
        assert offer["more"] > 0
        start = offer["slots"][1]["start"]
        given = {"offer_id": offer["offer_id"], "start": start, "timezone": ZONE, "answers": FORM}
        proposal = await agent.call("propose_booking", **given, guests=["cfo@navy.example"])
        assert proposal["status"] == "proposed"
        assert "Tuesday 06 May 2025" in proposal["summary"]
        assert not office.sandbox.meetings
        waiting = await agent.call("outcome", proposal_id=proposal["proposal_id"])
        assert (waiting["status"], waiting["agreed"]) == ("not_booked", False)
        booked = await agent.call("book", proposal_id=proposal["proposal_id"])
        assert (booked["status"], booked["start"]) == ("booked", start)
        again = await agent.call("book", proposal_id=proposal["proposal_id"])
        told = await agent.call("outcome", proposal_id=proposal["proposal_id"])
        assert again["local"] == told["local"] == booked["local"]
        (meeting,) = office.sandbox.meetings
        assert meeting.prospect_email == FORM["Email"]
        assert meeting.guests == ("cfo@navy.example",)
        (question,) = human.asked
        assert "Prospect: grace@navy.example" in question
        assert "Guest: cfo@navy.example" in question
        assert "with Eva Lind" in question


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "human", [Human("decline"), Human("cancel"), Human(ticks=False)], ids=["no", "away", "unticked"]
)
async def test_what_a_person_does_not_agree_to_is_not_confirmed(office: Desk, era: str, human: Human) -> None:
    async with office.agent(human, era=era) as agent:
        proposal_id = (await agent.proposal())["proposal_id"]
        told = await agent.call("book", proposal_id=proposal_id)
        assert told["status"] == "not_confirmed"
        assert "without showing" in told["next"]
        assert human.asked
        assert not office.sandbox.meetings
        waiting = await agent.call("outcome", proposal_id=proposal_id)
        assert (waiting["status"], waiting["agreed"]) == ("not_booked", False)
    async with office.agent(Human(), era=era) as agent:
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "booked"


@pytest.mark.parametrize("era", ERAS)
async def test_a_host_that_cannot_ask_is_given_a_code_for_the_person(office: Desk, era: str) -> None:
    async with office.agent(era=era) as agent:
        proposal_id = (await agent.proposal())["proposal_id"]
        told = await agent.call("book", proposal_id=proposal_id)
        assert told["status"] == "confirmation_needed"
        assert told["confirm_command"] == f"bookit mcp confirm {told['code']}"
        assert (await agent.call("book", proposal_id=proposal_id))["code"] == told["code"]
        assert not office.sandbox.meetings
        question = await office.office.confirmations.by_code(f" {told['code'].lower()} ")
        assert question is not None
        assert question.sealed == proposal_id
        await office.office.confirmations.agree(question.intent)
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "booked"


@pytest.mark.parametrize("era", ERAS)
async def test_a_model_cannot_send_the_answer(office: Desk, era: str) -> None:
    human = Human("decline")
    async with office.agent(human, era=era) as agent:
        proposal_id = (await agent.proposal())["proposal_id"]
        for sent in (
            {"agree": True},
            {"confirmed": True},
            {"inputResponses": {"person": {"action": "accept", "content": {"agree": True}}}},
            {"requestState": "x", "answer": "accept"},
        ):
            failed = await agent.fail("book", proposal_id=proposal_id, **sent)
            assert failed["error"] == "the arguments cannot be used"
        assert not human.asked
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "not_confirmed"
        assert not office.sandbox.meetings


async def test_an_answer_counts_only_for_the_question_that_was_asked(office: Desk) -> None:
    yes: Any = {"person": ElicitResult(action="accept", content={"agree": True})}
    human = Human()
    async with office.agent(human, era="2026-07-28") as agent:
        first, second = (await agent.proposal())["proposal_id"], (await agent.proposal(1))["proposal_id"]
        session = agent.client.session
        asked = await session.call_tool("book", {"proposal_id": first}, allow_input_required=True)
        assert isinstance(asked, InputRequiredResult)
        unasked = await session.call_tool(
            "book", {"proposal_id": second}, input_responses=yes, allow_input_required=True
        )
        assert isinstance(unasked, InputRequiredResult)  # it asks, whatever came along
        for state in ("made up", asked.request_state):
            with pytest.raises(MCPError, match="Invalid or expired requestState"):
                await session.call_tool(
                    "book",
                    {"proposal_id": second},
                    input_responses=yes,
                    request_state=state,
                    allow_input_required=True,
                )
        other: Any = {"person": ListRootsResult(roots=[])}
        nobody = await session.call_tool(
            "book",
            {"proposal_id": first},
            input_responses=other,
            request_state=asked.request_state,
            allow_input_required=True,
        )
        assert isinstance(nobody, CallToolResult)
        assert said(nobody)["status"] == "confirmation_needed"
        assert not office.sandbox.meetings


async def test_a_person_who_does_not_answer_in_time_gets_a_code(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ASKING", 0.05)

    async def away(context: object, params: object) -> ElicitResult:
        await asyncio.sleep(60)
        raise AssertionError

    async with office.agent(away) as agent:
        told = await agent.call("book", proposal_id=(await agent.proposal())["proposal_id"])
        assert told["status"] == "confirmation_needed"


async def test_a_host_that_asks_by_pages_only_is_no_host_that_asks(office: Desk) -> None:
    class Capabilities:
        elicitation = ElicitationCapability(url=UrlElicitationCapability())

    class Session:
        client_capabilities = Capabilities()

    class Context:
        session = Session()

    context: Any = Context()
    params = CallToolRequestParams(name="book")
    proposal: Any = None
    assert await server.Host(context, params).ask(proposal) is Answer.NOBODY


async def test_the_host_confirms_only_where_that_was_said(tmp_path: Path, sandbox: Sandbox) -> None:
    human = Human("decline")
    async with desk(tmp_path, sandbox, confirmed_by_host=True) as office, office.agent(human) as agent:
        told = await agent.call("book", proposal_id=(await agent.proposal())["proposal_id"])
        assert told["status"] == "booked"
        assert not human.asked


async def test_a_second_meeting_is_asked_for_by_name(office: Desk) -> None:
    human = Human()
    async with office.agent(human) as agent:
        first, rival = (await agent.proposal())["proposal_id"], (await agent.proposal(6))["proposal_id"]
        await agent.call("book", proposal_id=first)
        late = await agent.call("book", proposal_id=rival)  # proposed before there was one
        told = await agent.proposal(2)
        assert late["status"] == told["status"] == "second_meeting"
        assert len(told["existing_meetings"]) == 1
        assert "proposal_id" not in told
        proposal = await agent.proposal(2, allow_second=True)
        assert "SECOND" in proposal["summary"]
        assert (await agent.call("book", proposal_id=proposal["proposal_id"]))["status"] == "booked"
        assert "SECOND meeting of the prospect, who had 1" in human.asked[-1]
        assert len(office.sandbox.meetings) == 2


async def test_two_proposals_of_a_prospect_at_once_are_one_meeting(office: Desk) -> None:
    async with office.agent(Human()) as agent:
        ids = [(await agent.proposal(place))["proposal_id"] for place in (0, 6)]
        came = await asyncio.gather(*(agent.call("book", proposal_id=one) for one in ids))
        assert sorted(one["status"] for one in came) == ["booked", "second_meeting"]
        assert len(office.sandbox.meetings) == 1
        (meeting_ref,) = [one["meeting_ref"] for one in came if "meeting_ref" in one]
        change = await agent.call("propose_change", meeting_ref=meeting_ref, action="cancel", timezone=ZONE)
        assert (await agent.call("apply_change", proposal_id=change["proposal_id"]))["status"] == "cancelled"
        third = await agent.proposal(2)
        assert (await agent.call("book", proposal_id=third["proposal_id"]))["status"] == "booked"  # it is free again


async def test_a_proposal_that_came_to_nothing_keeps_no_other_from_the_prospect(office: Desk) -> None:
    seal, confirmations = office.office.seal, office.office.confirmations
    prospect = seal.name(f"prospect {FORM['Email']}")
    async with office.agent(Human()) as agent:
        await confirmations.claim(prospect, "never-stored", now=office.watch.at)
        proposal_id = (await agent.proposal())["proposal_id"]
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "second_meeting"  # it may be just now
        with pytest.MonkeyPatch.context() as patch:
            find = Durable.find

            async def standing(self: Durable, intent_id: str) -> Standing | None:
                outcomes = {"open": None, "refused": Refused(error=SlotTakenError(status=400))}
                if intent_id in outcomes:
                    return Standing(intent_id=intent_id, state="open", asked_at=NOW, outcome=outcomes[intent_id])
                return await find(self, intent_id)

            patch.setattr(Durable, "find", standing)
            await confirmations.claim(prospect, "open", now=office.watch.at, gone="never-stored")
            assert (await agent.call("book", proposal_id=proposal_id))["status"] == "second_meeting"
            await confirmations.claim(prospect, "refused", now=office.watch.at, gone="open")
            assert (await agent.call("book", proposal_id=proposal_id))["status"] == "booked"
        other = {**FORM, "Email": "mary@astronomy.example"}
        name = seal.name(f"prospect {other['Email']}")
        await confirmations.claim(name, "never-stored", now=office.watch.at - WHOLE - 1)
        proposal_id = (await agent.proposal(6, answers=other))["proposal_id"]
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "booked"


async def test_a_slot_that_is_taken_comes_back_with_others(office: Desk) -> None:
    other = {**FORM, "Email": "mary@astronomy.example"}
    async with office.agent(Human()) as agent:
        first, second = await agent.proposal(), await agent.proposal(answers=other)
        await agent.call("book", proposal_id=first["proposal_id"])
        taken = await agent.call("book", proposal_id=second["proposal_id"])
        assert taken["status"] == "slot_taken"
        assert len(taken["others"]) == 5
        start = taken["others"][0]["start"]
        given = {"offer_id": taken["offer_id"], "start": start, "timezone": ZONE, "answers": other}
        proposal = await agent.call("propose_booking", **given)
        assert (await agent.call("book", proposal_id=proposal["proposal_id"]))["status"] == "booked"
        gone = await agent.call("propose_booking", **{**given, "start": "2025-05-10T09:00:00+02:00"})
        assert gone["status"] == "slot_taken"


async def test_a_slot_that_is_taken_after_it_was_stored_is_told_the_same_each_time(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    async with desk(tmp_path, sandbox, worker=False) as office, office.agent(Human()) as agent:
        proposal_id = (await agent.proposal())["proposal_id"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(booking, "PATIENCE", 0.05)
            told = await agent.call("book", proposal_id=proposal_id)
            assert told["status"] == "unknown"
            assert (await agent.call("outcome", proposal_id=proposal_id))["status"] == "unknown"
        offer = await office.office.client.availability(link_id=LINK)
        assert isinstance(offer, Offer)
        await offer.book(offer.slots[0], timezone=ZONE, answers={**FORM, "Email": "mary@astronomy.example"})
    async with desk(tmp_path, sandbox) as office, office.agent(Human()) as agent:
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "slot_taken"
        assert (await agent.call("outcome", proposal_id=proposal_id))["status"] == "slot_taken"
        assert len(sandbox.meetings) == 1


async def test_ids_expire_and_are_of_no_use_elsewhere(office: Desk) -> None:
    seal = office.office.seal
    router = OfferTicket(link_id=LINK, until=seal.now() + 60).seal(seal)
    async with office.agent(Human()) as agent:
        offer, proposal = await agent.link_offer(), await agent.proposal()
        given = {"start": offer["slots"][0]["start"], "timezone": ZONE, "answers": FORM}
        for wrong in (router, proposal["proposal_id"], "x", offer["offer_id"][:-4]):
            failed = await agent.fail("propose_booking", offer_id=wrong, **given)
            assert failed["error"] == "this id was not made here"
        assert (await agent.fail("book", proposal_id=offer["offer_id"]))["error"] == "this id was not made here"
        with pytest.raises(ReferenceInvalidError):
            OfferTicket.read(seal, offer["offer_id"])
        office.watch.at += 3600
        failed = await agent.fail("propose_booking", offer_id=offer["offer_id"], **given)
        assert failed["error"] == "this id has expired"
        assert "too old" in (await agent.fail("book", proposal_id=proposal["proposal_id"]))["error"]
        assert (await agent.call("outcome", proposal_id=proposal["proposal_id"]))["status"] == "not_booked"
        office.watch.at += 86_400
        assert (await agent.fail("outcome", proposal_id=proposal["proposal_id"]))["error"] == "this id has expired"
        assert not office.sandbox.meetings


async def test_only_what_is_on_the_list_can_be_used(office: Desk) -> None:
    seal, offer = office.office.seal, AgentOffer(link="Once7Kd")
    async with office.agent(Human()) as agent:
        tried: list[tuple[str, dict[str, Any]]] = [
            ("get_inputs", {"entry_point": "Customer Check-in"}),
            ("find_slots", {"link": "Once7Kd", "timezone": ZONE}),
            ("route_prospect", {"trigger_node": "Customer Check-in", "prospect": {}, "timezone": ZONE}),
            ("propose_booking", {"offer_id": offer.seal(seal), "start": "2025-05-06T17:00:00Z", "timezone": ZONE}),
        ]
        for tool, arguments in tried:
            assert "is for use here" in (await agent.fail(tool, **arguments))["error"]


async def test_what_cannot_be_used_is_told_at_once(office: Desk) -> None:
    async with office.agent(Human()) as agent:
        offer = await agent.link_offer()
        given = {"offer_id": offer["offer_id"], "start": offer["slots"][0]["start"], "timezone": ZONE}
        told = await agent.fail("propose_booking", **given, answers={"Email": "grace@navy.example"})
        assert "First Name" in " ".join(told["untrusted_problems"])
        assert await agent.fail("propose_booking", **{**given, "timezone": "Mars/Olympus"})
        assert await agent.fail("propose_booking", **{**given, "start": "2025-05-06T17:00:00"})
        assert await agent.fail("find_slots", link=LINK, timezone=ZONE, between="morning")
        assert await agent.fail("find_slots", link=LINK, timezone=ZONE, between="09:00-25:00")
        assert await agent.fail("find_slots", link=LINK, timezone=ZONE, limit=51)
        unknown = await agent.fail("book_now", proposal_id="x")
        assert "list_entry_points" in unknown["next"]


async def test_a_proposal_needs_an_address(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office.agent(Human()) as agent:
        offer = await agent.link_offer()
        given = {"offer_id": offer["offer_id"], "start": offer["slots"][0]["start"], "timezone": ZONE}
        prepare = Offer.prepare

        def nameless(self: Offer, *given: Any, **more: Any) -> Any:
            prepared = prepare(self, *given, **more)
            return evolve(prepared, pending=evolve(prepared.pending, prospect_email=None))

        monkeypatch.setattr(Offer, "prepare", nameless)
        told = await agent.fail("propose_booking", **given, answers=FORM)
        assert "Email" in told["untrusted_problems"][0]


async def test_what_was_withdrawn_or_forgotten_or_refused_is_told(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office.agent(Human()) as agent:
        proposal_id = (await agent.proposal())["proposal_id"]
        assert (await agent.call("book", proposal_id=proposal_id))["status"] == "booked"
        for came, status in (
            (Forgotten(meeting_id="m1"), "booked"),
            (Forgotten(), "not_booked"),
            (Withdrawn(), "not_booked"),
            (NoAvailability(), "slot_taken"),
            (Refused(error=SlotTakenError(status=400)), "slot_taken"),
            (Refused(error=TooSoonError(status=400)), "refused"),
        ):

            async def result(*_: object, came: DurableOutcome = came, **__: object) -> DurableOutcome:
                return came

            monkeypatch.setattr(Durable, "result", result)
            assert (await agent.call("outcome", proposal_id=proposal_id))["status"] == status


@pytest.mark.parametrize("prospect", [ADA, {**ADA, "NumEmployees": 300}], ids=["host", "pool"])
async def test_a_prospect_who_is_routed_is_booked_once(office: Desk, prospect: dict[str, Any]) -> None:
    human = Human()
    async with office.agent(human) as agent:
        offer = await agent.routed(prospect)
        assert offer["status"] == "offer"
        given = {"offer_id": offer["offer_id"], "start": offer["slots"][0]["start"], "timezone": ZONE}
        first, second = [await agent.call("propose_booking", **given) for _ in range(2)]
        booked = await agent.call("book", proposal_id=first["proposal_id"])
        assert booked["status"] == "booked"
        spent = await agent.fail("book", proposal_id=second["proposal_id"])
        assert spent["error"] == "a meeting was booked with this offer already"
        (meeting,) = office.sandbox.meetings
        assert meeting.prospect_email == ADA["Email"]
        assert f"Prospect: {ADA['Email']}" in human.asked[0]


async def test_routing_ends_in_what_the_graph_says(tmp_path: Path, sandbox: Sandbox) -> None:
    small, free = {**ADA, "NumEmployees": 8}, {**ADA, "Email": "ada@gmail.com"}
    async with desk(tmp_path, sandbox) as office, office.agent() as agent:
        told = await agent.routed(small)
        assert (told["status"], told["untrusted_host"]) == ("redirect", "www.northwind.example")
        assert "url" not in told
        assert (await agent.routed(free))["status"] == "not_routed"
        missing = await agent.routed({"Company": "Engines", "PhoneNumber": None})
        assert missing["untrusted_inputs"] == ["NumEmployees", "FirstName", "LastName", "Email"]
        inputs = await agent.call("get_inputs", entry_point=NODE)
        assert [one["name"] for one in inputs["untrusted_inputs"]][:2] == ["Company", "NumEmployees"]
        wrong = await agent.fail(
            "route_prospect", trigger_node=NODE, prospect={**ADA, "Shoe size": "42"}, timezone=ZONE
        )
        assert "Shoe size" in wrong["untrusted_problems"][0]
    (tmp_path / "second").mkdir()
    async with (
        desk(tmp_path / "second", sandbox, redirects=("www.northwind.example",)) as office,
        office.agent() as agent,
    ):
        assert (await agent.routed(small))["url"].startswith("https://www.northwind.example/")


async def test_where_nothing_is_open_nothing_is_offered(tmp_path: Path) -> None:
    world = demo_world()
    away = Vacation(first="2025-05-01", last="2025-12-31")
    empty = evolve(world, hosts=tuple(evolve(one, vacations=(away,)) for one in world.hosts))
    sandbox = Sandbox(empty, now=lambda: NOW, seed=1, tcp=False)
    async with desk(tmp_path, sandbox) as office, office.agent() as agent:
        assert (await agent.link_offer())["status"] == "no_availability"
        assert (await agent.routed())["status"] == "no_availability"
        assert (await agent.call("get_inputs", entry_point=LINK))["untrusted_answers"] == []
        offer_id = AgentOffer(link=LINK).seal(office.office.seal)
        given = {"offer_id": offer_id, "start": "2025-05-06T17:00:00Z", "timezone": ZONE}
        taken = await agent.call("propose_booking", **given)
        assert (taken["status"], taken["others"]) == ("slot_taken", [])


async def test_an_input_that_the_service_misses_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    async def route(*_: object, **__: object) -> None:
        raise MissingInputError(status=400, name="Company")

    async with desk(tmp_path, sandbox) as office, office.agent() as agent:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BookIt, "route", route)
            told = await agent.routed()
        assert (told["status"], told["untrusted_inputs"]) == ("missing_inputs", ["Company"])
