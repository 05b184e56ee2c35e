"""GDELT against a server that publishes as it does: lists, files of a quarter of an hour, digests, gaps, bombs."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.live.web import Reply, Request, Time, run, take, web

from fanal.model.error import SettingError, UserError
from fanal.sources.gdelt import MOST_LINES, Gdelt, listed, listen, unpacked
from fanal.sources.gkg import FIELDS, THEMES_READ, read, wanted
from fanal.sources.live import MAX_ROWS, Inflow, LostError
from fanal.sources.option import options_of
from fanal.sources.reason import Reason

SAMPLE = (Path(__file__).parent / "samples" / "gdelt.rows").read_bytes().split(b"\n")[:-1]
MOSUL = "4#Mosul, Ninawa, Iraq#IZ#IZ15#25100#36.335#43.1189#-3103581#120"
IRAQ = "1#Iraq#IZ#IZ##33#44#IZ#300"


def record(
    number: int, *, themes: str = "REFUGEES;", places: str = "", title: str = "A road is open", date: str = ""
) -> bytes:
    fields = [""] * FIELDS
    fields[1], fields[3], fields[4] = (
        date or "20140803050000",
        "news.example",
        f"https://news.example/{number}",
    )
    fields[7], fields[10] = themes, places
    fields[26] = f"<PAGE_TITLE>{title}</PAGE_TITLE>"
    return "\t".join(fields).encode()


def zipped(*records: bytes, name: str = "x.gkg.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, b"\n".join(records) + b"\n")
    return buffer.getvalue()


class Published:
    """Publish files as GDELT does: each in the list of all files, the last three lines in the other."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.lists: dict[str, list[str]] = {"": [], "-translation": []}

    def put(self, stamp: str, body: bytes, *, middle: str = "", there: bool = True, digest: str = "") -> None:
        name = f"{stamp}{middle}.gkg.csv.zip"
        if there:
            self.files[f"/v2/{name}"] = body
        md5 = digest or hashlib.md5(body, usedforsecurity=False).hexdigest()
        base = "http://data.example/gdeltv2/"
        kind = "-translation" if middle else ""
        self.lists[kind] += [
            f"9 {'0' * 32} {base}{stamp}{middle}.export.CSV.zip",
            f"9 {'1' * 32} {base}{stamp}{middle}.mentions.CSV.zip",
            f"{len(body)} {md5} {base}{name}",
        ]

    def __call__(self, request: Request) -> Reply:
        for kind, lines in self.lists.items():
            if request.path == f"/v2/lastupdate{kind}.txt":
                return Reply(body="\n".join([*lines[-3:], ""]).encode())
            if request.path == f"/v2/masterfilelist{kind}.txt":
                body = "\n".join([*lines, ""]).encode()
                begin, tail = request.headers["range"].split("=-")
                assert begin == "bytes"
                return Reply(status=206, body=body[-int(tail) :])
        body = self.files.get(request.path)
        return Reply(status=404) if body is None else Reply(body=body)


def stamps(count: int) -> list[str]:
    begin = datetime(2014, 8, 3, 1, tzinfo=UTC)
    return [(begin + timedelta(minutes=15 * n)).strftime("%Y%m%d%H%M%S") for n in range(count)]


def options(url: str, **more: Any) -> Gdelt:
    found = options_of(Gdelt, {"base_url": f"{url}/v2", "translated": False, **more}, stream="world")
    assert isinstance(found, Gdelt)
    return found


def pages(taken: list[Inflow]) -> list[int]:
    return [int(row.split(b"\t")[4].rsplit(b"/", 1)[1]) for one in taken for row in one.rows]


def test_the_newest_file_comes_first_and_the_next_when_it_is_there() -> None:
    async def work() -> None:
        gdelt = Published()
        first, second, third = stamps(3)
        gdelt.put(first, zipped(record(1)))
        gdelt.put(second, zipped(record(2), record(3, themes="WOUND;"), record(4, themes="KILL;KIDNAP;")))
        clock = Time()
        async with web(gdelt) as server:
            listening = listen(options(server.url), cursor=None, tools=clock.tools())
            one = await anext(listening)
            assert pages([one]) == [2, 4]
            assert orjson.loads(one.cursor or "") == {"english": second}
            gdelt.put(third, zipped(record(5)))
            assert pages(await take(listening, rows=1)) == [5]
            assert max(clock.slept) <= 60

    run(work())


