"""Marked places against what a reader finds and where it puts them, overall and by language."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate import recognition, resolution
from fanal.evaluate.gold import UND
from fanal.evaluate.ranking import calibration_error
from fanal.evaluate.resolution import DIGITS, NEAR_KM
from fanal.evaluate.toponyms import Toponyms
from fanal.geo.distance import great_circle
from fanal.places.found import Found, PlaceReader


def places(gold: Toponyms, reader: PlaceReader, *, least: float = 0.0) -> dict[str, Any]:
    """Return the figures of a reader.

    Args:
        gold: what people marked.
        reader: what is measured.
        least: presence from which on a mention counts as recognised; end to end all count that the reader returns.

    Returns:
        The figures of `recognition.measure` and `resolution.measure`, `acc161_end_to_end` (the share of marked mentions
        with a point that a found mention overlaps which is placed within NEAR_KM), `presence_ece` (of the presence
        against whether a marked mention overlaps), the numbers of texts and mentions, and the same under `by_language`.
    """
    texts = pa.array(gold.texts, pa.large_string())
    languages = [None if one == UND else one for one in gold.languages]
    read = reader.read(texts, languages)
    resolved = reader.resolve(texts, languages, gold.row, gold.start, gold.end)
    placed = resolution.place(gold, resolved, reader)
    reached = end_to_end(gold, read, reader)
    spoken = gold.spoken()

    def some(rows: NDArray[np.bool_]) -> dict[str, Any]:
        here = some_mentions(gold, rows)
        near = reached[rows[gold.row] & ~np.isnan(gold.lat)]
        every = some_found(read, rows[read.row])
        touching = recognition.overlapping(here, every)[1]
        return {
            "texts": int(rows.sum()),
            "mentions": len(here),
            **recognition.measure(here, some_found(every, every.presence >= least)),
            **resolution.measure(gold, placed, rows[gold.row]),
            "acc161_end_to_end": round(float(near.mean()), DIGITS) if len(near) else None,
            "presence_ece": round(calibration_error(every.presence, touching), DIGITS)
            if len(every)
            else None,
        }

    return {
        **some(np.ones(len(gold.texts), np.bool_)),
        "by_language": {str(code): some(spoken == code) for code in np.unique(spoken)},
    }


def end_to_end(gold: Toponyms, read: Found, reader: PlaceReader) -> NDArray[np.bool_]:
    """Return for each marked mention whether a found one overlaps it whose likeliest candidate is within NEAR_KM."""
    one, two = recognition.pairs(gold, read)
    some = np.diff(read.offsets)[two] > 0
    one, two = one[some], two[some]
    lon, lat = reader.where(read.entry[read.offsets[two]])
    near = great_circle(gold.lon[one], gold.lat[one], lon, lat) <= NEAR_KM  # false where a point is not known
    reached = np.zeros(len(gold), np.bool_)
    reached[one[near]] = True
    return reached


def some_mentions(gold: Toponyms, rows: NDArray[np.bool_]) -> Toponyms:
    """Return the marked mentions of the chosen texts, n; the texts stay, so that rows count on."""
    chosen = rows[gold.row]
    names = ("row", "start", "end", "type", "lon", "lat", "country", "region")
    return replace(gold, **{name: getattr(gold, name)[chosen] for name in names})


def some_found(found: Found, chosen: NDArray[np.bool_]) -> Found:
    """Return the chosen mentions, r."""
    size = np.diff(found.offsets)
    kept = np.repeat(chosen, size)
    return Found(
        row=found.row[chosen],
        start=found.start[chosen],
        end=found.end[chosen],
        type=found.type[chosen],
        presence=found.presence[chosen],
        offsets=np.concatenate([[0], np.cumsum(size[chosen])]).astype(np.int64),
        entry=found.entry[kept],
        probability=found.probability[kept],
    )
