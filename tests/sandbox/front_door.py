"""The front door of a sandbox for tests: raw JSON in, the raw answer out."""

from typing import Any

import orjson
from attrs import frozen

from bookit_async.sandbox import Sandbox
from bookit_async.transports import WireRequest

from .. import paths

ROUTE = paths.ROUTE
FETCH = paths.AVAILABILITY
BOOK = "/v1/meeting"
BOOK_POOL = "/v1/round-robin-meeting"


@frozen
class Reply:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@frozen
class Door:
    """Sends requests to a sandbox in process."""

    sandbox: Sandbox

    async def raw(
        self, method: str, path: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        request = WireRequest(method, f"https://any.example{path}", headers or {}, content)
        response = await self.sandbox.transport.send(request, timeout=1)
        return Reply(response.status, dict(response.headers), response.body)

    async def __call__(self, method: str, path: str, body: object = None) -> Reply:
        content = None if body is None else orjson.dumps(body)
        return await self.raw(method, path, content, {"X-Api-Key": self.sandbox.api_key})

    async def post(self, path: str, body: object) -> Reply:
        return await self("POST", path, body)

    async def route(self, plan: str, *, uid: str = "uid-1", **prospect: object) -> Any:
        """Routes a prospect on the given plan; the answer's JSON."""
        body = {"triggerNode": "Plans", "uid": uid, "prospect": {"Plan": plan, **prospect}}
        reply = await self.post(ROUTE, body)
        assert reply.status == 200, reply.body
        return reply.json

    async def book_solo(self, *, uid: str = "uid-1", slot: int = 0, **more: object) -> str:
        """Books a slot with the one host; the meeting's id."""
        routed = await self.route("solo", uid=uid)
        reply = await self.post(
            BOOK, {**booking(routed["scheduling"], slot), "token": routed["routing"]["token"], **more}
        )
        assert reply.status == 200, reply.body
        return str(reply.json["meetingId"])


def filled(**answers: object) -> list[dict[str, object]]:
    """A booking form's answers; underscores stand for the spaces of labels."""
    names = {"First_Name": "Grace", "Last_Name": "Hopper", "Email": "grace@navy.example", **answers}
    return [
        {"name": name.replace("_", " "), "type": "text", "value": value}
        for name, value in names.items()
        if value is not None
    ]


def booking(page: Any, slot: int = 0, *, users: bool = False, **answers: object) -> dict[str, Any]:
    """The body that books a slot of an availability page, without what identifies it."""
    chosen = page["availability"]["timeSlots"][slot]
    index = page["availability"]["indexToUserIdMap"]
    time = {"start_time": chosen["start_time"], "end_time": chosen["end_time"], "timezone": "Europe/Berlin"}
    if users:
        time["users"] = [index[str(user)] for user in chosen["users"]]
    return {"scheduledTime": time, "userFields": filled(**answers)}
