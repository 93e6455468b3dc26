"""Statements of which a relay runs very many: made into text once, and run by the driver itself.

What SQLAlchemy does around each statement would take longer than SQLite takes for it. Transactions and the connection
are its own all the same, and errors are raised as it raises them.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement


class Outcome(NamedTuple):
    """What came of a statement."""

    row: Any
    """The first row, with a member for each column; None: there is none, or the statement gives none."""
    changed: int
    """How many rows it changed; of a SELECT it tells nothing."""


class Prepared:
    """One statement. Any thread may run it.

    Its values go to the driver as they are, and what comes back is what the driver gives: texts, whole numbers, bytes.
    """

    def __init__(self, statement: ClauseElement) -> None:
        """`statement`: with a name for each value."""
        self._statement = statement
        self._made: dict[str, _Made] = {}

    def run(self, connection: Connection, values: Mapping[str, object]) -> Outcome:
        """Run it. In a transaction of the connection, if there is one.

        Args:
            connection: to either kind of database.
            values: all that it names; others are not looked at.

        Raises:
            DBAPIError: as `connection.execute` raises it.
        """
        made = self._made_for(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(made.text, made.values(values))
            return made.outcome(cursor)
        except _errors(connection) as error:
            raise _as_raised(connection, error, cursor) from error
        finally:
            cursor.close()

    def _made_for(self, connection: Connection) -> _Made:
        made = self._made.get(connection.dialect.name)
        if made is None:
            compiled = self._statement.compile(dialect=connection.dialect)
            assert isinstance(compiled, SQLCompiler)  # noqa: S101  it is no statement that makes tables
            made = self._made[connection.dialect.name] = _Made(compiled)
        return made


def _errors(connection: Connection) -> type[Exception]:
    assert connection.dialect.loaded_dbapi is not None  # noqa: S101  there is a connection
    return connection.dialect.loaded_dbapi.Error


def _as_raised(connection: Connection, error: Exception, cursor: Any) -> Exception:
    """The error as SQLAlchemy gives it; a connection that is lost is not used again."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)  # type: ignore[arg-type]  # its own class
    if lost:  # so are the others that wait in the pool: whoever tries again gets a new one
        connection.invalidate(error)
        connection.engine.dispose(close=False)
    return DBAPIError.instance(None, None, error, _errors(connection), True, lost, dialect)


class _Made:
    """The text for one kind of database."""

    def __init__(self, compiled: SQLCompiler) -> None:
        self.text = compiled.string
        self._given = {name: value for name, value in compiled.params.items() if value is not None}
        self._order = compiled.positiontup
        self._row: Callable[..., Any] | None = None

    def values(self, values: Mapping[str, object]) -> Any:
        """For the driver: in its order, or by name."""
        whole = {**self._given, **values}
        return whole if self._order is None else tuple(whole[name] for name in self._order)

    def outcome(self, cursor: Any) -> Outcome:
        """What a cursor tells that has run it."""
        row = cursor.fetchone() if cursor.description else None
        if row is not None:
            if self._row is None:
                self._row = namedtuple("Row", [column[0] for column in cursor.description])  # type: ignore[misc]  # noqa: PYI024  names are known now
            row = self._row(*row)
        return Outcome(row, cursor.rowcount)
