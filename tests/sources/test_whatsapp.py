"""WhatsApp chats: each phone's form, the order of dates, what nobody wrote, the zip; kernels beside a slow reading."""

import io
import os
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.sources import slow_whatsapp as slow

from fanal.model.error import InputError
from fanal.sources import opening, whatsapp
from fanal.sources import rows as stretches
from fanal.sources import zipped as zipped_bounds
from fanal.sources.catalogue import guess
from fanal.sources.chat_message import SPANS, read_message
from fanal.sources.date_order import DateOrder, Evidence, days_of, last_day
from fanal.sources.day_period import AFTERNOON, FILLERS, MORNING, DayPeriod, period_of
from fanal.sources.heading import PARTS, PERIOD, STYLE, read_heading, style_of, year_place
from fanal.sources.mapping import FieldMapping
from fanal.sources.opening import MAX_RATIO
from fanal.sources.reason import Reason
from fanal.sources.rows import MAX_ROW_BYTES
from fanal.sources.times import to_utc
from fanal.testing.check_source import check_source, rows_of

SAMPLES = Path(__file__).parent / "samples"
BAGHDAD = FieldMapping(timezone="Asia/Baghdad")
UTC_ZONE = FieldMapping(timezone="UTC")
LATER = (date(2030, 1, 1) - date(1970, 1, 1)).days


def write(folder: Path, text: str | bytes, name: str = "_chat.txt") -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def posts_of(file: Path, mapping: FieldMapping = UTC_ZONE) -> list[dict]:
    return [post for reading in whatsapp.read(file, mapping=mapping) for post in reading.posts.to_pylist()]


def counts_of(file: Path, mapping: FieldMapping = UTC_ZONE) -> tuple[int, int, int]:
    readings = list(whatsapp.read(file, mapping=mapping))
    return tuple(sum(len(getattr(r, part)) for r in readings) for part in ("posts", "skipped", "rejected"))


PHONES = {
    "whatsapp_ios_ar.txt": ((4, 2, 0), "2022-09-15 20:46:00", "دانة", "الجسر مفتوح اليوم."),
    "whatsapp_ios_de.txt": ((3, 3, 0), "2021-01-01 00:00:10", "Anna", "Die Brücke steht."),
    "whatsapp_ios_ru.txt": ((1, 3, 0), "2025-03-28 21:30:00", "Ира", "Мост открыт."),
    "whatsapp_ios_old.txt": ((1, 1, 0), "2018-06-13 21:25:15", "Ana", "The bridge is open."),
    "whatsapp_android_us.txt": ((3, 1, 0), "2023-01-02 23:59:00", "Lee", "The gate opens at six."),
    "whatsapp_android_fr.txt": ((1, 2, 0), "2018-02-21 15:44:00", "Léa", "Le pont est ouvert."),
    "whatsapp_android_es.txt": ((2, 2, 0), "2025-03-28 21:29:00", "Luz", "El puente está abierto."),
    "whatsapp_android_tr.txt": ((2, 1, 0), "2020-04-05 13:45:00", "Deniz", "Köprü açık."),
    "whatsapp_android_ku.txt": ((2, 1, 0), "2023-04-05 13:45:00", "Rojda", "Pir vekirî ye."),
    "whatsapp_android_ckb.txt": ((2, 1, 0), "2023-04-05 13:45:00", "ڕێبین", "پردەکە کراوەیە."),
    "whatsapp_android_fa.txt": ((2, 1, 0), "2023-04-05 13:45:00", "نرگس", "پل باز است."),
}


@pytest.mark.parametrize("name", PHONES)
def test_what_each_phone_writes_is_read(name: str) -> None:
    counts, time, author, text = PHONES[name]
    sample = SAMPLES / name
    assert guess(sample).name == "whatsapp"
    assert counts_of(sample) == counts
    first = posts_of(sample)[0]
    assert (f"{first['time']:%Y-%m-%d %H:%M:%S}", first["author"], first["text"]) == (time, author, text)
    check_source(guess(sample), sample, BAGHDAD)


