"""Measure what the fit of the partners' table does to its numbers, and how often the intervals hold the truth.

PYTHONPATH=src python tools/measure_gate.py --weeks 2000

Counts are simulated; the noise is the gate's own and is never seeded, so that the last digits differ from run to run.
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fanal.privacy import shown
from fanal.privacy.bounding import FAMILY_ROW, Grid
from fanal.privacy.policy import Policy

SEED = 20140803

Case = tuple[str, int, NDArray[np.int64]]


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Yield a name, districts in a governorate, and true counts [districts + 1, 8] of one of them."""
    one = np.zeros((7, 8), dtype=np.int64)
    one[0, 4] = 500
    yield "one cell of 500, 27 empty ones beside it", 6, one
    yield "28 cells, few large (log-normal)", 6, rng.poisson(rng.lognormal(2.5, 1.5, size=(7, 8)))
    yield "100 cells, four of 200 and all others 5", 24, np.where(np.arange(200).reshape(25, 8) < 8, 200, 5)
    yield "a governorate without districts, each category 60", 0, np.full((1, 8), 60)


def country(governorates: int, districts: int) -> Grid:
    """Return cells of governorates with as many districts each, and of who names none of these."""
    above = np.repeat(np.arange(governorates), districts + 1)
    rows = np.arange(len(above))
    return Grid(
        public_areas=tuple(f"G{n}" for n in range(governorates)),
        partner_areas=tuple(f"P{n}" for n in rows),
        areas=tuple(f"P{n}" for n in rows),
        public_row=above,
        partner_row=rows,
        above=above,
        whole=np.ones(len(above), dtype=np.bool_),
    )


def over_all(
    noisy: NDArray[np.int64], total: NDArray[np.int64], cells: Grid, policy: Policy
) -> NDArray[np.int64]:
    """Fit all cells of a group, hidden ones too: what the gate does not do."""
    grouped = shown.groups(cells, np.zeros(len(cells.partner_areas), np.int64), policy)
    flat = noisy.reshape(1, -1)
    out = np.zeros_like(flat)
    for group, wanted in enumerate(np.maximum(total.ravel(), 0).tolist()):
        inside = grouped.cells[grouped.starts[group] : grouped.starts[group + 1]]
        out[0, inside] = shown.nearest(flat[0, inside], wanted)
    return out.reshape(noisy.shape)


def main() -> None:
    """Print a table: bias and root mean square error of what is shown, as drawn and as fitted, and coverage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=2_000, help="governorate-weeks of each case")
    weeks = parser.parse_args().weeks
    policy = Policy()
    print("| case | | shown | bias | rms error | in the interval |\n| --- | --- | --- | --- | --- | --- |")
    for name, districts, one in cases(np.random.Generator(np.random.PCG64(SEED))):
        cells = country(weeks, districts)
        truth = np.tile(one, (weeks, 1))
        public = np.zeros((weeks, 2), dtype=np.int64)
        np.add.at(public, (cells.above[:, None], FAMILY_ROW[None, :]), truth)
        noisy, finer = shown.draw(public, truth, policy=policy)
        if finer is None:
            sys.exit("The partners' table was not drawn.")
        made = shown.show_partners(finer, noisy, cells=cells, policy=policy)
        seen = made.counts != shown.HIDDEN
        held = ((made.low <= truth) & (truth <= made.high))[seen].mean()
        for how, numbers in (
            ("as drawn", finer),
            ("fitted, as it leaves", made.counts),
            ("all cells fitted", over_all(finer, noisy, cells, policy)),
        ):
            off = (numbers - truth)[seen]
            error = np.sqrt((off**2.0).mean())
            print(f"| {name} | {how} | {seen.sum():,} | {off.mean():+.1f} | {error:.1f} | {held:.3f} |")


if __name__ == "__main__":
    main()
