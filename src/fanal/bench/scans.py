"""Scans: how long a year of many areas takes to scan, beside a plain loop, and how that grows.

`python -m fanal.bench.scans AREAS SHARE NEIGHBOURS` scans once in a process of its own, to see its memory.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.bench import plain_scan
from fanal.bench.process import cost_of
from fanal.geo.zones import Zones, circular_zones
from fanal.risk import replicates
from fanal.risk.poisson_prospective import scan

SEED = 20140803
DAYS = 365
LONGEST = 30
REPLICATES = 999
CASES_PER_CELL = 0.2
"""On average, a day and an area."""

PLAIN_REPLICATES = 8
"""The plain loop is given so few and its time is taken as the same for each."""

GROWTH_AREAS = (125, 250, 500, 1000, 2000)
GROWTH_DAYS = (8, 16, 32)
GROWTH_REPLICATES = 128
GROWTH_NEIGHBOURS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Hold one size to be scanned, and what it may take."""

    areas: int
    share: float  # largest zone, as a share of the people
    neighbours: int | None  # most areas of a zone
    wanted: float  # seconds on two cores

    @property
    def what(self) -> str:
        """Return the size in words."""
        zone = f"{self.neighbours} nearest neighbours" if self.neighbours else f"zones up to {self.share:.0%}"
        return f"{self.areas:,} areas, {DAYS} days, windows up to {LONGEST}, {zone}"


SIZES = (
    Size(areas=500, share=0.5, neighbours=None, wanted=3),
    Size(areas=2_000, share=0.1, neighbours=None, wanted=8),
    Size(areas=10_000, share=1.0, neighbours=100, wanted=45),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Hold a simulated study: nothing happens in it but chance."""

    counts: NDArray[np.int64]  # [days, areas]
    expected: NDArray[np.float64]  # [days, areas]
    zones: Zones


def made(size: Size, days: int = DAYS) -> Made:
    """Return a study of a size: areas anywhere in a square of ten degrees, their people log-normal."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    people = rng.lognormal(10, 1, size.areas)
    lon, lat = rng.uniform(38, 48, size.areas), rng.uniform(28, 38, size.areas)
    expected = np.tile(people / people.sum() * size.areas * CASES_PER_CELL, (days, 1))
    zones = circular_zones(lon, lat, people, max_share=size.share, max_areas=size.neighbours)
    return Made(counts=rng.poisson(expected), expected=expected, zones=zones)


def once(study: Made, *, longest: int = LONGEST, drawn: int = REPLICATES) -> None:
    """Scan a study, all replicates drawn."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    scan(study.counts, study.expected, study.zones, max_weeks=longest, replicates=drawn, rng=rng)


def plainly(study: Made) -> None:
    """Scan a few replicates of a study with plain loops."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    total = int(study.counts.sum())
    drawn, _ = replicates.over_study(total, study.expected, LONGEST)(rng, PLAIN_REPLICATES)
    scaled = study.expected[-LONGEST:] * (total / study.expected.sum())
    plain_scan.highest(drawn.astype(np.int32), scaled, study.zones.members, study.zones.offsets, float(total))


def measure(
    rounds: int, progress: Callable[[str], object], sizes: Sequence[Size] = SIZES
) -> list[dict[str, Any]]:
    """Return for each size the seconds on all cores, with the most memory, beside the plain loop on one core."""
    found = []
    for size in sizes:
        study = made(size)
        once(study, drawn=64)
        plainly(study)
        ours, plain = [], []
        for _ in range(rounds):
            progress(size.what)
            ours.append(_seconds(lambda: once(study)))  # noqa: B023 - called at once
            plain.append(_seconds(lambda: plainly(study)))  # noqa: B023
        command = [
            sys.executable,
            "-m",
            "fanal.bench.scans",
            str(size.areas),
            str(size.share),
            str(size.neighbours or 0),
        ]
        cost = cost_of(command, clock=perf_counter)
        found.append(
            {
                "what": size.what,
                "zones": len(study.zones.members),
                "cases": int(study.counts.sum()),
                "wanted_seconds": size.wanted,
                "seconds": round(median(ours), 2),
                "peak_rss_mb": round(cost.peak_rss_mb),
                "plain_seconds": round(median(plain) * REPLICATES / PLAIN_REPLICATES, 1),
                "plain_to_ours": round(median(plain) * REPLICATES / PLAIN_REPLICATES / median(ours), 1),
            }
        )
    return found


def growth(progress: Callable[[str], object], sizes: Sequence[int] = GROWTH_AREAS) -> list[dict[str, float]]:
    """Return the seconds of scans of growing size, all with as many neighbours."""
    return [one for areas in sizes for one in _grown(areas, progress)]


def _grown(areas: int, progress: Callable[[str], object]) -> Iterator[dict[str, float]]:
    """Yield the scans of so many areas, by the longest window."""
    study = made(Size(areas=areas, share=1.0, neighbours=GROWTH_NEIGHBOURS, wanted=0))
    for longest in GROWTH_DAYS:
        progress(f"{areas} areas, {longest} days")
        seconds = min(
            _seconds(lambda: once(study, longest=longest, drawn=GROWTH_REPLICATES))  # noqa: B023 - called at once
            for _ in range(3)
        )
        yield {"areas": areas, "days": longest, "seconds": round(seconds, 4)}


def slope(points: list[dict[str, float]]) -> float:
    """Return the power of areas × window with which the time grows, by least squares of logarithms.

    >>> slope([{"areas": n, "days": 2, "seconds": 3 * n} for n in (1, 10, 100)])
    1.0
    """
    size = np.log([one["areas"] * one["days"] for one in points])
    return round(float(np.polyfit(size, np.log([one["seconds"] for one in points]), 1)[0]), 2)


def _seconds(run: Callable[[], object]) -> float:
    """Return how long it takes."""
    start = perf_counter()
    run()
    return perf_counter() - start


if __name__ == "__main__":
    areas, share, neighbours = sys.argv[1:]
    given = Size(areas=int(areas), share=float(share), neighbours=int(neighbours) or None, wanted=0)
    sys.stdout.write(json.dumps(_seconds(lambda: once(made(given)))) + "\n")