def test_every_phone_of_the_samples_is_expected() -> None:
    assert {path.name for path in SAMPLES.glob("whatsapp_*")} == set(PHONES)


def test_the_sample_is_read_as_it_was_meant() -> None:
    readings = list(whatsapp.read(SAMPLES / "whatsapp.txt", mapping=BAGHDAD))
    posts = {post["line"]: post for reading in readings for post in reading.posts.to_pylist()}
    assert posts[3]["text"] == "The bridge is open.\nIt closes at nine."
    assert posts[3]["time"] == datetime(2023, 1, 13, 13, 20, tzinfo=UTC)
    assert posts[5]["author"] == "+964 750 000 0000"
    assert posts[7]["text"] == "The map of the crossing"
    assert (posts[9]["lon"], posts[9]["lat"]) == (43.993, 36.191)
    assert posts[10]["text"] == "Yes, from noon on."
    assert posts[12]["text"].startswith("POLL:\nWhen do we meet?")
    assert posts[17]["text"].endswith("[13.01.23, 16:05:00] Sara: the ferry is late")
    assert {post["id"] for post in posts.values()} == {None}
    rejected = {row["line"]: row["reason"] for r in readings for row in r.rejected.to_pylist()}
    assert rejected == {
        19: Reason.TIME_UNREADABLE,
        20: Reason.OTHER_CALENDAR,
        21: Reason.COORDINATES_NULL_ISLAND,
    }


def test_a_message_that_is_not_utf8_costs_itself(tmp_path: Path) -> None:
    text = "31.12.20, 23:58 - Ana: Hello\n31.12.20, 23:59 - Ana: café\n31.12.20, 23:59 - Ben: Hello\n"
    (reading,) = whatsapp.read(write(tmp_path, text.encode("latin-1")), mapping=UTC_ZONE)
    assert reading.rejected.to_pylist() == [{"line": 2, "reason": Reason.INVALID_UTF8}]
    assert reading.posts["line"].to_pylist() == [1, 3]


def test_times_without_a_zone_are_rejected_where_none_is_set(tmp_path: Path) -> None:
    file = write(tmp_path, "[31.12.20, 23:59:59] Ana: Hello\n")
    (reading,) = whatsapp.read(file, mapping=FieldMapping())
    assert reading.rejected["reason"].to_pylist() == [Reason.TIME_WITHOUT_ZONE]


@pytest.mark.parametrize(
    ("line", "author", "text"),
    [
        ("Ali:work: It is open", "Ali:work", "It is open"),
        ('Ali "Abu X": It is open', 'Ali "Abu X"', "It is open"),
        ('ד"ר כהן: פתוח', 'ד"ר כהן', "פתוח"),
        ("\u202a+964 750 000 0000\u202c: It is open", "+964 750 000 0000", "It is open"),
        ("~\u202fLee: It is open", "~ Lee", "It is open"),
        ("+964\u00a0750\u2011000 \u206800\u206900: It is open", "+964 750-000 0000", "It is open"),
        ("Work: Ali: It is open", "Work", "Ali: It is open"),
        ("Ana: note: It is open", "Ana", "note: It is open"),
        ("Ana: <It is open>", "Ana", "<It is open>"),
        ("Ana: The image omitted the bridge", "Ana", "The image omitted the bridge"),
        (
            "Ana: \u200e" + "It is open, says the forwarded text. " * 8,
            "Ana",
            ("It is open, says the forwarded text. " * 8).strip(),
        ),
        ("Ana: IMG-20210101-WA0001.jpg (fayl əlavə olunub)\nthe map", "Ana", "the map"),
    ],
)
def test_name_and_text_are_told_apart(tmp_path: Path, line: str, author: str, text: str) -> None:
    (post,) = posts_of(write(tmp_path, f"[31.12.20, 23:59:59] {line}\n"))
    assert (post["author"], post["text"]) == (author, text)


