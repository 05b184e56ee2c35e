"""Exports and streams of posts for the bench: the same neutral words, written as each form writes them."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import chain
from typing import Any

from fanal.bench.workbook_file import workbook

WORDS = "The road to the north is closed. الطريق الى الشمال مغلق. Buses leave from the market at eight. " * 2
START = datetime(2014, 8, 13, 5, tzinfo=UTC)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def text(number: int) -> str:
    """Return the words of a post: about 150 characters, half of them Arabic letters."""
    return f"{WORDS[number % 40 :]}{number}"


def at(number: int) -> datetime:
    """Return the time of a post."""
    return START + timedelta(minutes=number)


def csv_file(posts: int) -> bytes:
    """Return a table as RFC 4180 has it."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "author", "time", "text", "lang"])
    for n in range(posts):
        writer.writerow([n, f"user{n % 9973}", at(n).isoformat(), text(n), "en"])
    return out.getvalue().encode()


def excel_file(posts: int) -> bytes:
    """Return the same table as a sheet of a workbook."""
    named: list[str | int] = ["id", "author", "time", "text", "lang"]
    rows: Iterator[list[str | int]] = (
        [n, f"user{n % 9973}", at(n).isoformat(), text(n), "en"] for n in range(posts)
    )
    return workbook(chain([named], rows))


def content_library_file(posts: int) -> bytes:
    """Return a CSV with the columns of the Meta Content Library."""
    out = StringIO()
    writer = csv.writer(out)
    named = ["id", "creation_time", "lang", "mcl_url", "modified_time", "post_owner.id", "post_owner.name"]
    writer.writerow([*named, "post_owner.type", "statistics.like_count", "statistics.views", "text"])
    for n in range(posts):
        made, page = at(n).isoformat(), f"https://www.facebook.com/transparency/post/{n}"
        owner = [10**15 + n % 9973, f"Page {n % 9973}", "facebook_page"]
        writer.writerow([10**15 + n, made, "en", page, made, *owner, n % 97, n % 9973, text(n)])
    return out.getvalue().encode()


def telegram_file(posts: int) -> bytes:
    """Return an export of Telegram Desktop; one message in five has pieces, one in fifty is a poll."""
    return _listed(
        '{"name": "Town", "type": "public_supergroup", "id": 7, "messages": ', _telegram, posts, "}"
    )


def _telegram(number: int) -> dict[str, Any]:
    words = text(number)
    pieces: list[Any] = [words[:60], {"type": "link", "text": "https://a.example/map"}, words[60:]]
    said = pieces if number % 5 == 0 else words
    entities = [one if isinstance(one, dict) else {"type": "plain", "text": one} for one in pieces]
    made: dict[str, Any] = {
        "id": number,
        "type": "message",
        "date": f"{at(number):%Y-%m-%dT%H:%M:%S}",
        "date_unixtime": str(int(at(number).timestamp())),
        "from": "A neighbour",
        "from_id": f"user{number % 9973}",
        "text": said,
        "text_entities": entities if number % 5 == 0 else [{"type": "plain", "text": words}],
    }
    if number % 50 == 0:
        made["poll"] = {"question": "Which road?", "answers": [{"text": "North", "voters": 1}]}
    return made


def whatsapp_file(posts: int) -> bytes:
    """Return a chat of an Android phone set to British English."""
    lines = (f"{at(n):%d/%m/%Y, %H:%M} - Neighbour {n % 97}: {text(n)}" for n in range(posts))
    return "\n".join(lines).encode()


def facebook_file(posts: int) -> bytes:
    """Return posts of "Download your information", each byte of their UTF-8 written as a letter."""
    return _listed("", _facebook, posts, "", escaped=True)


def _facebook(number: int) -> dict[str, Any]:
    words = text(number).encode().decode("latin-1")
    return {
        "timestamp": int(at(number).timestamp()),
        "data": [{"post": words}, {"update_timestamp": int(at(number).timestamp())}],
        "title": "A neighbour updated their status.",
    }


def instagram_file(posts: int) -> bytes:
    """Return posts of Instagram's "Download your information"."""
    return _listed("", _instagram, posts, "", escaped=True)


def _instagram(number: int) -> dict[str, Any]:
    words = text(number).encode().decode("latin-1")
    made = int(at(number).timestamp())
    return {"media": [{"uri": f"media/posts/{number}.jpg", "creation_timestamp": made, "title": words}]}


def activitystreams_file(posts: int) -> bytes:
    """Return the outbox of a Mastodon account."""
    return _listed('{"type": "OrderedCollection", "orderedItems": ', activity, posts, "}")


