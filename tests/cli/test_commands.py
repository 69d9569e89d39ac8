"""What each command does, prints and comes to, against a sandbox over TCP."""

import io
import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from bookit_async import NoAvailability, earliest
from bookit_async.cli.commands.meetings import none_open
from bookit_async.cli.commands.route import said_of
from bookit_async.cli.commands.slots import show_offer
from bookit_async.cli.options import Options
from bookit_async.cli.output import Output, printable
from bookit_async.cli.session import Session
from bookit_async.cli.words import as_flag
from bookit_async.cli.zones import spoken

from ..conftest import ADA, NODE
from .conftest import ANSWERS, KEY, Run, Served

LINK = "Em30rva"
SETTINGS = [part for name, value in ADA.items() for part in ("--set", f"{name}={value}")]


def booked(bookit: Run, address: str, *more: str) -> str:
    """Book a meeting of a link, and return its id."""
    ran = bookit("book", "--link", LINK, "--earliest", "--yes", *ANSWERS, f"Email={address}", "--json", *more)
    assert ran.status == 0, ran
    return str(ran.json["meeting_id"])


def test_inputs(bookit: Run) -> None:
    assert bookit("inputs", NODE).out.startswith("Company           STRING\nNumEmployees      DOUBLE\n")
    assert bookit("inputs", NODE, "--plain").out.startswith("Company\tSTRING\n")
    assert {"name": "Email", "type": "STRING"} in bookit("inputs", NODE, "--json").json["inputs"]
    missing = bookit("inputs", "nope", "--json")
    assert (missing.status, missing.json["error"]["type"]) == (5, "TriggerNodeNotFoundError")


