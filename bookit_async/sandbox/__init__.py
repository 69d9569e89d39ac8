"""A stateful BookIt server for tests and demos; `python -m bookit_async.sandbox` serves it."""

from .app import ReceivedRequest
from .clock import Clock
from .database import JournalError
from .demo import demo_world
from .fault_proxy import FaultProxy
from .faults import Fault, FaultPlan, FaultPlanError
from .meetings import Mail, MeetingRecord
from .mistakes import WorldError
from .server import Sandbox
from .world import World
from .world_data import load_world

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
