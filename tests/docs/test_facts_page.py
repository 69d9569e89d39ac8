"""The page shows the facts that the doctor asks about; `python -m tests.docs.test_facts_page` writes them anew."""

from pathlib import Path

from bookit_async.doctor.facts import FACTS, Fact

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
BEGIN, END = "<!-- facts -->\n", "<!-- end -->"
HEADS = (
    "| fact | what is taken for true | if it is otherwise | contradiction | quirks |\n| --- | --- | --- | --- | --- |\n"
)
UNPLAYED = {True: "nobody can ask", False: "none: a server without a trusted certificate is played"}
"""What stands where no quirk of the sandbox can play it: for what nobody can ask, and for the rest."""


def row(fact: Fact) -> str:
    quirks = ", ".join(f"`{one}`" for one in fact.quirks) or UNPLAYED[fact.needs == ("time",)]
    return f"| `{fact.id}` | {fact.claim} | {fact.otherwise} | {fact.contradiction or ''} | {quirks} |\n"


def tables() -> str:
    groups = dict.fromkeys(one.group for one in FACTS)
    rows = {group: "".join(row(one) for one in FACTS if one.group == group) for group in groups}
    return "\n".join(f"### {group}\n\n{HEADS}{told}" for group, told in rows.items())


def test_the_page_shows_the_facts_that_are_asked() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == tables().strip()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
