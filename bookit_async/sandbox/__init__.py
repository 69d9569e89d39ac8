"""A stateful BookIt server for tests and demos; `python -m bookit_async.sandbox` serves it."""

from .door.app import ReceivedRequest
from .door.server import Sandbox
from .faults import Fault, FaultPlan, FaultPlanError
from .faults.proxy import FaultProxy
from .world import World
from .world.clock import Clock
from .world.database import JournalError
from .world.demo import demo_world
from .world.meetings import Mail, MeetingRecord
from .world.mistakes import WorldError
from .world.plain_data import load_world

__all__ = [
    "Clock",
    "Fault",
    "FaultPlan",
    "FaultPlanError",
    "FaultProxy",
    "JournalError",
    "Mail",
    "MeetingRecord",
    "ReceivedRequest",
    "Sandbox",
    "World",
    "WorldError",
    "demo_world",
    "load_world",
]
