"""The erasure: what an author, a post or a past left here is found and removed, and a receipt says what was done."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal import pipeline
from fanal.model.error import UserError
from fanal.model.person import Deed, Person, Purpose
from fanal.model.post import Reading
from fanal.model.version import EDITED
from fanal.settings import Settings
from fanal.store import erased_rows
from fanal.store.closings import ANSWERS, CELLS
from fanal.store.erasures import Asked
from fanal.store.lake import BATCHED, DERIVED
from fanal.store.newcomers import forget_everybody
from fanal.store.removal import Removal
from fanal.store.seen import line_rows, post_rows
from fanal.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Say what is to be erased. Exactly one of author, post and before."""

    asked: Asked
    name: str  # the author, the post's id, or the Monday
    form: str | None = None  # of the post; None: any


_COLUMN = {Asked.AUTHOR: "author", Asked.POST: "id"}
"""The column of a Post that a request names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Say what an erasure removed, what it could not find, and what stays; it names neither author nor post."""

    erasure: str
    asked: Asked
    who: str
    begun_at: datetime
    ended_at: datetime
    before: date | None
    posts: int  # that were found
    removed: Mapping[str, int]  # rows, files or keys by table
    not_found: tuple[str, ...]
    stays: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """Return the receipt as plain values, times as ISO 8601 in UTC."""
        plain = asdict(self)
        times = {name: getattr(self, name).astimezone(UTC).isoformat() for name in ("begun_at", "ended_at")}
        return {
            **plain,
            **times,
            "asked": self.asked.value,
            "before": str(self.before) if self.before else None,
        }

    def told(self) -> str:
        """Return the receipt as text for a person."""
        what = f"posts of weeks before {self.before}" if self.before else f"one {self.asked.value}"
        lines = [
            f"Receipt of the erasure {self.erasure}",
            "",
            f"What: {what}; {self.posts:,} posts were found.",
            f"Who: {self.who}, {self.begun_at:%Y-%m-%d %H:%M} to {self.ended_at:%Y-%m-%d %H:%M} UTC.",
            "",
            "Removed:",
            *(f"  {name}: {many:,}" for name, many in self.removed.items()),
            "",
            "Not found:",
            *(f"  - {one}" for one in self.not_found or ("nothing more is known of that was looked for",)),
            "",
            "Stays:",
            *(f"  - {one}" for one in self.stays),
        ]
        return "\n".join(lines) + "\n"


def posts_in(
    workspace: Workspace, readings: Iterable[Reading], request: Request, *, file: str, form: str
) -> NDArray[np.uint64]:
    """Return the hashes of the posts of an export that an erasure is about; nothing of the export is kept.

    The format must be that in which the export was read; its name only for posts without id that an earlier Fanal read.
    """
    column = _COLUMN[request.asked]
    key = workspace.keyring.of_workspace()
    found = [np.zeros(0, np.uint64)]
    for reading in readings:
        named = pc.equal(reading.posts[column], request.name)
        if request.asked is Asked.POST:
            named = pc.or_(named, pc.starts_with(reading.posts[column], request.name + EDITED))
        posts = reading.posts.filter(pc.fill_null(named, False))
        found.append(post_rows(posts, form=form, key=key))
        found.append(line_rows(posts, file=file, key=key)[1])
    return np.unique(np.concatenate(found))


