"""The help page in a real browser: with scripts and without, by keyboard, on a phone, and leaving no trace behind."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import Error as BrowserError
from tests.web.conftest import PATIENCE

Made = Callable[..., Any]
pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 320, "height": 480}}
LANGUAGES = ("en", "fr", "ar", "ckb", "kmr", "fa", "tr")
OLD = (
    "delete window.fetch; delete window.Promise; delete window.DOMParser; delete window.URLSearchParams; "
    "delete Element.prototype.closest; delete Element.prototype.remove; delete Array.from; delete Object.assign;"
)


class Look:
    """Hold a window on the page with every request that its browser made, as its network layer tells."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**(PHONE | options))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        line = self.context.new_cdp_session(self.page)
        line.send("Network.enable")
        line.on("Network.requestWillBeSent", lambda told: self.asked.append(told["request"]["url"]))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: self.wrong.append(said.text))
        self.page.goto("about:blank")
        self.page.goto(address)


@pytest.fixture
def look(browser: Browser, served: Any) -> Iterator[Callable[..., Look]]:
    """Return a function that opens the page; nothing may have gone wrong on it, and no other host was asked."""
    looks: list[Look] = []

    def made(**options: Any) -> Look:
        looks.append(Look(browser, served.address, **options))
        return looks[-1]

    yield made
    for one in looks:
        hosts = {
            urlsplit(address).netloc for address in one.asked if not address.startswith(("data:", "about:"))
        }
        assert hosts == {urlsplit(served.address).netloc}
        assert [address for address in one.asked if "?" in address or "#" in address] == []
        assert one.wrong == []
        assert one.context.cookies() == []
        one.context.close()


def search(page: Page) -> None:
    """Search for legal help in Alder."""
    page.locator("#need").select_option("legal")
    page.locator("#area").select_option("pcode:T1A")
    page.locator(".search").click()
    expect(page.locator("#found")).to_be_visible()
    expect(page.locator("main")).to_contain_text("West legal office")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_help_is_found_and_taken_along(look: Made, scripts: bool, tmp_path: Path) -> None:
    page = look(java_script_enabled=scripts).page
    search(page)
    assert urlsplit(page.url).path == "/help"
    expect(page.locator("a.call").first).to_have_attribute("href", "tel:199")
    page.locator("button[value=messages]").click()
    expect(page.locator("pre").first).to_contain_text("199")
    page.locator(".more button").click()
    expect(page.locator("main")).to_contain_text("West legal office")
    page.locator("button[value=card]").click()
    expect(page.locator(".card")).to_contain_text("+44 1632 960020")
    page.locator(".more button").click()
    with page.expect_download() as download:
        page.locator("button[value=copy]").click()
    assert download.value.suggested_filename == "info.html"
    download.value.save_as(tmp_path / "info.html")
    assert "Alder health centre" in (tmp_path / "info.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_more_is_chosen_and_carried_on(look: Made, scripts: bool) -> None:
    page = look(java_script_enabled=scripts).page
    expect(page.locator("#way")).to_be_hidden()
    page.locator("summary").click()
    page.locator("#way").select_option("in_person")
    page.locator("#age").select_option("grown")
    page.locator("#status").select_option("refugee")
    search(page)
    expect(page.locator("#way")).to_be_visible()
    assert [page.locator(f"#{name}").input_value() for name in ("way", "age", "status", "sex")] == [
        *("in_person", "grown", "refugee"),
        "",
    ]
    office = page.locator(".entry", has_text="West legal office")
    expect(office).to_contain_text("Why it is shown: what you need, for those you chose")
    expect(page.locator("#found ~ .entry", has_text="Alder health centre")).to_have_count(0)
    page.locator("button[value=fr]").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("#status")).to_have_value("refugee")
    page.locator("#free").check()
    page.locator(".search").click()
    expect(page.locator("#free")).to_be_checked()
    expect(page.locator("#open")).not_to_be_checked()
    expect(page.locator("main")).not_to_contain_text("West legal office")
    page.locator("button[value=card]").click()
    expect(page.locator(".card")).to_be_visible()
    page.locator(".more button").click()
    expect(page.locator("#free")).to_be_checked()


