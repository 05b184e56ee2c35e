"""What ends when: pseudonyms with their week, and each class of data when its clock runs out."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal import access, pipeline
from fanal.model.error import RefusedError, WorkspaceError
from fanal.model.estimate import VOLUME
from fanal.model.person import Deed, Person
from fanal.model.week import WEEK
from fanal.risk import author_weeks, flood, place_draw
from fanal.settings import Settings
from fanal.store import clocks
from fanal.store.clocks import Class, Kept
from fanal.store.closings import ANSWERS, CELLS
from fanal.store.lake import BATCHED, DERIVED
from fanal.store.located import located
from fanal.store.newcomers import newcomers
from fanal.store.removal import Removal
from fanal.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Say which weeks were closed, and which had to wait and why."""

    weeks: tuple[date, ...]
    waiting: Mapping[date, str] = field(default_factory=dict)


def close_weeks(
    workspace: Workspace,
    settings: Settings,
    *,
    areas: pa.Table,
    who: Person,
    now: datetime,
    new_id: Callable[[], str],
) -> Closed:
    """Close each week whose pseudonyms have lived long enough: count it, wipe its pseudonyms, destroy its key.

    A week that has no Release yet is drawn first, with the settings as they are: the gate bounds authors, and
    afterwards there are none. Where the gate refuses, the week waits and keeps its pseudonyms. A week that is still to
    come, as posts with a wrong clock say, has no Release and is closed without one.

    Args:
        workspace: held for writing.
        settings: the gate's and the seed.
        areas: AREA_SCHEMA.
        who: who gives the command.
        now: with its zone.
        new_id: gives a new id.
    """
    # 1. End what a run that died has begun.
    ended = workspace.closings.finish(now)
    due = workspace.closings.due(now)
    if not due:
        return Closed(weeks=tuple(ended))

    # 2. Draw the Releases that are missing.
    rows = located(workspace.lake, committed=workspace.desk.batches(), volume=VOLUME, weeks=due)
    contributions = place_draw.draw(rows, seed=settings.risk.seed)
    named = set(pc.unique(contributions["week"]).to_pylist())
    waiting: dict[date, str] = {}
    today = now.astimezone(UTC).date()
    missing = sorted(week for week in named - set(workspace.ledger.spent()) if week + WEEK <= today)
    if missing:
        workspace.audit.note(
            Deed.RELEASE_MADE, who=who, at=now, about="closing", facts={"weeks": len(missing)}
        )
    for week in missing:
        try:
            rules = access.listed(workspace, areas=areas, now=now)
            pipeline.release_week(
                workspace, settings, contributions, week=week, areas=areas, rules=rules, now=now
            )
        except RefusedError as error:
            waiting[week] = str(error)
    ready = [week for week in due if week not in waiting]

    # 3. Count, then let go of who it was.
    rows, contributions = _of(rows, ready), _of(contributions, ready)
    known = newcomers(workspace.lake, committed=workspace.desk.batches())
    workspace.closings.begin(
        ready,
        closing=new_id(),
        cells=author_weeks.sums(contributions, rows),
        answers=flood.answers(contributions, known),
        who=who,
        at=now,
    )
    return Closed(weeks=(*ended, *workspace.closings.finish(now)), waiting=waiting)


def _of(rows: pa.Table, weeks: Collection[date]) -> pa.Table:
    """Return the rows of some weeks."""
    return rows.filter(pc.is_in(rows["week"], pa.array(sorted(weeks), pa.date32())))


def days(settings: Settings) -> Mapping[Class, int]:
    """Return how many days each class is kept that has a clock."""
    kept = settings.retention
    return {
        **clocks.BUILT_IN,
        Class.TEXT: kept.text_days,
        Class.REJECTS: kept.rejects_days,
        Class.ROWS: kept.rows_days,
        Class.COUNTS: kept.counts_days,
        Class.SEEN: kept.seen_days,
        Class.BEGINNINGS: kept.seen_days,
    }


def kept(workspace: Workspace, settings: Settings, *, now: datetime) -> list[Kept]:
    """Return what is kept of each class of data, how old it is, and when it goes."""
    return clocks.kept(workspace, days(settings), now)


def apply(
    workspace: Workspace,
    settings: Settings,
    *,
    areas: pa.Table,
    who: Person,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[Closed, dict[Class, int]]:
    """Do what is due: close weeks, let sketches go whose time is over, remove what was withdrawn or is too old.

    Returns:
        The weeks that were closed, and how many of each class were removed.
    """
    closed = close_weeks(workspace, settings, areas=areas, who=who, now=now, new_id=new_id)
    workspace.newcomers(now.date())  # opening them deletes those whose time is over
    faults: list[WorkspaceError] = []  # of segments that are damaged; `fanal status` tells of them
    withdrawn = workspace.withdrawn.texts(damaged=faults.append)
    if withdrawn:
        workspace.audit.note(Deed.WITHDRAWN, who=who, at=now, about="vault", facts={"texts": len(withdrawn)})
        try:
            workspace.vault.remove(withdrawn)
        except (
            WorkspaceError
        ) as error:  # the other segments were done, and what is too old must go all the same
            faults.append(error)
    if not faults:  # else a damaged segment that is put back could hold a text for which no mark is left
        workspace.withdrawn.forget(now)
    gone = clocks.expire(workspace, days(settings), who=who, now=now)
    if workspace.pleas.forget(np.array(withdrawn, np.uint64)):  # what was noted of a plea ends with its text
        workspace.desk.shrink()
    # All of them, also where nothing was due: a run that died may have removed rows and not their history.
    Removal(workspace.lake).forget([*BATCHED, CELLS, ANSWERS, *DERIVED])
    return closed, gone
