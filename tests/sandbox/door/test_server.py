"""The sandbox as an object, over TCP, and as a command."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bookit_async import BookIt
from bookit_async.sandbox import FaultProxy, Sandbox, demo_world
from bookit_async.sandbox.__main__ import main, warning, welcome
from bookit_async.sandbox.world import World
from bookit_async.transports import TransportFailure, WireRequest

from ... import paths
from ..worlds import small_world

INPUTS = paths.INPUTS
NODE = {"nodeName": "New Webform Prospect"}


async def ask(sandbox: Sandbox, url: str) -> int:
    async with (
        aiohttp.ClientSession(headers={"X-Api-Key": sandbox.api_key}) as session,
        session.post(url + INPUTS, json=NODE) as response,
    ):
        return response.status


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_it_is_served_on_a_free_port_while_it_is_entered(host: str) -> None:
    async with Sandbox(host=host) as sandbox:
        url = sandbox.url
        assert repr(sandbox) == f"<Sandbox {url}>"
        assert await ask(sandbox, url) == 200
    assert len(sandbox.requests) == 1
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask(sandbox, url)


async def test_over_tcp_of_twenty_bookings_of_one_slot_exactly_one_wins() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession(headers={"X-Api-Key": sandbox.api_key}) as session:
        page = await (await session.post(f"{sandbox.url}{paths.AVAILABILITY}", json={"linkId": "Em30rva"})).json()
        slot = page["availability"]["timeSlots"][0]
        labels = ("First Name", "Last Name", "Email", "What would you like to solve?")
        body = {
            "linkId": "Em30rva",
            "scheduledTime": {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": "UTC"},
            "userFields": [{"name": label, "type": "text", "value": "a@b.example"} for label in labels],
        }

        async def book() -> int:
            async with session.post(f"{sandbox.url}/v1/meeting", json=body) as response:
                return response.status

        assert sorted(await asyncio.gather(*(book() for _ in range(20)))) == [200] + [400] * 19


async def test_a_port_that_is_in_use_is_an_error() -> None:
    async with Sandbox() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await Sandbox(port=port).__aenter__()


async def test_without_tcp_there_is_no_url_but_a_transport() -> None:
    async with Sandbox(tcp=False) as sandbox:
        with pytest.raises(RuntimeError, match="no URL"):
            _ = sandbox.url
        assert repr(sandbox) == "<Sandbox not served>"
        request = WireRequest(
            "POST", f"https://any.example{INPUTS}", {"x-api-key": sandbox.api_key}, b'{"nodeName":"x"}'
        )
        transport = sandbox.transport
        response = await transport.send(request, timeout=1)
        assert response.status == 400
        assert response.headers["x-amzn-requestid"]
        await transport.close()
        with pytest.raises(TransportFailure) as caught:
            await transport.send(request, timeout=1)
        assert caught.value.maybe_processed is False
        assert (await sandbox.transport.send(request, timeout=1)).status == 400


def test_a_seed_makes_runs_alike_and_a_key_may_be_given() -> None:
    assert Sandbox(seed=5).api_key == Sandbox(seed=5).api_key != Sandbox(seed=6).api_key
    assert Sandbox().api_key != Sandbox().api_key
    assert Sandbox(api_key="mine").api_key == "mine"
    assert Sandbox().world == demo_world()


async def test_a_naive_clock_is_refused() -> None:
    sandbox = Sandbox(small_world(), now=lambda: datetime(2026, 5, 4), tcp=False)  # noqa: DTZ001 - the mistake
    request = WireRequest(
        "POST",
        f"https://any.example{paths.AVAILABILITY}",
        {"x-api-key": sandbox.api_key},
        b'{"linkId":"open"}',
    )
    with pytest.raises(ValueError, match="naive"):
        await sandbox.transport.send(request, timeout=1)


async def test_the_real_clock_is_the_default() -> None:
    sandbox = Sandbox(tcp=False)
    request = WireRequest(
        "POST",
        f"https://any.example{paths.AVAILABILITY}",
        {"x-api-key": sandbox.api_key},
        b'{"linkId":"Once7Kd"}',
    )
    response = await sandbox.transport.send(request, timeout=1)
    assert response.status == 200
    assert str(int(datetime.now(UTC).timestamp()))[:3].encode() in response.body


@pytest.mark.subprocess
async def test_the_command_serves_until_it_is_interrupted() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bookit_async.sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    assert first.startswith("BookIt sandbox on http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    rest = (await process.stdout.read()).decode()
    assert await process.wait() == 0
    assert "Traceback" not in rest


def test_the_command_says_what_there_is_to_try() -> None:
    screen = welcome("http://127.0.0.1:1", "key", demo_world())
    assert (
        "\n  Customer Check-in: Email STRING, FirstName STRING, LastName STRING, Plan STRING, IsAdmin BOOLEAN\n"
        in screen
    )
    assert "\n  Once7Kd: Customer Check-in, single use\n  Pool4Mm: Product Demo\n  Many8Tx: multi\n" in screen
    assert "export BOOKIT_BASE_URL=http://127.0.0.1:1 BOOKIT_API_KEY=key" in screen
    assert len(screen.splitlines()) < 24
    assert "BookIt sandbox" in welcome("u", "k", World(hosts=(), meeting_types=()))


def test_the_command_says_when_it_cannot_listen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "70000"]) == 2
    assert capsys.readouterr().err.startswith("Cannot listen on 127.0.0.1 port 70000: ")


def test_the_command_says_what_is_wrong_with_a_world_or_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "world.yaml").write_text("hosts: []\nmeeting_types: [{name: Call, minutes: 0}]\n")
    assert main(["--world", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml cannot be read: No such file or directory" in capsys.readouterr().err
    assert main(["--world", str(tmp_path / "world.yaml")]) == 2
    assert "meeting type 'Call': minutes must be more than 0" in capsys.readouterr().err
    assert main(["--db", str(tmp_path)]) == 2
    assert "The sandbox cannot keep its state in " in capsys.readouterr().err


def test_the_commands_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "--world team.yaml --db team.db" in shown
    assert max(len(line) for line in shown.splitlines()) <= 120


async def said_by(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """The first lines of what the command prints, and then all the rest after it was interrupted."""
    assert process.stdout is not None
    first = (await process.stdout.readuntil(b"Trigger nodes")).decode()
    return first, first.partition("BOOKIT_API_KEY=")[2].split()[0]


@pytest.mark.parametrize(("options", "lines"), [((), 3), (("--quiet",), 0)])
async def test_the_command_prints_a_line_for_each_request(options: tuple[str, ...], lines: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bookit_async.sandbox", "--quirk", "token_reuse", "--quirk", "lagging_list=0.5", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    first, key = await said_by(process)
    url = first.partition("http://")[2].split()[0]
    async with aiohttp.ClientSession(headers={"X-Api-Key": key}) as session:
        for path, headers in ((INPUTS, {}), ("/v1/secret?q=ada@x.example", {}), (INPUTS, {"X-Api-Key": "wrong-key"})):
            async with session.post(f"http://{url}{path}", json=NODE, headers=headers):
                pass
        async with session.get(f"http://{url}/cancel/some-meeting"):
            pass
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    logged = [line.partition("  ")[2] for line in said.decode().splitlines()]
    everything = [
        f"200 POST   {paths.INPUTS}  retrieveInputs",
        "404          no such operation",
        "401        X-Api-Key is missing or wrong",
        "404 GET    page behind a link in a mail",
    ]
    assert logged == (everything if lines else [])
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("host", "shown", "warned"),
    [("0.0.0.0", "http://127.0.0.1:", True), ("127.0.0.1", "http://127.0.0.1:", False)],  # noqa: S104 - the point
)
async def test_the_command_prints_an_address_that_the_client_accepts(host: str, shown: str, *, warned: bool) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bookit_async.sandbox", "--host", host),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    first, key = await said_by(process)
    url = first.partition("BOOKIT_BASE_URL=")[2].split()[0]
    assert url.startswith(shown)
    async with BookIt(key, base_url=url) as client:
        assert (await client.inputs("New Webform Prospect")).inputs
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert ("Careful: other machines can reach this sandbox, on 0.0.0.0." in said.decode()) == warned


@pytest.mark.parametrize(
    ("given", "problem"),
    [("toke_reuse", "did you mean 'token_reuse'?"), ("list_is_cut=0", "give a number above 0")],
)
def test_the_command_says_what_is_wrong_with_a_quirk(
    given: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--quirk", given]) == 2
    assert problem in capsys.readouterr().err


def test_the_command_says_that_a_value_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--quirk", "list_is_cut=x"])
    assert "the value of list_is_cut must be a number, such as list_is_cut=2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "warned"),
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("::", True), ("box.lan", True)],  # noqa: S104
)
def test_whoever_lets_other_machines_in_is_warned(host: str, *, warned: bool) -> None:
    assert bool(warning(host)) == warned


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])  # noqa: S104
async def test_on_all_addresses_it_is_reached_from_this_machine(host: str, shown: str) -> None:
    async with Sandbox(host=host) as sandbox, FaultProxy(sandbox.url, host=host) as proxy:
        for url in (sandbox.url, proxy.url):
            assert url.startswith(f"http://{shown}:")
            assert await ask(sandbox, url) == 200
