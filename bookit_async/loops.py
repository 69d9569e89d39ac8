"""One client for each event loop, for programs that have no place of their own to open and to close one."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from .client import BookIt
from .version import PACKAGE

_Kept = AsyncGenerator[BookIt, None]
_KEPT: dict[asyncio.AbstractEventLoop, tuple[BookIt, _Kept]] = {}
"""The generator is kept for its end: whoever ends a loop as `asyncio.run` does closes it, and it closes the client."""


async def ensure_client(make: Callable[[], BookIt] | None = None) -> BookIt:
    """Return the client of the running event loop: made when it is first asked for, closed when the loop is ended.

    For frameworks without a lifespan, and for functions that are run in loops that others make; any number of tasks may
    ask at once. A loop is ended by `asyncio.run`, by servers, and by `loop.shutdown_asyncgens()`.

    Args:
        make: Makes the client, for instance `lambda: BookIt(timeout=10)`; None takes `BookIt()`. Asked once a loop.
    """
    loop = asyncio.get_running_loop()
    for gone in [one for one in _KEPT if one.is_closed()]:
        del _KEPT[gone]
    if loop not in _KEPT:
        kept = _keep(loop, BookIt() if make is None else make())
        _KEPT[loop] = await anext(kept), kept
    return _KEPT[loop][0]


ensure_client.__module__ = PACKAGE


async def _keep(loop: asyncio.AbstractEventLoop, client: BookIt) -> _Kept:
    try:
        yield client
    finally:
        _KEPT.pop(loop, None)
        await client.close()
