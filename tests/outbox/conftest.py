"""Releases as the gate would hand them over, small and with everything that a file can stumble over."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
import shapely

from fanal.model.area import AREA_SCHEMA
from fanal.model.circle import Circle
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import PEOPLE_SCHEMA
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import SERVICES_SCHEMA
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement

MADE_AT = datetime(2014, 10, 1, 12, tzinfo=UTC)
WEEK = date(2014, 8, 4)
HOSTILE = 'own:=cmd|" \u202eabc,\nzweite Zeile'

STATEMENT = Statement(
    mechanism="OpenDP discrete Laplace",
    unit="one author in one ISO week",
    epsilon=1.0,
    scale=4.0,
    threshold=35,
    max_cells=4,
    delay_days=28,
    sources=("posts read as jsonl",),
)


def release(
    kind: ReleaseKind, table: pa.Table, *, basis: Basis = Basis.LAYERS, name: str = "release:one"
) -> Release:
    return Release(
        ledger_id=name,
        kind=kind,
        basis=basis,
        circle=Circle.PUBLIC,
        table=table,
        statement=STATEMENT,
        made_at=MADE_AT,
    )


@pytest.fixture
def counts() -> Release:
    rows = [
        {
            "area": "own:a",
            "week": WEEK,
            "signal": "distress",
            "author_weeks": 120,
            "low": 108.0,
            "high": 132.0,
        },
        {
            "area": "own:b",
            "week": WEEK,
            "signal": "distress",
            "author_weeks": None,
            "low": None,
            "high": None,
        },
        {"area": "own:b", "week": WEEK, "signal": "trade", "author_weeks": 50, "low": 38.0, "high": 62.0},
        {"area": "own:c", "week": WEEK, "signal": "trade", "author_weeks": None, "low": None, "high": None},
        {"area": HOSTILE, "week": WEEK, "signal": "trade", "author_weeks": 35, "low": 23.0, "high": 47.0},
    ]
    table = pa.Table.from_pylist(rows, schema=RELEASED_COUNT_SCHEMA)
    return release(ReleaseKind.COUNTS, table, basis=Basis.POSTS, name="release:2014-W32:public")


@pytest.fixture
def hotspots() -> Release:
    row = {
        "family": "conflict",
        "as_of": date(2014, 8, 18),
        "start": WEEK,
        "end": WEEK,
        "rank": 1,
        "areas": ["own:a", "own:c"],
        "observed": 9,
        "expected": 1.5,
        "relative_risk": float("inf"),
        "llr": 7.25,
        "p_value": 0.001,
        "recurrence_weeks": 500.0,
        "replicates": 999,
    }
    return release(
        ReleaseKind.HOTSPOTS, pa.Table.from_pylist([row], schema=HOTSPOT_SCHEMA), name="layers:hotspots"
    )


@pytest.fixture
def services() -> Release:
    rows = [
        {"area": "own:a", "sector": "-health", "agencies": 3, "date": None},
        {"area": "own:b", "sector": "food, and water", "agencies": 1, "date": date(2014, 7, 1)},
    ]
    return release(
        ReleaseKind.SERVICES, pa.Table.from_pylist(rows, schema=SERVICES_SCHEMA), name="layers:services"
    )


@pytest.fixture
def people() -> Release:
    rows = [
        {"area": "own:a", "group": "displaced", "people": None, "families": 1200, "date": date(2014, 7, 1)},
        {
            "area": "own:b",
            "group": "children",
            "people": 90_000,
            "families": None,
            "date": date(2014, 12, 31),
        },
        {"area": "own:b", "group": "displaced", "people": None, "families": None, "date": date(2014, 7, 1)},
    ]
    table = pa.Table.from_pylist(rows, schema=PEOPLE_SCHEMA)
    return release(ReleaseKind.PEOPLE, table, name="layers:people")


@pytest.fixture
def index() -> Release:
    part = {"name": "events", "dimension": "hazard", "raw": 2.0, "unit": "event", "scaled": 5.0, "share": 1.0}
    known = {"index": 2.5, "low": 1.0, "high": 10.0, "hazard": 5.0, "vulnerability": None, "coping": None}
    unknown = dict.fromkeys(known)
    rows = [
        {**known, "parts": [part], "missing": ["-population", "services"]},
        {**unknown, "parts": [], "missing": None},
    ]
    where = [{"area": code, "group": "residents", "week": WEEK} for code in ("own:a", "own:b")]
    table = pa.Table.from_pylist([a | b for a, b in zip(where, rows, strict=True)], schema=INDEX_SCHEMA)
    return release(ReleaseKind.INDEX, table, name="layers:index")


@pytest.fixture
def areas() -> pa.Table:
    clockwise = shapely.Polygon([(44, 33), (44, 34), (45, 34), (45, 33)])
    bow = shapely.GeometryCollection([shapely.box(1, 1, 2, 2), shapely.LineString([(0, 0), (1, 1)])])
    rows = [
        {"area": "own:a", "level": 1, "name": "A", "name_ar": "ا", "geometry": shapely.to_wkb(clockwise)},
        {"area": "own:b", "level": 1, "name": "B"},
        {"area": "own:c", "level": 1, "name": "C", "geometry": shapely.to_wkb(bow)},
        {"area": "own:unnamed", "level": 1, "name": "D", "geometry": shapely.to_wkb(clockwise)},
        {"area": HOSTILE, "level": 1, "name": "</script>", "geometry": shapely.to_wkb(shapely.Point(1, 1))},
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)
