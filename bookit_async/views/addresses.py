"""Email addresses: one rule for what is booked and for what is looked up, so that what was booked can be found.

Whether an address exists is not for us to say. Characters that cannot be seen come along when one is copied from a
page or a mail; the joiners and selectors among them belong to some scripts and to emoji, and stay where they do.
"""

import re
import unicodedata
from typing import cast

from ..hidden import HiddenText

LONGEST = 320
"""Characters: 64 before the @ and 255 behind it are the most that mail carries."""

_USUAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_SHAPE = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>().]+(?:\.[^@\s,;<>().]+)*")
_WITH_NAME = re.compile(r"[^<>]*<\s*([^<>]*?)\s*>")
_SEPARATE = re.compile(r'(?:"[^"]*"|[^",;\r\n])+')
_JOINERS = "\u200c\u200d"
_BLANK = frozenset(map(ord, "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"))
"""Blank although their category does not say so."""
_NEVER_JOINED = (
    *("ARMENIAN", "BOPOMOFO", "CJK", "CYRILLIC", "FULLWIDTH", "GEORGIAN", "GREEK", "HALFWIDTH", "HANGUL", "HEBREW"),
    *("HIRAGANA", "KATAKANA", "LATIN"),
)
"""First words of the names of letters whose scripts have no use for joiners."""


class NotAnAddressError(ValueError):
    """What was given is no email address; the message goes on after its name."""


def read_address(given: object) -> str:
    """Return the address in what was given, without a display name around it; NotAnAddressError says what is wrong."""
    if type(given) is str and _USUAL.fullmatch(given) and len(given) <= LONGEST:
        return given
    if not issubclass(type(given), str):
        raise NotAnAddressError(f"must be an email address, and is of type {type(given).__name__:.80}")
    text = str.__str__(cast("str", given)).strip()
    named = _WITH_NAME.fullmatch(text)
    text = named[1] if named else text
    if text[:7].casefold() == "mailto:":
        text = text[7:].partition("?")[0]
    for index, one in enumerate(text[: LONGEST + 1]):
        if "\ud800" <= one <= "\udfff":
            raise NotAnAddressError("holds half a character (a lone surrogate), which cannot be sent")
        if one < " " or one == "\x7f":
            raise NotAnAddressError("holds a line break or another control character: type it again")
        if is_invisible(text, index):
            raise NotAnAddressError(f"holds a character that cannot be seen, U+{ord(one):04X}: type it again")
    if len(text) > LONGEST:
        raise NotAnAddressError(f"is longer than {LONGEST} characters, and no email address is")
    if not _SHAPE.fullmatch(text):
        raise NotAnAddressError("must be an email address, such as ada@example.com")
    return text


def is_address(given: object) -> bool:
    """Return whether what was given is one email address, with or without a display name."""
    try:
        return bool(read_address(given))
    except NotAnAddressError:
        return False


def spellings(address: str) -> tuple[str, ...]:
    """Return an address as it was given, and in the other spellings in which a service may keep it."""
    name, at, domain = address.rpartition("@")
    return tuple(HiddenText(one) for one in dict.fromkeys((address, address.lower(), f"{name}{at}{domain.lower()}")))


def separate(text: str) -> list[str]:
    """Return the addresses, each with its display name, that stand in one text between commas, semicolons or lines."""
    return [one.strip() for one in _SEPARATE.findall(text) if one.strip()]


def is_invisible(text: str, index: int) -> bool:
    """Return whether the character there cannot be seen and means nothing where it stands."""
    one = text[index]
    if one < "\x7f":
        return False
    if one in _JOINERS:
        return not (index and _joins(text[index - 1], one) and _joins(text[index + 1 : index + 2], one))
    if _selects(one):
        return not (index and _takes_selector(text[index - 1]))
    return ord(one) in _BLANK or unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")


def _joins(one: str, joiner: str) -> bool:
    """Return whether a joiner may stand beside this: an emoji, or a letter or mark of a script that has joiners."""
    kind = unicodedata.category(one) if one else ""
    if kind in ("So", "Sk") or _selects(one):
        return joiner == "\u200d" and one > "\xff"
    return kind[:1] in ("L", "M") and unicodedata.name(one, "LATIN").split()[0] not in _NEVER_JOINED


def _selects(one: str) -> bool:
    """Return whether this is a variation selector."""
    return "\ufe00" <= one <= "\ufe0f" or "\u180b" <= one <= "\u180f" or "\U000e0100" <= one <= "\U000e01ef"


def _takes_selector(one: str) -> bool:
    """Return whether a variation selector may follow this character: an emoji, an ideograph, a Mongolian letter."""
    return unicodedata.category(one) == "So" or unicodedata.name(one, "").split(" ")[0] in ("CJK", "MONGOLIAN")
