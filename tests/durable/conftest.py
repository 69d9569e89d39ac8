"""A database for durable bookings: a SQLite file, and a real PostgreSQL that belongs to the tests."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

_VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


class Postgres:
    """A server of our own on loopback, run by an ordinary user, since it refuses to be run by root."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(mkdtemp(prefix="bookit-postgres-", dir="/tmp"))
        self._user = pwd.getpwnam("nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
        if os.getuid() == 0:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._run("initdb", "-D", "data", "-U", "bookit", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-o", options, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def database(self, name: str) -> str:
        self.sql("postgres", f"create database {name}")
        return f"postgresql://bookit@127.0.0.1:{self.port}/{name}"

    def sql(self, database: str, query: str) -> str:
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "bookit", "-d", database)
        return self._run("psql", *where, "-qAtc", query)

    def _run(self, program: str, *arguments: str) -> str:
        lowered: dict[str, Any] = {}
        if os.getuid() == 0:
            lowered = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": ()}
        command = [str(self._programs / program), *arguments]
        with (self._folder / "out").open("w+") as out:
            subprocess.run(command, cwd=self._folder, check=True, stdout=out, stderr=out, **lowered)  # noqa: S603
            out.seek(0)
            return out.read().strip()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if not _VERSIONS:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = Postgres(_VERSIONS[0])
    try:
        yield server
    finally:
        server.remove()
