"""The simple reader that others are measured against: every name of the gazetteer, and of its places the largest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.places.climb import regions_of
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.found import Found
from fanal.places.longest import longest
from fanal.text import phrases, words
from fanal.text.trace import trace

SMALLEST = 1
"""People that a place counts as whose number is not known, so that no candidate has probability 0."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Match the gazetteer's names that are no everyday words, keep the longest, let the place of most people win.

    A name that begins with a small letter is passed over.

    Its probability of a place is that place's share of the people of all places of the name, and it takes whatever
    it finds for a place. It knows no context, so it is what a better reader must beat; it is slow where it finds much.
    """

    gazetteer: Gazetteer

    def read(self, texts: pa.Array | pa.ChunkedArray, languages: Sequence[str | None]) -> Found:  # noqa: ARG002
        """Find the names, as PlaceReader says."""
        text, matches = self._matches(texts)
        known = np.flatnonzero(~self.gazetteer.everyday[matches.number])
        kept = known[
            longest(matches.first[known], matches.last[known], matches.peeled[known], len(text.words))
        ]
        row = matches.row[kept]
        begin = text.words.start[matches.first[kept]] - text.folded.offsets[row]
        behind = text.words.end[matches.last[kept]] - text.folded.offsets[row]
        start, end = _written(texts, row, begin, behind)
        small = _small(texts, row, start)
        return self._found(row[~small], start[~small], end[~small], matches.number[kept][~small])

    def resolve(
        self,
        texts: pa.Array | pa.ChunkedArray,
        languages: Sequence[str | None],  # noqa: ARG002
        row: NDArray[np.int64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
    ) -> Found:
        """Look up given mentions, as PlaceReader says: only a name that is the whole mention is taken."""
        written = texts.to_pylist()
        spans = [(written[at] or "")[a:b] for at, a, b in zip(row, start, end, strict=True)]
        text, matches = self._matches(pa.array(spans, pa.large_string()))
        whole = (matches.first == text.words.offsets[matches.row]) & (
            matches.last == text.words.offsets[matches.row + 1] - 1
        )
        number = np.full(len(row), -1, np.int64)
        order = np.flatnonzero(whole)
        order = order[np.argsort(~matches.peeled[order], kind="stable")]  # the last write wins: as it stands
        number[matches.row[order]] = matches.number[order]
        return self._found(row, start, end, number)

    def where(self, entry: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude."""
        return self.gazetteer.lon[entry], self.gazetteer.lat[entry]

    def country(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the countries; empty where there is none."""
        return np.array([*self.gazetteer.countries, ""])[self.gazetteer.country[entry]]

    def is_country(self, entry: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say of each entry whether it is a country."""
        found: NDArray[np.bool_] = self.gazetteer.kind[entry] == Kind.COUNTRY
        return found

    def region(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the first-level areas; empty where none holds the entry."""
        ids = self.gazetteer.identifiers
        at = regions_of(entry.astype(np.int32), self.gazetteer.kind, self.gazetteer.holder)
        found = [ids[row].as_py() if row >= 0 else "" for row in at.tolist()]
        return np.array(found, np.str_)

    def _matches(self, texts: pa.Array | pa.ChunkedArray) -> tuple[words.Text, phrases.Matches]:
        """Return the words of texts and every name in them."""
        text = words.read(texts)
        return text, phrases.match(text.words, text.folded, self.gazetteer.phrases, clitics=True)

    def _found(
        self,
        row: NDArray[np.int64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        number: NDArray[np.int64],
    ) -> Found:
        """Return mentions with the places of their names, number -1 without any."""
        gazetteer, named = self.gazetteer, number >= 0
        first = np.where(named, gazetteer.offsets[number], 0)
        size = np.where(named, gazetteer.offsets[number + 1] - first, 0)
        offsets = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        mention = np.repeat(np.arange(len(row)), size)
        entry = gazetteer.entry[np.repeat(first - offsets[:-1], size) + np.arange(offsets[-1])]
        people = np.maximum(gazetteer.population[entry], SMALLEST).astype(np.float64)
        order = np.lexsort((entry, -people, mention))
        entry, people = entry[order], people[order]
        kind = np.full(len(row), int(Kind.OTHER), np.int8)
        kind[size > 0] = gazetteer.kind[entry[offsets[:-1][size > 0]]]
        return Found(
            row=row,
            start=start,
            end=end,
            type=kind,
            presence=np.ones(len(row)),
            offsets=offsets,
            entry=entry,
            probability=people / np.bincount(mention, people, len(row))[mention],
        )


def _small(
    texts: pa.Array | pa.ChunkedArray, row: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which mentions begin with a small letter."""
    return np.fromiter(
        (texts[at].as_py()[a].islower() for at, a in zip(row.tolist(), start.tolist(), strict=True)),
        np.bool_,
        len(row),
    )


def _written(
    texts: pa.Array | pa.ChunkedArray,
    row: NDArray[np.int64],
    begin: NDArray[np.int64],
    behind: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return spans of folded texts as spans of the texts as written, in code points; rows must not decrease."""
    spans, last, traced = [], -1, trace("")
    for at, a, b in zip(row.tolist(), begin.tolist(), behind.tolist(), strict=True):
        if at != last:
            last, traced = at, trace(texts[at].as_py())
        spans.append(traced.span(a, b))
    made = np.array(spans, np.int64).reshape(-1, 2)
    return made[:, 0], made[:, 1]
