"""What the tests of the page share: Releases of a small invented country, its page on disk, and a browser."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fanal.model.area import AREA_SCHEMA
from fanal.model.circle import Circle
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import SERVICES_SCHEMA
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement
from fanal.web import bundle
from fanal.web.page import Lead, compose
from fanal.web.page import Page as Composed

FIND = Path(__file__).resolve().parents[2] / "tools" / "install_browser.py"
# Software WebGL draws the map; a container's root needs --no-sandbox; nothing of the browser's own asks the network.
SWITCHES = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)
PATIENCE = 60_000
"""Milliseconds that a busy machine may need for a page; they are spent only where something does not come."""

ENDS_WITHIN = 60
"""Seconds that a server on a busy machine may need for an answer or its end; they are spent only where none comes."""

MADE_AT = datetime(2020, 4, 1, 12, tzinfo=UTC)
FIRST = date(2020, 1, 6)
WEEKS = 6
DELAY = 28

# code, parent, level, name, Arabic name, French name, box; the last district has no outline.
PLACES: list[tuple[str, str | None, int, str, str | None, str | None, tuple[int, int, int, int] | None]] = [
    ("pcode:T", None, 0, "Testland", "بلاد الاختبار", None, (40, 30, 44, 32)),
    ("pcode:T1", "pcode:T", 1, "West", "الغرب", "Ouest", (40, 30, 42, 32)),
    ("pcode:T2", "pcode:T", 1, "East", "الشرق", "Est", (42, 30, 44, 32)),
    ("pcode:T1A", "pcode:T1", 2, "Alder", "النهر", "Aulne", (40, 30, 41, 32)),
    ("pcode:T1B", "pcode:T1", 2, "Birch", "الجبل", "Bouleau", (41, 30, 42, 32)),
    ("pcode:T2A", "pcode:T2", 2, "Cedar", "السهل", "Cèdre", (42, 30, 43, 32)),
    ("pcode:T2B", "pcode:T2", 2, "Damson", "الوادي", None, (43, 30, 44, 32)),
    ("pcode:T2C", "pcode:T2", 2, "Elder", None, None, None),
]

# week known, family, areas, window, observed, expected, relative risk, p-value, recurrence: from 52 on an alert
HOTSPOTS = [
    (1, "conflict", ["pcode:T1A"], (0, 1), 12, 3.14159, 4.5, 0.001, 1000.0),
    (3, "displacement", ["pcode:T2A"], (2, 3), 9, 1.5, float("inf"), 0.004, 250.0),
    (3, "conflict", ["pcode:T1A", "pcode:T1B"], (1, 3), 20, 14.0, 1.62, 0.2, 5.0),
]


def week(number: int) -> date:
    """Return the Monday of a week of the page."""
    return FIRST + timedelta(weeks=number)


def country(names: dict[str, str] | None = None) -> pa.Table:
    """Return the boundaries of the small country, some areas under other names in all languages."""
    rows = []
    for code, parent, level, name, arabic, french, box in PLACES:
        given = (names or {}).get(code)
        rows.append(
            {
                "area": code,
                "parent": parent,
                "level": level,
                "country": "IQ",  # its Arabic has digits and months of its own
                "name": given or name,
                "name_ar": given or arabic,
                "name_fr": given or french,
                "aliases": [],
                "lon": (box[0] + box[2]) / 2 if box else None,
                "lat": (box[1] + box[3]) / 2 if box else None,
                "geometry": shapely.to_wkb(shapely.box(*box)) if box else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


def hotspots() -> pa.Table:
    """Return hotspots of weeks 1 and 3; the other weeks have none."""
    return pa.Table.from_pylist(
        [
            {
                "family": family,
                "as_of": week(known) + timedelta(days=6),
                "start": week(start),
                "end": week(end),
                "rank": 1,
                "areas": areas,
                "observed": observed,
                "expected": expected,
                "relative_risk": risk,
                "llr": 7.0,
                "p_value": p,
                "recurrence_weeks": recurrence,
                "replicates": 999,
            }
            for known, family, areas, (start, end), observed, expected, risk, p, recurrence in HOTSPOTS
        ],
        schema=HOTSPOT_SCHEMA,
    )


def index() -> pa.Table:
    """Return an index of three districts and two groups that changes, stays, stops and is not known."""
    rows = []
    for at, area in enumerate(("pcode:T1A", "pcode:T1B", "pcode:T2A")):
        for group in ("residents", "children"):
            for number in range(WEEKS):
                if area == "pcode:T2A" and number == 2:
                    continue  # a week without a row
                unknown = area == "pcode:T1B" and number == 5
                value = None if unknown else round(1.5 + 2 * at + (0.5 if number >= 3 else 0), 2)
                rows.append(
                    {
                        "area": area,
                        "group": group,
                        "week": week(number),
                        "index": value,
                        "low": None if unknown else value - 1,
                        "high": None if unknown else value + 2,
                        "hazard": value,
                        "vulnerability": None,
                        "coping": 5.0,
                        "parts": [
                            {
                                "name": "conflict_events",
                                "dimension": "hazard",
                                "raw": None if unknown else 0.123456 * (at + 1),
                                "unit": "events of the last 12 known weeks per 100,000 residents",
                                "scaled": value,
                                "share": None if unknown else 0.6,
                            },
                            {
                                "name": "agencies",
                                "dimension": "coping",
                                "raw": 2.5,
                                "unit": "agencies, counted once a sector, per 100,000 residents",
                                "scaled": 5.0,
                                "share": None if unknown else 0.4,
                            },
                            {
                                "name": "displaced_families",
                                "dimension": "vulnerability",
                                "raw": None,
                                "unit": "displaced families present per 1,000 residents",
                                "scaled": None,
                                "share": None,
                            },
                        ],
                        "missing": ["displaced_families"],
                        "rank_low": None if unknown or number == 0 else 1 + at,
                        "rank_high": None if unknown or number == 0 else 3 + at + number // 3,
                        "top_ten": None if unknown or number == 0 else 0.875,
                        "silent": ["displacement", "events"] if (at, number) in {(0, 2), (0, 3)} else [],
                    }
                )
    return pa.Table.from_pylist(rows, schema=INDEX_SCHEMA)


def services() -> pa.Table:
    """Return help in two districts, one row with a date."""
    rows = [
        ("pcode:T1A", "health", 3, None),
        ("pcode:T1A", "wash", 1, None),
        ("pcode:T2A", "health", 2, FIRST),
    ]
    return pa.Table.from_pylist(
        [dict(zip(SERVICES_SCHEMA.names, row, strict=True)) for row in rows], schema=SERVICES_SCHEMA
    )


def counts() -> pa.Table:
    """Return released counts of the first week by governorate: two numbers, the rest not shown."""
    shown = {("pcode:T1", "distress"): 412, ("pcode:T2", "trade"): 37}
    rows = [
        {
            "area": area,
            "week": FIRST,
            "signal": signal,
            "author_weeks": shown.get((area, signal)),
            "low": shown[area, signal] - 12.0 if (area, signal) in shown else None,
            "high": shown[area, signal] + 12.0 if (area, signal) in shown else None,
        }
        for area in ("pcode:T1", "pcode:T2")
        for signal in ("trade", "distress")
    ]
    return pa.Table.from_pylist(rows, schema=RELEASED_COUNT_SCHEMA)


def release(kind: ReleaseKind, table: pa.Table, **changed: Any) -> Release:
    """Return a Release as the gate would make it; the gate itself has its own tests."""
    posts = kind is ReleaseKind.COUNTS
    statement = Statement(
        mechanism="OpenDP discrete Laplace" if posts else "none: public layers",
        unit="one author in one ISO week" if posts else "none: layers hold no posts",
        epsilon=1.0 if posts else None,
        scale=4.0 if posts else None,
        threshold=35 if posts else None,
        max_cells=4 if posts else None,
        delay_days=DELAY if posts else 0,
        sources=("An invented list. CC0",),
    )
    given = {
        "ledger_id": f"release:test:{kind.value}",
        "kind": kind,
        "basis": Basis.POSTS if posts else Basis.LAYERS,
        "circle": Circle.PUBLIC,
        "table": table,
        "statement": statement,
        "made_at": MADE_AT,
    }
    return Release(**(given | changed))


def all_releases() -> list[Release]:
    """Return a Release of each kind."""
    return [
        release(ReleaseKind.HOTSPOTS, hotspots()),
        release(ReleaseKind.INDEX, index()),
        release(ReleaseKind.SERVICES, services()),
        release(ReleaseKind.COUNTS, counts()),
    ]


def composed(releases: list[Release] | None = None, **changed: Any) -> Composed:
    """Return the page of the small country, with what a test changes."""
    given: dict[str, Any] = {
        "areas": country(),
        "title": "A small country",
        "lead": Lead(
            first_ninewa_alert=week(1),
            first_sinjar_alert=None,
            days_before_sinjar=-3,
            event_delay_days=14,
            displacement_delay_days=21,
            alert_recurrence_weeks=52,
        ),
        "made_at": MADE_AT,
        "require": lambda _: None,
    }
    return compose(all_releases() if releases is None else releases, **(given | changed))


@pytest.fixture(scope="session")
def boundaries() -> Callable[..., pa.Table]:
    """Return the function that makes the small country."""
    return country


@pytest.fixture(scope="session")
def make_release() -> Callable[..., Release]:
    """Return the function that makes a Release of a kind and a table."""
    return release


@pytest.fixture(scope="session")
def releases() -> list[Release]:
    """Return a Release of each kind."""
    return all_releases()


@pytest.fixture(scope="session")
def make_page() -> Callable[..., Composed]:
    """Return the function that composes the page with what a test changes."""
    return composed


@pytest.fixture(scope="session")
def page() -> Composed:
    """Return the page of the small country."""
    return composed()


@pytest.fixture(scope="session")
def write_page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Composed], Path]:
    """Return a function that writes a page and gives its folder."""

    def write(one: Composed) -> Path:
        out = tmp_path_factory.mktemp("page") / "out"
        bundle.write(one, out)
        return out

    return write


@pytest.fixture(scope="session")
def folder(page: Composed, write_page: Callable[[Composed], Path]) -> Path:
    """Return the page's folder on disk."""
    return write_page(page)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium; skip where there is none, but fail in CI."""
    path = chromium()
    if path is None and os.environ.get("CI", "").lower() not in {"true", "1"}:
        pytest.skip("No Chromium was found: the browser tests need one (install the package chromium).")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        expect.set_options(timeout=PATIENCE)  # its own five seconds are short on a busy machine
        yield started
        started.close()


def chromium() -> str | None:
    """Return the path of the machine's Chromium; None: there is none."""
    spec = importlib.util.spec_from_file_location("install_browser", FIND)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    found: str | None = tool.find()
    return found


class Visit:
    """Hold an open page with all that it asked for and all that went wrong on it."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        self.page.on(
            "console",
            lambda said: self.wrong.append(said.text) if said.type in {"error", "warning"} else None,
        )
        self.page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))

    def go(self, address: str) -> Page:
        """Open an address and wait until its map is drawn."""
        self.page.goto(address)
        self.page.wait_for_selector("#map[data-ready]")
        return self.page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens a window of its own, closed when the test ends."""
    visits: list[Visit] = []

    def made(**options: Any) -> Visit:
        visits.append(Visit(browser, **options))
        return visits[-1]

    yield made
    for one in visits:
        one.context.close()
