"""Add the steps by which a workspace's own sensitive list is changed; its rows are added and never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of steps."""
    op.create_table(
        "sensitive",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("of", sa.Integer()),
        sa.Column("area", sa.String()),
        sa.Column("group", sa.String()),
        sa.Column("rule", sa.String()),
        sa.Column("days", sa.Integer()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("expires", sa.Date()),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER sensitive_{act.lower()} BEFORE {act} ON sensitive "
            "BEGIN SELECT RAISE(ABORT, 'steps of the sensitive list are added and never changed'); END"
        )
