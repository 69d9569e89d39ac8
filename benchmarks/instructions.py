"""Counting the bytecode instructions of some work, which are the same on every machine."""

import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

_LOOP = "asyncio"
"""The event loop's own instructions are not counted: they differ between patch releases of Python."""


class Count:
    """How many there were."""

    value = 0


async def instructions(work: Callable[[], Awaitable[object]]) -> int:
    """Return the number of instructions of some work, when it is done for the second time."""
    await work()
    with counting() as counted:
        await work()
    return counted.value


if sys.version_info >= (3, 12):

    @contextmanager
    def counting() -> Generator[Count]:
        """Count every instruction until the end of the block."""
        counted, watch = Count(), sys.monitoring

        def note(code: CodeType, _offset: int) -> object:
            if f"/{_LOOP}/" in code.co_filename:
                return watch.DISABLE
            counted.value += 1
            return None

        watch.use_tool_id(watch.PROFILER_ID, "benchmarks")
        watch.register_callback(watch.PROFILER_ID, watch.events.INSTRUCTION, note)
        watch.set_events(watch.PROFILER_ID, watch.events.INSTRUCTION)
        try:
            yield counted
        finally:
            watch.set_events(watch.PROFILER_ID, watch.events.NO_EVENTS)
            watch.free_tool_id(watch.PROFILER_ID)

else:

    @contextmanager
    def counting() -> Generator[Count]:
        """Count every instruction of what is called until the end of the block."""
        counted = Count()

        def note(frame: FrameType, event: str, _what: object) -> Any:
            if frame.f_globals.get("__name__", "").startswith(_LOOP):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            counted.value += event == "opcode"
            return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            yield counted
        finally:
            sys.settrace(before)
