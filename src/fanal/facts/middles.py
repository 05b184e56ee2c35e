"""Where large countries and first-level areas have their middle, as maps and gazetteers put it."""

import tomllib
from importlib import resources


def middles() -> dict[str, tuple[float, float]]:
    """Return lon and lat in degrees by `country:US` and `gn:US.TX`.

    >>> middles()["gn:US.TX"]
    (-99.25, 31.25)
    """
    table = tomllib.loads(resources.files("fanal.facts").joinpath("middles.toml").read_text(encoding="utf-8"))
    named = {f"country:{code}": at for code, at in table["countries"].items()}
    named |= {f"gn:{code}": at for code, at in table["regions"].items()}
    return {name: (float(lon), float(lat)) for name, (lat, lon) in named.items()}
