"""How much goes over the wire, and over how many connections."""

MAX_CONNECTIONS = 100
KEEP_ALIVE = 75.0
"""Seconds that a connection is kept without a request; what stands in front of services keeps it 60 to 75."""
MAX_URL_BYTES = 8 * 1024
"""The gateway takes 10,240 bytes of request line and headers together."""
MAX_REQUEST_BYTES = 10 * 1024 * 1024
"""The gateway takes no larger body."""
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
"""Bytes of an answer after decompression; the gateway itself gives no more than 10 MiB."""