def test_after_a_pause_every_file_is_caught_up_in_order_and_gaps_are_told() -> None:
    async def work() -> None:
        gdelt = Published()
        names = stamps(17)
        for n, stamp in enumerate(names):
            gdelt.put(stamp, zipped(record(n)), there=n != 9, digest="f" * 32 if n == 11 else "")
        async with web(gdelt) as server:
            cursor = orjson.dumps({"english": names[4]}).decode()
            taken = await take(listen(options(server.url), cursor=cursor, tools=Time().tools()), rows=12)
            rows = [row for one in taken for row in one.rows]
            reading = read(rows, first=1, timezone=None)
            assert [post["id"].rsplit("/", 1)[1] for post in reading.posts.to_pylist()] == [
                str(n) for n in range(5, 17) if n not in (9, 11)
            ]
            assert reading.rejected["reason"].to_pylist() == [Reason.MISSING_FILE.value] * 2
            # A file whose digest is wrong is asked for once more.
            assert [one.path for one in server.asked].count(f"/v2/{names[11]}.gkg.csv.zip") == 2
            # Stopping anywhere and going on from the cursor loses nothing.
            again = await take(
                listen(options(server.url), cursor=taken[5].cursor, tools=Time().tools()), rows=6
            )
            assert [row for one in again for row in one.rows] == rows[6:]

    run(work())


def test_only_so_much_is_caught_up() -> None:
    async def work() -> None:
        gdelt = Published()
        names = stamps(17)  # until 05:00, which is now
        for n, stamp in enumerate(names):
            gdelt.put(stamp, zipped(record(n)))
        async with web(gdelt) as server:
            wanted = options(server.url, catch_up_hours=1)
            cursor = orjson.dumps({"english": "20140101000000"}).decode()
            assert pages(await take(listen(wanted, cursor=cursor, tools=Time().tools()), rows=4)) == [
                13,
                14,
                15,
                16,
            ]
            before = options(server.url, start_hours=2)
            assert pages(await take(listen(before, cursor=None, tools=Time().tools()), rows=8)) == list(
                range(9, 17)
            )

    run(work())


def test_a_stamp_that_is_ahead_of_the_clock_holds_nothing_up() -> None:
    async def work() -> None:
        gdelt = Published()
        names = stamps(3)
        for n, stamp in enumerate(names[:2]):
            gdelt.put(stamp, zipped(record(n)))
        for ahead in ("20140803061500", "20990101000000"):
            gdelt.put(ahead, zipped(record(99)))
        cursor = orjson.dumps({"english": names[0]}).decode()
        async with web(gdelt) as server:
            listening = listen(options(server.url), cursor=cursor, tools=Time().tools())
            assert (await anext(listening)).rows == ()  # the newest that is named is none of now
            gdelt.put(names[2], zipped(record(2)))
            taken = await take(listening, rows=2)
            assert pages(taken) == [1, 2]
            assert orjson.loads(taken[-1].cursor or "") == {"english": names[2]}

    run(work())


def test_a_cursor_that_is_ahead_of_the_clock_is_gone_back_from() -> None:
    async def work() -> None:
        gdelt = Published()
        for n, stamp in enumerate(stamps(17)):  # until 05:00, which is now
            gdelt.put(stamp, zipped(record(n)))
        async with web(gdelt) as server:
            wanted = options(server.url, catch_up_hours=1)
            cursor = orjson.dumps({"english": "20990101000000"}).decode()
            taken = await take(listen(wanted, cursor=cursor, tools=Time().tools()), rows=4, words=20)
            assert pages(taken) == [13, 14, 15, 16]

    run(work())


@pytest.mark.parametrize("wrong", [{"there": False}, {"digest": "f" * 32}])
def test_a_file_of_the_last_hour_is_waited_for_before_it_is_given_up(wrong: dict[str, Any]) -> None:
    async def work() -> None:
        gdelt = Published()
        stamp = stamps(17)[-1]
        gdelt.put(stamp, zipped(record(1)), **wrong)
        clock = Time()
        async with web(gdelt) as server:
            for _ in range(60):
                with pytest.raises(LostError, match="not there as it is listed") as told:
                    await take(listen(options(server.url), cursor=None, tools=clock.tools()), words=1)
                assert told.value.after == 60
                await clock.sleep(60)
            (one,) = await take(listen(options(server.url), cursor=None, tools=clock.tools()), words=1)
            reading = read(one.rows, first=1, timezone=None)
            assert reading.rejected["reason"].to_pylist() == [Reason.MISSING_FILE.value]

    run(work())


def test_both_editions_come_and_are_known_apart() -> None:
    async def work() -> None:
        gdelt = Published()
        (stamp,) = stamps(1)
        gdelt.put(stamp, zipped(record(1)))
        gdelt.put(stamp, zipped(record(2)), middle=".translation")
        async with web(gdelt) as server:
            taken = await take(
                listen(options(server.url, translated=True), cursor=None, tools=Time().tools()), rows=2
            )
            assert pages(taken) == [1, 2]
            assert orjson.loads(taken[-1].cursor or "") == {"english": stamp, "translated": stamp}

    run(work())


