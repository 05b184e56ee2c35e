"""Bring a desk to today's tables: Alembic's revisions one after another, in the caller's transaction.

Importing Alembic takes about 0.2 s, so `fanal.store.desk` loads this file only for a desk that is behind.
"""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from fanal.store import migrations

FOLDER = Path(migrations.__file__).parent
"""Where the revisions stand, one file each."""

FIRST = "0001"
"""The revision that makes the tables which the first Fanal made without a note."""


def migrate(connection: Connection, *, unstamped: bool) -> None:
    """Apply the revisions that a desk lacks. Nothing is committed here: the caller keeps all of it or none.

    Args:
        connection: of a desk, inside a transaction that may write.
        unstamped: the desk has the tables of the first revision but no note of it, as the first Fanal left it.
    """
    config = Config()
    config.set_main_option("script_location", _plain(FOLDER))
    config.set_main_option("version_locations", _plain(FOLDER))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    context = MigrationContext.configure(connection)
    if unstamped:
        context.stamp(script, FIRST)
    missing = list(script.iterate_revisions("head", context.get_current_revision() or "base"))
    with Operations.context(context):
        for step in reversed(missing):
            step.module.upgrade()
            context.stamp(script, step.revision)
            # The number of the last revision, where one query finds it, and where every older Fanal looks.
            connection.exec_driver_sql(f"PRAGMA user_version = {int(step.revision)}")


def _plain(folder: Path) -> str:
    """Return a folder as Alembic's settings take it: a % would begin a variable."""
    return str(folder).replace("%", "%%")
