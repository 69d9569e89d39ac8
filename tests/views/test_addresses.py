"""One rule for addresses: what can be booked can be looked up."""

import re
from typing import Any

import pytest

from bookit_async import Booked, BookIt, InvalidInputError, Offer
from bookit_async.sandbox import Sandbox
from bookit_async.views.addresses import NotAnAddressError, is_address, read_address, separate

from ..conftest import ADA, NODE
from ..scenes import flaky

RIGHT: list[tuple[str, str, str]] = [
    ("as it is", "ada@example.com", "ada@example.com"),
    ("with a plus", "ada+x.y_z@mail.example.co.uk", "ada+x.y_z@mail.example.co.uk"),
    ("in capitals", "Ada@Example.COM", "Ada@Example.COM"),
    ("spaces around", "  ada@example.com\n", "ada@example.com"),
    ("a no-break space behind", "ada@example.com\u00a0", "ada@example.com"),
    ("a display name", "Ada Lovelace <ada@example.com>", "ada@example.com"),
    ("a quoted display name", '"Lovelace, Ada" <ada@example.com>', "ada@example.com"),
    ("brackets alone", "< ada@example.com >", "ada@example.com"),
    ("a link", "mailto:ada@example.com?subject=x", "ada@example.com"),
    ("another script", "अदा@डाक.भारत", "अदा@डाक.भारत"),
    ("ZWNJ between Persian letters", "info@نامه\u200cای.example", "info@نامه\u200cای.example"),  # noqa: RUF001
    ("ZWNJ behind a virama", "x@क\u094d\u200cष.example", "x@क\u094d\u200cष.example"),
    ("ZWJ behind a virama", "x@ශ\u0dca\u200dරී.example", "x@ශ\u0dca\u200dරී.example"),
    ("ZWJ in front of a virama", "র\u200d\u09cdয@x.example", "র\u200d\u09cdয@x.example"),
    ("ZWJ in an emoji", "👩\u200d💻@x.example", "👩\u200d💻@x.example"),
    ("a selector in an emoji", "❤\ufe0f@x.example", "❤\ufe0f@x.example"),
    ("a machine's", "root@localhost", "root@localhost"),
]
WRONG: list[tuple[str, Any, str]] = [
    *(
        (f"U+{code:04X} behind", f"ada@example.com{chr(code)}", f"U+{code:04X}")
        for codes in (
            (0x200B, 0x200C, 0x200D, 0xFEFF, 0x200E, 0x200F, 0x00AD, 0x2060, 0x061C, 0x034F),
            (0x3164, 0x2800, 0x202E, 0xFE0F, 0x180E, 0xFFA0, 0x115F, 0xE0001, 0x2066),
        )
        for code in codes
    ),
    ("ZWJ between Latin letters", "a\u200dda@example.com", "U+200D"),
    ("ZWNJ in front", "\u200cada@example.com", "U+200C"),
    ("ZWNJ before the @", "نام\u200c@x.example", "U+200C"),
    ("a space inside", "ada @example.com", "must be an email address"),
    ("a no-break space inside", "ada\u00a0l@example.com", "U+00A0"),
    ("a line break inside", "ada@example.com\r\nBcc: x@y", "line break"),
    ("NUL", "ada\0@example.com", "line break or another control"),
    ("half a character", "ada\ud800@example.com", "half a character"),
    ("two", "a@b.example, c@d.example", "must be an email address"),
    ("an open bracket", "Ada <ada@example.com", "must be an email address"),
    ("a dot behind", "ada@example.com.", "must be an email address"),
    ("no domain", "ada@", "must be an email address"),
    ("no name", "@example.com", "must be an email address"),
    ("two ats", "a@b@c", "must be an email address"),
    ("nothing", "", "must be an email address"),
    ("too long", f"{'a' * 320}@example.com", "longer than 320"),
    ("a number", 5, "is of type int"),
    ("None", None, "is of type NoneType"),
    ("bytes", b"a@b.example", "is of type bytes"),
]
NAMES = {"First Name": "A", "Last Name": "B"}


