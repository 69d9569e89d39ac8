"""The sandbox as an object, over TCP, and as a command."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bookit_async.sandbox import Sandbox, demo_world
from bookit_async.sandbox.__main__ import main, welcome
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
        page = await (
            await session.post(f"{sandbox.url}/v1/scheduling/fetch-availability", json={"linkId": "Em30rva"})
        ).json()
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
        "https://any.example/v1/scheduling/fetch-availability",
        {"x-api-key": sandbox.api_key},
        b'{"linkId":"open"}',
    )
    with pytest.raises(ValueError, match="naive"):
        await sandbox.transport.send(request, timeout=1)


async def test_the_real_clock_is_the_default() -> None:
    sandbox = Sandbox(tcp=False)
    request = WireRequest(
        "POST",
        "https://any.example/v1/scheduling/fetch-availability",
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
