"""The engine: DBOS Transact on a SQLite file or on PostgreSQL. Nothing outside this file knows it."""

import asyncio
import contextlib
import fcntl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from typing import Any, TypeVar
from uuid import uuid4

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    WorkflowSerializationFormat,
    error,
)
from sqlalchemy.exc import InterfaceError, OperationalError

from ..errors import InvalidInputError
from .engine import Row, Step, Workflow
from .fleet import watch
from .store import StoreLostError, file_of, is_shared

T = TypeVar("T")

NAME = "bookit.durable.book"
VERSION = "bookit-durable-1"
"""Counts the shape of the steps, not releases: a worker goes on only with what has its shape."""
LANE = "bookit"
LINK_LANE = "bookit-links"
_FORMAT = WorkflowSerializationFormat.PORTABLE
_OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_ALONE = "local"
"""The name of the one worker on a SQLite file, so that after a restart its work is its own."""
_NO_MARK: dict[str, Any] = {"mark": ""}
_BARE: dict[str, Any] = {"load_input": False, "load_output": False}
_running: "list[DbosEngine]" = []


class DbosRun:
    """One run of an intent's workflow."""

    def __init__(self, engine: "DbosEngine", intent_id: str) -> None:
        self._engine = engine
        self.intent_id = intent_id

    async def step(self, name: str, do: Step) -> str:
        """Return what the step came to, once it is stored."""
        return await DBOS.run_step_async({"name": name}, do)

    async def sleep(self, seconds: float) -> None:
        """Wait; the engine keeps until when."""
        await DBOS.sleep_async(seconds)

    async def owned(self) -> bool:
        """Return whether the store still has this worker as the intent's."""
        return await self._engine.owns(self.intent_id)


