"""The reader: the places that texts name, and how likely each place of the gazetteer is meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.places import resolver, terms, village
from fanal.places.climb import regions_of
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.found import Found, PlaceType
from fanal.places.known import CLEAR
from fanal.places.misspelt import Villages, villages
from fanal.places.nearby import nearby
from fanal.places.overlay import ADDED
from fanal.places.recognise import CLEAR_HOME, LEAST, NO_HOME, UNSURE_HOME, Standing, names_in, recognise
from fanal.places.resolver import Weights, load_weights
from fanal.places.span import names_around, names_of
from fanal.places.span_cues import TYPES
from fanal.places.tagger import Tagger, load_tagger
from fanal.places.tongues import Tongues, tongues
from fanal.text import words
from fanal.text.spelling import Spelled, spell
from fanal.text.words import Text

_TYPE = np.array([PlaceType[name.upper()] for name in TYPES], np.int8)
"""PlaceType by the tagger's numbers."""

_UNTYPED = -1

LIKELY_AREA = 0.3
"""From here on an area that a text names is searched for misspelt villages."""

WELL_KNOWN = 4
"""Step of people of a place that a longer name within it tells the place of."""

LEAST_PEOPLE = 5_000
"""Of a town at home whose name is believed whatever the tagger says."""

HOME_ODDS = 10.0
"""A name that means a place at home is meant as one so many times oftener than elsewhere: a guess, as no marked posts
of a home are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Hold what places are read with."""

    gazetteer: Gazetteer
    tagger: Tagger
    weights: Weights
    home: NDArray[np.bool_]  # of each country of the gazetteer: the stream is about it
    villages: Villages  # towns and villages at home, by their skeletons
    homely: NDArray[np.int8]  # of each name: whether it likely means a place at home; see `recognise.NO_HOME`

    def read(self, texts: pa.Array | pa.ChunkedArray, languages: Sequence[str | None]) -> Found:
        """Find the mentions of places. See `found.PlaceReader`."""
        return self.mentions(words.read(texts), texts, languages)

    def mentions(
        self,
        text: Text,
        texts: pa.Array | pa.ChunkedArray,
        languages: Sequence[str | None] | pa.Array | None = None,
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
        found = recognise(
            text, texts, self.gazetteer.known, self.tagger, least=least / HOME_ODDS, home=self.homely
        )
        hashes = found.spelled.words.hash
        name = names_of(found.first_word, found.last_word, hashes, found.names)
        name = names_around(name, found.first_word, found.last_word, hashes, found.names)
        name = self._within(name, found.first_word, found.last_word, found.names)
        # The rest could not reach `least` by any place that it may mean.
        kept = np.flatnonzero((found.presence >= least) | ((name >= 0) & (self.homely[name] == CLEAR_HOME)))
        name = name[kept]
        resolved = self._resolved(
            found.row[kept],
            (found.first_word[kept], found.last_word[kept]),
            (found.start[kept], found.end[kept]),
            name,
            _TYPE[found.type[kept]],
            found.presence[kept],
            tongues(languages, self.gazetteer.countries, len(text.folded)),
        )
        presence = self._at_home(resolved, name)
        sure = np.flatnonzero(presence >= least)
        resolved = _reordered(replace(resolved, presence=presence), sure)
        if not len(self.villages):
            return resolved
        span = (found.first_word[kept][sure], found.last_word[kept][sure])
        return self._with_villages(resolved, name[sure], span, found.spelled, text)

    def _with_villages(
        self,
        found: Found,
        name: NDArray[np.int64],
        span: tuple[NDArray[np.int64], NDArray[np.int64]],
        spelled: Spelled,
        text: Text,
    ) -> Found:
        """Return the mentions with the misspelt villages of the areas of home that the texts name.

        A mention of no name, or of one that likely means a place elsewhere, gives way to such a village.
        """
        row, area = self._areas_of_home(found)
        stays = (name >= 0) & (self._share_at_home(found) >= LIKELY_AREA)
        taken = np.zeros(len(spelled.words) + 1, np.int64)
        np.add.at(taken, span[0][stays], 1)
        np.add.at(taken, span[1][stays] + 1, -1)
        near = village.find(
            spelled, text.folded.codes, np.cumsum(taken)[:-1] > 0, row, area, self.villages, self.gazetteer
        )
        more = len(near.row)
        if not more:
            return found
        covered = np.zeros(len(spelled.words) + 1, np.int64)
        np.add.at(covered, near.first, 1)
        np.add.at(covered, near.last + 1, -1)
        until = np.concatenate([[0], np.cumsum(np.cumsum(covered)[:-1] > 0)])
        left = until[span[1] + 1] == until[span[0]]
        found = _reordered(found, np.flatnonzero(left))
        both = Found(
            row=np.append(found.row, near.row),
            start=np.append(found.start, spelled.start[near.first]),
            end=np.append(found.end, spelled.end[near.last]),
            type=np.append(found.type, np.full(more, PlaceType.CITY, np.int8)),
            presence=np.append(found.presence, np.full(more, village.PRESENCE)),
            offsets=np.append(found.offsets, found.offsets[-1] + 1 + np.arange(more)),
            entry=np.append(found.entry, near.entry),
            probability=np.append(found.probability, near.share),
        )
        return _reordered(both, np.lexsort((both.start, both.row)))

    def _share_at_home(self, found: Found) -> NDArray[np.float64]:
        """Return how likely each mention means a place at home."""
        own = _at_home(found.entry, self.gazetteer, self.home)
        mention = np.repeat(np.arange(len(found)), np.diff(found.offsets))
        return np.bincount(mention, found.probability * own, len(found)).astype(np.float64)

    def _areas_of_home(self, found: Found) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return row and entry of the areas of home that texts likely name, with those that hold them.

        A town stands for its district.
        """
        some = np.flatnonzero(found.offsets[1:] > found.offsets[:-1])
        top = found.offsets[some]
        entry = found.entry[top]
        kind = self.gazetteer.kind[entry]
        likely = found.presence[some] * found.probability[top] >= LIKELY_AREA
        likely &= _at_home(entry, self.gazetteer, self.home) & (kind > Kind.COUNTRY) & (kind <= Kind.CITY)
        area = np.where(kind == Kind.CITY, self.gazetteer.holder[entry], entry)
        likely &= area >= 0
        row, area = found.row[some][likely], area[likely].astype(np.int32)
        above = self.gazetteer.holder[area]
        held = (above >= 0) & (self.gazetteer.kind[above] == Kind.REGION)
        row, area = np.append(row, row[held]), np.append(area, above[held])
        once = np.unique(row * len(self.gazetteer) + area)
        return once // len(self.gazetteer), (once % len(self.gazetteer)).astype(np.int32)

    def _at_home(self, found: Found, name: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the presence of each mention, with HOME_ODDS for clear names that likely mean a place at home."""
        share = self._share_at_home(found)
        held = np.maximum(name, 0)
        clear = (name >= 0) & ~self.gazetteer.everyday[held] & ~self.gazetteer.weak[held]
        odds = (
            found.presence / np.maximum(1.0 - found.presence, 1e-9) * np.where(clear, HOME_ODDS**share, 1.0)
        )
        return odds / (1.0 + odds)

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
        standing = names_in(spelled, text.folded, self.gazetteer.known)
        name = names_of(first, last, spelled.words.hash, standing)
        name = names_around(name, first, last, spelled.words.hash, standing)
        name = self._within(name, first, last, standing)
        name[last < first] = -1  # no word at all
        found = self._resolved(
            row[order],
            (first[order], last[order]),
            (start[order], end[order]),
            name[order],
            np.full(len(row), PlaceType.OTHER, np.int8),
            np.ones(len(row)),
            tongues(languages, self.gazetteer.countries, len(text.folded)),
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

    def is_country(self, entry: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say of each entry whether it is a country."""
        found: NDArray[np.bool_] = self.gazetteer.kind[entry] == Kind.COUNTRY
        return found

    def region(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the identifier of the first-level area of each entry, its own for such an area; empty: none."""
        at = regions_of(np.asarray(entry, np.int32), self.gazetteer.kind, self.gazetteer.holder)
        known = self.gazetteer.identifiers.take(pa.array(np.maximum(at, 0))).to_numpy(zero_copy_only=False)
        return np.where(at >= 0, known.astype(str), "")

    def _within(
        self, name: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64], standing: Standing
    ) -> NDArray[np.int64]:
        """Return the names, and for a span without one that of a well-known place within: "the market of Mosul".

        Well known is a clear name of WELL_KNOWN people, or of a place at home; of several the last.
        """
        number, begins, ends, _ = standing
        known = self.gazetteer.known
        usable = (known.doubt[number] == CLEAR) & (known.people[number] >= WELL_KNOWN)
        usable |= self.homely[number] == CLEAR_HOME
        number, begins, ends = number[usable], begins[usable], ends[usable]
        order = np.lexsort((begins, ends))
        number, begins, ends = number[order], begins[order], ends[order]
        at = np.searchsorted(ends, last, side="right") - 1
        inside = (name < 0) & (at >= 0)
        inside[inside] = (begins[at[inside]] >= first[inside]) & (ends[at[inside]] <= last[inside])
        found = name.copy()
        found[inside] = number[at[inside]]
        return found

    def _resolved(
        self,
        row: NDArray[np.int64],
        span: tuple[NDArray[np.int64], NDArray[np.int64]],
        written: tuple[NDArray[np.int64], NDArray[np.int64]],
        name: NDArray[np.int64],
        type_: NDArray[np.int8],
        presence: NDArray[np.float64],
        spoken: Tongues,
        *,
        typed: bool = True,
    ) -> Found:
        """Return mentions with their candidates, the likeliest first."""
        first, last = span
        kind = np.where((type_ < len(Kind)) & typed, type_, _UNTYPED).astype(np.int8)
        found = terms.collect(row, first, last, name, kind, self.gazetteer, len(spoken.of))
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
    own = np.array([code in near for code in gazetteer.countries], np.bool_)
    return Reader(
        gazetteer=gazetteer,
        tagger=load_tagger(),
        weights=load_weights(),
        home=own,
        villages=villages(gazetteer, own),
        homely=homely(gazetteer, own),
    )


def _at_home(entry: NDArray[np.int32], gazetteer: Gazetteer, home: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which places lie in a home country, or are areas that the workspace has added."""
    country = gazetteer.country[entry]
    found: NDArray[np.bool_] = ((country >= 0) & home[country]) | (gazetteer.source[entry] == ADDED)
    return found


def homely(gazetteer: Gazetteer, home: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Say of each name whether it likeliest means a place at home, and whether it is an everyday word or a given name.

    One of the places at home must be an area, or have LEAST_PEOPLE: villages are named like words.
    """
    names = len(gazetteer.everyday)
    name = np.repeat(np.arange(names), np.diff(gazetteer.offsets))
    entry = gazetteer.entry
    at_home = _at_home(entry, gazetteer, home)
    area = (gazetteer.kind[entry] < Kind.CITY) & (gazetteer.kind[entry] > Kind.COUNTRY)
    known = at_home & (area | (gazetteer.population[entry] >= LEAST_PEOPLE))
    weight = (gazetteer.population[entry] + 1_000.0) * np.where(at_home, HOME_ODDS, 1.0)
    found = np.bincount(name, weight * at_home, names) > np.bincount(name, weight, names) / 2
    found &= np.bincount(name, known, names) > 0
    unsure = gazetteer.everyday | gazetteer.weak
    return np.where(found, np.where(unsure, UNSURE_HOME, CLEAR_HOME), NO_HOME).astype(np.int8)


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
    """Return the mentions that are named, in the order in which they are."""
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
