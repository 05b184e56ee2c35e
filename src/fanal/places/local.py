"""Local: areas that have P-codes, and villages, joined by name and distance to what the world's lists have of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from fanal.places.draft import Draft
from fanal.places.entry import Kind, Relation
from fanal.places.folded import folded
from fanal.places.spelling import skeleton

SAME_KM = 6.0
"""A village and a town of one name that are nearer than this are one place: surveys place a village to about 1 km."""

DEGREE_KM = 111.2
_LEVELS = {0: Kind.COUNTRY, 1: Kind.REGION, 2: Kind.DISTRICT}
_LATIN_KINDS = "district governorate province qada qadaa qaza qeza muhafazat parezgeha qezaya"
_ARABIC_KINDS = "قضاء محافظه استان پاریزگای پارێزگای"
_KIND_NAMES = frozenset(f"{_LATIN_KINDS} {_ARABIC_KINDS}".split())
_KIND_WORDS = _KIND_NAMES | frozenset(["al", "as", "an", "ar"])


def areas(draft: Draft, table: pa.Table, source: int) -> None:
    """Add areas of AREA_SCHEMA that have geometry: the finest codes of a country, under which all else is merged."""
    for one in table.to_pylist():
        row = draft.add(
            one["area"],
            one["name"],
            _LEVELS[one["level"]],
            country=one["country"],
            holder=draft.row.get(one["parent"] or "", -1),
            source=source,
            lon=one["lon"],
            lat=one["lat"],
        )
        draft.call(row, (one["name_ar"], one["name_fr"]), Relation.NAME)
        draft.call(row, one["aliases"] or ())
        if one["level"] == 0:
            draft.row[f"country:{one['country']}"] = row


def known(draft: Draft, areas: pa.Table, subdivisions: pa.Table) -> dict[int, int]:
    """Return which rows of SUBDIVISION_SCHEMA are areas that the draft already has, by level and name."""
    names: dict[tuple[str, int, str], int] = {}
    for one in areas.filter(pa.compute.greater(areas["level"], 0)).to_pylist():
        texts = [one["name"], one["name_ar"] or "", one["name_fr"] or "", *(one["aliases"] or ())]
        for key in keys(texts):
            names.setdefault((one["country"], one["level"], key), draft.row[one["area"]])
    found: dict[int, int] = {}
    taken: set[int] = set()
    codes = set(areas["country"].to_pylist())
    for at, one in enumerate(subdivisions.to_pylist()):
        if one["country"] not in codes:
            continue
        # The list counts one level more where an autonomous region holds governorates, as Kurdistan does, and has
        # governorates that were districts when the P-codes were given, as Halabja was.
        levels = (1, 2) if one["type"] == "Governorate" else (one["level"], one["level"] - 1)
        for level, key in product(levels, keys([one["name"], *one["names"]])):
            row = names.get((one["country"], level, key))
            if level and row is not None and row not in taken:
                found[at] = row
                taken.add(row)
                break
    return found


def hold(draft: Draft, rows: Iterable[int], areas: pa.Table) -> None:
    """Let each place be held by the finest area with geometry around it."""
    fine = areas.filter(pa.compute.equal(areas["level"], pa.compute.max(areas["level"])))
    shapes = shapely.from_wkb(fine["geometry"].to_pylist())
    own = [draft.row[code] for code in fine["area"].to_pylist()]
    country = set(areas["country"].to_pylist())
    some = [row for row in rows if draft.country[row] in country]
    points = shapely.points([draft.lon[row] for row in some], [draft.lat[row] for row in some])
    for at, area in zip(*shapely.STRtree(shapes).query(points, predicate="within").tolist(), strict=True):
        draft.holder[some[at]] = own[area]


def seats(draft: Draft, areas: pa.Table) -> None:
    """Let an area with a P-code and the town of its name share their names: Al-Hawiga and its seat Al Hawijah.

    Names with a word for a kind stay where they are.
    """
    own = {
        draft.row[code]
        for code, level in zip(*(areas[name].to_pylist() for name in ("area", "level")), strict=True)
        if level
    }
    country = set(areas["country"].to_pylist())
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for row, text, relation in zip(draft.of, draft.texts, draft.relation, strict=True):
        if relation <= Relation.OTHER and draft.country[row] in country:
            texts[row].append(text)
    names = {row: set(keys(found)) for row, found in texts.items()}
    for row in [
        row for row in texts if draft.kind[row] is Kind.CITY and draft.identifier[row].startswith("gn:")
    ]:
        above = draft.holder[row]
        while above >= 0:
            if above in own and names[row] & names[above]:
                draft.call(above, _bare(texts[row]))
                draft.call(row, _bare(texts[above]))
            above = draft.holder[above]


def _bare(names: Iterable[str]) -> list[str]:
    """Return the names without a word for a kind.

    >>> _bare(["Hawija", "Hawija District", "قضاء الحويجة"])
    ['Hawija']
    """
    names = list(names)
    words = [text.split() for text in folded(names)]
    return [name for name, own in zip(names, words, strict=True) if not _KIND_NAMES.intersection(own)]


def villages(draft: Draft, table: pa.Table, towns: range, *, country: str, source: int) -> int:
    """Add villages of VILLAGE_SCHEMA; one that lies beside a town of its name gives the town its names.

    Returns:
        How many were such towns.
    """
    near = named(draft, towns, country)
    merged = 0
    for one in table.to_pylist():
        names = [one["name"], one["name_ar"]]
        rows = {row for key in keys(names) for row in near.get(key, ())}
        row = min(rows, key=lambda at: _km(draft, at, one), default=-1)
        if row >= 0 and _km(draft, row, one) <= SAME_KM:
            merged += 1
            draft.call(row, names)
            draft.row[f"dtm:{one['place']}"] = row
            continue
        row = draft.add(
            f"dtm:{one['place']}",
            one["name"] or one["name_ar"],
            Kind.CITY,
            country=country,
            holder=draft.row[f"country:{country}"],
            source=source,
            lon=one["lon"],
            lat=one["lat"],
        )
        draft.call(row, names)
    return merged


def named(draft: Draft, towns: range, country: str) -> dict[str, list[int]]:
    """Return the towns of a country by what their names have in common with other spellings (see `keys`)."""
    near: defaultdict[str, list[int]] = defaultdict(list)
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for row, text in zip(draft.of, draft.texts, strict=True):
        if row in towns and draft.country[row] == country:
            texts[row].append(text)
    for row, names in texts.items():
        for key in keys(names):
            near[key].append(row)
    return near


def _km(draft: Draft, row: int, one: Mapping[str, Any]) -> float:
    """Return the distance of two near points in km, on a flat map."""
    east = (draft.lon[row] - one["lon"]) * np.cos(np.radians(one["lat"]))
    return float(np.hypot(east, draft.lat[row] - one["lat"]) * DEGREE_KM)


def keys(names: list[str]) -> list[str]:
    """Return what names have in common with other spellings of them, without words for kinds and articles."""
    found = []
    for text in folded([name for name in names if name]):
        words = [word for word in text.split() if word not in _KIND_WORDS]
        if words:
            found.append(skeleton(" ".join(words)))
    return [key for key in dict.fromkeys(found) if key]
