"""Locate: which areas each post of a batch is about, with probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.geo.containment import OUTSIDE
from fanal.model.mention import MENTION_SCHEMA
from fanal.places.file import Gazetteer
from fanal.places.found import Found
from fanal.places.ground import Ground, lay
from fanal.places.overlay import lay_over
from fanal.places.reader import Reader, make_reader
from fanal.text import words
from fanal.text.words import Text

BY_NAME, BY_POINT = "name", "point"

LEAST_PROBABILITY = 0.05
"""What is less likely is not handed on."""

MOST_AREAS = 5
"""Areas of one name that are handed on."""

HELD = 0.5
"""A likelier area makes those around it redundant: "Sinjar, Iraq" is about Sinjar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """Hold what posts are located with."""

    reader: Reader  # finds places in texts
    ground: Ground  # the areas under the places of its gazetteer


def make_locator(gazetteer: Gazetteer, areas: pa.Table, *, home: Sequence[str] = ()) -> Locator:
    """Return the locator of some areas.

    Args:
        gazetteer: the places; areas that it does not know are laid over it.
        areas: AREA_SCHEMA.
        home: countries that the stream is about, ISO 3166-1 alpha-2; empty: that of the areas, if they are all of one.
    """
    seen = set(areas["country"].to_pylist()) - {None}
    near = home or (seen if len(seen) == 1 else ())
    known = lay_over(gazetteer, areas)
    return Locator(reader=make_reader(known, home=near), ground=lay(known, areas))


def locate(posts: pa.RecordBatch, locator: Locator, text: Text | None = None) -> pa.RecordBatch:
    """Return the areas of each post; a post without any is not there.

    A post's own point, where an area holds it, decides alone. Otherwise its text is read: an area is there once for
    a post, with its highest probability: that the words name a place at all, times that the place lies there.

    Args:
        posts: POST_SCHEMA; the columns text, language, lon and lat are read.
        locator: the places and the areas.
        text: the posts' texts as `words.read` gives them; None: they are read here.

    Returns:
        MENTION_SCHEMA, by row, the likeliest area first.
    """
    reader, ground = locator.reader, locator.ground

    # 1. Posts with a point in an area.
    lon, lat = (posts[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in ("lon", "lat"))
    pointed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    area = ground.grid.areas_of(lon[pointed], lat[pointed])
    inside = area != OUTSIDE
    pointed, area = pointed[inside], area[inside]

    # 2. Names in the texts of the others.
    unread = np.ones(len(posts), np.bool_)
    unread[pointed] = False
    texts = posts["text"]
    found = reader.mentions(text or words.read(texts), texts, posts["language"])
    row, named, probability = areas_named(found, ground)
    kept = unread[row]
    row, named, probability = row[kept], named[kept], probability[kept]

    # 3. Together, by row.
    return _table(
        np.concatenate([pointed, row]),
        np.concatenate([area, named]),
        np.concatenate([np.ones(len(pointed)), probability]),
        np.concatenate([np.ones(len(pointed), np.bool_), np.zeros(len(row), np.bool_)]),
        ground.codes,
    )


def areas_named(
    found: Found, ground: Ground
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return row, area and probability for each area that a text names, once for a text.

    Places of one name in one area add up. A mention whose likeliest area (HELD) holds the likeliest area of another
    mention of its text is left out: it says where that one is.
    """
    mention = np.repeat(np.arange(len(found)), np.diff(found.offsets))
    area = ground.area[found.entry]
    probability = found.probability * found.presence[mention]
    known = area != OUTSIDE
    area = _finer(mention, area, found.entry, ground)
    mention, area, probability = _summed(mention[known], area[known], probability[known])
    order = np.lexsort((-probability, mention))
    mention, area, probability = mention[order], area[order], probability[order]
    rank = np.arange(len(mention)) - np.searchsorted(mention, mention)
    kept = (rank < MOST_AREAS) & (probability >= LEAST_PROBABILITY)
    kept &= ~np.isin(mention, _redundant(found.row[mention], mention, area, probability, rank, ground))
    mention, area, probability = mention[kept], area[kept], probability[kept]
    row = found.row[mention]
    order = np.lexsort((-probability, area, row))
    row, area, probability = row[order], area[order], probability[order]
    again = np.zeros(len(row), np.bool_)
    again[1:] = (row[1:] == row[:-1]) & (area[1:] == area[:-1])
    return row[~again], area[~again], probability[~again]


def _finer(
    mention: NDArray[np.int64], area: NDArray[np.int32], entry: NDArray[np.int32], ground: Ground
) -> NDArray[np.int32]:
    """Return the area of each candidate, an area's part where both bear the very name that was read.

    "Duhok" is the district, though the governorate has the name too; "Duhok Governorate" is no name of the district.
    """
    own = np.flatnonzero((area != OUTSIDE) & ground.itself[entry])
    code = mention[own] * len(ground.codes)
    holder = ground.holder[area[own]]
    held = np.flatnonzero(holder != OUTSIDE)
    key, part = code[held] + holder[held], area[own[held]]
    order = np.argsort(key, kind="stable")
    key, part = key[order], part[order]
    at = np.minimum(np.searchsorted(key, code + area[own]), max(len(key) - 1, 0))
    out = area.copy()
    if len(key):
        gives_way = key[at] == code + area[own]
        out[own[gives_way]] = part[at[gives_way]]
    return out


def _summed(
    mention: NDArray[np.int64], area: NDArray[np.int32], probability: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return each area of a mention once, with the sum of its probabilities."""
    order = np.lexsort((area, mention))
    mention, area, probability = mention[order], area[order], probability[order]
    new = np.ones(len(mention), np.bool_)
    new[1:] = (mention[1:] != mention[:-1]) | (area[1:] != area[:-1])
    begins = np.flatnonzero(new)
    total = np.add.reduceat(probability, begins) if len(begins) else probability
    return mention[begins], area[begins], total


def _redundant(
    row: NDArray[np.int64],
    mention: NDArray[np.int64],
    area: NDArray[np.int32],
    probability: NDArray[np.float64],
    rank: NDArray[np.int64],
    ground: Ground,
) -> NDArray[np.int64]:
    """Return the mentions whose likeliest area holds the likeliest area of another mention of their text."""
    top = np.flatnonzero(rank == 0)
    likely = top[probability[top] >= HELD]
    holders, rows = [], []
    above = ground.holder[area[likely]]
    of = row[likely]
    while len(above):
        known = above != OUTSIDE
        above, of = above[known], of[known]
        holders.append(above)
        rows.append(of)
        above = ground.holder[above]
    if not holders:
        return np.zeros(0, np.int64)
    areas = len(ground.codes)
    told = np.concatenate(rows) * areas + np.concatenate(holders)
    return mention[top[np.isin(row[top] * areas + area[top], told)]]


def _table(
    row: NDArray[np.int64],
    area: NDArray[np.int32],
    probability: NDArray[np.float64],
    by_point: NDArray[np.bool_],
    codes: pa.Array,
) -> pa.RecordBatch:
    """Return MENTION_SCHEMA, sorted."""
    order = np.lexsort((area, -probability, row))
    basis = pa.DictionaryArray.from_arrays(
        pa.array(by_point[order].astype(np.int8)), pa.array([BY_NAME, BY_POINT])
    )
    return pa.RecordBatch.from_arrays(
        [
            pa.array(row[order].astype(np.int32)),
            codes.take(pa.array(area[order])),
            pa.array(np.minimum(probability[order], 1.0).astype(np.float32)),
            basis.cast(pa.string()),
        ],
        schema=MENTION_SCHEMA,
    )
