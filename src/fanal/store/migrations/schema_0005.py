"""Add incidents, which are added and never changed, and find the deeds of one kind in the audit log at once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table of incidents and the index of deeds."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("follows", sa.Integer(), sa.ForeignKey("incidents.id")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("done", sa.String(), nullable=False),
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER incidents_{act.lower()} BEFORE {act} ON incidents "
            "BEGIN SELECT RAISE(ABORT, 'incidents are added and never changed'); END"
        )
    op.create_index("ix_audit_act", "audit", ["act"])
