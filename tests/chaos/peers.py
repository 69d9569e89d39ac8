"""The same orders through what people use today: the stock generated client, and the Stainless runtime."""

import importlib
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_type_hints

import httpx

from .orders import Order, Report
from .world import NODE

TRIES = 3
TIMEOUT = 1.0
DOCUMENT = Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml"


class OpenOutcomeError(Exception):
    """The peer gave up without an answer."""


class RefusedError(Exception):
    """The service said no."""


class Peer(ABC):
    """Chains the two calls that a booking takes, as a program without flows does."""

    name: str

    async def place(self, order: Order) -> Report:
        """Place one order and tell what its caller was told."""
        try:
            page, context = await self._page(order)
            availability: dict[str, Any] = page.get("availability") or {}
            info: dict[str, Any] = page.get("pageInfo") or {}
            slots = sorted(availability.get("timeSlots") or [], key=lambda slot: slot["start_time"])
            if not slots:
                return Report(order=order, result="refused")
            slot = slots[order.pick(len(slots))]
            time = {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": "UTC"}
            pooled = bool(info.get("displayAllPoolAvailability"))
            if pooled:
                time["users"] = [availability["indexToUserIdMap"][str(index)] for index in slot["users"]]
            fields = [
                {"name": one["name"], "type": one["type"], "value": order.answers.get(one["name"], [])}
                for one in page["meeting"]["formFields"]
                if one.get("name")
            ]
            body = {"scheduledTime": time, "userFields": fields, **context}
            answer = await self._send("round-robin-meeting" if pooled else "meeting", body)
            return Report(order=order, result="booked", meeting_id=answer["meetingId"])
        except OpenOutcomeError:
            return Report(order=order, result="unknown")
        except (RefusedError, KeyError, TypeError):
            return Report(order=order, result="refused")

    async def _page(self, order: Order) -> tuple[dict[str, Any], dict[str, str]]:
        if order.mode in ("link", "single-use link"):
            return await self._send("scheduling/fetch-availability", {"linkId": order.desk}), {"linkId": order.desk}
        if order.mode == "params":
            form = {"_ld_nodeName": NODE, "_ld_uid": order.uid, "formData": order.prospect}
            context = {"params": (await self._send("scheduling/route", form))["params"]}
            return await self._send("scheduling/retrieve-info", context), context
        body = {"triggerNode": NODE, "uid": order.uid, "prospect": order.prospect}
        routed = await self._send("scheduling/route-and-fetch-availability", body)
        return routed["scheduling"], {"token": routed["routing"]["token"]}

    @abstractmethod
    async def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a POST; RefusedError or OpenOutcomeError without one."""

    async def settle(self, reports: Sequence[Report]) -> list[Report]:  # noqa: ARG002 - what cannot be done
        """They have no way to."""
        return []

    @abstractmethod
    async def close(self) -> None:
        """Close the connections."""


MODULES = {
    "meeting": "meetings.book_meeting",
    "round-robin-meeting": "meetings.book_round_robin_meeting",
    "scheduling/route": "legacy.legacy_route",
    "scheduling/retrieve-info": "legacy.legacy_retrieve_info",
    "scheduling/fetch-availability": "availability.fetch_availability",
    "scheduling/route-and-fetch-availability": "availability.route_and_fetch_availability",
}


class Stock(Peer):
    """openapi-python-client's own templates on our enriched document, and the three tries that people put around it."""

    name = "stock client, 3 tries"

    def __init__(self, url: str, api_key: str, *, connections: int) -> None:
        self._package = _generated()
        limits = httpx.Limits(max_connections=connections)
        self._client = self._module("client").AuthenticatedClient(
            base_url=url,
            token=api_key,
            prefix="",
            auth_header_name="X-Api-Key",
            timeout=httpx.Timeout(TIMEOUT, pool=None),
            httpx_args={"limits": limits},
        )

    def _module(self, name: str) -> Any:
        return importlib.import_module(f"{self._package}.{name}")

    async def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        call = self._module(f"api.{MODULES[path]}").asyncio_detailed
        request = get_type_hints(call)["body"].from_dict(body)
        for _ in range(TRIES):
            try:
                answer = await call(client=self._client, body=request)
            except (httpx.TransportError, ValueError, KeyError):
                continue
            if answer.status_code == 429 or answer.status_code >= 500:
                continue
            if answer.status_code != 200:
                raise RefusedError
            found: dict[str, Any] = answer.parsed.to_dict()
            return found
        raise OpenOutcomeError

    async def close(self) -> None:
        """Close the connections."""
        await self._client.get_async_httpx_client().aclose()


class Stainless(Peer):
    """The runtime under the anthropic package, whose `post` takes any path, with its default retries."""

    name = "Stainless runtime"

    def __init__(self, url: str, api_key: str, *, connections: int) -> None:  # noqa: ARG002 - its pool is large enough
        anthropic: Any = importlib.import_module("anthropic")
        self._errors = anthropic
        headers = {"X-Api-Key": api_key}
        self._client = anthropic.AsyncAnthropic(api_key=api_key, base_url=url, timeout=TIMEOUT, default_headers=headers)

    async def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._client.post(f"/v1/{path}", cast_to=object, body=body)
        except self._errors.APIStatusError as error:
            if error.status_code == 429 or error.status_code >= 500:
                raise OpenOutcomeError from error
            raise RefusedError from error
        except (self._errors.APIError, ValueError) as error:
            raise OpenOutcomeError from error
        if not isinstance(answer, dict):
            raise OpenOutcomeError
        return answer  # pyright: ignore[reportUnknownVariableType]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _generated() -> str:
    """Return the name of the stock package, generated on first use."""
    folder = Path(tempfile.gettempdir()) / "bookit-stock-client"
    name = "stock_bookit_client"
    if not (folder / name / "client.py").exists():
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT)]
        command += ["--meta", "none", "--output-path", str(folder / name), "--overwrite"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command line
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return name
