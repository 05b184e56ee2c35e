"""The page in a real Chromium: what a person sees, with a mouse, a keyboard, a phone, or without scripts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fanal.web.page import Simulated

Made = Callable[..., Any]
pytestmark = pytest.mark.browser

LANGUAGES = {
    "index.html": ("en", "ltr", "Conflict events", "6 January 2020"),
    "fr.html": ("fr", "ltr", "Événements du", "6 janvier 2020"),
    "ar.html": ("ar", "rtl", "أحداث النزاع", "٦ كانون الثاني ٢٠٢٠"),
}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
NOT_FOUND = (
    "#efece3"  # fill of an area without a hotspot, of which the legend says that this does not mean safe
)


def rows(page: Page) -> list[list[str]]:
    """Return the texts of the table of hotspots."""
    return [row.locator("td").all_inner_texts() for row in page.locator("#hotspot-rows tr").all()]


def fills(page: Page) -> dict[str, str]:
    """Return the colour of each area as the map's own layer holds it, by code; none where it is hatched."""
    found: dict[str, str] = page.evaluate(
        """() => {
            const told = {};
            for (const area of Fanal.figures.areas) {
                const fill = Fanal.map.fillOf(area);
                if (fill !== null) told[Fanal.figures.code(area)] = fill;
            }
            return told;
        }"""
    )
    return found


def to_week(page: Page, number: int) -> None:
    """Move the slider to a week as a mouse does: set its value and tell the page."""
    page.locator("#week").fill(str(number))


@pytest.mark.parametrize("file", LANGUAGES)
def test_the_page_opens_from_the_disk_in_each_language(visit: Made, folder: Path, file: str) -> None:
    code, direction, conflict, first = LANGUAGES[file]
    seen = visit()
    page = seen.go((folder / file).as_uri())
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("html")).to_have_attribute("dir", direction)
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == direction
    expect(page.locator("#hotspot-rows")).to_contain_text(conflict)
    to_week(page, 0)
    expect(page.locator("#week-name")).to_have_text(first)
    assert seen.wrong == []
    assert {address.split(":")[0] for address in seen.asked} <= {"file", "blob", "data"}


@pytest.mark.parametrize("file", ["index.html", "ar.html"])
def test_the_slider_changes_the_hotspots_of_table_and_map(visit: Made, folder: Path, file: str) -> None:
    page = visit().go((folder / file).as_uri())
    expect(page.locator("#week")).to_have_value("1")
    assert len(rows(page)) == 1
    before = fills(page)
    assert [code for code, fill in before.items() if fill != NOT_FOUND] == ["pcode:T1A"]

    to_week(page, 3)
    expect(page.locator("#hotspot-rows tr")).to_have_count(2)
    after = fills(page)
    coloured = {code for code, fill in after.items() if fill != NOT_FOUND}
    assert coloured == {"pcode:T1A", "pcode:T1B", "pcode:T2A"}
    assert after["pcode:T1A"] != before["pcode:T1A"]  # an alert is darker than a hotspot without one
    assert after["pcode:T1A"] == after["pcode:T1B"] != after["pcode:T2A"]

    to_week(page, 4)
    expect(page.locator("#hotspot-rows td.empty")).to_be_visible()
    assert set(fills(page).values()) == {NOT_FOUND}


@pytest.mark.parametrize(("file", "forward", "back"), [
    ("index.html", "ArrowRight", "ArrowLeft"), ("ar.html", "ArrowLeft", "ArrowRight"),
])  # fmt: skip
def test_the_slider_follows_the_keyboard(
    visit: Made, folder: Path, file: str, forward: str, back: str
) -> None:
    page = visit().go((folder / file).as_uri())
    page.locator("#week").focus()
    told = page.locator("#week-name").inner_text()
    page.keyboard.press(forward)
    page.keyboard.press(forward)
    expect(page.locator("#week")).to_have_value("3")
    expect(page.locator("#hotspot-rows tr")).to_have_count(2)
    assert page.locator("#week-name").inner_text() != told
    assert page.locator("#week").get_attribute("aria-valuetext") == page.locator("#week-name").inner_text()
    page.keyboard.press(back)
    expect(page.locator("#week")).to_have_value("2")
    page.keyboard.press("Home")
    expect(page.locator("#back")).to_be_disabled()
    page.keyboard.press("End")
    expect(page.locator("#forward")).to_be_disabled()


