"""Resolution: how far from the marked point a mention is placed, and what its probabilities are worth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.ranking import calibration_error
from fanal.evaluate.toponyms import NO_TYPE, Toponyms
from fanal.geo.distance import great_circle
from fanal.places.found import Found, PlaceReader, PlaceType

NEAR_KM = 161.0
"""100 miles: nearer is right (Cheng, Caverlee and Lee 2010; Gritta, Pilehvar and Collier 2020)."""

FAR_KM = 20_039.0
"""Half the Earth's circumference as Gritta, Pilehvar and Collier (2020) take it: the error of what is not placed."""

COVERED = 0.9
"""Probability that the set of the likeliest candidates shall hold."""

DIGITS = 4
DIGITS_KM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Hold how m marked mentions were placed; a mention without a candidate is FAR_KM off, with probability 0."""

    km: NDArray[np.float64]  # m; from the marked point to the likeliest candidate; NaN: no point was marked
    nearest_km: NDArray[np.float64]  # m; to the nearest of all candidates; NaN: no point was marked
    probability: NDArray[np.float64]  # m; of the likeliest
    probability_near: NDArray[np.float64]  # m; of all candidates within NEAR_KM of the likeliest, together
    covered: NDArray[np.bool_]  # m; a candidate of the set of COVERED is near
    set_size: NDArray[np.int64]  # m; candidates in that set
    country: NDArray[np.str_]  # m; of the likeliest; empty: none
    region: NDArray[np.str_]  # m; of the likeliest; empty: none
    is_country: NDArray[np.bool_]  # m; the likeliest is one


def place(gold: Toponyms, found: Found, reader: PlaceReader) -> Placed:
    """Compare what a reader resolved with the marked points.

    Args:
        gold: m mentions.
        found: what `resolve` said of each, in the same order.
        reader: knows where its entries are.
    """
    size = np.diff(found.offsets)
    mention = np.repeat(np.arange(len(gold)), size)
    km = _distance(gold, mention, found, reader)
    nearest = np.full(len(gold), FAR_KM)
    np.minimum.at(nearest, mention, km)
    total = np.concatenate([[0.0], np.cumsum(found.probability)])
    before = total[:-1] - total[found.offsets[:-1]][mention]  # what the likelier ones of the mention hold
    inside = before < COVERED - 1e-9  # rounding of sums
    covered = np.zeros(len(gold), np.bool_)
    np.logical_or.at(covered, mention, inside & (km <= NEAR_KM))
    some = size > 0
    top = found.offsets[:-1][some]
    own, probability = np.full(len(gold), FAR_KM), np.zeros(len(gold))
    own[some], probability[some] = km[top], found.probability[top]
    unknown = np.isnan(gold.lat)
    own[unknown] = nearest[unknown] = np.nan
    is_country = np.zeros(len(gold), np.bool_)
    is_country[some] = reader.is_country(found.entry[top])
    return Placed(
        km=own,
        nearest_km=nearest,
        probability=probability,
        probability_near=_near(mention, found, reader),
        covered=covered,
        set_size=np.bincount(mention[inside], minlength=len(gold)),
        country=_words(some, reader.country(found.entry[top])),
        region=_words(some, reader.region(found.entry[top])),
        is_country=is_country,
    )


def measure(gold: Toponyms, placed: Placed, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the figures of the chosen mentions, m; None where there is nothing to measure."""
    known = chosen & ~np.isnan(gold.lat)
    km, nearest = placed.km[known], placed.nearest_km[known]
    right, possible = km <= NEAR_KM, nearest <= NEAR_KM
    score = placed.probability[known]
    return {
        "mentions_with_point": int(known.sum()),
        "acc161_gold_mentions": _mean(right),
        "acc161_oracle": _mean(possible),
        "acc161_given_candidate": _mean(right[possible]),
        "mean_km": round(float(km.mean()), DIGITS_KM) if len(km) else None,
        "median_km": round(float(np.median(km)), DIGITS_KM) if len(km) else None,
        "auc": area_under_curve(km),
        "country_accuracy": _same(gold.country, placed.country, chosen),
        "region_accuracy": _same(gold.region, placed.region, chosen),
        "ece": round(calibration_error(score, right), DIGITS) if len(km) else None,
        "ece_with_candidate": _with_candidate(score, right, nearest),
        "ece_near": _with_candidate(placed.probability_near[known], right, nearest),
        "ece_without_countries": _without_countries(score, right, nearest, placed.is_country[known]),
        "ece_countries": _of_countries(gold, placed, chosen),
        "coverage_90": _mean(placed.covered[known]),
        "set_size_90": _mean(placed.set_size[known]),
    }


