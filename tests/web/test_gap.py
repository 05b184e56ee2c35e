"""The page of a gap: what is known and what is not, in words and on the map, in each language, without a script."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.help import test_gap_map as small
from tests.help.conftest import location
from tests.help.test_gap import beds
from tests.web.test_brief import text_of

from fanal.help.assumed import Assumed
from fanal.help.gap import Gap, Wanted
from fanal.model.circle import Circle
from fanal.model.group import Group
from fanal.web.gap_map import NONE, STEPS, UNKNOWN, draw_gap, shade
from fanal.web.gap_rendered import render_gap
from fanal.web.language import LANGUAGES

HOSTILE = "<script>alert(1)</script> & \"'"
PHONE = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}


def drawn() -> pa.Table:
    """Return the areas of the small country with outlines, one of them with a hostile name."""
    rows = small.AREAS.to_pylist()
    for row in rows:
        row["geometry"] = shapely.to_wkb(shapely.box(row["lon"] - 0.1, 32.5, row["lon"] + 0.1, 33.5))
        row["country"] = "IQ"
        if row["area"] == "d12":
            row["name"] = HOSTILE
    return pa.Table.from_pylist(rows, schema=small.AREAS.schema)


def found(**changed: Any) -> Gap:
    """Return a gap in which an area is short, one may be, and of two nothing is known."""
    services = [beds(f"s{n}", float(n), locations=(small.THERE,)) for n in (20, 30, 40, 50, 60)]
    services.append(beds("silent", None, locations=(location(area="d12"),)))
    counts = small.counts(Circle.PUBLIC, ("g1", "distress", 180, True), ("g1", "distress", None, True))
    return small.made(services, [small.PEOPLE, counts], assumed=Assumed(share=0.5), **changed)


def page(code: str = "en", **changed: Any) -> str:
    return render_gap(found(**changed), areas=drawn(), code=code)


def test_the_page_says_what_is_lacking_how_sure_and_what_nobody_knows() -> None:
    said = text_of(page())
    assert "A share of 0.5 is taken to need one unit: that is an assumption" in said
    assert "A place to stay, bed: Displaced people" in said
    assert "Not known, which does not mean safe: d21, d22." in said
    assert "of 2 it is not known" in said
    assert "An area without a figure, or without a shortfall that was found, is not thereby safe." in said
    assert "Luo and Qi 2009" in said
    assert "A test. CC0" in said
    assert "release:people" in said
    assert "Released counts of distress in posts" in said
    assert "1 counts are not shown, which does not mean zero." in said


def test_a_page_for_partners_says_that_it_is_not_public() -> None:
    assert "Not public." not in text_of(page())
    assert "Not public." in text_of(page(circle=Circle.PARTNERS))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_has_one_language_no_script_and_nothing_from_elsewhere(code: str) -> None:
    html = page(code)
    assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#)', html)
    assert "default-src 'none'" in unescape(html)
    if code == "ar":
        body = text_of(html[html.index("<main>") : html.index("<footer>")])
        left = re.findall(r"[0-9]+", re.sub(r"d[0-9]{2}", "", body))
        assert set(left) <= {"1"}, "the digit of the hostile name, and no other"


def test_every_area_stands_on_the_map_and_what_is_not_known_is_hatched() -> None:
    one = found()
    rows = one.rows.to_pylist()
    svg = draw_gap(drawn(), rows, one.uncounted["displaced"], title="a", labels=["1"], mark="m")
    assert svg.count(f'fill="url(#m-{UNKNOWN})"') == 2
    assert svg.count('stroke="#aab2b8"') == 4
    bare = drawn().set_column(
        drawn().schema.get_field_index("geometry"), "geometry", pa.nulls(7, pa.binary())
    )
    assert draw_gap(bare, rows, (), title="a", labels=[], mark="m") == ""


@pytest.mark.parametrize(
    ("shortage", "high", "colour"),
    [
        ("short", 100.0, STEPS[0][1]),
        ("maybe_short", 100.1, STEPS[1][1]),
        ("short", 1e9, STEPS[-1][1]),
        ("none_found", 0.0, NONE),
        ("none_counted", 0.0, NONE),
        ("not_known", 50.0, UNKNOWN),
    ],
)
def test_darker_is_more_and_not_known_is_no_colour(shortage: str, high: float, colour: str) -> None:
    assert shade({"shortage": shortage, "high": high}) == colour


def test_a_unit_from_a_directory_cannot_write_the_page() -> None:
    one = found(wanted=Wanted(groups=frozenset({Group.DISPLACED})))
    place = one.rows.schema.get_field_index("unit")
    rows = one.rows.set_column(place, one.rows.schema.field(place), pa.array([HOSTILE] * len(one.rows)))
    html = render_gap(replace(one, rows=rows), areas=drawn(), code="en")
    assert "<script" not in html
    assert json.dumps(HOSTILE) not in html


@pytest.mark.browser
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_phone_shows_all_of_it_without_scripts(
    visit: Callable[..., Any], tmp_path: Path, code: str
) -> None:
    file = tmp_path / "gap.html"
    file.write_text(page(code), encoding="utf-8")
    seen = visit(**PHONE)
    shown = seen.page
    shown.goto(file.as_uri())
    width = shown.locator("body").bounding_box()
    assert width is not None
    assert width["width"] <= 360
    for one in shown.locator("table, figure, svg[role=img], nav").all():
        box = one.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert seen.wrong == []


@pytest.mark.browser
def test_a_keyboard_reaches_each_part_and_axe_finds_nothing(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "gap.html"
    asked = Wanted(groups=frozenset({Group.DISPLACED, Group.RESIDENTS}))
    # axe runs as a script of the test's; the page's own policy lets none in.
    html = re.sub(r"<meta http-equiv[^>]*>", "", page(wanted=asked))
    file.write_text(html, encoding="utf-8")
    shown = visit().page
    shown.goto(file.as_uri())
    shown.keyboard.press("Tab")
    shown.keyboard.press("Tab")
    expect(shown.locator("a[href='#m2']")).to_be_focused()
    shown.keyboard.press("Enter")
    expect(shown).to_have_url(re.compile(r"#m2$"))
    assert Axe().run(shown).response["violations"] == []
