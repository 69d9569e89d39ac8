"""How an older release carried an intent out: it stored every sending as a step, the last one too."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bookit_async.durable.engine import Execution
from bookit_async.durable.gate import RUN
from bookit_async.durable.intents import Intent
from bookit_async.durable.progress import Do, Progress
from bookit_async.durable.sealing import Vault
from bookit_async.durable.steps import Steps


async def carry_out(
    run: Execution,
    sealed: str,
    *,
    steps: Steps,
    vault: Vault,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> str:
    """Book an intent and return its sealed outcome."""
    del sleep
    RUN.set(run)
    intent = Intent.from_dict(vault.open(sealed)["intent"])
    progress, ran = Progress(), list[Do]()
    while progress.do is not Do.END:
        if progress.pause:
            await run.sleep(progress.pause)
        first = ran == [Do.PLAN]
        ran.clear()

        async def step(at: Progress, *, first: bool) -> str:
            if at.do is Do.PLAN:
                came = await steps.plan(run.intent_id, intent, at)
            else:
                came = await steps.send(run.intent_id, intent, at, first=first)
            ran.append(at.do)
            return vault.seal(came)

        came = await run.step(progress.do.value, partial(step, progress, first=first))
        progress = progress.after(vault.open(came))
    return vault.seal(progress.outcome)
