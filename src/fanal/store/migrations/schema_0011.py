"""Add the versions of layers with the day on which each became known, and what is known of addresses of layers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables; of each layer the version that is here is its first that is noted."""
    op.create_table(
        "layer_versions",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True)),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("published", sa.String(), nullable=False),
    )
    op.create_table(
        "layer_looks",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("modified", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("failed", sa.String(), nullable=False),
    )
    op.execute(
        "INSERT INTO layer_versions "
        "SELECT name, version, kind, rows, source, licence, public, NULL, '', '', '' FROM layers"
    )
