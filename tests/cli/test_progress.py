"""How far a bulk run is: counts, the rate of the last half minute, and the time that is left."""

import sys

import pytest

from bookit_async.cli import progress as progress_module
from bookit_async.cli.output import Output
from bookit_async.cli.progress import Pace, Progress, said

KINDS = ("booked", "failed", "open")


class Terminal:
    """A standard error that is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    pace = Pace(0.0)
    assert pace.rate(0.0, 0) is None
    assert pace.rate(10.0, 0) is None
    assert pace.rate(20.0, 40) == 2.0
    assert pace.rate(60.0, 440) == 10.0
    assert pace.rate(61.0, 440) == pytest.approx(400 / 41)
    assert pace.rate(100.0, 440) is None


@pytest.mark.parametrize(
    ("counts", "rate", "text"),
    [
        ({}, None, "0 of 100"),
        ({"booked": 3, "failed": 0, "open": 1}, None, "4 of 100, 3 booked, 1 open"),
        ({"booked": 40}, 2.0, "40 of 100, 40 booked, 2.0/s, 0:30 left"),
        ({"booked": 40}, 0.01, "40 of 100, 40 booked, 0.0/s, 1:40:00 left"),
    ],
    ids=str,
)
def test_what_is_said(counts: dict[str, int], rate: float | None, text: str) -> None:
    assert said(counts, 100, rate) == text


def test_a_line_is_said_now_and_then_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    clock = [0.0]
    with Progress(Output(), 100, kinds=KINDS, clock=lambda: clock[0]) as progress:
        for seconds in range(1, 26):
            clock[0] = float(seconds)
            progress.add("booked")
        progress.say("row 7: no")
    assert capsys.readouterr().err.splitlines() == [
        "10 of 100, 10 booked, 1.0/s, 1:30 left",
        "20 of 100, 20 booked, 1.0/s, 1:20 left",
        "row 7: no",
    ]


def test_a_terminal_has_a_bar_and_what_is_said_stands_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(Output(), 4, kinds=KINDS) as progress:
        progress.add("booked")
        progress.say("row 2: [bold]no[/bold] slot")
        progress.add("failed")
    assert "2 of 4, 1 booked, 1 failed" in terminal.text
    assert "row 2: [bold]no[/bold] slot" in terminal.text


@pytest.mark.parametrize("given", [{"quiet": True}, {"plain": True}], ids=str)
def test_who_wants_it_quiet_or_plain_gets_no_bar(monkeypatch: pytest.MonkeyPatch, given: dict[str, bool]) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress_module, "EVERY", 0.0)
    with Progress(Output(**given), 4, kinds=KINDS) as progress:
        progress.add("booked")
    assert terminal.text.startswith("" if given.get("quiet") else "1 of 4, 1 booked")
    assert "\x1b" not in terminal.text
