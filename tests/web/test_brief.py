"""The weekly brief: what changed, where, how sure; what was not measured is said, and nothing is shown as safe."""

import base64
import dataclasses
import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pypdf import PdfReader
from tests.outbox import servers
from tests.web import conftest as small

from fanal.model.circle import Circle
from fanal.model.error import RefusedError, UserError
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import RELEASED_COUNT_SCHEMA, Release, ReleaseKind
from fanal.web.brief import Brief, Standing, Verdict, compose
from fanal.web.brief_pdf import to_pdf
from fanal.web.brief_rendered import MOST_HOTSPOTS, render
from fanal.web.language import LANGUAGES

Made = Callable[..., Any]
HOSTILE = "<script>alert(1)</script> \u202eevil & \x00"


def brief(releases: Sequence[Release] | None = None, week: int | None = 3, **changed: Any) -> Brief:
    """Return the brief of a week of the small country."""
    given: dict[str, Any] = {
        "circle": Circle.PUBLIC,
        "week": None if week is None else small.week(week),
        "made_at": small.MADE_AT,
        "alert_weeks": 52.0,
        "require": lambda _: None,
    }
    return compose(small.all_releases() if releases is None else releases, **(given | changed))


def hotspots(*rows: tuple[int, Sequence[str], tuple[int, int]], **changed: Any) -> Release:
    """Return a Release of hotspots: week known, areas, window."""
    table = pa.Table.from_pylist(
        [
            {
                **small.hotspots().to_pylist()[0],
                "as_of": small.week(known) + timedelta(days=6),
                "areas": list(areas),
                "start": small.week(start),
                "end": small.week(end),
                **changed,
            }
            for known, areas, (start, end) in rows
        ],
        schema=HOTSPOT_SCHEMA,
    )
    return small.release(ReleaseKind.HOTSPOTS, table)


def counts(number: int, week: int, *, low: float, high: float) -> Release:
    """Return a Release of one count."""
    row = {
        "area": "pcode:T1",
        "week": small.week(week),
        "signal": "distress",
        "author_weeks": number,
        "low": low,
        "high": high,
    }
    table = pa.Table.from_pylist([row], schema=RELEASED_COUNT_SCHEMA)
    return small.release(ReleaseKind.COUNTS, table, ledger_id=f"release:test:{week}")


def silence(*rows: tuple[str, int, list[str] | None]) -> Release:
    """Return a Release of an index that says of areas and weeks which layers fell silent."""
    table = small.index().slice(0, len(rows))
    columns = {
        "area": pa.array([area for area, _, _ in rows], pa.string()),
        "week": pa.array([small.week(week) for _, week, _ in rows], pa.date32()),
        "silent": pa.array([kinds for _, _, kinds in rows], pa.list_(pa.string())),
    }
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
    return small.release(ReleaseKind.INDEX, table, ledger_id="release:test:silence")


