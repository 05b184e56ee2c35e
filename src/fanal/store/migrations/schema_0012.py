"""Add the directory of services: imports, their rows, verifications, and entries of two sources that seem to be one."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_KEPT = """
CREATE TRIGGER verifications_are_kept_{act} BEFORE {act} ON directory_verifications
BEGIN SELECT RAISE(ABORT, 'a verification is never changed'); END
"""


def upgrade() -> None:
    """Make the tables; a trigger refuses to change or remove a verification."""
    op.create_table(
        "directory_imports",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False, index=True),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("services", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "directory_rows",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column(
            "import", sa.Integer(), sa.ForeignKey("directory_imports.number"), nullable=False, index=True
        ),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("where", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
    )
    op.create_table(
        "directory_verifications",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("directory_verified", "directory_verifications", ["source", "service"])
    op.create_table(
        "directory_links",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("other_source", sa.String(), nullable=False),
        sa.Column("other_service", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(_KEPT.format(act=act))
