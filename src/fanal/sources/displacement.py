"""Displaced families as a layer: assessment rounds by place or by area, HXL-tagged or mapped CSV (IOM DTM)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from fanal.model.layer import DISPLACEMENT_SCHEMA, Layer, LayerKind, LayerReport
from fanal.sources.cells import day, is_empty, number
from fanal.sources.flaw import Flaw
from fanal.sources.matching import Matcher
from fanal.sources.sheet import Wanted, read_sheet

SMALL_CELL = 10
"""Fewer families than this in an area and round are blanked: a handful of families can be found."""

GROWTH = 10
"""A place grew when it has so many families more than in the round before."""

_MOST_FAMILIES = 2**31 - 1

DATE = Wanted(
    tags=("#date+reported", "#date+assessed", "#date"),
    names=("date", "reportingDate", "round_date", "assessment_date"),
)
FAMILIES = Wanted(
    tags=("#affected+idps+families", "#affected+idps+hh", "#affected+families", "#affected+hh"),
    names=("families", "households", "idp_families", "hh", "numPresentIdpHh"),
)
SPOT = Wanted(
    tags=("#loc+id", "#loc+code", "#loc+name"), names=("place id", "location id", "location_id", "site_id")
)


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
    """Read assessment rounds and add them up by area and date.

    Mapping: code, name, parent, date, families, place. Without a column for the place a whole area counts as
    one. A place that was not in the round before had no families there. Cells of fewer than 10 families are
    blanked here, so that they are nowhere in the workspace.

    Raises:
        InputError: no areas are given, or the file cannot be read or lacks a column.
    """
    sheet = read_sheet(path)
    matcher = Matcher(sheet, areas, mapping)
    matcher.need_places()
    when = sheet.need("date", DATE, mapping)
    families = sheet.need("families", FAMILIES, mapping)
    spot = sheet.find("place", SPOT, mapping)
    rejected = list(sheet.rejected)
    found: dict[tuple[str, date], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row, line in enumerate(sheet.lines):
        on, count = day(sheet.cell(when, row)), sheet.cell(families, row)
        amount = number(count)
        if on is None:
            rejected.append((line, Flaw.NO_DATE.value))
        elif not is_empty(count) and (amount is None or not 0 <= amount <= _MOST_FAMILIES):
            rejected.append((line, Flaw.NO_NUMBER.value))
        else:
            area = matcher.area(row)
            if area is not None:
                found[area, on][(sheet.cell(spot, row) or "").strip()] += amount or 0
    layer = Layer(
        name=name,
        kind=LayerKind.DISPLACEMENT,
        table=_rounds(found),
        source=source,
        licence=licence,
        public=public,
    )
    report = LayerReport(
        rows=len(sheet.lines) + len(sheet.rejected),
        matched=matcher.matched,
        unmatched=matcher.unmatched(),
        rejected=tuple(sorted(rejected)),
    )
    return layer, report


def _rounds(found: Mapping[tuple[str, date], Mapping[str, float]]) -> pa.Table:
    """Return one row for each area and date, small cells blanked."""
    dates = sorted({on for _, on in found})
    before = dict(zip(dates[1:], dates, strict=False))
    rows = []
    for (area, on), places in sorted(found.items()):
        total = int(sum(places.values()))
        shown = SMALL_CELL <= total <= _MOST_FAMILIES
        growing = None
        if shown and on in before:
            old = found.get((area, before[on]), {})
            growing = sum(count - old.get(place, 0) >= GROWTH for place, count in places.items())
        rows.append(
            {
                "area": area,
                "date": on,
                "families": total if shown else None,
                "places": sum(count > 0 for count in places.values()) if shown else None,
                "places_growing": growing,
            }
        )
    return pa.Table.from_pylist(rows, schema=DISPLACEMENT_SCHEMA)
