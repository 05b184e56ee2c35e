"""Feeds: every form and encoding, politeness towards publishers, and servers that answer anything at all."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.live.web import Reply, Request, Time, packed, run, take, web

from fanal.model.error import SettingError, UserError
from fanal.sources.feed import Feeds, listen, read
from fanal.sources.feed_document import document
from fanal.sources.live import Inflow, LostError
from fanal.sources.option import options_of
from fanal.sources.reason import Reason

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:georss="http://www.georss.org/georss" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>News of the valley</title><link>https://www.valley.example/</link><language>{language}</language>{extra}
{items}</channel></rss>"""
ITEM = (
    "<item><title>{title}</title><guid isPermaLink='false'>g{n}</guid><dc:creator>A. Person</dc:creator>"
    "<pubDate>Sun, 03 Aug 2014 05:{n:02}:00 +0000</pubDate><description>&lt;p&gt;A school &amp;amp; a hall.&lt;/p&gt;"
    "</description><georss:point>36.34 43.13</georss:point></item>"
)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>V</title><id>tag:v.example,2014:f</id>
<link href="https://v.example/"/><updated>2014-08-03T05:00:00Z</updated>
<entry><id>tag:v.example,2014:1</id><title type="html">La &lt;b&gt;route&lt;/b&gt; est ferm\u00e9e</title>
<author><name>A. Person</name></author><updated>2014-08-03T05:00:00Z</updated>
<source><id>x</id><title>Other</title><link href="https://other.example/news"/></source></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://r.example/"><title>R</title><link>https://r.example/</link>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel>
<item rdf:about="https://r.example/1"><title>Water is there</title><link>https://r.example/1</link>
<dc:date>2014-08-03T05:00:00Z</dc:date></item></rdf:RDF>"""
OLD = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>O</title><link>http://o.example</link><item><title>Old news</title>
<link>http://o.example/1</link></item></channel></rss>"""


def rss(
    *numbers: int,
    title: str = "The road is open",
    encoding: str = "utf-8",
    language: str = "en",
    extra: str = "",
) -> bytes:
    items = "".join(ITEM.format(n=n, title=f"{title} {n}") for n in reversed(numbers))
    return RSS.format(encoding=encoding, language=language, extra=extra, items=items).encode(encoding)


def made(body: bytes, **headers: str) -> list[dict[str, Any]]:
    found = document(body, address="https://feeds.example/rss", headers=headers)
    assert found is not None
    return list(found.entries)


def test_the_parts_of_an_entry() -> None:
    (entry,) = made(rss(7))
    assert entry == {
        "id": "valley.example/g7",
        "author": "valley.example",
        "time": "Sun, 03 Aug 2014 05:07:00 +0000",
        "text": "The road is open 7\nA school & a hall.",
        "language": "en",
        "lon": 43.13,
        "lat": 36.34,
    }


def test_the_other_forms() -> None:
    (atom,) = made(ATOM.encode())
    assert (atom["id"], atom["author"]) == ("tag:v.example,2014:1", "other.example")
    assert (atom["text"], atom["time"]) == ("La route est fermée", "2014-08-03T05:00:00Z")
    found = document(RDF.encode(), address="https://r.example/rdf", headers={})
    assert found is not None
    assert found.minutes == 30
    assert [(one["id"], one["text"]) for one in found.entries] == [("https://r.example/1", "Water is there")]
    (old,) = made(OLD.encode())
    assert (old["id"], old["text"], old["time"]) == ("http://o.example/1", "Old news", None)


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("utf-8", "الطريق مفتوح"),
        ("utf-16", "الطريق مفتوح"),
        ("windows-1256", "الطريق"),
        ("iso-8859-9", "Yol açık"),
        ("koi8-r", "Дорога"),
    ],
)
def test_encodings(encoding: str, title: str) -> None:
    (entry,) = made(rss(1, title=title, encoding=encoding))
    assert entry["text"].startswith(f"{title} 1")


def test_no_person_stands_in_a_row() -> None:
    assert all("Person" not in str(entry) for entry in made(rss(1)) + made(ATOM.encode()))


def test_real_feeds_have_their_entries(shared_data: Path) -> None:
    folder = shared_data / "feed_format_samples"
    counts = {}
    for file in sorted(folder.glob("*raw.*")):
        found = document(file.read_bytes(), address="https://feeds.example/", headers={})
        counts[file.name.split("_")[0] + file.suffix] = None if found is None else len(found.entries)
        for entry in found.entries if found else ():
            reading = read([orjson.dumps(entry)], first=1, timezone=None)
            assert len(reading.posts) == 1, reading.rejected.to_pylist()
    assert counts == {
        "atom.xml": 5,
        "emm.xml": 3,
        "humanitarian.html": None,
        "relief.json": None,
        "rss.xml": 5,
        "unhcr.html": None,
    }


