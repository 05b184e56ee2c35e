"""Silence: areas whose reports fell below their band, told apart from an outage of the whole stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.estimate import SILENCE_SCHEMA
from fanal.model.silence import Voice
from fanal.risk.negative_binomial import below, lowest
from fanal.risk.stream_level import without_own

LEAST_PAST = 8
"""Periods of its own past without which nothing is said of an area."""
OUTLYING = 4.0
"""Past periods that lie further from their median than so many robust standard deviations do not make the band."""
THICK = 5.0
"""Areas with at least so many reports a period say how much counts scatter beyond Poisson in this stream."""
_YEAR = 52  # weeks between a week and the same week a year before
_SEASON = 2  # weeks around it
_THREE_EIGHTHS = 0.375  # Anscombe 1948
_TO_SIGMA = 1.4826  # a normal variable's standard deviation over its median absolute deviation

_Band = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silences:
    """Hold what is known of W periods and A areas; the last column stands for the whole stream."""

    counts: NDArray[np.int64]  # [W, A + 1] reports; of the stream, of the areas that are not silent
    expected: NDArray[np.float64]  # [W, A + 1], NaN with too little past
    level: NDArray[
        np.float64
    ]  # [W, A + 1] of the rest of the stream, 1 is its past; NaN with too little past
    low: NDArray[np.int64]  # [W, A + 1] fewest reports that are as usual; -1 where it cannot be told
    p_value: NDArray[np.float64]  # [W, A + 1], NaN with too little past
    silent: NDArray[np.bool_]  # [W, A + 1]
    usual: NDArray[np.bool_]  # [W, A + 1]; neither silent nor usual: it cannot be told


def measure(
    counts: NDArray[np.int64],
    *,
    baseline: int,
    false_a_year: float,
    periods_a_year: float = 365.25 / 7,
    within: NDArray[np.bool_] | None = None,
) -> Silences:
    """Tell for each period and area whether it was silent, from the periods before it and none after.

    An area is expected to have its own rate x the level of the rest of the stream. The rate is that of the last
    `baseline` periods, without those in which the area was silent and without outlying ones (Hampel 1974, on the scale
    of Anscombe 1948): a past outage does not become usual, and an area that stays silent ends as "cannot be told",
    never as usual. The level is `stream_level.without_own`. Counts are negative binomial; their dispersion is the
    larger of the area's own (by moments) and the median of the thick areas, and the band is wider by what a short past
    leaves open. The stream is what its areas have that are not silent by themselves; it is held against its own
    past, with its season once a year and a half was seen.

    Silent is what is less likely than alpha / K, where alpha is `false_a_year` / `periods_a_year` and K the smallest
    number such that at most K areas could be that unlikely with no report at all (Tarone 1990, Biometrics 46:515-522).
    By chance alone at most `false_a_year` are then expected in a year, over all areas and the stream together. An
    area that could not be that unlikely cannot be told. In a period in which the stream itself is silent no area is
    as usual.

    Args:
        counts: [periods, areas], reports; of posts, author-weeks, so that one loud author counts once.
        baseline: periods of past, at least LEAST_PAST.
        false_a_year: silences that chance may make, above 0.
        periods_a_year: how many periods a year has; the season is looked for in weeks only.
        within: [periods, areas], the area lies in a larger one that is known to be silent: no part of the stream then,
            nor of its own past. None: nowhere.

    Raises:
        ValueError: counts below 0, a baseline that is too short, a rate that is not above 0.

    >>> steady = np.tile([40, 50, 60], (12, 1))
    >>> steady[11, 1] = 2
    >>> measure(steady, baseline=52, false_a_year=1.0).silent[11].tolist()
    [False, True, False, False]
    """
    if counts.min(initial=0) < 0:
        raise ValueError("Counts of reports cannot be below 0.")
    if baseline < LEAST_PAST or not false_a_year > 0 or not periods_a_year > 0:
        raise ValueError(f"Silence needs a baseline of {LEAST_PAST} periods and a rate above 0.")
    periods, areas = counts.shape
    counts = np.column_stack([counts, counts.sum(axis=1)]).astype(np.int64)
    season = _season(counts[:, -1]) if periods_a_year > _YEAR else np.full(periods, np.nan)
    shape = (periods, areas + 1)
    level, expected, p_value = np.ones(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    low = np.full(shape, -1, dtype=np.int64)
    silent, usual = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    level[:LEAST_PAST, :areas] = _first_levels(counts[:LEAST_PAST])
    apart = np.zeros(shape, np.bool_)
    if within is not None:
        apart[:, :areas] = within
    heard = np.ones(periods)  # share of the usual stream that is not silent by itself
    for row in range(LEAST_PAST, periods):
        # 1. What each area has where nothing is new, by its past alone.
        past = slice(max(0, row - baseline), row)
        seasonal = not np.isnan(season[past]).any()
        exposure = level[past].copy()
        exposure[:, -1] = heard[past] * (season[past] if seasonal else 1.0)
        rate, spread = _fit(counts[past], exposure, ~(silent[past] | apart[past]))

        # 2. What the rest of the stream does now, and so what is expected.
        others = np.where(apart[row, :areas], np.nan, rate[:areas])
        level[row, :areas] = without_own(counts[row, :areas], others)
        expected[row, :areas] = rate[:areas] * level[row, :areas]
        expected[row, -1] = rate[-1] * (1.0 if np.isnan(season[row]) else season[row])

        # 3. Who could be told to be silent, and what of the areas is.
        known = np.isfinite(expected[row]) & np.isfinite(spread)
        none = np.full(areas + 1, np.nan)
        none[known] = below(np.zeros(int(known.sum()), np.int64), expected[row, known], spread[known])
        limit = tarone(none, false_a_year / periods_a_year)
        told = none <= limit
        own = known & (np.arange(areas + 1) < areas)
        p_value[row, own] = below(counts[row, own], expected[row, own], spread[own])
        silent[row] = told & own & (p_value[row] <= limit)

        # 4. What the stream is without them; when it is silent, no area is as usual.
        gone = silent[row, :areas] | apart[row, :areas]
        whole = np.nansum(rate[:areas])
        heard[row] = 1.0 - (np.nansum(rate[:areas][gone]) / whole if whole > 0 else 0.0)
        counts[row, -1] -= counts[row, :areas][gone].sum()
        expected[row, -1] *= heard[row]
        if known[-1]:
            p_value[row, -1:] = below(counts[row, -1:], expected[row, -1:], spread[-1:])
            told[-1] = bool(below(np.zeros(1, np.int64), expected[row, -1:], spread[-1:])[0] <= limit)
            silent[row, -1] = told[-1] & (p_value[row, -1] <= limit)
        usual[row] = told & ~silent[row]
        usual[row, :areas] &= not silent[row, -1]
        low[row, told] = lowest(limit, expected[row, told], spread[told])
    level[:LEAST_PAST] = np.nan
    level[:, -1] = np.nan
    return Silences(
        counts=counts, expected=expected, level=level, low=low, p_value=p_value, silent=silent, usual=usual
    )


def table(found: Silences, *, weeks: Sequence[date], areas: Sequence[str]) -> pa.Table:
    """Return SILENCE_SCHEMA, by week and area as given, the whole stream (no area) last in each week.

    Args:
        found: of `measure`.
        weeks: Mondays, the rows.
        areas: codes, the columns but for the last.
    """
    names = np.array([Voice.CANNOT_TELL.value, Voice.AS_USUAL.value, Voice.SILENT.value])
    state = names[found.usual + 2 * found.silent]
    first = np.zeros((len(weeks), len(areas) + 1), dtype=np.int64)
    for row in range(len(weeks)):
        before = found.silent[row - 1] if row else np.zeros(len(areas) + 1, np.bool_)
        first[row] = np.where(before, first[row - 1], row)
    days = np.array(list(weeks), dtype="datetime64[D]")
    wide = len(areas) + 1
    flat = {"expected": found.expected, "level": found.level, "p_value": found.p_value}
    columns = {
        "area": pa.array([*areas, None] * len(weeks), pa.string()),
        "week": pa.array(np.repeat(days, wide), pa.date32()),
        "volume": pa.array(found.counts.ravel()),
        "low": pa.array(found.low.ravel(), mask=(found.low < 0).ravel()),
        **{name: pa.array(numbers.ravel(), from_pandas=True) for name, numbers in flat.items()},
        "state": pa.array(state.ravel().tolist(), pa.string()),
        "since": pa.array(days[first.ravel()], pa.date32(), mask=~found.silent.ravel())
        if len(weeks)
        else pa.array([], pa.date32()),
    }
    return pa.table([columns[name] for name in SILENCE_SCHEMA.names], schema=SILENCE_SCHEMA)


def tarone(least: NDArray[np.float64], alpha: float) -> float:
    """Return the level of each test that keeps the expected number of false ones at most alpha.

    Args:
        least: the smallest p-value that each test could have; tests above the level are not made.
        alpha: expected number of false ones over all tests.

    >>> tarone(np.array([1e-6, 1e-6, 0.03, 0.5]), 0.05)
    0.025
    """
    ordered = np.sort(least)
    for tests in range(1, len(ordered) + 1):
        if np.searchsorted(ordered, alpha / tests, side="right") <= tests:
            return alpha / tests
    return alpha


def _first_levels(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the levels of the first periods [periods, areas]: what the others have, 1 is their mean."""
    rest = counts[:, -1:] - counts[:, :-1]
    average = rest.sum(axis=0) / max(len(rest), 1)
    level: NDArray[np.float64] = np.where(average > 0, rest / np.where(average > 0, average, 1.0), 1.0)
    return level


