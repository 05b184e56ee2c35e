"""Posts from Facebook's "Download your information" as JSON: posts, posts of groups and pages, comments.

Form: facebook.com/help/212802592074644. What is read: `your_posts_1.json` and its later names, `group_posts_v2`,
`group_comments_v2`, `comments_v2`. Conversations are left alone, and media are never opened.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanal.model.post import Reading
from fanal.sources.mapping import FieldMapping
from fanal.sources.meta_export import MESSAGES, Form, in_lines, inner, moment, objects, read_form
from fanal.sources.parts import Parts, degree
from fanal.sources.reason import Reason
from fanal.sources.walk import Lists

_LISTS = Lists(
    names=(
        "posts_v2",
        "posts",
        "status_updates",
        "activity_log_data",
        "group_posts_v2",
        "group_posts",
        "group_comments_v2",
        "group_comments",
        "comments_v2",
        "comments",
        MESSAGES,
    ),
    top=True,
    what="an export of Facebook",
    element="entry",
    elements="entries",
    hint="Ask Facebook for JSON, unpack the zip, and give files such as your_posts_1.json or comments.json.",
)


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the posts and comments of a file of an export, plain or gzipped, after the first `start` entries.

    `line` and `position` count entries, from 1. An entry without words, and every message of a conversation, is
    skipped. Posts have no id and no author in the file; comments have the author's name.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the entries before).
    """
    yield from read_form(FACEBOOK, path, mapping=mapping, start=start, rows=rows)


def entry(found: Any) -> tuple[Parts, Reason | None]:
    """Return the parts of one entry, and what is wrong with it.

    >>> entry({"timestamp": 1407042000, "data": [{"post": "The road is closed."}], "title": "A was here."})
    ({'time': 1407042000, 'text': 'The road is closed.', 'author': None}, None)
    """
    said = list(objects(found.get("data")))
    comment: dict[str, Any] = next(
        (one["comment"] for one in said if isinstance(one.get("comment"), dict)), {}
    )
    beside = [one for held in objects(found.get("attachments")) for one in objects(held.get("data"))]
    texts = [found.get("post"), *(one.get("post") for one in said), comment.get("comment")]
    for one in beside:
        texts += _words(one)
    text = in_lines(texts)
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    author = comment.get("author")
    parts: Parts = {
        "time": moment(comment.get("timestamp"), found.get("timestamp")),
        "text": text,
        "author": author if isinstance(author, str) else None,
    }
    for one in beside:
        if where := inner(inner(one, "place"), "coordinate"):
            parts["lon"], parts["lat"] = degree(where.get("longitude")), degree(where.get("latitude"))
            break
    return parts, None


def _words(one: dict[str, Any]) -> list[Any]:
    """Return what the author wrote in an attachment: a note, a poll, below a picture; not what a link's page says."""
    note, poll = inner(one, "note"), inner(one, "poll")
    options = [option.get("option") for option in objects(poll.get("options"))]
    return [
        note.get("title"),
        note.get("text"),
        poll.get("question"),
        *options,
        inner(one, "media").get("description"),
    ]


FACEBOOK = Form(
    lists=_LISTS,
    marks=(re.compile(rb'"timestamp"\s*:'), re.compile(rb'"(?:data|attachments|title|tags)"\s*:')),
    strange=re.compile(rb'"string_map_data"\s*:'),
    entry=entry,
)
"""How Facebook's exports are told and read."""
