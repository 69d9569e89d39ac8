"""What may be told of an answer: types, media types, names of headers, how close a sentence comes to a known one."""

import re
from collections.abc import Mapping

JSON_TYPES: Mapping[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
_LIMITS = re.compile(r"(x-)?(amzn-)?rate-?limit(-[a-z-]{1,20})?|retry-after|x-retry-in", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z.+-]{1,40}")


def json_type(value: object) -> str:
    """Return the JSON type of a decoded value."""
    return JSON_TYPES[type(value)]


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type in headers, without parameters; what is none is not told."""
    found = headers.get("content-type", "").partition(";")[0].strip().lower()
    return found if _MEDIA_TYPE.fullmatch(found) else "none" if not found else "no media type"


def limit_headers(headers: Mapping[str, str]) -> list[str]:
    """Return the names of the headers that tell of limits."""
    return sorted(name.lower() for name in headers if _LIMITS.fullmatch(name))


def closest_rule(sentence: str, sentences: Mapping[str, str]) -> str:
    """Return the name of the sentence that one comes closest to, with how close: what is told of unknown words."""
    from difflib import SequenceMatcher

    def likeness(known: str) -> float:
        return SequenceMatcher(None, sentence.casefold(), known.casefold()).ratio()

    name = max(sentences, key=lambda one: likeness(sentences[one]))
    return f"{len(sentence)} characters, closest to {name} ({likeness(sentences[name]):.0%} alike)"
