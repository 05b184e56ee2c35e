"""Services as a layer: how many agencies work in each area and sector, from a 3W list, HXL-tagged or mapped CSV."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from fanal.model.layer import SERVICES_SCHEMA, Layer, LayerKind, LayerReport
from fanal.sources.cells import day, is_empty
from fanal.sources.flaw import Flaw
from fanal.sources.matching import Matcher
from fanal.sources.sheet import Wanted, read_sheet

SECTOR = Wanted(tags=("#sector", "#sector+cluster"), names=("sector", "cluster", "category"))
AGENCY = Wanted(
    tags=("#org+impl", "#org+name", "#org"),
    names=("agency", "organization", "organisation", "org", "partner"),
)
DATE = Wanted(tags=("#date+start", "#date+reported", "#date"), names=("date", "report_date", "start_date"))


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
    """Read a list of who does what where, and count distinct agencies; their names are dropped.

    Mapping: code, name, parent, sector, agency, date. A list without dates is taken as undated.

    Raises:
        InputError: no areas are given, or the file cannot be read or lacks a column.
    """
    sheet = read_sheet(path)
    matcher = Matcher(sheet, areas, mapping)
    matcher.need_places()
    sector = sheet.need("sector", SECTOR, mapping)
    agency = sheet.need("agency", AGENCY, mapping)
    when = sheet.find("date", DATE, mapping)
    rejected = list(sheet.rejected)
    found: dict[tuple[str, str, date | None], set[str]] = defaultdict(set)
    for row, line in enumerate(sheet.lines):
        said, who, dated = (sheet.cell(column, row) for column in (sector, agency, when))
        on = day(dated)
        if is_empty(said):
            rejected.append((line, Flaw.NO_SECTOR.value))
        elif is_empty(who):
            rejected.append((line, Flaw.NO_AGENCY.value))
        elif on is None and not is_empty(dated):
            rejected.append((line, Flaw.NO_DATE.value))
        else:
            area = matcher.area(row)
            if area is not None:
                kind = " ".join((said or "").casefold().split())
                found[area, kind, on].add(" ".join((who or "").casefold().split()))
    rows = [
        {"area": area, "sector": kind, "agencies": len(agencies), "date": on}
        for (area, kind, on), agencies in sorted(
            found.items(), key=lambda item: (*item[0][:2], item[0][2] or date.min)
        )
    ]
    layer = Layer(
        name=name,
        kind=LayerKind.SERVICES,
        table=pa.Table.from_pylist(rows, schema=SERVICES_SCHEMA),
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
