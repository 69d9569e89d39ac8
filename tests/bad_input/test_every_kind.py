"""Properties over the kinds of what people pass in: subclasses, scripts, addresses, instants."""

import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum, IntEnum, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from bookit_async import BookIt, FormField, InvalidInputError, Slot, at, on
from bookit_async.scalars import NotPlainError, plain
from bookit_async.spelling import folded, meant
from bookit_async.times import plain_datetime, to_milliseconds
from bookit_async.views.addresses import NotAnAddressError, read_address
from bookit_async.views.forms import fill
from bookit_async.views.inputs import read_prospect

from ..kinds import Lying, LyingText, np
from .script import Script

ZONES = some.sampled_from(["America/Denver", "Asia/Kathmandu", "Pacific/Apia", "Europe/London", "UTC"])
MOMENTS = some.datetimes(datetime(1971, 1, 1), datetime(2190, 1, 1))  # noqa: DTZ001 - each test gives it a zone
WHOLE = some.integers(-(2**63), 2**64 - 1)
REAL = some.floats(allow_nan=False, allow_infinity=False)
TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
WORDS = some.text(some.characters(categories=["L", "M", "N", "P", "S", "Z"]), max_size=12)
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u3164\u180e\u2066\ufe0f"


def member(kind: type[Enum], value: object) -> Any:
    """Return a member of a new enumeration."""
    make: Any = kind
    return make("Made", {"ONE": value})["ONE"]


def whole_kinds(value: int) -> list[Any]:
    made = [Lying(value), member(IntEnum, value), type("Own", (int,), {})(value)]
    return [*made, *([np.int64(value)] if -(2**63) <= value < 2**63 else [np.uint64(value)])]


@given(WHOLE)
def test_a_whole_number_of_any_kind_is_the_number(value: int) -> None:
    for one in whole_kinds(value):
        assert (type(plain(one)), plain(one)) == (int, value)


@given(REAL)
def test_a_real_number_of_any_kind_is_the_number(value: float) -> None:
    for one in (type("Own", (float,), {})(value), np.float64(value)):
        assert (type(plain(one)), plain(one)) == (float, value)


@given(TEXT)
def test_text_of_any_kind_is_the_text(value: str) -> None:
    kinds: list[Any] = [LyingText(value), type("Own", (str,), {})(value), member(StrEnum, value)]
    for one in kinds:
        assert (type(plain(one)), plain(one)) == (str, value)
    for key in kinds:
        assert read_prospect({key: 1}) == ({value: 1}, [])


@given(some.integers(min_value=2**64) | some.integers(max_value=-(2**63) - 1))
def test_a_number_that_json_cannot_hold_is_told_whatever_its_kind(value: int) -> None:
    for one in (value, Lying(value)):
        with pytest.raises(NotPlainError, match="more than 64 bits"):
            plain(one)


@given(WORDS)
def test_folding_keeps_everything_but_case_spaces_and_punctuation(label: str) -> None:
    kept = folded(label)
    assert folded(label.upper().lower()) == folded(label.lower().upper().lower())
    assert folded(f" {label}? ") == folded(f"({label})") == kept
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", label).casefold())
    wanted = [one for one in composed if not one.isspace() and unicodedata.category(one)[0] != "P"]
    assert kept == "".join(wanted)
    assert bool(kept) or meant(label, ["First Name", "📧", "-"]) is None


@given(WORDS, WORDS)
def test_a_prospects_input_fills_the_field_of_its_name_alone(label: str, other: str) -> None:
    assume(label.strip() and folded(label) != folded(other))
    form = [FormField(name=label)]
    filled = fill(form, prefill={}, prospect={other: "a secret"}, answers={}, guests=[])
    assert [one.value for one in filled.fields] == [""]
    if folded(label):
        filled = fill(form, prefill={}, prospect={f" {label}!": "an answer"}, answers={}, guests=[])
        assert [one.value for one in filled.fields] == ["an answer"]


ADDRESSES = some.tuples(
    some.text(some.characters(categories=["L", "M", "N", "So"], include_characters=f".+-'{INVISIBLE}"), max_size=8),
    some.text(some.characters(categories=["L", "M", "N"], include_characters=f"-{INVISIBLE}"), max_size=8),
    some.sampled_from(["example", "com", "भारत", "ایران", "рф"]),
).map(lambda parts: f"{parts[0]}@{parts[1]}.{parts[2]}")


@given(ADDRESSES, some.sampled_from(["{}", " {} ", "Ada <{}>", "mailto:{}", '"Lovelace, Ada" <{}>']))
async def test_what_can_be_booked_can_be_looked_up(address: str, written: str) -> None:
    try:
        read = read_address(written.format(address))
    except NotAnAddressError:
        return
    assert read == address == read_address(read)
    assert not set(read) & set("\u00ad\u200b\u200e\u200f\u2060\ufeff\u3164\u2066")
    script = Script([], [])
    client = BookIt("k", transport=script)
    assert await client.meetings(written.format(address)) == []
    await client.api.list_meetings(prospect_email=read)
    assert script.sent[0].url == script.sent[1].url


class Stubborn(datetime):
    """Brings its own arithmetic."""

    def __sub__(self, other: Any) -> Any:
        raise AttributeError

    __rsub__ = __add__ = __lt__ = __le__ = __gt__ = __ge__ = __sub__

    def astimezone(self, tz: tzinfo | None = None) -> Any:  # noqa: ARG002 - its interface
        raise AttributeError


@given(MOMENTS, ZONES, some.integers(0, 1))
def test_a_datetime_of_any_kind_is_the_instant(moment: datetime, zone: str, fold: int) -> None:
    usual = moment.replace(tzinfo=ZoneInfo(zone), fold=fold)
    other = Stubborn(*usual.timetuple()[:6], usual.microsecond, tzinfo=usual.tzinfo, fold=fold)
    assert type(plain_datetime(other)) is datetime
    assert to_milliseconds(other) == to_milliseconds(usual)
    assert at(other) == at(usual)
    for where in ("America/Denver", "Asia/Tokyo"):
        assert on(other, timezone=where) == on(usual.astimezone(ZoneInfo(where)).date(), timezone=where)
    naive = Stubborn(*moment.timetuple()[:6])
    assert on(naive, timezone=zone) == on(moment.date(), timezone=zone)
    with pytest.raises(InvalidInputError, match="is a naive datetime"):
        at(naive)


@given(some.integers(0, 30 * 24 * 60), ZONES)
def test_a_local_slot_is_the_slot(minutes: int, zone: str) -> None:
    start = to_milliseconds(datetime(2025, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes))
    slot = Slot(start_milliseconds=start, end_milliseconds=start + 1_800_000)
    local = slot.local(zone)
    assert local == slot
    assert hash(local) == hash(slot)
    assert local.start == slot.start
    assert local.start.utcoffset() == slot.start.astimezone(ZoneInfo(zone)).utcoffset()
    assert local.local("UTC").start.isoformat() == slot.start.isoformat()
