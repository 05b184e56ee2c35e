"""Figures of places against slow counts over a made-up reader, and what must hold of them whatever is read."""

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate import placed, recognition, resolution
from fanal.evaluate.toponyms import NO_TYPE, Toponyms
from fanal.geo.distance import great_circle
from fanal.places.found import Found, PlaceType

ENTRIES = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.4), (90.0, 10.0), (math.nan, math.nan), (180.0, 0.0)]
COUNTRIES, REGIONS = ["IQ", "SY", "", "IQ", "TR", ""], ["a", "b", "", "a", "c", ""]
IS_COUNTRY = [False, True, False, True, True, False]
TEXT = "abcdefghij"
LANGUAGES = ("ar", "en", "und")


class Reader:
    """Say what a test wants to be said."""

    def __init__(self, read: Found, resolved: Found) -> None:
        self._read, self._resolved = read, resolved

    def read(self, texts: pa.Array, languages: list[str | None]) -> Found:
        assert len(texts) == len(languages)
        assert "und" not in languages
        return self._read

    def resolve(self, texts, languages, row, start, end) -> Found:
        assert (len(texts), len(row), len(start)) == (len(languages), len(end), len(row))
        return self._resolved

    def where(self, entry):
        return np.array(ENTRIES)[entry, 0], np.array(ENTRIES)[entry, 1]

    def country(self, entry):
        return np.array(COUNTRIES)[entry]

    def is_country(self, entry):
        return np.array(IS_COUNTRY)[entry]

    def region(self, entry):
        return np.array(REGIONS)[entry]


@st.composite
def spans(draw: st.DrawFn, texts: int) -> list[tuple[int, int, int]]:
    """Draw distinct spans of texts, in order."""
    span = st.tuples(st.integers(0, texts - 1), st.integers(0, 9), st.integers(1, 4))
    made = {(row, start, min(start + size, 10)) for row, start, size in draw(st.lists(span, max_size=8))}
    return sorted(made)


@st.composite
def said(draw: st.DrawFn, where: list[tuple[int, int, int]]) -> Found:
    """Draw what a reader says of given spans."""
    size = [draw(st.integers(0, 3)) for _ in where]
    probability = []
    for many in size:
        weights = sorted((draw(st.integers(0, 10)) for _ in range(many)), reverse=True)
        probability += [weight / max(1, sum(weights) + draw(st.integers(0, 5))) for weight in weights]
    return Found(
        row=np.array([one[0] for one in where], np.int64),
        start=np.array([one[1] for one in where], np.int64),
        end=np.array([one[2] for one in where], np.int64),
        type=np.array([draw(st.sampled_from(PlaceType)) for _ in where], np.int8),
        presence=np.array([draw(st.integers(0, 10)) / 10 for _ in where], np.float64),
        offsets=np.cumsum([0, *size]).astype(np.int64),
        entry=np.array([draw(st.integers(0, len(ENTRIES) - 1)) for _ in range(sum(size))], np.int32),
        probability=np.array(probability, np.float64),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Toponyms, Reader]:
    """Draw marked texts and a reader of them."""
    texts = draw(st.integers(1, 4))
    where = draw(spans(texts))
    points = [draw(st.sampled_from([(0.0, 0.0), (0.0, 1.0), (math.nan, math.nan)])) for _ in where]
    gold = Toponyms(
        texts=(TEXT,) * texts,
        languages=tuple(draw(st.sampled_from(LANGUAGES)) for _ in range(texts)),
        row=np.array([one[0] for one in where], np.int64),
        start=np.array([one[1] for one in where], np.int64),
        end=np.array([one[2] for one in where], np.int64),
        type=np.array([draw(st.sampled_from([NO_TYPE, *PlaceType])) for _ in where], np.int8),
        lon=np.array([lon for lon, _ in points], np.float64),
        lat=np.array([lat for _, lat in points], np.float64),
        country=np.array([draw(st.sampled_from(["", "IQ", "SY"])) for _ in where], np.str_),
        region=np.array([draw(st.sampled_from(["", "a", "b"])) for _ in where], np.str_),
    )
    return gold, Reader(draw(said(draw(spans(texts)))), draw(said(where)))


