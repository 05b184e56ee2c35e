"""Conflict events as a layer: UCDP GED, ACLED, HXL-tagged or mapped CSV; each event is put into its area.

UCDP GED codebook 25.1 (type_of_violence, where_prec); ACLED codebook 2023 (event types, geo-precision).
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from fanal.geo import grid
from fanal.geo.containment import OUTSIDE as NOWHERE
from fanal.geo.plausible import Standing, standing
from fanal.model.layer import EVENTS_SCHEMA, Layer, LayerKind, LayerReport
from fanal.sources.cells import day, is_empty, number
from fanal.sources.flaw import Flaw
from fanal.sources.matching import Matcher
from fanal.sources.sheet import Wanted, read_sheet

VIOLENCE = ("state_based", "non_state", "one_sided", "other")
_UCDP_VIOLENCE = {"1": "state_based", "2": "non_state", "3": "one_sided"}
_ACLED_CIVILIANS = "violence against civilians"
_ACLED_FIGHT = frozenset({"battles", "explosions/remote violence"})
_ACLED_STATE = frozenset({"1", "state forces"})
_ACLED_PRECISION = {1: 1, 2: 3, 3: 4}
"""ACLED: 1 the place itself, 2 a part of a region (here: district), 3 a region (here: governorate)."""

EXACT, NEAR, DISTRICT, GOVERNORATE = 1, 2, 3, 4
WIDEST = 7
"""where_prec of UCDP ends here; 5 to 7 say no more than a line, a country or a sea."""

TOO_WIDE = "(known only more widely than a governorate)"
OUTSIDE = "(point outside all areas)"
_FLAW_OF = {
    Standing.NOT_A_NUMBER: Flaw.NO_POINT,
    Standing.OUT_OF_RANGE: Flaw.POINT_OUT_OF_RANGE,
    Standing.NULL_ISLAND: Flaw.POINT_NULL_ISLAND,
    Standing.SWAPPED: Flaw.POINT_SWAPPED,
}
_LEVEL_OF = {DISTRICT: 2, GOVERNORATE: 1}
_MOST_DEATHS = 2**31 - 1

ID = Wanted(
    tags=("#event+id", "#event+code", "#meta+id"), names=("id", "event_id_cnty", "event_id", "data_id")
)
START = Wanted(tags=("#date+start", "#date+occurred", "#date"), names=("date_start", "event_date", "date"))
END = Wanted(tags=("#date+end",), names=("date_end",))
LON = Wanted(tags=("#geo+lon",), names=("longitude", "lon", "lng"))
LAT = Wanted(tags=("#geo+lat",), names=("latitude", "lat"))
KIND = Wanted(tags=("#event+type",), names=("type_of_violence", "event_type"))
DEATHS = Wanted(tags=("#affected+killed",), names=("best", "fatalities", "deaths"))
PRECISION = Wanted(tags=("#geo+precision",), names=("where_prec", "geo_precision"))
ACTORS = (Wanted(names=("inter1",)), Wanted(names=("inter2",)))


def read(
    path: Path,
    *,
    areas: pa.Table | None,
    mapping: Mapping[str, str],
    name: str,
    source: str,
    licence: str,
    public: bool,
) -> tuple[Layer, LayerReport]:
    """Read conflict events and put each into the finest area that its precision allows.

    Mapping: id, start, end, lon, lat, violence, deaths, precision. Without a precision a point is taken
    as exact. An event known only to a district counts for the district, one known only to a governorate for
    the governorate; one known more widely has no area and is counted as unmatched. A point that cannot be a place, or
    whose longitude and latitude are swapped, is rejected and never used.

    Raises:
        InputError: no areas are given, or the file cannot be read or lacks a column.
    """
    sheet = read_sheet(path)
    matcher = Matcher(sheet, areas, {})
    where = {
        "id": sheet.need("id", ID, mapping),
        "start": sheet.need("start", START, mapping),
        "lon": sheet.need("lon", LON, mapping),
        "lat": sheet.need("lat", LAT, mapping),
        "end": sheet.find("end", END, mapping),
        "violence": sheet.find("violence", KIND, mapping),
        "deaths": sheet.find("deaths", DEATHS, mapping),
        "precision": sheet.find("precision", PRECISION, mapping),
        "inter1": sheet.find("inter1", ACTORS[0], mapping),
        "inter2": sheet.find("inter2", ACTORS[1], mapping),
    }
    acled = where["precision"] is not None and sheet.names[where["precision"]].casefold() == "geo_precision"
    rejected = list(sheet.rejected)
    events = []
    for row, line in enumerate(sheet.lines):
        event = _event({part: sheet.cell(column, row) for part, column in where.items()}, acled=acled)
        if isinstance(event, Flaw):
            rejected.append((line, event.value))
        else:
            events.append((line, event))
    placed = _place(events, areas, matcher, rejected)
    table = pa.Table.from_pylist(placed, schema=EVENTS_SCHEMA)
    report = LayerReport(
        rows=len(sheet.lines) + len(sheet.rejected),
        matched=len(placed),
        unmatched=matcher.unmatched(),
        rejected=tuple(sorted(rejected)),
    )
    layer = Layer(
        name=name, kind=LayerKind.EVENTS, table=table, source=source, licence=licence, public=public
    )
    return layer, report


def _event(cells: Mapping[str, str | None], *, acled: bool) -> dict[str, object] | Flaw:
    """Return one event without its area, or what is wrong with it."""
    start = day(cells["start"])
    end = start if is_empty(cells["end"]) else day(cells["end"])
    lon, lat = number(cells["lon"]), number(cells["lat"])
    deaths = number(cells["deaths"])
    precision = _precision(cells["precision"], acled=acled)
    flaw = _flaw(cells, start, end, lon, lat)
    if flaw is not None:
        return flaw
    blank = is_empty(cells["deaths"])
    if precision is None or (not blank and (deaths is None or not 0 <= deaths <= _MOST_DEATHS)):
        return Flaw.NO_NUMBER
    return {
        "id": (cells["id"] or "").strip(),
        "start": start,
        "end": end,
        "violence": _violence(cells),
        "deaths": None if blank else int(deaths or 0),
        "precision": precision,
        "lon": lon,
        "lat": lat,
    }


def _flaw(
    cells: Mapping[str, str | None],
    start: date | None,
    end: date | None,
    lon: float | None,
    lat: float | None,
) -> Flaw | None:
    """Return what is wrong with an event's id or dates, or that it has no point."""
    if is_empty(cells["id"]):
        return Flaw.NO_ID
    if start is None or end is None:
        return Flaw.NO_DATE
    if end < start:
        return Flaw.END_BEFORE_START
    return Flaw.NO_POINT if lon is None or lat is None else None


