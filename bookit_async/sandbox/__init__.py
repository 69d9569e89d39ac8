"""A stateful BookIt server for tests and demos; `python -m bookit_async.sandbox` serves it."""

from .app import ReceivedRequest
from .demo import demo_world
from .meetings import Mail, MeetingRecord
from .mistakes import WorldError
from .server import Sandbox
from .world import World

__all__ = ["Mail", "MeetingRecord", "ReceivedRequest", "Sandbox", "World", "WorldError", "demo_world"]
