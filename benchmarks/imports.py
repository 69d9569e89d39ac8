"""What `import bookit_async` takes, beside `import httpx`; and what it must not load."""

import json
import os
import subprocess

from .contest import Finding
from .environment import PYTHON
from .measures import CLOCK

WARM_UP = 2
UNWANTED = ("aiohttp", "httpx", "httpx2", "pydantic", "asyncio.subprocess", "bookit_async.sandbox")


def seconds(module: str) -> float:
    """Return the seconds that an import takes in a fresh interpreter, whose own start is not counted."""
    clock = "process_time" if os.environ.get(CLOCK) == "processor" else "perf_counter"
    code = f"from time import {clock} as now; began = now(); import {module}; print(now() - began)"
    return float(_said(code))


def loaded() -> list[str]:
    """Return those of the unwanted modules that the import loads."""
    code = f"import sys, json, bookit_async; print(json.dumps([n for n in {UNWANTED!r} if n in sys.modules]))"
    found: list[str] = json.loads(_said(code))
    return found


def _said(code: str) -> str:
    run = subprocess.run([str(PYTHON), "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return run.stdout


def run(*, turns: int) -> list[Finding]:
    """Import each by turns, three times as often as other things are done, for it is short."""
    values = [seconds("bookit_async") / seconds("httpx") for _ in range(WARM_UP + 3 * turns)][WARM_UP:]
    return [
        Finding(what="time of import bookit_async", beside="import httpx", values=tuple(values), at_most=1),
        Finding(
            what="HTTP libraries, pydantic, asyncio.subprocess and the sandbox loaded by it",
            beside="none of them",
            values=(float(len(loaded())),),
            at_most=0,
        ),
    ]
