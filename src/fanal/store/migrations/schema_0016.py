"""Give the mark of how a file begins the day from which its life is counted; a mark may end before its label does."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the day: of the newest batch of the file; of a file whose rows another one brought, of the newest of all."""
    with op.batch_alter_table("files") as files:
        files.add_column(sa.Column("read_on", sa.Date(), nullable=False, server_default="1970-01-01"))
        files.alter_column("beginning", existing_type=sa.String(), nullable=True)
    op.execute(
        "UPDATE files SET read_on = coalesce("
        "(SELECT max(date(committed_at)) FROM batches WHERE batches.file = files.label), "
        "(SELECT max(date(committed_at)) FROM batches), read_on)"
    )
    with op.batch_alter_table("files") as files:
        files.alter_column("read_on", existing_type=sa.Date(), server_default=None)
