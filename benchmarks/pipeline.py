"""The seconds that the pipeline takes, from the published document to generated code."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from .contest import ROOT, Finding

RUNS = 3


def seconds(*arguments: str) -> tuple[float, float]:
    """Return a pipeline command's seconds, by the clock and of the processor; the interpreter's start is in.

    On a busy machine only the second tells something.
    """
    began, used = perf_counter(), _processor()
    subprocess.run([sys.executable, "-m", "codegen", *arguments], cwd=ROOT, check=True)  # noqa: S603 - our own command
    return perf_counter() - began, _processor() - used


def _processor() -> float:
    used = os.times()
    return used.children_user + used.children_system


def run(*, turns: int) -> list[Finding]:
    """Run each command a few times, into a scratch folder."""
    with TemporaryDirectory(prefix="bookit-pipeline-") as name:
        document, code = str(Path(name) / "enriched.yaml"), str(Path(name) / "_generated")
        runs = range(min(turns, RUNS))
        enriching = [seconds("enrich", "--out", document) for _ in runs]
        generating = [seconds("generate", "--out", code) for _ in runs]
    return [
        *_findings("make generate", generating, at_most=5),
        *_findings("python -m codegen enrich", enriching, at_most=1),
    ]


def _findings(command: str, found: list[tuple[float, float]], *, at_most: float) -> list[Finding]:
    clock, processor = zip(*found, strict=True)
    return [
        Finding(what=f"seconds of {command}", beside="the clock", values=clock, at_most=at_most),
        Finding(what=f"seconds of {command}", beside="the processor's own count", values=processor),
    ]