def _fit(counts: NDArray[np.int64], exposure: NDArray[np.float64], heard: NDArray[np.bool_]) -> _Band:
    """Return the rate of each column and the dispersion of a new count, NaN with too little past.

    Args:
        counts: [past, n].
        exposure: [past, n], not negative.
        heard: [past, n], false for periods in which the area was silent.
    """
    kept = heard & (exposure > 0)
    ratio = np.where(kept, counts / np.where(kept, exposure, 1.0), np.nan)
    middle = _median(ratio)
    away = 2 * (np.sqrt(counts + _THREE_EIGHTHS) - np.sqrt(middle * exposure + _THREE_EIGHTHS))
    reach = OUTLYING * np.fmax(1.0, _TO_SIGMA * _median(np.where(kept, np.abs(away), np.nan)))
    kept &= np.abs(away) <= reach
    periods = kept.sum(axis=0)
    seen, basis = (counts * kept).sum(axis=0), (exposure * kept).sum(axis=0)
    known = (periods >= LEAST_PAST) & (basis > 0)
    rate = np.where(known, seen / np.where(known, basis, 1.0), np.nan)
    mean = rate * exposure
    with np.errstate(divide="ignore", invalid="ignore"):  # no report, or too little past: NaN, as meant
        beyond = (kept * ((counts - mean) ** 2 * (periods / (periods - 1)) - mean)).sum(axis=0)
        own = np.fmax(beyond / (kept * mean**2).sum(axis=0), 0.0)
        thick = known & (seen >= THICK * periods)
        shared = float(np.median(own[thick])) if thick.any() else 0.0
        spread = np.fmax(own, shared)
        # One standard error of the dispersion more, and a new count around a rate that the past leaves open.
        spread += np.sqrt(2 / (periods * max(int(thick.sum()), 1))) * (periods / seen + spread)
        spread += spread / periods + 1 / seen
    return rate, np.where(known & (seen > 0), spread, np.nan)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each column, NaN left out; NaN for a column of NaN."""
    ordered = np.sort(values, axis=0)  # NaN last
    known = (~np.isnan(values)).sum(axis=0)
    columns = np.arange(values.shape[1])
    lower, upper = (known - 1) // 2, known // 2
    upper = np.where(known % 2 == 1, lower, upper)
    middle = (ordered[np.maximum(lower, 0), columns] + ordered[upper.clip(0, len(values) - 1), columns]) / 2
    return np.where(known > 0, middle, np.nan)


def _season(total: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the level of each week by the same weeks of the years before, 1 is the year's; NaN where none was seen."""
    sums = np.r_[0, np.cumsum(total)]
    level = np.full(len(total), np.nan)
    half = _YEAR // 2
    for row in range(len(total)):
        years = []
        for middle in range(row - _YEAR, half - 1, -_YEAR):
            year = (sums[middle + half] - sums[middle - half]) / _YEAR
            near = (sums[middle + _SEASON + 1] - sums[middle - _SEASON]) / (2 * _SEASON + 1)
            if year > 0:
                years.append(near / year)
        if years:
            level[row] = float(np.median(years))
    return level
