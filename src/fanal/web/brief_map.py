"""The map of a brief: outlines of released areas and what lies around them, as an SVG without a script."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.web.sheet import LINE, PAPER, sheet

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
    drawn = sheet(around)
    if drawn is None:
        return ""
    colours = fills(hotspots)
    paths = "".join(
        f'<path d="{drawn.paths[code]}" fill="{colours.get(code, PAPER)}" stroke="{LINE}" stroke-width="0.7"/>'
        for code in sorted(drawn.paths, key=lambda code: code in colours)
        if drawn.paths[code]
    )
    marks = drawn.discs([one["areas"] for one in hotspots], labels)
    return drawn.svg(f"{paths}{marks}", title=title)


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
