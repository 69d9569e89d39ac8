"""The list of tools: fixed, and short."""

import re
from typing import Any

import orjson

from bookit_async.mcp.tools import listed

READ = (True, False, True, True)
TABLE: dict[str, tuple[dict[str, bool], tuple[bool, ...]]] = {
    "list_entry_points": ({}, (True, False, True, False)),
    "get_inputs": ({"entry_point": True}, READ),
    "find_slots": (
        {"link": True, "timezone": True, "from_day": False, "to_day": False, "between": False, "limit": False},
        READ,
    ),
    "route_prospect": (
        {"trigger_node": True, "prospect": True, "timezone": True, "limit": False},
        (False, False, False, True),
    ),
    "propose_booking": (
        {"offer_id": True, "start": True, "timezone": True, "guests": False, "answers": False, "allow_second": False},
        READ,
    ),
    "book": ({"proposal_id": True}, (False, False, True, True)),
    "find_meetings": ({"email": True, "timezone": True, "since": False, "until": False}, READ),
    "propose_change": ({"meeting_ref": True, "action": True, "new_start": False, "timezone": True}, READ),
    "apply_change": ({"proposal_id": True}, (False, True, True, True)),
    "outcome": ({"proposal_id": True}, READ),
}
"""By name: which arguments there are, and which of them are needed; read-only, destructive, idempotent, open world."""


def wire() -> list[dict[str, Any]]:
    return [one.model_dump(by_alias=True, exclude_none=True, mode="json") for one in listed()]


def test_names_arguments_and_annotations_are_those_of_the_table() -> None:
    found: dict[str, Any] = {}
    for one in wire():
        schema, hints = one["inputSchema"], one["annotations"]
        needed = schema.get("required", [])
        order = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
        found[one["name"]] = ({name: name in needed for name in schema["properties"]}, tuple(hints[it] for it in order))
        assert schema["additionalProperties"] is False
    assert found == TABLE


def most_tokens(text: str) -> int:
    """Return more tokens than a tokenizer makes of JSON in English.

    Tokenizers of today first cut a text into words, numbers of three digits and runs of other characters. An English
    word of up to six letters is one token or two. So each piece counts as one for every three of its letters, begun
    ones whole, which is more than any of them needs (four to five letters a token in English, three in JSON). Where
    that were too low, a third of the bytes is higher.
    """
    pieces = re.findall(r"[A-Za-z]+|\d{1,3}|[^A-Za-z\d\s]+", text)
    return max(sum(-(-len(one) // 3) for one in pieces), -(-len(text.encode()) // 3))


def test_the_whole_list_is_under_2000_tokens() -> None:
    assert most_tokens(orjson.dumps(wire()).decode()) < 2000
    assert most_tokens("The whole list is under two thousand tokens.") >= 9
