"""Add the files that were read, each with a mark of how it begins: two of one name are two files."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table; a name that was read before belongs to the first file of it that is read from now on."""
    op.create_table(
        "files",
        sa.Column("label", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, index=True),
        sa.Column("beginning", sa.String(), nullable=False),
    )
