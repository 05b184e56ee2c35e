"""The backtest: history replayed with what was known each week; leads, false alarms and plain baselines beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.evaluate import blocks, by_count, by_product, by_ranking, by_scan, by_zscore, lead, outcomes
from fanal.evaluate.chosen import CHOSEN, Chosen
from fanal.evaluate.onsets import Onset
from fanal.evaluate.study import Study, day_of, days_of, study
from fanal.evaluate.verdict import Verdict, judge, share
from fanal.model.category import Family
from fanal.model.error import InputError
from fanal.risk.region import Region, of_residents
from fanal.risk.watch import Watch
from fanal.settings import Risk

BEFORE_DAYS = lead.LONGEST_DAYS + outcomes.AHEAD_DAYS
"""Weeks before the first that is judged are scanned too, so that an onset on the first day can have its lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Hold what is replayed: dated layers alone, never a post."""

    areas: pa.Table  # AREA_SCHEMA
    events: pa.Table  # EVENTS_SCHEMA
    displacement: pa.Table | None  # DISPLACEMENT_SCHEMA
    population: pa.Table  # POPULATION_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Hold one method's alarms."""

    settings: Mapping[str, float]
    alarms: NDArray[np.bool_]  # [weeks of the study, areas]


def measure(
    layers: Layers,
    *,
    onsets: Sequence[Onset],
    first: date,
    last: date,
    risk: Risk,
    dice: Callable[[int], np.random.Generator],
    progress: Callable[[int, int], None],
    chosen: Chosen = CHOSEN,
) -> dict[str, Any]:
    """Replay the weeks from `first` to `last` and return leads, precision, recall and false alarms by method.

    The definitions stand in docs/backtest.md.

    Args:
        layers: what is replayed.
        onsets: days to be ahead of; those outside the weeks or the areas are left out.
        first: first as-of day that is judged.
        last: last day that anything is known of, warnings and outcomes.
        risk: delays, replicates, seed; and the product's own settings, as one of the methods.
        dice: makes the generator of a seed.
        progress: told weekly scans done and in all.
        chosen: settings of the methods.

    Raises:
        InputError: no event is known in the weeks, or no area has a point and residents.

    Returns:
        What docs/backtest.md describes, ready for JSON.
    """
    # 1. The weeks and districts, each week as it was known.
    here = of_residents(layers.areas, layers.population)
    known = layers.events.filter(pc.field("end") <= last)
    past = study(known, areas=here.codes, last=last, delay_days=risk.event_delay_days)
    rows = past.rows(first, last)
    if rows.start >= rows.stop or not past.counts.any():
        raise InputError(
            f"No conflict event is known of any district in the weeks from {first} to {last}.",
            hint="Choose weeks that the layer of events covers with --from and --to.",
        )

    # 2. The alarms of each method.
    methods = _methods(
        layers, past, here, first=first, risk=risk, dice=dice, progress=progress, chosen=chosen
    )

    # 3. What came after each week.
    judged = _outcomes(layers, known, past, last=last)

    # 4. Each onset with the warning that stood, and each method with its figures.
    told = [onset for onset in onsets if first <= onset.date <= last and onset.area in here.codes]
    leads = {name: [_lead(method, past, onset) for onset in told] for name, method in methods.items()}
    verdicts = {
        outcome: {name: judge(method.alarms, held, _known(held, rows)) for name, method in methods.items()}
        for outcome, held in judged.items()
    }
    return {
        "from": first,
        "to": last,
        "districts": len(here.codes),
        "weeks": rows.stop - rows.start,
        "event_delay_days": risk.event_delay_days,
        "displacement_delay_days": risk.displacement_delay_days,
        "outcomes": {name: _described(found, rows) for name, found in judged.items()},
        "methods": {
            name: {
                "settings": dict(method.settings),
                "onsets_with_lead": sum(one.days is not None for one in leads[name]),
                "onsets_under_standing_warning": sum(one.since is not None for one in leads[name]),
                **{
                    outcome: _figures(found[name], found["scan"], dice(risk.seed))
                    for outcome, found in verdicts.items()
                },
            }
            for name, method in methods.items()
        },
        "onsets": [
            {
                "name": onset.name,
                "date": onset.date,
                "area": onset.area,
                "lead_days": {name: leads[name][number].days for name in methods},
                "standing_since": {name: leads[name][number].since for name in methods},
                "first_within_90": {name: leads[name][number].first_within_90 for name in methods},
                "first_after": {name: leads[name][number].first_after for name in methods},
                "coverage_that_day": {name: _coverage(methods[name], past, onset.date) for name in methods},
            }
            for number, onset in enumerate(told)
        ],
    }


