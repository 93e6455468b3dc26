"""The database: brought to this version, used by many at once, and honest about what it can't do."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from iscbridge.core.errors import RelayError
from iscbridge.relay.database.connect import Database, _alembic
from iscbridge.relay.database.tables import BREAKERS, LICENSES, METADATA


@pytest.fixture
def database(tmp_path: Path):
    made = Database(f"sqlite:///{tmp_path / 'relay.db'}")
    made.migrate()
    yield made
    made.close()


def test_what_an_older_version_knew_stays_known(tmp_path):
    """Of licences that are there the amount counts as known: it was told, or entered."""
    made = Database(f"sqlite:///{tmp_path / 'old.db'}")

    def old(connection):
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(
            "INSERT INTO licenses (id, test, product, kind, state, seat_kind, amount, created, changed, version)"
            " VALUES ('one', 0, 'AcmeCAD', 'code', 'alive', 'node', 5, 1, 1, 1)"
        ))  # fmt: skip

    made.run(old)
    made.migrate()
    row = made.run(lambda connection: connection.execute(select(LICENSES.c.amount, LICENSES.c.amount_known)).one())
    made.close()
    assert tuple(row) == (5, True)


def test_the_migrations_lead_to_the_tables(database):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), METADATA)

    assert database.run(differences) == []
    assert database.is_current()


def test_to_migrate_again_changes_nothing(database):
    database.run(lambda connection: connection.execute(insert(BREAKERS).values(key="a", failures=1, version=1)))
    database.migrate()
    assert database.run(lambda connection: connection.scalar(select(BREAKERS.c.failures))) == 1


def test_a_newer_database_is_left_alone(database):
    database.run(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(RelayError, match="ISCB-RELAY-DATABASE-NEWER"):
        database.migrate()
    assert not database.is_current()


def test_what_fails_leaves_nothing_behind(database):
    def work(connection):
        connection.execute(insert(BREAKERS).values(key="a", failures=1, version=1))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.run(work)
    assert database.run(lambda connection: connection.scalar(select(BREAKERS.c.key))) is None


def test_many_who_count_at_once_lose_no_count(database):
    database.run(lambda connection: connection.execute(insert(BREAKERS).values(key="a", failures=0, version=0)))

    def work(connection):
        seen = connection.scalar(select(BREAKERS.c.failures))
        connection.execute(update(BREAKERS).values(failures=seen + 1))

    threads = [threading.Thread(target=lambda: [database.run(work) for _ in range(10)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.run(lambda connection: connection.scalar(select(BREAKERS.c.failures))) == 60


def test_a_row_that_is_there_already_is_told_to_the_caller(database):
    def work(connection):
        connection.execute(insert(BREAKERS).values(key="a", failures=0, version=0))
        connection.execute(insert(BREAKERS).values(key="a", failures=0, version=0))

    with pytest.raises(IntegrityError):
        database.run(work)


def test_a_damaged_file_is_said_so_without_its_content(tmp_path):
    path = tmp_path / "relay.db"
    path.write_bytes(b"hunter2" * 1000)
    made = Database(f"sqlite:///{path}")
    with pytest.raises(RelayError) as caught:
        made.migrate()
    assert caught.value.code == "ISCB-RELAY-DATABASE"
    assert "hunter2" not in str(caught.value)
    assert not made.is_current()
    made.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://a/b", "postgresql://u:hunter2@h/d", "sqlite://u:hunter2@/x"])
def test_an_address_that_is_none(url):
    with pytest.raises(RelayError) as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)


def test_it_survives_a_crash_of_the_process(database, tmp_path):
    """WAL and synchronous=FULL are really on."""
    database.run(lambda connection: None)
    modes = database.run(
        lambda connection: [connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
    )
    assert modes == ["wal", 2]
    with sqlite3.connect(tmp_path / "relay.db") as other:
        assert other.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
    other.close()