def km(gold: Toponyms, at: int, entry: int) -> float:
    """Return the distance of a marked point from an entry."""
    lon, lat = ENTRIES[entry]
    if math.isnan(lon):
        return resolution.FAR_KM
    return float(
        great_circle(gold.lon[at : at + 1], gold.lat[at : at + 1], np.array([lon]), np.array([lat]))[0]
    )


def apart(one: int, two: int) -> float:
    """Return the distance of two entries; NaN where one is not known."""
    (lon, lat), (to_lon, to_lat) = ENTRIES[one], ENTRIES[two]
    return float(great_circle(np.array([lon]), np.array([lat]), np.array([to_lon]), np.array([to_lat]))[0])


def share(found: list[bool]) -> float | None:
    return round(sum(found) / len(found), 4) if found else None


def slow_calibration(found: list[tuple[float, bool]]) -> float | None:
    """Return the calibration error by its definition, in ten bins."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for sure, right in found:
        bins.setdefault(min(9, int(sure * 10)), []).append((sure, right))
    gaps = (abs(sum(sure for sure, _ in one) - sum(right for _, right in one)) for one in bins.values())
    return sum(gaps) / len(found) if found else None


@given(cases(), st.sampled_from([0.0, 0.5]))
def test_figures_are_those_of_slow_counts(case: tuple[Toponyms, Reader], least: float) -> None:
    gold, reader = case
    told = placed.places(gold, reader, least=least)
    read, resolved = reader._read, reader._resolved
    marked = list(zip(gold.row, gold.start, gold.end, strict=True))
    every = list(zip(read.row, read.start, read.end, strict=True))
    kept = [i for i in range(len(every)) if read.presence[i] >= least]

    def meet(one: tuple[int, int, int], two: tuple[int, int, int]) -> bool:
        return one[0] == two[0] and bool(set(range(*one[1:])) & set(range(*two[1:])))

    right = sum(every[i] in marked for i in kept)
    assert told["recognition_precision"] == (round(right / len(kept), 4) if kept else None)
    assert told["recognition_recall"] == (round(right / len(marked), 4) if marked else None)
    assert told["recognition_overlap_precision"] == share(
        [any(meet(every[i], m) for m in marked) for i in kept]
    )
    assert told["recognition_overlap_recall"] == share([any(meet(every[i], m) for i in kept) for m in marked])
    types = recognition.GROUPS["country_to_district"]
    ours = [m for m, kind in zip(marked, gold.type, strict=True) if kind in types]
    hits = sum(m in [every[i] for i in kept] for m in ours)
    false = sum(every[i] not in marked and read.type[i] in types for i in kept)
    assert told["recognition_f1_by_type"]["country_to_district"] == (
        round(2 * hits / (hits + false + len(ours)), 4) if ours else None
    )

    errors, oracle, covered, reached = [], [], [], []
    for at in range(len(marked)):
        if math.isnan(gold.lat[at]):
            continue
        candidates = range(resolved.offsets[at], resolved.offsets[at + 1])
        away = [km(gold, at, resolved.entry[c]) for c in candidates]
        errors.append(away[0] if away else resolution.FAR_KM)
        oracle.append(min(away, default=resolution.FAR_KM) <= 161)
        inside, total = False, 0.0
        for c, one in zip(candidates, away, strict=True):
            if total < 0.9 - 1e-9:
                inside |= one <= 161
                total += resolved.probability[c]
        covered.append(inside)
        reached.append(
            any(
                meet(marked[at], every[i])
                and read.offsets[i] < read.offsets[i + 1]
                and km(gold, at, read.entry[read.offsets[i]]) <= 161
                for i in range(len(every))
            )
        )
    near = [one <= 161 for one in errors]
    assert told["acc161_gold_mentions"] == share(near)
    assert told["acc161_oracle"] == share(oracle)
    assert told["acc161_given_candidate"] == share([n for n, o in zip(near, oracle, strict=True) if o])
    assert told["acc161_end_to_end"] == share(reached)
    assert told["coverage_90"] == share(covered)
    assert told["mean_km"] == (round(sum(errors) / len(errors), 1) if errors else None)
    assert told["country_accuracy"] == share(
        [
            resolved.offsets[at] < resolved.offsets[at + 1]
            and COUNTRIES[resolved.entry[resolved.offsets[at]]] == gold.country[at]
            for at in range(len(marked))
            if gold.country[at]
        ]
    )


@given(cases())
def test_calibration_of_countries_is_told_by_their_code(case: tuple[Toponyms, Reader]) -> None:
    gold, reader = case
    told, resolved = placed.places(gold, reader), reader._resolved
    countries, others, together = [], [], []
    for at in range(len(gold)):
        first, behind = resolved.offsets[at], resolved.offsets[at + 1]
        if first == behind:
            continue
        entry, sure = int(resolved.entry[first]), float(resolved.probability[first])
        if IS_COUNTRY[entry] and gold.country[at]:
            fits = gold.type[at] in (NO_TYPE, PlaceType.COUNTRY, PlaceType.ISLAND)
            countries.append((sure, fits and COUNTRIES[entry] == gold.country[at]))
        elif not IS_COUNTRY[entry] and not math.isnan(gold.lat[at]):
            away = [km(gold, at, resolved.entry[c]) for c in range(first, behind)]
            others += [(sure, away[0] <= 161)] * (min(away) < resolution.FAR_KM)
        if not math.isnan(gold.lat[at]):
            away = [km(gold, at, resolved.entry[c]) for c in range(first, behind)]
            same = sum(
                float(resolved.probability[c])
                for c in range(first, behind)
                if c == first or apart(entry, int(resolved.entry[c])) <= 161
            )
            together += [(min(same, 1.0), away[0] <= 161)] * (min(away) < resolution.FAR_KM)
    for name, found in (
        ("ece_countries", countries),
        ("ece_without_countries", others),
        ("ece_near", together),
    ):
        slow = slow_calibration(found)
        assert told[name] == (slow if slow is None else pytest.approx(slow, abs=1e-4))


@given(cases())
def test_whatever_is_read_the_figures_belong_together(case: tuple[Toponyms, Reader]) -> None:
    gold, reader = case
    told = placed.places(gold, reader)
    by_language = told["by_language"].values()
    for name in ("texts", "mentions", "mentions_with_point"):
        assert sum(one[name] for one in by_language) == told[name]
    for one in (told, *by_language):
        rates = [value for name, value in one.items() if isinstance(value, float) and "km" not in name]
        assert all(0 <= value <= 1 or value == one["set_size_90"] for value in rates)
        if one["mentions_with_point"]:
            assert one["acc161_gold_mentions"] <= one["acc161_oracle"]
            assert one["coverage_90"] <= one["acc161_oracle"]
        if one["recognition_f1"] is not None and one["recognition_overlap_f1"] is not None:
            assert one["recognition_f1"] <= one["recognition_overlap_f1"] + 1e-4


@given(cases())
def test_who_says_what_is_marked_is_always_right(case: tuple[Toponyms, Reader]) -> None:
    gold, _ = case
    none = np.zeros(len(gold) + 1, np.int64)
    found = Found(
        row=gold.row,
        start=gold.start,
        end=gold.end,
        type=gold.type,
        presence=np.ones(len(gold)),
        offsets=none,
        entry=np.empty(0, np.int32),
        probability=np.empty(0),
    )
    told = placed.places(gold, Reader(found, found))
    assert {told["recognition_f1"], told["recognition_overlap_f1"]} == ({1.0} if len(gold) else {None})
    assert set(told["recognition_f1_by_type"].values()) <= {1.0, None}
    if told["mentions_with_point"]:
        assert (told["acc161_gold_mentions"], told["ece"], told["auc"]) == (0.0, 0.0, 1.0)


@given(st.lists(st.floats(0, 20_015), min_size=2))
def test_the_area_is_a_sum_of_trapezoids_and_grows_with_errors(errors: list[float]) -> None:
    logs = sorted(math.log(1 + one) for one in errors)
    slow = sum((a + b) / 2 for a, b in pairwise(logs)) / (len(logs) - 1) / math.log(20_040)
    area = resolution.area_under_curve(np.array(errors))
    assert area is not None
    assert math.isclose(area, slow, abs_tol=1e-4)
    worse = resolution.area_under_curve(np.array(errors) + 1)
    assert worse is not None
    assert worse >= area
