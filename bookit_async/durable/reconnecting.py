"""Connections to PostgreSQL that are waited for, so that a worker goes on as soon as a database that was away is back.

The engine itself would look again after 1, 2, 4 and so on to 60 seconds.
"""

import time
from typing import Any

import psycopg

from ..exchange.telemetry import LOGGER

CONNECT = 5
"""Seconds to wait for a connection."""
AGAIN = 0.5
"""Seconds before it is tried again."""


class Reconnecting:
    """Connects in the engine's threads."""

    def __init__(self, database: str) -> None:
        self._database = database
        self.closed = False
        """Whether nobody waits for the database any more."""

    def connect(self) -> psycopg.Connection[Any]:
        """Return a connection, however long that takes; what connecting raises once it is closed."""
        said = False
        while True:
            try:
                return psycopg.connect(self._database, connect_timeout=CONNECT, application_name="bookit_async")
            except psycopg.OperationalError as error:
                if self.closed:
                    raise
                if not said:
                    LOGGER.warning("durable: the database is away (%s): this worker waits for it", type(error).__name__)
                    said = True
                time.sleep(AGAIN)
