"""Posts from the archive that Mastodon hands to its user: the outbox of one account (ActivityStreams 2.0).

Form: docs.joinmastodon.org/user/moving (requesting an archive), w3.org/TR/activitystreams-core (OrderedCollection).
"""

from collections.abc import Iterator
from pathlib import Path

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.archive import is_archive, member
from fanal.sources.judge import judge
from fanal.sources.mapping import FieldMapping
from fanal.sources.note import note
from fanal.sources.opening import BOM, chunks, head
from fanal.sources.parts import Parts, columns, element
from fanal.sources.reason import Reason
from fanal.sources.walk import Lists, Walk

OUTBOX = "outbox.json"
"""The file of the archive that holds the posts; of all others none is read."""

_LISTS = Lists(
    names=("orderedItems", "items"),
    what="an outbox of ActivityStreams 2.0",
    element="activity",
    elements="activities",
    hint="Give the archive as Mastodon hands it out, or its outbox.json.",
)


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the activities of an outbox, after the first `start` ones: a plain file, gzipped, or inside its archive.

    `line` and `position` count activities, from 1. What is not addressed to everybody, and what is no post, is
    skipped; see `fanal.sources.note.note`.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the activities before).
    """
    packed = is_archive(path)
    if not packed and not head(path).removeprefix(BOM).lstrip().startswith(b"{"):
        raise InputError(f"{path} is not {_LISTS.what}: it does not begin with an object.", hint=_LISTS.hint)
    walk = Walk(
        path,
        _LISTS,
        start=start,
        rows=rows,
        source=lambda: member(path, OUTBOX) if packed else chunks(path),
    )
    for batch in walk.batches():
        made = columns([activity(raw) for raw, _ in batch.elements()], batch.line)
        yield judge(made, timezone=mapping.timezone, position=batch.last)
    walk.close()


def activity(raw: bytes) -> tuple[Parts, Reason | None]:
    """Return the parts of one activity as it stands in the file, and what is wrong with it.

    >>> activity(b'{"type": "Create"')
    ({}, <Reason.NOT_JSON: 'The line is not valid JSON.'>)
    """
    found = element(raw)
    return ({}, found) if isinstance(found, Reason) else note(found)
