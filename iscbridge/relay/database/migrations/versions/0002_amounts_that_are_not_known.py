"""Whether it is known how many were bought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables from the version before to this one."""
    op.add_column("licenses", sa.Column("amount_known", sa.Boolean(), server_default=sa.true(), nullable=False))
