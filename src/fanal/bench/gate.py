"""The gate's core over a million cells: noise, threshold, fit and interval, on all cores.

`python -m fanal.bench.gate CELLS` does it once in a process of its own, to see its memory.
"""

import json
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from fanal.bench.process import cost_of
from fanal.privacy import shown
from fanal.privacy.bounding import FAMILY_ROW, PARTNER_SIGNALS, PUBLIC_SIGNALS, Grid
from fanal.privacy.policy import Policy

SEED = 20140803
CELLS = 1_000_000
WANTED_SECONDS = 15
DISTRICTS = 30
"""In each governorate: with its rest and both families 250 cells."""


def once(cells: int) -> dict[str, float]:
    """Draw and show about so many cells, most of them empty, and return the seconds of each step.

    >>> sorted(once(1_000))
    ['cells', 'cpu', 'draw', 'show']
    """
    rng = np.random.Generator(np.random.PCG64(SEED))
    governorates = cells // ((DISTRICTS + 1) * len(PARTNER_SIGNALS) + len(PUBLIC_SIGNALS))
    above = np.repeat(np.arange(governorates), DISTRICTS + 1)
    codes = tuple(map(str, range(len(above))))
    grid = Grid(
        public_areas=codes[:governorates],
        partner_areas=codes,
        areas=codes,
        public_row=above,
        partner_row=np.arange(len(above)),
        above=above,
        whole=np.ones(len(above), dtype=np.bool_),
    )
    partner = rng.poisson(rng.lognormal(0, 2, (len(above), len(PARTNER_SIGNALS)))).astype(np.int64)
    public = np.zeros((governorates, len(PUBLIC_SIGNALS)), dtype=np.int64)
    np.add.at(public, (above[:, None], FAMILY_ROW[None, :]), partner)
    policy = Policy()
    worked, start = process_time(), perf_counter()
    noisy, finer = shown.draw(public, partner, policy=policy)
    drawn = perf_counter()
    shown.show_public(noisy, policy)
    if finer is not None:
        shown.show_partners(finer, noisy, cells=grid, policy=policy)
    return {
        "cells": public.size + partner.size,
        "draw": drawn - start,
        "show": perf_counter() - drawn,
        "cpu": process_time() - worked,
    }


def measure(rounds: int, progress: Callable[[str], object], cells: int = CELLS) -> dict[str, Any]:
    """Return the median seconds of the core, and the most memory of a process that does it once."""
    once(1_000)  # kernels load
    found = []
    for _ in range(rounds):
        progress(f"{cells:,} cells")
        found.append(once(cells))
    cost = cost_of([sys.executable, "-m", "fanal.bench.gate", str(cells)], clock=perf_counter)
    return {
        "what": f"{found[0]['cells']:,} cells of both tables",
        "cells": int(found[0]["cells"]),
        "wanted_seconds": WANTED_SECONDS,
        "seconds": round(median(one["draw"] + one["show"] for one in found), 2),
        "draw_seconds": round(median(one["draw"] for one in found), 2),
        "show_seconds": round(median(one["show"] for one in found), 3),
        "cpu_seconds": round(median(one["cpu"] for one in found), 2),
        "peak_rss_mb": round(cost.peak_rss_mb),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(once(int(sys.argv[1]))) + "\n")
