"""Notices for the tests of each channel: of conflict and displacement, in two languages, with hostile names."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import shapely

from fanal.model.area import AREA_SCHEMA
from fanal.model.circle import Circle
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.outbox.notice import Notice, Wording

SENT = datetime(2014, 8, 20, 9, 30, tzinfo=UTC)
HOSTILE = 'A & B <script>alert("x")</script> \u202eevil\u2066 \x00\x1b ]]> ۱'


def release(
    circle: Circle = Circle.PUBLIC, *, sources: tuple[str, ...] = ("UCDP GED",), **row: Any
) -> Release:
    rows = [
        {
            "family": "conflict",
            "as_of": date(2014, 8, 17),
            "start": date(2014, 7, 28),
            "end": date(2014, 8, 4),
            "rank": rank,
            "areas": ["pcode:T1", "gn:US.TX", "own:a"],
            "observed": 9 + rank,
            "expected": 1.5,
            "relative_risk": float("inf"),
            "llr": 7.25,
            "p_value": 0.001,
            "recurrence_weeks": 500.0,
            "replicates": 999,
            **row,
        }
        for rank in (1, 2)
    ]
    return Release(
        ledger_id="release:layers:hotspots",
        kind=ReleaseKind.HOTSPOTS,
        basis=Basis.LAYERS,
        circle=circle,
        table=pa.Table.from_pylist(rows, schema=HOTSPOT_SCHEMA),
        statement=Statement(
            mechanism="none: public layers",
            unit="none: layers hold no posts",
            epsilon=None,
            scale=None,
            threshold=None,
            max_cells=None,
            delay_days=0,
            sources=sources,
        ),
        made_at=SENT,
    )


def wording(language: str, headline: str = "Conflict events: more than expected in West") -> Wording:
    return Wording(
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        event="Hotspot: Conflict events",
        headline=headline,
        description="From 28 July 2014 to 10 August 2014, 10 were counted there.",
        instruction="Ask those who work there before anything is done.",
        area="الغرب" if language == "ar" else "West",
    )


def notice(name: str = "0a1b2c3d4e.1", *, of: Release | None = None, **changed: Any) -> Notice:
    made: dict[str, Any] = {
        "id": name,
        "sender": "alerts@example.org",
        "sent": SENT,
        "release": of or release(),
        "row": 0,
        "wordings": (wording("en"), wording("ar", "أحداث النزاع: أكثر من المتوقَّع في الغرب")),
    }
    return Notice(**{**made, **changed})


def country() -> pa.Table:
    ring = shapely.box(45, 33, 46, 34).difference(shapely.box(45.4, 33.4, 45.6, 33.6))
    two = shapely.MultiPolygon([shapely.box(44, 33, 45, 34), shapely.box(47, 33, 48, 34)])
    rows = [
        {"area": "pcode:T1", "level": 1, "name": "West", "name_ar": "الغرب", "geometry": shapely.to_wkb(two)},
        {"area": "gn:US.TX", "level": 1, "name": HOSTILE, "geometry": shapely.to_wkb(ring)},
        {"area": "own:a", "level": 1, "name": "No outline"},
        {
            "area": "own:b",
            "level": 1,
            "name": "Not named",
            "geometry": shapely.to_wkb(shapely.box(0, 0, 1, 1)),
        },
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


class Asked:
    """Let everything pass, and count what was asked for."""

    def __init__(self) -> None:
        self.releases: list[object] = []

    def __call__(self, one: object) -> None:
        self.releases.append(one)


Require = Callable[[Release], object]
