"""Adopt: the places of a user's own file become entries; one that is known already gives its entry its names."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fanal.places import own
from fanal.places.draft import Draft
from fanal.places.entry import Kind
from fanal.places.folded import folded
from fanal.places.local import SAME_KM, keys, named
from fanal.places.own import OwnPlace, Unused
from fanal.places.swapped import by_area, near, swapped

HELD_KM = 100.0
"""A place that states no country lies in that of the nearest town, if that is not farther than this."""


def adopt(draft: Draft, path: Path, towns: range, source: int) -> tuple[int, list[Unused]]:
    """Add the places of a file, and return how many it gave and which rows are not used.

    Args:
        draft: has countries, areas and towns.
        path: CSV or GeoJSON, see `fanal.places.own`.
        towns: the rows of the towns.
        source: of the manifest.

    Raises:
        InputError: the file cannot be read.
    """
    places, unused = own.read(path)
    points = np.column_stack([draft.lon[towns.start : towns.stop], draft.lat[towns.start : towns.stop]])
    area = _stated(draft, places)
    inside = _inside(draft, towns, {one for one in area if one >= 0})
    wrong = swapped(places, by_area(places, area, inside, points), points)
    unused += [own.refused(path, places[at].line, "swapped") for at in sorted(wrong)]
    known: dict[str, dict[str, list[int]]] = {}
    used = 0
    for at, one in enumerate(places):
        if at in wrong:
            continue
        used += 1
        nearest, _ = near(points, one.lon, one.lat, HELD_KM)
        country = draft.country[area[at]] if area[at] >= 0 else ""
        if not country and nearest >= 0:
            country = draft.country[towns.start + nearest]
        names = [one.name, *one.aliases]
        if country not in known:
            known[country] = named(draft, towns, country)
        same = sorted({row for key in keys(names) for row in known[country].get(key, ())})
        best, away = near(points[[row - towns.start for row in same]], one.lon, one.lat, SAME_KM)
        if away <= SAME_KM and one.kind is Kind.CITY:
            row = same[best]
            draft.population[row] = one.population or draft.population[row]
        else:
            close = towns.start + nearest
            held = draft.holder[close] if nearest >= 0 and draft.country[close] == country else -1
            row = draft.add(
                f"own:{one.identifier or f'{path.stem}-{one.line}'}",
                one.name,
                one.kind,
                country=country,
                holder=held if held >= 0 else draft.row.get(f"country:{country}", -1),
                source=source,
                lon=one.lon,
                lat=one.lat,
                population=one.population,
            )
        draft.call(row, names)
    return used, sorted(unused, key=lambda one: one.line)


def _stated(draft: Draft, places: Sequence[OwnPlace]) -> list[int]:
    """Return the entry of the region, or else the country, that each place states; -1: none that is known."""
    kinds = (Kind.COUNTRY, Kind.REGION)
    rows = [at for at, row in enumerate(draft.of) if draft.kind[row] in kinds]
    wanted = folded([text for one in places for text in (one.country, one.region)])
    by_name: defaultdict[str, set[int]] = defaultdict(set)
    for at, text in zip(rows, folded([draft.texts[at] for at in rows]), strict=True):
        by_name[text].add(draft.of[at])
    found = []
    for country, region in zip(wanted[::2], wanted[1::2], strict=True):
        home = draft.row.get(f"country:{country.upper()}", -1)
        if home < 0:
            home = min(
                (row for row in by_name.get(country, ()) if draft.kind[row] is Kind.COUNTRY), default=-1
            )
        of = [
            row
            for row in by_name.get(region, ())
            if draft.kind[row] is Kind.REGION and (home < 0 or draft.country[row] == draft.country[home])
        ]
        found.append(of[0] if len(of) == 1 else home)
    return found


def _inside(draft: Draft, towns: range, areas: set[int]) -> dict[int, list[int]]:
    """Return for each area the towns in it, counted from the first town."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in towns:
        above = draft.holder[row]
        while above >= 0:
            if above in areas:
                found[above].append(row - towns.start)
            above = draft.holder[above]
    return found