def test_the_cursor_moves_with_the_last_rows_of_a_file() -> None:
    async def work() -> None:
        gdelt = Published()
        (stamp,) = stamps(1)
        gdelt.put(stamp, zipped(*(record(n) for n in range(MAX_ROWS + 5))))
        async with web(gdelt) as server:
            taken = await take(
                listen(options(server.url), cursor=None, tools=Time().tools()), rows=MAX_ROWS + 5
            )
            assert [(len(one.rows), one.cursor is None) for one in taken] == [(MAX_ROWS, True), (5, False)]

    run(work())


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(status=503, headers={"retry-after": "60"}), LostError, "503"),
        (Reply(status=429), LostError, "429"),
        (Reply(status=404), UserError, "404"),
        (Reply(status=403), UserError, "403"),
        (Reply(body=b"<html>Maintenance</html>"), LostError, "names no file"),
        (Reply(body=b"x" * (9 << 20)), LostError, "longer than"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n123"), LostError, "RemoteProtocolError"),
        (Reply(status=301, headers={"location": "https://other.example/"}), UserError, "not followed"),
    ],
)
def test_what_a_server_may_answer(reply: Reply, kind: type, words: str) -> None:
    async def work() -> None:
        async with web(lambda _: reply) as server:
            await take(listen(options(server.url), cursor=None, tools=Time().tools()), words=1)

    with pytest.raises(kind, match=words):
        run(work())


@pytest.mark.parametrize(
    "more", [{"base_url": "ftp://a.example"}, {"themes": []}, {"themes": ["a|b"]}, {"themes": [""]}]
)
def test_wrong_options_are_refused(more: dict[str, Any]) -> None:
    made = options_of(Gdelt, more, stream="world")
    with pytest.raises(SettingError):
        run(take(listen(made, cursor=None, tools=Time().tools()), words=1))


def test_what_is_no_zip_of_one_file_is_none() -> None:
    two = io.BytesIO()
    with zipfile.ZipFile(two, "w") as packed:
        packed.writestr("a", "1")
        packed.writestr("b", "2")
    bomb = zipped(bytes(129 << 20))
    assert len(bomb) < 1 << 20
    for body in (b"", b"PK", b"<html>", two.getvalue(), zipped(b"x")[:-10], bomb):
        assert unpacked(body) is None
    assert unpacked(zipped(*[b"a"] * (MOST_LINES + 1))) is None
    assert unpacked(zipped(b"a", b"", b"b")) == [b"a", b"b"]


def test_a_point_is_the_one_town_and_nothing_wider() -> None:
    def point(places: str) -> tuple[Any, Any]:
        (post,) = read([record(1, places=places)], first=1, timezone=None).posts.to_pylist()
        return post["lon"], post["lat"]

    assert point(f"{MOSUL};{IRAQ};{MOSUL}") == (43.1189, 36.335)
    for wide in (
        "",
        IRAQ,
        f"{MOSUL};1#Turkey#TU#TU##39#35#TU#1",
        f"{MOSUL};5#Arbil, Iraq#IZ#IZ11##36.2#44#-3#7",
        "4#x",
    ):
        assert point(wide) == (None, None)
    broken = read([record(1, places="4#X#IZ#IZ15#1#north#43#-3#1")], first=1, timezone=None)
    assert broken.rejected["reason"].to_pylist() == [Reason.COORDINATES_UNREADABLE.value]


def test_the_parts_of_a_record() -> None:
    reading = read(SAMPLE, first=1, timezone=None)
    posts = reading.posts.to_pylist()
    assert [post["line"] for post in posts] == [1, 2, 3]
    assert posts[0]["text"] == "Families leave the city & walk north\nREFUGEES TAX_FNCACT"
    assert posts[0]["time"] == datetime(2014, 8, 3, 5, 15, tzinfo=UTC)
    assert posts[2]["language"] == "ara"
    assert reading.skipped.to_pylist() == [4]
    assert reading.rejected["reason"].to_pylist() == [
        Reason.TIME_UNREADABLE.value,
        Reason.BROKEN_RECORD.value,
        Reason.MISSING_FILE.value,
    ]


WORDS = st.lists(st.sampled_from([*THEMES_READ, "KILL", "REFUGEES2", "XREFUGEES", "TAX"]), max_size=6)


@given(st.lists(WORDS, max_size=8))
def test_records_are_told_by_their_themes_as_by_splitting(many: list[list[str]]) -> None:
    records = [record(n, themes=";".join([*themes, ""])) for n, themes in enumerate(many)]
    slow = [one for one in records if set(one.split(b"\t")[7].decode().split(";")) & set(THEMES_READ)]
    assert wanted(records, THEMES_READ) == slow


@given(
    st.lists(st.binary(max_size=200) | st.integers(0, FIELDS * 2).map(lambda n: b"\t" * n), max_size=6),
    st.binary(max_size=60),
)
def test_any_rows_cost_themselves_alone(noise: list[bytes], places: bytes) -> None:
    good = record(1)
    fields = good.split(b"\t")
    fields[10] = places.replace(b"\t", b"").replace(b"\n", b"")
    rows = [*noise, good, b"\t".join(fields)]
    reading = read(rows, first=1, timezone=None)
    assert len(reading.posts) + len(reading.skipped) + len(reading.rejected) == len(rows)
    assert len(noise) + 1 in reading.posts["line"].to_pylist()


@given(st.binary(max_size=400))
def test_any_bytes_are_a_list(text: bytes) -> None:
    assert isinstance(listed(text, ""), dict)
