"""The engine: DBOS Transact on a SQLite file or on PostgreSQL. Nothing outside this file knows it."""

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    SetWorkflowAttributes,
    SetWorkflowID,
    WorkflowSerializationFormat,
    error,
)
from sqlalchemy import Connection

from ..errors import InvalidInputError, refuse
from ..exchange.telemetry import LOGGER
from .engine import DurableClosedError, Row, Step, Workflow
from .fleet import watch
from .reconnecting import Reconnecting
from .room import Room
from .store import TROUBLES, Store, StoreLostError, Together, database_problem, file_of, is_shared, lost, refuse_ended

T = TypeVar("T")

NAME = "bookit.durable.book"
VERSION = "bookit-durable-1"
"""Counts the shape of the steps, not releases: a worker goes on only with what has its shape."""
LANE = "bookit"
LINK_LANE = "bookit-links"
POLL = {LANE: 0.1, LINK_LANE: 0.2}
"""Seconds between two looks into the store for work, while there is some."""
IDLE_POLL = {LANE: 1.0, LINK_LANE: 2.0}
"""The same when there was none for a while."""
_IDLE_AFTER = 10.0
"""Seconds without work after which it is looked for less often."""
SWEEP = 0.5
"""Seconds between two looks for workers that are gone."""
_STANDING = 10.0
"""Seconds in which a worker has to get hold of its name."""
_STORING = 0.01
"""Seconds in which the outcome of an intent is stored, mostly."""
_HALF = timedelta(microseconds=500)
"""Half of what the engine counts time in, which it rounds down."""
_LOGGER = logging.getLogger("dbos")
_FORMAT = WorkflowSerializationFormat.PORTABLE
_OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_UNDER_WAY = ["ENQUEUED", "DELAYED", "PENDING", "ERROR"]
"""Of the last, those that were not given up."""
_ALONE = "local"
"""The name of the one worker on a SQLite file, so that after a restart its work is its own."""
_CONNECTIONS = 2
"""Of the engine to a SQLite file."""
_THREADS = 8 + min(32, 4 + (os.cpu_count() or 1))
"""Of the engine where it works on a SQLite file, and of the program's `to_thread`, which are the same meanwhile."""
_NO_MARK: dict[str, Any] = {"mark": ""}
_BARE: dict[str, Any] = {"load_input": False, "load_output": False}
_RESULT: dict[str, Any] = {"load_input": False}
_running: "list[DbosEngine]" = []
_shared_by: dict[str, tuple[str, Reconnecting]] = {}
"""The database of the DBOS that the program made to share it, by the name of its worker."""


class UnkeptError(Exception):
    """The store did not keep what a step came to: the intent is taken up again."""


class GivenUpError(Exception):
    """A mistake in this package, by its kind: the intent is given up. Its own words may hold a person's data."""


class DbosRun:
    """One run of an intent's workflow."""

    def __init__(self, engine: "DbosEngine", intent_id: str) -> None:
        self._engine = engine
        self.intent_id = intent_id

    async def step(self, name: str, do: Step) -> str:
        """Return what the step came to, once it is stored; UnkeptError when it cannot be.

        The engine stores a failure to store as what the step came to, and gives that again to every later run.
        """
        with _keeping():
            return await DBOS.run_step_async({"name": name}, partial(self._tried, do))

    async def _tried(self, do: Step) -> str:
        try:
            return await self.last(do)
        except Exception as mistake:
            raise GivenUpError(type(mistake).__name__) from mistake

    async def last(self, do: Step) -> str:
        """Return what a step comes to, when there is room for it."""
        async with self._engine.room:
            return await do()

    async def sleep(self, seconds: float) -> None:
        """Wait; the engine keeps until when."""
        with self._engine.sleeping(), _keeping():
            await DBOS.sleep_async(seconds)

    async def owned(self) -> bool:
        """Return whether the store still has this worker as the intent's."""
        return await self._engine.owns(self.intent_id)


