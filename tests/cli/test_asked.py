"""A person who is asked, and somebody else who is faster."""

import asyncio
import io
from collections.abc import Callable
from datetime import datetime
from threading import Thread

import pytest

from bookit_async import Booked, BookIt, earliest
from bookit_async.cli.output import Output
from bookit_async.cli.session import Session

from .conftest import ANSWERS, KEY, Run, Served

LINK = "Em30rva"
SOMEBODY = {"First Name": "Bea", "Last Name": "Fast", "Email": "bea@cli.example"}


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], str]], list[str]]:
    """Puts a person before the terminal, who answers as a function does."""

    def sit(answer: Callable[[str], str]) -> list[str]:
        asked: list[str] = []

        def ask(_: Output, question: str) -> str:
            asked.append(question)
            return answer(question)

        monkeypatch.setattr(Session, "interactive", property(lambda _: True))
        monkeypatch.setattr(Output, "ask", ask)
        return asked

    return sit


def take(served: Served, start: datetime | None = None) -> Booked:
    """Have somebody else book a time of the link."""

    async def book() -> Booked:
        async with BookIt(KEY, base_url=served.url) as client:
            booked = await client.book_link(LINK, timezone="UTC", answers=SOMEBODY, slot=start or earliest())
            assert isinstance(booked, Booked)
            return booked

    booked: list[Booked] = []
    thread = Thread(target=lambda: booked.append(asyncio.run(book())))  # the command's own loop waits meanwhile
    thread.start()
    thread.join()
    return booked[0]


def test_a_person_says_when_in_words_and_yes(bookit: Run, person: Callable[[Callable[[str], str]], list[str]]) -> None:
    slot = bookit("slots", "--link", LINK, "--json").json["slots"][3]["start"]
    asked = person(lambda question: slot if question.startswith("When?") else "y")
    ran = bookit("book", "--link", LINK, *ANSWERS, "Email=words@cli.example")
    assert (ran.status, asked) == (0, ["When? (such as tue 9am) ", "Book it? [y/N] "])
    assert "times in America/Denver" in ran.err


def test_a_time_that_somebody_took_gives_way_to_the_next_one_which_is_shown_first(
    bookit: Run, served: Served, person: Callable[[Callable[[str], str]], list[str]]
) -> None:
    taken: list[Booked] = []

    def answer(_: str) -> str:
        if not taken:
            taken.append(take(served))
        return "yes"

    asked = person(answer)
    ran = bookit("book", "--link", LINK, "--earliest", *ANSWERS, "Email=patient@cli.example", "--json")
    assert (ran.status, len(asked)) == (0, 2)
    assert "Somebody took that time." in ran.err
    assert datetime.fromisoformat(ran.json["start"]) > taken[0].start


def test_the_one_time_that_was_wanted_is_taken(
    bookit: Run, served: Served, person: Callable[[Callable[[str], str]], list[str]]
) -> None:
    slot = bookit("slots", "--link", LINK, "--json").json["slots"][0]["start"]

    def answer(_: str) -> str:
        take(served)
        return "y"

    person(answer)
    ran = bookit("book", "--link", LINK, "--at", slot, *ANSWERS, "Email=late@cli.example")
    assert ran.status == 6
    assert "no longer available" in ran.err


def test_a_meeting_stays_where_it_is_when_the_time_is_taken(
    bookit: Run, served: Served, person: Callable[[Callable[[str], str]], list[str]]
) -> None:
    meeting = take(served).meeting_id
    slot = bookit("slots", "--meeting", meeting, "--json").json["slots"][4]["start"]

    def answer(_: str) -> str:
        take(served, datetime.fromisoformat(slot))
        return "y"

    person(answer)
    ran = bookit("meetings", "move", meeting, "--at", slot)
    assert (ran.status, ran.out) == (3, "")
    assert "no slot is open then" in ran.err


def test_the_answer_is_a_line_of_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" yes \nno\n"))
    assert Output().ask("Well? ") == "yes"
    assert capsys.readouterr().err == "Well? "


def test_a_meeting_moves_and_is_cancelled_only_after_yes(
    bookit: Run, served: Served, person: Callable[[Callable[[str], str]], list[str]]
) -> None:
    meeting = take(served).meeting_id
    person(lambda _: "")
    assert bookit("meetings", "move", meeting, "--earliest").status == 3
    assert bookit("meetings", "cancel", meeting).status == 3
    person(lambda _: "Y")
    assert bookit("meetings", "cancel", meeting).status == 0
