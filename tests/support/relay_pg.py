"""A PostgreSQL of the tests' own: its data in a folder of its own, reached by a socket in that folder, and by no port.

The server runs as an unprivileged user; it refuses to run as root.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from iscbridge.relay.database.connect import Database
from support.world import until

PASSWORD = secrets.token_hex(12)
OWNER = "relay"
_ADMIN, _TEMPLATE = "postgres", "migrated"
_numbers = itertools.count(1)


def programs() -> Path:
    """The folder of PostgreSQL's programs: Debian has them outside of PATH, one folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    there = found[-1] if found else shutil.which("postgres")
    assert there, "PostgreSQL is not installed: Debian's package is called postgresql"
    return Path(there).parent


class Postgres:
    """The server. `start` and `end` may be called any number of times."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: as a vendor has it, for figures."""
        self._durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="iscbridge-pg-"))
        self.log = self.folder / "log"
        self._user = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self._has_template = False
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        pwfile = self.folder / "password"
        pwfile.write_text(PASSWORD)
        if self._user is not None:
            shutil.chown(pwfile, self._user)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", _ADMIN, f"--pwfile={pwfile}", "--no-sync",
                  "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [programs() / program, *arguments], capture_output=True, check=False, cwd="/", user=self._user, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Run it, and wait until it answers."""
        # A crash of the server loses nothing without fsync, only one of the machine would.
        options = {"listen_addresses": "", "unix_socket_directories": self.folder, "fsync": "on" if self._durable else "off", "max_connections": 200,
                   "log_lock_waits": "on", "log_min_messages": "warning"}  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [programs() / "postgres", "-D", self.folder / "data",
                 *(word for name, value in options.items() for word in ("-c", f"{name}={value}"))],
                cwd="/", user=self._user, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self._answers, f"PostgreSQL to answer: {self.log}")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            self.admin().close()
        except psycopg.OperationalError:
            return False
        return True

    def end(self, *, crash: bool = False) -> None:
        """End it: connections are cut, what was committed stays. `crash`: as if it had been killed with all of its kind."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def admin(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that may do everything; each statement is its own transaction."""
        return psycopg.connect(host=str(self.folder), user=_ADMIN, password=PASSWORD, dbname=name, autocommit=True)

    def url(self, name: str) -> str:
        """For relay.toml."""
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"

    @staticmethod
    def name_of(url: str) -> str:
        """The database's name in a URL of ours."""
        return urlsplit(url).path.strip("/")

    def until_waiting(self, most: int) -> None:
        """Wait until that many transactions wait for a row that another one has."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with contextlib.closing(self.admin()) as admin:

            def waiting() -> bool:
                found = admin.execute(asked).fetchone()
                return found is not None and found[0] >= most

            until(waiting, f"{most} transactions to wait")

    def environment(self, user: str = OWNER) -> dict[str, str]:
        """For PostgreSQL's own programs."""
        return {**os.environ, "PGHOST": str(self.folder), "PGUSER": user, "PGPASSWORD": PASSWORD}

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """One that belongs to the relay's user, with the tables of this version unless it is to be empty; its name."""
        name = f"relay{next(_numbers)}"
        if not self._has_template:
            self._make_template()
        with contextlib.closing(self.admin()) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {'template0' if empty else _TEMPLATE}")
        try:
            yield name
        finally:
            with contextlib.closing(self.admin()) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _make_template(self) -> None:
        with contextlib.closing(self.admin()) as admin:
            admin.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")
            admin.execute(f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER}")
        made = Database(self.url(_TEMPLATE), PASSWORD)
        made.migrate()
        made.close()
        self._has_template = True

    def close(self) -> None:
        """End it for good."""
        self.end(crash=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """Who runs it if we are root."""
    if os.geteuid() != 0:
        return None
    users = re.findall(r"^([^:]+):", Path("/etc/passwd").read_text(encoding="utf-8"), re.MULTILINE)
    return next(name for name in ("postgres", "nobody") if name in users)


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Postgres]:
    """A server that runs; it is gone at the end."""
    server = Postgres(durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.close()
