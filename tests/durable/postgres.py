"""A real PostgreSQL server that belongs to the tests: started by an ordinary user on loopback, and removed."""

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import Any


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that Debian's packages installed, None without one."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda one: int(one.parent.name))


class Postgres:
    """A server of our own on loopback, run by an ordinary user, since it refuses to be run by root."""

    def __init__(self, programs: Path, *, fsync: bool = False) -> None:
        self._programs = programs
        self._fsync = fsync
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
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=300"
        options += "" if self._fsync else " -c fsync=off"  # what the machine itself would lose, no test asks
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

    def dump(self, database: str) -> str:
        """Return all that lies in a database, as pg_dump writes it."""
        return self._run("pg_dump", "-h", "127.0.0.1", "-p", str(self.port), "-U", "bookit", database)

    def _run(self, program: str, *arguments: str) -> str:
        lowered: dict[str, Any] = {}
        if os.getuid() == 0:
            lowered = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": ()}
        command = [str(self._programs / program), *arguments]
        with (self._folder / "out").open("w+") as out:
            subprocess.run(command, cwd=self._folder, check=True, stdout=out, stderr=out, **lowered)  # noqa: S603
            out.seek(0)
            return out.read().strip()
