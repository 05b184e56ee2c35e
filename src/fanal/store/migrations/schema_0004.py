"""Add what the desk promises of the lake: the version of each table that is known to be on the disk."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of promises; it stays empty until the next batch, as nobody synced what was written before."""
    op.create_table(
        "promised",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
