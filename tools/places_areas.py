"""The country and the first-level area of gold mentions, by the identifiers that the gazetteer gives them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal.facts import iraq, world
from fanal.facts.subdivisions import subdivisions
from fanal.geo.containment import OUTSIDE, areas_of

WIDE = ("continent", "country", "natural")
"""Types of mentions that lie in no one first-level area."""

TERRITORIES = {
    "US": ("AS", "GU", "MP", "PR", "UM", "VI"),
    "NL": ("AW", "CW", "SX"),
    "FR": ("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"),
}
"""Parts of countries that ISO 3166-1 lists as countries of their own, as the gazetteer does. Their code of ISO 3166-2
holds that code: US-PR."""

FIRST_LEVEL = 1


class Areas:
    """Say in which country and first-level area a gold mention lies.

    In Iraq the identifiers are P-codes of COD-AB, elsewhere ids of GeoNames. Where a corpus names neither, its point
    is looked up in the boundaries of Natural Earth, which the shared file has for 70 countries; other points get none.
    """

    def __init__(self, natural_earth: Path) -> None:
        drawn = world.areas(natural_earth)
        drawn = drawn.filter(pc.and_(pc.equal(drawn["level"], FIRST_LEVEL), pc.is_valid(drawn["geometry"])))
        iraqi = iraq.areas()
        iraqi = iraqi.filter(pc.equal(iraqi["level"], FIRST_LEVEL))
        self._areas = pa.concat_tables([drawn.filter(pc.not_equal(drawn["country"], "IQ")), iraqi])
        facts = world.country_facts()
        self._countries = {one.geonameid: code for code, one in facts.items()}
        # A point in a country says which area; a name of the country itself lies in none.
        self._named = {_plain(name) for one in world.countries().to_pylist() for name in one["names"]}
        table, _ = subdivisions()
        first = table.filter(pc.equal(table["level"], FIRST_LEVEL)).to_pylist()
        known = [one for one in first if one["geonameid"] is not None and one["country"] != "IQ"]
        self._ids = {one["geonameid"] for one in known}
        self._code = {f"gn:{one['code']}": f"gn:{one['geonameid']}" for one in known if one["code"]}
        self._iso = {one["iso"]: f"gn:{one['geonameid']}" for one in known if one["iso"]}

    def told(self, country: int | None, first: int | None) -> dict[str, str]:
        """Return country and region of two ids of GeoNames; an area of Iraq is left to the boundaries."""
        code = self._countries.get(country or 0)
        found = {} if code is None else {"country": code}
        return found | ({"region": f"gn:{first}"} if first in self._ids else {})

    def named(self, country: str | None, first: str | None) -> dict[str, str]:
        """Return country and region of an ISO 3166-1 and an ISO 3166-2 code."""
        code = (country or "").upper()
        part = (first or "").removeprefix(f"{code}-")
        if part in TERRITORIES.get(code, ()):
            return {"country": part}
        found = {"country": code} if code else {}
        return found | ({"region": self._iso[first]} if first in self._iso else {})

    def complete(self, mentions: Sequence[dict[str, Any]]) -> None:
        """Add country and region by the point to mentions that lack them, in place."""
        lon, lat = (
            np.array([np.nan if one["lat"] is None else one[key] for one in mentions], np.float64)
            for key in ("lon", "lat")
        )
        rows = areas_of(lon, lat, self._areas)
        country, area = self._areas["country"].to_pylist(), self._areas["area"].to_pylist()
        for one, row in zip(mentions, rows, strict=True):
            wide = one.pop("people", False) or one.get("type") in WIDE or _plain(one["name"]) in self._named
            if wide:
                one.pop("region", None)
            if row == OUTSIDE or one.get("type") == "continent":
                continue
            one.setdefault("country", country[row])
            region = area[row] if area[row].startswith("pcode:") else self._code.get(area[row])
            if not wide and region is not None and one["country"] == country[row]:
                one.setdefault("region", region)


def _plain(name: str) -> str:
    """Return a name with one form of apostrophe, in lower case."""
    return name.replace("’", "'").casefold()