@pytest.mark.parametrize(
    "line",
    [
        "Messages are encrypted. Tap to learn more.",
        "You're now an admin",
        'Ana changed the subject from "A: b" to "C: d"',
        "Ana hat den Betreff von „A: b“ zu „C: d“ geändert",
        "Léa a changé l'objet de « A : b » en « C : d »",
        "Ana: ",
        "Ana:",
        "Ana: <Media omitted>",
        "Ana: \u200evideo omitted",
        "Ana: \u200eAna turned on disappearing messages.",
        "Ana: This message was deleted.",
        "Ana: \u200f<تم استبعاد الوسائط>",
        "Ana: Bu mesaj silindi",
        "Ana: plan.pdf (file attached)",
        "Ana: \u200e<attached: 00000012-PHOTO.jpg>",
        "x" * 300 + ": text",
    ],
)
def test_what_nobody_wrote_is_skipped(tmp_path: Path, line: str) -> None:
    assert counts_of(write(tmp_path, f"[31.12.20, 23:59:59] {line}\n")) == (0, 1, 0)


def test_a_mark_before_a_line_says_nothing_on_android(tmp_path: Path) -> None:
    (post,) = posts_of(write(tmp_path, "31.12.20, 23:59 - Ana: \u200eIt is open\n"))
    assert post["text"] == "It is open"


@pytest.mark.parametrize(
    ("word", "hour", "expected"),
    [
        ("AM", 12, 0),
        ("PM", 12, 12),
        ("p. m.", 1, 13),
        ("ق.ظ.", 9, 9),
        ("بعدازظهر", 9, 21),
        ("ÖS", 9, 21),
        ("ב.ן", 9, None),
        ("noonish", 9, None),
        ("PM", 21, 21),
        ("AM", 21, None),
        ("Uhr", 21, 21),
    ],
)
def test_noon_is_told_by_the_word_beside_the_time(
    tmp_path: Path, word: str, hour: int, expected: int | None
) -> None:
    (reading,) = whatsapp.read(
        write(tmp_path, f"31/12/20, {hour}:05 {word} - Ana: Hello\n"), mapping=UTC_ZONE
    )
    if expected is None:
        assert reading.rejected["reason"].to_pylist() == [Reason.TIME_UNREADABLE]
    else:
        assert reading.posts["time"].to_pylist()[0].hour == expected


def test_a_word_stands_before_the_time_in_some_languages(tmp_path: Path) -> None:
    file = write(tmp_path, "2020/12/31 下午3:20 - Ana: Hello\n")
    assert [post["time"].hour for post in posts_of(file)] == [15]


@pytest.mark.parametrize("words", [MORNING, AFTERNOON, FILLERS])
def test_every_word_of_the_lists_is_found_with_blanks_and_marks_around_it(words: tuple[str, ...]) -> None:
    wanted = {MORNING: DayPeriod.MORNING, AFTERNOON: DayPeriod.AFTERNOON, FILLERS: DayPeriod.FILLER}[words]
    for word in words:
        assert period_of(f"\u202f{word}\u200f ") is wanted
        assert slow.meaning(word) == wanted


# The order of dates


def chat(*dates: str) -> str:
    return "".join(f"{one}, 10:00 - Ana: Hello\n" for one in dates)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (("31/12/20",), DateOrder.DMY),
        (("12/31/20",), DateOrder.MDY),
        (("2020/12/11",), DateOrder.YMD),
        (("20-12-31",), DateOrder.YMD),  # 2031 has not come
        (
            ("5/3/20", "7/3/20", "2/4/20"),
            DateOrder.DMY,
        ),  # 5 and 7 March, 2 April; else February is behind July
        (("3/5/20", "3/7/20", "4/2/20"), DateOrder.MDY),
        (("5/5/20", "6/6/20"), DateOrder.DMY),  # the same days either way
        (("5/3/2563", "6/3/2563"), DateOrder.DMY),  # another calendar: rejected either way
        (("5/3/20",), None),
        (("5/3/20", "7/3/20"), None),
        (("5/3/20", "2/4/20", "7/3/20", "1/2/20"), None),
    ],
)
def test_the_order_of_dates_is_told_by_the_file_or_asked_for(
    tmp_path: Path, dates: tuple[str, ...], order: DateOrder | None
) -> None:
    file = write(tmp_path, chat(*dates))
    if order is None:
        with pytest.raises(InputError, match="do not tell whether day, month or year stands first"):
            posts_of(file)
        for named in (DateOrder.DMY, DateOrder.MDY):
            found = posts_of(file, FieldMapping(timezone="UTC", date_order=named))
            assert [
                post["time"].day == int(one.split("/")[0]) for post, one in zip(found, dates, strict=True)
            ] == [named is DateOrder.DMY] * len(dates)
        return
    numbers = np.array([[int(n) for n in one.replace("-", "/").split("/")] for one in dates])
    evidence = Evidence(style_year(chat(*dates)), last_day(file))
    evidence.add(numbers)
    assert evidence.order() is order