HOSTILE = {
    "nothing": b"",
    "HTML": b"<!DOCTYPE html><html><head><title>Log in</title></head><body><p>x</p></body></html>",
    "JSON": b'{"a": 1}',
    "a bomb of entities": b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
    + b"]><rss version='2.0'><channel><item><title>&m;</title></item></channel></rss>",
    "a file of this machine": b'<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
    b"<item><title>&f;</title></item></channel></rss>",
    "blanks": b"\n" * 1_000_000 + b"<rss>",
    "brackets": b"<rss>" + b"<" * 1_000_000,
    "deep": b"<rss>" + b"<a>" * 300_000,
    "deep and whole": b"<rss>" + b"<a>" * 200 + b"</a>" * 200 + b"</rss>",
    "attributes": b"<rss version='2.0'><channel><item "
    + b" ".join(b"a%d='1'" % i for i in range(30_000))
    + b"/></channel></rss>",
    "half": rss(1, 2, 3)[:-200],
    "no end of a tag": b"<rss " + b"a" * 250_000,
    "NUL": b"\0" * 100_000,
    "a namespace with a blank": rss(1).replace(b"/dc/elements", b"/dc /elements"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_take_little_time_and_tell_nothing(name: str) -> None:
    begin = time.process_time()
    found = document(HOSTILE[name], address="https://a.example/", headers={})
    assert time.process_time() - begin < 20
    told = str(found)
    assert "root:" not in told
    assert len(told) < 100_000


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 30))
def test_any_bytes_are_a_feed_or_none(noise: bytes, at: int, cut: int) -> None:
    whole = rss(1, 2)
    body = whole[:at] + noise + whole[at + cut :]
    found = document(body, address="https://a.example/", headers={})
    rows = [orjson.dumps(entry) for entry in (found.entries if found else ())]
    reading = read(rows, first=1, timezone=None)
    assert len(reading.posts) + len(reading.skipped) + len(reading.rejected) == len(rows)


def options(*urls: str, **more: Any) -> Feeds:
    found = options_of(Feeds, {"urls": list(urls), **more}, stream="news")
    assert isinstance(found, Feeds)
    return found


def texts(taken: list[Inflow]) -> list[str]:
    return [orjson.loads(row)["text"].split("\n")[0] for one in taken for row in one.rows]


def test_only_what_is_new_comes_and_what_did_not_change_is_not_sent() -> None:
    now = {"body": rss(1, 2), "etag": '"a"'}

    def handler(request: Request) -> Reply:
        if request.headers.get("if-none-match") == now["etag"]:
            return Reply(status=304)
        return Reply(
            body=now["body"], headers={"etag": now["etag"], "last-modified": "Sun, 03 Aug 2014 05:00:00 GMT"}
        )  # type: ignore[dict-item, arg-type]

    async def work() -> None:
        async with web(handler) as server:
            clock = Time()
            first = await take(listen(options(server.url), cursor=None, tools=clock.tools()), rows=2)
            assert texts(first) == ["The road is open 1", "The road is open 2"]  # the oldest first
            cursor = first[-1].cursor
            again = await take(listen(options(server.url), cursor=cursor, tools=clock.tools()), words=3)
            assert texts(again) == []
            assert server.asked[-1].headers["if-modified-since"] == "Sun, 03 Aug 2014 05:00:00 GMT"
            now.update(body=rss(1, 2, 3), etag='"b"')
            new = await take(listen(options(server.url), cursor=cursor, tools=clock.tools()), rows=1)
            assert texts(new) == ["The road is open 3"]

    run(work())


@pytest.mark.parametrize(
    ("extra", "more", "minutes"),
    [
        ("", {}, 15),
        ("<ttl>60</ttl>", {}, 60),
        ("<ttl>1</ttl>", {}, 15),
        ("<ttl>99999</ttl>", {"slowest_minutes": 120}, 120),
        ("<ttl>soon</ttl>", {"every_minutes": 5}, 5),
    ],
)
def test_a_feed_is_asked_no_oftener_than_its_publisher_wants(
    extra: str, more: dict[str, int], minutes: int
) -> None:
    async def work() -> None:
        clock = Time()
        looks = []

        def handler(_: Request) -> Reply:
            looks.append(clock.now)
            return packed(rss(1, extra=extra))

        async with web(handler) as server:
            listening = listen(options(server.url, **more), cursor=None, tools=clock.tools())
            async for _ in listening:
                if len(looks) == 3:
                    break
            await listening.aclose()  # type: ignore[attr-defined]
        assert [round((b - a).total_seconds() / 60) for a, b in pairwise(looks)] == [minutes] * 2
        assert max(clock.slept) <= 30

    run(work())


