"""The gate counts alike every time, and it can fail."""

import json
from functools import partial
from pathlib import Path

import pytest

from benchmarks.gate import ALLOWED, VERSION, Counts, main, verdict
from benchmarks.instructions import instructions


@pytest.mark.parametrize(
    ("baseline", "now", "passed", "said"),
    [
        (1000, 1000, True, "+0.0%"),
        (1000, 1100, True, "+10.0%"),
        (1000, 1101, False, "MORE THAN +10%"),
        (1000, 2000, False, "MORE THAN +10%"),
        (1000, 950, True, "-5.0%"),
        (1000, 899, True, "renew the baseline, so that it stays"),
        (None, 1000, False, "no baseline"),
    ],
)
def test_more_than_a_tenth_above_the_baseline_fails(baseline: int | None, now: int, passed: bool, said: str) -> None:
    lines, found = verdict({} if baseline is None else {"work": baseline, "gone": 1}, {"work": now})
    assert (found, len(lines)) == (passed, 1)
    assert said in lines[0]


def test_a_baseline_is_renewed_for_this_version_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counted = {"work": 1000}

    async def count() -> Counts:
        return counted

    baseline = tmp_path / "baseline.json"
    assert main([], baseline=baseline, count=count) == 1  # nothing to compare with
    baseline.write_text('{"2.7": {"work": 1}}')
    assert main(["--renew"], baseline=baseline, count=count) == 0
    assert json.loads(baseline.read_text()) == {"2.7": {"work": 1}, VERSION: {"work": 1000}}
    assert main([], baseline=baseline, count=count) == 0
    counted["work"] += round(counted["work"] * ALLOWED) + 1
    assert main([], baseline=baseline, count=count) == 1
    assert "MORE THAN" in capsys.readouterr().out


async def test_instructions_are_counted_alike_every_time_and_grow_with_the_work() -> None:
    async def work(rounds: int) -> int:
        return sum(number * 2 for number in range(rounds))

    once, again, more = [await instructions(partial(work, rounds)) for rounds in (100, 100, 120)]
    assert once == again
    assert more - once == pytest.approx(0.2 * once, rel=0.1)
