"""A worker or caller in a process of its own: says "ready", and each outcome as a line of JSON."""

import argparse
import asyncio
import json

from bookit_async import BookIt, RetryPolicy
from bookit_async.durable import Durable

from ..conftest import ADA, NODE
from ..scenes import ANSWERS, ZONE
from .engine import SECRET


async def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--database", "--url", "--key", "--ids", "--mode"):
        parser.add_argument(name, default="")
    parser.add_argument("--caller", action="store_true")
    given = parser.parse_args()
    retries = RetryPolicy(attempts=4, first_wait=0.02, longest_wait=0.2)
    async with (
        BookIt(
            given.key, base_url=given.url, settle=2.0, timeout=2.0, deadline=15.0, grace=0.1, retries=retries
        ) as client,
        Durable(client, database=given.database, secrets=[SECRET], worker=not given.caller, grace=0) as durable,
    ):
        print("ready", flush=True)

        async def one(intent_id: str) -> None:
            email = f"{intent_id}@engines.example"
            if given.mode == "link":
                answers = {**ANSWERS, "Email": email}
                outcome = await durable.book_link(intent_id, "Pool4Mm", timezone=ZONE, answers=answers)
            else:
                outcome = await durable.book(intent_id, NODE, {**ADA, "Email": email}, timezone=ZONE)
            print(json.dumps([intent_id, outcome.to_dict()]), flush=True)

        ids: str = given.ids
        await asyncio.gather(*map(one, filter(None, ids.split(","))))
        if not given.caller:
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