def erase(
    workspace: Workspace,
    settings: Settings,
    request: Request,
    *,
    posts: NDArray[np.uint64] | None,
    areas: pa.Table,
    who: Person,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    dice: pipeline.Dice,
) -> Receipt:
    """Remove what is known of an author, a post, or of all weeks before one, and say what was done.

    A run that dies is asked for again: each step finds what is left, and the mark of a post stands before its first
    row goes.

    Args:
        workspace: held for writing.
        settings: for what is counted anew.
        request: what is asked.
        posts: keyed hashes of posts that exports named, of `posts_in`; None: no export was given.
        areas: AREA_SCHEMA.
        who: who erases.
        clock: gives the time.
        new_id: gives a new id.
        dice: for the scan of what is left.

    Returns:
        The receipt; the desk keeps it too.
    """
    begun, erasure = clock(), new_id()
    before = date.fromisoformat(request.name) if request.asked is Asked.BEFORE else None
    workspace.closings.finish(begun)

    # 1. Find the posts: by the pseudonyms of the weeks that have a key, in the vault, in exports.
    own = erased_rows.pairs_of_author(workspace, request.name) if request.asked is Asked.AUTHOR else []
    known = [np.zeros(0, np.uint64) if posts is None else posts, erased_rows.posts_of_pairs(workspace, own)]
    if before is None:
        column = _COLUMN[request.asked]
        known.append(erased_rows.posts_in_vault(workspace, column, request.name, request.form))
    found = np.unique(np.concatenate(known))
    pairs = [*own, *erased_rows.pairs_of_posts(workspace, found)]

    # 2. Mark them, so that none comes back; then remove every row.
    workspace.erasures.begin(
        erasure, asked=request.asked, name=request.name, before=before, posts=found, who=who, at=begun
    )
    removed = (
        erased_rows.remove(workspace, pairs, found)
        if before is None
        else erased_rows.remove_before(workspace, before)
    )
    sketches = forget_everybody(workspace.folder / "recent", before=before)

    # 3. Count, scan and weigh what is left; then remove every older version of every table.
    emptied = _counted_anew(workspace, settings, areas=areas, now=begun, dice=dice)
    Removal(workspace.lake).forget([*BATCHED, CELLS, ANSWERS, *DERIVED])

    # 4. Give the receipt, and leave nothing of it in the desk's older pages.
    receipt = Receipt(
        erasure=erasure,
        asked=request.asked,
        who=who.name,
        begun_at=begun,
        ended_at=clock(),
        before=before,
        posts=len(found),
        removed={**removed, "sketches of recent authors": sketches},
        not_found=tuple(_not_found(workspace, request, found=len(found), exports=posts is not None)),
        stays=(*_stays(request), *emptied),
    )
    with workspace.desk.transaction() as connection:
        workspace.erasures.end(
            connection,
            erasure,
            asked=request.asked,
            name=request.name,
            receipt=receipt.facts(),
            at=receipt.ended_at,
        )
        workspace.audit.note(
            Deed.ERASED,
            who=who,
            at=receipt.ended_at,
            about=f"erasure:{erasure}",
            purpose=Purpose.ERASURE,
            facts={"asked": request.asked.value, "rows": sum(removed.values())},
            within=connection,
        )
    workspace.desk.shrink()
    return receipt


def _counted_anew(
    workspace: Workspace, settings: Settings, *, areas: pa.Table, now: datetime, dice: pipeline.Dice
) -> list[str]:
    """Count and scan what is left; where that cannot be done, what was made before is emptied, and a sentence says so.

    An erasure must end, also in a workspace whose areas cannot be scanned.
    """
    try:
        pipeline.from_posts(workspace, settings, areas=areas, now=now, dice=dice)
    except UserError as error:
        for name in DERIVED:
            if workspace.lake.exists(name):
                workspace.lake.overwrite(name, workspace.lake.read(name).slice(0, 0))
        return [
            f"Nothing of counts, hotspots and silences until `fanal update` makes them anew. It said: {error}"
        ]
    return []


def _not_found(workspace: Workspace, request: Request, *, found: int, exports: bool) -> Iterator[str]:
    """Say what could not be found, and why."""
    if request.asked is Asked.BEFORE:
        return
    if gone := len(workspace.keyring.gone()):
        yield f"Texts of {gone:,} days of the vault: their keys were destroyed, so that nobody can read them."
    if request.asked is Asked.POST and not found and not exports:
        yield (
            "The post itself: an id is kept in the vault alone, with the text of a post that shows a signal, and "
            "there is none with this id. An export that holds the post finds it (--in FILE)."
        )
    if request.asked is Asked.AUTHOR and not exports:
        closed = len(workspace.closings.counted())
        if closed:
            yield (
                f"Rows of {closed:,} closed weeks: their pseudonyms were overwritten and their keys destroyed, so that "
                "nobody can tell whose rows they are. An export that holds the posts finds them (--in FILE)."
            )
        yield (
            "Posts that showed no signal and named no place: a keyed hash of each is kept, under no name. An export "
            "that holds them finds them (--in FILE)."
        )


def _stays(request: Request) -> Iterator[str]:
    """Say what an erasure leaves, and why."""
    yield (
        "Releases: their noise covers one author in one week, they may have been read, and they are never drawn again."
    )
    if request.asked is not Asked.BEFORE:
        yield "Counts of closed weeks: numbers of district, week and category; a small one may be one author, unnamed."
        yield "A keyed mark of each post that was found, so that the same export does not bring it back."
        yield (
            "Rejected rows: file, line and reason, which hold neither text nor author. Those that were kept in the "
            "vault were searched as they stand: a name in another spelling is not found in them."
        )
    else:
        yield "The Monday itself, so that posts of earlier weeks are not read in again."
    yield (
        "The names of the files that were read, and the audit log, which names who acted, and by its keyed hash each "
        "post whose text was opened."
    )
    yield "Whatever is elsewhere: the exports themselves, copies of this workspace, what was already handed on."
    yield "Models that were trained on labelled posts with `fanal train`: they must be trained anew without them."
    yield (
        "What a disk keeps of files that were overwritten and removed: on flash or copy-on-write only encryption helps."
    )
