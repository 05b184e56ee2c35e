"""Make the first tables of the desk: batches, rejected rows, layers, Releases and the privacy budget."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of a desk that is new."""
    op.create_table(
        "batches",
        sa.Column("batch", sa.String(), primary_key=True),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("posts_read", sa.Integer(), nullable=False),
        sa.Column("posts_skipped", sa.Integer(), nullable=False),
        sa.Column("posts_rejected", sa.Integer(), nullable=False),
        sa.Column("posts_located", sa.Integer(), nullable=False),
        sa.Column("posts_without_author", sa.Integer(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "rejects",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("ix_rejects_batch", "rejects", ["batch"])
    op.create_table(
        "layers",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "releases",
        sa.Column("ledger_id", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("circle", sa.String(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("table", sa.LargeBinary(), nullable=False),
        sa.Column("week", sa.Date()),
    )
    op.create_index("ix_releases_week", "releases", ["week"])
    op.create_table(
        "budget",
        sa.Column("week", sa.Date(), primary_key=True),
        sa.Column("epsilon", sa.Float(), nullable=False),
    )
