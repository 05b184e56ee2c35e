"""Add the closings of weeks, the erasures with their receipts, and the marks of posts that were erased."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables of closings and erasures."""
    op.create_table(
        "closings",
        sa.Column("closing", sa.String(), primary_key=True),
        sa.Column("week", sa.Date(), primary_key=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "erasures",
        sa.Column("erasure", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String()),
        sa.Column("before", sa.Date()),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("receipt", sa.String()),
    )
    op.create_table("erased", sa.Column("mark", sa.BigInteger(), primary_key=True))
