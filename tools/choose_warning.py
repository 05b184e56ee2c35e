"""Choose the settings of `fanal evaluate warning` on Iraq's ISO years 2004-2013: nothing later is read.

Prints a table of the grid, then each method's own best and its level at the scan's budget of false alarms, then what
other reporting delays would give. Takes twenty minutes on one core. The definitions stand in docs/backtest.md.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fanal.cli.dice import generator
from fanal.evaluate import by_count, by_ranking, by_scan, by_zscore, outcomes
from fanal.evaluate.study import Study, days_of, study
from fanal.evaluate.verdict import AHEAD_WEEKS, Verdict, judge
from fanal.facts import iraq
from fanal.model.layer import LayerKind
from fanal.risk.region import Region, of_residents
from fanal.risk.watch import Watch

FIRST, LAST = date(2003, 12, 29), date(2013, 12, 29)
COMPLETE_FROM = date(1989, 1, 1)
DELAYS = (0, 14, 28)
DELAY = 14

GRID = tuple(product((26, 52, 104, 260), (2, 4, 8, 12, 26), (0.02, 0.05, 0.1)))
BEYOND = tuple(cell for cell in product((52, 260, 520), (12, 26, 52), (0.005, 0.02)) if cell not in GRID)
"""The best of the first grid lay at its edge: longer pasts, longer windows, and single districts."""
RECURRENCE_LEVELS = (20.0, 52.0, 104.0, 260.0, 520.0, 1000.0)
COUNT_WINDOWS, COUNT_LEVELS = (1, 2, 4, 8, 12, 26), tuple(map(float, range(1, 16)))
Z_WINDOWS, Z_BASELINES, Z_LEVELS = (
    (1, 4, 8, 12),
    (26, 52, 104),
    (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0),
)
FIRST_K = tuple(range(1, 21))

Strength = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Hold one method with its settings, at one level."""

    method: str
    settings: tuple[tuple[str, float], ...]
    level: float
    verdict: Verdict

    def row(self) -> str:
        """Return a row of the table."""
        v = self.verdict
        said = ", ".join(f"{name} {value:g}" for name, value in self.settings) or "-"
        return (
            f"| {self.method} | {said} | {self.level:g} | {v.precision or 0:.3f} | {v.recall or 0:.3f} | {v.f1:.3f} | "
            f"{v.false_a_month:.2f} | {v.standing.sum() / v.cells.sum():.3f} |"
        )


class Past:
    """Hold what was known in the years of choosing, at one reporting delay."""

    def __init__(self, events: pa.Table, here: Region, delay: int) -> None:
        self.here = here
        self.study: Study = study(events, areas=here.codes, last=LAST, delay_days=delay)
        self.rows = self.study.rows(FIRST, LAST - timedelta(days=outcomes.AHEAD_DAYS))
        self.outcomes = outcomes.by_events(
            events, areas=here.codes, as_of=self.study.as_of, first=days_of(COMPLETE_FROM), last=days_of(LAST)
        )

    def tried(
        self, method: str, settings: dict[str, float], levels: tuple[float, ...], strength: Strength
    ) -> list[Tried]:
        """Return the verdicts at each level."""
        return [
            Tried(
                method=method,
                settings=tuple(settings.items()),
                level=level,
                verdict=judge((strength >= level) & (strength > 0), self.outcomes, self.rows),
            )
            for level in levels
        ]

    def scan(self, *, baseline: int, window: int, share: float, tick: Callable[[], None]) -> Strength:
        """Return the strength of the scan."""
        how = Watch(baseline_weeks=baseline, window_weeks=window, replicates=999, stop_after=20, seed=1)
        return by_scan.strength(
            self.study,
            zones=self.here.zones(share),
            weight=self.here.weight,
            how=how,
            first_row=self.rows.start - AHEAD_WEEKS,  # what stood just before makes no new warning
            dice=generator,
            progress=tick,
        )


