"""The workspace: a folder with its settings, lake, desk, vault and keys, held by one writer at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fanal.model.error import WorkspaceError
from fanal.store.alerts import DeskAlerts
from fanal.store.audit import Audit
from fanal.store.blocks import Blocks
from fanal.store.closings import Closings
from fanal.store.desk import Desk
from fanal.store.directory import DeskDirectory
from fanal.store.disk import told
from fanal.store.durable import sync
from fanal.store.erasures import Erasures
from fanal.store.files import Files
from fanal.store.incidents import Incidents
from fanal.store.keyring import HEAD, USUAL, Keyring
from fanal.store.lake import Lake
from fanal.store.layer_looks import LayerLooks
from fanal.store.layers import Layers
from fanal.store.ledger import DeskLedger
from fanal.store.lock import Waiting, held, wanted
from fanal.store.master import Keeping, in_files
from fanal.store.newcomers import Newcomers
from fanal.store.people import People
from fanal.store.pleas import Pleas
from fanal.store.rejects import Rejects
from fanal.store.rollback import roll_back
from fanal.store.sensitive import DeskSensitive
from fanal.store.shelters import Shelters
from fanal.store.streams import Streams
from fanal.store.vault import Vault
from fanal.store.withdrawn import Withdrawn

SETTINGS = "fanal.toml"
LOCK = "lock"
MARKER = "keyring.id"
"""The file that says which keyring a workspace belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Hold the parts of an open workspace."""

    folder: Path
    lake: Lake
    desk: Desk
    ledger: DeskLedger
    keyring: Keyring
    vault: Vault
    layers: Layers
    layer_looks: LayerLooks
    alerts: DeskAlerts
    people: People
    pleas: Pleas
    audit: Audit
    blocks: Blocks
    closings: Closings
    directory: DeskDirectory
    erasures: Erasures
    files: Files
    incidents: Incidents
    sensitive: DeskSensitive
    shelters: Shelters
    rejects: Rejects
    streams: Streams
    withdrawn: Withdrawn
    newcomers: Callable[[date], Newcomers]  # opens the sketches of recent authors, as of a day

    def wanted(self) -> bool:
        """Say whether another command waits for this writer, which yields, to let go."""
        return wanted(self.folder / LOCK)

    @property
    def cache(self) -> Path:
        """Return the folder of what can be made again."""
        return self.folder / "cache"


def make(folder: Path, settings: str) -> None:
    """Make a new workspace with the text of its `fanal.toml`.

    Raises:
        WorkspaceError: there is one already, or the folder holds other things.
    """
    if (folder / SETTINGS).exists():
        raise WorkspaceError(f"{folder} is a workspace already.", hint=f"Use it: `fanal -w {folder} status`.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceError(f"{folder} is not an empty folder.", hint="Choose a new one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for part in ("lake", "cache"):
            (folder / part).mkdir()
        (folder / SETTINGS).write_text(settings, encoding="utf-8")
        sync([folder / "lake", folder / "cache", folder / SETTINGS], up_to=folder.parent)
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {folder} cannot be made: {error.strerror}.",
            hint="Choose a folder that you may write to.",
        ) from error


@contextmanager
def opened(
    folder: Path,
    *,
    dice: Callable[[int], bytes],
    writing: bool,
    keeping: Keeping | None = None,
    yields: bool = False,
    waiting: Waiting | None = None,
) -> Iterator[Workspace]:
    """Open a workspace; a writer holds it alone, and rolls back what a run that died left behind.

    `keeping` says where its keys lie and what wraps them; None: in the workspace, by a key in a file. A writer that
    `yields` goes on for ever and asks `Workspace.wanted` now and then; `waiting` is told before a wait for such a one.

    A disk that is full or read-only ends the block with one sentence too: what was committed stays, and
    the same command goes on once there is space.

    Raises:
        WorkspaceError: no workspace, one of a later Fanal, held by another writer (who is named), or on a
            disk that takes nothing more.
    """
    if not (folder / SETTINGS).is_file():
        raise WorkspaceError(
            f"{folder} is no workspace: it has no {SETTINGS}.", hint=f"Run `fanal init {folder}`."
        )
    alone = held(folder / LOCK, yields=yields, waiting=waiting) if writing else _free()
    with told(folder), alone:
        desk = Desk.open(folder / "desk.sqlite")
        try:
            lake = Lake(folder / "lake", note=desk.promise, promised=desk.promised)
            layers = Layers(lake, desk)
            keeping = keeping or in_files(folder / USUAL)
            keyring = Keyring(keeping.folder, dice=dice, keeping=keeping, marker=folder / MARKER)
            vault = Vault(folder / "vault", keyring, counting=desk.segments, dice=dice)
            if writing:
                roll_back(lake, desk.promised(), committed=desk.batches(), layers=layers.versions())
                keyring.tend()
                vault.remove_orphans()
            audit = Audit(desk, keyring.of_audit, keeping.folder / HEAD)
            shelters = Shelters(desk, keyring, audit, dice=dice)
            if writing:
                shelters.remove_orphans()
            yield Workspace(
                folder=folder,
                lake=lake,
                desk=desk,
                ledger=DeskLedger(desk),
                keyring=keyring,
                vault=vault,
                layers=layers,
                alerts=DeskAlerts(desk),
                people=People(desk, audit),
                pleas=Pleas(lake, desk, vault, keyring, audit),
                audit=audit,
                blocks=Blocks(desk, audit),
                closings=Closings(lake, desk, keyring, audit),
                directory=DeskDirectory(desk, audit),
                erasures=Erasures(desk, keyring),
                files=Files(desk),
                incidents=Incidents(desk, audit),
                sensitive=DeskSensitive(desk, keyring.of_audit, audit),
                shelters=shelters,
                rejects=Rejects(desk),
                streams=Streams(desk),
                withdrawn=Withdrawn(desk, vault, keyring),
                layer_looks=LayerLooks(desk),
                newcomers=lambda today: Newcomers(
                    folder / "recent", dice=dice, today=today, committed=desk.batches()
                ),
            )
            if writing:
                lake.close()
        finally:
            desk.close()


@contextmanager
def _free() -> Iterator[None]:
    """Hold nothing: readers need no lock."""
    yield