class DbosEngine:
    """Keeps and runs intents with DBOS.

    Args:
        database: `sqlite:///file.db` or `postgresql://...`.
        store: Has the list of workers.
        worker: Whether intents are run here, or only asked for.
        concurrency: Intents that are run at once here, until `allow` says something else.
    """

    def __init__(self, database: str, store: Store, *, worker: bool, concurrency: int) -> None:
        self._database = database
        self._store = store
        self._worker = worker
        self._shared = is_shared(database)
        self.name: str = _new_name(database)
        self.room = Room(concurrency)
        self.asleep = 0
        self._taken = concurrency
        self._poll = POLL
        self._worked_at = 0.0
        """When an intent last ran here, by the loop's clock."""
        self._ended = asyncio.Event()
        self._runs: dict[str, asyncio.Task[Any]] = {}
        self._idle: set[str] = set()
        """Those that should have run here at the last look and did not."""
        self._handlers: list[logging.Handler] = []
        self._lock: TextIOWrapper | None = None
        self._guard: asyncio.Task[None] | None = None
        self._calls: DBOSClient | None = None
        self._workflow: Workflow | None = None
        self._connecting = Reconnecting(database)
        self._owners = Together[str, bool](self._ask_owned)
        self._asked = Together[tuple[EnqueueOptions, str], None](self._enqueue_all)

    @property
    def calls(self) -> DBOSClient:
        """Return the way to the store; DurableClosedError when there is none any more."""
        if self._calls is None:
            raise DurableClosedError
        return self._calls

    @property
    def rests(self) -> bool:
        """Return whether this worker had nothing to do for a while."""
        return not self._runs and asyncio.get_running_loop().time() - self._worked_at >= _IDLE_AFTER

    async def open(self, workflow: Workflow) -> None:
        """Connect, and begin to work if this is a worker."""
        self._workflow = workflow
        if self._worker:
            await self._launch()
        else:
            await self._ask(lambda: asyncio.to_thread(DBOS.migrate, self._database))
        self._calls = await asyncio.to_thread(
            lambda: DBOSClient(
                system_database_url=self._database,
                system_database_engine=self._store.engine if self._shared else None,
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
        if (file := file_of(self._database)) is not None:
            self._lock = lock_file(file)
        self._handlers = list(_LOGGER.handlers)
        DBOS(config=_config(self._database, self.name, self._connecting))
        theirs = _shared_by.get(DBOS.executor_id)
        if DBOS.application_version != VERSION or (theirs is None and DBOS.executor_id != self.name):
            problem = (
                "this program has a DBOS of its own, and a process has one: make it with "
                "DBOS(config=engine_settings(database)), or work in another process, with worker=False here"
            )
            raise InvalidInputError(problems=[problem])
        if theirs is not None:
            database, self._connecting = theirs
            if database != self._database:
                raise InvalidInputError(problems=["this program's DBOS was made for another database: give the same"])
            self.name = DBOS.executor_id
        _running.append(self)
        DBOS.launch()  # in this loop, so that workflows run in it and may use the client
        for lane, every in POLL.items():
            await DBOS.register_queue_async(
                lane,
                worker_concurrency=self._taken,
                partition_concurrency=1 if lane == LINK_LANE else None,
                polling_interval_sec=every,
            )
        if self._shared:
            await self._stand()
        self._worked_at = asyncio.get_running_loop().time()

    async def _stand(self) -> None:
        """Get hold of this worker's name, and look after the others from then on."""
        standing = asyncio.Event()
        watching = watch(
            self._database,
            self.name,
            workers=self._workers,
            take_over=self._take_over,
            every=SWEEP,
            standing=standing,
        )
        self._guard = asyncio.create_task(watching)
        try:
            async with asyncio.timeout(_STANDING):
                await standing.wait()
        except TimeoutError:
            raise StoreLostError(reason="no lock to be had") from None

    async def allow(self, size: int, *, asleep: int) -> None:
        """Carry out so many steps at once here from now on, and take that many intents, besides those that wait."""
        self.room.resize(size)
        if self._runs:
            self._worked_at = asyncio.get_running_loop().time()
        poll = IDLE_POLL if self.rests else POLL
        if (size + asleep, poll) != (self._taken, self._poll):
            for lane, every in poll.items():
                queue = await DBOS.retrieve_queue_async(lane)
                assert queue is not None  # noqa: S101 - it was registered at the launch
                await queue.set_worker_concurrency_async(size + asleep)
                await queue.set_polling_interval_sec_async(every)
            self._taken, self._poll = size + asleep, poll

    async def close(self, *, grace: float) -> None:
        """Begin no step any more, let those that run end within *grace* seconds, and disconnect."""
        self.room.close()
        self._connecting.closed = True
        if self in _running:
            await self.room.emptied(within=grace)
            await self._leave()
        if self._calls is not None:
            await asyncio.to_thread(self._calls.destroy)
            self._calls = None
        if self in _running:
            _running.remove(self)
            loop = asyncio.get_running_loop()
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
            _shared_by.clear()
            _LOGGER.handlers[:] = self._handlers  # one of its own would keep what was standard error at the time
            loop.set_default_executor(ThreadPoolExecutor())  # it had put its own, and shut it down
            await self._leave()
        if self._lock is not None:
            self._lock.close()

    async def _leave(self) -> None:
        """Leave the intents that are under way for others, and then the fleet, so that others take them over."""
        while runs := list(self._runs.values()):
            for run in runs:
                run.cancel()
            await asyncio.wait(runs)
        if self._guard is not None:
            self._guard.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._guard
            self._guard = None

    @contextlib.contextmanager
    def sleeping(self) -> Any:
        """Count an intent as asleep meanwhile."""
        self.asleep += 1
        try:
            yield
        finally:
            self.asleep -= 1

    async def run(self, intent_id: str, sealed: str) -> str:
        """Run an intent's workflow here."""
        self._worked_at = asyncio.get_running_loop().time()
        run, stale = asyncio.current_task(), self._runs.get(intent_id)
        assert run is not None and self._workflow is not None  # noqa: S101, PT018 - both are set before any runs
        self._runs[intent_id] = run
        try:
            if stale is not None:  # another worker took it over, and then it came back here
                stale.cancel()
                await asyncio.wait([stale])
            return await self._workflow(DbosRun(self, intent_id), sealed)
        except (UnkeptError, GivenUpError, error.DBOSWorkflowConflictIDError):
            raise
        except Exception as mistake:
            raise GivenUpError(type(mistake).__name__) from mistake
        finally:
            self._ended.set()
            if self._runs[intent_id] is run:
                del self._runs[intent_id]

    async def news(self, *, within: float) -> None:
        """Return when an intent may be over: soon after one has ended here, or after that many seconds."""
        self._ended.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._ended.wait()
                await asyncio.sleep(_STORING)

    async def enqueue(self, intent_id: str, sealed: str, *, mark: str, prospect: str | None) -> str:
        """Store an intent to be run, unless one of its id is there already; return the mark of what is there."""
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
        here = prospect is None and self in _running and self.room.is_free and DBOS.workflow_id is None
        while True:
            try:
                await self._ask(
                    lambda: self._start(intent_id, sealed, mark) if here else self._asked((options, sealed))
                )
            except error.DBOSWorkflowIDInUseError:
                there = await self._ask(lambda: self.calls.list_workflows_async(workflow_ids=[intent_id], **_BARE))
                if there:  # else it was forgotten just now
                    return _row(there[0]).mark
            else:
                return mark

    async def _start(self, intent_id: str, sealed: str, mark: str) -> None:
        """Store an intent and run it here at once: with room for it, it need not wait to be looked for."""
        with SetWorkflowID(intent_id, workflow_id_reuse_policy="reject"), SetWorkflowAttributes({"mark": mark}):
            await DBOS.start_workflow_async(run_intent, sealed)

    async def _enqueue_all(self, intents: Sequence[tuple[EnqueueOptions, str]]) -> list[Exception | None]:
        return await self._store.run(lambda db: self._enqueue(db, intents))

    def _enqueue(self, db: Connection, intents: Sequence[tuple[EnqueueOptions, str]]) -> list[Exception | None]:
        came: list[Exception | None] = [None] * len(intents)
        # In one order everywhere: of two that store the same ids, one waits for the other, and not each for each.
        for number, (options, sealed) in sorted(enumerate(intents), key=lambda one: one[1][0].get("workflow_id", "")):
            try:
                self.calls.enqueue_in_transaction(db, options, sealed)
            except error.DBOSWorkflowIDInUseError as there:
                came[number] = there
        return came

    async def finished(self, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return those of the intents that are over, in one query."""
        found = await self._ask(
            lambda: self.calls.list_workflows_async(workflow_ids=list(ids), status=list(_OVER), **_RESULT)
        )
        return {one.workflow_id: _row(one) for one in found if not _is_unkept(one)}

    async def find(self, intent_id: str) -> Row | None:
        """Return what is known of an intent with its steps; None when there is none of that id."""
        found = await self._ask(lambda: self.calls.list_workflows_async(workflow_ids=[intent_id], name=NAME, **_RESULT))
        if not found:
            return None
        return _row(found[0], steps=await self._steps(intent_id))

    async def _steps(self, intent_id: str) -> tuple[str, ...]:
        steps = await self._ask(lambda: self.calls.list_workflow_steps_async(intent_id))
        return tuple(one["output"] for one in steps or () if isinstance(one["output"], str))

    async def under_way(self, *, most: int) -> Sequence[Row]:
        """Return the intents that are not over, the oldest first, with the steps of those that were begun."""
        found = await self._ask(
            lambda: self.calls.list_workflows_async(name=NAME, status=list(_UNDER_WAY), limit=most, **_RESULT)
        )
        return [await self._with_steps(one) for one in found if not _is_given_up(one)]

    async def asked(self, *, since: datetime | None, but: Collection[str], most: int) -> Sequence[Row]:
        """Return *most* of the intents that were stored at or after a time, but for some that were."""
        after = None if since is None else (since.astimezone(UTC) + _HALF).isoformat()
        found = await self._ask(
            lambda: self.calls.list_workflows_async(name=NAME, start_time=after, limit=most + len(but), **_RESULT)
        )
        return [await self._with_steps(one) for one in found if one.workflow_id not in but]

    async def _with_steps(self, found: Any) -> Row:
        """Return an intent with what its steps came to, if it was begun and is not over."""
        begun = found.status == "PENDING" or (found.status in _UNDER_WAY and found.recovery_attempts)
        return _row(found, steps=await self._steps(found.workflow_id) if begun else ())

    async def count_over(self, *, since: datetime | None = None, most: int) -> int:
        """Return how many intents came to something, since a time or at all, counted to *most*."""
        after = None if since is None else since.astimezone(UTC).isoformat()
        found = await self._ask(
            lambda: self.calls.list_workflows_async(
                name=NAME, status="SUCCESS", completed_after=after, limit=most, **_BARE
            )
        )
        return len(found)

    async def broken(self, *, most: int) -> Sequence[Row]:
        """Return the intents that the engine gave up."""
        found = await self._ask(
            lambda: self.calls.list_workflows_async(name=NAME, status=_OVER[1:], limit=most, **_RESULT)
        )
        return [_row(one) for one in found if _is_given_up(one)]

    async def over(self, before: datetime, *, most: int, broken: bool) -> Sequence[Row]:
        """Return some of the intents that came to something before a time; with *broken* those given up, too."""
        until = before.astimezone(UTC).isoformat()
        statuses = _OVER if broken else _OVER[:1]
        found = await self._ask(
            lambda: self.calls.list_workflows_async(
                name=NAME, status=statuses, completed_before=until, limit=most, **_RESULT
            )
        )
        return [_row(one) for one in found if not _is_unkept(one)]

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete intents that are over."""
        await self._ask(lambda: self.calls.delete_workflows_async(list(ids)))

    async def owns(self, intent_id: str) -> bool:
        """Return whether the store has this worker as the intent's; on a SQLite file there is no other one."""
        if not self._shared:
            return True
        return await self._owners(intent_id)

    async def _ask_owned(self, ids: Sequence[str]) -> list[bool]:
        found = await self._ask(
            lambda: self.calls.list_workflows_async(
                workflow_ids=list(ids), status="PENDING", executor_id=self.name, **_BARE
            )
        )
        ours = {one.workflow_id for one in found}
        return [one in ours for one in ids]

    async def _ask(self, do: Callable[[], Awaitable[T]]) -> T:
        try:
            return await do()
        except TROUBLES as trouble:
            raise lost(trouble) from trouble

    async def _workers(self) -> Collection[str]:
        working = await self._begun()
        listed = (await self._store.report(self.name, self.asleep)).workers
        return {*listed, *(one.executor_id for one in working if one.executor_id)}

    async def _begun(self, worker: str | None = None) -> list[Any]:
        """Return what workers have begun, or one of them has, that did not come to anything yet."""
        found = await DBOS.list_workflows_async(
            status=["PENDING", "ERROR"], executor_id=worker, name=NAME, load_input=False
        )
        return [one for one in found if not _is_given_up(one)]

    async def _take_over(self, other: str) -> None:
        """Put back what a worker left, while its name is held here, so that it cannot come back meanwhile."""
        await self._put_back(await self._begun(other))
        await self._store.strike_worker(other)

    async def pick_up(self) -> None:
        """Run again what the store could not keep, and what should run here and does not, nor did at the last look."""
        mine = await self._begun(self.name)
        idle = {one.workflow_id for one in mine if not _is_unkept(one)} - self._runs.keys()
        again = idle & self._idle
        await self._put_back([one for one in mine if one.workflow_id in again or _is_unkept(one)])
        self._idle = idle

    async def _put_back(self, left: Sequence[Any]) -> None:
        """Have intents run again that nobody runs; only the worker that had begun them may do so, or its heir."""
        for lane in POLL:
            ours = [one for one in left if (one.queue_name == LINK_LANE) == (lane == LINK_LANE)]
            if ids := [one.workflow_id for one in ours if not _is_unkept(one)]:
                await DBOS.resume_workflows_async(ids, queue_name=lane)
            for one in filter(_is_unkept, ours):
                LOGGER.warning("durable: an intent is taken up again, for the database had not kept it")
                await DBOS.rewind_workflow_async(
                    one.workflow_id,
                    start_step=await _first_unkept(one.workflow_id),
                    queue_name=lane,
                    queue_partition_key=one.queue_partition_key,
                )


def engine_settings(database: str) -> DBOSConfig:
    """Return what a program that uses DBOS itself makes it with, `DBOS(config=engine_settings(database))`, to share it.

    A process has one DBOS. Make it, and register what is yours, before a `Durable` with the same *database* is opened,
    which launches it, and ends it when it is closed. Your workflows are stored beside the intents, as JSON, and are
    taken over as they are. Add settings, and change none of these. InvalidInputError for what is no database.
    """
    problem = database_problem(database)
    refuse([problem] if problem else [])
    name, connecting = _new_name(database), Reconnecting(database)
    _shared_by.clear()
    _shared_by[name] = database, connecting
    return _config(database, name, connecting)


def _new_name(database: str) -> str:
    return f"worker-{uuid4()}" if is_shared(database) else _ALONE


def _config(database: str, name: str, connecting: Reconnecting) -> DBOSConfig:
    config = DBOSConfig(
        name="bookit",
        system_database_url=database,
        executor_id=name,
        application_version=VERSION,
        log_level="CRITICAL",
        serializer=DBOSPortableJSONSerializer(),
        notification_listener_polling_interval_sec=1.0,
    )
    if is_shared(database):
        looked = {"pool_pre_ping": False, "pool_events": [(refuse_ended, "checkout")]}
        config["db_engine_kwargs"] = {"creator": connecting.connect, **looked}
    else:  # one writes at a time: a crowd that waits for the file's lock, asleep or for the interpreter's, is slower
        config["db_engine_kwargs"] = {"pool_size": _CONNECTIONS, "pool_pre_ping": False}
        config["max_executor_threads"] = _THREADS
    return config


@DBOS.workflow(name=NAME, serialization_type=_FORMAT, max_recovery_attempts=None)
async def run_intent(sealed: str) -> str:
    """Run an intent's workflow in this process's worker."""
    assert DBOS.workflow_id is not None  # noqa: S101 - this is a workflow
    return await _running[0].run(DBOS.workflow_id, sealed)


async def _first_unkept(intent_id: str) -> int:
    """Return the first step of which a failure to store is stored; the one after all others without one."""
    steps = await DBOS.list_workflow_steps_async(intent_id)
    unkept = [int(one["function_id"]) for one in steps if one["error"] is not None]
    return min(unkept, default=1 + max((int(one["function_id"]) for one in steps), default=0))


@contextlib.contextmanager
def _keeping() -> Generator[None]:
    """Raise an UnkeptError for whatever goes wrong with the store, as far as the engine does not wait for it."""
    try:
        yield
    except (GivenUpError, error.DBOSWorkflowConflictIDError):
        raise
    except Exception as trouble:
        why = lost(trouble).reason if isinstance(trouble, TROUBLES) else type(trouble).__name__
        LOGGER.warning("durable: an intent waits, for the database cannot keep it: %s", why)
        raise UnkeptError(why) from trouble


def _is_given_up(found: Any) -> bool:
    """Return whether an intent ended in a mistake of this package, or was ended from elsewhere."""
    if found.status == "ERROR":
        return getattr(found.error, "name", None) == GivenUpError.__name__
    return found.status in _OVER and found.status != "SUCCESS"


def _is_unkept(found: Any) -> bool:
    """Return whether all that is wrong with an intent is that the store could not keep what became of it."""
    return found.status == "ERROR" and not _is_given_up(found)


def _row(found: Any, *, steps: tuple[str, ...] = ()) -> Row:
    given_up = _is_given_up(found)
    return Row(
        intent_id=found.workflow_id,
        mark=str(dict(found.attributes or _NO_MARK)["mark"]),
        asked_at=datetime.fromtimestamp(found.created_at / 1000, UTC),
        result=found.output if found.status == "SUCCESS" else None,
        broken=f"{found.status.lower()}: {found.error}" if given_up else None,
        steps=steps,
    )


def lock_file(file: Path) -> TextIOWrapper:
    """Return the lock of the one worker on a SQLite file, which goes with the process."""
    try:
        lock = file.with_name(f"{file.name}.lock").open("w")
    except OSError as error:
        raise StoreLostError(reason=f"no lock can be made beside it ({error.strerror})") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        problem = "another worker works on this SQLite file: use worker=False here, or PostgreSQL for several workers"
        raise InvalidInputError(problems=[problem]) from None
    return lock
