"""A contestant in a process of its own: for every line that comes in, a measure goes out.

A contestant is a generator, an asynchronous one if it needs a loop: it makes ready, and then yields measures for ever.
In one process, one would meet the other's garbage, and what its libraries do to the interpreter.
"""

import asyncio
import gc
import importlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any


def tell(measure: float) -> bool:
    """Return a measure, and wait until the next one is wanted; False when none is."""
    print(json.dumps(measure), flush=True)
    return _wanted()


def _wanted() -> bool:
    line = sys.stdin.readline()
    gc.collect()
    return bool(line)


def tell_all(measures: Iterator[float]) -> None:
    """Return the measures of a contestant that needs no loop."""
    for measure in measures:
        if not tell(measure):
            return


async def tell_all_from_loop(measures: AsyncIterator[float]) -> None:
    """Return the measures of one that does."""
    async for measure in measures:
        if not tell(measure):
            return


def main(contestant: str, arguments: str) -> None:
    """Run a contestant, named as `module:function`, with arguments in JSON."""
    module, _, name = contestant.partition(":")
    measures: Any = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    if not _wanted():
        return
    if hasattr(measures, "__aiter__"):
        asyncio.run(tell_all_from_loop(measures))
    else:
        tell_all(measures)


if __name__ == "__main__":
    main(*sys.argv[1:])