def _near(mention: NDArray[np.int64], found: Found, reader: PlaceReader) -> NDArray[np.float64]:
    """Return the probability of all candidates within NEAR_KM of each mention's likeliest, itself included; 0: none.

    A town, the district around it and the governorate of its name share what one of them would have; for whoever asks
    where a mention lies they are one answer.
    """
    lon, lat = reader.where(found.entry)
    top = found.offsets[:-1][mention]
    km = great_circle(lon[top], lat[top], lon, lat)
    near = (km <= NEAR_KM) | (np.arange(len(top)) == top)
    together = np.bincount(mention, found.probability * near, len(found))
    return np.minimum(together, 1.0)  # rounding of sums


def _with_candidate(
    score: NDArray[np.float64], right: NDArray[np.bool_], nearest: NDArray[np.float64]
) -> float | None:
    """Return the calibration error without the mentions that have no candidate: those are surely wrong, and said so."""
    some = nearest < FAR_KM
    return round(calibration_error(score[some], right[some]), DIGITS) if some.any() else None


def _without_countries(
    score: NDArray[np.float64],
    right: NDArray[np.bool_],
    nearest: NDArray[np.float64],
    is_country: NDArray[np.bool_],
) -> float | None:
    """Return the calibration error of mentions whose likeliest candidate is there and no country."""
    some = ~is_country & (nearest < FAR_KM)
    return round(calibration_error(score[some], right[some]), DIGITS) if some.any() else None


def _of_countries(gold: Toponyms, placed: Placed, chosen: NDArray[np.bool_]) -> float | None:
    """Return the calibration error of mentions whose likeliest candidate is a country, by its code and not by distance.

    One point for a country says little: two gazetteers differ by more than NEAR_KM on it. Right is the marked country,
    where the mark is of no other type.
    """
    known = chosen & placed.is_country & (gold.country != "")
    right = (gold.country == placed.country) & np.isin(gold.type, _MAY_BE_COUNTRY)
    if not known.any():
        return None
    return round(calibration_error(placed.probability[known], right[known]), DIGITS)


_MAY_BE_COUNTRY = np.array([NO_TYPE, PlaceType.COUNTRY, PlaceType.ISLAND])


def area_under_curve(km: NDArray[np.float64]) -> float | None:
    """Return the area under the curve of sorted errors, ln(1 + km), from 0, best, to 1 (Gritta and others 2020).

    The curve spans the mentions by the trapezoid rule and is divided by that of FAR_KM everywhere; None: no mention.

    >>> area_under_curve(np.array([0.0, FAR_KM])), area_under_curve(np.array([FAR_KM]))
    (0.5, 1.0)
    """
    if not len(km):
        return None
    logs = np.sort(np.log1p(np.minimum(km, FAR_KM))) / np.log1p(FAR_KM)
    area = float(np.trapezoid(logs) / (len(logs) - 1)) if len(logs) > 1 else float(logs[0])
    return round(area, DIGITS)


def _distance(
    gold: Toponyms, mention: NDArray[np.int64], found: Found, reader: PlaceReader
) -> NDArray[np.float64]:
    """Return the distance of each candidate from the marked point; FAR_KM where either is not known."""
    lon, lat = reader.where(found.entry)
    km = great_circle(gold.lon[mention], gold.lat[mention], lon, lat)
    return np.where(np.isnan(km), FAR_KM, km)


def _words(some: NDArray[np.bool_], said: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return what is said of the mentions that have a candidate; empty for the others."""
    found = np.zeros(len(some), said.dtype if len(said) else np.dtype("U1"))
    found[some] = said
    return found


def _mean(values: NDArray[Any]) -> float | None:
    """Return the mean, or None of nothing."""
    return round(float(values.mean()), DIGITS) if len(values) else None


def _same(gold: NDArray[np.str_], said: NDArray[np.str_], chosen: NDArray[np.bool_]) -> float | None:
    """Return how many of the chosen ones whose gold is told were said right."""
    known = chosen & (gold != "")
    return _mean(gold[known] == said[known])
