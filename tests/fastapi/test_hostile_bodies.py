"""Bodies that are made to hurt: each is refused soon, in few words, and without more memory than it has itself."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from time import thread_time

import pytest

from bookit_async import BookIt
from bookit_async.sandbox import Sandbox
from tests.conftest import NODE

from .page import Page, application, opened, wanted

LIMIT = 65_536
MOST_MEMORY = 8_000_000
"""Bytes: JSON of the largest body, decoded, is several times its size."""
MOST_TIME = 0.25
"""Seconds of this thread's: ten times what the worst takes on a slow machine. It was 67 for the first."""


def members(most: int, value: str, name: str = "k") -> str:
    """As many members as there is room for, each with a name of its own."""
    found: list[str] = []
    size = 0
    while size < most:
        found.append(f'"{name}{len(found)}":{value}')
        size += len(found[-1]) + 1
    return "{" + ",".join(found[:-1]) + "}"


def booking(**members: str) -> str:
    told = {"offer_id": '"x"', "timezone": '"UTC"', "slot": '{"start": 1, "end": 2}', **members}
    return "{" + ",".join(f'"{name}":{value}' for name, value in told.items()) + "}"


def bodies(size: int) -> Iterator[tuple[str, str]]:
    yield "a long text", f'{{"link_id":"{"x" * size}"}}'
    yield "members that nobody knows", members(size, "1")
    yield "members of one name", "{" + ",".join(['"trigger_node":"a"'] * (size // 20)) + "}"
    yield "one long name", f'{{"{"k" * size}": 1}}'
    yield "long names", members(size, "1", "k" * 490)
    yield "a prospect of many inputs", f'{{"trigger_node":"{NODE}","prospect":{members(size, "1")}}}'
    yield "a prospect of many lists", f'{{"trigger_node":"{NODE}","prospect":{members(size, "[]")}}}'
    yield "a prospect of long names", f'{{"trigger_node":"{NODE}","prospect":{members(size, "[]", "k" * 600)}}}'
    yield "lists in lists", f'{{"trigger_node":{"[" * (size // 2)}{"]" * (size // 2)}}}'
    yield "objects in objects", '{"trigger_node":' + '{"a":' * (size // 6) + "1" + "}" * (size // 6) + "}"
    yield "many digits", f'{{"trigger_node":{"9" * size}}}'
    yield "a large exponent", f'{{"trigger_node":1e{"9" * size}}}'
    yield "escapes", f'{{"link_id":"{chr(92)}u0000{(chr(92) + "u0001") * (size // 6)}"}}'
    yield "many guests", booking(guests=f"[{','.join(['1'] * (size // 2))}]")
    yield "guests that nearly are", booking(guests=json.dumps(["a" * (size // 120) + "@"] * 100))
    yield "answers of many names", booking(answers=members(size, '""'))
    yield "answers of many lists", booking(answers=members(size, "[1,1,1,1,1,1]"))
    yield "one answer of many texts", booking(answers=f'{{"a":[{",".join(["1"] * (size // 2))}]}}')
    yield "many hosts", booking(slot=f'{{"start":1,"end":2,"hosts":[{",".join(["1"] * (size // 2))}]}}')
    yield "a long reference", booking(offer_id=f'"{"gAAAA" * (size // 5)}"')
    yield "a long zone", booking(timezone=f'"{"../" * (size // 3)}"')
    yield "no JSON", "\0" * size
    yield "blanks", " " * size


CASES = [(path, name, body) for path in ("offers", "bookings", "meetings/reschedule") for name, body in bodies(64_000)]


@pytest.mark.long
@pytest.mark.parametrize(("path", "name", "body"), CASES, ids=[f"{path}: {name}" for path, name, _ in CASES])
async def test_a_hostile_body_is_refused_soon_and_in_few_words(page: Page, path: str, name: str, body: str) -> None:
    content = body.encode()
    assert 30_000 < len(content) <= LIMIT
    await page.inputs(NODE)  # what is done once is no matter here
    tracemalloc.start()
    begun = thread_time()
    try:
        answer = await page.http.post(f"/bookit/{path}", content=content, headers={"content-type": "application/json"})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 10_000
    assert len(answer.json().get("problems", [])) <= 21
    assert most < MOST_MEMORY
    assert thread_time() - begun < MOST_TIME * 10  # tracing is slow


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, _ in bodies(100)])
async def test_it_holds_nobody_up(page: Page, name: str) -> None:
    body = dict(bodies(64_000))[name].encode()
    await page.inputs(NODE)
    begun = thread_time()
    await page.http.post("/bookit/bookings", content=body, headers={"content-type": "application/json"})
    assert thread_time() - begun < MOST_TIME


@pytest.mark.parametrize("size", [LIMIT + 1, 800_000, 13_000_000])
async def test_a_large_body_is_not_even_read(page: Page, size: int) -> None:
    answer = await page.http.post("/bookit/offers", content=b"x" * size)
    assert answer.status_code == 413
    assert answer.json()["error"] == "RequestTooLargeError"


@pytest.mark.parametrize("length", ["-1", "1e9", "9" * 5_000, "\u0661"])
async def test_a_length_that_is_none_is_not_believed(page: Page, length: str) -> None:
    headers = {b"content-length": length.encode()}
    assert (await page.http.post("/bookit/offers", content=b"{}", headers=headers)).status_code == 413


async def test_a_body_of_no_declared_length_is_read_up_to_the_limit(page: Page) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1_000
            yield b"x" * 1_000
            await asyncio.sleep(0)

    answer = await page.http.post("/bookit/offers", content=endless())
    assert answer.status_code == 413
    assert read <= LIMIT + 2_000


async def test_the_limit_is_a_setting_and_the_last_byte_of_it_is_read(client: BookIt, sandbox: Sandbox) -> None:
    async with opened(application(client, body_limit=4_096)) as page:
        offer = await page.offer()
        body = json.dumps(wanted(offer)).encode()
        headers = {"content-type": "application/json"}
        for size, status in ((4_097, 413), (4_096, 200)):
            answer = await page.http.post("/bookit/bookings", content=body.ljust(size), headers=headers)
            assert answer.status_code == status, answer.text
    assert len(sandbox.meetings) == 1


async def test_a_browser_that_goes_away_while_it_sends_is_no_failure_of_ours(client: BookIt) -> None:
    app = application(client)
    sent: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            assert isinstance(status, int)
            sent.append(status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/bookit/offers",
        "raw_path": b"/bookit/offers",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-length", b"10")],
        "client": None,
        "server": None,
    }
    await app(scope, receive, send)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - plain messages
    assert sent == [400]


async def test_an_offer_id_of_the_largest_prospect_comes_back_in_a_body(page: Page) -> None:
    from bookit_async.web.models import LARGEST_PROSPECT
    from tests.conftest import ADA

    for filling in ("x", "\x01", "\N{ROCKET}", "\\", "\u2028"):
        prospect = {**ADA}
        names = [name for name in ADA if name not in ("Email", "NumEmployees")]
        while len(json.dumps(prospect, ensure_ascii=False).encode()) < LARGEST_PROSPECT - 1_000:
            name = min(names, key=lambda one: len(prospect[one]))
            prospect[name] += filling * 100
        offer = await page.offer(prospect)
        answers = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@e.example"}
        answers["What would you like to solve?"] = "x" * 9_000
        await page.book(offer, answers=answers)