def test_slots_are_a_grid_of_the_zone_that_was_asked_for(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = bookit("slots", "--link", LINK, "--zone", "America/Los_Angeles")
    head, days, first, *_ = wide.out.splitlines()
    assert (wide.status, wide.err) == (0, "")
    assert head == "Enterprise Discovery, 60 minutes, times in America/Los_Angeles"
    assert len(days.split()) >= 5 * 3
    assert max(map(len, wide.out.splitlines())) <= 80
    assert len(first.split()) == 1 + len(days.split()) // 3
    monkeypatch.setenv("COLUMNS", "50")
    narrow = bookit("slots", "--link", LINK)
    assert narrow.out.splitlines()[0].endswith("times in America/Denver")
    assert max(map(len, narrow.out.splitlines()[1:])) <= 50
    assert "\n\n" in narrow.out


def test_slots_as_json_and_as_plain_lines_tell_both_clocks(bookit: Run) -> None:
    document = bookit("--json", "slots", "--link", LINK, "--zone", "Asia/Kolkata").json
    first = document["slots"][0]
    assert first["start"].endswith("+05:30")
    assert first["start_utc"].endswith("Z")
    assert datetime.fromisoformat(first["start"]) == datetime.fromisoformat(first["start_utc"])
    plain = bookit("slots", "--link", LINK, "--plain", "--zone=Asia/Kolkata").out.splitlines()[0].split("\t")
    assert plain == [first["start"], first["end"], *first["host_ids"]]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["slots"], 2, "give exactly one of --link and --meeting"),
        (["slots", "--link", "a", "--meeting", "b"], 2, "give exactly one of --link and --meeting"),
        (["slots", "--lonk", "a"], 2, "Unknown option: --lonk. Did you mean --link?"),
        (["slots", "--link", "nope"], 5, "no such BookIt Link"),
        (["slots", "--link", "Many8Tx"], 5, "cannot be booked through the API"),
        (["slots", "--link", LINK, "--zone", "Denver"], 2, "did you mean 'America/Denver'?"),
        (["slots", "--link", LINK, "--deadline", "soon"], 2, "--deadline must be a number of seconds"),
        (["slots", "--link", LINK, "--deadline", "-1"], 2, "--deadline must be a positive number of seconds"),
        (["slots", "--link", LINK, "--zone"], 2, "--zone needs a value"),
        (["slot"], 2, "there is no command 'slot': did you mean 'slots'?"),
        (["meetings", "shw"], 2, "there is no command 'meetings shw': did you mean 'meetings show'?"),
        (["meetings", "show", "nope"], 5, "no such meeting"),
        (["meetings", "list", "no address"], 2, "EMAIL"),
        (["meetings", "list", "a@b.example", "--since", "soon"], 2, "--since: 'soon' must be a time"),
        (["route", NODE], 2, "no prospect"),
        (["route", NODE, "--set", "Email"], 2, "--set must be given as Name=Value"),
        (["route", NODE, "--set", "Email=a", "--set", "Email=b"], 2, "--set 'Email' is given more than once"),
        (["route", NODE, "--set", "email=ada@engines.example"], 2, "input 'email' is not an input of this"),
        (["route", NODE, "--prospect", "nope.json"], 2, "nope.json: No such file or directory"),
        (["book"], 2, "give exactly one of NODE and --link"),
        (["book", NODE, "--link", LINK], 2, "give exactly one of NODE and --link"),
        (["book", "--link", LINK, "--set", "a=b"], 2, "a link asks for no prospect"),
        (["book", "--link", LINK, "--earliest"], 2, "there is no terminal to ask on"),
        (["book", "--link", LINK, "--yes"], 2, "which time is wanted?"),
        (["book", "--link", LINK, "--yes", "--at", "9am", "--earliest"], 2, "give --at, or --earliest and --between"),
        (["book", "--link", LINK, "--yes", "--between", "9"], 2, "--between '9' must be a span of a day"),
        (["book", "--link", LINK, "--yes", "--at", "whenever"], 2, "--at: 'whenever' must be a time"),
        (["book", "--link", LINK, "--yes", "--earliest", "--id", "\n"], 2, "--id must be 1 to 200 printable"),
        (["book", "--link", LINK, "--yes", "--earliest", "--guest", "nobody"], 2, "--guest"),
        (["book", "--link", LINK, "--yes", "--earliest"], 2, "--answer 'Email' is required and missing"),
        (["meetings", "move", "x", "--yes"], 2, "give exactly one of --at and --earliest"),
        (["meetings", "cancel", "x", "--yes"], 5, "no such meeting"),
        (["profile", "use", "nope"], 2, "there is no profile 'nope'"),
        (["--profile", "nope", "slots", "--link", LINK], 2, "there is no profile 'nope'"),
        (["help", "nope"], 2, "there is no help on 'nope'"),
        (["completion", "tcsh"], 2, "tcsh"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_with_its_status(
    bookit: Run, arguments: list[str], status: int, message: str
) -> None:
    ran = bookit(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert message in ran.err
    as_json = bookit("--json", *arguments)
    assert as_json.status == as_json.json["error"]["exit"] == status
    assert message in as_json.json["error"]["message"]


def test_a_file_that_is_no_prospect_is_said(bookit: Run, home: Path) -> None:
    (home / "p.json").write_text('{\n"a"', encoding="utf-8")
    assert "p.json must be JSON: see line 2" in bookit("route", NODE, "--prospect", "p.json").err
    (home / "p.json").write_text("[]", encoding="utf-8")
    assert "p.json must be a JSON object" in bookit("route", NODE, "--prospect", "p.json").err
    (home / "p.json").write_bytes(b"\xff")
    assert "p.json must be UTF-8 text" in bookit("route", NODE, "--prospect", "p.json").err


def test_route_says_that_it_is_a_submission_and_shows_what_is_offered(bookit: Run) -> None:
    ran = bookit("route", NODE, *SETTINGS)
    assert ran.status == 0
    assert "To sandbox 127.0.0.1" in ran.err
    assert "Submitted. BookIt Log ID " in ran.err
    assert "times in America/Denver" in ran.out
    document = bookit("route", NODE, *SETTINGS, "--json").json
    assert (document["outcome"], len(document["slots"]) > 5) == ("Offer", True)
    assert bookit("route", NODE, *SETTINGS, "--plain").out.count("\t") > 10


def test_route_to_another_page_or_nowhere_has_no_meeting(bookit: Run, served: Served) -> None:
    small = [*SETTINGS[:3], "NumEmployees=8", *SETTINGS[4:]]
    ran = bookit("route", NODE, *small)
    assert (ran.status, ran.out) == (3, "Redirected: send the prospect to https://www.northwind.example/self-service\n")
    assert bookit("route", NODE, *small, "--json").json["url"].startswith("https://")
    private = [*SETTINGS[:-1], "Email=ada@gmail.com"]
    assert bookit("route", NODE, *private).out.startswith("Not routed")
    assert bookit("route", NODE, *private, "--plain").out.startswith("NotRouted\t")
    assert bookit("book", NODE, *small, "--earliest", "--yes").status == 3


def test_a_prospect_comes_from_a_file_and_from_stdin_only_when_asked(
    bookit: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "ada.json").write_text(json.dumps(ADA), encoding="utf-8-sig")
    assert bookit("route", NODE, "--prospect", "ada.json").status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(ADA)))
    assert bookit("route", NODE, "--prospect", "-", "--set", "PhoneNumber=").status == 0


