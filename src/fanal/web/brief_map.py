"""The map of a brief: outlines of released areas and what lies around them, as an SVG without a script."""

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

WIDTH = 400  # units of the drawing
TALLEST, LOWEST = 1.25, 0.5  # height over width
STEPS = 350
"""Outlines are simplified to one so many-th of the map's width: what print on 90 mm shows."""

PAPER = "#f3f1ea"
LINE = "#aab2b8"
COLOURS = {
    "conflict": "#b8442c",
    "displacement": "#2a5d9c",
    "trade": "#7a3b86",
    "distress": "#b07a00",
}
"""As on the page."""

SEVERAL = "#4d5a66"
"""Of an area in hotspots of several families."""


def draw(areas: pa.Table, hotspots: Sequence[Mapping[str, Any]], *, title: str, labels: Sequence[str]) -> str:
    """Return an SVG element: areas of the same level and country, those of hotspots filled and numbered.

    Colours are attributes of the shapes, so that every reader of SVG shows them. An empty text: none of the
    areas has an outline.

    Args:
        areas: AREA_SCHEMA.
        hotspots: HOTSPOT_SCHEMA, in the order of their labels.
        title: what the map shows, for who does not see it.
        labels: a short text for each of the first hotspots; the others are filled only.
    """
    named = sorted({area for one in hotspots for area in one["areas"]})
    around = _around(areas, named)
    shapes: NDArray[np.object_] = shapely.from_wkb(
        around["geometry"].combine_chunks().to_numpy(zero_copy_only=False), on_invalid="ignore"
    )
    drawn = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    codes = np.array(around["area"].to_pylist(), dtype=object)[drawn]
    shapes = shapes[drawn]
    if not len(shapes):
        return ""
    west, south, east, north = (float(side) for side in shapely.total_bounds(shapes))
    shrink = cos(radians((south + north) / 2))
    scale = WIDTH / max((east - west) * shrink, (north - south) / TALLEST, 1e-9)
    shapes = shapely.coverage_simplify(shapes, WIDTH / STEPS / scale)
    height = max((north - south) * scale, WIDTH * LOWEST)

    def projected(points: NDArray[np.float64]) -> NDArray[np.float64]:
        left = (WIDTH - (east - west) * shrink * scale) / 2
        top = (height - (north - south) * scale) / 2
        return np.column_stack(
            [(points[:, 0] - west) * shrink * scale + left, (north - points[:, 1]) * scale + top]
        ).round(1)

    colours = fills(hotspots)
    order = sorted(range(len(codes)), key=lambda at: codes[at] in colours)
    paths = "".join(
        f'<path d="{path}" fill="{colours.get(codes[at], PAPER)}" stroke="{LINE}" stroke-width="0.7"/>'
        for at in order
        if (path := _path(shapes[at], projected))
    )
    marks = _marks(hotspots, labels, dict(zip(codes.tolist(), shapes.tolist(), strict=True)), projected)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title, {chr(34): "&quot;"})}">'
        f"<title>{escape(title)}</title>{paths}{marks}</svg>"
    )


def _around(areas: pa.Table, named: Sequence[str]) -> pa.Table:
    """Return the areas of the levels and countries of those that are named; of all countries where none is."""
    kinds = set(
        zip(
            *(
                areas.filter(pc.is_in(areas["area"], pa.array(named, pa.string())))[column].to_pylist()
                for column in ("country", "level")
            ),
            strict=True,
        )
    )
    if not kinds:
        level = pc.max(areas["level"]).as_py()
        return areas.filter(pc.equal(areas["level"], level)) if level is not None else areas
    keep = [
        kind in kinds for kind in zip(areas["country"].to_pylist(), areas["level"].to_pylist(), strict=True)
    ]
    return areas.filter(pa.array(keep))


def fills(hotspots: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the colour of each area of a hotspot."""
    families: dict[str, set[str]] = {}
    for one in hotspots:
        for area in one["areas"]:
            families.setdefault(area, set()).add(one["family"])
    return {
        area: COLOURS[next(iter(found))] if len(found) == 1 else SEVERAL for area, found in families.items()
    }


def _path(shape: Any, projected: Any) -> str:
    """Return the rings of a shape as a path."""
    parts = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        points = projected(shapely.get_coordinates(ring))
        parts.append("M" + "L".join(f"{x:g},{y:g}" for x, y in points[:-1].tolist()) + "Z")
    return "".join(parts)


def _marks(
    hotspots: Sequence[Mapping[str, Any]], labels: Sequence[str], shapes: Mapping[str, Any], projected: Any
) -> str:
    """Return a numbered disc for each hotspot, in the one of its areas that lies nearest to their middle."""
    taken: list[tuple[float, float]] = []
    marks = []
    for one, label in zip(hotspots, labels, strict=False):
        points = [
            shapely.get_coordinates(shapes[area].representative_point())
            for area in one["areas"]
            if area in shapes
        ]
        if not points:
            continue
        found = projected(np.concatenate(points))
        middle = found.mean(axis=0)
        x, y = found[np.argmin(((found - middle) ** 2).sum(axis=1))].tolist()
        while any(abs(x - other[0]) < 17 and abs(y - other[1]) < 17 for other in taken):
            x += 18  # discs stand beside each other and do not hide one
            if x > WIDTH - 10:
                x, y = 10.0, y + 18
        taken.append((x, y))
        marks.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="8.5" fill="#17212b" stroke="#ffffff" stroke-width="1.2"/>'
            f'<text x="{x:g}" y="{y + 4:g}" font-size="11" font-weight="700" text-anchor="middle" '
            f'fill="#ffffff" font-family="DejaVu Sans, sans-serif">{escape(label)}</text>'
        )
    return "".join(marks)