def style_year(text: str) -> int | None:
    return year_place(style_of(text.encode()))


def test_what_the_user_names_gives_way_to_what_the_dates_say(tmp_path: Path) -> None:
    file = write(tmp_path, chat("12/31/20"))
    assert posts_of(file, FieldMapping(timezone="UTC", date_order=DateOrder.DMY))[0]["time"].day == 31


def test_a_few_dates_of_a_pasted_text_do_not_turn_the_order(tmp_path: Path) -> None:
    dates = [f"{day}/1/20" for day in range(13, 29)]
    assert counts_of(write(tmp_path, chat(*dates, "1/20/20"))) == (16, 0, 1)


def test_dates_of_two_orders_in_one_file_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="do not tell"):
        posts_of(write(tmp_path, chat("13/1/20", "1/13/20")))


@settings(deadline=None)
@given(
    st.lists(st.dates(date(2009, 1, 1), date(2029, 12, 1)), min_size=1, max_size=12),
    st.sampled_from(DateOrder),
    st.booleans(),
)
def test_an_order_that_is_told_is_the_true_one(dates: list[date], order: DateOrder, long: bool) -> None:
    written = []
    for one in sorted(dates):
        year = one.year if long else one.year % 100
        written.append(
            {"dmy": (one.day, one.month, year), "mdy": (one.month, one.day, year)}.get(
                order, (year, one.month, one.day)
            )
        )
    numbers = np.array(written)
    place = None if not long else 0 if order is DateOrder.YMD else 2
    evidence = Evidence(place, LATER)
    for row in numbers:
        evidence.add(row[None, :])
    told = evidence.order()
    days = [(one - date(1970, 1, 1)).days for one in sorted(dates)]
    if told is not None and (long or order is not DateOrder.YMD):
        assert days_of(numbers, told, LATER).tolist() == days
    named = evidence.order(order)
    assert named is not None
    assert days_of(numbers, named, LATER).tolist() == days


@pytest.mark.parametrize("years", [(63, 64), (2563, 2564), (1442, 1443), (1399, 1400), (99, 99)])
def test_years_of_other_calendars_are_never_guessed(tmp_path: Path, years: tuple[int, int]) -> None:
    file = write(tmp_path, chat(f"13/1/{years[0]}", f"14/2/{years[1]}"))
    (reading,) = whatsapp.read(file, mapping=UTC_ZONE)
    assert reading.rejected["reason"].to_pylist() == [Reason.OTHER_CALENDAR] * 2


# Lines


def test_lines_before_the_first_heading_are_one_rejected_row(tmp_path: Path) -> None:
    file = write(tmp_path, "the end of\na message\n31.12.20, 23:59 - Ana: Hello\n")
    (reading,) = whatsapp.read(file, mapping=UTC_ZONE)
    assert reading.rejected.to_pylist() == [{"line": 1, "reason": Reason.NO_HEADING}]
    assert reading.posts["line"].to_pylist() == [3]


def test_a_file_without_headings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a WhatsApp chat"):
        posts_of(write(tmp_path, "id,time,text\n1,2,3\n"))


