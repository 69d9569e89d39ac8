"""What a person sees and is asked, in a pseudo terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import ANSWERS, KEY, Served, plain_environment

BOOKIT = Path(sys.executable).with_name("bookit")


class Terminal:
    """A command in a pseudo terminal: what it prints, and somebody who types."""

    def __init__(self, process: "subprocess.Popen[bytes]", door: int) -> None:
        self.process = process
        self._door = door
        self.seen = ""

    def until(self, text: str, *, within: float = 30) -> None:
        """Read until a text was printed."""
        end = time.monotonic() + within
        while text not in self.seen:
            ready, _, _ = select.select([self._door], [], [], max(0, end - time.monotonic()))
            assert ready, self.seen
            self.seen += os.read(self._door, 65536).decode()

    def type(self, text: str) -> None:
        os.write(self._door, text.encode())

    def ended(self) -> int:
        """Read to the end, and give the exit status."""
        try:
            while part := os.read(self._door, 65536):
                self.seen += part.decode()
        except OSError:  # Linux says so when the other side is gone
            pass
        return self.process.wait(30)


@contextmanager
def terminal(served: Served, *arguments: str, **environment: str) -> Generator[Terminal]:
    door, inside = pty.openpty()
    known = plain_environment(BOOKIT_API_KEY=KEY, BOOKIT_BASE_URL=served.url, COLUMNS="80", TERM="xterm")
    with subprocess.Popen(  # noqa: S603
        [str(BOOKIT), *arguments],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env={**known, **environment},
    ) as process:
        os.close(inside)
        yield Terminal(process, door)
    os.close(door)


@pytest.mark.subprocess
def test_a_person_is_shown_the_times_and_asked_for_one(served: Served) -> None:
    address = "person@cli.example"
    with terminal(served, "book", "--link", "Em30rva", *ANSWERS, f"Email={address}") as person:
        person.until("When? (such as tue 9am) ")
        assert "\x1b[1m" in person.seen
        person.type("tomorrow\n")
        assert person.ended() == 2
    assert "'tomorrow' must be a time" in person.seen


@pytest.mark.subprocess
def test_who_says_no_books_nothing(served: Served) -> None:
    address = "no@cli.example"
    arguments = ["book", "--link", "Em30rva", "--earliest", *ANSWERS, f"Email={address}"]
    with terminal(served, *arguments, NO_COLOR="1") as person:
        person.until("Book it? [y/N] ")
        person.type("n\n")
        assert person.ended() == 3
    assert "not done, for the answer was not yes" in person.seen
    assert "\x1b" not in person.seen
    assert all(one.prospect_email != address for one in served.sandbox.meetings)


@pytest.mark.subprocess
def test_a_bulk_run_says_what_it_books_asks_and_shows_how_far_it_is(served: Served, home: Path) -> None:
    rows = [f"row{number},Ada,Lovelace,row{number}@terminal.example" for number in range(3)]
    (home / "rows.csv").write_text("\n".join(["key,First Name,Last Name,Email", *rows]), encoding="utf-8")
    with terminal(served, "bulk", "run", "rows.csv", "--link", "Em30rva", "--journal", "j.db") as person:
        person.until("Books 3 of 3 rows through the link 'Em30rva'; keeps them in j.db")
        person.until("Book them? [y/N] ")
        person.type("y\n")
        assert person.ended() == 0
    assert "0 of 3" in person.seen
    assert "3 of 3, 3 booked" in person.seen
    assert person.seen.rstrip().endswith("Booked  3")


@pytest.mark.subprocess
def test_a_pipe_that_is_closed_is_no_traceback(served: Served) -> None:
    environment = plain_environment(BOOKIT_API_KEY=KEY, BOOKIT_BASE_URL=served.url)
    script = f"{BOOKIT} slots --link Em30rva --json | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)  # noqa: S603, S607
    assert (done.stdout, done.stderr) == ("{\n0\n", "")