def text_of(html: str) -> str:
    """Return what a person reads of a page."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.said: list[str] = []
            self.off = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.off += tag in {"style", "title"} and not dict(attrs).get("role")

        def handle_endtag(self, tag: str) -> None:
            self.off -= tag in {"style", "title"}

        def handle_data(self, data: str) -> None:
            if not self.off:
                self.said.append(data)

    reader = Reader()
    reader.feed(html)
    return " ".join(" ".join(reader.said).split())


def english(one: Brief) -> str:
    """Return the text of a brief in English."""
    return text_of(render(one, areas=small.country(), code="en"))


def test_a_hotspot_is_new_goes_on_or_is_not_found_again() -> None:
    told = brief([hotspots((2, ["pcode:T1A"], (0, 1)), (2, ["pcode:T2A"], (0, 1)),
                           (3, ["pcode:T1A", "pcode:T1B"], (1, 2)), (3, ["pcode:T2B"], (1, 2)))])  # fmt: skip
    assert told.hotspots is not None
    assert [(one.values["areas"], one.standing) for one in told.hotspots] == [
        (["pcode:T2B"], Standing.NEW),
        (["pcode:T1A", "pcode:T1B"], Standing.GOES_ON),
    ]
    assert [one.values["areas"] for one in told.gone] == [["pcode:T2A"]]
    said = english(told)
    assert "Hotspots: 2, of which 1 are new and 2 are alerts." in said
    assert (
        "Not found again: Conflict events: Cedar. This does not mean that it is over or safe there." in said
    )


def test_windows_that_lie_apart_are_two_hotspots() -> None:
    told = brief([hotspots((2, ["pcode:T1A"], (-9, -8)), (3, ["pcode:T1A"], (1, 2)))])
    assert told.hotspots is not None
    assert told.hotspots[0].standing is Standing.NEW
    assert len(told.gone) == 1


def test_no_family_hides_another() -> None:
    strong = hotspots(*((3, [f"pcode:T{n}"], (2, 3)) for n in "1234"), llr=90.0)
    weak = hotspots((3, ["pcode:T2A"], (2, 3)), llr=5.0, family="displacement")
    told = brief([strong, weak])
    assert told.hotspots is not None
    assert {one.values["family"] for one in told.hotspots[:2]} == {"conflict", "displacement"}


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        ((100, 88.0, 112.0), (60, 48.0, 72.0), Verdict.MORE),
        ((60, 48.0, 72.0), (100, 88.0, 112.0), Verdict.LESS),
        ((70, 58.0, 82.0), (60, 48.0, 72.0), Verdict.NOISE),
        ((70, 58.0, 82.0), None, Verdict.NOT_SHOWN),
    ],
)
def test_a_count_differs_only_by_more_than_the_noise(
    now: tuple[int, float, float], before: tuple[int, float, float] | None, verdict: Verdict
) -> None:
    known = 5  # delay of 28 days after the end of week 0
    made = [counts(now[0], 1, low=now[1], high=now[2])]
    if before is not None:
        made.append(counts(before[0], 0, low=before[1], high=before[2]))
    told = brief(made, week=known + 1)
    assert told.counted == small.week(1)
    assert told.counts is not None
    assert [one.verdict for one in told.counts] == [verdict]
    said = english(told)
    assert f"{now[0]} ({now[1]:.0f} to {now[2]:.0f})" in said
    assert ("before: not shown" in said) is (before is None)


def at_once(release: Release, rest: int | None = None) -> Release:
    """Return a Release of counts that may be read when its week is over, as partners' are; some of them of the rest."""
    rows = release.table.to_pylist()
    if rest is not None:
        rows.append({**rows[0], "signal": "flight", "author_weeks": rest, "whole": False})
    statement = dataclasses.replace(release.statement, delay_days=0)
    table = pa.Table.from_pylist(rows, schema=RELEASED_COUNT_SCHEMA)
    return dataclasses.replace(release, statement=statement, table=table, circle=Circle.PARTNERS)


def test_the_newer_of_two_weeks_is_told_and_the_rest_of_an_area_is_not() -> None:
    old, new = counts(100, 0, low=88.0, high=112.0), counts(200, 4, low=188.0, high=212.0)
    made = [at_once(new, rest=77), old]
    for given in (made, made[::-1]):
        told = brief(given, week=5)
        assert told.counts is not None
        assert [(one.signal, one.now) for one in told.counts] == [("distress", 200)]
        assert told.counted == small.week(4)


def test_an_index_that_rose_is_told_with_its_range() -> None:
    said = english(brief())
    assert "Risk index: 4 areas and groups rose, 0 fell." in said
    assert "Alder, All residents: 2 after 1.5 (range 1 to 4)" in said
    assert "Risk index: none changed by a tenth or more." in english(brief(week=4))


def test_who_serves_is_told_for_each_hotspot_and_where_nobody_is_known() -> None:
    told = brief(
        [
            hotspots((3, ["pcode:T1A", "pcode:T1B"], (2, 3))),
            small.release(ReleaseKind.SERVICES, small.services()),
        ]
    )
    said = english(told)
    assert "in 1 of 2 areas: Health, Water, sanitation and hygiene" in said
    assert "In 1 of 2 areas of these hotspots no service is known: Birch." in said