def _precision(cell: str | None, *, acled: bool) -> int | None:
    """Return the precision on UCDP's scale, or None when it cannot be read."""
    if is_empty(cell):
        return EXACT
    given = number(cell)
    if given is None or given not in range(EXACT, WIDEST + 1):
        return None
    return _ACLED_PRECISION.get(int(given)) if acled else int(given)


def _violence(cells: Mapping[str, str | None]) -> str:
    """Return the kind of violence: UCDP's number, ACLED's event type with its actors, or our own word."""
    said = (cells["violence"] or "").strip().casefold()
    if said in VIOLENCE:
        return said
    if said in _UCDP_VIOLENCE:
        return _UCDP_VIOLENCE[said]
    if said == _ACLED_CIVILIANS:
        return "one_sided"
    actors = [cells["inter1"], cells["inter2"]]
    if said not in _ACLED_FIGHT or all(is_empty(actor) for actor in actors):
        return "other"
    state = any((actor or "").strip().casefold() in _ACLED_STATE for actor in actors)
    return "state_based" if state else "non_state"


def _place(
    events: list[tuple[int, dict[str, object]]],
    areas: pa.Table | None,
    matcher: Matcher,
    rejected: list[tuple[int, str]],
) -> list[dict[str, object]]:
    """Return the events that found an area, with its code; points that are no place are rejected, others counted."""
    if not events:
        return []
    known = grid.compile(areas)
    lon = np.array([event["lon"] for _, event in events], np.float64)
    lat = np.array([event["lat"] for _, event in events], np.float64)
    precisions = np.array([event["precision"] for _, event in events], np.int64)
    stands = standing(lon, lat)
    # The point of a line, a country or a sea may well lie outside all areas.
    narrow = precisions <= GOVERNORATE
    stands[narrow] = standing(lon[narrow], lat[narrow], known)
    rows = np.full(len(events), NOWHERE, np.int32)
    fine = stands == Standing.FINE
    rows[fine] = known.areas_of(lon[fine], lat[fine])
    placed = []
    told = zip(events, precisions.tolist(), stands.tolist(), rows.tolist(), strict=True)
    for (line, event), precision, stand, row in told:
        if stand != Standing.FINE:
            rejected.append((line, _FLAW_OF[Standing(stand)].value))
            continue
        if precision > GOVERNORATE:
            matcher.miss(TOO_WIDE)
            continue
        level = _LEVEL_OF.get(precision)
        found = row if row < 0 or level is None else _coarser(matcher, row, level)
        if found < 0:
            matcher.miss(OUTSIDE)
            continue
        placed.append({**event, "area": matcher.index.codes[found]})
    return placed


def _coarser(matcher: Matcher, row: int, level: int) -> int:
    """Return the area at a level that holds an area; the area itself where the layer is coarser; else -1."""
    if matcher.index.levels[row] <= level:
        return row
    found = matcher.index.at_level(row, level)
    return -1 if found is None else found
