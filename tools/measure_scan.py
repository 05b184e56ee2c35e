"""Measure the power of the scan: how often a hotspot that was planted in simulated counts is found, and how well.

    python tools/measure_scan.py [--studies 200] [--seed 1]

Iraq's districts with their residents; counts are Poisson in proportion to residents, 60 weeks, and in the last weeks
some neighbouring districts have a multiple of what is expected. All counts are simulated. A hotspot is found when a
cluster with a p-value of at most 0.05 shares a district with it; *overlap* is the share of districts in both of those
in either (Jaccard), of the clusters that found it. The last line is one JSON object.
"""

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow.compute as pc

from fanal.facts import iraq
from fanal.geo.zones import Zones
from fanal.model.group import Group
from fanal.model.layer import LayerKind
from fanal.risk import permutation, poisson_prospective
from fanal.risk.cylinder import Cylinder
from fanal.risk.region import Region, region
from fanal.risk.window import prospective

WEEKS, WINDOW, LEVEL = 60, 8, 0.05
MAX_SHARE = 0.1
STOP_AFTER = 60  # more than 999 x LEVEL: a p-value near the level is not cut short


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Hold what is planted."""

    districts: int
    weeks: int
    risk: float  # times what is expected
    a_week: int  # counts of the whole country, on average


PLANTED = tuple(
    Planted(districts=districts, weeks=weeks, risk=risk, a_week=a_week)
    for a_week in (50, 500)
    for districts, weeks in ((1, 2), (3, 4), (6, 4))
    for risk in (1.0, 1.5, 2.0, 3.0)
)


def iraq_districts() -> Region:
    """Return the districts with their residents."""
    areas = iraq.areas()
    population = next(layer.table for layer in iraq.layers() if layer.kind is LayerKind.POPULATION)
    residents = population.filter(pc.field("group") == Group.RESIDENTS.value)
    people = residents.group_by("area").aggregate([("people", "max")]).rename_columns(["area", "weight"])
    return region(areas.filter(pc.field("level") == 2), people)


def studied(
    here: Region, zones: Zones, what: Planted, studies: int, rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Return power and overlap of each model."""
    share = here.weight / here.weight.sum()
    found: dict[str, list[float]] = {"poisson": [], "permutation": []}
    for _ in range(studies):
        centre = int(rng.integers(zones.count))
        around = zones.around(centre)
        true = frozenset(around[: what.districts].tolist())
        expected = np.tile(share * what.a_week, (WEEKS, 1))
        means = expected.copy()
        means[-what.weeks :, sorted(true)] *= what.risk
        counts = rng.poisson(means)
        seed = np.random.Generator(np.random.PCG64(int(rng.integers(2**32))))
        by_model = {
            "poisson": poisson_prospective.scan(
                counts, expected, zones, max_weeks=WINDOW, replicates=999, stop_after=STOP_AFTER, rng=seed
            ),
            "permutation": permutation.scan(
                counts, zones, prospective(WINDOW), replicates=999, stop_after=STOP_AFTER, rng=seed
            ),
        }
        for model, clusters in by_model.items():
            found[model].append(overlap(clusters, true))
    return {
        model: {
            "power": round(float(np.mean([one > 0 for one in overlaps])), 3),
            "error": round(1.96 * math.sqrt(0.25 / studies), 3),
            "overlap": round(float(np.mean([one for one in overlaps if one > 0] or [0.0])), 2),
        }
        for model, overlaps in found.items()
    }


def overlap(clusters: list[Cylinder], true: frozenset[int]) -> float:
    """Return the best overlap of a significant cluster with what was planted; 0: it was not found."""
    significant = [frozenset(one.areas) for one in clusters if one.p_value <= LEVEL]
    return max((len(true & one) / len(true | one) for one in significant), default=0.0)


def main() -> None:
    """Print a table and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.Generator(np.random.PCG64(given.seed))
    here = iraq_districts()
    zones = here.zones(MAX_SHARE)
    rows = []
    for what in PLANTED:
        measured = studied(here, zones, what, given.studies, rng)
        rows.append(asdict(what) | measured)
        sys.stdout.write(
            f"{what.a_week:>4} a week  {what.districts} districts  {what.weeks} weeks  x {what.risk:<4}"
            + "".join(
                f"  {model} {one['power']:.3f} ({one['overlap']:.2f})" for model, one in measured.items()
            )
            + "\n"
        )
        sys.stdout.flush()
    sys.stdout.write(json.dumps({"studies": given.studies, "seed": given.seed, "planted": rows}) + "\n")


if __name__ == "__main__":
    main()
