"""The map of a gap: areas shaded by how many people lack a unit, hatched where that is not sure or not known."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.gap import Shortage
from fanal.web.sheet import LINE, sheet

STEPS: tuple[tuple[float, str], ...] = (
    (100, "#fde3b0"),
    (1_000, "#f9b566"),
    (10_000, "#e57a33"),
    (100_000, "#b54216"),
    (float("inf"), "#6f1f06"),
)
"""Up to so many people at the high end, and the colour; darker is more, also without colour."""

NONE = "#dfe8ec"
"""Of an area without a shortfall that was found, or in which nobody is counted: pale, and no green."""

UNKNOWN, UNSURE = "unknown", "unsure"
"""Patterns of lines: of what is not known, and over the colour of what may be less."""

DISCS = 5
"""Areas that have a number on the map: those of the first rows of the table."""


def shade(row: Mapping[str, Any] | None) -> str:
    """Return the colour of an area's row, or UNKNOWN.

    >>> shade({"shortage": "short", "high": 250.0}), shade(None)
    ('#f9b566', 'unknown')
    """
    if row is None or row["shortage"] == Shortage.NOT_KNOWN:
        return UNKNOWN
    if row["shortage"] in (Shortage.NONE_FOUND, Shortage.NONE_COUNTED):
        return NONE
    return next(colour for most, colour in STEPS if row["high"] <= most)


def draw_gap(
    areas: pa.Table,
    rows: Sequence[Mapping[str, Any]],
    uncounted: Sequence[str],
    *,
    title: str,
    labels: Sequence[str],
    mark: str,
) -> str:
    """Return an SVG element of one group, need and unit. An empty text: none of the areas has an outline.

    Args:
        areas: AREA_SCHEMA.
        rows: GAP_SCHEMA, one an area, in the order of the table.
        uncounted: areas of which nobody is counted.
        title: what the map shows, for who does not see it.
        labels: of the first rows.
        mark: letters that no other map of the page has, for the names of its patterns.
    """
    row = {one["area"]: one for one in rows}
    codes = pa.array([*row, *uncounted], pa.string())
    drawn = sheet(areas.filter(pc.is_in(areas["area"], codes)))
    if drawn is None:
        return ""
    parts = [_patterns(mark)]
    for code, path in drawn.paths.items():
        if not path:
            continue
        one = row.get(code)
        colour = shade(one)
        fill = f"url(#{mark}-{UNKNOWN})" if colour == UNKNOWN else colour
        parts.append(f'<path d="{path}" fill="{fill}" stroke="{LINE}" stroke-width="0.7"/>')
        if one is not None and one["shortage"] == Shortage.MAYBE:
            parts.append(f'<path d="{path}" fill="url(#{mark}-{UNSURE})"/>')
    first = [[one["area"]] for one in rows[:DISCS]]
    return drawn.svg("".join(parts) + drawn.discs(first, labels), title=title)


def key(pattern: str, colour: str, mark: str) -> str:
    """Return the square of a legend: a colour, or a pattern over it."""
    over = f'<rect width="12" height="12" fill="url(#{mark}-{pattern})"/>' if pattern else ""
    return (
        '<svg viewBox="0 0 12 12" width="13" height="13" aria-hidden="true" focusable="false">'
        f'<rect width="12" height="12" fill="{colour}"/>{over}</svg>'
    )


def _patterns(mark: str) -> str:
    """Return the two patterns of lines."""
    return (
        "<defs>"
        f'<pattern id="{mark}-{UNKNOWN}" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="5" height="5" fill="#ffffff"/>'
        '<rect width="1.4" height="5" fill="#8b949c"/></pattern>'
        f'<pattern id="{mark}-{UNSURE}" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(-45)"><rect width="1.2" height="5" fill="#17212b" fill-opacity="0.55"/></pattern>'
        "</defs>"
    )
