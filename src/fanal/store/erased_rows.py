"""Erased rows: which rows of a workspace belong to an author or a post, and their removal from every table."""

import json
import re
from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import delete, func, select

from fanal.model.version import EDITED
from fanal.store.files import forget
from fanal.store.pseudonym import pseudonym_of
from fanal.store.removal import NOBODY, Removal
from fanal.store.sealed import Sealed, What
from fanal.store.tables import BATCHES, REJECTS
from fanal.store.workspace import Workspace

Pair = tuple[date, int]
"""A week and a pseudonym, as the bits of an int64."""

_NO_WEEK = date(1969, 12, 29)
"""The week under which rows without a time are kept; see `fanal.store.seen`."""


_TABLES = ("signals", "mentions", "newcomers", "versions")


def pairs_of_author(workspace: Workspace, author: str) -> list[Pair]:
    """Return the author's pseudonym in each week that still has its key; of the others nobody can make it."""
    keyring = workspace.keyring
    return [(week, pseudonym_of(author, keyring.of_week(week))) for week in keyring.weeks()]


def posts_of_pairs(workspace: Workspace, pairs: Collection[Pair]) -> NDArray[np.uint64]:
    """Return the hashes of the posts with a signal or a place that stand under some pseudonyms."""
    found = workspace.lake.query(
        "SELECT DISTINCT post FROM (SELECT week, pseudonym, post FROM signals "
        "UNION ALL SELECT week, pseudonym, post FROM mentions) JOIN wanted USING (week, pseudonym)",
        committed=workspace.desk.batches(),
        wanted=_table(pairs),
    )
    return _unsigned(found["post"])


def pairs_of_posts(workspace: Workspace, posts: NDArray[np.uint64]) -> list[Pair]:
    """Return the pseudonyms under which some posts stand in weeks that are open."""
    found = workspace.lake.query(
        "SELECT DISTINCT week, pseudonym FROM (SELECT week, pseudonym, post FROM signals "  # noqa: S608
        "UNION ALL SELECT week, pseudonym, post FROM mentions) JOIN wanted USING (post) "
        f"WHERE pseudonym <> {NOBODY}",
        committed=workspace.desk.batches(),
        wanted=pa.table({"post": pa.array(posts.view(np.int64))}),
    )
    return list(zip(found["week"].to_pylist(), found["pseudonym"].to_pylist(), strict=True))


def posts_in_vault(workspace: Workspace, column: str, name: str, form: str | None) -> NDArray[np.uint64]:
    """Return the hashes of the posts in the vault whose author or id is a name, of one format or of any.

    Every row whose key is there is opened. What is opened is compared and forgotten. A rejected row that was kept was
    never understood: it is found if it holds the name as a word of its own.

    Args:
        workspace: its vault is read.
        column: author or id.
        name: to be found, exactly; of an id also with what tells a later version.
        form: the format that the post was read as; None: any.

    Raises:
        WorkspaceError: a segment is damaged, so that nobody knows whether it holds one.
    """
    there = workspace.keyring.days()
    found = {
        row.post
        for day in workspace.vault.days()
        if day in there
        for row in workspace.vault.of_day(day)
        if form in (None, row.content.form) and _names(row, column, name)
    }
    return np.array(sorted(found), np.uint64)


def _names(row: Sealed, column: str, name: str) -> bool:
    """Say whether an opened row is of an author or an id; a rejected row is, if it holds the name as a word of its own.

    Such a row is searched as it stood in its file: as JSON and CSV may write a name, and in no other spelling.
    """
    if row.content.what is What.REJECTED:
        spelled = (
            name,
            json.dumps(name)[1:-1],
            json.dumps(name, ensure_ascii=False)[1:-1],
            name.replace('"', '""'),
        )
        words = b"|".join(re.escape(one.encode()) for one in dict.fromkeys(spelled))
        return re.search(rb"(?<![\w/-])(?:" + words + rb")(?![\w/-])", row.content.text) is not None
    said = getattr(row.content, column)
    return bool(said == name or (column == "id" and said is not None and said.startswith(name + EDITED)))


