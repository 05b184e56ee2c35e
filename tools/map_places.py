"""Draw a map, as SVG, of where marked places were put: right ones as dots, wrong ones as a line from gold to said."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from fanal.cli.place_reader import place_reader
from fanal.evaluate.gold import UND
from fanal.evaluate.resolution import NEAR_KM
from fanal.evaluate.toponyms import Toponyms, read
from fanal.facts import world
from fanal.geo.distance import great_circle

WIDTH = 960
"""Units of the drawing."""

STANDARD_PARALLEL = 40.0
"""Degrees; along it the equirectangular projection keeps distances (Snyder 1987, p. 90)."""

NORTH, SOUTH = 78.0, -56.0
"""Degrees; nobody was marked beyond."""

COARSE = 0.25
"""Degrees within which an outline is simplified: about one unit of the drawing."""

MARGIN = 0.02
"""Degrees."""

LEAST_PIECE = 0.3
"""Square degrees; a smaller island is not drawn."""

STEP = 30
"""Degrees between the lines of the grid."""

OUTLINED = "of the 70 countries that its file here has"

# Mid tones that stand out from white and from a dark page alike.
STYLE = """
.land{fill:#8a94a0;fill-opacity:.16;stroke:#8a94a0;stroke-opacity:.8;stroke-width:.5}
.grid{stroke:#8a94a0;stroke-opacity:.4;stroke-width:.4;fill:none}
.right{fill:#2f9e5b;fill-opacity:.75}
.miss{stroke:#e0603a;stroke-opacity:.6;stroke-width:.7;fill:none}
.gold{fill:#e0603a}
text{font:13px sans-serif;fill:#7a8591}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Hold m marked points that have a candidate, and where the likeliest lies."""

    lon: NDArray[np.float64]  # m; degrees
    lat: NDArray[np.float64]  # m; degrees
    said_lon: NDArray[np.float64]  # m; degrees
    said_lat: NDArray[np.float64]  # m; degrees
    unplaced: int  # marked points without a candidate: not drawn


def main() -> None:
    """Resolve the marked mentions of a file and write the map."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, help="lines that `fanal evaluate places` reads")
    parser.add_argument("natural_earth", type=Path, help="Natural Earth's first-level areas, gzipped GeoJSON")
    parser.add_argument("out", type=Path, help="the SVG to write")
    parser.add_argument("--gazetteer", type=Path, help="a file of `fanal gazetteer build`")
    parser.add_argument("--name", default="public gold places", help="what the gold is called on the map")
    given = parser.parse_args()
    found = put(read(given.gold), given.gazetteer)
    given.out.write_text(svg(found, outlines(given.natural_earth), given.name), encoding="utf-8")


def put(gold: Toponyms, gazetteer: Path | None) -> Put:
    """Return where a reader puts the marked mentions that have a point."""
    reader = place_reader(gazetteer)
    languages = [None if one == UND else one for one in gold.languages]
    texts = pa.array(gold.texts, pa.large_string())
    found = reader.resolve(texts, languages, gold.row, gold.start, gold.end)
    known = ~np.isnan(gold.lat)
    some = known & (np.diff(found.offsets) > 0)
    lon, lat = reader.where(found.entry[found.offsets[:-1][some]])
    drawn = ~np.isnan(lon)
    return Put(
        lon=gold.lon[some][drawn],
        lat=gold.lat[some][drawn],
        said_lon=lon[drawn],
        said_lat=lat[drawn],
        unplaced=int(known.sum() - drawn.sum()),
    )


def outlines(natural_earth: Path) -> list[NDArray[np.float64]]:
    """Return rings of countries: the union of their first-level areas, simplified, without small islands."""
    areas = world.areas(natural_earth)
    drawn = areas.filter(areas["geometry"].is_valid())
    shapes = shapely.from_wkb(drawn["geometry"].to_numpy(zero_copy_only=False))
    country = np.array(drawn["country"].to_pylist())
    rings = []
    for code in np.unique(country):
        # Rounded borders leave slivers between neighbours: a little margin closes them.
        whole = shapely.union_all(shapely.buffer(shapes[country == code], MARGIN))
        parts = shapely.get_parts(shapely.simplify(whole, COARSE))
        rings += [shapely.get_coordinates(one.exterior) for one in parts if one.area >= LEAST_PIECE]
    return rings


def project(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x and y in the drawing, equirectangular: the width is 360 degrees.

    >>> project(np.array([-180.0, 180.0]), np.array([NORTH, NORTH])).tolist()
    [[0.0, 0.0], [960.0, 0.0]]
    """
    scale = WIDTH / 360
    stretch = 1 / np.cos(np.radians(STANDARD_PARALLEL))
    return np.column_stack([(lon + 180) * scale, (NORTH - lat) * scale * stretch])


def svg(found: Put, rings: list[NDArray[np.float64]], name: str) -> str:
    """Return the drawing."""
    km = great_circle(found.lon, found.lat, found.said_lon, found.said_lat)
    right = km <= NEAR_KM
    height = round(float(project(np.array([0.0]), np.array([SOUTH]))[0, 1]))
    told = (
        f"Of {len(right) + found.unplaced:,} marked mentions with a point {int(right.sum()):,} were put within "
        f"{NEAR_KM:.0f} km (green), {int((~right).sum()):,} farther off (a line from the marked point, a dot, to where "
        f"they were put), and {found.unplaced:,} have no candidate and are not drawn."
    )
    gold = project(found.lon, found.lat)
    said = project(found.said_lon, found.said_lat)
    legend = (
        f'<circle class="right" cx="12" cy="{height + 14}" r="4"/>',
        f'<text x="22" y="{height + 18}">within {NEAR_KM:.0f} km: {int(right.sum()):,}</text>',
        f'<circle class="gold" cx="212" cy="{height + 14}" r="3"/>',
        f'<path class="miss" d="M212 {height + 14}h28"/>',
        f'<text x="248" y="{height + 18}">farther off: {int((~right).sum()):,}</text>',
        f'<text x="430" y="{height + 18}">without a candidate, not drawn: {found.unplaced:,}</text>',
        f'<text x="8" y="{height + 38}">Outlines: Natural Earth, {OUTLINED}.</text>',
    )
    head = 'role="img" aria-labelledby="map-title map-desc"'
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 44}" {head}>',
        f'<title id="map-title">Where {escape(name)} were put</title>',
        f'<desc id="map-desc">{escape(told)}</desc>',
        f"<style>{STYLE.strip()}</style>",
        f'<path class="grid" d="{"".join(_grid())}"/>',
        f'<path class="land" d="{"".join(_ring(ring) for ring in rings)}"/>',
        f'<path class="miss" d="{"".join(_lines(gold[~right], said[~right]))}"/>',
        *_dots(gold[~right], "gold", 1.3),
        *_dots(gold[right], "right", 1.8),
        *legend,
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _grid() -> Iterator[str]:
    """Yield meridians and parallels, for the parts of the world without outlines."""
    for lon in range(-180, 181, STEP):
        (x, top), (_, bottom) = project(np.array([lon, lon]), np.array([NORTH, SOUTH]))
        yield f"M{x:.1f} {top:.1f}V{bottom:.1f}"
    for lat in range(-30, 61, STEP):
        yield f"M0 {project(np.array([0]), np.array([lat]))[0, 1]:.1f}H{WIDTH}"


def _ring(ring: NDArray[np.float64]) -> str:
    """Return the path of a ring."""
    points = project(ring[:, 0], np.clip(ring[:, 1], SOUTH, NORTH))
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points[:-1]) + "Z"


def _lines(gold: NDArray[np.float64], said: NDArray[np.float64]) -> Iterator[str]:
    """Yield the path of each line once."""
    for x, y, to_x, to_y in np.unique(np.round(np.hstack([gold, said]), 1), axis=0):
        yield f"M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}"


def _dots(points: NDArray[np.float64], kind: str, radius: float) -> Iterator[str]:
    """Yield each dot once."""
    for x, y in np.unique(np.round(points, 1), axis=0):
        yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


if __name__ == "__main__":
    main()
