"""The sheet of a map: outlines of areas as paths of an SVG, all in one frame and simplified to what it can show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

WIDTH = 400  # units of the drawing
TALLEST, LOWEST = 1.25, 0.5  # height over width
STEPS = 350
"""Outlines are simplified to one so many-th of the map's width: what print on 90 mm shows."""

PAPER = "#f3f1ea"
LINE = "#aab2b8"

Projected = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From longitudes and latitudes [points, 2] to places on the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Hold the outlines of areas on one sheet."""

    height: float  # units of the drawing; its width is WIDTH
    shapes: dict[str, Any]  # simplified, in degrees, by code
    paths: dict[str, str]  # `d` of an SVG path by code; empty: too small to be drawn
    projected: Projected

    def svg(self, inner: str, *, title: str) -> str:
        """Return an SVG element with a title for who does not see it."""
        told = escape(title, {chr(34): "&quot;"})
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" role="img" '
            f'aria-label="{told}"><title>{escape(title)}</title>{inner}</svg>'
        )

    def discs(self, groups: Sequence[Sequence[str]], labels: Sequence[str]) -> str:
        """Return a labelled disc for each group of areas, in the one of them that lies nearest to their middle."""
        taken: list[tuple[float, float]] = []
        marks = []
        for areas, label in zip(groups, labels, strict=False):
            points = [
                shapely.get_coordinates(self.shapes[area].representative_point())
                for area in areas
                if area in self.shapes
            ]
            if not points:
                continue
            found = self.projected(np.concatenate(points))
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


def sheet(areas: pa.Table) -> Sheet | None:
    """Return the sheet of some areas (AREA_SCHEMA); None: none of them has an outline."""
    shapes: NDArray[np.object_] = shapely.from_wkb(
        areas["geometry"].combine_chunks().to_numpy(zero_copy_only=False), on_invalid="ignore"
    )
    drawn = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    codes = np.array(areas["area"].to_pylist(), dtype=object)[drawn].tolist()
    shapes = shapes[drawn]
    if not len(shapes):
        return None
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

    return Sheet(
        height=height,
        shapes=dict(zip(codes, shapes.tolist(), strict=True)),
        paths={code: _path(shape, projected) for code, shape in zip(codes, shapes, strict=True)},
        projected=projected,
    )


def _path(shape: Any, projected: Projected) -> str:
    """Return the rings of a shape as a path."""
    parts = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        points = projected(shapely.get_coordinates(ring))
        parts.append("M" + "L".join(f"{x:g},{y:g}" for x, y in points[:-1].tolist()) + "Z")
    return "".join(parts)
