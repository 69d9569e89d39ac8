"""What is installed is what was tested: bounds, and the two files of versions."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
BY_DATE = re.compile(r"tzdata|types-.*")
OURS = PROJECT["name"]


def name_of(text: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", text)
    assert found
    return found[0].lower().replace("_", "-")


def versions(file: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition("==")
            found.setdefault(name_of(name), set()).add(rest.partition(" ;")[0].strip())
    return found


def numbers(version: str) -> list[int]:
    found = [int(part) for part in re.findall(r"\d+", version.partition(".post")[0])]
    while found and found[-1] == 0:
        found.pop()
    return found


NEWEST, LOWEST = versions("constraints.txt"), versions("constraints-lowest.txt")
FOR_USERS = [
    *PROJECT["dependencies"],
    *(one for extra, group in EXTRAS.items() if extra != "dev" for one in group if name_of(one) != OURS),
]
FOR_US = [*FOR_USERS, *(one for one in EXTRAS["dev"] if name_of(one) != OURS)]


@pytest.mark.parametrize("dependency", sorted(set(FOR_US)))
def test_it_has_bounds_and_a_tested_version(dependency: str) -> None:
    name = name_of(dependency)
    assert "==" in dependency or BY_DATE.fullmatch(name) or re.search(r">=[\d.]+(post\d+)?,<[\d.]+", dependency)
    assert name in NEWEST, "not in constraints.txt: run `make constraints`"


@pytest.mark.parametrize("dependency", sorted(set(FOR_USERS)))
def test_its_lower_bound_is_what_make_lowest_runs_on(dependency: str) -> None:
    (bound,) = re.findall(r">=([\d.]+)", dependency)
    tested = LOWEST.get(name_of(dependency), set())
    assert [numbers(one) for one in tested] == [numbers(bound)], (
        "not tested: run `make constraints`, then `make lowest`"
    )


def test_development_has_what_every_extra_has() -> None:
    (ours,) = [one for one in EXTRAS["dev"] if name_of(one) == OURS]
    assert set(re.findall(r"[a-z0-9]+", ours.partition("[")[2])) >= set(EXTRAS) - {"dev"}
