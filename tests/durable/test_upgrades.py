"""What an older version stored goes on in this one: its steps are kept in a file, which the engine's version counts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import evolve

from bookit_async.durable.booking import carry_out, seal_asked
from bookit_async.durable.dbos_engine import VERSION

from ..flaky import Fault
from ..scenes import flaky
from .engine import KilledError, Rehearsal
from .kills import Play, perform
from .postgres import Postgres
from .test_booking import SETTLE, intent_of

STORED = Path(__file__).parent / "stored_by_version_1.json"
"""`python -m tests.durable.test_upgrades` writes it anew, for a new VERSION only."""
MODES = ("token", "pool", "link")


def shape(value: Any) -> Any:
    """Return what a value is made of, without what it holds."""
    if isinstance(value, Mapping):
        return {name: shape(one) for name, one in sorted(cast("Mapping[str, Any]", value).items())}
    if isinstance(value, list):
        items = cast("Any", value)
        return [shape(one) for one in items[:1]]
    return type(value).__name__


async def stored(mode: str) -> dict[str, Any]:
    """Return what is stored of an intent whose first sending is lost for a while."""
    lost: list[Fault] = ["502 before"] * 8
    client, _, _, clock = flaky(*lost, method="POST", settle=SETTLE, deadline=10.0)
    play = Rehearsal(client, clock)
    await play.run(intent_of(mode))
    asked = play.vault.open(seal_asked(play.vault, intent_of(mode)))
    return {"asked": asked, "steps": [[name, play.vault.open(sealed)] for name, sealed in play.stored]}


@pytest.mark.parametrize("mode", MODES)
async def test_the_steps_have_the_shape_that_the_version_stands_for(mode: str) -> None:
    kept = json.loads(STORED.read_text(encoding="utf-8"))
    assert kept["version"] == VERSION
    now = json.loads(json.dumps(await stored(mode)))
    first = dict(reversed(now["steps"]))
    was = dict(reversed(kept[mode]["steps"]))
    assert shape(first) == shape(was), "the shape changed: count VERSION up, and keep the old file"
    assert shape(now["asked"]) == shape(kept[mode]["asked"])


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("mode", MODES)
async def test_what_was_stored_before_an_upgrade_goes_on_after_it(mode: str, steps: int) -> None:
    kept = json.loads(STORED.read_text(encoding="utf-8"))[mode]
    client, sandbox, _, clock = flaky(settle=SETTLE, deadline=10.0)
    play = Rehearsal(client, clock)
    if steps:  # the token of another sandbox is none here: one of this one takes its place
        fresh = Rehearsal(client, clock)
        fresh.kill_stored = {1}
        planned = play.vault.open((await _first(fresh, mode))[1])
        for name, came in kept["steps"][:steps]:
            play.stored.append((name, play.vault.seal(planned if name == "plan" else came)))
    outcome = await play.run(intent_of(mode))
    assert (outcome["type"], len(sandbox.meetings)) == ("Booked", 1)


async def _first(play: Rehearsal, mode: str) -> tuple[str, str]:
    """Return the first step that is stored of an intent."""
    with pytest.raises(KilledError):
        await carry_out(play, seal_asked(play.vault, intent_of(mode)), steps=play.steps, vault=play.vault)
    return play.stored[0]


RELEASES = Play(shared=False, mode="token", intents=6, kills=3, aims=("after the booking",), upgraded=True)
"""The worker of an older release is killed in mid-booking; one of this release goes on; and once more each."""


@pytest.mark.subprocess
async def test_a_newer_process_goes_on_with_what_an_older_one_began(tmp_path: Path) -> None:
    came = await perform(RELEASES, tmp_path, None)
    assert came.is_good, came
    assert came.kills > 0


@pytest.mark.subprocess
async def test_workers_of_two_releases_take_over_from_each_other(tmp_path: Path, postgres: Postgres) -> None:
    came = await perform(evolve(RELEASES, shared=True, mode="link", workers=2), tmp_path, postgres)
    assert came.is_good, came
    assert came.kills > 0


async def main() -> None:
    kept = {"version": VERSION, **{mode: await stored(mode) for mode in MODES}}
    STORED.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import asyncio

    asyncio.run(main())
