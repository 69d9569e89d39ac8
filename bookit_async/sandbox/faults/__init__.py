"""What goes wrong between a client and the service: a plan of faults, and the proxy that makes it happen.

What a proxy cannot do, because the connection never comes to be or lies on the client's side, is a matter of the base
URL or the client's settings:

- the name does not resolve: `http://bookit.invalid`
- refused: `http://127.0.0.1:1`, or `proxy.url` once the proxy is left
- unreachable: `http://255.255.255.255`
- never connected: `http://192.0.2.1`, which nobody has, with a short timeout; some networks refuse it, though
- TLS fails: `proxy.url` with `https` for `http`
- no connection is free: `max_connections=1`, and another request that a `stall` holds up
"""

from .kinds import KINDS, Fault, Kind, When
from .mistakes import FaultPlanError
from .plan import FaultPlan

__all__ = ["KINDS", "Fault", "FaultPlan", "FaultPlanError", "Kind", "When"]
