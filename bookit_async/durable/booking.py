"""An intent's workflow: step after step until it is over. It knows no engine, only the port."""

from functools import partial
from typing import Any

from attrs import define

from .engine import Execution
from .gate import RUN
from .intents import Intent
from .progress import Do, Progress
from .sealing import Vault
from .steps import Steps


@define
class Ran:
    """Whether the step before was carried out by this very run, so that no other one can have gone on from it."""

    here: bool = False


async def carry_out(run: Execution, sealed: str, *, steps: Steps, vault: Vault) -> str:
    """Book an intent and return its sealed outcome."""
    RUN.set(run)
    intent = Intent.from_dict(vault.open(sealed))
    progress = Progress()
    ran = Ran()
    while progress.do is not Do.END:
        if progress.pause:
            await run.sleep(progress.pause)
        first, ran = ran.here, Ran()
        step = partial(_step, run.intent_id, intent, progress, steps=steps, vault=vault, first=first, ran=ran)
        came = await run.step(progress.do.value, step)
        progress = progress.after(vault.open(came))
    return vault.seal(progress.outcome)


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