def test_one_feed_that_fails_does_not_stop_the_others_and_is_seen() -> None:
    answers = {
        "/good": Reply(body=rss(1)),
        "/html": Reply(body=b"<html></html>"),
        "/gone": Reply(status=404),
        "/down": Reply(status=503),
    }

    async def work() -> list[Inflow]:
        async with web(lambda request: answers[request.path]) as server:
            urls = [server.url + path for path in answers]
            return await take(listen(options(*urls), cursor=None, tools=Time().tools()), words=4)

    taken = run(work())
    rows = [row for one in taken for row in one.rows]
    reading = read(rows, first=1, timezone=None)
    assert len(reading.posts) == 1
    assert reading.rejected["reason"].to_pylist() == [Reason.NO_FEED.value] * 2
    assert all("/html" not in row.decode() for row in rows)


@pytest.mark.parametrize(
    ("reply", "kind", "after"),
    [
        (Reply(status=429, headers={"retry-after": "3600"}), LostError, 3600),
        (Reply(status=429, headers={"retry-after": "1"}), LostError, 900),
        (Reply(status=500), LostError, 900),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n<rss>"), LostError, 900),
        (Reply(body=b"x" * (9 << 20)), LostError, 900),
        (Reply(status=401), UserError, None),
        (Reply(status=403), UserError, None),
        (Reply(body=b"<html><body>Please log in</body></html>"), LostError, 900),
        (Reply(status=302, headers={"location": "https://other.example/rss"}), LostError, 900),
        (Reply(status=301, headers={"location": "https://other.example/rss"}), UserError, None),
    ],
)
def test_a_stream_of_which_every_feed_fails(reply: Reply, kind: type, after: float | None) -> None:
    async def work() -> None:
        async with web(lambda _: reply) as server:
            await take(
                listen(options(f"{server.url}/key-of-a-reader"), cursor=None, tools=Time().tools()), words=5
            )

    with pytest.raises((LostError, UserError), match="No feed of the stream") as told:
        run(work())
    assert isinstance(told.value, kind)
    assert getattr(told.value, "after", None) == after
    assert "key-of-a-reader" not in str(told.value)


def test_a_feed_that_cannot_be_reached_gives_no_word_as_if_it_were_there() -> None:
    async def work() -> list[Inflow]:
        async with web(lambda _: Reply(status=503)) as server:
            got: list[Inflow] = []
            with pytest.raises(LostError):  # noqa: PT012 - what came before the error is kept
                async for one in listen(options(server.url), cursor=None, tools=Time().tools()):
                    got.append(one)  # noqa: PERF401
            return got

    assert run(work()) == []


def test_what_a_feed_says_of_itself_goes_into_its_rows_within_bounds_alone() -> None:
    def entry(body: bytes) -> dict[str, Any]:
        (found,) = made(body)
        return found

    longest = "en-" + "x" * 32
    assert entry(rss(1, language=longest))["language"] == longest
    assert entry(rss(1, language=longest + "x"))["language"] is None
    host = b"a" * 246 + b".example"
    assert entry(rss(1).replace(b"www.valley.example", host))["author"] == "feeds.example"
    assert entry(rss(1).replace(b"www.valley.example", host[1:]))["author"] == host[1:].decode()
    assert entry(rss(1).replace(b">g1<", b">" + b"g" * 2048 + b"<"))["id"] == "valley.example/" + "g" * 2048
    long = entry(rss(1).replace(b">g1<", b">" + b"g" * 2049 + b"<"))
    assert long["id"] is None
    late = entry(rss(1).replace(b"+0000", b"x" * 1_000_000))
    assert len(orjson.dumps(late)) < 1000
    assert read([orjson.dumps(late)], first=1, timezone=None).rejected["reason"].to_pylist() == [
        Reason.TIME_UNREADABLE.value
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "ftp://a.example/x",
        "https://u:p@a.example/",
        "http://a.example/rss",
        "http://[",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingError):
        run(take(listen(options(url), cursor=None, tools=Time().tools()), words=1))


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"x": 1}', '{"x": {"seen": 5}}', "null"])
def test_a_cursor_that_is_damaged_begins_anew(cursor: str) -> None:
    async def work() -> None:
        async with web(lambda _: Reply(body=rss(1))) as server:
            taken = await take(listen(options(server.url), cursor=cursor, tools=Time().tools()), rows=1)
            assert len(texts(taken)) == 1

    run(work())
