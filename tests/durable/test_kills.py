"""Workers that are killed in mid-booking, each a real process: a short form of `make kill`."""

from collections import Counter
from pathlib import Path

import pytest

from .kills import COLUMNS, LONG, Came, Play, perform, table
from .postgres import Postgres

SQLITE = [
    Play(shared=False, mode="token", intents=12, kills=3, callers=3, quirky=True),
    Play(shared=False, mode="link", intents=12, kills=3, callers=3, quirky=True),
]
POSTGRESQL = [
    Play(shared=True, mode="token", intents=12, kills=3, workers=3, quirky=True),
    Play(shared=True, mode="link", intents=12, kills=3, workers=2, rate=0.25, callers_too=True),
    Play(shared=True, mode="pool", intents=12, kills=3, workers=2, events="connections cut"),
]


@pytest.mark.subprocess
@pytest.mark.parametrize("play", SQLITE, ids=lambda play: play.name)
async def test_one_meeting_for_each_intent_on_a_sqlite_file(play: Play, tmp_path: Path) -> None:
    came = await perform(play, tmp_path, None)
    assert came.is_good, came
    assert came.kills > 0


@pytest.mark.subprocess
@pytest.mark.parametrize("play", POSTGRESQL, ids=lambda play: play.name)
async def test_one_meeting_for_each_intent_on_postgresql(play: Play, tmp_path: Path, postgres: Postgres) -> None:
    came = await perform(play, tmp_path, postgres)
    assert came.is_good, came
    assert came.kills > 0


def test_the_long_form_has_every_mode_on_both_databases_and_a_column_for_each_number() -> None:
    assert Counter((one.shared, one.mode) for one in LONG if one.quirky) == Counter(
        (shared, mode) for shared in (False, True) for mode in ("token", "pool", "link")
    )
    numbers = {"duplicates": 1, "missing": 0, "unanswered": 0, "two_answers": 0, "told_twice": 0}
    came = Came(play=LONG[0], kills=1, meetings=2, recovered=0, seconds=1.0, **numbers)
    assert not came.is_good
    assert [column.header for column in table([came]).columns] == ["", *COLUMNS]
