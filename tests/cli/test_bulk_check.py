"""`bookit bulk check` finds every problem of every row, in every form that a file may have."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bookit_async import NoAvailability
from bookit_async.cli.commands import bulk
from bookit_async.cli.rows import Wants, read_rows
from bookit_async.views.inputs import TriggerInput, TriggerInputs

from ..conftest import NODE
from .conftest import Run

HEAD = "key,FirstName,LastName,Email,NumEmployees,zone,guests"
GOOD = "k1,Ada,Lovelace,ada@engines.example,4200,America/Denver,g@engines.example h@engines.example"
LINK_HEAD = "First Name;Last Name;Email"


def check(bookit: Run, home: Path, text: str, *more: str, name: str = "rows.csv") -> Any:
    (home / name).write_text(text, encoding="utf-8")
    return bookit("bulk", "check", name, *(more or ("--node", NODE)), "--json")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n{GOOD}\n",
        f"\ufeff{HEAD}\r\n{GOOD}\r\n",
        f"\n{HEAD}\n\n{GOOD}\n,,,,,,\n".replace(",", ";"),
        f"{HEAD}\n{GOOD}".replace(",", "\t"),
        f"{HEAD}\n{GOOD.replace('Lovelace', chr(34) + 'Love' + chr(10) + 'lace' + chr(34))}\n",
        json.dumps({"FirstName": "Ada", "Email": "ada@engines.example", "NumEmployees": 4200, "guests": []}) + "\n\n",
    ],
    ids=["commas", "BOM", "semicolons", "tabs", "quoted new line", "JSON lines"],
)
def test_a_file_without_problems(bookit: Run, home: Path, text: str) -> None:
    ran = check(bookit, home, text)
    assert (ran.status, ran.json) == (0, {"rows": 1, "count": 0, "problems": []})


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("k2,Ada,L,ada@engines.example,many,,", "input 'NumEmployees' must be a number"),
        ("k2,Ada,L,ada at engines,1,,", "input 'Email' "),
        ("k2,Ada,L,ada@engines.example,1,Denver,", "--zone must be an IANA time zone name"),
        ("k2,Ada,L,ada@engines.example,1,,nobody", "--guest "),
        ("k1,Ada,L,ada@engines.example,1,,", "it is the same booking as row 1"),
        ("a@b.example,Ada,L,ada@engines.example,1,,", "the key must not be an address"),
        ("k2,Ada", "it has 2 cells, and the head 7"),
        ('k2,"Ada', "the file ends here: "),
    ],
    ids=lambda one: str(one)[:24],
)
def test_every_kind_of_problem_is_told_with_its_row_and_line(bookit: Run, home: Path, row: str, problem: str) -> None:
    ran = check(bookit, home, f"{HEAD}\n{GOOD}\n{row}\n")
    assert ran.status == 2
    (found,) = [one for one in ran.json["problems"] if problem in one["problem"]]
    assert (found["row"], found["line"]) == (2, 3)


def test_all_problems_of_all_rows_are_told_at_once(bookit: Run, home: Path) -> None:
    text = f"{HEAD},Emial\nk1,Ada,L,nobody,many,Denver,x,\nk1,Bea,M,bea@engines.example,1,,,\nk3,Cea,N,cea,few,,,\n"
    ran = check(bookit, home, text)
    assert [one["row"] for one in ran.json["problems"]] == [1, 1, 1, 1, 1, 2, 3, 3]
    assert ran.json["problems"][0]["problem"] == "there is no column 'Emial' here"
    printed = bookit("bulk", "check", "rows.csv", "--node", NODE)
    assert (printed.status, len(printed.out.splitlines())) == (2, 8)
    assert "3 rows, 8 problems." in printed.err
    assert bookit("bulk", "check", "rows.csv", "--node", NODE, "--plain").out.splitlines()[0].count("\t") == 1


def test_a_document_holds_so_many_problems_at_most_and_counts_all(
    bookit: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_MOST_TOLD", 2)
    found = check(bookit, home, f"{HEAD}\nk1,Ada,L,nobody,many,Denver,x\n").json
    assert (found["count"], len(found["problems"])) == (4, 2)


def test_rows_without_a_key_are_doubles_when_all_of_them_is_the_same(bookit: Run, home: Path) -> None:
    row = "Ada;Lovelace;ada@engines.example\n"
    ran = check(bookit, home, f"{LINK_HEAD}\n{row}Bea;L;b@engines.example\n{row}", "--link", "Em30rva")
    assert [one["problem"] for one in ran.json["problems"]] == ["it is the same booking as row 1"]


def test_rows_of_a_link_are_held_against_its_form(bookit: Run, home: Path) -> None:
    ran = check(bookit, home, f"{LINK_HEAD}\n;Lovelace;nobody\n", "--link", "Em30rva")
    assert ran.status == 2
    assert "--answer 'First Name' is required and missing" in str(ran.json)


def test_stdin_is_read_for_a_hyphen(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"\ufeff{HEAD}\n{GOOD}\n"))
    assert bookit("bulk", "check", "-", "--node", NODE, "--json").json["rows"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file has no head"),
        ("a,a\n1,2\n", "the file has the column 'a' twice"),
        ("\xff", ""),
    ],
    ids=["empty", "twice", "nothing but a name"],
)
def test_a_file_without_a_head_is_said(bookit: Run, home: Path, text: str, message: str) -> None:
    assert message in str(check(bookit, home, text).json)


def test_what_is_no_file_is_said(bookit: Run, home: Path) -> None:
    (home / "x.csv").write_bytes(b"key\n\xff\n")
    assert "x.csv must be UTF-8 text" in bookit("bulk", "check", "x.csv", "--node", NODE).err
    assert "nope.csv: No such file" in bookit("bulk", "check", "nope.csv", "--node", NODE).err
    assert "give exactly one of --node and --link" in bookit("bulk", "check", "x.csv").err
    (home / "x.jsonl").write_text('{"Email": "ada@engines.example"}\n[1]\n{\n', encoding="utf-8")
    ran = bookit("bulk", "check", "x.jsonl", "--node", NODE, "--json")
    assert [(one["row"], one["problem"]) for one in ran.json["problems"]][:1] == [(2, "this must be a JSON object")]


def test_a_link_without_slots_cannot_be_held_against(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> NoAvailability:
        return NoAvailability()

    monkeypatch.setattr("bookit_async.client.BookIt.availability", nothing)
    assert bookit("bulk", "check", "x.csv", "--link", "Em30rva").status == 3


def test_many_rows_need_no_more_memory_than_a_few(home: Path) -> None:
    line = f"{{}}@engines.example;{'x' * 200}\n"
    with (home / "many.csv").open("w", encoding="utf-8") as file:
        file.write("Email;Note\n")
        file.writelines(line.format(number) for number in range(3_000))
    inputs = TriggerInputs(name="n", inputs=(TriggerInput(name="Email", type="STRING"),))
    wants = Wants(inputs=inputs, form=(), zone="UTC")
    tracemalloc.start()
    with (home / "many.csv").open(encoding="utf-8") as file:
        count = sum(len(row.mark) == 32 and not [*wants.problems(row)] for row in read_rows(file))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, most < 1_000_000) == (3_000, True)