def test_a_message_beyond_16_mb_costs_itself_and_the_lines_behind_it(tmp_path: Path) -> None:
    line = "word " * 200 + "\n"
    long = "31.12.20, 23:59 - Ana: " + line * (MAX_ROW_BYTES // len(line) + 40)
    file = write(tmp_path, f"31.12.20, 23:58 - Ana: Hello\n{long}31.12.20, 23:59 - Ben: Hello\n")
    found = [row[:2] for row in rows_of(list(whatsapp.read(file, mapping=UTC_ZONE)))]
    last = long.count("\n") + 2
    assert [row for row in found if row[1] == "post"] == [(1, "post"), (last, "post")]
    assert next(row[0] for row in found if row[1] == "rejected") == 2
    assert [row[:2] for row in rows_of(list(whatsapp.read(file, mapping=UTC_ZONE, rows=1)))] == found
    one_line = long.replace("\n", " ") + "\n"
    file = write(tmp_path, f"31.12.20, 23:58 - Ana: Hello\n{one_line}31.12.20, 23:59 - Ben: Hello\n")
    assert [row[:2] for row in rows_of(list(whatsapp.read(file, mapping=UTC_ZONE)))] == [
        (1, "post"),
        (2, "rejected"),
        (3, "post"),
    ]


# Beside the slow reading

PIECES = st.lists(
    st.sampled_from(
        [
            "31/12/20, 23:59 - ",
            "[31.12.20, 23:59:59] ",
            "31.12.20 23:59:59: ",
            "\u200f[٣١\u200f/١٢\u200f/٢٠٢٠، ١١:٥٩:٠٠ م] ",
            "۲۰۲۰/۱۲/۳۱،\u200f ۹:۰۵ - ",
            "12/31/20, 11:59\u202fPM - ",
            "2020/12/31 下午3:20 - ",
            "21/02/2018 à 15:43 - ",
            "13. 6. 2018. 21:25:15 – ",
            "2020-12-31 14 h 08 - ",
            *(
                "1",
                "2020",
                "31",
                "/",
                ".",
                "-",
                ":",
                ", ",
                "،",
                " ",
                "[",
                "]",
                " - ",
                " – ",
                "h",
                "PM",
                "am",
                "م",
            ),
            *(
                "\u200e",
                "\u200f",
                "\u202f",
                "\u00a0",
                "\ufeff",
                "\u200c",
                "٣",
                "۳",
                "\t",
                "word",
                "à",
                "ÖS",
                "x" * 50,
            ),
        ]
    ),
    max_size=10,
).map("".join)


@st.composite
def headings(draw: st.DrawFn) -> str:
    """Draw a heading as a phone may write it."""
    digits = str.maketrans("0123456789", draw(st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])))
    sign = draw(st.sampled_from("/.-"))
    day = draw(st.sampled_from(["31{0}12{0}20", "31{0}12{0}2020", "2020{0}12{0}31", "5{0}3{0}20"])).format(
        sign
    )
    colon = draw(st.sampled_from(":.h"))
    time = draw(st.sampled_from(["23{0}59", "9{0}05", "11{0}59{0}30"])).format(colon)
    period = draw(st.sampled_from(["", "", " PM", "\u202fص", " ÖS"]))
    between = draw(st.sampled_from([", ", " ", "، ", " à ", " 下午"]))
    begin, end = draw(st.sampled_from([("", " - "), ("[", "] "), ("", ": "), ("", " – ")]))
    return f"{begin}{day}{between}{time}{period}{end}".translate(digits)


