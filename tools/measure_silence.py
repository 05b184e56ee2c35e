"""Measure silence on simulated streams: how often chance makes one, and how many planted ones are found.

    python tools/measure_silence.py [--streams 40] [--seed 1]

A stream has 101 areas whose usual weeks are log-normal around 12 author-weeks, a season over the year and a level that
moves by 10 % from week to week; counts are Poisson, or negative binomial around the same. All of it is simulated. The
last line is one JSON object.
"""

import argparse
import json
import sys

import numpy as np
from numpy.typing import NDArray

from fanal.risk.silence import measure

AREAS, YEAR, MEDIAN, SPREAD = 101, 52, 12.0, 1.2
SCATTERS = (0.0, 0.1, 0.5)  # variance m + s m^2
USUAL = (5, 10, 20, 50, 100, 200)
LEFT = (0.0, 0.25, 0.5)


def means(rng: np.random.Generator, weeks: int) -> NDArray[np.float64]:
    """Return what is usual, [weeks, areas]."""
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(weeks) / YEAR)
    level = season * np.exp(rng.normal(0, 0.1, weeks))
    return level[:, None] * rng.lognormal(np.log(MEDIAN), SPREAD, AREAS)


def drawn(rng: np.random.Generator, mean: NDArray[np.float64], scatter: float) -> NDArray[np.int64]:
    """Return counts around means."""
    if scatter:
        mean = mean * rng.gamma(1 / scatter, scatter, mean.shape)
    return rng.poisson(mean)


def by_chance(rng: np.random.Generator, streams: int, scatter: float) -> dict[str, float]:
    """Return false silences a year, of areas and stream, in the second and third year, and who can be told."""
    silences, told = 0, []
    for _ in range(streams):
        found = measure(drawn(rng, means(rng, 3 * YEAR), scatter), baseline=YEAR, false_a_year=1.0)
        silences += int(found.silent[YEAR:].sum())
        told.append(float((found.silent | found.usual)[YEAR:, :AREAS].mean()))
    return {"false_a_year": round(silences / (2 * streams), 2), "told": round(float(np.mean(told)), 2)}


def planted(rng: np.random.Generator, streams: int, scatter: float, left: float) -> list[float]:
    """Return the share of planted silences that are found, by what is usual."""
    found = np.zeros(len(USUAL))
    for _ in range(streams):
        mean = means(rng, 2 * YEAR)
        for area, usual in enumerate(USUAL):
            mean[:, area] *= usual / mean[:, area].mean()
            mean[-1, area] *= left
        told = measure(drawn(rng, mean, scatter), baseline=YEAR, false_a_year=1.0)
        found += told.silent[-1, : len(USUAL)]
    return [round(float(one), 2) for one in found / streams]


def main() -> None:
    """Print both tables and one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--streams", type=int, default=40)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    rng = np.random.Generator(np.random.PCG64(given.seed))
    chance = {scatter: by_chance(rng, given.streams, scatter) for scatter in SCATTERS}
    for scatter, one in chance.items():
        sys.stdout.write(
            f"variance m + {scatter:g} m2: {one['false_a_year']} false a year, {one['told']:.0%} told\n"
        )
    sys.stdout.write(f"found, usual {USUAL}:\n")
    power = {}
    for scatter in SCATTERS[:2]:
        for left in LEFT:
            shares = planted(rng, given.streams, scatter, left)
            power[f"{scatter:g}, {left:g} left"] = shares
            sys.stdout.write(f"variance m + {scatter:g} m2, {left:g} left: {shares}\n")
    told = {"streams": given.streams, "seed": given.seed, "chance": chance, "usual": USUAL, "found": power}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
