"""A client for each event loop: one, kept while the loop runs, and closed with it."""

import asyncio

import pytest

from bookit_async import BookIt, InvalidInputError, ensure_client
from bookit_async.sandbox import Sandbox


def test_all_tasks_of_a_loop_have_one_client_and_the_loops_end_closes_it() -> None:
    made: list[BookIt] = []
    closed: list[BookIt] = []

    class Noted(BookIt):
        async def close(self) -> None:
            closed.append(self)
            await super().close()

    def make() -> BookIt:
        sandbox = Sandbox(tcp=False)
        made.append(Noted(sandbox.api_key, base_url="https://sandbox.invalid", transport=sandbox.transport))
        return made[-1]

    async def asked() -> BookIt:
        first, second = await asyncio.gather(ensure_client(make), ensure_client(make))
        assert first is second is await ensure_client()
        assert (await first.inputs("New Webform Prospect")).inputs
        assert first not in closed
        return first

    clients = [asyncio.run(asked()), asyncio.run(asked())]
    assert clients == made
    assert clients[0] is not clients[1]
    assert closed == made


def test_a_loop_that_ended_without_a_word_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_API_KEY", "test-key-of-nobody")
    loop = asyncio.new_event_loop()
    left = loop.run_until_complete(ensure_client())
    loop.close()
    again = asyncio.run(ensure_client())
    assert again is not left


def test_a_client_that_cannot_be_made_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOOKIT_API_KEY", raising=False)

    async def twice() -> BookIt:
        with pytest.raises(InvalidInputError, match="api_key is missing"):
            await ensure_client()
        return await ensure_client(lambda: BookIt("test-key-of-nobody"))

    assert isinstance(asyncio.run(twice()), BookIt)
