"""The reader: the places that texts name, and how likely each place of the gazetteer is meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from babel.core import get_global
from numpy.typing import NDArray

from fanal.places import resolver, terms
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.found import Found, PlaceType
from fanal.places.nearby import nearby
from fanal.places.recognise import LEAST, names_in, recognise
from fanal.places.resolver import Weights, load_weights
from fanal.places.span import names_of
from fanal.places.span_cues import TYPES
from fanal.places.tagger import Tagger, load_tagger
from fanal.text import words
from fanal.text.spelling import Spelled, spell
from fanal.text.words import Text

_TYPE = np.array([PlaceType[name.upper()] for name in TYPES], np.int8)
"""PlaceType by the tagger's numbers."""

_UNTYPED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Hold what places are read with."""

    gazetteer: Gazetteer
    tagger: Tagger
    weights: Weights
    home: NDArray[np.bool_]  # of each country of the gazetteer: the stream is about it

    def read(self, texts: pa.Array | pa.ChunkedArray, languages: Sequence[str | None]) -> Found:
        """Find the mentions of places. See `found.PlaceReader`."""
        return self.mentions(words.read(texts), texts, languages)

    def mentions(
        self,
        text: Text,
        texts: pa.Array | pa.ChunkedArray,
        languages: Sequence[str | None] | None = None,
        *,
        least: float = LEAST,
    ) -> Found:
        """Find the mentions of places in texts that are folded already.

        Args:
            text: what `words.read` gave for `texts`.
            texts: as they were written, n.
            languages: ISO 639 code of each, None where nobody knows; None: of no text.
            least: presence from which on a mention is returned.
        """
        found = recognise(text, texts, self.gazetteer.known, self.tagger, least=least)
        hashes = found.spelled.words.hash
        name = names_of(found.first_word, found.last_word, hashes, found.names)
        return self._resolved(
            found.row,
            (found.first_word, found.last_word),
            (found.start, found.end),
            name,
            _TYPE[found.type],
            found.presence,
            self._spoken(languages, len(text.folded)),
        )

    def resolve(
        self,
        texts: pa.Array | pa.ChunkedArray,
        languages: Sequence[str | None],
        row: NDArray[np.int64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
    ) -> Found:
        """Say which places given mentions stand for. See `found.PlaceReader`."""
        text = words.read(texts)
        spelled = spell(text, texts)
        first, last = words_of(row, start, end, spelled)
        order = np.lexsort((first, row))
        name = names_of(first, last, spelled.words.hash, names_in(spelled, text.folded, self.gazetteer.known))
        name[last < first] = -1  # no word at all
        found = self._resolved(
            row[order],
            (first[order], last[order]),
            (start[order], end[order]),
            name[order],
            np.full(len(row), PlaceType.OTHER, np.int8),
            np.ones(len(row)),
            self._spoken(languages, len(text.folded)),
            typed=False,
        )
        return _reordered(found, np.argsort(order, kind="stable"))

    def where(self, entry: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude of entries, in degrees; NaN where nobody knows."""
        return self.gazetteer.lon[entry], self.gazetteer.lat[entry]

    def country(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the country of each entry, ISO 3166-1 alpha-2; empty: none or several."""
        codes = np.array([*self.gazetteer.countries, ""])
        return codes[self.gazetteer.country[entry]]

    def region(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the identifier of the first-level area of each entry, its own for such an area; empty: none."""
        at = np.asarray(entry, np.int64).copy()
        for _ in Kind:
            higher = (at >= 0) & (self.gazetteer.kind[at] != Kind.REGION)
            at[higher] = self.gazetteer.holder[at[higher]]
        known = self.gazetteer.identifiers.take(pa.array(np.maximum(at, 0))).to_numpy(zero_copy_only=False)
        return np.where(at >= 0, known.astype(str), "")

    def _spoken(self, languages: Sequence[str | None] | None, texts: int) -> NDArray[np.float32]:
        """Return the share of each country's people who speak the language of each text, texts by countries."""
        countries = self.gazetteer.countries
        if languages is None:
            return np.zeros((texts, len(countries)), np.float32)
        shares = {code: speakers(code, countries) for code in set(languages) if code}
        nobody = np.zeros(len(countries), np.float32)
        rows = [shares.get(code or "", nobody) for code in languages]
        return np.array(rows, np.float32).reshape(texts, len(countries))

    def _resolved(
        self,
        row: NDArray[np.int64],
        span: tuple[NDArray[np.int64], NDArray[np.int64]],
        written: tuple[NDArray[np.int64], NDArray[np.int64]],
        name: NDArray[np.int64],
        type_: NDArray[np.int8],
        presence: NDArray[np.float64],
        spoken: NDArray[np.float32],
        *,
        typed: bool = True,
    ) -> Found:
        """Return mentions with their candidates, the likeliest first."""
        first, last = span
        kind = np.where((type_ < len(Kind)) & typed, type_, _UNTYPED).astype(np.int8)
        found = terms.collect(row, first, last, name, kind, self.gazetteer, len(spoken))
        likely = resolver.resolve(found, self.gazetteer, self.weights, spoken=spoken, home=self.home)
        near = nearby(row, first, found.of, found.offsets, found.entry, likely, self.gazetteer.kind)
        count = np.diff(found.offsets)[found.of]
        mention = np.repeat(np.arange(len(row)), count)
        at = np.repeat(found.offsets[found.of] - np.cumsum(count) + count, count) + np.arange(count.sum())
        mention = np.concatenate([mention, near[0]])
        entry = np.concatenate([found.entry[at], near[1]])
        probability = np.concatenate([likely[at], near[2]])
        order = np.lexsort((-probability, mention))
        return Found(
            row=row,
            start=written[0],
            end=written[1],
            type=type_,
            presence=presence,
            offsets=np.searchsorted(mention[order], np.arange(len(row) + 1)).astype(np.int64),
            entry=entry[order],
            probability=probability[order],
        )


def make_reader(gazetteer: Gazetteer, *, home: Iterable[str] = ()) -> Reader:
    """Return the reader of a gazetteer with what ships.

    Args:
        gazetteer: the places.
        home: countries that the stream is about, ISO 3166-1 alpha-2.
    """
    near = frozenset(home)
    return Reader(
        gazetteer=gazetteer,
        tagger=load_tagger(),
        weights=load_weights(),
        home=np.array([code in near for code in gazetteer.countries], np.bool_),
    )


def speakers(language: str, countries: Sequence[str]) -> NDArray[np.float32]:
    """Return the share of each country's people who speak a language, 0 to 1, as Unicode CLDR has it.

    >>> [round(float(share), 1) for share in speakers("ckb", ["IQ", "FR"])]
    [0.2, 0.0]
    """
    spoken = get_global("territory_languages")
    found = np.zeros(len(countries), np.float32)
    for at, country in enumerate(countries):
        for code, facts in spoken.get(country, {}).items():
            if code.split("_")[0] == language:
                found[at] = max(found[at], facts["population_percent"] / 100)
    return found


def words_of(
    row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], spelled: Spelled
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last word that each span touches; the last before the first where it touches none."""
    offsets = spelled.words.offsets
    first, last = np.empty(len(row), np.int64), np.empty(len(row), np.int64)
    for at, text in enumerate(row.tolist()):
        begin, behind = int(offsets[text]), int(offsets[text + 1])
        first[at] = begin + np.searchsorted(spelled.end[begin:behind], start[at], side="right")
        last[at] = begin + np.searchsorted(spelled.start[begin:behind], end[at], side="left") - 1
    return first, last


def _reordered(found: Found, order: NDArray[np.int64]) -> Found:
    """Return the mentions in another order."""
    count = np.diff(found.offsets)[order]
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    at = np.repeat(found.offsets[order] - offsets[:-1], count) + np.arange(offsets[-1])
    return Found(
        row=found.row[order],
        start=found.start[order],
        end=found.end[order],
        type=found.type[order],
        presence=found.presence[order],
        offsets=offsets,
        entry=found.entry[at],
        probability=found.probability[at],
    )