def plain(past: Past) -> Iterator[Tried]:
    """Yield every setting and level of the baselines."""
    counts = past.study.counts
    for window in COUNT_WINDOWS:
        found = by_count.strength(counts, window_weeks=window)
        yield from past.tried("count", {"window_weeks": window}, COUNT_LEVELS, found)
    for window, baseline in product(Z_WINDOWS, Z_BASELINES):
        found = by_zscore.strength(counts, window_weeks=window, baseline_weeks=baseline)
        yield from past.tried("zscore", {"window_weeks": window, "baseline_weeks": baseline}, Z_LEVELS, found)
    yield from past.tried("ranking", {}, tuple(1 / k for k in FIRST_K), by_ranking.strength(counts))


def scans(past: Past) -> Iterator[Tried]:
    """Yield every setting and level of the scan."""
    done, every = count(1), (*GRID, *BEYOND)
    for baseline, window, share in every:
        found = past.scan(baseline=baseline, window=window, share=share, tick=lambda: None)
        settings = {"baseline_weeks": baseline, "window_weeks": window, "max_share": share}
        yield from past.tried("scan", settings, RECURRENCE_LEVELS, found)
        print(f"{next(done)} of {len(every)} scans", file=sys.stderr, flush=True)


def delayed(other: Past, own: dict[str, Tried]) -> Iterator[Tried]:
    """Yield each method's own best as it is at another reporting delay."""
    told = dict(own["scan"].settings)
    found = other.scan(
        baseline=int(told["baseline_weeks"]),
        window=int(told["window_weeks"]),
        share=told["max_share"],
        tick=lambda: None,
    )
    yield from other.tried("scan", told, (own["scan"].level,), found)
    kept = {(one.method, one.settings, one.level) for one in own.values()}
    yield from (one for one in plain(other) if (one.method, one.settings, one.level) in kept)


def main() -> None:
    """Try the grid, print what each setting gives at its best level, and what was chosen."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("events", type=Path, help="table of tools/ucdp_events.py")
    options = asked.parse_args()
    if not options.events.is_file():
        asked.error(f"The file {options.events} is missing: make it with tools/ucdp_events.py.")
    events = pq.read_table(options.events)
    events = events.filter(pc.field("end") <= LAST)
    layers = {layer.kind: layer.table for layer in iraq.layers()}
    here = of_residents(layers[LayerKind.AREAS], layers[LayerKind.POPULATION])

    past = Past(events, here, DELAY)
    tried = [*plain(past), *scans(past)]
    best: dict[tuple[str, tuple[tuple[str, float], ...]], Tried] = {}
    for one in tried:
        key = (one.method, one.settings)
        if key not in best or one.verdict.f1 > best[key].verdict.f1:
            best[key] = one
    head = (
        "| method | settings | level | precision | recall | F1 | false alarms a month | coverage |\n"
        + "|---" * 8
        + "|"
    )
    print(
        f"{past.outcomes[past.rows].size:,} districts and weeks; base rate {(past.outcomes[past.rows] == 1).mean():.4f}"
    )
    print(f"\nEach setting at its best level\n\n{head}")
    for one in best.values():
        print(one.row())

    print(f"\nOwn best of each method, then the best within the scan's budget\n\n{head}")
    own = {
        name: max((o for o in tried if o.method == name), key=lambda o: o.verdict.f1)
        for name in ("scan", "count", "zscore", "ranking")
    }
    for one in own.values():
        print(one.row())
    budget = own["scan"].verdict.false_a_month or 0
    for name in ("count", "zscore", "ranking"):
        within = [o for o in tried if o.method == name and (o.verdict.false_a_month or 0) <= budget]
        print(max(within, key=lambda o: (o.verdict.recall or 0, o.verdict.precision or 0)).row())

    print(
        f"\nEach method's own best at other reporting delays\n\n| delay, days {head.replace(chr(10), chr(10) + '|---')}"
    )
    for delay in DELAYS:
        for one in delayed(Past(events, here, delay), own):
            print(f"| {delay} {one.row()}")


if __name__ == "__main__":
    main()