NAMES = ["Ana: ", "Ali:work: ", "Ana", '"', "“", "„", "«", "»", " ", ": ", ":", "\n", "\r\n", "x" * 250]
SAID = [
    *(
        "It is open",
        "<Media omitted>",
        "image omitted",
        ".",
        "<",
        ">",
        "<This message was edited>",
        "\u200e",
        "\u200f",
    ),
    *(
        "\u200e<attached: a.jpg>",
        "IMG-20210101-WA0001.jpg (x)",
        "plan.pdf (file attached)",
        "(",
        ")",
        "\u202f",
        "م",
    ),
    *(
        "https://maps.google.com/?q=",
        "36.1",
        ",",
        "-43.99",
        "location: ",
        "POLL:",
        "Bu mesaj silindi",
        "\u061c",
        "é",
    ),
    *("<Se editó este mensaje.>", "<Se editó este mensaje", "https://maps.google.com/?q=1,2", "a" * 60),
]
BODIES = st.lists(st.sampled_from([*NAMES, *SAID]), max_size=9).map("".join)
LINES = st.lists(st.tuples(PIECES | headings(), BODIES).map("".join) | BODIES | PIECES, max_size=9)


def fast_heading(line: str):
    data = np.frombuffer(line.encode(), np.uint8)
    out = np.zeros(PARTS, np.int64)
    return out.tolist() if read_heading(data, 0, len(data), out) else None


@settings(deadline=None, max_examples=500)
@given(PIECES | headings())
@example("31.12.20 23:59: Ana")
@example("31/12/20, 23:59 - ")
@example("[31/12/20, 23:59:59 PM] a: b")
@example("1.1.20 10:00:00:")
def test_headings_are_what_a_regular_expression_reads(line: str) -> None:
    fast, expected = fast_heading(line), slow.heading(line)
    assert (fast is None) == (expected is None)
    if fast is None or expected is None:
        return
    assert tuple(fast[:3]) == expected.numbers
    assert tuple(fast[3:6]) == expected.clock
    assert fast[PERIOD] == expected.period
    assert line.encode()[fast[7] :].decode() == line[expected.body :]


@settings(deadline=None, max_examples=200)
@given(st.lists(headings() | PIECES, min_size=2, max_size=2))
def test_styles_are_alike_where_the_slow_ones_are(lines: list[str]) -> None:
    fast, expected = [fast_heading(line) for line in lines], [slow.heading(line) for line in lines]
    if all(fast):
        assert (fast[0][STYLE] == fast[1][STYLE]) == (expected[0].style == expected[1].style)


@settings(deadline=None, max_examples=500)
@given(BODIES, st.booleans())
@example("Ana: location: https://maps.google.com/?q=1.,2", False)
@example('Ana changed "A: b', False)
@example("x" * 255 + ": text", False)
@example("x" * 256 + ": text", False)
def test_messages_are_what_obvious_code_reads(body: str, apple: bool) -> None:
    data = np.frombuffer(body.encode(), np.uint8)
    spans, point = np.zeros(SPANS, np.int64), np.zeros(2)
    shares = read_message(data, 0, len(data), apple, spans, point)
    name = body.encode()[spans[0] : spans[1]].decode()
    text = body.encode()[spans[2] : spans[3]].decode()
    author, said, where = slow.message(body, apple=apple)
    assert (name, text) == (author, said)
    assert shares == (where is not None)
    if where is not None:
        assert tuple(point) == pytest.approx(where)


