"""What the page asks for: its own files and nothing else, from the disk and served, and it keeps nothing."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import ENDS_WITHIN

Made = Callable[..., Any]
pytestmark = pytest.mark.browser

RUN = "import sys; from pathlib import Path; from fanal.web.app import serve; "
RUN += "serve(Path(sys.argv[1]), host='127.0.0.1', port=0)"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Return where the small page is served."""
    command = [sys.executable, "-c", RUN, str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        told = running.stderr.readline()
        yield told.split()[-1]
        running.terminate()
        running.communicate(timeout=ENDS_WITHIN)


def use(page: Page) -> None:
    """Use each part of the page once."""
    page.locator("#week").fill("3")
    page.locator("#colour").select_option(index=1)
    page.locator("#area").select_option(label="Birch")
    page.locator("#all summary").click()
    page.locator(".maplibregl-ctrl-zoom-in").click()
    page.locator("#play").click()
    expect(page.locator("#week")).not_to_have_value("3")
    page.locator("#play").click()


def test_a_served_page_asks_its_own_host_only(visit: Made, address: str) -> None:
    seen = visit()
    page = seen.go(address)
    use(page)
    assert seen.wrong == []
    assert {one for one in seen.asked if not one.startswith((address, f"blob:{address}", "data:"))} == set()
    asked = {one.removeprefix(address) for one in seen.asked if one.startswith(address)}
    assert asked == {
        "", "style.css", "maplibre-gl.css", "data.js", "maplibre-gl.js", "words.js", "figures.js", "map.js",
        "panel.js", "app.js",
    }  # fmt: skip


def test_a_page_on_the_disk_asks_the_disk_only(visit: Made, folder: Path) -> None:
    seen = visit()
    page = seen.go((folder / "index.html").as_uri())
    use(page)
    assert seen.wrong == []
    own = (folder.as_uri() + "/", "blob:", "data:")
    assert [one for one in seen.asked if not one.startswith(own)] == []


def test_nothing_stays_in_the_browser(visit: Made, address: str) -> None:
    seen = visit()
    page = seen.go(address)
    use(page)
    assert seen.context.cookies() == []
    kept = "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, "
    kept += "(await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]"
    assert page.evaluate(kept) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("served", [True, False])
def test_the_policy_holds_back_what_somebody_adds(
    visit: Made, folder: Path, address: str, served: bool
) -> None:
    seen = visit()
    page = seen.go(address if served else (folder / "index.html").as_uri())
    page.evaluate(
        """() => {
            const image = document.createElement("img");
            image.src = "https://192.0.2.1/pixel.png";
            const script = document.createElement("script");
            script.textContent = "window.added = true";
            document.body.append(image, script);
        }"""
    )
    refused = page.evaluate("fetch('https://192.0.2.1/').then(() => 'asked', () => 'held back')")
    assert refused == "held back"
    assert page.evaluate("window.added") is None
    assert len([one for one in seen.wrong if "Content Security Policy" in one]) >= 3


def test_the_address_never_tells_the_area(visit: Made, address: str) -> None:
    seen = visit()
    page = seen.go(address)
    page.locator("#area").select_option(label="Birch")
    page.get_by_role("link", name="Français").click()
    page.wait_for_selector("html[lang=fr] #map[data-ready]")
    expect(page.locator("#area-panel h2")).to_have_text("Bouleau")
    expect(page).to_have_url(
        f"{address}fr.html"
    )  # the fragment that carried it is gone, and no server sees one
    assert not [one for one in seen.asked if "?" in one]
