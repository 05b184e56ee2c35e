"""Measure how fast exports are read beside parsing alone of the same bytes: `python tools/measure_exports.py`."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pj

from fanal.sources.catalogue import find
from fanal.sources.mapping import FieldMapping

POSTS = 300_000
ROUNDS = 3
WORDS = "The road to the north is closed. الطريق الى الشمال مغلق. Buses leave from the market at eight. " * 2
START = 1_407_042_000

Element = dict[str, Any]


def telegram(n: int) -> Element:
    """Return a message as Telegram Desktop writes it; one in five has pieces, one in fifty is a poll."""
    plain = f"{WORDS[n % 40 :]}{n}"
    pieces: list[Any] = [plain[:60], {"type": "link", "text": "https://a.example/map"}, plain[60:]]
    said = pieces if n % 5 == 0 else plain
    entities = [one if isinstance(one, dict) else {"type": "plain", "text": one} for one in pieces]
    made: Element = {
        "id": n,
        "type": "message",
        "date": "2014-08-03T08:00:00",
        "date_unixtime": str(START + n),
        "from": "A neighbour",
        "from_id": f"user{n % 9973}",
        "text": said,
        "text_entities": entities if n % 5 == 0 else [{"type": "plain", "text": plain}],
    }
    if n % 50 == 0:
        made["poll"] = {
            "question": "Which road?",
            "answers": [{"text": "North", "voters": 1, "chosen": False}],
        }
    return made


def activitystreams(n: int) -> Element:
    """Return an activity as Mastodon writes it into an outbox."""
    public, followers = "https://www.w3.org/ns/activitystreams#Public", "https://a.example/users/b/followers"
    said = f'<p>{WORDS[n % 40 :]}{n}</p><p><a href="https://a.example/tags/road">#<span>road</span></a></p>'
    about = {"published": "2014-08-03T05:00:00Z", "to": [public], "cc": [followers]}
    note = {
        "id": f"https://a.example/users/b/statuses/{n}",
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "url": f"https://a.example/@b/{n}",
        "attributedTo": "https://a.example/users/b",
        "sensitive": False,
        "atomUri": f"https://a.example/users/b/statuses/{n}",
        "conversation": f"tag:a.example,2014-08-03:objectId={n}:objectType=Conversation",
        "content": said,
        "contentMap": {"en": said},
        "attachment": [],
        "tag": [{"type": "Hashtag", "href": "https://a.example/tags/road", "name": "#road"}],
        "replies": {"id": f"https://a.example/users/b/statuses/{n}/replies", "type": "Collection"},
        **about,
    }
    return {
        "id": f"{note['id']}/activity",
        "type": "Create",
        "actor": note["attributedTo"],
        "object": note,
        **about,
    }


def facebook(n: int) -> Element:
    """Return a post as Facebook writes it, one in three below a picture."""
    said = f"{WORDS[n % 40 :]}{n}"
    media = {
        "uri": f"posts/media/{n}.jpg",
        "creation_timestamp": START + n,
        "title": "Pictures",
        "description": said,
    }
    made = {
        "timestamp": START + n,
        "data": [{"post": said}, {"update_timestamp": START + n}],
        "title": "A neighbour wrote.",
    }
    return made if n % 3 else {**made, "attachments": [{"data": [{"media": media}]}]}


def instagram(n: int) -> Element:
    """Return a post as Instagram writes it."""
    said = f"{WORDS[n % 40 :]}{n}"
    return {
        "media": [
            {
                "uri": f"media/posts/{n}.jpg",
                "creation_timestamp": START + n,
                "media_metadata": {"camera_metadata": {"has_camera_metadata": False}},
                "title": said,
                "cross_post_source": {"source_app": "FB"},
            }
        ]
    }


FORMS: dict[str, tuple[Callable[[int], Element], str, str, int | None]] = {
    "telegram": (telegram, '{"name": "Town", "type": "public_supergroup", "id": 7, "messages": ', "}", 1),
    "activitystreams": (activitystreams, '{"type": "OrderedCollection", "orderedItems": ', "}", None),
    "facebook": (lambda n: broken(facebook(n)), "", "", 2),
    "instagram": (lambda n: broken(instagram(n)), "", "", 2),
}
"""For each form what makes an element, what stands before and behind the list, and the indentation."""


def broken(value: Any) -> Any:
    """Return texts as Facebook writes them: each byte of their UTF-8 as a letter."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, list):
        return [broken(one) for one in value]
    return {name: broken(one) for name, one in value.items()} if isinstance(value, dict) else value


def fastest(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some runs."""
    taken = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        taken.append(perf_counter() - begun)
    return min(taken)


def lines(form: str) -> Iterator[str]:
    """Yield what the measurement says of a form."""
    make, before, behind, indent = FORMS[form]
    elements = [make(n) for n in range(POSTS)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.json"
        escaped = form in ("facebook", "instagram")
        text = json.dumps(elements, ensure_ascii=escaped, indent=indent)
        file.write_text(before + text + behind, encoding="utf-8")
        whole = file.read_bytes()
        source = find(form)
        count = 0

        def read() -> None:
            nonlocal count
            count = sum(len(r.posts) for r in source.read(file, mapping=FieldMapping()))

        read()
        if count < POSTS * 0.9:
            sys.exit(f"{form}: only {count:,} of {POSTS:,} are posts")
        ours = fastest(read)
        by_orjson = fastest(lambda: orjson.loads(whole))
        block = b"\n".join(orjson.dumps(one) for one in elements)
        options = pj.ReadOptions(use_threads=False, block_size=len(block) + 1)
        try:
            pj.read_json(pa.BufferReader(block), read_options=options)
            arrow = (
                f"{POSTS / fastest(lambda: pj.read_json(pa.BufferReader(block), read_options=options)):,.0f}"
            )
        except pa.ArrowInvalid:
            arrow = "cannot"
        yield (
            f"{form}: {POSTS / ours:,.0f} posts/s, {len(whole) / ours / 1e6:,.0f} MB/s; "
            f"orjson alone {POSTS / by_orjson:,.0f} posts/s; pyarrow alone on cut lines {arrow} posts/s; "
            f"share of orjson's speed {by_orjson / ours:.2f}"
        )


def main() -> None:
    """Measure the forms that are named, or all."""
    for form in sys.argv[1:] or FORMS:
        for line in lines(form):
            print(line, flush=True)


if __name__ == "__main__":
    main()