@settings(deadline=None, max_examples=200)
@given(LINES, st.integers(1, 3), st.integers(1, 90))
def test_messages_are_cut_where_the_slow_reading_cuts(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], rows: int, window: int
) -> None:
    text = "\n".join(lines)
    style = style_of(text.encode())
    if style is None or not text.strip():
        return
    file = tmp_path_factory.getbasetemp() / "cut_chat.txt"
    file.write_bytes(text.encode())
    expected = next(
        said.style
        for line in text.split("\n")
        if (said := slow.heading(line)) and fast_heading(line)[STYLE] == style
    )
    mapping = FieldMapping(timezone="UTC", date_order=DateOrder.DMY)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "CHUNK_BYTES", window)
            patch.setattr(stretches, "WINDOW_BYTES", window)
            found = rows_of(list(whatsapp.read(file, mapping=mapping, rows=rows)))
    except InputError as error:
        assert "do not tell" in error.sentence  # noqa: PT017 - most examples raise nothing
        return
    # A byte order mark at the very start is no part of the text.
    assert [row[0] for row in found] == [line for line, _ in slow.cut(text.removeprefix("\ufeff"), expected)]
    for line, part, made in found:
        if part == "post":
            whole = dict(slow.cut(text.removeprefix("\ufeff"), expected))[line]
            head = slow.heading(whole)
            assert head is not None
            author, said, _ = slow.message(whole[head.body :], apple=expected[0] == 1)
            assert (dict(made)["author"], dict(made)["text"]) == (slow.plain(author), said)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_chat_with_noise_anywhere_is_refused_or_read(read_rows, data) -> None:
    sample = (SAMPLES / data.draw(st.sampled_from(["whatsapp.txt", *PHONES]))).read_bytes()
    lines = sample.split(b"\n")
    shape = data.draw(st.sampled_from(["noise", "reordered", "doubled"]))
    if shape == "reordered":
        sample = b"\n".join(data.draw(st.permutations(lines)))
    elif shape == "doubled":
        sample = b"\n".join(line for line in lines for _ in range(2))
    else:
        at = data.draw(st.integers(0, len(sample)))
        sample = sample[:at] + data.draw(st.binary(max_size=6)) + sample[at:]
    try:
        found = read_rows("whatsapp", sample, timezone="UTC")
    except InputError as error:
        assert error.hint  # noqa: PT017 - most examples raise nothing
        return
    assert len({line for line, _, _ in found}) == len(found)
    assert read_rows("whatsapp", sample, rows=2, timezone="UTC") == found


def offset(local: datetime, zone: str) -> timedelta | None:
    return local.replace(tzinfo=ZoneInfo(zone)).utcoffset()


BEGIN = datetime(2009, 1, 1)  # noqa: DTZ001 - the zone is put on where it is used
ZONES = ["Asia/Baghdad", "Asia/Gaza", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]
CHANGES = {
    zone: [
        day
        for day in range(4 * 365)
        if offset(BEGIN + timedelta(days=day), zone) != offset(BEGIN + timedelta(days=day + 1), zone)
    ]
    for zone in ZONES
}


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(ZONES), st.data())
def test_local_times_of_any_minute_are_moved_as_the_zone_says(zone: str, data: st.DataObject) -> None:
    day = st.integers(0, 4 * 365) | st.sampled_from(CHANGES[zone] or [0])
    minutes = data.draw(st.lists(st.tuples(day, st.integers(0, 24 * 60 - 1)), min_size=1, max_size=40))
    local = [BEGIN + timedelta(days=day, minutes=minute) for day, minute in minutes]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    micros = np.array([(one.replace(tzinfo=UTC) - epoch) // timedelta(microseconds=1) for one in local])
    expected = [
        (one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - epoch) // timedelta(microseconds=1)
        for one in local
    ]
    assert to_utc(micros, zone).tolist() == expected


# The zip


def zipped(folder: Path, *members: tuple[str, bytes], name: str = "WhatsApp Chat - X.zip") -> Path:
    file = folder / name
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return file


CHAT = (SAMPLES / "whatsapp.txt").read_bytes()


@pytest.mark.parametrize("member", ["_chat.txt", "WhatsApp Chat with X.txt", "X/_chat.txt"])
def test_a_zip_gives_the_rows_of_its_chat_and_its_media_are_not_touched(tmp_path: Path, member: str) -> None:
    file = zipped(tmp_path, ("IMG-20230113-WA0004.jpg", b"a picture" * 99), (member, CHAT))
    # A picture that could not be read: whoever touches it fails.
    whole = bytearray(file.read_bytes())
    at = whole.find(b"IMG-20230113-WA0004.jpg") + len("IMG-20230113-WA0004.jpg")
    whole[at : at + 10] = bytes(10)
    file.write_bytes(whole)
    assert guess(file).name == "whatsapp"
    plain = rows_of(list(whatsapp.read(SAMPLES / "whatsapp.txt", mapping=BAGHDAD)))
    assert rows_of(list(whatsapp.read(file, mapping=BAGHDAD))) == plain
    positions = [reading.position for reading in whatsapp.read(file, mapping=BAGHDAD, rows=3)]
    rest = list(whatsapp.read(file, mapping=BAGHDAD, start=positions[1]))
    assert rows_of(rest) == plain[6:]


@pytest.mark.parametrize("member", ["_chat.txt", "WhatsApp Chat - X.txt"])
def test_a_chat_among_other_texts_is_found(tmp_path: Path, member: str) -> None:
    file = zipped(tmp_path, ("notes.txt", b"a note"), (member, CHAT), ("__MACOSX/._x.txt", b"a Mac's own"))
    assert counts_of(file, BAGHDAD) == counts_of(SAMPLES / "whatsapp.txt", BAGHDAD)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("xl/workbook.xml", b"<x/>")], "with no chat"),
        ([("a.txt", b"a"), ("b.txt", b"b")], "with 2 texts"),
        ([], "is an empty zip archive"),
    ],
)
def test_a_zip_without_one_chat_is_refused(tmp_path: Path, members: list, said: str) -> None:
    with pytest.raises(InputError, match=said):
        posts_of(zipped(tmp_path, *members))


