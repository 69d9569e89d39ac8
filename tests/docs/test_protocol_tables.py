"""The pages show the tables that the code runs by; `python -m tests.docs.test_protocol_tables` writes them anew."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from bookit_async.once import protocol
from bookit_async.once.guesses import GUESSES
from bookit_async.once.protocol import AFTER_BOOKING, AFTER_CHANGE, VERDICTS, Came, Then, Verdict
from bookit_async.sandbox.world.quirks import QUIRKS

from . import recoveries

PAGE = Path(__file__).parents[2] / "docs" / "unknown-outcomes.md"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows)) + "\n"


def after(rows: Mapping[Came, tuple[Then, Then]]) -> str:
    heads = ("what came of it", "nothing lost before", "one was lost before")
    return table(heads, ((came.value, *(then.value for then in cells)) for came, cells in rows.items()))


TABLES = {
    "after a booking": after(AFTER_BOOKING),
    "after a change": after(AFTER_CHANGE),
    "after asking": table(
        ("evidence", "same again: may still land", "same again: settled", "else: may still land", "else: settled"),
        ((found.value, *(cell.name for cell in cells)) for found, cells in VERDICTS.items()),
    ),
    "verdicts": table(("verdict", "means"), ((one.name, one.value) for one in Verdict)),
    "guesses": table(
        ("what is taken for true", "source", "if it is otherwise", "the sandbox plays it as"),
        ((one.claim, one.source, one.otherwise, f"`{one.quirk}`" if one.quirk else "") for one in GUESSES),
    ),
    "costs": table(recoveries.HEADS, recoveries.rows()),
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


def drawn(text: str, name: str) -> str:
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    _, end, behind = rest.partition("<!-- end -->")
    return f"{before}<!-- {name} -->\n\n{TABLES[name].strip()}\n\n{end}{behind}"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for one in TABLES:
        page = drawn(page, one)
    PAGE.write_text(page, encoding="utf-8")