def test_a_week_without_a_hotspot_has_no_calm_map() -> None:
    quiet = brief(week=4)
    assert quiet.hotspots == ()
    html = render(quiet, areas=small.country(), code="en")
    assert "<path" not in html
    assert "none became known in this week" in html
    assert "An empty map would not mean safe." in html


def test_silence_is_told_and_never_as_safety() -> None:
    rows = silence(("pcode:T1A", 2, ["events"]), ("pcode:T1B", 2, []), ("pcode:T2A", 9, ["events"]))
    said = english(brief([rows], week=2))
    assert "No reports came, where reports were usual, from: Alder. Lines may be cut" in said
    assert "This is never a sign of safety." in said
    heard = english(brief([silence(("pcode:T1B", 2, []))], week=2))
    assert "No layer is known to have fallen silent. Where few reports are usual this cannot be told" in heard
    assert "Not measured. Where lines are cut" in english(brief([silence(("pcode:T1B", 2, None))], week=2))


def test_what_was_not_measured_is_said() -> None:
    said = english(brief([small.release(ReleaseKind.INDEX, small.index().slice(0, 1))], week=0))
    for sentence in (
        "Hotspots: not measured.",
        "Risk index: not measured",
        "Signals in posts: no count became readable",
        "Not measured: no list of services is released.",
        "No layer is known to have fallen silent. Where few reports are usual this cannot be told",
        "This does not mean safe.",
    ):
        assert sentence in said, sentence


def test_the_week_is_the_last_that_is_told_of_and_over() -> None:
    assert brief(week=None).week == small.week(5)
    assert brief(week=None, made_at=small.MADE_AT.replace(month=1, day=29)).week == small.week(2)
    assert brief(week=None, releases=[hotspots((3, ["pcode:T1A"], (2, 3)))]).week == small.week(3)
    with pytest.raises(UserError, match="is not over"):
        brief(week=12)  # ends four days after the brief is made
    with pytest.raises(UserError, match="nothing to tell"):
        brief([], week=None)


def test_each_release_is_asked_for_before_it_is_read() -> None:
    asked: list[object] = []
    brief(require=asked.append)
    assert len(asked) == 4

    def refuse(_: object) -> None:
        raise RefusedError("No.")

    with pytest.raises(RefusedError):
        brief(["no Release"], require=refuse)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="made of Releases only"):
        brief(["no Release"])  # type: ignore[list-item]


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_one_file_that_loads_nothing(code: str) -> None:
    html = render(brief(), areas=small.country(), code=code)
    assert not re.search(r"<(script|link|img|iframe|object|embed|form|base)\b", html)
    assert not re.search(r"\b(href|src|srcset|action|style|on\w+)=", html)
    assert re.findall(r"https?://[^\"' ]+", html) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in html
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html.replace("&#39;", "'")
    assert html == render(brief(), areas=small.country(), code=code)


def test_an_arabic_brief_has_one_kind_of_digits_and_its_direction() -> None:
    html = render(brief(), areas=small.country(), code="ar")
    assert '<html lang="ar" dir="rtl">' in html
    said = text_of(html[html.index("<body>") : html.index("<footer>")])
    assert re.findall(r"[0-9]", said) == []
    assert "النهر" in said


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_hostile_name_stays_text(code: str) -> None:
    names = dict.fromkeys(("pcode:T1A", "pcode:T1B", "pcode:T2A"), HOSTILE)
    html = render(brief(), areas=small.country(names), code=code)
    assert "<script" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;" in html


def test_invented_numbers_and_partners_are_marked() -> None:
    one = small.release(ReleaseKind.COUNTS, small.counts())
    simulated = replace(one, statement=replace(one.statement, sources=("posts read as simulated stream",)))
    said = english(brief([simulated], week=5))
    assert "Simulated posts. What comes from posts here is invented" in said
    assert "Distress (simulated): 412" in said
    assert "Not public." in english(brief(circle=Circle.PARTNERS))
    assert "Not public." not in english(brief())


def many(number: int) -> Release:
    """Return more hotspots than a page holds."""
    codes = [code for code, _, level, *_ in small.PLACES if level == 2]
    return hotspots(*((3, codes, (2, 3)) for _ in range(number)))