def test_a_zip_that_is_no_chat_is_refused_when_its_form_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a zip archive or an Office document"):
        guess(zipped(tmp_path, ("word/document.xml", b"<x/>")))


def test_a_zip_that_breaks_off_is_refused(tmp_path: Path) -> None:
    file = zipped(tmp_path, ("_chat.txt", CHAT))
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(InputError, match="breaks off or is damaged"):
        posts_of(file)


def test_a_zip_that_is_damaged_inside_gives_the_rows_before(tmp_path: Path) -> None:
    lines = b"".join(
        b"31.12.20, 23:%02d - Ana: %s\n" % (n % 60, os.urandom(40).hex().encode()) for n in range(200_000)
    )
    file = zipped(tmp_path, ("_chat.txt", lines))
    whole = bytearray(file.read_bytes())
    whole[-200_000:-100_000] = bytes(100_000)
    file.write_bytes(whole)
    got = 0
    with pytest.raises(InputError, match="is damaged: the chat in it"):  # noqa: PT012 - what came before is kept
        for reading in whatsapp.read(file, mapping=UTC_ZONE):
            got += len(reading.posts)
    assert got > 100_000


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    file = zipped(tmp_path, ("_chat.txt", CHAT))
    whole = bytearray(file.read_bytes())
    at = whole.find(b"PK\x01\x02")
    whole[at + 8] |= 1
    file.write_bytes(whole)
    with pytest.raises(InputError, match="locked with a password"):
        posts_of(file)


def test_a_zip_bomb_is_stopped(tmp_path: Path) -> None:
    file = zipped(tmp_path, ("_chat.txt", b"31.12.20, 23:59 - Ana: " + bytes(100 << 20)))
    with pytest.raises(InputError, match=f"more than {MAX_RATIO} times"):
        posts_of(file)


def test_a_zip_with_a_huge_list_of_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = zipped(tmp_path, ("_chat.txt", CHAT))
    monkeypatch.setattr(zipped_bounds, "MAX_DIRECTORY_BYTES", 10)
    with pytest.raises(InputError, match="too many files"):
        posts_of(file)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(1 << 16):  # beyond 65,535 a zip says so in a wide record
            archive.writestr(f"{number}", b"")
    file.write_bytes(buffer.getvalue())
    monkeypatch.undo()
    with pytest.raises(InputError, match="too many files"):
        posts_of(file)


def test_a_line_that_somebody_pasted_tells_nothing_of_the_order() -> None:
    own = np.array([[1 + day % 12, 3, 20] for day in sorted(number % 12 for number in range(480))])
    evidence = Evidence(None, last=20_000)
    evidence.add(own)
    evidence.add(np.array([[3, 25, 20]]))
    assert evidence.order() is None
    assert evidence.order(DateOrder.DMY) is DateOrder.DMY
    assert evidence.order(DateOrder.MDY) is DateOrder.MDY
    evidence.add(np.array([[3, 25, 20]] * 400))
    assert evidence.order(DateOrder.DMY) is DateOrder.MDY