def test_book_through_a_link_then_show_move_and_cancel(bookit: Run) -> None:
    address = "life@cli.example"
    ran = bookit(
        "book", "--link", LINK, "--earliest", "--yes", *ANSWERS, f"Email={address}", "--guest", "g@cli.example"
    )
    assert ran.status == 0
    assert "To sandbox 127.0.0.1" in ran.err
    assert "America/Denver, the prospect's clock" in ran.err
    assert "America/Los_Angeles, the host's clock; host Eva Lind" in ran.err
    assert ran.out.startswith("Booked ")
    (meeting,) = bookit("meetings", "list", address, "--json").json["meetings"]
    listed = bookit("meetings", "list", address)
    assert meeting["id"] in listed.out
    assert bookit("meetings", "list", address, "--plain").out.startswith(meeting["id"])
    later = bookit("slots", "--meeting", meeting["id"], "--json").json["slots"][7]["start"]
    seen = bookit("meetings", "move", meeting["id"], "--at", later, "--dry-run")
    assert "Nothing was moved." in seen.err
    assert bookit("meetings", "show", meeting["id"], "--json").json["start"] == meeting["start"]
    moved = bookit("meetings", "move", meeting["id"], "--at", later, "--yes", "--json")
    assert (moved.json["status"], moved.json["start"]) == ("rescheduled", later)
    assert "Moves from" in moved.err
    taken = bookit("meetings", "move", meeting["id"], "--at", "2 Feb 2019 3:00", "--yes")
    assert taken.status == 3
    assert "  Open: " in taken.err
    shown = bookit("meetings", "cancel", meeting["id"], "--dry-run", "--json")
    assert shown.json["canceled"] is False
    gone = bookit("meetings", "cancel", meeting["id"], "--yes", "--quiet")
    assert "canceled" in gone.out
    assert gone.err == ""
    assert bookit("meetings", "cancel", meeting["id"], "--yes").status == 0
    assert "\tcanceled\n" in bookit("meetings", "show", meeting["id"], "--plain").out
    assert "No meeting." in bookit("meetings", "list", "nobody@cli.example", "--until", "1 Jan 2060").err


