"""The database itself: PostgreSQL's own ways, and that the relay goes on over what it does to a connection."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text, update

from iscbridge.core.errors import RelayError
from iscbridge.relay.database import connect
from iscbridge.relay.database.connect import Database
from iscbridge.relay.database.tables import BREAKERS, METADATA
from support.relay_pg import PASSWORD, Postgres


@pytest.fixture
def empty(server: Postgres) -> Iterator[str]:
    with server.database(empty=True) as name:
        yield server.url(name)


@pytest.fixture
def made(database: str) -> Iterator[Database]:
    with contextlib.closing(Database(database, PASSWORD)) as one:
        one.run(lambda connection: connection.execute(insert(BREAKERS).values(key="a", failures=0, version=0)))
        yield one


def failures(made: Database) -> int:
    return int(made.run(lambda connection: connection.scalar(select(BREAKERS.c.failures))) or 0)


def raise_by_one(connection: Connection) -> None:
    connection.execute(update(BREAKERS).values(failures=BREAKERS.c.failures + 1))


def test_the_migrations_lead_to_the_tables(empty: str) -> None:
    with contextlib.closing(Database(empty, PASSWORD)) as one:
        assert not one.is_current()
        one.migrate()

        def differences(connection: Connection) -> object:
            return compare_metadata(MigrationContext.configure(connection), METADATA)

        assert one.run(differences) == []
        assert one.is_current()


def test_who_start_together_make_them_once(empty: str) -> None:
    several = [Database(empty, PASSWORD) for _ in range(4)]
    wrong: list[Exception] = []

    def migrate(one: Database) -> None:
        try:
            one.migrate()
        except Exception as error:  # noqa: BLE001  whatever it is: it is shown below
            wrong.append(error)

    threads = [threading.Thread(target=migrate, args=(one,)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [one.is_current() for one in several] == [True] * 4
    for one in several:
        one.close()


def test_a_newer_one_is_left_alone(made: Database) -> None:
    made.run(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(RelayError, match="ISCB-RELAY-DATABASE-NEWER"):
        made.migrate()
    assert not made.is_current()


def test_a_wrong_password_is_told_without_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "_MOST_TRIES", 2)
    with contextlib.closing(Database(database, "hunter2")) as one, pytest.raises(RelayError) as caught:
        one.migrate()
    assert caught.value.code == "ISCB-RELAY-DATABASE"
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_a_connection_that_is_cut_in_the_middle_is_begun_anew(made: Database) -> None:
    tried: list[int] = []

    def work(connection: Connection) -> None:
        tried.append(1)
        raise_by_one(connection)
        if len(tried) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    made.run(work)
    assert (len(tried), failures(made)) == (2, 1)


def test_two_that_wait_for_each_other_both_come_through(made: Database) -> None:
    made.run(lambda connection: connection.execute(insert(BREAKERS).values(key="b", failures=0, version=0)))
    both, tries = threading.Barrier(2, timeout=60), []

    def crossed(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            tries.append(first)
            connection.execute(update(BREAKERS).where(BREAKERS.c.key == first).values(failures=BREAKERS.c.failures + 1))
            if tries.count(first) == 1:
                both.wait()
            connection.execute(
                update(BREAKERS).where(BREAKERS.c.key == second).values(failures=BREAKERS.c.failures + 1)
            )

        made.run(work)

    threads = [threading.Thread(target=crossed, args=keys) for keys in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) == 3, "one of them was ended by the server, and began anew"
    told = made.run(lambda connection: connection.execute(select(BREAKERS.c.failures)).scalars().all())
    assert told == [2, 2]


def test_whoever_waits_too_long_is_told(database: str, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "_SESSION", {"lock_timeout": "50ms"})
    monkeypatch.setattr(connect, "_LONGEST_S", 0.2)
    with contextlib.closing(Database(database, PASSWORD)) as made:
        made.run(lambda connection: connection.execute(insert(BREAKERS).values(key="a", failures=0, version=0)))
        with contextlib.closing(server.admin(server.name_of(database))) as other, other.transaction():
            other.execute("SELECT 1 FROM breakers FOR UPDATE")
            with pytest.raises(RelayError, match="ISCB-RELAY-DATABASE"):
                made.run(raise_by_one)
        made.run(raise_by_one)
        assert failures(made) == 1


def test_whoever_stands_still_loses_its_transaction_and_not_its_work(
    database: str, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "_SESSION", {"idle_in_transaction_session_timeout": "50ms"})
    with contextlib.closing(Database(database, PASSWORD)) as made:
        made.run(lambda connection: connection.execute(insert(BREAKERS).values(key="a", failures=0, version=0)))
        tried: list[int] = []

        def work(connection: Connection) -> None:
            tried.append(1)
            raise_by_one(connection)
            if len(tried) == 1:  # nothing is said for as long as it takes another one to get the row
                with contextlib.closing(server.admin(server.name_of(database))) as other:
                    other.execute("SELECT 1 FROM breakers FOR UPDATE")
            raise_by_one(connection)

        made.run(work)
        assert (len(tried), failures(made)) == (2, 2)
