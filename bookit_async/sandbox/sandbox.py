"""The sandbox as one object: a service, its front door in process and over TCP, and a look at what happened inside."""

from collections.abc import Callable, Mapping
from datetime import datetime
from os import PathLike
from random import Random, SystemRandom
from types import TracebackType
from typing import Never, Self

from attrs import evolve

from ..transports import Transport
from .door.app import App, ReceivedRequest
from .door.in_process import InProcessTransport
from .door.server import Server
from .service.service import Service
from .world import World
from .world.clock import Clock
from .world.database import FileJournal
from .world.demo import demo_world
from .world.journal import new_journal
from .world.meetings import Mail, MeetingRecord
from .world.mistakes import check
from .world.quirks import GivenQuirks, named


class Sandbox:
    """A BookIt service to try and to test against.

    ```python
    async with Sandbox() as sandbox, BookIt(api_key=sandbox.api_key, base_url=sandbox.url) as client: ...
    sandbox = Sandbox(tcp=False)                    # no port, nothing to enter or to leave
    client = BookIt(api_key=sandbox.api_key, transport=sandbox.transport)
    ```

    `world` is what it plays, None for `demo_world()`; a `WorldError` lists every mistake in it. `now` is the aware
    datetime at which its time stands still, or a function that gives one; None for the real time. `clock` moves it:
    `sandbox.clock.set(datetime)`, `sandbox.clock.advance(timedelta)`. With a `seed`, ids, tokens and a missing
    `api_key` come out the same on every run. Entering serves it on `host` and `port` (0: any free one), unless `tcp`
    is False; while it is served, the cancel and reschedule links in its mails lead to pages of its own.

    `quirks` are ways in which the real service may be otherwise than its documentation is read here, beside those of
    the world: names, such as `{"token_reuse"}`, or a mapping with a value where a quirk has one, such as
    `{"lagging_witnesses": 2.0}`. `bookit_async.sandbox.world.quirks` lists them, and so does docs/testing.md.

    All of its state is in this object and goes with it, unless `db` names an SQLite file, made where there is none:
    then meetings, spent tokens and links, mails and both keys are there again for the next sandbox with this file, also
    after a crash. One sandbox at a time has the file, until it is left; JournalError when it cannot be used.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        quirks: GivenQuirks = (),
        now: datetime | Callable[[], datetime] | None = None,
        seed: int | None = None,
        api_key: str | None = None,
        db: str | PathLike[str] | None = None,
        tcp: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        world = demo_world() if world is None else world
        self.world = evolve(world, quirks={**named(world.quirks), **named(quirks)})
        check(self.world)
        random = SystemRandom() if seed is None else Random(seed)  # noqa: S311 - the same on every run is what a seed is for
        self.clock = Clock(now)
        journal = new_journal(random)
        if db is not None:
            journal = FileJournal(db, new=journal)
            journal.check(self.world)
        self._journal = journal
        self.api_key = journal.api_key if api_key is None else api_key
        self._service = Service(self.world, now=self.clock, random=random, journal=journal)
        self.app = App(self._service, api_key=self.api_key, random=random)
        self._tcp = tcp
        self._address = host, port
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        """Serve over TCP, unless the sandbox was made without it; OSError when the port cannot be had."""
        if self._tcp:
            self._server = await Server.start(self.app, self._address)
            self._service.site = self._server.url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and let go of the `db` file. What happened inside can still be read."""
        server, self._server = self._server, None
        self._service.site = self.world.site
        try:
            if server is not None:
                await server.stop()
        finally:
            self._journal.close()

    def __enter__(self) -> Never:
        raise TypeError("it is opened by `async with Sandbox() as sandbox:`, not by a plain `with`")

    __exit__ = None  # so that type checkers refuse it, too

    @property
    def url(self) -> str:
        """The base URL over TCP, without a slash at its end; RuntimeError while nothing is served."""
        if self._server is None:
            raise RuntimeError("The sandbox has no URL: enter it with `async with Sandbox()`, without `tcp=False`.")
        return self._server.url

    @property
    def transport(self) -> Transport:
        """A new transport into the sandbox, without any network; good with or without entering it."""
        return InProcessTransport(self.app)

    @property
    def quirks(self) -> Mapping[str, float]:
        """Return the quirks that it has, by name with their values; 1.0 for one that has none."""
        return dict(self._service.quirks.values)

    @property
    def meetings(self) -> list[MeetingRecord]:
        """Every meeting as it is now, canceled ones too, in the order of their booking."""
        return list(self._service.desk.diary.meetings.values())

    @property
    def outbox(self) -> list[Mail]:
        """Every mail that would have been sent, oldest first."""
        return list(self._service.desk.outbox)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Every request that came with the right API key, oldest first."""
        return list(self.app.requests)

    def __repr__(self) -> str:
        return f"<Sandbox {'not served' if self._server is None else self._server.url}>"