def test_book_by_a_trigger_node_and_once_for_each_id(bookit: Run, served: Served) -> None:
    settings = [*SETTINGS[:-1], "Email=once@cli.example"]
    command = ["book", NODE, *settings, "--between", "0:00-23:59", "--id", "lead-1", "--yes"]
    first = bookit(*command, "--json")
    assert first.json["id"] == "lead-1"
    assert first.json["uid"]
    posts = len(served.sandbox.requests)
    again = bookit(*command, "--json")
    assert again.json == first.json
    assert "Booked already, under this id." in again.err
    assert posts == len(served.sandbox.requests)
    assert "BookIt Log ID" in bookit(*command).out
    other = bookit(*command, "--guest", "g@cli.example")
    assert other.status == 2
    assert "--id 'lead-1' was used for another booking" in other.err


def test_a_time_that_is_not_open_is_not_booked(bookit: Run) -> None:
    ran = bookit("book", "--link", LINK, "--at", "2 Feb 2019 3:00", "--yes", *ANSWERS, "Email=late@cli.example")
    assert ran.status == 3
    assert "no slot is open then" in ran.err
    assert "Open: " in ran.err


def test_a_dry_run_books_and_routes_nothing(bookit: Run, served: Served) -> None:
    before = len(served.sandbox.meetings)
    answers = [*ANSWERS, "Email=dry@cli.example"]
    ran = bookit("book", "--link", LINK, "--earliest", "--dry-run", *answers)
    assert (ran.status, ran.out.splitlines()[0]) == (0, "Would book:")
    assert bookit("book", "--link", LINK, "--dry-run", *answers, "--json").json["slot"].endswith("Z")
    assert bookit("book", "--link", LINK, "--dry-run").status == 2
    assert bookit("book", "--link", LINK, "--dry-run", *answers, "--at", "2 Feb 2019").status == 3
    routed = bookit("book", NODE, "--set", "Email=dry@cli.example", "--dry-run", "--json")
    assert "Company" in routed.json["missing"]
    assert bookit("book", NODE, *SETTINGS, "--set", "ld_bookit_log_id=x", "--dry-run").out.count("\n") == 1
    assert bookit("book", NODE, "--set", "NumEmployees=many", "--dry-run").status == 2
    assert len(served.sandbox.meetings) == before
    paths = {one.path for one in served.sandbox.requests if b"dry@cli" in one.body}
    assert paths == set()


def test_a_calendar_file_of_a_meeting_is_as_calendars_read_it(bookit: Run, home: Path) -> None:
    meeting_id = booked(bookit, "ics@cli.example")
    meeting = bookit("meetings", "show", meeting_id, "--json").json
    for arguments, zone in (([], None), (["--zone", "America/Denver"], "America/Denver")):
        ran = bookit("meetings", "ics", meeting_id, "-o", "m.ics", *arguments)
        assert "Wrote m.ics" in ran.err
        data = (home / "m.ics").read_bytes()
        assert data.count(b"\n") == data.count(b"\r\n")
        calendar: Any = icalendar.Calendar.from_ical(data)
        (event,) = calendar.walk("VEVENT")
        assert event.decoded("DTSTART").astimezone(UTC) == datetime.fromisoformat(meeting["start_utc"])
        assert (b"VTIMEZONE" in data) == (zone is not None)
    assert bookit("meetings", "ics", meeting_id).out.startswith("BEGIN:VCALENDAR\n")
    assert bookit("meetings", "ics", meeting_id, "--json").json["ics"].startswith("BEGIN:VCALENDAR\r\n")


def test_help_of_the_whole_of_a_group_and_of_every_command(bookit: Run) -> None:
    from bookit_async.cli.tree import COMMANDS, GROUPS

    assert bookit("--help").out == bookit("help").out == bookit("-h").out
    assert max(map(len, bookit("--help").out.splitlines())) <= 84
    nothing = bookit()
    assert (nothing.status, nothing.out, nothing.err) == (2, "", bookit("--help").out)
    for name in COMMANDS:
        assert bookit(*name.split(), "--help").out == bookit("help", *name.split()).out
    for name in GROUPS:
        assert bookit(name, "--help").out == bookit("help", name).out == bookit(name).err
    assert bookit("--json").json["error"]["message"] == "no command"
    assert bookit("--version").out.startswith("bookit 0.")
    assert bookit("--version", "--json").json["version"]
    assert "book" in bookit("--help", "--json").out


