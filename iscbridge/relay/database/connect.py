"""The database: SQLite for one process, PostgreSQL for any number of them. Blocking; for worker threads.

One unit of work is one short transaction, handed in as a function: it may be run again from its beginning if another
process was in its way, so it touches nothing but its connection.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from iscbridge.core.errors import RelayError

Result = TypeVar("Result")

_MOST_TRIES = 8
_LONGEST_S = 12.0
"""No new try after this."""
_BUSY_S = 5.0
#: PostgreSQL: serialisation failure, deadlock, a lock that was not to be had; we stood still for too long in the middle;
#: the server closes or is not up yet.
_AGAIN = ("40001", "40P01", "55P03", "25P03", "57P01", "57P02", "57P03", "08000", "08003", "08006")
#: Of a connection to PostgreSQL. A process that stands still in the middle of a transaction, or whose machine is gone,
#: must not keep rows from all others: the server ends its transaction. Whoever waits for a row waits longer than that.
_SESSION = {"idle_in_transaction_session_timeout": "3s", "lock_timeout": "4s"}
_CONNECT = {"connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_LOOKS = "iscbridge_looks"
_LOCK = 7_301_945_112
"""Of PostgreSQL's advisory locks the one under which the tables are changed: any number, always the same."""


class Database:
    """One database and its pool of connections. Any thread may use it."""

    def __init__(self, url: str, password: str = "") -> None:
        """Connects to nothing yet.

        Args:
            url: SQLAlchemy's, `sqlite:///path` or `postgresql://user@host/name`.
            password: from the secrets.

        Raises:
            RelayError: ISCB-RELAY-DATABASE: the address is none.
        """
        self._url = _address(url, password)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {}
        if not self.is_sqlite:
            own = {name: value for name, value in _CONNECT.items() if name not in self._url.query}
            options = {"pool_size": 10, "max_overflow": 10, "pool_timeout": 3, "connect_args": own}
        # No look whether a connection is still good before each use: it would cost a check two more ways to the server.
        # A lost one is noticed when it is used, empties the pool, and the work is begun anew.
        self._engine = create_engine(self._url, hide_parameters=True, pool_use_lifo=True, **options)
        if self.is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_immediately)
        else:
            event.listen(self._engine, "connect", _prepare_postgresql)
        looking: dict[str, Any] = {_LOOKS: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._looking = self._engine.execution_options(**looking)

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Carry out one unit of work in a transaction of its own, and again if another one was in its way.

        Raises:
            RelayError: ISCB-RELAY-DATABASE: it is not reachable, or busy for too long. Nothing was changed, or (the
                connection was lost while it was committed) all of it was.
            IntegrityError: what the work wrote is there already, and the work itself did not expect it.
        """
        return self._repeated(self._engine.begin, work)

    def look(self, work: Callable[[Connection], Result]) -> Result:
        """Read with one statement, without a transaction: nobody waits for it, and it waits for nobody.

        Raises:
            RelayError: ISCB-RELAY-DATABASE.
        """
        return self._repeated(self._looking.connect, work)

    def _repeated(
        self, connected: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], Result]
    ) -> Result:
        end = time.monotonic() + _LONGEST_S
        for tried in range(_MOST_TRIES):
            last = tried + 1 == _MOST_TRIES or time.monotonic() > end
            try:
                with connected() as connection:
                    return work(connection)
            except IntegrityError:
                # Two replicas made the same row. The second one finds it the next time.
                if last:
                    raise
            except DBAPIError as error:
                if last or not _passes_by_itself(error):
                    raise _unreachable(error) from error
            except SQLAlchemyError as error:  # the pool has none left
                raise _unreachable(error) from error
            time.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**tried)  # noqa: S311  a pause needs no secret number
        raise AssertionError("not reached")

    def migrate(self) -> None:
        """Bring the tables to this version. Replicas that start together wait for the first.

        Raises:
            RelayError: ISCB-RELAY-DATABASE-NEWER: a later version of the relay has been here; -DATABASE: not reachable.
        """
        script = ScriptDirectory.from_config(_alembic())

        def work(connection: Connection) -> None:
            if not self.is_sqlite:
                for name in _SESSION:  # whoever is first may need a while
                    connection.execute(text(f"SET LOCAL {name} = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            at = MigrationContext.configure(connection).get_current_revision()
            if at is not None and at not in {revision.revision for revision in script.walk_revisions()}:
                raise RelayError("ISCB-RELAY-DATABASE-NEWER", version=at)
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        self.run(work)

    def is_current(self) -> bool:
        """Whether the database answers and has the tables of this version. Never raises."""
        try:
            return (
                self.look(lambda connection: MigrationContext.configure(connection).get_current_revision()) == _head()
            )
        except RelayError:
            return False

    def close(self) -> None:
        """Close every connection that nobody uses."""
        self._engine.dispose()


def _address(url: str, password: str) -> URL:
    try:
        address = make_url(url)
    except SQLAlchemyError:
        raise RelayError("ISCB-RELAY-DATABASE", detail="its address is not of the form that SQLAlchemy reads") from None
    if address.password is not None:
        raise RelayError("ISCB-RELAY-DATABASE", detail="its password belongs to the secrets, not into the address")
    if address.get_backend_name() == "postgresql":
        return address.set(drivername="postgresql+psycopg", password=password or None)
    if address.get_backend_name() != "sqlite":
        raise RelayError("ISCB-RELAY-DATABASE", detail="it must be SQLite or PostgreSQL")
    return address


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # `_begin_immediately` begins; the module's own way begins too late
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={int(_BUSY_S * 1000)}"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.autocommit = True  # a setting made in a transaction ends with it if that is rolled back
    for name, value in _SESSION.items():
        connection.execute(f"SET {name} = '{value}'")
    connection.autocommit = False


def _begin_immediately(connection: Connection) -> None:
    """A transaction that may write takes its turn at once: one that reads first and writes later can fail."""
    if not connection.get_execution_options().get(_LOOKS):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _passes_by_itself(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _AGAIN
    return isinstance(error, OperationalError) or error.connection_invalidated


def _unreachable(error: SQLAlchemyError) -> RelayError:
    # Its own words may quote rows.
    return RelayError("ISCB-RELAY-DATABASE", detail=type(getattr(error, "orig", None) or error).__name__)


@cache
def _head() -> str | None:
    """The version that this program's tables have."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
