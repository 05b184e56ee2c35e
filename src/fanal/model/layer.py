"""The Layer: geospatial context of areas, dated and with its source. One schema a kind."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

from fanal.model.area import AREA_SCHEMA
from fanal.model.field import field


class LayerKind(StrEnum):
    """Name what a layer counts or draws.

    >>> LayerKind("events").value
    'events'
    """

    AREAS = "areas"
    EVENTS = "events"
    DISPLACEMENT = "displacement"
    POPULATION = "population"
    SERVICES = "services"


EVENTS_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "finest area known for the event"),
        field("id", pa.string(), "id in its source"),
        field("start", pa.date32(), "first day of the event"),
        field("end", pa.date32(), "last day; the event is known from here on, plus a delay"),
        field("violence", pa.string(), "state_based, non_state, one_sided or other"),
        field("deaths", pa.int32(), "best estimate", unit="person", null="not given"),
        field(
            "precision",
            pa.int8(),
            "1 exact, 2 near, 3 district, 4 governorate (UCDP where_prec); 5 and more: no area",
        ),
    ]
)

DISPLACEMENT_SCHEMA = pa.schema(
    [
        field("area", pa.string()),
        field("date", pa.date32(), "day of the assessment round"),
        field(
            "families", pa.int32(), "displaced families present", unit="family", null="fewer than 10, blanked"
        ),
        field(
            "places",
            pa.int32(),
            "places with displaced families",
            unit="place",
            null="where families is null",
        ),
        field(
            "places_growing",
            pa.int32(),
            "places with 10 or more families added since the round before",
            unit="place",
            null="first round, or families is null",
        ),
    ]
)

POPULATION_SCHEMA = pa.schema(
    [
        field("area", pa.string()),
        field("group", pa.string(), "a value of Group"),
        field("year", pa.int16()),
        field("people", pa.int64(), unit="person"),
    ]
)

SERVICES_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code of the area"),
        field("sector", pa.string(), "cluster name of the 3W list, lower case"),
        field("agencies", pa.int32(), "distinct agencies", unit="agency"),
        field("date", pa.date32(), "day of the list", null="the source dates no row"),
    ]
)

LAYER_SCHEMAS: dict[LayerKind, pa.Schema] = {
    LayerKind.AREAS: AREA_SCHEMA,
    LayerKind.EVENTS: EVENTS_SCHEMA,
    LayerKind.DISPLACEMENT: DISPLACEMENT_SCHEMA,
    LayerKind.POPULATION: POPULATION_SCHEMA,
    LayerKind.SERVICES: SERVICES_SCHEMA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Hold one layer with where it comes from."""

    name: str  # unique in its workspace
    kind: LayerKind
    table: pa.Table  # of LAYER_SCHEMAS[kind]
    source: str  # publisher and data set
    licence: str
    public: bool  # its owner has published it at this level; only then may it leave by district


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerVersion:
    """Hold the origin of one version of a layer; each stays, so that a past day can be replayed."""

    name: str
    version: int  # of the layer's table in the lake
    kind: LayerKind
    rows: int
    source: str
    licence: str
    public: bool
    known_at: (
        datetime | None
    )  # UTC, when it became known here; None: from the beginning, or before that was noted
    sha256: str  # of the file as it came, with its scheme; empty: not noted
    address: str  # that it was fetched from; empty: a file that somebody added
    published: str  # when its publisher changed it, in the publisher's words; empty: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReport:
    """Say what of a file matched the areas of the workspace and what did not; each row in one of the three."""

    rows: int  # rows of the file
    matched: int  # rows that found an area
    unmatched: tuple[tuple[str, int], ...]  # name as written, number of rows
    rejected: tuple[tuple[int, str], ...]  # line, reason
    kept: tuple[tuple[int, str], ...] = ()  # line, what was mended or is amiss in a row that matched
    remarks: tuple[tuple[str, int], ...] = ()  # what is true of many rows that matched, number of rows