def test_what_does_not_fit_is_counted() -> None:
    said = english(brief([many(20)]))
    assert f"Not shown on this page: {20 - MOST_HOTSPOTS} more." in said


@pytest.fixture(scope="module")
def pango() -> None:
    """Skip where a library of the system is missing, but fail in CI."""
    try:
        import_module("weasyprint")
    except OSError:
        if os.environ.get("CI", "").lower() not in {"true", "1"}:
            pytest.skip("Pango is missing: a PDF needs it (install the package libpangoft2-1.0-0).")
        raise


def pdf(one: Brief, code: str, names: dict[str, str] | None = None) -> PdfReader:
    """Return the PDF of a brief."""
    made = to_pdf(lambda scale: render(one, areas=small.country(names), code=code, scale=scale))
    return PdfReader(BytesIO(made))


def letters(text: str) -> str:
    """Return the letters of a text without their shapes, blanks and order of lines."""
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", ["Weekly brief", "An area without a figure is not a safe area", "What is silent", "Alder"]),
        ("fr", ["Note hebdomadaire", "Une zone sans chiffre", "Ce qui se tait", "Aulne"]),
        ("ar", ["الموجز الأسبوعي", "ليست منطقة آمنة", "ما صمت", "النهر"]),
    ],
)
@pytest.mark.usefixtures("pango")
def test_the_pdf_is_one_page_with_its_text(code: str, words: list[str]) -> None:
    read = pdf(brief(), code)
    (page,) = read.pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)  # A4 in points
    said = page.extract_text()
    for word in words:
        assert letters(word) in letters(said), word


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.usefixtures("pango")
def test_a_full_week_stands_on_one_page_too(code: str) -> None:
    rows = silence(*((code, 2, ["events"]) for code, *_ in small.PLACES))
    names = {
        place[0]: f"A long name of a district that goes on number {at}"
        for at, place in enumerate(small.PLACES)
    }
    full = brief([many(30), *small.all_releases()[1:], rows])
    assert len(pdf(full, code, names).pages) == 1


@pytest.mark.usefixtures("pango")
def test_fonts_are_in_the_pdf() -> None:
    fonts = pdf(brief(), "ar").pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        (below,) = font.get_object()["/DescendantFonts"]
        descriptor = below.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.mark.usefixtures("pango")
def test_a_pdf_asks_no_other_computer() -> None:
    with servers.http(lambda _: 200) as (port, asked):
        page = f'<img src="http://127.0.0.1:{port}/a.png"><link rel="stylesheet" href="http://127.0.0.1:{port}/a.css">'
        assert to_pdf(lambda _: page).startswith(b"%PDF")
    assert asked == []


@pytest.mark.usefixtures("pango")
def test_what_never_fits_is_one_sentence() -> None:
    with pytest.raises(UserError, match="does not fit on one page"):
        to_pdf(lambda _: "<p>x</p>" * 900)


def test_without_weasyprint_one_sentence_says_what_to_do() -> None:
    script = (
        "import sys; sys.modules['weasyprint'] = None; from fanal.web.brief_pdf import to_pdf\n"
        "from fanal.model.error import UserError\n"
        "try: to_pdf(str)\nexcept UserError as error: print(error)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("A PDF needs WeasyPrint and Pango")
    assert "Install the extra `pdf`" in ended.stdout


@pytest.mark.browser
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_it_whole(visit: Made, tmp_path: Path, code: str, width: int) -> None:
    path = tmp_path / "brief.html"
    path.write_text(render(brief(), areas=small.country(), code=code), encoding="utf-8")
    seen = visit(viewport={"width": width, "height": 740})
    seen.page.goto(path.as_uri())
    assert seen.wrong == []
    assert seen.asked == [path.as_uri()]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.evaluate("getComputedStyle(document.body).direction") == (
        "rtl" if code == "ar" else "ltr"
    )
    assert seen.page.get_by_role("img").count() == 1  # the map has a name; the keys of its legend are hidden
    assert seen.page.get_by_role("img").get_attribute("aria-label")
    headings = seen.page.get_by_role("heading").all_inner_texts()
    assert len(headings) == len(set(headings)) == 7
    assert seen.page.get_by_role("table").count() == 1
