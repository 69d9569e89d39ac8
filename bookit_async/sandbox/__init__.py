"""A stateful BookIt server for tests and demos; `python -m bookit_async.sandbox` serves it."""

from ..extras import needed_for

with needed_for("the sandbox", extra="sandbox"):
    from .door.app import ReceivedRequest
    from .faults import Fault, FaultPlan, FaultPlanError
    from .faults.proxy import FaultProxy
    from .sandbox import Sandbox
    from .world import World
    from .world.clock import Clock
    from .world.demo import demo_world
    from .world.errors import JournalError, WorldError
    from .world.meetings import Mail, MeetingRecord
    from .world.world_file import load_world

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

# Pickles and reprs are to carry the public name, also in a copy of the package under another one.
for _name in __all__:
    globals()[_name].__module__ = __name__
