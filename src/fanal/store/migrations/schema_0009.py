"""Add streams with their cursors and health, posts that were withdrawn, and the ground on which a batch was read."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables; all that was read before was an export that somebody handed over."""
    op.create_table(
        "streams",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("cursor", sa.String()),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("posts", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True)),
        sa.Column("posted_at", sa.DateTime(timezone=True)),
        sa.Column("committed_at", sa.DateTime(timezone=True)),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "withdrawn",
        sa.Column("mark", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("batches", sa.Column("consent", sa.String(), nullable=False, server_default="export"))
