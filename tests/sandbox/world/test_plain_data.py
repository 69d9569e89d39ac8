"""Worlds as plain data and YAML, and what is said about each mistake in them."""

from pathlib import Path

import pytest
import yaml
from attrs import evolve

from bookit_async.sandbox import World, WorldError, demo_world, load_world

from ..worlds import small_world

SMALL = """
hosts:
  - user_id: ada
    first_name: Ada
    last_name: Osei
    email: ada@team.example
    timezone: Europe/Berlin
    hours: {mon: "09:00-17:00"}
    vacations: [{first: 2026-12-24, last: 2026-12-31}]
    busy: [{start: 2026-05-04T10:00+02:00, end: 2026-05-04T11:00+02:00}]
meeting_types: [{name: Call, minutes: 15}]
pools: [{pool_id: p, name: Pool, members: [{user_id: ada}, {user_id: ada, weight: 2}]}]
nodes:
  - name: Form
    inputs: [{name: Size, type: DOUBLE}, {name: Mail}]
    rules:
      - when: [{input: Size, test: at_least, value: 5.5}, {input: Mail, test: ends_with, value: [a, b]}]
        then: {meeting_type: Call, pool: p}
      - then: {url: "https://team.example"}
      - then: end of flow
links: [{link_id: l, schedule: {meeting_type: Call, host: ada}}]
"""


@pytest.mark.parametrize(
    "world", [demo_world(), small_world(), evolve(small_world(), tolerant=True, list_shape="wrapped")]
)
def test_a_world_goes_to_yaml_and_back(world: World, tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    written = yaml.safe_dump(world.to_dict(), allow_unicode=True, sort_keys=False)  # pyright: ignore[reportUnknownMemberType]
    path.write_text(written, encoding="utf-8")
    assert load_world(path) == world
    assert World.from_dict(world.to_dict()) == world


def test_what_is_at_its_default_is_left_out() -> None:
    world = World.from_dict({"hosts": [], "meeting_types": [{"name": "Call", "minutes": 30}]})
    assert world.to_dict() == {"hosts": [], "meeting_types": [{"name": "Call"}]}


def test_dates_in_yaml_need_no_quotes(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(SMALL)
    host = load_world(tmp_path / "world.yaml").hosts[0]
    assert host.vacations[0].first == "2026-12-24"
    assert host.busy[0].start == "2026-05-04T10:00+02:00"


OUTCOME = "must be a meeting_type with a host or a pool, or a url, or 'end of flow'"


@pytest.mark.parametrize(
    ("text", "instead", "mistake"),
    [
        ("links:", "link:", "link is not known: did you mean links?"),
        ("meeting_types: [{name: Call, minutes: 15}]", "", "meeting_types is missing"),
        ("links: [", "links: #[", "links must be a list of a mapping"),
        ("links: [", "links: [ada, ", "links[0] must be a mapping"),
        ("    email: ada@team.example\n", "", "hosts[0].email is missing"),
        ('{mon: "09:00-17:00"}', "9 to 5", "hosts[0].hours must be a mapping"),
        ('{mon: "09:00-17:00"}', "{mon: 9}", "hosts[0].hours.mon must be text"),
        ("{mon:", "{1:", "hosts[0].hours, key 1, must be text"),
        ("    hours", "    ready: maybe\n    hours", "hosts[0].ready must be true or false"),
        ("minutes: 15", "minutes: yes", "meeting_types[0].minutes must be a whole number"),
        ("minutes: 15", "minutes: 1.5", "meeting_types[0].minutes must be a whole number"),
        ("minutes: 15", "date_range: []", "meeting_types[0].date_range must be a mapping or nothing"),
        ("minutes: 15", "date_range: {start: a, end: b}", "meeting_types[0].date_range.timezone is missing"),
        ("weight: 2", "weight: two", "pools[0].members[1].weight must be a whole number"),
        ("weight: 2", "5: 0", "pools[0].members[1].5 is not known (use user_id, weight)"),
        (
            "type: DOUBLE",
            "type: TEXT",
            "nodes[0].inputs[0].type must be 'STRING' or 'PHONE' or 'DOUBLE' or 'BOOLEAN'",
        ),
        (
            "value: 5.5",
            "value: {}",
            "nodes[0].rules[0].when[0].value must be text or a number or true or false or a list of text or nothing",
        ),
        ("[a, b]", "[a, 1]", "nodes[0].rules[0].when[1].value[1] must be text"),
        ("{meeting_type: Call, pool: p}", "{}", f"nodes[0].rules[0].then {OUTCOME}"),
        ("end of flow", "stop", f"nodes[0].rules[2].then {OUTCOME}"),
        ('"https://team.example"', "1", "nodes[0].rules[1].then.url must be text"),
        ("{meeting_type: Call, pool", "{pool", "nodes[0].rules[0].then.meeting_type is missing"),
        ("links:", "meeting_shape: round\nlinks:", "meeting_shape must be 'nested' or 'flat'"),
    ],
)
def test_each_mistake_is_told_with_its_path(text: str, instead: str, mistake: str, tmp_path: Path) -> None:
    assert SMALL.count(text) == 1
    (tmp_path / "world.yaml").write_text(SMALL.replace(text, instead))
    with pytest.raises(WorldError) as caught:
        load_world(tmp_path / "world.yaml")
    assert caught.value.mistakes == [mistake]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(WorldError) as caught:
        World.from_dict({"hosts": [{"user_id": 1, "nam": "x"}], "sight": ""})
    assert [mistake.split(" (")[0] for mistake in caught.value.mistakes] == [
        "sight is not known: did you mean site?",
        "meeting_types is missing",
        "hosts[0].nam is not known",
        "hosts[0].first_name is missing",
        "hosts[0].last_name is missing",
        "hosts[0].email is missing",
        "hosts[0].timezone is missing",
        "hosts[0].user_id must be text",
    ]


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"hosts: [", "world.yaml is not YAML: while parsing a flow node"),
        (b"hosts: []\nhosts: []", "world.yaml is not YAML: 'hosts' is there twice in "),
        (b"\xff\xff", "world.yaml is not YAML: "),
        (b"[" * 900, "world.yaml is not YAML: "),
        (b"a: &a {b: 1}\nhosts: !!python/object:os.system {}", "world.yaml is not YAML: could not determine"),
        (b"", "the world must be a mapping"),
        (b"- 5", "the world must be a mapping"),
        (None, "world.yaml cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_world_is_told(tmp_path: Path, content: bytes | None, mistake: str) -> None:
    path = tmp_path / "world.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorldError) as caught:
        load_world(path)
    assert mistake in str(caught.value)


def test_a_merged_mapping_may_be_overruled(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(
        "hosts: []\nmeeting_types: [&call {name: Call, minutes: 15}, {<<: *call, name: Long Call}]"
    )
    assert [kind.minutes for kind in load_world(tmp_path / "world.yaml").meeting_types] == [15, 15]
