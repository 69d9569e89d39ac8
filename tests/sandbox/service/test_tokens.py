"""Tokens and legacy params: what they hold cannot be read, made up or changed, and needs no memory to be opened."""

import base64
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async.sandbox.service.tokens import Tokens
from bookit_async.sandbox.world.journal import TOKEN_KEY_BYTES

from ... import paths
from ..front_door import BOOK, FETCH, Door, booking

LEGACY_ROUTE = paths.LEGACY_ROUTE
LEGACY_INFO = paths.LEGACY_INFO
TOKENS = Tokens(bytes(range(TOKEN_KEY_BYTES)))
CONTENT = {"uid": "u", "prefill": {"Email": "grace@navy.example"}}
TOKEN = TOKENS.seal(CONTENT, kind="token")
SPENT = {"error": "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."}


def test_a_token_holds_its_content_and_shows_none_of_it() -> None:
    assert TOKENS.open(TOKEN, kind="token") == CONTENT
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", TOKEN)
    assert b"grace" not in base64.b64decode(TOKEN)


def test_the_same_content_gives_the_same_token_and_no_other_does() -> None:
    assert TOKENS.seal(dict(reversed(CONTENT.items())), kind="token") == TOKEN
    others = {TOKENS.seal({**CONTENT, "uid": str(number)}, kind="token") for number in range(1000)}
    others |= {TOKENS.seal(CONTENT, kind="params"), Tokens(bytes(TOKEN_KEY_BYTES)).seal(CONTENT, kind="token")}
    nonces = {base64.b64decode(token)[:12] for token in others | {TOKEN}}
    assert len(nonces) == len(others | {TOKEN}) == 1003


@given(place=st.integers(0, len(TOKEN) - 1), letter=st.characters())
def test_a_token_with_one_letter_changed_is_none(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    assert TOKENS.open(changed, kind="token") == (CONTENT if changed == TOKEN else None)


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_nothing_made_up_is_a_token(text: str) -> None:
    assert TOKENS.open(text, kind="token") is None


def test_spare_bits_of_base64_are_not_let_pass() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    token = next(
        token
        for token in (TOKENS.seal("x" * length, kind="token") for length in range(3))
        if token.endswith("=") and not token.endswith("==")
    )
    twin = token[:-2] + letters[letters.index(token[-2]) + 1] + "="
    assert base64.b64decode(twin) == base64.b64decode(token)
    assert TOKENS.open(twin, kind="token") is None


TAMPERINGS: list[Callable[[str], str]] = [
    lambda token: token[:-1],
    lambda token: token + "A",
    lambda token: token + "\n",
    lambda token: token.lower(),
    lambda token: ("B" if token[0] == "A" else "A") + token[1:],
    lambda token: base64.b64encode(base64.b64decode(token)[12:]).decode(),
    lambda _token: "AAAA",
    lambda _token: "ü€😀",
    lambda _token: base64.b64encode(b'{"uid": "u"}').decode(),
]


@pytest.mark.parametrize("tamper", TAMPERINGS)
async def test_a_tampered_token_is_refused_and_books_nothing(door: Door, tamper: Callable[[str], str]) -> None:
    routed = await door.route("solo")
    token = tamper(routed["routing"]["token"])
    for path, body in ((FETCH, {}), (BOOK, booking(routed["scheduling"]))):
        reply = await door.post(path, {**body, "token": token})
        assert (reply.status, reply.json) == (400, {"error": "Validation Error: Invalid token"})
    assert door.sandbox.meetings == []


async def test_a_token_of_another_sandbox_is_refused(door: Door) -> None:
    foreign = Tokens(bytes(TOKEN_KEY_BYTES)).seal(CONTENT, kind="token")
    assert (await door.post(FETCH, {"token": foreign})).json == {"error": "Validation Error: Invalid token"}


async def test_token_and_params_of_one_submission_are_spent_together(door: Door) -> None:
    prospect = {"Plan": "solo"}
    legacy = await door.post(LEGACY_ROUTE, {"_ld_nodeName": "Plans", "_ld_uid": "uid-1", "formData": prospect})
    routed = await door.route("solo", uid="uid-1")
    body = {**booking(routed["scheduling"]), "token": routed["routing"]["token"]}
    assert (await door.post(BOOK, body)).status == 200
    assert (
        await door.post(FETCH, {"token": (await door.route("solo", uid="uid-1"))["routing"]["token"]})
    ).json == SPENT
    assert (await door.post(LEGACY_INFO, {"params": legacy.json["params"]})).json == SPENT
    assert (
        await door.post(FETCH, {"token": (await door.route("solo", uid="uid-2"))["routing"]["token"]})
    ).status == 200