def activity(number: int) -> dict[str, Any]:
    """Return the Create of a Note (ActivityStreams 2.0)."""
    who = f"https://a.example/users/u{number % 97}"
    made = f"{at(number):%Y-%m-%dT%H:%M:%SZ}"
    note = {
        "id": f"{who}/statuses/{number}",
        "type": "Note",
        "published": made,
        "attributedTo": who,
        "to": [PUBLIC],
        "cc": [f"{who}/followers"],
        "content": f"<p>{text(number)}</p>",
        "contentMap": {"en": f"<p>{text(number)}</p>"},
    }
    return {
        "id": f"{who}/statuses/{number}/activity",
        "type": "Create",
        "actor": who,
        "published": made,
        "to": [PUBLIC],
        "object": note,
    }


def jetstream_row(number: int) -> bytes:
    """Return an event of a Jetstream."""
    record = {
        "$type": "app.bsky.feed.post",
        "createdAt": f"{at(number):%Y-%m-%dT%H:%M:%S.000Z}",
        "langs": ["en"],
        "text": text(number),
    }
    commit = {
        "rev": "3l3qo2vutsw2b",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3k{number:011d}",
        "record": record,
        "cid": "bafyreibexample",
    }
    micros = int(at(number).timestamp() * 1e6) + 1_000_000
    return _row(
        {"did": f"did:plc:{number % 9973:024d}", "time_us": micros, "kind": "commit", "commit": commit}
    )


def mastodon_row(number: int) -> bytes:
    """Return a new status, as it is kept once it has arrived."""
    who = f"https://a.example/users/u{number % 97}"
    status = {
        "id": str(number),
        "created_at": f"{at(number):%Y-%m-%dT%H:%M:%S.000Z}",
        "visibility": "public",
        "language": "en",
        "uri": f"{who}/statuses/{number}",
        "content": f"<p>{text(number)}</p>",
        "spoiler_text": "",
        "reblog": None,
        "account": {"acct": "u", "uri": who, "noindex": False},
        "poll": None,
    }
    return _row({"event": "update", "seen": "2015-09-01T00:00:00+00:00", "payload": status})


def telegram_bot_row(number: int) -> bytes:
    """Return an update that a Telegram bot gets."""
    chat = {"id": -1001234500001, "title": "Roads", "type": "channel"}
    post = {"message_id": number, "chat": chat, "date": int(at(number).timestamp()), "text": text(number)}
    return _row({"update_id": 900_000 + number, "channel_post": post})


def feed_row(number: int) -> bytes:
    """Return an entry of a feed, as it is kept once it has arrived."""
    made = {"id": f"https://news.example/{number}", "author": "news.example", "time": at(number).isoformat()}
    return _row({**made, "text": text(number), "language": "en", "seen": "2015-09-01T00:00:00+00:00"})


def gdelt_row(number: int) -> bytes:
    """Return a record of GDELT's Global Knowledge Graph: about 11 KB, of which most is counts of words."""
    fields = [""] * 27
    fields[0], fields[1], fields[2] = f"20140803051500-{number}", f"{at(number):%Y%m%d%H%M%S}", "1"
    fields[3], fields[4] = "news.example", f"https://news.example/page/{number}"
    fields[7], fields[8] = "REFUGEES;TAX_FNCACT;", "REFUGEES,10;TAX_FNCACT,10;" * 40
    fields[10] = "4#Mosul, Ninawa, Iraq#IZ#IZ15#25100#36.335#43.1189#-3103581#120;1#Iraq#IZ#IZ##33#44#IZ#300"
    fields[17] = ",".join(f"c{one}.{number % 90 + 10}:{one}" for one in range(850))
    fields[26] = f"<PAGE_TITLE>{text(number)}</PAGE_TITLE>"
    return "\t".join(fields).encode()


def json_row(number: int) -> bytes:
    """Return a post as a broker's message."""
    made = {"id": str(number), "author": f"user{number % 9973}", "time": at(number).isoformat()}
    return _row({**made, "text": text(number), "lang": "en"})


def activity_row(number: int) -> bytes:
    """Return an activity as it is pushed to a webhook."""
    return _row(activity(number))


FILES: Mapping[str, Callable[[int], bytes]] = {
    "csv": csv_file,
    "telegram": telegram_file,
    "whatsapp": whatsapp_file,
    "activitystreams": activitystreams_file,
    "facebook": facebook_file,
    "instagram": instagram_file,
    "content_library": content_library_file,
    "excel": excel_file,
}
"""By the form's name: what makes a file of so many posts."""

ROWS: Mapping[str, Callable[[int], bytes]] = {
    "jetstream": jetstream_row,
    "mastodon": mastodon_row,
    "telegram_bot": telegram_bot_row,
    "feed": feed_row,
    "gdelt": gdelt_row,
    "nats": json_row,
    "kafka": json_row,
    "webhook": activity_row,
}
"""By the live source's name: what makes a row."""


def _listed(
    before: str, make: Callable[[int], dict[str, Any]], posts: int, behind: str, *, escaped: bool = False
) -> bytes:
    """Return a JSON document with a list of posts in it."""
    listed = json.dumps([make(n) for n in range(posts)], ensure_ascii=escaped, indent=1)
    return f"{before}{listed}{behind}".encode()


def _row(said: dict[str, Any]) -> bytes:
    """Return an object on one line."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