class DbosEngine:
    """Keeps and runs intents with DBOS.

    Args:
        database: `sqlite:///file.db` or `postgresql://...`.
        worker: Whether intents are run here, or only asked for.
        concurrency: Intents that are run at once, here and by all workers, for each of the two lanes.
        poll: Seconds between two looks into the store for work, and for what is over.
        sweep: Seconds between two looks for workers that are gone.
    """

    def __init__(self, database: str, *, worker: bool, concurrency: int, poll: float = 0.1, sweep: float = 0.5) -> None:
        self._database = database
        self._worker = worker
        self._concurrency = concurrency
        self._poll = poll
        self._sweep = sweep
        self._shared = is_shared(database)
        self._me = f"worker-{uuid4()}" if self._shared else _ALONE
        self._lock: TextIOWrapper | None = None
        self._guard: asyncio.Task[None] | None = None
        self._calls: DBOSClient | None = None
        self.workflow: Workflow | None = None

    @property
    def calls(self) -> DBOSClient:
        """Return the way to the store."""
        assert self._calls is not None  # noqa: S101 - it is made by open
        return self._calls

    async def open(self, workflow: Workflow) -> None:
        """Connect, and begin to work if this is a worker."""
        self.workflow = workflow
        if self._worker:
            await self._launch()
        else:
            await self._ask(lambda: asyncio.to_thread(DBOS.migrate, self._database))
        self._calls = await asyncio.to_thread(
            lambda: DBOSClient(
                system_database_url=self._database,
                application_name="bookit",
                serializer=DBOSPortableJSONSerializer(),
                retry_connection_errors=False,
            )
        )

    async def _launch(self) -> None:
        if _running:
            raise InvalidInputError(
                problems=["this process has a durable worker already: share it, or use worker=False"]
            )
        if not self._shared:
            self._lock = lock_file(self._database)
        _running.append(self)
        DBOS(
            config=DBOSConfig(
                name="bookit",
                system_database_url=self._database,
                executor_id=self._me,
                application_version=VERSION,
                log_level="CRITICAL",
                serializer=DBOSPortableJSONSerializer(),
                notification_listener_polling_interval_sec=1.0,
            )
        )
        DBOS.launch()  # in this loop, so that workflows run in it and may use the client
        common: dict[str, Any] = {
            "global_concurrency": self._concurrency,
            "worker_concurrency": self._concurrency,
            "polling_interval_sec": self._poll,
        }
        await DBOS.register_queue_async(LANE, **common)
        await DBOS.register_queue_async(LINK_LANE, **common, partition_concurrency=1)
        if self._shared:
            standing = asyncio.Event()
            self._guard = asyncio.create_task(
                watch(
                    self._database,
                    self._me,
                    workers=self._workers,
                    take_over=self._take_over,
                    every=self._sweep,
                    standing=standing,
                )
            )
            await standing.wait()

    async def close(self, *, grace: float) -> None:
        """Stop working, after *grace* seconds at most, and disconnect."""
        if self._calls is not None:
            await asyncio.to_thread(self._calls.destroy)
            self._calls = None
        if self in _running:
            if self._guard is not None:
                self._guard.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._guard
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=int(grace))
            asyncio.get_running_loop().set_default_executor(
                ThreadPoolExecutor()
            )  # it had put its own, and shut it down
            _running.remove(self)
        if self._lock is not None:
            self._lock.close()

    async def enqueue(self, intent_id: str, sealed: str, *, mark: str, prospect: str | None) -> bool:
        """Store an intent to be run; False when the id is there already."""
        options: EnqueueOptions = {
            "workflow_name": NAME,
            "queue_name": LANE if prospect is None else LINK_LANE,
            "workflow_id": intent_id,
            "workflow_id_reuse_policy": "reject",
            "app_version": VERSION,
            "serialization_type": _FORMAT,
            "attributes": {"mark": mark},
        }
        if prospect is not None:
            options["queue_partition_key"] = prospect
        try:
            await self._ask(lambda: self._enqueue(options, sealed))
        except error.DBOSWorkflowIDInUseError:
            return False
        return True

    async def _enqueue(self, options: EnqueueOptions, sealed: str) -> None:
        await self.calls.enqueue_async(options, sealed)

    async def finished(self, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return those of the intents that are over, in one query."""
        found = await self._ask(
            lambda: self.calls.list_workflows_async(workflow_ids=list(ids), status=list(_OVER), load_input=False)
        )
        return {one.workflow_id: _row(one) for one in found}

    async def find(self, intent_id: str) -> Row | None:
        """Return what is known of an intent with its steps; None when there is none of that id."""
        found = await self._ask(
            lambda: self.calls.list_workflows_async(workflow_ids=[intent_id], name=NAME, load_input=False)
        )
        if not found:
            return None
        steps = await self._ask(lambda: self.calls.list_workflow_steps_async(intent_id))
        sealed = tuple(one["output"] for one in steps or () if isinstance(one["output"], str))
        return _row(found[0], steps=sealed)

    async def owns(self, intent_id: str) -> bool:
        """Return whether the store has this worker as the intent's; on a SQLite file there is no other one."""
        if not self._shared:
            return True
        found = await self._ask(lambda: self.calls.list_workflows_async(workflow_ids=[intent_id], **_BARE))
        return [(one.executor_id, one.status) for one in found] == [(self._me, "PENDING")]

    async def _ask(self, do: Callable[[], Awaitable[T]]) -> T:
        try:
            return await do()
        except (OperationalError, InterfaceError) as lost:
            raise StoreLostError(reason=type(lost.orig).__name__) from lost

    async def _workers(self) -> set[str]:
        working = await DBOS.list_workflows_async(status="PENDING", name=NAME, **_BARE)
        return {one.executor_id for one in working if one.executor_id}

    async def _take_over(self, other: str) -> None:
        """Put back what a worker left, while its name is held here, so that it cannot come back meanwhile."""
        for lane in (LANE, LINK_LANE):
            left = await DBOS.list_workflows_async(status="PENDING", executor_id=other, queue_name=lane, **_BARE)
            if left:
                await DBOS.resume_workflows_async([one.workflow_id for one in left], queue_name=lane)


@DBOS.workflow(name=NAME, serialization_type=_FORMAT, max_recovery_attempts=None)
async def run_intent(sealed: str) -> str:
    """Run an intent's workflow in this process's worker."""
    engine = _running[0]
    assert engine.workflow is not None and DBOS.workflow_id is not None  # noqa: S101, PT018 - both are set before any runs
    return await engine.workflow(DbosRun(engine, DBOS.workflow_id), sealed)


def _row(found: Any, *, steps: tuple[str, ...] = ()) -> Row:
    over = found.status in _OVER
    done = found.status == "SUCCESS"
    return Row(
        intent_id=found.workflow_id,
        mark=str(dict(found.attributes or _NO_MARK)["mark"]),
        result=found.output if done else None,
        broken=f"{found.status.lower()}: {type(found.error).__name__}" if over and not done else None,
        steps=steps,
    )


def lock_file(database: str) -> TextIOWrapper:
    """Return the lock of the one worker on a SQLite file, which goes with the process."""
    lock = file_of(database).with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        problem = "another worker works on this SQLite file: use worker=False here, or PostgreSQL for several workers"
        raise InvalidInputError(problems=[problem]) from None
    return lock
