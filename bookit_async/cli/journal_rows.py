"""What a journal holds, row by row, however many there are."""

import re
from collections.abc import AsyncGenerator
from typing import Any

from ..durable import Standing
from .journals import Journal

MOST_AT_ONCE = 200
"""Rows of a journal in one question."""
_ATTEMPT = re.compile(r"(.+)#(\d+)", re.DOTALL)


async def rows_of(journal: Journal) -> AsyncGenerator[tuple[Standing, dict[str, Any]]]:
    """Yield how far each row has come, and what is noted of it; not what a corrected row came to before."""
    some: list[Standing] = []
    async for standing in journal.durable.intents():
        some.append(standing)
        if len(some) == MOST_AT_ONCE:
            for one in await _noted(journal, some):
                yield one
            some = []
    for one in await _noted(journal, some):
        yield one


async def _noted(journal: Journal, some: list[Standing]) -> list[tuple[Standing, dict[str, Any]]]:
    keys = [(one, *_key_and_attempt(one.intent_id)) for one in some]
    names = [f"row:{name}" for one, key, _ in keys for name in {one.intent_id, key}]
    notes = await journal.notes.read(names)
    found: list[tuple[Standing, dict[str, Any]]] = []
    for one, key, attempt in keys:
        own = notes.get(f"row:{one.intent_id}")
        note, number = (own, 1) if own is not None else (notes.get(f"row:{key}", {}), attempt)
        if note.get("attempt", number) == number:
            found.append((one, note))
    return found


def _key_and_attempt(intent_id: str) -> tuple[str, int]:
    found = _ATTEMPT.fullmatch(intent_id)
    return (intent_id, 1) if found is None else (found[1], int(found[2]))