def test_a_browser_that_folds_nothing_shows_all_choices(look: Made) -> None:
    """Take the elements away that fold: a browser that does not know them treats them so."""
    one = look()
    one.page.route("**/help", _unfolded)
    one.page.reload()
    assert one.page.locator("details, summary").count() == 0
    expect(one.page.locator("#way")).to_be_visible()
    one.page.locator("#way").select_option("in_person")
    search(one.page)
    expect(one.page.locator("#way")).to_have_value("in_person")
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 320


def _unfolded(asked: Route) -> None:
    """Answer with elements that no browser knows in place of those that fold."""
    answer = asked.fetch()
    asked.fulfill(response=answer, body=re.sub(r"<(/?)(details|summary)", r"<\1x-\2", answer.text()))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_language_is_the_browsers_and_then_the_persons(look: Made, scripts: bool) -> None:
    page = look(java_script_enabled=scripts, locale="ar-IQ").page
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    search(page)
    page.locator("button[value=tr]").click()
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.locator("main")).to_contain_text("West legal office")
    expect(page.locator("#need")).to_have_value("legal")


def entries(page: Page) -> int:
    """Return how many entries the window's history has."""
    return int(page.evaluate("history.length"))


def test_a_search_makes_no_entry_in_the_history_and_the_exit_takes_the_pages_own(look: Made) -> None:
    seen = look()
    page = seen.page
    before = entries(page)
    search(page)
    page.locator("button[value=card]").click()
    expect(page.locator(".card")).to_be_visible()
    assert entries(page) == before
    page.keyboard.press("Escape")
    page.wait_for_selector("table")
    assert urlsplit(page.url).path == "/"
    assert entries(page) == before
    assert re.fullmatch(r"[A-Z][a-z]+ 20\d\d", page.title())
    page.go_back()
    expect(page, "what was before the page, not the page").to_have_url("about:blank")
    page.go_forward()
    page.wait_for_selector("table")


def test_the_exit_by_tap_is_the_same(look: Made) -> None:
    page = look(has_touch=True).page
    before = entries(page)
    search(page)
    page.locator("#exit").tap()
    page.wait_for_selector("table")
    assert entries(page) == before


def test_without_scripts_the_exit_leaves_and_back_shows_no_result(look: Made) -> None:
    one = look(java_script_enabled=False)
    page = one.page
    search(page)
    line = one.context.new_cdp_session(page)
    visited = line.send("Page.getNavigationHistory")["entries"]
    assert {entry["url"] for entry in visited} == {"about:blank", page.url}, (
        "a search has no address of its own"
    )
    expect(page.locator(".esc").first).to_be_hidden()
    expect(page.locator("noscript")).to_be_visible()
    page.locator("#exit").click()
    page.wait_for_selector("table")
    with suppress(BrowserError):  # the browser does not send a form again unasked
        page.go_back(wait_until="commit")
    assert page.locator("text=West legal office").count() == 0


