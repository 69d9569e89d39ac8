"""The pages show the tables that the code runs by; `python -m tests.docs.test_protocol_tables` writes them anew."""

import re
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

import pytest

from bookit_async.once import protocol
from bookit_async.once.guesses import GUESSES
from bookit_async.once.protocol import AFTER_BOOKING, AFTER_CHANGE, VERDICTS, Verdict
from bookit_async.sandbox.world.quirks import QUIRKS

PAGE = Path(__file__).parents[2] / "docs" / "unknown-outcomes.md"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows)) + "\n"


def after(rows: "dict[Enum, tuple[Enum, Enum]]") -> str:
    heads = ("what came of it", "nothing lost before", "one was lost before")
    return table(heads, ((str(came.value), *(str(then.value) for then in cells)) for came, cells in rows.items()))


TABLES = {
    "after a booking": after(dict(AFTER_BOOKING)),
    "after a change": after(dict(AFTER_CHANGE)),
    "after asking": table(
        ("evidence", "same again: may still land", "same again: settled", "else: may still land", "else: settled"),
        ((found.value, *(cell.name for cell in cells)) for found, cells in VERDICTS.items()),
    ),
    "verdicts": table(("verdict", "means"), ((one.name, one.value) for one in Verdict)),
    "guesses": table(
        ("what is taken for true", "source", "if it is otherwise", "the sandbox plays it as"),
        ((one.claim, one.source, one.otherwise, f"`{one.quirk}`" if one.quirk else "") for one in GUESSES),
    ),
    "states": "\n" + re.findall(r"```text\n.*?```\n", protocol.__doc__ or "", flags=re.DOTALL)[0],
}


def place(name: str) -> "re.Pattern[str]":
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)", flags=re.DOTALL)


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_the_table_that_runs(name: str) -> None:
    shown = place(name).search(PAGE.read_text(encoding="utf-8"))
    assert shown is not None
    assert shown.group().strip() == TABLES[name].strip()


def test_each_guess_can_be_played_and_each_quirk_is_of_a_guess() -> None:
    assert {one.quirk for one in GUESSES} - {None} <= set(QUIRKS)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    for name, drawn in TABLES.items():
        text = place(name).sub(lambda _, drawn=drawn: f"\n{drawn.strip()}\n\n", text, count=1)
    PAGE.write_text(text, encoding="utf-8")
