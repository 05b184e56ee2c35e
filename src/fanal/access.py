"""Access: what a face is given: Releases that may be read now, the list that holds back, the text of one post."""

from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from fanal.help import confidential
from fanal.help.danger import Danger, blocked, danger
from fanal.model.circle import Circle
from fanal.model.error import RefusedError, WorkspaceError
from fanal.model.exact import ExactPlace
from fanal.model.person import Deed, Person, Purpose
from fanal.model.release import Release
from fanal.model.sensitive import SensitiveRule
from fanal.privacy import agreement, gate, sensitive
from fanal.privacy.narrowing import Narrowing
from fanal.privacy.policy import Policy
from fanal.review import texts
from fanal.risk.sensitivity import with_ranks
from fanal.settings import Settings
from fanal.store.rejects import Reject
from fanal.store.sealed import Sealed
from fanal.store.seen import by_line, rejected_rows
from fanal.store.shown import categories_of
from fanal.store.workspace import Workspace

Dice = Callable[[int], np.random.Generator]


def read_text(
    workspace: Workspace, post: int, *, purpose: Purpose, who: Person, clock: Callable[[], datetime]
) -> Sealed:
    """Open the text of a post for a person and a purpose; it is written into the audit log, or nothing is opened.

    Raises:
        RefusedError: the person's roles or the purpose do not open it. Whether there is such a text is not told.
        WorkspaceError: the vault does not hold it, or it is damaged.
    """
    try:
        texts.require_role(who, purpose)
        shows = categories_of(workspace.lake, post, committed=workspace.desk.batches())
        texts.require(who, purpose, shows, post=post)
    except RefusedError:
        workspace.audit.note(Deed.REFUSED, who=who, at=clock(), about=f"{post:016x}", purpose=purpose)
        raise
    with workspace.desk.transaction() as connection:
        found = workspace.vault.read(post)
        workspace.audit.note(
            Deed.TEXT_READ, who=who, at=clock(), about=f"{post:016x}", purpose=purpose, within=connection
        )
    return found  # only now: a log that could not be written raised


def read_place(
    workspace: Workspace, location: str, *, purpose: Purpose, who: Person, clock: Callable[[], datetime]
) -> ExactPlace:
    """Open the exact place of a confidential location for a person and a purpose, written into the audit log before.

    Raises:
        RefusedError: the person's role or the purpose does not open it. Whether there is such a place is not told.
        WorkspaceError: none is kept, or it was changed.
    """
    try:
        confidential.require(who, purpose)
    except RefusedError:
        workspace.audit.note(Deed.REFUSED, who=who, at=clock(), about=location, purpose=purpose)
        raise
    return workspace.shelters.read(location, purpose=purpose, who=who, clock=clock)


def read_rejected(
    workspace: Workspace, reject: Reject, *, purpose: Purpose, who: Person, clock: Callable[[], datetime]
) -> Sealed:
    """Open a rejected row as it stood in its file, as `read_text` opens a post.

    Nobody knows what it shows, and it may be a cry for help: it is opened to reviewers, for no other's purpose.

    Raises:
        RefusedError: the person's roles or the purpose do not open it.
        WorkspaceError: the vault does not hold it, or it is damaged.
    """
    key = workspace.keyring.of_workspace()
    lines, reasons = pa.array([reject.line], pa.int64()), pa.array([reject.reason], pa.string())
    row = int(rejected_rows(by_line(lines), reasons, file=reject.file, key=key)[0])
    try:
        texts.require(who, purpose, frozenset(), post=row)
    except RefusedError:
        workspace.audit.note(Deed.REFUSED, who=who, at=clock(), about=f"{row:016x}", purpose=purpose)
        raise
    with workspace.desk.transaction() as connection:
        kept = (one for one in workspace.vault.rejected(reject.batch) if one.content.line == reject.line)
        found = next(kept, None)
        if found is None:
            raise WorkspaceError(
                f"The vault does not hold line {reject.line:,} of {reject.file}.",
                hint="Rows of files are kept only where vault.rejects says so; those of streams as long as texts.",
            )
        workspace.audit.note(
            Deed.TEXT_READ,
            who=who,
            at=clock(),
            about=f"{found.post:016x}",
            purpose=purpose,
            within=connection,
        )
    return found


def listed(workspace: Workspace, *, areas: pa.Table, now: datetime) -> tuple[SensitiveRule, ...]:
    """Return the sensitive list as it is now: what ships, and the workspace's own.

    Raises:
        RefusedError: the own list is not as people left it, or names an area that no layer knows: nothing leaves.
    """
    rules = (
        *sensitive.load(),
        *agreement.in_force(agreement.replay(workspace.sensitive.steps()).values(), now),
    )
    sensitive.check_known(rules, areas)
    return rules


def narrowing(
    workspace: Workspace, settings: Settings, *, areas: pa.Table, now: datetime, dice: Dice
) -> Narrowing:
    """Return what takes out of Releases what the sensitive list holds back now."""
    return Narrowing(listed(workspace, areas=areas, now=now), areas, rank=ranking(settings, dice))


def readable(workspace: Workspace, circle: Circle, now: datetime, *, narrowing: Narrowing) -> list[Release]:
    """Return the Releases that a circle may read now."""
    return gate.readable(workspace.ledger.all(), circle, now, narrowing=narrowing)


def requirement(
    workspace: Workspace, circle: Circle, now: datetime, *, narrowing: Narrowing
) -> Callable[[Release], None]:
    """Return what a face asks before it lets a Release out; it raises RefusedError for anything else."""

    def require(release: Release) -> None:
        gate.require(release, workspace.ledger, circle=circle, now=now, narrowing=narrowing)

    return require


def policy(settings: Settings) -> Policy:
    """Return the gate's numbers; without partners all cells of an author-week go to the public table."""
    cells, partners = settings.privacy.public_cells, settings.privacy.partner_cells
    return Policy(
        epsilon=settings.privacy.epsilon,
        public_cells=cells if settings.privacy.partners else cells + min(cells, partners),
        partner_cells=partners if settings.privacy.partners else 0,
        threshold=settings.privacy.threshold,
        public_delay_days=settings.privacy.public_delay_days,
        partner_delay_days=settings.privacy.partner_delay_days,
        min_residents=settings.privacy.min_residents,
    )


def ranking(settings: Settings, dice: Dice) -> Callable[[pa.Table], pa.Table]:
    """Return what ranks an index; each call throws the same dice anew, so that the same rows get the same ranks."""
    risk = settings.risk
    return lambda index: with_ranks(index, draws=risk.rank_draws, rng=dice(risk.seed))


def no_go(
    workspace: Workspace, settings: Settings, areas: pa.Table, moment: datetime, *, today: date, dice: Dice
) -> Danger:
    """Return where nobody is sent: what staff blocked, and hotspots that are public."""
    held = narrowing(workspace, settings, areas=areas, now=moment, dice=dice)
    return danger(
        workspace.blocks.all(),
        readable(workspace, Circle.PUBLIC, moment, narrowing=held),
        today=today,
        require=requirement(workspace, Circle.PUBLIC, moment, narrowing=held),
    )


def blocks_in(workspace: Workspace, before: Danger, *, today: date) -> Danger:
    """Return where nobody is sent with the blocks as staff keep them now, and the hotspots of before."""
    return blocked(workspace.blocks.all(), today=today, hotspots=before.hotspots)