def _methods(
    layers: Layers,
    past: Study,
    here: Region,
    *,
    first: date,
    risk: Risk,
    dice: Callable[[int], np.random.Generator],
    progress: Callable[[int, int], None],
    chosen: Chosen,
) -> dict[str, Method]:
    """Return the alarms of the scan, of the product as it is set, and of the baselines."""
    first_row = past.rows(first - timedelta(days=BEFORE_DAYS), first).start
    families = 1 if layers.displacement is None else 2
    done, total = count(1), (len(past.weeks) - first_row) * (1 + families)

    def tick() -> None:
        progress(next(done), total)

    how = Watch(
        baseline_weeks=chosen.scan.baseline_weeks,
        window_weeks=chosen.scan.window_weeks,
        replicates=risk.replicates,
        stop_after=risk.stop_after,
        seed=risk.seed,
    )
    scanned = by_scan.strength(
        past,
        zones=here.zones(chosen.scan.max_share),
        weight=here.weight,
        how=how,
        first_row=first_row,
        dice=dice,
        progress=tick,
    )
    by_family = by_product.strengths(
        past, here, displacement=layers.displacement, risk=risk, first_row=first_row, dice=dice, progress=tick
    )
    found = {
        "scan": Method(settings=asdict(chosen.scan), alarms=scanned >= chosen.scan.level),
        "product": Method(
            settings=by_product.settings(risk),
            alarms=np.maximum.reduce(list(by_family.values())) >= risk.alert_recurrence_weeks,
        ),
        "product_conflict": Method(
            settings=by_product.settings(risk),
            alarms=by_family[Family.CONFLICT] >= risk.alert_recurrence_weeks,
        ),
    }
    for ending, plain in (("", chosen.at_equal_budget), ("_own_best", chosen.own_best)):
        counted = by_count.strength(past.counts, window_weeks=plain.count.window_weeks)
        scored = by_zscore.strength(
            past.counts,
            window_weeks=plain.zscore.window_weeks,
            baseline_weeks=plain.zscore.baseline_weeks,
        )
        ranked = by_ranking.strength(past.counts)
        found |= {
            f"count{ending}": Method(settings=asdict(plain.count), alarms=counted >= plain.count.level),
            f"zscore{ending}": Method(settings=asdict(plain.zscore), alarms=scored >= plain.zscore.level),
            f"ranking{ending}": Method(
                settings=asdict(plain.ranking), alarms=ranked >= 1 / plain.ranking.first_k
            ),
        }
    return found


def _outcomes(layers: Layers, known: pa.Table, past: Study, *, last: date) -> dict[str, outcomes.Outcomes]:
    """Return the outcomes by events, and by displacement where there are rounds."""
    span = pc.min_max(known["end"]).as_py()
    found = {
        "events": outcomes.by_events(
            known,
            areas=past.areas,
            as_of=past.as_of,
            first=days_of(span["min"]),
            last=min(days_of(span["max"]), days_of(last)),
        )
    }
    if layers.displacement is not None:
        moved = outcomes.by_displacement(
            layers.displacement, areas=past.areas, as_of=past.as_of, last=days_of(last)
        )
        if (moved != outcomes.UNKNOWN).any():
            found["displacement"] = moved
    return found


def _known(found: outcomes.Outcomes, rows: slice) -> slice:
    """Return the part of some weeks in which the outcome of any district is known."""
    some = np.flatnonzero((found[rows] != outcomes.UNKNOWN).any(axis=1))
    return (
        slice(rows.start + int(some[0]), rows.start + int(some[-1]) + 1)
        if len(some)
        else slice(rows.start, rows.start)
    )


def _lead(method: Method, past: Study, onset: Onset) -> lead.Lead:
    """Return the lead of a method at an onset."""
    rows = np.flatnonzero(method.alarms[:, past.areas.index(onset.area)])
    return lead.measure([day_of(day) for day in past.as_of[rows]], onset.date)


def _coverage(method: Method, past: Study, day: date) -> float:
    """Return the share of districts over which a warning stands on a day: by chance so many would be covered."""
    speaks = (past.as_of < days_of(day)) & (past.as_of >= days_of(day) - outcomes.AHEAD_DAYS)
    return float(method.alarms[speaks].any(axis=0).mean())


def _described(found: outcomes.Outcomes, rows: slice) -> dict[str, Any]:
    """Return when an outcome is known, and how often there is one."""
    within = found[_known(found, rows)]
    yes, no = int((within == outcomes.YES).sum()), int((within == outcomes.NO).sum())
    return {"weeks": len(within), "districts_and_weeks": yes + no, "base_rate": share(yes, yes + no)}


def _figures(verdict: Verdict, scan: Verdict, rng: np.random.Generator) -> dict[str, Any]:
    """Return the figures of a verdict, each share with its interval, and how its recall differs from the scan's."""
    warned = verdict.true + verdict.false
    return {
        "warnings": int(warned.sum() + verdict.unjudged.sum()),
        "true": int(verdict.true.sum()),
        "false": int(verdict.false.sum()),
        "unjudged": int(verdict.unjudged.sum()),
        "outcomes": int(verdict.outcomes.sum()),
        "forewarned": int(verdict.forewarned.sum()),
        "false_alarms_a_month": verdict.false_a_month,
        "false_alarms_per_100_quiet_district_months": verdict.false_per_100_quiet_months,
        "precision": verdict.precision,
        "precision_95": blocks.interval(verdict.true, warned, rng),
        "recall": verdict.recall,
        "recall_95": blocks.interval(verdict.forewarned, verdict.outcomes, rng),
        "recall_less_the_scans_95": blocks.difference(
            verdict.forewarned, scan.forewarned, verdict.outcomes, rng
        ),
        "coverage": share(verdict.standing.sum(), verdict.cells.sum()),
    }
