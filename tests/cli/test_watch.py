"""`bookit watch` tells each change of a meeting once, whatever ends it, and posts it until it is taken."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bookit_async import Booked, BookIt, NotSentError
from bookit_async.cli.commands import watch as watch_module
from bookit_async.cli.meeting_changes import change_id, change_of, changes, is_over, pause, starts_of
from bookit_async.cli.output import Output
from bookit_async.cli.session import Session
from bookit_async.cli.webhooks import SECRET, signed, wait_after
from bookit_async.transports import TransportFailure, WireRequest, WireResponse

from ..conftest import ADA, NODE
from .conftest import KEY, Ran, Run, Served

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
EVERY = timedelta(minutes=5)
STATE = {
    "start_utc": "2031-03-02T12:00:00Z",
    "end_utc": "2031-03-02T13:00:00Z",
    "canceled": False,
    "status": "scheduled",
    "organizer_email": "eva@northwind.example",
}


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (None, None, None),
        (None, STATE, "booked"),
        (STATE, None, "gone"),
        (STATE, dict(STATE), None),
        (STATE, {**STATE, "canceled": True, "start_utc": None}, "canceled"),
        ({**STATE, "canceled": True}, STATE, "restored"),
        (STATE, {**STATE, "start_utc": "2031-03-03T12:00:00Z", "status": "rescheduled"}, "moved"),
        (STATE, {**STATE, "organizer_email": "ben@northwind.example"}, "reassigned"),
        (STATE, {**STATE, "status": "another"}, "changed"),
    ],
    ids=str,
)
def test_what_changed(before: Any, now: Any, kind: str | None) -> None:
    assert change_of(before, now) == kind


def test_what_is_left_out_of_a_list_for_being_over_is_not_gone() -> None:
    before = {"a": STATE, "b": {**STATE, "start_utc": None}, "c": STATE}
    later = datetime(2031, 3, 5, tzinfo=UTC)
    assert [*changes(before, {"c": STATE, "d": STATE}, since=later)] == [("d", "booked"), ("b", "gone")]
    assert [*changes(before, {"c": STATE}, since=NOW)] == [("a", "gone"), ("b", "gone")]
    assert is_over(STATE, later)
    assert not is_over(STATE, NOW)
    assert not is_over({**STATE, "end_utc": None, "start_utc": None}, NOW)
    assert starts_of([STATE, {**STATE, "canceled": True}, {**STATE, "start_utc": None}]) == [NOW + timedelta(days=1)]


def test_a_change_has_the_same_id_whenever_it_is_told_and_no_other_has_it() -> None:
    told = [("m", "moved", STATE, 1), ("m", "moved", STATE, 2), ("n", "moved", STATE, 1), ("m", "gone", None, 1)]
    assert len({change_id(*one) for one in told}) == len(told)
    assert change_id(*told[0]) == change_id(*told[0])


@pytest.mark.parametrize(
    ("ahead", "minutes"),
    [
        ([], 60),
        ([timedelta(hours=-1)], 60),
        ([timedelta(days=30)], 15),
        ([timedelta(days=1, minutes=1)], 15),
        ([timedelta(hours=23)], 5),
        ([timedelta(hours=2, minutes=2)], 2),
        ([timedelta(hours=2)], 1),
        ([timedelta(days=3), timedelta(minutes=1)], 1),
    ],
    ids=str,
)
def test_looks_are_rarer_when_nothing_happens_soon_and_denser_near_the_start(
    ahead: list[timedelta], minutes: float
) -> None:
    assert pause([NOW + one for one in ahead], now=NOW, every=EVERY) == timedelta(minutes=minutes)


def test_a_pause_has_bounds_and_grows_while_looks_fail() -> None:
    soon = [NOW + timedelta(minutes=1)]
    assert pause(soon, now=NOW, every=timedelta(seconds=15)) == timedelta(seconds=10)
    assert pause([], now=NOW, every=timedelta(hours=3)) == timedelta(hours=3)
    waits = [pause(soon, now=NOW, every=EVERY, failures=number) for number in (0, 1, 2, 6, 60)]
    assert [one / waits[0] for one in waits] == [1, 2, 4, 64, 64]
    assert [wait_after(number) for number in (1, 2, 3, 20)] == [1, 2, 4, 300]


def test_a_message_is_signed_so_that_the_receivers_of_standard_webhooks_take_it() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed(b'{"test": 2432232314}', message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=at, key=key)
    told = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    expected = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}" == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


@pytest.mark.parametrize(
    ("arguments", "secret", "message"),
    [
        ([], "", "give addresses, or --journal"),
        (["a@b.example", "--journal", "j"], "", "give addresses, or --journal"),
        (["nobody"], "", "'nobody' must be an email address"),
        (["a@b.example", "--every", "5"], "", "--every must be a time from 10s to 24h"),
        (["a@b.example", "--every", "5s"], "", "--every must be a time from 10s to 24h"),
        (["a@b.example", "--webhook", "x"], "", "--webhook must be an https:// address"),
        (["a@b.example", "--webhook", "http://x.example/"], "", "--webhook is http:// to another machine"),
        (["a@b.example", "--webhook", "https://x.example/"], "", "BOOKIT_WEBHOOK_SECRET is not set"),
        (["a@b.example", "--webhook", "https://x.example/"], "qzxwq", "BOOKIT_WEBHOOK_SECRET is too short"),
        (["a@b.example", "--webhook", "https://x.example/"], "whsec_%", "must be base64 behind whsec_"),
        (["--journal", "nowhere.db"], "", "there is no journal nowhere.db"),
    ],
    ids=str,
)
def test_what_cannot_be_watched_is_said(
    bookit: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], secret: str, message: str
) -> None:
    monkeypatch.setenv(SECRET, secret)
    ran = bookit("watch", *arguments, "--json")
    assert ran.status == 2
    assert message in ran.lines[0]["error"]["message"]
    assert not (secret and secret in ran.out)


class Clock:
    """The time of day, which goes on only where the command waits, and then something happens."""

    def __init__(self, *happenings: Callable[[], object]) -> None:
        self.now = datetime.now(UTC)
        self.waited: list[float] = []
        self._happenings = [*happenings]

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)
        if not self._happenings:
            raise asyncio.CancelledError
        await asyncio.to_thread(self._happenings.pop(0))


@pytest.fixture
def watched(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Ran, Clock]]:
    """Watches while things happen, and then is interrupted."""

    def watched(
        arguments: list[str], *happenings: Callable[[], object], now: datetime | None = None
    ) -> tuple[Ran, Clock]:
        clock = Clock(*happenings)
        clock.now = now or clock.now
        monkeypatch.setattr(watch_module, "_sleep", clock.sleep)
        monkeypatch.setattr(Session, "now", property(lambda _: clock.now))
        ran = bookit("watch", *arguments, "--zone", "UTC")
        assert ran.status == 130, ran
        return ran, clock

    return watched


class Prospect:
    """Somebody who books, moves and cancels, by way of another program."""

    def __init__(self, served: Served, email: str) -> None:
        self._served = served
        self.email = email
        self.meeting = ""

    def book(self) -> None:
        answers = {"First Name": "Ada", "Last Name": "Lovelace", "Email": self.email}
        booked = self._do(lambda client: client.book_link("Em30rva", timezone="UTC", answers=answers))
        assert isinstance(booked, Booked)
        self.meeting = booked.meeting_id

    def move(self) -> None:
        async def move(client: BookIt) -> None:
            offer: Any = await client.availability(meeting_id=self.meeting)
            await client.reschedule(self.meeting, timezone="UTC", slot=offer.slots[-1].start)

        self._do(move)

    def cancel(self) -> None:
        self._do(lambda client: client.cancel(self.meeting))

    def _do(self, do: Callable[[BookIt], Any]) -> Any:
        async def done() -> Any:
            async with BookIt(KEY, base_url=self._served.url) as client:
                return await do(client)

        return asyncio.run(done())


@pytest.fixture
def prospect(served: Served, request: pytest.FixtureRequest) -> Prospect:
    return Prospect(served, f"{abs(hash(request.node.name))}@watch.example")


def nothing() -> None:
    """Let time pass."""


def kinds(ran: Ran) -> list[str]:
    return [one["change"] for one in ran.lines]


def test_each_change_of_a_prospects_meetings_is_told_once_whatever_ends_it(
    watched: Callable[..., tuple[Ran, Clock]], prospect: Prospect, home: Path
) -> None:
    first, clock = watched([prospect.email], prospect.book, nothing, prospect.move)
    assert kinds(first) == ["booked", "moved"]
    assert clock.waited[0] == 3600
    assert all(one < 3600 for one in clock.waited[1:])
    booked, moved = first.lines
    assert (booked["meeting_id"], booked["email"], booked["before"]) == (prospect.meeting, prospect.email, None)
    assert moved["before"]["start_utc"] == booked["meeting"]["start_utc"] != moved["meeting"]["start_utc"]
    assert "Watches 1, asking sandbox 127.0.0.1" in first.err
    assert "The same command goes on" in first.err
    prospect.cancel()
    again, _ = watched([prospect.email.upper()], nothing)
    assert kinds(again) == ["canceled"]
    assert watched([prospect.email], nothing)[0].out == ""
    for path in home.rglob("*"):
        assert not path.is_file() or prospect.email.encode() not in path.read_bytes()


def test_what_was_noted_and_not_told_is_told_after_a_restart(
    watched: Callable[..., tuple[Ran, Clock]], bookit: Run, prospect: Prospect, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched([prospect.email])
    prospect.book()

    def gone(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(Output, "record", gone)
        assert bookit("watch", prospect.email).status == 1
    assert kinds(watched([prospect.email])[0]) == ["booked"]
    assert watched([prospect.email], nothing)[0].out == ""


def test_the_meetings_that_a_journal_booked_are_held_against_what_was_booked(
    watched: Callable[..., tuple[Ran, Clock]],
    bookit: Run,
    prospect: Prospect,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{**ADA, "Email": prospect.email}, {**ADA, "Email": prospect.email, "NumEmployees": 8}]
    (home / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    command = ["bulk", "run", "rows.jsonl", "--node", NODE, "--journal", "j.db", "--yes", "--json"]
    found = {one["outcome"]: one for one in bookit(*command).lines[:-1]}
    assert set(found) == {"Booked", "Redirected"}
    prospect.meeting = found["Booked"]["meeting_id"]
    prospect.move()
    ran, clock = watched(["--journal", "j.db"], nothing, nothing)
    assert kinds(ran) == ["moved"]
    assert ran.lines[0]["email"] == prospect.email
    assert max(clock.waited) <= 300
    start = datetime.fromisoformat(ran.lines[0]["meeting"]["start_utc"])
    near, clock = watched(["--journal", "j.db", "--every", "10m"], nothing, nothing, now=start - timedelta(hours=1))
    assert (near.out, clock.waited) == ("", [120, 120, 120])
    prospect.cancel()
    assert kinds(watched(["--journal", "j.db"])[0]) == ["canceled"]

    async def gone(*_: object, **__: object) -> Any:
        from bookit_async.errors import MeetingNotFoundError

        raise MeetingNotFoundError(status=404)

    with monkeypatch.context() as away:
        away.setattr(BookIt, "meeting", gone)
        assert kinds(watched(["--journal", "j.db"], nothing)[0]) == ["gone"]
    far = datetime.now(UTC) + timedelta(days=400)
    monkeypatch.setattr(watch_module, "_sleep", Clock().sleep)
    monkeypatch.setattr(Session, "now", property(lambda _: far))
    assert "Watches 0" in bookit("watch", "--journal", "j.db").err


def test_a_look_that_fails_is_made_again_later(
    watched: Callable[..., tuple[Ran, Clock]], prospect: Prospect, monkeypatch: pytest.MonkeyPatch
) -> None:
    meetings = BookIt.meetings
    fails = [True, True]

    async def flaky(client: BookIt, *given: Any, **more: Any) -> Any:
        if fails:
            fails.pop()
            raise NotSentError(reason="no connection")
        return await meetings(client, *given, **more)

    monkeypatch.setattr(BookIt, "meetings", flaky)
    ran, clock = watched([prospect.email], nothing, nothing, prospect.book)
    assert kinds(ran) == ["booked"]
    assert clock.waited[:2] == [600, 1200]
    assert ran.err.count("A look failed, and is made again: ") == 1


def test_a_watch_that_nobody_reads_any_more_ends(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Output, "closed", True, raising=False)
    monkeypatch.setattr(Output, "__init__", _closed(Output.__init__))
    assert bookit("watch", "a@watch.example").status == 0


def _closed(init: Callable[..., None]) -> Callable[..., None]:
    def made(output: Output, **given: Any) -> None:
        init(output, **given)
        output.closed = True

    return made


class Receiver:
    """Takes messages, or does not."""

    def __init__(self, *plan: int | None) -> None:
        self._plan = [*plan]
        self.posted: list[WireRequest] = []
        self.closed = False

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        assert timeout > 0
        self.posted.append(request)
        status = self._plan.pop(0) if self._plan else 204
        if status is None:
            raise TransportFailure("connection refused", maybe_processed=False)
        return WireResponse(status=status, headers={}, body=b"")

    async def close(self) -> None:
        self.closed = True


def given(receiver: Receiver, *, trust_env: bool) -> Receiver:
    assert trust_env
    return receiver


def test_a_change_is_posted_in_order_until_it_is_taken_with_the_same_id(
    watched: Callable[..., tuple[Ran, Clock]], prospect: Prospect, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver(500, None)
    monkeypatch.setattr(watch_module, "AiohttpTransport", partial(given, receiver))
    secret = "a-secret-that-nobody-guesses-4711"
    monkeypatch.setenv(SECRET, secret)
    command = [prospect.email, "--webhook", "https://crm.example/hook"]

    def book_twice() -> None:
        prospect.book()
        prospect.book()

    ran, clock = watched(command, book_twice, nothing)
    first, second = (one["id"] for one in ran.lines)
    assert kinds(ran) == ["booked", "booked"]
    assert clock.waited[1:] == [1, 2]
    assert ran.err.count("The webhook did not take a change, and is given it again: status 500") == 1
    assert secret not in ran.err
    assert watched([prospect.email], nothing)[0].out == ""
    assert watched(command)[0].out == ""
    assert [one.headers["webhook-id"] for one in receiver.posted] == [first, first, first, second]
    assert [json.loads(one.content or b"")["id"] for one in receiver.posted] == [first, first, first, second]
    assert receiver.closed


def test_a_receiver_on_this_machine_gets_what_is_signed(
    watched: Callable[..., tuple[Ran, Clock]], prospect: Prospect, monkeypatch: pytest.MonkeyPatch, receiver: Any
) -> None:
    monkeypatch.setenv(SECRET, "whsec_" + base64.b64encode(b"k" * 24).decode())
    ran, _ = watched([prospect.email, "--webhook", receiver.url], prospect.book)
    ((headers, body),) = receiver.got
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(b"k" * 24, told, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert json.loads(body) == ran.lines[0]


class LoopbackReceiver(threading.Thread):
    """A server of the person's."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[dict[str, str], bytes]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def run(self) -> None:
        self.server.serve_forever()


@pytest.fixture
def receiver() -> Iterator[LoopbackReceiver]:
    thread = LoopbackReceiver()
    thread.start()
    yield thread
    thread.server.shutdown()
    thread.server.server_close()
    thread.join()
