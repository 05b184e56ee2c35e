"""Locate: which areas each post of a batch is about, with probabilities."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.geo.containment import OUTSIDE, areas_of
from fanal.model.mention import MENTION_SCHEMA
from fanal.places.context import read_in_context
from fanal.places.gazetteer import Gazetteer
from fanal.places.longest import longest
from fanal.text import words
from fanal.text.phrases import match
from fanal.text.words import Text

BY_NAME, BY_POINT = "name", "point"


def locate(posts: pa.RecordBatch, gazetteer: Gazetteer, text: Text | None = None) -> pa.RecordBatch:
    """Return the areas of each post; a post without any is not there.

    A post's own point, where an area holds it, decides alone. Otherwise its text is read: an area is
    there once for a post, with its highest probability. The probabilities are not calibrated.

    Args:
        posts: POST_SCHEMA; the columns text, lon and lat are read.
        gazetteer: the names and the areas.
        text: the posts' texts as `words.read` gives them; None: they are read here.

    Returns:
        MENTION_SCHEMA, by row, the likeliest area first.

    >>> from fanal.facts import iraq
    >>> from fanal.model.post import POST_SCHEMA
    >>> from fanal.places import gazetteer
    >>> post = {"line": 1, "time": 0, "text": "The road from Shingal to Duhok is open"}
    >>> posts = pa.RecordBatch.from_pylist([post], schema=POST_SCHEMA)
    >>> found = locate(posts, gazetteer.build(iraq.areas(), gazetteer.NO_PLACES, home=["IQ"]))
    >>> sorted(found["area"].to_pylist())
    ['pcode:IQG09Q02', 'pcode:IQG15Q07']
    """
    # 1. Posts with a point in an area.
    lon, lat = (posts[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in ("lon", "lat"))
    pointed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    area = areas_of(lon[pointed], lat[pointed], gazetteer.areas) if len(pointed) else np.zeros(0, np.int32)
    inside = area != OUTSIDE
    pointed, area = pointed[inside], area[inside]

    # 2. Names in the texts of the others.
    unread = np.ones(len(posts), np.bool_)
    unread[pointed] = False
    row, named, probability = _names(text or words.read(posts["text"]), unread, gazetteer)

    # 3. Together, by row.
    return _table(
        np.concatenate([pointed, row]),
        np.concatenate([area, named]),
        np.concatenate([np.ones(len(pointed)), probability]),
        np.concatenate([np.ones(len(pointed), np.bool_), np.zeros(len(row), np.bool_)]),
        gazetteer.areas["area"].combine_chunks(),
    )


def _names(
    text: Text, unread: NDArray[np.bool_], gazetteer: Gazetteer
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return row, area and probability for each area that a text names, once for a post."""
    folded, found = text.folded, text.words
    matches = match(found, folded, gazetteer.phrases, clitics=True)
    keep = np.flatnonzero(unread[matches.row] & (~matches.peeled | gazetteer.peel[matches.number]))
    keep = keep[longest(matches.first[keep], matches.last[keep], matches.peeled[keep], len(found))]
    row, area, probability = read_in_context(
        matches.row[keep],
        matches.number[keep],
        matches.first[keep],
        matches.last[keep],
        gazetteer.offsets,
        gazetteer.node,
        gazetteer.weight,
        gazetteer.nothing,
        gazetteer.holder,
        len(gazetteer.areas),
    )
    order = np.lexsort((-probability, area, row))
    row, area, probability = row[order], area[order], probability[order]
    again = np.zeros(len(row), np.bool_)
    again[1:] = (row[1:] == row[:-1]) & (area[1:] == area[:-1])
    return row[~again], area[~again], probability[~again]


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
