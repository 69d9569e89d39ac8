"""A client lives in one event loop, and finds out without asking the system at each call."""

import asyncio
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from bookit_async import Booked, BookIt, InvalidInputError, Offer, Slot, Transport, WireRequest, WireResponse
from bookit_async.exchange.home import _Forks  # pyright: ignore[reportPrivateUsage]
from bookit_async.sandbox import Sandbox
from bookit_async.views.pending import PendingBooking

from ..conftest import ADA, NODE, NOW
from ..scripted import ok

ASK_THE_SYSTEM = {
    "get_running_loop",
    "_get_running_loop",
    "get_event_loop",
    "getpid",
    "urandom",
    "uuid4",
    "token_bytes",
}


@contextmanager
def called(names: set[str]) -> Generator[None]:
    """Collect the names of all functions that are called meanwhile, of those written in C, too."""

    def note(frame: Any, event: str, what: Any) -> None:
        if event == "c_call":
            names.add(what.__name__)
        elif event == "call":
            names.add(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


class Canned:
    """Answers a booking at once, so that all that is called is ours."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if request.url.endswith("meeting"):
            return ok({"meetingId": "m1", "organizerEmail": None})
        return await self.inner.send(request, timeout=timeout)

    async def close(self) -> None:
        pass


async def test_a_booking_asks_the_system_for_nothing(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """On 3.11 each of these is a system call; over aiohttp there are its own, and the look at a kept connection."""
    caplog.set_level(logging.WARNING, "bookit_async")  # a record asks for the process
    offer = await BookIt(sandbox.api_key, transport=Canned(sandbox.transport)).route(NODE, ADA)
    assert isinstance(offer, Offer)
    await offer.book(offer.slots[1], timezone="UTC")  # the first belongs to the loop
    names: set[str] = set()
    with called(names):
        booked = await offer.book(offer.slots[0], timezone="UTC")
    assert isinstance(booked, Booked)
    assert "create_task" in names
    assert not names & ASK_THE_SYSTEM


def a_booking() -> PendingBooking:
    slot = Slot(start_milliseconds=0, end_milliseconds=1, host_ids=())
    fields: dict[str, Any] = dict.fromkeys(("prospect_email", "token", "link_id", "uid"))
    return PendingBooking(slot=slot, host_ids=(), host_emails={}, lost_at=NOW, **fields)


def test_ids_of_bookings_differ_here_and_in_every_other_process() -> None:
    def some() -> list[str]:
        return [a_booking().id for _ in range(500)]

    def child(way: Any) -> None:
        way.send(some())

    found: list[list[str]] = []
    workers = [threading.Thread(target=lambda: found.append(some())) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    processes = multiprocessing.get_context("fork") if hasattr(os, "fork") else None
    for _ in range(2 if processes else 0):
        assert processes is not None
        here, there = processes.Pipe()
        process = processes.Process(target=child, args=(there,))
        process.start()
        found.append(here.recv())
        process.join()
    ids = [one for several in found for one in several]
    assert len(set(ids)) == len(ids) > 2000


async def refused(client: BookIt) -> bool:
    try:
        await client.inputs(NODE, refresh=True)
    except InvalidInputError as error:
        return "another event loop" in str(error)
    return False


async def test_another_thread_with_a_loop_of_its_own_is_refused_while_ours_is_in_a_task(sandbox: Sandbox) -> None:
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    await client.inputs(NODE)
    told: list[bool] = []
    thread = threading.Thread(target=lambda: told.append(asyncio.run(refused(client))))
    thread.start()
    thread.join()  # in the middle of this task
    assert told == [True]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
async def test_a_process_that_was_forked_in_the_middle_of_a_task_is_refused(sandbox: Sandbox) -> None:
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    await client.inputs(NODE)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()

    def child() -> None:
        there.send(asyncio.run(refused(client)))

    process = context.Process(target=child)
    process.start()
    assert here.recv()
    process.join()


async def test_a_coroutine_that_no_task_runs_is_served_in_the_same_loop(sandbox: Sandbox) -> None:
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    await client.inputs(NODE)
    told: list[str] = []

    def step() -> None:
        try:
            client.inputs(NODE, refresh=True).send(None)
        except StopIteration as done:
            told.append(done.value.name)

    asyncio.get_running_loop().call_soon(step)
    await asyncio.sleep(0)
    assert told == [NODE]


async def test_what_comes_after_a_fork_is_looked_at_and_goes_on_in_the_same_loop(sandbox: Sandbox) -> None:
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    await client.inputs(NODE)
    _Forks.note()
    assert (await client.inputs(NODE, refresh=True)).name == NODE
