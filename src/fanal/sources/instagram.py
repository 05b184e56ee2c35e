"""Posts from Instagram's "Download your information" as JSON: posts, reels, stories, comments.

Form: help.instagram.com/181231772500920. What is read: `posts_1.json`, `reels.json`, `stories.json`,
`post_comments_1.json`, `reels_comments.json`. Conversations are left alone, and media are never opened; where a camera
says it was is not looked at.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanal.model.post import Reading
from fanal.sources.mapping import FieldMapping
from fanal.sources.meta_export import MESSAGES, Form, in_lines, inner, moment, objects, read_form
from fanal.sources.parts import Parts
from fanal.sources.reason import Reason
from fanal.sources.walk import Lists

_LISTS = Lists(
    names=(
        "ig_posts",
        "ig_reels_media",
        "ig_igtv_media",
        "ig_stories",
        "comments_media_comments",
        "comments_reels_comments",
        MESSAGES,
    ),
    top=True,
    what="an export of Instagram",
    element="entry",
    elements="entries",
    hint="Ask Instagram for JSON, unpack the zip, and give files such as posts_1.json or post_comments_1.json.",
)
_COMMENT, _TIME = "Comment", "Time"


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the posts and comments of a file of an export, plain or gzipped, after the first `start` entries.

    `line` and `position` count entries, from 1. An entry without words, and every message of a conversation, is
    skipped. Neither posts nor comments have an id or an author in the file.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the entries before).
    """
    yield from read_form(INSTAGRAM, path, mapping=mapping, start=start, rows=rows)


def entry(found: Any) -> tuple[Parts, Reason | None]:
    """Return the parts of one entry, and what is wrong with it.

    >>> entry({"media": [{"uri": "media/p.jpg", "creation_timestamp": 1407042000, "title": "The road is closed."}]})
    ({'time': 1407042000, 'text': 'The road is closed.'}, None)
    """
    media = list(objects(found.get("media")))
    by_name = {
        name: value for name, value in inner(found, "string_map_data").items() if isinstance(value, dict)
    }
    listed = list(objects(found.get("string_list_data")))
    if by_name:
        # Names are in the language of the account; the comment stands first.
        said = by_name.get(_COMMENT) or next((one for one in by_name.values() if one.get("value")), {})
        texts = [said.get("value")]
        times = [inner(by_name, _TIME).get("timestamp"), *(one.get("timestamp") for one in by_name.values())]
    elif listed:
        texts, times = [listed[0].get("value")], [listed[0].get("timestamp")]
    else:
        texts = [found.get("title"), *(one.get("title") for one in media)]
        times = [found.get("creation_timestamp"), *(one.get("creation_timestamp") for one in media)]
    text = in_lines(texts)
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    return {"time": moment(*times), "text": text}, None


INSTAGRAM = Form(
    lists=_LISTS,
    marks=(re.compile(rb'"creation_timestamp"\s*:|"string_map_data"\s*:'),),
    entry=entry,
)
"""How Instagram's exports are told and read."""
