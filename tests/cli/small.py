"""A small workspace of three areas, with hotspots of public layers put through the gate as an update does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from fanal import settings_file
from fanal.cli.dice import secret
from fanal.model.area import AREA_SCHEMA
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import POPULATION_SCHEMA, Layer, LayerKind
from fanal.model.release import ReleaseKind
from fanal.model.week import week_of
from fanal.privacy.layer_gate import release_layers
from fanal.privacy.policy import Policy
from fanal.store.workspace import make, opened

NOW = datetime.now(UTC)  # noqa: TID251 - the command reads the machine's clock
MONDAY = week_of(NOW.date()) - timedelta(weeks=3)

AREAS = [
    ("pcode:T1", None, 1, "West", "الغرب", (40, 30, 42, 32)),
    ("pcode:T1A", "pcode:T1", 2, "Alder", "النهر", (40, 30, 41, 32)),
    ("pcode:T1B", "pcode:T1", 2, "Birch", "الجبل", (41, 30, 42, 32)),
]


def hotspot(weeks_later: int, areas: Sequence[str], **changed: Any) -> dict[str, Any]:
    start = MONDAY + timedelta(weeks=weeks_later)
    return {
        "family": "conflict",
        "as_of": start + timedelta(days=6),
        "start": start - timedelta(weeks=2),
        "end": start - timedelta(weeks=1),
        "rank": 1,
        "areas": list(areas),
        "observed": 12,
        "expected": 2.5,
        "relative_risk": 4.8,
        "llr": 9.0,
        "p_value": 0.001,
        "recurrence_weeks": 500.0,
        "replicates": 999,
        **changed,
    }


def areas() -> pa.Table:
    rows = [
        {
            "area": code,
            "parent": parent,
            "level": level,
            "country": "IQ",
            "name": name,
            "name_ar": arabic,
            "lon": (box[0] + box[2]) / 2,
            "lat": (box[1] + box[3]) / 2,
            "geometry": shapely.to_wkb(shapely.box(*box)),
        }
        for code, parent, level, name, arabic, box in AREAS
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


def layer(kind: LayerKind, table: pa.Table) -> Layer:
    return Layer(name=kind.value, kind=kind, table=table, source="Test", licence="CC0", public=True)


def release(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Put hotspots of public layers through the gate, as an update does."""
    people = [{"area": code, "group": "residents", "year": 2020, "people": 90_000} for code, *_ in AREAS]
    population = pa.Table.from_pylist(people, schema=POPULATION_SCHEMA)
    with opened(folder, dice=secret, writing=True) as workspace:
        release_layers(
            ReleaseKind.HOTSPOTS,
            pa.Table.from_pylist(list(rows), schema=HOTSPOT_SCHEMA),
            layers=[layer(LayerKind.POPULATION, population)],
            areas=areas(),
            population=population,
            policy=Policy(),
            rules=(),
            ledger=workspace.ledger,
            now=NOW,
        )


def small(folder: Path) -> Path:
    """Make a workspace with one alert and a hotspot that is none."""
    make(folder, settings_file.template(alerts={"sender": "alerts@example.org"}))
    with opened(folder, dice=secret, writing=True) as workspace:
        workspace.layers.add(layer(LayerKind.AREAS, areas()))
    release(folder, [hotspot(0, ["pcode:T1A"]), hotspot(0, ["pcode:T1B"], rank=2, recurrence_weeks=8.0)])
    return folder