def test_capabilities_tell_the_tree_the_statuses_and_the_environment(bookit: Run) -> None:
    document = bookit("capabilities", "--json").json
    (book,) = [one for one in document["commands"] if one["name"] == "book"]
    assert book["reads_only"] is False
    assert {
        key: value
        for one in book["takes"]
        if one["names"] == ["--guest"]
        for key, value in one.items()
        if key in ("names", "several")
    } == {"names": ["--guest"], "several": True}
    assert {one["status"] for one in document["exit_statuses"]} >= {0, 7, 130}
    assert "BOOKIT_SECRETS" in {one["name"] for one in document["environment"]}
    assert "bookit slots [--link LINK] [--meeting MEETING]\n" in bookit("capabilities").out


def test_completion_files_are_printed(bookit: Run) -> None:
    assert "complete -o default -F _bookit bookit" in bookit("completion", "bash").out
    assert bookit("completion", "zsh").out.startswith("#compdef bookit\n")
    assert bookit("completion", "fish", "--json").json["shell"] == "fish"


def test_profiles_are_kept_without_secrets_and_for_nobody_else(run: Run, served: Served, home: Path) -> None:
    (home / "key").write_text(f"{KEY}\n", encoding="utf-8")
    assert "No profile." in run("profile", "list").err
    add = ["profile", "add", "work", "--base-url", served.url, "--api-key-file", str(home / "key")]
    assert run(*add, "--default-zone", "Asia/Tokyo").status == 0
    assert run("profile", "add", "other", "--api-key-command", "cat key").out.count("\n") == 2
    (path,) = home.glob("config/*/profiles.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KEY not in path.read_text(encoding="utf-8")
    assert "Asia/Tokyo" in run("slots", "--link", LINK).out
    assert "Europe/Paris" in run("slots", "--link", LINK, "--zone", "Europe/Paris").out
    used = run("profile", "use", "other", "--json").json["profiles"]
    assert [(one["name"], one["in_use"]) for one in used] == [("work", False), ("other", True)]
    assert "(profile work)" in run("--profile", "work", "book", "--link", LINK, "--dry-run", "--earliest").err
    assert run("--profile", "other", "auth", "status", "--json").json["source"] == "profile other, its api_key_command"
    run("profile", "remove", "other")
    assert run("profile", "list", "--plain").out.startswith("\twork\t")
    assert run("slots", "--link", LINK).status == 4
    assert run("profile", "add", "x", "--default-zone", "Tokyo").status == 2
    assert run("profile", "add", " x").status == 2
    path.write_text("{", encoding="utf-8")
    assert "cannot be read" in run("profile", "list").err
    path.write_text("{}", encoding="utf-8")
    assert "is not as this version writes it" in run("profile", "list").err


def test_which_key_counts_and_why(run: Run, served: Served, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = run("auth", "status")
    assert (none.status, "BOOKIT_API_KEY_FILE" in none.err) == (4, True)
    (home / "key").write_text(KEY, encoding="utf-8")
    run("profile", "add", "work", "--api-key-file", "key", "--base-url", served.url)
    assert run("auth", "status", "--json").json["source"] == "profile work, key"
    monkeypatch.setenv("BOOKIT_API_KEY_FILE", "key")
    assert run("auth", "status", "--json").json["source"] == "BOOKIT_API_KEY_FILE, key"
    monkeypatch.setenv("BOOKIT_API_KEY", f"{KEY}-wrong")
    status = run("auth", "status", "--json").json
    assert (status["source"], status["others"]) == ("BOOKIT_API_KEY", ["BOOKIT_API_KEY_FILE, key", "profile work, key"])
    assert (status["base_url"], status["base_url_from"]) == (served.url, "profile work")
    refused = run("auth", "status", "--check")
    assert refused.status == 4
    assert "accepted     no" in refused.out
    named = run("auth", "status", "--check", "--json", "--profile", "work")
    assert (named.json["source"], named.json["accepted"]) == ("profile work, key", True)
    monkeypatch.setenv("BOOKIT_PROFILE", "work")
    assert run("auth", "status", "--json").json["profile_why"] == "BOOKIT_PROFILE names it"
    monkeypatch.setenv("BOOKIT_BASE_URL", "https://api.leandata.com/")
    assert "address" in run("auth", "status").out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--api-key-file", "nope"], "cannot be read from nope: No such file"),
        (["--api-key-file", "empty"], "there is no API key in empty"),
        (["--api-key-file", "bytes"], "cannot be read from bytes: it is no text"),
        (["--api-key-command", "nope-command"], "api_key_command could not be run: FileNotFoundError"),
        (["--api-key-command", "false"], "api_key_command gave no key, and exit status 1"),
    ],
    ids=str,
)
def test_a_key_that_cannot_be_had_is_said(run: Run, home: Path, given: list[str], message: str) -> None:
    (home / "empty").write_text("\n", encoding="utf-8")
    (home / "bytes").write_bytes(b"\xff\xfe")
    run("profile", "add", "work", *given)
    ran = run("slots", "--link", LINK)
    assert ran.status == 4
    assert message in ran.err


