"""Folders of notices: feeds, or CAP documents, written whole or not at all."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from fanal.model.release import Release
from fanal.outbox.atom import to_atom
from fanal.outbox.cap import to_cancel, to_cap
from fanal.outbox.folder import whole
from fanal.outbox.notice import Notice, Withdrawal


def write_feeds(
    notices: Sequence[Notice],
    out: Path,
    *,
    languages: Sequence[str],
    title: str,
    sender: str,
    address: str,
    require: Callable[[Release], object],
    now: datetime,
) -> None:
    """Write a feed in each language: `en.atom`, `fr.atom`, ...

    Args:
        notices: with wordings in each of the languages; none: the feeds are empty.
        out: a folder that is new, empty, or written here before.
        title: of the feeds.
        sender: who they are from.
        address: of the folder, where the feeds will be read; empty: not stated.
        require: raises for what may not leave.
        languages: BCP 47.
        now: when feeds without a notice are from.

    Raises:
        RefusedError: from `require`.
        UserError: the folder holds something else or cannot be written.
    """
    made = {
        f"{language}.atom": to_atom(
            notices,
            language=language,
            title=title,
            sender=sender,
            address=f"{address.rstrip('/')}/{language}.atom" if address else "",
            require=require,
            now=now,
        )
        for language in languages
    }
    _write(made, out)


def write_cap(
    notices: Sequence[Notice],
    out: Path,
    *,
    areas: pa.Table,
    require: Callable[[Release], object],
    withdrawn: Sequence[Withdrawal] = (),
) -> None:
    """Write a CAP document for each notice and each withdrawal, named after its id; errors as `write_feeds`."""
    made = {f"{one.id}.xml": to_cap(one, areas=areas, require=require) for one in notices}
    _write({**made, **{f"{one.id}.xml": to_cancel(one) for one in withdrawn}}, out)


def _write(made: dict[str, bytes], out: Path) -> None:
    """Write files to a folder, whole or not at all."""
    with whole(out) as folder:
        for name, content in made.items():
            (folder / name).write_bytes(content)
