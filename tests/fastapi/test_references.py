"""References: opaque, of one kind, expiring, and only good where the secret is known."""

import base64
from collections.abc import Callable
from secrets import token_hex, token_urlsafe
from uuid import uuid4

import pytest

from bookit_async import BookIt, InvalidInputError
from bookit_async.desk.tickets import MeetingTicket
from bookit_async.fastapi_router import ReferenceExpiredError, ReferenceInvalidError, Seal
from bookit_async.sandbox import Sandbox
from bookit_async.secret_rules import is_good_secret
from tests.conftest import ADA, NOW

from .page import SECRET, Page, Time, application, opened

OTHER = "another-secret-of-at-least-32-characters"


def test_what_was_sealed_is_opened() -> None:
    seal = Seal([SECRET], now=Time(100))
    assert seal.open(seal.close({"a": 1}, kind="x", until=101), kind="x") == {"a": 1}


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        (Seal([SECRET]).close({}, kind="y", until=101), ReferenceInvalidError),
        (Seal([SECRET]).close({}, kind="x", until=100), ReferenceExpiredError),
        (Seal([OTHER]).close({}, kind="x", until=101), ReferenceInvalidError),
        (Seal([SECRET]).close({}, kind="x", until=101)[:-4], ReferenceInvalidError),
        ("", ReferenceInvalidError),
        ("é", ReferenceInvalidError),
    ],
    ids=["kind", "expired", "secret", "cut", "empty", "not ascii"],
)
def test_what_cannot_be_opened(reference: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Seal([SECRET], now=Time(100)).open(reference, kind="x")


def test_any_changed_letter_is_noticed() -> None:
    seal = Seal([SECRET], now=Time(100))
    reference = seal.close({}, kind="x", until=101)
    for index in range(0, len(reference) - 2, 7):
        changed = "A" if reference[index] != "A" else "B"
        with pytest.raises(ReferenceInvalidError):
            seal.open(reference[:index] + changed + reference[index + 1 :], kind="x")


def test_secrets_can_be_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Seal([SECRET]).close({"a": 1}, kind="x", until=101)
    monkeypatch.setenv("BOOKIT_WEB_SECRETS", f" {OTHER}, {SECRET},")
    both = Seal(now=Time(100))
    assert both.open(old, kind="x") == {"a": 1}
    with pytest.raises(ReferenceInvalidError):
        Seal([SECRET]).open(both.close({}, kind="x", until=101), kind="x")


@pytest.mark.parametrize("secrets", [None, [], ["short"], [SECRET, "short"], "short"])
def test_a_secret_must_be_long(secrets: list[str] | None) -> None:
    with pytest.raises(InvalidInputError, match="BOOKIT_WEB_SECRETS") as caught:
        Seal(secrets)
    assert "short," not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    [
        " " * 40,
        "a" * 32,
        "ab" * 20,
        "abcabcabc" * 4,
        "0123456789" * 4,
        "passwordpasswordpasswordpassword",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "replace-me-by-secrets.token_urlsafe(32)",
        "REPLACE_ME_WITH_SOMETHING_THAT_IS_LONG",
        "change-me-in-production-please-0123456",
        "ChangeThisToSomethingVeryLongAndRandom",
        "your-secret-of-at-least-32-characters",
        "my_super_secret_key_for_this_application",
        "insert your own secret here, 32 letters",
        "placeholder-placeholder-placeholder-pl",
        "secrets.token_urlsafe(32) gives this one",
    ],
)
def test_what_can_be_guessed_is_no_secret(secret: str) -> None:
    assert len(secret) >= 32
    with pytest.raises(InvalidInputError, match="token_urlsafe") as caught:
        Seal([OTHER, secret])
    assert secret not in str(caught.value).replace("secrets.token_urlsafe(32)", "")


@pytest.mark.parametrize(
    "make", [lambda: token_urlsafe(32), lambda: token_hex(16), lambda: token_hex(32), lambda: str(uuid4())]
)
def test_what_chance_gives_is_a_secret(make: Callable[[], str]) -> None:
    assert all(is_good_secret(make()) for _ in range(1_000))


def test_one_secret_may_be_given_as_text() -> None:
    reference = Seal(SECRET).close({}, kind="x", until=101)
    assert Seal([SECRET], now=Time(100)).open(reference, kind="x") == {}


async def test_an_offer_id_tells_nothing(page: Page) -> None:
    offer_id: str = (await page.offer())["offer_id"]
    inside = base64.urlsafe_b64decode(offer_id)
    for private in (ADA["Email"], ADA["Company"], "Prospect"):
        assert private.encode() not in inside


async def test_an_offer_id_expires(client: BookIt, sandbox: Sandbox) -> None:
    time = Time()
    async with opened(application(client, seal=Seal([SECRET], now=time), offer_ttl=60)) as page:
        offer = await page.offer()
        time.now = NOW.timestamp() + 60
        found = await page.book(offer, status=410)
        assert found["error"] == "ReferenceExpiredError"
        assert not sandbox.meetings


async def test_references_of_another_kind_or_application_are_not_taken(page: Page, client: BookIt) -> None:
    offer = await page.offer()
    booked = await page.book(offer)
    for path, body in [
        ("offers/refresh", {"offer_id": booked["meeting_ref"]}),
        ("bookings/settle", {"settle_id": offer["offer_id"]}),
        ("meetings/cancel", {"meeting_ref": offer["offer_id"]}),
        ("meetings/show", {"meeting_ref": "made up"}),
    ]:
        assert (await page.ask(path, body, status=404))["error"] == "ReferenceInvalidError"
    link = await page.link_offer("Em30rva")
    async with opened(application(client, trigger_nodes=["Customer Check-in"], links=[])) as other:
        assert (await other.book(offer, status=404))["error"] == "TriggerNodeNotFoundError"
        assert (await other.book(link, status=404))["error"] == "LinkNotFoundError"


async def test_a_meeting_reference_outlives_the_meeting_by_a_day(client: BookIt) -> None:
    time = Time()
    async with opened(application(client, seal=Seal([SECRET], now=time))) as page:
        booked = await page.book(await page.offer())
        reference = {"meeting_ref": booked["meeting_ref"]}
        time.now += 86_400
        await page.ask("meetings/show", reference)
        time.now += 86_400
        await page.ask("meetings/show", reference, status=410)


def test_a_reference_to_a_meeting_without_an_end_is_good_for_a_year() -> None:
    time = Time(0)
    reference = MeetingTicket(meeting_id="m").seal(Seal([SECRET], now=time), end=None)
    time.now = 364 * 86_400
    assert MeetingTicket.read(Seal([SECRET], now=time), reference).meeting_id == "m"
