"""What devices ask of the relay: the same on PostgreSQL."""

from sqlalchemy import select

from iscbridge.relay.database.tables import METADATA
from relay.test_desk import *  # noqa: F403  every test of that file, and its fixtures


def test_no_code_stands_in_the_database(device, relay):
    """Here it is no file of the relay's that could be searched."""
    device().enrol("PL1")
    device().enrol("PL2")

    def rows(connection):
        return [repr(tuple(row)) for table in METADATA.sorted_tables for row in connection.execute(select(table))]

    written = "".join(relay.database.run(rows))
    assert "AcmeCAD" in written
    assert "'PL1'" not in written
    assert "PL2" not in written
