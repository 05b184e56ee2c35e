"""Overlay: the areas of a workspace that the gazetteer does not know, with their names, laid over it."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.places.entry import Kind, Relation
from fanal.places.file import Gazetteer
from fanal.places.folded import folded
from fanal.places.known import CITY, CLEAR, COUNTRY, DISTRICT, REGION, Known
from fanal.text import phrases, words

ADDED = -1
"""Source of an entry that a workspace's areas have added."""

KINDS = (Kind.COUNTRY, Kind.REGION, Kind.DISTRICT, Kind.SUBDISTRICT)
"""Kind of an area by its level; finer ones are the last."""

PEOPLE = (5_000_000, 500_000, 50_000, 10_000)
"""People that an area of a level is taken for: the resolver weighs places by people, and a boundary file has none."""

EXTENT_KM = (300.0, 80.0, 25.0, 10.0)
_TAGGED = (COUNTRY, REGION, DISTRICT, CITY)
_STEP = (4, 4, 3, 2)
_NAMES = ("name", "name_ar", "name_fr")


def lay_over(gazetteer: Gazetteer, areas: pa.Table) -> Gazetteer:
    """Return the gazetteer with the areas that it has under no code; the same one where it knows them all.

    Args:
        gazetteer: of the world; it is not changed, and most of its arrays are shared.
        areas: AREA_SCHEMA.
    """
    known = {*gazetteer.identifiers.to_pylist(), *gazetteer.codes.to_pylist()}
    countries = set(gazetteer.countries)
    rows = [
        row
        for row in areas.drop_columns(["geometry"]).to_pylist()
        if row["area"] not in known and not (row["level"] == 0 and row["country"] in countries)
    ]
    if not rows:
        return gazetteer
    first = len(gazetteer)
    level = np.array([min(row["level"], len(KINDS) - 1) for row in rows])
    at = {row["area"]: first + number for number, row in enumerate(rows)}
    country_of = {code: number for number, code in enumerate(gazetteer.countries)}
    entry = [first + number for number, row in enumerate(rows) for _ in _called(row)]
    number, fresh = _numbers([text for row in rows for text in _called(row)], gazetteer)
    names = len(gazetteer.everyday)
    offsets, meant, relation = _meanings(gazetteer, number, np.array(entry, np.int32), names + len(fresh))
    return replace(
        gazetteer,
        identifiers=_longer(gazetteer.identifiers, [row["area"] for row in rows]),
        codes=_longer(gazetteer.codes, [""] * len(rows)),
        names=_longer(gazetteer.names, [row["name"] for row in rows]),
        lon=np.append(gazetteer.lon, [_or_nan(row["lon"]) for row in rows]),
        lat=np.append(gazetteer.lat, [_or_nan(row["lat"]) for row in rows]),
        extent_km=np.append(gazetteer.extent_km, np.array(EXTENT_KM, np.float32)[level]),
        population=np.append(gazetteer.population, np.array(PEOPLE, np.int64)[level]),
        kind=np.append(gazetteer.kind, np.array(KINDS, np.int8)[level]),
        country=np.append(
            gazetteer.country, np.array([country_of.get(row["country"] or "", -1) for row in rows], np.int16)
        ),
        holder=np.append(gazetteer.holder, np.array([at.get(row["parent"], -1) for row in rows], np.int32)),
        source=np.append(gazetteer.source, np.full(len(rows), ADDED, np.int8)),
        known=_known(gazetteer.known, fresh, number, level[np.array(entry) - first], names),
        everyday=np.append(gazetteer.everyday, np.zeros(len(fresh), np.bool_)),
        weak=np.append(gazetteer.weak, np.zeros(len(fresh), np.bool_)),
        offsets=offsets,
        entry=meant,
        relation=relation,
    )


def _called(row: dict[str, object]) -> list[str]:
    """Return the names of an area, each once."""
    aliases = row["aliases"] if isinstance(row["aliases"], list) else []
    return [
        text for text in dict.fromkeys([*(row[name] for name in _NAMES), *aliases]) if isinstance(text, str)
    ]


def _numbers(texts: list[str], gazetteer: Gazetteer) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each name, and those that are new, which follow the gazetteer's own."""
    plain = folded(texts)
    read = words.read(pa.array(plain, pa.large_string()))
    found = phrases.match(read.words, read.folded, gazetteer.phrases)
    whole = (found.first == read.words.offsets[found.row]) & (
        found.last == read.words.offsets[found.row + 1] - 1
    )
    number = np.full(len(texts), -1, np.int64)
    number[found.row[whole]] = found.number[whole]
    fresh = list(dict.fromkeys(text for text, one in zip(plain, number.tolist(), strict=True) if one < 0))
    new = {text: len(gazetteer.everyday) + place for place, text in enumerate(fresh)}
    filled = [new[text] if one < 0 else one for text, one in zip(plain, number.tolist(), strict=True)]
    return np.array(filled, np.int64), fresh


def _known(
    known: Known, fresh: list[str], number: NDArray[np.int64], level: NDArray[np.int64], names: int
) -> Known:
    """Return what the tagger knows, with the new names: each is clear, and of the kind of its area."""
    of = np.zeros(len(fresh), np.int64)
    new = number >= names
    of[number[new] - names] = level[new]
    kind = np.array(_TAGGED, np.uint8)[of]
    return replace(
        known,
        own=phrases.compile([(text, names + place) for place, text in enumerate(fresh)]),
        kind=np.append(known.kind, kind),
        kinds=np.append(known.kinds, np.left_shift(1, kind).astype(np.uint8)),
        people=np.append(known.people, np.array(_STEP, np.uint8)[of]),
        many=np.append(known.many, np.zeros(len(fresh), np.uint8)),
        doubt=np.append(known.doubt, np.full(len(fresh), CLEAR, np.uint8)),
    )


def _meanings(
    gazetteer: Gazetteer, number: NDArray[np.int64], entry: NDArray[np.int32], names: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]:
    """Return offsets, entries and relations with one more meaning for each name of a new area."""
    old = len(gazetteer.everyday)
    of = np.append(np.repeat(np.arange(old), np.diff(gazetteer.offsets)), number)
    order = np.argsort(of, kind="stable")
    own = np.full(len(entry), int(Relation.NAME), np.int8)
    return (
        np.searchsorted(of[order], np.arange(names + 1)).astype(np.int64),
        np.append(gazetteer.entry, entry)[order],
        np.append(gazetteer.relation, own)[order],
    )


def _longer(texts: pa.StringArray, more: list[str]) -> pa.StringArray:
    return pa.concat_arrays([texts, pa.array(more, texts.type)])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
