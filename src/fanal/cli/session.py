"""The session: which workspace the command works in, and its settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from fanal import settings_file
from fanal.cli.console import note
from fanal.cli.dice import secret
from fanal.cli.keeping import keeping
from fanal.settings import Settings
from fanal.store.workspace import Workspace, opened


@dataclass(frozen=True, slots=True)
class Session:
    """Hold what the options before the verb say."""

    folder: Path

    def settings(self) -> Settings:
        """Return the settings of the workspace; where there is no workspace, as opening it will say, the defaults."""
        file = self.folder / settings_file.FILE_NAME
        return settings_file.read(file) if file.is_file() else Settings()

    @contextmanager
    def open(self, *, writing: bool, yields: bool = False) -> Iterator[tuple[Workspace, Settings]]:
        """Open the workspace, alone when writing, with its settings; wait where `fanal follow` has it."""
        settings = self.settings()
        kept = keeping(self.folder, settings.keys)
        with opened(
            self.folder, dice=secret, writing=writing, keeping=kept, yields=yields, waiting=_waiting
        ) as workspace:
            yield workspace, settings


def _waiting(holder: str) -> None:
    """Tell a person why nothing happens for a moment."""
    note(f"Waiting for {holder} to let go of the workspace.")


def session(context: typer.Context) -> Session:
    """Return the session of the workspace that the options before the verb name."""
    folder = context.obj
    if not isinstance(folder, Path):
        raise TypeError(folder)
    return Session(folder)