def test_the_sealing_key_is_made_once_named_and_missed(
    bookit: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bookit("settle")
    (path,) = home.glob("config/*/sealing.key")
    assert (stat.S_IMODE(path.stat().st_mode), f"Made {path}" in first.err) == (0o600, True)
    assert "Made" not in bookit("settle").err
    key = path.read_text(encoding="utf-8")
    path.unlink()
    lost = bookit("settle", "--json")
    assert (lost.status, lost.json["error"]["type"]) == (2, "KeyFileLost")
    assert not path.exists()
    monkeypatch.setenv("BOOKIT_SECRETS", "another-one-that-nobody-guesses-4711")
    assert bookit("settle", "--json").json["error"]["type"] == "KeyFileLost"
    monkeypatch.setenv("BOOKIT_SECRETS", f"another-one-that-nobody-guesses-4711,{key.strip()}")
    assert bookit("settle").status == 0
    monkeypatch.setenv("BOOKIT_SECRETS", "short")
    assert "BOOKIT_SECRETS must be" in bookit("settle").err


def test_where_nothing_is_open_this_is_said(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    session = Session(Options(zone="UTC"), Output(as_json=True))
    assert show_offer(session, NoAvailability()) == 3
    out, err = capsys.readouterr()
    assert (json.loads(out)["slots"], err) == ([], "No slot is open.\n")
    assert said_of(NoAvailability()) == ["No slot is open."]
    assert spoken(None, "UTC") == "at a time that is not told"
    assert none_open(NoAvailability(), earliest(), session).advice == ""


@pytest.mark.parametrize(("word", "means"), [(" Yes", True), ("0", False), ("maybe", "maybe"), (7, 7), (None, None)])
def test_words_for_yes_and_no(word: object, means: object) -> None:
    assert as_flag(word) == means


def test_a_record_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output().record({"a": "é"})
    assert capsys.readouterr().out == '{"a": "é"}\n'


def test_a_title_cannot_command_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert printable("a\x1b[2Jb\n") == "a [2Jb "
    Output(plain=True).show({}, text=[], rows=[["a\tb", None]])
    assert capsys.readouterr().out == "a b\t\n"


def test_the_zone_of_the_machine_is_utc_when_it_does_not_tell(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "nowhere")
    assert "times in UTC" in bookit("slots", "--link", LINK).out
    monkeypatch.setenv("BOOKIT_ZONE", "Asia/Tokyo")
    assert "times in Asia/Tokyo" in bookit("slots", "--link", LINK).out
