"""The ground: areas with their share of the posts, their names in each script, and points inside them."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.model.group import Group
from fanal.model.layer import Layer, LayerKind
from fanal.simulate.sentences import LANGUAGES

MOST_LETTERS = 120
"""A longer name is not used: nobody writes it."""

_FILL = 0.9  # of the widest circle around an area's point, so that rounding leaves no point outside
_WIDEST, _NARROWEST = 0.5, 1e-4  # degrees
_LATIN = frozenset({"en", "fr", "kmr", "tr"})
_KURDISH = frozenset("ەێۆڵڕڤ")
_EASTERN = _KURDISH | frozenset("یکپچگژ")
_LAST_LATIN = 0x02FF


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Hold the areas over which posts lie: n areas, in the order of their codes."""

    codes: tuple[str, ...]
    share: NDArray[np.float64]  # of the posts, n, adds up to 1
    names: tuple[
        tuple[tuple[str, ...], ...], ...
    ]  # for each of LANGUAGES and each area at least one spelling
    lon: NDArray[np.float64]  # a point inside, n; NaN: no geometry
    lat: NDArray[np.float64]
    radius: NDArray[np.float64]  # degrees around the point that surely lie inside, n; 0: no geometry


def ground(layers: Iterable[Layer]) -> Ground:
    """Make the ground from layers: the finest areas, weighted by residents where a layer counts them.

    An area that no layer of population counts gets the median of those counted; without such a layer all areas
    weigh the same. An area without a name that can be written is left out.

    Raises:
        InputError: there is no layer of areas, or none of its areas has a name.

    >>> from fanal.facts import iraq
    >>> found = ground(iraq.layers())
    >>> len(found.codes), round(float(found.share.sum()), 6)
    (101, 1.0)
    """
    layers = list(layers)
    tables = [layer.table for layer in layers if layer.kind is LayerKind.AREAS]
    if not tables:
        raise InputError("There is no layer of areas.", hint="Add one: `fanal layers add areas FILE`.")
    table = pa.concat_tables(tables).sort_by("area")
    level = pc.max(table["level"])
    rows = [row for row in table.to_pylist() if row["level"] == level.as_py()]
    rows = list({row["area"]: row for row in rows if _names(row, "en")}.values())
    if not rows:
        raise InputError("No area has a name.", hint="Add a layer of areas with names.")
    codes = tuple(row["area"] for row in rows)
    circles = np.array([_circle(row) for row in rows], np.float64)
    return Ground(
        codes=codes,
        share=_shares(codes, layers),
        names=tuple(tuple(_names(row, language) for row in rows) for language in LANGUAGES),
        lon=circles[:, 0],
        lat=circles[:, 1],
        radius=circles[:, 2],
    )


def _shares(codes: Sequence[str], layers: Iterable[Layer]) -> NDArray[np.float64]:
    """Return each area's share of the residents, of the last year that a layer counts."""
    people: dict[str, tuple[int, int]] = {}
    for layer in layers:
        if layer.kind is LayerKind.POPULATION:
            for row in layer.table.to_pylist():
                if row["group"] == Group.RESIDENTS and row["people"] > 0:
                    people[row["area"]] = max(people.get(row["area"], (0, 0)), (row["year"], row["people"]))
    counted = [people[code][1] for code in codes if code in people]
    median = float(np.median(counted)) if counted else 1.0
    weight = np.array([people[code][1] if code in people else median for code in codes], np.float64)
    shares: NDArray[np.float64] = weight / weight.sum()
    return shares


def _names(row: dict[str, object], language: str) -> tuple[str, ...]:
    """Return the spellings of an area in the script of a language, else any that it has."""
    aliases = row["aliases"] if isinstance(row["aliases"], list) else []
    given = [row["name"], row["name_fr"], row["name_ar"], *aliases]
    found = [name for name in given if isinstance(name, str) and _is_writable(name)]
    latin = [name for name in found if _is_latin(name)]
    other = [name for name in found if not _is_latin(name)]
    if language in _LATIN:
        if language != "fr" and row["name_fr"] != row["name"]:
            latin = [name for name in latin if name != row["name_fr"]] or latin
        return tuple(dict.fromkeys(latin or other))
    foreign = {"ar": _EASTERN, "fa": _KURDISH}.get(language, frozenset())
    near = [name for name in other if not foreign.intersection(name)]
    if language == "ckb":
        near = [name for name in other if _EASTERN.intersection(name)]
    return tuple(dict.fromkeys(near or other or latin))


def _is_writable(name: str) -> bool:
    """Say whether a name can stand in a text: it has a letter, is not long, and is valid Unicode without NUL."""
    if not 0 < len(name) <= MOST_LETTERS or "\x00" in name:
        return False
    return any(unicodedata.category(letter)[0] == "L" for letter in name)


def _is_latin(name: str) -> bool:
    """Say whether the letters of a name are Latin."""
    letters = [
        letter for letter in unicodedata.normalize("NFD", name) if unicodedata.category(letter)[0] == "L"
    ]
    return all(ord(letter) <= _LAST_LATIN for letter in letters)


def _circle(row: dict[str, object]) -> tuple[float, float, float]:
    """Return a point inside an area and how far around it, in degrees, one is still inside."""
    geometry = row["geometry"]
    if not isinstance(geometry, bytes):
        return (np.nan, np.nan, 0.0)
    shape = shapely.from_wkb(geometry)
    point = shapely.point_on_surface(shape)
    if shape.is_empty or point.is_empty or not shapely.contains(shape, point):
        return (np.nan, np.nan, 0.0)
    radius = min(_FILL * shapely.distance(shape.boundary, point), _WIDEST)
    return (point.x, point.y, radius if radius > _NARROWEST else 0.0)