def test_the_exit_is_the_first_stop_and_all_is_done_by_keyboard(look: Made) -> None:
    page = look().page
    expect(page.locator("#exit .esc")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#exit")).to_be_focused()
    page.locator("#area").focus()
    page.keyboard.press("a")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("sex", "age", "status", "way", "far", "free", "open"):
        page.keyboard.press("Tab")
        expect(page.locator(f"#{name}")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#open")).to_be_checked()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.locator(".search")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_be_focused()
    box = page.locator("#found").bounding_box()
    bar = page.locator("#exit").bounding_box()
    assert box is not None
    assert bar is not None
    assert box["y"] >= bar["height"], "the bar does not lie over what was found"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.nodeName") != "BODY"


def test_the_exit_is_large_and_always_in_view(look: Made) -> None:
    page = look().page
    search(page)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    box = page.locator("#exit").bounding_box()
    assert box is not None
    assert (round(box["x"]), round(box["y"]), round(box["width"])) == (0, 0, 320)
    assert box["height"] >= 44


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_overflows_a_small_phone(look: Made, code: str) -> None:
    page = look(extra_http_headers={"Accept-Language": code}).page
    page.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for box in page.locator("form select:visible, form input:visible, summary, .tick").all():
        size = box.bounding_box()
        assert size is not None
        assert size["height"] >= 44 or box.get_attribute("type") == "checkbox", "a thumb finds it"
    page.locator("#way").select_option("in_person")
    for form in ("search", "messages", "card", "month"):
        if form == "search":
            search(page)
        elif form == "month":
            page.keyboard.press("Escape")
            page.wait_for_selector("table")
        else:
            page.locator(f"button[value={form}]").click()
            expect(page.locator("pre, .card").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, form
        if form != "month":
            height = page.evaluate("document.getElementById('exit').getBoundingClientRect().height")
            assert height <= 68, "one line: what is under it is not covered"
        if form in ("messages", "card"):
            page.locator(".more button").click()
            expect(page.locator("#need")).to_be_visible()


@pytest.mark.parametrize("code", LANGUAGES)
def test_axe_finds_nothing(look: Made, code: str) -> None:
    page = look(extra_http_headers={"Accept-Language": code}, bypass_csp=True).page
    axe = Axe()
    page.locator("summary").click()
    for value in ("", "page", "messages", "card"):
        if value == "page":
            search(page)
        elif value:
            page.locator(f"button[value={value}]").click()
            expect(page.locator("pre, .card").first).to_be_visible()
        found = axe.run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        if value == "messages":
            page.locator(".more button").click()
            expect(page.locator("button[value=card]")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("table")
    assert [one["id"] for one in axe.run(page).response["violations"]] == []


def test_axe_sees_what_is_wrong(look: Made) -> None:
    page = look(bypass_csp=True).page
    page.evaluate("document.querySelector('label').remove()")
    assert Axe().run(page).response["violations"]


def test_a_browser_of_2013_finds_help_and_leaves(look: Made) -> None:
    one = look()
    one.page.add_init_script(OLD)
    one.page.reload()
    assert one.page.evaluate("typeof fetch") == "undefined"
    search(one.page)
    one.page.keyboard.press("Escape")
    one.page.wait_for_selector("table")


def test_without_styles_the_page_reads_in_order(look: Made) -> None:
    page = look().page
    search(page)
    page.evaluate("document.querySelector('style').remove()")
    text = page.locator("body").inner_text()
    order = [
        "Leave this page now",
        "199",
        "West legal office",
        "Helplines",
        "Lantern helpline",
        "What do you need?",
    ]
    assert sorted(order, key=text.index) == order


def test_where_the_line_is_cut_the_form_is_sent_as_ever(look: Made) -> None:
    one = look()
    one.page.route("**/help", _cut)
    search(one.page)
    one.page.locator("button[value=card]").click()
    expect(one.page.locator(".card")).to_be_visible()
    assert one.wrong, "the line was cut"
    one.wrong.clear()


def _cut(asked: Route) -> None:
    """Let only what a script asks for fail."""
    if asked.request.resource_type == "xhr":
        asked.abort()
    else:
        asked.continue_()


def test_nothing_is_stored_in_the_browser(look: Made) -> None:
    page = look().page
    search(page)
    stored = page.evaluate(
        "[localStorage.length, sessionStorage.length, document.cookie.length, performance.getEntriesByType('resource')"
        ".filter(one => one.initiatorType !== 'xmlhttprequest').length]"
    )
    assert stored == [0, 0, 0, 0]
    assert page.title() == "Information"
