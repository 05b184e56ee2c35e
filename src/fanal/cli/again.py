"""Again: rejected rows are read once more, from their file or the vault, and committed where they are good now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fanal import pipeline, replay
from fanal.cli.clock import now
from fanal.cli.console import bar, note
from fanal.cli.dice import batch_id
from fanal.cli.harmless import harmless
from fanal.places.locate import Locator
from fanal.replay import Replayed
from fanal.settings import Settings
from fanal.signals.detect import Detector
from fanal.sources import catalogue
from fanal.sources.catalogue import ReadAgain
from fanal.sources.mapping import FieldMapping
from fanal.store.choice import Choice
from fanal.store.rejects import Open
from fanal.store.replay import Replay
from fanal.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Hold what each reading needs."""

    workspace: Workspace  # open for writing
    settings: Settings
    detector: Detector
    locator: Locator

    def of_file(self, rows: Open, path: Path, mapping: FieldMapping) -> Replayed:
        """Read the rejected rows of a file from it.

        Raises:
            InputError: the file cannot be read, or breaks off (then after the rows before).
        """
        with bar(f"Reading {harmless(rows.file)} again", None) as progress:
            return replay.from_file(
                self.workspace,
                rows,
                path,
                catalogue.find(rows.form),
                mapping=mapping,
                batch_rows=self.settings.posts.batch_rows,
                commit=partial(self._commit, rows, progress.to),
            )

    def of_vault(self, rows: Open, read_again: ReadAgain, mapping: FieldMapping) -> Replayed:
        """Read the rejected rows of a file or of a stream from what the vault keeps; say where that is damaged."""
        with bar(f"Reading {harmless(rows.file)} again", None) as progress:
            return replay.from_vault(
                self.workspace,
                rows,
                read_again,
                mapping=mapping,
                batch_rows=self.settings.posts.batch_rows,
                commit=partial(self._commit, rows, progress.to),
                damaged=lambda error: note(f"fanal: {error}"),
            )

    def _commit(
        self, rows: Open, progress: Callable[[int], None], readings: Iterator[Any], of_list: Replay
    ) -> None:
        """Put Readings into the workspace as `fanal read` does, and settle in the same transactions."""
        vault = self.settings.vault
        pipeline.read(
            self.workspace,
            readings,
            file=rows.file,
            form=rows.form,
            detector=self.detector,
            locator=self.locator,
            new_batch=batch_id,
            clock=now,
            progress=progress,
            choice=Choice(signals=vault.signals, sample=vault.sample),
            replay=of_list,
            consent=rows.consent,
        )
