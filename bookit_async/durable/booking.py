"""An intent's workflow: step after step until it is over. It knows no engine, only the port."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from attrs import define

from ..exchange.telemetry import LOGGER
from .engine import Execution, Step
from .gate import RUN
from .intents import Intent
from .progress import LONGEST_PAUSE, Do, Progress
from .sealing import OtherSecretsError, Vault
from .steps import Steps
from .tracing import step_span, trace_parent


@define
class Ran:
    """Whether the step before was carried out by this very run, so that no other one can have gone on from it."""

    here: bool = False


def seal_asked(vault: Vault, intent: Intent) -> str:
    """Return an intent as `carry_out` takes it, with the span of whoever asks for it."""
    return vault.seal({"intent": intent.to_dict(), "trace": trace_parent()})


async def carry_out(
    run: Execution,
    sealed: str,
    *,
    steps: Steps,
    vault: Vault,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> str:
    """Book an intent and return its sealed outcome."""
    RUN.set(run)
    asked = await _opened(vault, sealed, sleep)
    intent = Intent.from_dict(asked["intent"])
    progress = Progress()
    ran = Ran()
    while progress.do is not Do.END:
        if progress.pause:
            await run.sleep(progress.pause)
        first, ran = ran.here, Ran()
        name, do = progress.do, partial(_step, run.intent_id, intent, progress, steps=steps, vault=vault)
        do = partial(_traced, name.value, run.intent_id, asked["trace"], partial(do, first=first, ran=ran))
        if first and name is Do.SEND:
            came = await run.last(do)
            progress = progress.after(vault.open(came))
            if progress.do is not Do.END:
                await run.step(name.value, partial(_known, came))
        else:
            progress = progress.after(await _opened(vault, await run.step(name.value, do), sleep))
    return vault.seal(progress.outcome)


async def _known(came: str) -> str:
    return came


async def _traced(name: str, intent_id: str, parent: str | None, step: Step) -> str:
    with step_span(name, intent_id, parent):
        return await step()


async def _step(
    intent_id: str, intent: Intent, progress: Progress, *, steps: Steps, vault: Vault, first: bool, ran: Ran
) -> str:
    came: dict[str, Any]
    if progress.do is Do.PLAN:
        came = await steps.plan(intent_id, intent, progress)
    else:
        came = await steps.send(intent_id, intent, progress, first=first)
    ran.here = True
    return vault.seal(came)


async def _opened(vault: Vault, sealed: str, sleep: Callable[[float], Awaitable[None]]) -> Any:
    """Return what was sealed; an intent whose secret is gone waits until a worker has it again, and is not given up."""
    while True:
        try:
            return vault.open(sealed)
        except OtherSecretsError as error:
            LOGGER.error("durable: an intent waits, for %s", error.problems[0])
            await sleep(LONGEST_PAUSE)
