"""The figures of Releases as rows of whole numbers: hotspots, services and released counts."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.category import Category, Family
from fanal.model.release import Release, ReleaseKind
from fanal.model.week import WEEK, mondays

Days = NDArray[np.int32]
"""Days since 1970-01-01, Arrow's date32."""

INFINITE = -1
"""A relative risk without end, as JSON has none: all that was counted lay inside."""

_SHOWN_IN: dict[ReleaseKind, str] = {
    ReleaseKind.HOTSPOTS: "observed",
    ReleaseKind.INDEX: "index",
    ReleaseKind.SERVICES: "agencies",
    ReleaseKind.COUNTS: "author_weeks",
}


def days(column: pa.Array | pa.ChunkedArray) -> Days:
    """Return a date column as days since 1970-01-01."""
    numbers: Days = column.cast(pa.int32()).to_numpy().astype(np.int32)
    return numbers


def known(release: Release) -> Days | None:
    """Return for each row the Monday of the week by whose end it could be known; None: the rows have no date.

    A released count may be read once its week is over and its delay has passed.
    """
    table = release.table
    if release.kind in (ReleaseKind.SERVICES, ReleaseKind.PEOPLE):
        return None
    if release.kind is ReleaseKind.HOTSPOTS:
        return mondays(days(table["as_of"]))
    if release.kind is ReleaseKind.INDEX:
        return mondays(days(table["week"]))
    return _readable(release)


def named(release: Release, *, with_number: bool) -> list[str]:
    """Return the areas that a Release names, or those for which it shows a number."""
    table = release.table
    if with_number:
        table = table.filter(pc.is_valid(table[_SHOWN_IN[release.kind]]))
    column = pc.list_flatten(table["areas"]) if release.kind is ReleaseKind.HOTSPOTS else table["area"]
    codes: list[str] = pc.unique(column).to_pylist()
    return codes


def hotspots(
    releases: Sequence[Release], *, number: Callable[[list[str]], list[int]], first: int, alert_weeks: float
) -> dict[str, Any]:
    """Write hotspots, those of a week beside each other, alerts first.

    Args:
        releases: of kind HOTSPOTS.
        number: gives the numbers of areas on the page.
        first: the page's first Monday, in days since 1970-01-01.
        alert_weeks: a hotspot is an alert from this recurrence interval on.

    Returns:
        `families`, `bases`, and `rows` as [week, family, basis, first week and last week of the window,
        day known (days after the page's first), areas, observed, expected, relative risk (-1: infinite),
        p-value, recurrence interval in weeks, 1 for an alert, replicates].
    """
    families = [family.value for family in Family]
    bases = sorted({release.basis.value for release in releases})
    rows = []
    for release in releases:
        weeks = (mondays(days(release.table["as_of"])) - first) // 7
        for week, row in zip(weeks.tolist(), release.table.to_pylist(), strict=True):
            risk = row["relative_risk"]
            rows.append(
                [
                    week,
                    families.index(row["family"]),
                    bases.index(release.basis.value),
                    (_day(row["start"]) - first) // 7,
                    (_day(row["end"]) - first) // 7,
                    _day(row["as_of"]) - first,
                    number(row["areas"]),
                    row["observed"],
                    _digits(row["expected"]),
                    _digits(risk) if np.isfinite(risk) else INFINITE,
                    _digits(row["p_value"]),
                    _digits(row["recurrence_weeks"]),
                    int(row["recurrence_weeks"] >= alert_weeks),
                    row["replicates"],
                ]
            )
    rows.sort(key=lambda row: (row[0], -row[12], -row[11], row[1], -row[7]))
    return {"families": families, "bases": bases, "rows": rows}


def services(releases: Sequence[Release], *, number: Callable[[list[str]], list[int]]) -> dict[str, Any]:
    """Write who is there to help: `sectors`, and `rows` as [area, sector, agencies, date or null]."""
    table = pa.concat_tables(release.table for release in releases).sort_by("sector")
    sectors: list[str] = sorted(pc.unique(table["sector"]).to_pylist())
    rows = [
        [area, sectors.index(sector), agencies, day.isoformat() if day else None]
        for area, sector, agencies, day in zip(
            number(table["area"].to_pylist()),
            table["sector"].to_pylist(),
            table["agencies"].to_pylist(),
            table["date"].to_pylist(),
            strict=True,
        )
    ]
    return {"sectors": sectors, "rows": rows}


def counts(
    releases: Sequence[Release], *, number: Callable[[list[str]], list[int]], first: int
) -> dict[str, Any]:
    """Write released counts: only cells with a number have a row; the rest is not shown.

    What stands for the rest of a governorate is left out: on a map it would look like all of it. Where two weeks of a
    cell became known together (partners read a governorate at once, and again when it is public) the newer has a row.

    Returns:
        `signals`; `areas`, all that were counted; `weeks` as [week known, week counted]; `rows` as [week
        known, week counted, area, signal, author-weeks, low, high], low and high null when not given.
    """
    names = [*(family.value for family in Family), *(category.value for category in Category)]
    there = {name for release in releases for name in pc.unique(release.table["signal"]).to_pylist()}
    signals = [name for name in names if name in there]
    counted: set[str] = set()
    weeks: set[tuple[int, int]] = set()
    rows: dict[tuple[int, int, int], list[int | float | None]] = {}
    for release in releases:
        counted.update(pc.unique(release.table["area"]).to_pylist())
        seen = (_readable(release) - first) // 7
        of = (days(release.table["week"]) - first) // 7
        weeks.update(zip(seen.tolist(), of.tolist(), strict=True))
        shown = pc.is_valid(release.table["author_weeks"])
        if "whole" in release.table.column_names:
            shown = pc.and_(shown, pc.fill_null(release.table["whole"], True))
        kept = release.table.filter(shown)
        mask = shown.to_numpy()
        for when, week, area, row in zip(
            seen[mask].tolist(), of[mask].tolist(), number(kept["area"].to_pylist()), kept.to_pylist(),
            strict=True,
        ):  # fmt: skip
            key = (when, area, signals.index(row["signal"]))
            if key not in rows or rows[key][1] < week:
                rows[key] = [when, week, area, key[2], row["author_weeks"], row["low"], row["high"]]
    return {
        "signals": signals,
        "areas": sorted(row for row in number(sorted(counted)) if row >= 0),
        "weeks": sorted(map(list, weeks)),
        "rows": sorted(rows.values()),
    }


def _readable(release: Release) -> Days:
    """Return for each released count the Monday of the week in which its delay is over."""
    return mondays(days(release.table["week"]) + np.int32(WEEK.days + release.statement.delay_days))


def _day(when: date) -> int:
    """Return a date as days since 1970-01-01."""
    return (when - date(1970, 1, 1)).days


def _digits(value: float) -> float:
    """Return a number with three significant digits, whole from 100 on.

    >>> _digits(0.88856), _digits(1234.5)
    (0.889, 1234)
    """
    return round(value) if abs(value) >= 100 else float(f"{value:.3g}")