def test_a_row_tells_the_figures_of_its_hotspot(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    to_week(page, 3)
    expect(page.locator("#hotspot-rows tr")).to_have_count(2)
    alert, other = rows(page)
    assert re.sub(r"\s+", " ", alert[0]).strip() == "Displacement Alert"
    assert alert[1:3] == ["Cedar", "20 Jan 2020 – 2 Feb 2020"]
    assert alert[3:8] == ["9", "1.5", "∞", "0.004", "250"]
    assert alert[8] == "2 Feb 2020"
    assert other[3:8] == ["20", "14", "1.62", "0.2", "5"]
    assert page.locator("#hotspots thead th").all_inner_texts() == [
        "What", "Areas", "Weeks", "Observed", "Expected", "Relative risk", "p-value", "Recurrence, weeks",
        "Could be known on",
    ]  # fmt: skip
    expect(page.locator("#told")).to_have_text("Hotspots: 2. Alerts: 1.")


def test_an_area_shows_its_index_with_parts_and_who_was_there(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    page.locator("#area").select_option(label="Alder")
    panel = page.locator("#area-panel")
    expect(panel.locator(".big")).to_have_text("1.5")
    expect(panel).to_contain_text("From 0.5 to 3.5")
    expect(panel).to_contain_text("0.123 events of the last 12 known weeks per 100,000 residents")
    expect(panel).to_contain_text("60%")
    expect(panel).to_contain_text("No layer gives this week: Displaced families per resident.")
    expect(panel.locator("table tbody tr")).to_have_count(2)
    expect(panel).to_contain_text("Health")
    expect(panel).to_contain_text("The list has no dates")
    page.locator("#group").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#group option:checked")).to_have_text("Children")
    expect(page.locator("#group")).to_be_focused()  # the panel was written anew under the reader's hands


def test_an_area_shows_its_rank_interval_and_a_layer_that_fell_silent(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    page.locator("#area").select_option(label="Alder")
    panel = page.locator("#area-panel")
    to_week(page, 3)
    expect(panel).to_contain_text("Rank 1 to 4 of all areas in 90 % of draws of the weights.")
    expect(panel).to_contain_text(
        "Silent. Usual reports no longer come: Counts of displaced families, Reports of conflict events. "
        "This does not mean safe."
    )
    to_week(page, 4)
    expect(panel).not_to_contain_text("Silent.")
    to_week(page, 0)
    expect(panel).not_to_contain_text("draws of the weights")


def test_an_area_without_a_figure_is_not_known_and_never_safe(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    expect(page.locator("#legend")).to_contain_text("No figure: not known, which does not mean safe")
    expect(page.locator("#legend .hatch")).to_have_count(1)
    expect(page.locator(".intro")).to_contain_text("An area without a figure is not a safe area.")
    assert "pcode:T2B" not in fills(page)  # nothing lies on its hatching
    page.locator("#area").select_option(label="Damson")
    panel = page.locator("#area-panel")
    expect(panel).to_contain_text("There is no index for this area, group and week. This does not mean safe.")
    expect(panel).to_contain_text("The lists name no agency for this area. There may still have been help.")
    page.locator("#all summary").click()
    expect(page.locator("#all-rows tr")).to_have_count(7)
    damson = page.locator("#all-rows tr", has_text="Damson").locator("td").all_inner_texts()
    cedar = page.locator("#all-rows tr", has_text="Cedar").locator("td").all_inner_texts()
    assert cedar[2:5] == ["5.5", "4.5 – 7.5", "none found"]
    assert damson[2:5] == ["no figure", "no figure", "no figure"]
    assert not re.search(r"\bsafe\b(?!\.)", panel.inner_text())


def test_an_index_that_is_not_known_has_no_number_and_no_colour(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    page.locator("#colour").select_option(label="Risk index: All residents")
    to_week(page, 4)
    assert set(fills(page)) == {"pcode:T1A", "pcode:T1B", "pcode:T2A"}
    to_week(page, 5)
    assert set(fills(page)) == {"pcode:T1A", "pcode:T2A"}
    to_week(page, 2)
    assert set(fills(page)) == {"pcode:T1A", "pcode:T1B"}


def test_counts_are_shown_by_governorate_and_a_gap_is_not_zero(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    to_week(page, 5)
    page.locator("#colour").select_option(label="Signals: Distress")
    assert set(fills(page)) == {"pcode:T1"}
    page.locator("#area").select_option(label="East")
    panel = page.locator("#area-panel")
    expect(panel).to_contain_text("Trade in people and arms37")
    expect(panel).to_contain_text("Distressnot shown")
    expect(panel).to_contain_text("Not shown does not mean zero, and never means safe.")


@pytest.mark.parametrize("file", ["index.html", "ar.html"])
def test_tables_and_choices_are_reached_by_keyboard_and_focus_is_seen(
    visit: Made, folder: Path, file: str
) -> None:
    page = visit().go((folder / file).as_uri())
    reached: list[str] = []
    hidden: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        one = page.evaluate(
            """() => {
                const at = document.activeElement;
                const style = getComputedStyle(at);
                const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                const seen = ring || style.boxShadow !== "none";
                return [at.id || at.className || at.tagName, at.closest("[id]")?.id, seen];
            }"""
        )
        if one[0] == "BODY":
            break
        reached.append(f"{one[0]} in {one[1]}")
        if not one[2]:
            hidden.append(reached[-1])
    text = "\n".join(reached)
    for wanted in (
        "week in week",
        "forward",
        "colour",
        "area in area",
        "group",
        "link in hotspot-rows",
        "SUMMARY in all",
    ):
        assert wanted in text, text
    assert hidden == []


def test_the_keyboard_opens_an_area_from_the_table(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    to_week(page, 3)
    page.locator("#hotspot-rows button", has_text="Birch").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#area-panel h2")).to_have_text("Birch")
    expect(page.locator("#area")).to_be_focused()


@pytest.mark.parametrize("file", LANGUAGES)
def test_nothing_overflows_on_a_phone(visit: Made, folder: Path, file: str) -> None:
    page = visit(**PHONE).go((folder / file).as_uri())
    page.locator("#all summary").click()
    expect(page.locator("#all-rows tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    outside = page.evaluate(
        """() => [...document.querySelectorAll("main :is(p, select, button, input, td, li, dd, h2), header a")]
            .filter((one) => !one.closest(".map") && one.getClientRects().length)
            .filter((one) => { const box = one.getBoundingClientRect(); return box.left < -1 || box.right > 361; })
            .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert outside == []


@pytest.mark.parametrize("file", LANGUAGES)
def test_without_scripts_the_page_shows_the_hotspots_of_a_week(visit: Made, folder: Path, file: str) -> None:
    seen = visit(java_script_enabled=False)
    seen.page.goto((folder / file).as_uri())
    table = seen.page.locator("noscript table")
    expect(table).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table).to_contain_text(LANGUAGES[file][2])
    expect(seen.page.locator("#week")).to_be_hidden()
    expect(seen.page.locator(".lead")).to_be_visible()
    expect(seen.page.locator(".meaning")).to_be_visible()


def test_without_webgl_the_tables_say_all(visit: Made, folder: Path) -> None:
    seen = visit()
    seen.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    seen.page.goto((folder / "index.html").as_uri())
    expect(seen.page.locator("#no-map")).to_be_visible()
    expect(seen.page.locator("#all-rows tr")).to_have_count(7)
    assert seen.wrong == []


def test_a_lead_that_came_after_is_told_as_it_is(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    assert page.locator(".lead dd").all_inner_texts() == [
        "13 January 2020",
        "none",
        "-3 (the alert came after it)",
    ]


def test_another_language_opens_at_the_same_week_and_area(visit: Made, folder: Path) -> None:
    page = visit().go((folder / "index.html").as_uri())
    to_week(page, 3)
    page.locator("#area").select_option(label="Birch")
    page.get_by_role("link", name="العربية").click()
    page.wait_for_selector("html[lang=ar] #map[data-ready]")
    expect(page.locator("#week")).to_have_value("3")
    expect(page.locator("#area-panel h2")).to_have_text("الجبل")


BANNERS = {"index.html": ["Simulated.", "Simulated posts."], "ar.html": ["بيانات محاكاة.", "منشورات محاكاة."]}


@pytest.mark.parametrize(
    ("simulated", "shown"), [(Simulated.NOTHING, None), (Simulated.ALL, 0), (Simulated.POSTS, 1)]
)
def test_invented_numbers_are_marked(
    visit: Made, make_page: Made, write_page: Made, simulated: Simulated, shown: int | None
) -> None:
    out = write_page(make_page(simulated=simulated))
    for file, banners in BANNERS.items():
        page = visit(java_script_enabled=False).page
        page.goto((out / file).as_uri())
        told = page.locator("main").inner_text()
        assert [banner in told for banner in banners] == [place == shown for place in range(len(banners))]


def test_what_comes_from_simulated_posts_is_marked_and_layers_are_not(
    visit: Made, make_page: Made, write_page: Made
) -> None:
    out = write_page(make_page(simulated=Simulated.POSTS))
    page = visit().go((out / "index.html").as_uri())
    labels = page.evaluate(
        "window.Fanal.label('family', 'distress') + '|' + window.Fanal.label('family', 'conflict')"
    )
    assert labels == "Distress (simulated)|Conflict events"


HOSTILE = {
    "pcode:T1": "<img src=x onerror=alert(1)>",
    "pcode:T1A": '"><script>alert(2)</script>',
    "pcode:T1B": "</script><script>alert(3)</script> {{ 7*7 }} {from} &lt;b&gt;",
    "pcode:T2A": "\u202egnortS\u202c' onmouseover='alert(4)",
    "pcode:T2B": "__proto__",
}


def test_hostile_names_are_text(visit: Made, make_page: Made, write_page: Made, boundaries: Made) -> None:
    out = write_page(make_page(areas=boundaries(HOSTILE), title="</title><script>alert(0)</script>"))
    seen = visit()
    page = seen.go((out / "index.html").as_uri())
    to_week(page, 3)
    expect(page.locator("h1")).to_have_text("</title><script>alert(0)</script>")
    table = page.locator("#hotspot-rows")
    for code in ("pcode:T1A", "pcode:T1B"):
        expect(table).to_contain_text(HOSTILE[code])
    expect(table).to_contain_text("gnortS' onmouseover='alert(4)")
    page.locator("#all summary").click()
    for code, hostile in HOSTILE.items():
        at = page.evaluate(
            "(code) => Fanal.figures.areas.find((one) => Fanal.figures.code(one) === code)", code
        )
        page.locator("#area").select_option(str(at))
        name = hostile.replace("\u202e", "").replace("\u202c", "")
        expect(page.locator("#area-panel h2")).to_have_text(name)
    page.locator("#map").hover(position={"x": 150, "y": 150})
    assert page.locator("main img").count() == 0
    assert page.locator("main script").count() == 0
    assert "\u202e" not in page.content()
    assert seen.wrong == []


def test_hostile_names_are_text_without_scripts(
    visit: Made, make_page: Made, write_page: Made, boundaries: Made
) -> None:
    out = write_page(make_page(areas=boundaries(HOSTILE), lead=None))
    page = visit(java_script_enabled=False).page
    page.goto((out / "index.html").as_uri())
    expect(page.locator("noscript tbody")).to_contain_text("gnortS' onmouseover='alert(4)")
    expect(page.locator("noscript tbody")).to_contain_text(HOSTILE["pcode:T1B"])
    assert page.locator("noscript img").count() == 0
