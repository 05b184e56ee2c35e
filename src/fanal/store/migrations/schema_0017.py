"""Add joint batches: how many commits a row of `batches` stands for, and segments of the vault that hold several."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the table; what was committed of a stream stands for one commit each."""
    op.create_table(
        "segments",
        sa.Column("segment", sa.String(), primary_key=True),
        sa.Column("batch", sa.String(), nullable=False),
    )
    op.add_column("batches", sa.Column("commits", sa.Integer()))
    op.execute(
        "UPDATE batches SET commits = 1 WHERE EXISTS "
        "(SELECT 1 FROM streams WHERE streams.name = batches.file AND streams.source = batches.format)"
    )
