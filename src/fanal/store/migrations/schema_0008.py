"""Keep what was paid: a spent budget, and a Release that was paid from it, are never changed and never removed."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the triggers; Releases that cost nothing, as those from layers, are still written anew."""
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER budget_{act.lower()} BEFORE {act} ON budget "
            "BEGIN SELECT RAISE(ABORT, 'a spent budget is never changed'); END"
        )
        op.execute(
            f"CREATE TRIGGER releases_{act.lower()} BEFORE {act} ON releases WHEN OLD.week IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'a Release that was paid for is never changed'); END"
        )