@pytest.mark.parametrize(("given", "address"), [row[1:] for row in RIGHT], ids=[row[0] for row in RIGHT])
async def test_what_can_be_booked_can_be_looked_up(given: str, address: str, client: BookIt, sandbox: Sandbox) -> None:
    assert read_address(given) == address
    assert is_address(given)
    booked = await client.book_link("Em30rva", timezone="UTC", answers={**NAMES, "Email": given})
    assert isinstance(booked, Booked)
    assert isinstance(await client.book(NODE, {**ADA, "Email": given}, timezone="UTC"), Booked)
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    assert isinstance(await offer.book(offer.slots[9], timezone="UTC", guests=[given]), Booked)
    assert [one.prospect_email for one in sandbox.meetings[:2]] == [address, address]
    for asked in (given, address):
        assert len(await client.meetings(asked)) == 2
        assert len(await client.api.list_meetings(prospect_email=address)) == 2


@pytest.mark.parametrize("given", [row[1] for row in RIGHT], ids=[row[0] for row in RIGHT])
async def test_a_booking_that_was_lost_is_found_by_its_address(given: str) -> None:
    client, _, _, _ = flaky("after", method="POST")
    booked = await client.book_link("Em30rva", timezone="UTC", answers={**NAMES, "Email": given})
    assert isinstance(booked, Booked)
    assert booked.recovered


@pytest.mark.parametrize(("given", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_what_cannot_be_looked_up_is_not_booked(
    given: Any, reason: str, client: BookIt, sandbox: Sandbox
) -> None:
    assert not is_address(given)
    with pytest.raises(NotAnAddressError, match=re.escape(reason)):
        read_address(given)
    with pytest.raises(InvalidInputError, match="prospect_email"):
        await client.meetings(given)
    with pytest.raises(InvalidInputError, match=r"guests\[0\]"):
        await client.book(NODE, ADA, timezone="UTC", guests=[given])
    if isinstance(given, str) and given:
        with pytest.raises(InvalidInputError, match=r"prospect\['Email'\]"):
            await client.book(NODE, {**ADA, "Email": given}, timezone="UTC")
    assert sandbox.requests == []
    with pytest.raises(InvalidInputError):
        await client.book_link("Em30rva", timezone="UTC", answers={**NAMES, "Email": given})
    assert sandbox.meetings == []


def test_addresses_in_one_text_are_told_apart() -> None:
    text = '"Lovelace, Ada" <a@b.example>; c@d.example,\n e@f.example , '
    assert [read_address(one) for one in separate(text)] == ["a@b.example", "c@d.example", "e@f.example"]


GUESTS: list[tuple[str, Any, Any, list[str]]] = [
    ("twice", ["g@x.example", "G@x.example"], None, ["g@x.example"]),
    ("the prospect", ["ADA@engines.example", "g@x.example"], None, ["g@x.example"]),
    ("with a name and without", ["Grace <g@x.example>", "g@x.example"], None, ["g@x.example"]),
    ("a set", {"g@x.example"}, None, ["g@x.example"]),
    ("in the answers, as text", (), "g@x.example; h@x.example", ["g@x.example", "h@x.example"]),
    ("in both", ["g@x.example"], ["h@x.example", "g@x.example"], ["h@x.example", "g@x.example"]),
]


@pytest.mark.parametrize(("guests", "answer", "sent"), [row[1:] for row in GUESTS], ids=[row[0] for row in GUESTS])
async def test_guests_are_invited_once_and_the_prospect_is_none(
    guests: Any, answer: Any, sent: list[str], client: BookIt, sandbox: Sandbox
) -> None:
    answers = None if answer is None else {"Additional Guest Emails": answer}
    await client.book(NODE, ADA, timezone="UTC", guests=guests, answers=answers)
    (meeting,) = sandbox.meetings
    assert list(meeting.guests) == sent


@pytest.mark.parametrize("guests", ["a@b.example", b"a@b.example", {"a@b.example": 1}, None, 5, iter(["a@b.example"])])
async def test_what_is_no_list_of_guests_is_told_in_one_sentence(guests: Any, client: BookIt, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInputError, match="guests must be a list of email addresses") as caught:
        await client.book(NODE, ADA, timezone="UTC", guests=guests)
    assert len(caught.value.problems) == 1
    assert sandbox.requests == []
