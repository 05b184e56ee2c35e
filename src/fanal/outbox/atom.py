"""Atom: notices as a feed (RFC 4287), one for each language."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from fanal.model.release import Release
from fanal.outbox.markup import add, written
from fanal.outbox.notice import Notice, checked

NAMESPACE = "http://www.w3.org/2005/Atom"

MOST_ENTRIES = 200
"""Entries of a feed, newest first: a reader that comes once a week misses none."""

EXERCISE = "exercise"
"""Category of an entry on which nobody may act."""


def to_atom(
    notices: Sequence[Notice],
    *,
    language: str,
    title: str,
    sender: str,
    address: str,
    require: Callable[[Release], object],
    now: datetime,
) -> bytes:
    """Return notices as a feed in one language, newest first; the same notices give the same bytes.

    Args:
        notices: each with a wording in the language.
        language: BCP 47.
        title: of the feed.
        sender: who it is from; feeds of the same sender and language have the same id.
        address: at which the feed will be read; empty: not stated.
        require: raises for what may not leave.
        now: when a feed without a notice is from.

    Raises:
        RefusedError: from `require`, or a notice is not in its Release.
    """
    newest = sorted(notices, key=lambda one: (one.sent, one.id), reverse=True)[:MOST_ENTRIES]
    feed = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": language})
    add(feed, "id", identity(sender, "feed", language))
    add(feed, "title", title)
    add(feed, "updated", moment(newest[0].sent if newest else now))
    add(add(feed, "author"), "name", sender)
    if address:
        add(feed, "link", rel="self", type="application/atom+xml", href=address)
    for notice in newest:
        _entry(feed, checked(notice, require), language)
    return written(feed)


def _entry(feed: ET.Element, notice: Notice, language: str) -> None:
    """Add a notice as an entry."""
    wording = next(one for one in notice.wordings if one.language == language)
    entry = add(feed, "entry")
    add(entry, "id", identity(notice.sender, notice.id))
    add(entry, "title", wording.headline)
    add(entry, "published", moment(notice.sent))
    add(entry, "updated", moment(notice.sent))
    add(entry, "category", term=notice.hotspot["family"], label=wording.event)
    if notice.exercise:
        add(entry, "category", term=EXERCISE)
    add(entry, "summary", wording.description, type="text")
    told = [wording.description, wording.instruction, f"{notice.release.ledger_id} {notice.release.digest()}"]
    add(entry, "content", "\n\n".join(told), type="text")


def identity(*parts: str) -> str:
    """Return the permanent id of a thing, the same whenever it is made (RFC 4287, 4.2.6).

    >>> identity("alerts@example.org", "f3a91c0b2d.1")
    'urn:uuid:280b2794-8cf2-5a20-95b3-5a1f8d73922a'
    """
    return uuid5(NAMESPACE_URL, "fanal:" + "/".join(parts)).urn


def moment(when: datetime) -> str:
    """Return a moment as RFC 3339 has it.

    >>> moment(datetime(2014, 8, 3, 12, tzinfo=UTC))
    '2014-08-03T12:00:00Z'
    """
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
