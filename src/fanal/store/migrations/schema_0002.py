"""Add alerts: their sightings, the decisions on them, and what was delivered to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of alerts; a decision, once written, can neither be changed nor removed."""
    op.create_table(
        "alerts",
        sa.Column("alert", sa.String(), primary_key=True),
        sa.Column("circle", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("content", sa.String(), primary_key=True),
        sa.Column("alert", sa.String(), sa.ForeignKey("alerts.alert"), nullable=False),
        sa.Column("ledger_id", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("first_week", sa.Date(), nullable=False),
        sa.Column("last_week", sa.Date(), nullable=False),
        sa.Column("areas", sa.String(), nullable=False),
        sa.Column("recurrence_weeks", sa.Float(), nullable=False),
    )
    op.create_index("ix_sightings_alert", "sightings", ["alert"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("alert", sa.String(), sa.ForeignKey("alerts.alert")),
        sa.Column("area", sa.String()),
        sa.Column("family", sa.String()),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", sa.String()),
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER decisions_{act.lower()} BEFORE {act} ON decisions "
            "BEGIN SELECT RAISE(ABORT, 'decisions are added and never changed'); END"
        )
    op.create_table(
        "deliveries",
        sa.Column("message", sa.String(), primary_key=True),
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("target", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
    )
