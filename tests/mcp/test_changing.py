"""An agent moves and cancels meetings: once, and as a person agreed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bookit_async import MeetingNotFoundError, NoAvailability, SlotTakenError
from bookit_async.client import BookIt
from bookit_async.mcp.proposals import AgentMeeting
from bookit_async.sandbox import Sandbox

from .agents import ERAS, FORM, ZONE, Agent, Desk, Human, desk

WHO = {"email": FORM["Email"], "timezone": ZONE}


async def booked(agent: Agent, place: int = 0) -> str:
    proposal = await agent.proposal(place)
    return str((await agent.call("book", proposal_id=proposal["proposal_id"]))["meeting_ref"])


async def times(agent: Agent, meeting_ref: str) -> list[str]:
    """Return when a meeting can begin."""
    told = await agent.call("propose_change", meeting_ref=meeting_ref, action="move", timezone=ZONE)
    assert told["status"] == "choose_start"
    return [one["start"] for one in told["others"]]


async def moving(agent: Agent, meeting_ref: str, start: str) -> str:
    given = {"meeting_ref": meeting_ref, "action": "move", "new_start": start, "timezone": ZONE}
    return str((await agent.call("propose_change", **given))["proposal_id"])


@pytest.mark.parametrize("era", ERAS)
async def test_a_meeting_is_found_moved_and_cancelled(office: Desk, era: str) -> None:
    human = Human()
    async with office.agent(human, era=era) as agent:
        await booked(agent)
        (found,) = (await agent.call("find_meetings", **WHO))["meetings"]
        assert set(found) == {"meeting_ref", "start", "local", "status"}
        assert found["status"] == "scheduled"
        first, second, *_ = [one for one in await times(agent, found["meeting_ref"]) if one != found["start"]]
        there, back = [await moving(agent, found["meeting_ref"], one) for one in (first, second)]
        assert (await agent.call("outcome", proposal_id=there))["status"] == "not_done"
        assert (await agent.call("apply_change", proposal_id=there))["status"] == "moved"
        assert "Move the meeting of" in human.asked[-1]
        asked = len(human.asked)
        assert (await agent.call("apply_change", proposal_id=there))["status"] == "moved"
        assert (await agent.call("outcome", proposal_id=there))["status"] == "moved"
        stale = await agent.call("apply_change", proposal_id=back)  # it was proposed for where the meeting was
        assert stale["status"] == "changed_meanwhile"
        assert len(human.asked) == asked
        (meeting,) = office.sandbox.meetings
        assert f"{meeting.start:%Y-%m-%dT%H:%M:%SZ}" == first
        given = {"meeting_ref": found["meeting_ref"], "timezone": ZONE}
        cancel = await agent.call("propose_change", action="cancel", **given)
        assert cancel["summary"].startswith("CANCEL the meeting of")
        assert (await agent.call("apply_change", proposal_id=cancel["proposal_id"]))["status"] == "cancelled"
        assert (await agent.call("apply_change", proposal_id=cancel["proposal_id"]))["status"] == "cancelled"
        assert (await agent.call("apply_change", proposal_id=there))["status"] == "moved"  # that is what became of it
        assert (await agent.call("apply_change", proposal_id=back))["status"] == "changed_meanwhile"
        assert "canceled" in (await agent.fail("propose_change", action="cancel", **given))["error"]
        past = {"since": "2025-05-01T00:00:00Z", "until": "2025-06-01T00:00:00Z"}
        assert (await agent.call("find_meetings", **WHO, **past))["meetings"][0]["status"] == "canceled"


async def test_what_nobody_agreed_to_is_not_changed(office: Desk) -> None:
    async with office.agent(Human()) as agent:
        meeting_ref = await booked(agent)
    async with office.agent(Human("decline")) as agent:
        change = await agent.call("propose_change", meeting_ref=meeting_ref, action="cancel", timezone=ZONE)
        told = await agent.call("apply_change", proposal_id=change["proposal_id"])
        assert told["status"] == "not_confirmed"
        assert office.sandbox.meetings[0].status == "scheduled"
        await office.office.client.cancel(office.sandbox.meetings[0].id)
        told = await agent.call("outcome", proposal_id=change["proposal_id"])  # by somebody else, not by this
        assert told["status"] == "changed_meanwhile"


async def test_a_change_that_was_made_before_a_crash_is_told_as_made(office: Desk) -> None:
    async with office.agent(Human()) as agent:
        meeting_ref = await booked(agent)
        there = await moving(agent, meeting_ref, (await times(agent, meeting_ref))[-1])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(office.office.confirmations), "note", lost)
            await agent.fail("apply_change", proposal_id=there)
        assert (await agent.call("outcome", proposal_id=there))["status"] == "moved"
        change = await agent.call("propose_change", meeting_ref=meeting_ref, action="cancel", timezone=ZONE)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(office.office.confirmations), "note", lost)
            await agent.fail("apply_change", proposal_id=change["proposal_id"])
        assert (await agent.call("outcome", proposal_id=change["proposal_id"]))["status"] == "cancelled"
        assert (await agent.call("apply_change", proposal_id=change["proposal_id"]))["status"] == "cancelled"


async def lost(*_: object) -> None:
    raise RuntimeError("the process died here")


async def test_a_time_that_is_taken_comes_back_with_others(office: Desk) -> None:
    async with office.agent(Human()) as agent:
        meeting_ref = await booked(agent)
        start = (await times(agent, meeting_ref))[-1]
        odd = {"meeting_ref": meeting_ref, "action": "move", "new_start": "2025-05-06T03:07:00Z", "timezone": ZONE}
        assert (await agent.call("propose_change", **odd))["status"] == "slot_taken"
        proposal_id = await moving(agent, meeting_ref, start)
        for came in (NoAvailability(), SlotTakenError(status=400)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(BookIt, "reschedule", ending(came))
                told = await agent.call("apply_change", proposal_id=proposal_id)
            assert told["status"] == "slot_taken"
            assert told["others"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BookIt, "availability", ending(NoAvailability()))
            given = {"meeting_ref": meeting_ref, "action": "move", "timezone": ZONE}
            assert (await agent.call("propose_change", **given))["status"] == "no_availability"
        assert (await agent.call("apply_change", proposal_id=proposal_id))["status"] == "moved"


def ending(came: Any) -> Any:
    async def ended(*_: object, **__: object) -> Any:
        if isinstance(came, Exception):
            raise came
        return came

    return ended


async def test_a_meeting_that_does_not_exist_is_no_meeting(office: Desk) -> None:
    meeting_ref = AgentMeeting(meeting_id="m" * 52).seal(office.office.seal)
    async with office.agent(Human()) as agent:
        failed = await agent.fail("propose_change", meeting_ref=meeting_ref, action="cancel", timezone=ZONE)
        assert failed["error"] == "there is no such meeting"
        assert MeetingNotFoundError.__name__ not in str(failed)


async def test_a_change_goes_on_when_its_call_is_cancelled(tmp_path: Path, sandbox: Sandbox) -> None:
    async with desk(tmp_path, sandbox) as office:
        cancel, begun = BookIt.cancel, asyncio.Event()

        async def slow(self: BookIt, meeting_id: str) -> None:
            begun.set()
            await asyncio.sleep(0.05)
            await cancel(self, meeting_id)

        async with office.agent(Human()) as agent:
            meeting_ref = await booked(agent)
            change = await agent.call("propose_change", meeting_ref=meeting_ref, action="cancel", timezone=ZONE)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(BookIt, "cancel", slow)
                call = asyncio.create_task(agent.call("apply_change", proposal_id=change["proposal_id"]))
                await begun.wait()
                call.cancel()
                await asyncio.wait([call])
        # the server has stopped, after what it had begun
        assert sandbox.meetings[0].status == "canceled"
