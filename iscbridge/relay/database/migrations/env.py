"""Alembic's entry: on the connection and in the transaction that `database.connect` gives it."""

from __future__ import annotations

from alembic import context

from iscbridge.relay.database.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