def remove(workspace: Workspace, pairs: Collection[Pair], posts: NDArray[np.uint64]) -> dict[str, int]:
    """Remove all rows of posts, and what is told of newcomers under pseudonyms that have no located post left.

    Signals and mentions go last: they are what tells the posts of a pseudonym, should a run that dies be repeated.

    Returns:
        How many rows went, by table.
    """
    lake, removed = workspace.lake, {}
    ids = ", ".join(map(str, posts.view(np.int64).tolist()))
    removed["vault"] = workspace.vault.remove(posts.tolist())
    removed["seen"] = Removal(lake).remove("seen", f"row IN ({ids})") if ids else 0
    left = lake.query(
        "SELECT DISTINCT week, pseudonym FROM mentions SEMI JOIN wanted USING (week, pseudonym) "
        "ANTI JOIN gone USING (post)",
        committed=workspace.desk.batches(),
        wanted=_table(pairs),
        gone=pa.table({"post": pa.array(posts.view(np.int64))}),
    )
    there = set(zip(left["week"].to_pylist(), left["pseudonym"].to_pylist(), strict=True))
    who = ", ".join(str(pseudonym) for _, pseudonym in sorted(set(pairs) - there))
    removed["newcomers"] = Removal(lake).remove("newcomers", f"pseudonym IN ({who})") if who else 0
    for name in ("versions", "mentions", "signals"):
        removed[name] = Removal(lake).remove(name, f"post IN ({ids})") if ids else 0
    removed["marks of pleas"] = workspace.pleas.forget(posts)
    return removed


def remove_before(workspace: Workspace, monday: date) -> dict[str, int]:
    """Remove all rows of weeks before one, their keys and counts, and rejected rows and files that were read before it.

    Returns:
        How many rows, keys or days went, by table.
    """
    lake, before = workspace.lake, f"week < DATE '{monday}'"
    sealed = workspace.vault.listed()["post"].combine_chunks()
    old_posts = lake.query(
        f"SELECT DISTINCT row FROM seen WHERE {before} AND week <> DATE '{_NO_WEEK}'",  # noqa: S608 - dates
        committed=workspace.desk.batches(),
    )
    kept = np.intersect1d(sealed.to_numpy(), _unsigned(old_posts["row"]))
    removed = {"vault": workspace.vault.remove(kept.tolist())}  # a day of the vault is that of reading
    removed |= {name: Removal(lake).remove(name, before) for name in _TABLES}
    with workspace.desk.transaction() as connection:
        old = select(BATCHES.c.batch).where(func.date(BATCHES.c.committed_at) < monday.isoformat())
        read = list(connection.execute(old).scalars())
        removed["rejects"] = int(connection.execute(delete(REJECTS).where(REJECTS.c.batch.in_(old))).rowcount)
        removed["beginnings of files"] = forget(connection, monday - timedelta(days=1))
    removed["seen"] = Removal(lake).remove("seen", f"{before} AND week <> DATE '{_NO_WEEK}'")
    if read:  # rows without a time go by the day of their reading
        ids = ", ".join(f"'{batch}'" for batch in read)
        removed["seen"] += Removal(lake).remove("seen", f"week = DATE '{_NO_WEEK}' AND batch IN ({ids})")
    removed["closed counts"] = workspace.closings.forget(
        [week for week in workspace.closings.counted() if week < monday]
    )
    weeks = [week for week in workspace.keyring.weeks() if week < monday]
    for week in weeks:
        workspace.keyring.destroy_week(week)
    removed["keys of weeks"] = len(weeks)
    over = sorted({day for day in [*workspace.vault.days(), *workspace.keyring.days()] if day < monday})
    for day in over:
        workspace.keyring.destroy_day(day)
        workspace.vault.drop_day(day)
    removed["days of the vault"] = len(over)
    removed["marks of pleas"] = workspace.pleas.forget(np.zeros(0, np.uint64))
    return removed


def _table(pairs: Collection[Pair]) -> pa.Table:
    """Return pseudonyms as a table: week, pseudonym."""
    weeks, who = [week for week, _ in pairs], [pseudonym for _, pseudonym in pairs]
    return pa.table({"week": pa.array(weeks, pa.date32()), "pseudonym": pa.array(who, pa.int64())})


def _unsigned(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return hashes that the lake keeps as int64 bits."""
    signed: NDArray[np.int64] = column.to_numpy().astype(np.int64, copy=False)
    return signed.view(np.uint64)
