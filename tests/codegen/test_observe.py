"""`observe`: from reports of the doctor to an overlay, from which `generate` works."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookit_async.doctor.facts import FACTS
from codegen import observed, pipeline
from codegen.__main__ import main
from codegen.documents import UnusableInputError
from codegen.pipeline import Project

from ..doctor.scene import diagnosed

ROOT = Path(__file__).parents[2]
PARTS = ("openapi", "overlays", "generator-templates")
HELD = {"verdict": "held", "seen": "", "looks": 2}


@pytest.fixture
def ours(tmp_path: Path) -> Project:
    """The real document and what makes the client of it, without what was seen of the service."""
    project = Project(tmp_path / "project")
    for part in PARTS:
        shutil.copytree(ROOT / part, project.root / part)
    project.observed.unlink(missing_ok=True)
    return project


def difference(**given: str) -> dict[str, Any]:
    usual = {"operation": "fetchAvailability", "schema": "PageInfo", "field": "mood", "kind": "new field"}
    return {**usual, "path": "$.pageInfo", "found": "string", "times": 3, **given}


def report(path: Path, *differences: Mapping[str, Any], facts: Mapping[str, Any] | None = None, **changed: Any) -> str:
    told = {"https": HELD} if facts is None else facts
    given = {"format": 1, "version": "0.1.0", "date": "2026-05-04", "facts": told, "differences": [*differences]}
    path.write_text(json.dumps({**given, **changed}))
    return str(path)


def actions(project: Project) -> list[Any]:
    return yaml.safe_load(project.observed.read_text())["actions"]  # type: ignore[no-any-return]


def refused(project: Project, capsys: pytest.CaptureFixture[str], *paths: str) -> str:
    before = project.observed.read_bytes() if project.observed.exists() else None
    assert main(["observe", *paths], project=project) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert (project.observed.read_bytes() if project.observed.exists() else None) == before
    return err.removeprefix("error: ").removesuffix("\n")


async def test_what_the_doctor_saw_of_an_odd_service_is_generated(ours: Project, tmp_path: Path) -> None:
    names: list[Path] = []
    for number, quirks in enumerate(({"new_fields": True, "new_input_type": True}, {"new_fields": True})):
        (tmp_path / str(number)).mkdir()
        found = await diagnosed(tmp_path / str(number), quirks)
        names.append(tmp_path / f"{number}.json")
        names[-1].write_text(found.to_json())
    odd, less = map(str, names)
    assert main(["observe", odd], project=ours) == 0
    assert main(["generate"], project=ours) == 0
    told = json.loads(names[0].read_text())
    models = "".join(path.read_text() for path in (ours.generated / "models").rglob("*.py"))
    fields = {(one["schema"], one["field"]) for one in told["differences"] if one["kind"] == "new field"}
    words = {one["found"] for one in told["differences"] if one["kind"] == "new value"}
    assert fields
    assert words
    document = yaml.safe_load(ours.enriched.read_text())
    for schema, field in fields:
        seen = document["components"]["schemas"][schema]["properties"][field]
        assert (seen["nullable"], seen["x-seen"]) == (True, {"reports": 1, "on": told["date"]})
        assert f'"{field}"' in models
    kinds = document["components"]["schemas"]["TriggerInput"]["properties"]["type"]
    assert kinds["enum"] == ["STRING", "PHONE", "DOUBLE", "BOOLEAN", *sorted(words)]
    assert all(f'"{word}"' in models for word in words)
    assert document["servers"][0].get("x-seen") or told["facts"]["https"]["verdict"] != "held"
    held = sum(one["verdict"] == "held" for one in told["facts"].values())
    assert sum(action["description"].startswith("Held in 1 report, ") for action in actions(ours)) == held
    # the other one held a fact that this one broke
    assert "input-types is broken and held" in refusal(ours, odd, less)


def refusal(project: Project, *paths: str) -> str:
    with pytest.raises(UnusableInputError) as caught:
        observed.observe(project, [Path(one) for one in paths])
    return str(caught.value)


def test_every_fact_can_be_held_and_every_one_broken(ours: Project, tmp_path: Path) -> None:
    for verdict, key in (("held", "x-seen"), ("broken", "x-broken")):
        facts = {one.id: {"verdict": verdict, "seen": "something else", "looks": 1} for one in FACTS}
        assert main(["observe", report(tmp_path / "one.json", facts=facts)], project=ours) == 0
        found = actions(ours)
        assert [next(iter(one["update"][key])) for one in found] == [one.id for one in FACTS]
        assert [one["target"] for one in found] == [one.place for one in FACTS]
    assert found[0]["update"] == {
        "x-broken": {"https": {"reports": 1, "on": "2026-05-04", "seen": ["something else"]}},
    }


def test_reports_are_counted_together_and_the_last_day_is_told(
    ours: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"https": HELD, "media-type": {"verdict": "broken", "seen": "none", "looks": 1}}
    one = report(
        tmp_path / "one.json",
        difference(),
        difference(operation="legacyRetrieveInfo"),
        difference(field="since", found="integer"),
        difference(field="parts", found="array"),
        difference(field="more", found="object"),
        difference(field="odd", found="object"),
        difference(field="odd"),
        difference(field="none", found="null"),
        facts=broken,
    )
    two = report(
        tmp_path / "two.json",
        difference(found="null"),
        difference(field="since", found="number"),
        difference(field="odd", found="object"),
        facts={**broken, "clock": {"verdict": "not seen", "seen": "no Date", "looks": 0}},
        date="2026-05-06",
    )
    again = tmp_path / "again.json"
    shutil.copy(two, again)
    assert main(["observe", one, two, str(again)], project=ours) == 0
    assert "reports: 2. Now run `make generate`." in capsys.readouterr().out
    first = ours.observed.read_bytes()
    told = {key: one for action in actions(ours) for key, one in action["update"].get("properties", {}).items()}
    both, alone = ({"reports": number, "on": f"2026-05-0{day}"} for number, day in ((2, 6), (1, 4)))
    words = "Seen in 2 reports, last on 2026-05-06; not promised."
    assert told["mood"] == {"type": "string", "nullable": True, "description": words, "x-seen": both}
    assert (told["since"]["type"], told["since"]["x-seen"]) == ("number", both)
    assert (told["parts"]["type"], told["parts"]["items"], told["parts"]["x-seen"]) == ("array", {}, alone)
    assert (told["more"]["type"], told["more"]["additionalProperties"]) == ("object", True)
    assert "type" not in told["odd"]
    assert "type" not in told["none"]
    assert [one["description"] for one in actions(ours)[:2]] == [
        f"Held in 2 reports, last on 2026-05-06: {FACTS[0].claim}",
        f"Broken in 2 reports, last on 2026-05-06: {next(x.claim for x in FACTS if x.id == 'media-type')}",
    ]
    assert len(actions(ours)) == 2 + len(told)
    # it is the same again, in whatever order, and with itself already in the overlays
    assert main(["observe", str(again), one], project=ours) == 0
    assert ours.observed.read_bytes() == first
    pipeline.enrich(ours.spec, ours.overlays())


def test_what_is_otherwise_is_noted_and_changes_nothing_else(ours: Project, tmp_path: Path) -> None:
    path = report(
        tmp_path / "one.json",
        difference(field="hostId", kind="other type", found="object"),
        difference(field="*"),
        difference(schema="TriggerInput", field="type", kind="new value", found="*"),
        difference(schema="TriggerInput", field="type", kind="new value", found="EMAIL"),
        difference(schema="", field="", kind="new status", found="418"),
        difference(schema="", field="", kind="other media type", found="text/html"),
        difference(schema="", field="", operation="cancelMeeting", found="object"),
        # documented since, or gone
        difference(field="userIds", found="array"),
        difference(field="gone", kind="other type"),
        difference(field="gone", kind="new value", found="EMAIL"),
        difference(schema="TriggerInput", field="type", kind="new value", found="PHONE"),
        facts={},
    )
    assert main(["observe", path], project=ours) == 0
    noted = {"reports": 1, "on": "2026-05-04"}
    added = {"properties": {"type": {"enum": ["EMAIL"], "x-seen": {"EMAIL": noted}}}}
    page, kind = "$.components.schemas['PageInfo']", "$.components.schemas['TriggerInput']"
    fetch = "$.paths['/v1/scheduling/fetch-availability'].post"
    assert [(one["target"], one["update"]) for one in actions(ours)] == [
        (page, {"x-otherwise": {"*: new field, string": noted}}),
        (page, {"x-otherwise": {"hostId: other type, object": noted}}),
        (kind, {"x-otherwise": {"type: new value, *": noted}}),
        (kind, added),
        ("$.paths['/v1/meeting/{meetingId}'].delete", {"x-otherwise": {"new field, object": noted}}),
        (fetch, {"x-otherwise": {"new status, 418": noted}}),
        (fetch, {"x-otherwise": {"other media type, text/html": noted}}),
    ]


def test_reports_that_contradict_each_other_are_both_named(
    ours: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"verdict": "broken", "seen": "", "looks": 1}
    summed = {"verdict": "broken", "seen": "", "looks": 1}
    one = report(tmp_path / "one.json", difference(), facts={"https": HELD, "documented-answers": summed})
    two = report(tmp_path / "two.json", difference(found="array"), facts={"https": broken, "documented-answers": HELD})
    both = f"{one} and {two} contradict each other"
    assert refused(ours, capsys, one, two) == (
        f"{both}: https is held and broken; {both}: PageInfo.mood is string and array; nothing was written"
    )
    # who asked less did not see what the other one saw
    two = report(tmp_path / "two.json", facts={"https": HELD, "documented-answers": HELD})
    assert main(["observe", one, two], project=ours) == 0
    assert [next(iter(action["update"])) for action in actions(ours)] == ["x-seen", "x-broken", "properties"]


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(
    ours: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["observe", report(tmp_path / "right.json")], project=ours) == 0
    capsys.readouterr()
    (tmp_path / "text.json").write_text("hello")
    (tmp_path / "other.json").write_text("{}")
    wrong = report(
        tmp_path / "wrong.json",
        difference(operation="x"),
        difference(schema="Nothing"),
        difference(field=""),
        difference(field="Ada's"),
        difference(kind="whatever"),
        difference(found="a@b.example"),
        {"operation": "x"},
        facts={"nobody-knows": HELD, "https": {"verdict": "fine", "seen": ""}, "clock": {"verdict": "held"}},
        date="04.05.2026",
    )
    named = [
        str(tmp_path / "none.json"),
        str(tmp_path / "text.json"),
        str(tmp_path / "other.json"),
        report(tmp_path / "newer.json", format=2),
        report(tmp_path / "lists.json", differences={}),
        wrong,
        report(tmp_path / "number.json", date=20260504),
    ]
    said = refused(ours, capsys, *named).split("; ")
    verdicts = "must have a verdict (held, broken, not asked, not seen), and what was seen, a text"
    assert said == [
        f"{named[0]}: no such file",
        f"{named[1]}: is not usable JSON: line 1, column 1: Expecting value",
        f"{named[2]}: is not a report of the doctor, which has a 'format'",
        f"{named[3]}: is a report of format 2, and this reads format 1",
        f"{named[4]}: must have facts, an object, and differences, a list",
        f"{wrong}: its date must be a day such as 2026-05-04",
        f"{wrong}: has the unknown fact 'nobody-knows'",
        f"{wrong}: the fact https {verdicts}",
        f"{wrong}: the fact clock {verdicts}",
        f"{wrong}: difference 1 is of the unknown operation 'x'",
        f"{wrong}: difference 2 is of the unknown schema 'Nothing'",
        f"{wrong}: difference 3 must name a schema and its field, or neither",
        f'{wrong}: difference 4 has the field "Ada\'s", which is no name',
        f"{wrong}: difference 5 is of the unknown kind 'whatever'",
        f"{wrong}: difference 6 of the kind new field cannot have found 'a@b.example'",
        f"{wrong}: difference 7 must have the texts operation, schema, field, kind, found",
        f"{named[6]}: its date must be a day such as 2026-05-04",
        "nothing was written",
    ]
    many = report(tmp_path / "many.json", *(dict[str, str]() for _ in range(30)))
    assert refused(ours, capsys, many).endswith("; and 10 more; nothing was written")


def test_what_could_not_be_generated_is_refused(
    ours: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = report(tmp_path / "one.json", difference(field="class"), difference(field="class_"))
    assert "cannot be generated: " in refused(ours, capsys, path)
    nothing = report(tmp_path / "two.json", facts={"clock": {"verdict": "not seen", "seen": "", "looks": 0}})
    assert refused(ours, capsys, nothing) == (
        "the reports tell nothing: each fact was not asked, or not seen; nothing was written"
    )


def test_without_names_the_committed_reports_are_taken(ours: Project, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ours.root / "openapi" / "observed"
    for path in folder.glob("*.json"):
        path.unlink()
    assert refused(ours, capsys) == f"{folder}: holds no reports; name some, as `-o` of the doctor writes them"
    report(folder / "2026-05-04-one.json")
    assert main(["observe"], project=ours) == 0
    assert [one["target"] for one in actions(ours)] == ["$.servers[0]"]
