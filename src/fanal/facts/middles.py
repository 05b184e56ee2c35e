"""Middles: where first-level areas lie, tabled from their geometry so that it need not be at hand."""

import tomllib
from functools import cache
from importlib import resources

FILE = "area_middles.toml"


@cache
def area_middles() -> dict[str, tuple[float, float, float]]:
    """Return latitude, longitude (degrees) and radius (km; 0: not given) of areas by their GeoNames code.

    >>> [round(value) for value in area_middles()["gn:US.TX"]]
    [32, -99, 0]
    """
    table = tomllib.loads(resources.files("fanal.facts").joinpath(FILE).read_text(encoding="utf-8"))
    return {f"gn:{code}": tuple(row) for part in table.values() for code, row in part.items()}
