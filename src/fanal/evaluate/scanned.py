"""What a scan finds in a data set of anybody's: its clusters, with their areas by name and their dates."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.cases import Cases, refuse, whole_people
from fanal.evaluate.steps import LEAST_DAYS, Step
from fanal.geo.zones import Zones, circular_zones, planar_zones
from fanal.risk import binomial, permutation, poisson
from fanal.risk.cylinder import Cylinder
from fanal.risk.weekday import DAYS, weekday_shares
from fanal.risk.window import Windows, prospective, retrospective, spatial


class ScanModel(StrEnum):
    """Name what counts are compared with."""

    POISSON = "poisson"
    PERMUTATION = "permutation"
    BINOMIAL = "binomial"


class Distance(StrEnum):
    """Name how far two areas are apart."""

    EUCLIDEAN = "euclidean"
    GREAT_CIRCLE = "great-circle"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Hold how a data set is scanned."""

    model: ScanModel
    distance: Distance
    max_population: float  # largest zone, as a share of all people; of all cases in the permutation model
    max_areas: int | None  # most areas of a zone
    max_days: int | None  # longest window; None: half of the study
    prospective: bool  # only windows that end with the study
    earlier: int = 0  # prospective analyses before this one, one a step, that p-values are adjusted for
    weekdays: bool = False  # people count by the day of the week, as the study's own past has it
    replicates: int
    stop_after: int  # 0: never


def scan(
    cases: Cases, path: Path, how: How, *, rng: np.random.Generator, progress: Callable[[int], object] = bool
) -> list[dict[str, Any]]:
    """Scan a data set; return its clusters, likeliest first, as objects for JSON.

    Raises:
        InputError: the data set has not what the model needs.
    """
    if not cases.counts.any():
        refuse(f"{path} counts no case at all.", "There is nothing to scan.")
    windows = _windows(cases, path, how)
    if how.weekdays and how.model is not ScanModel.POISSON:
        refuse(
            f"The {how.model.value} model expects nothing of a day of the week.",
            "Leave out --weekdays; the permutation model needs none, since it keeps each day's total.",
        )
    given: dict[str, Any] = {
        "replicates": how.replicates,
        "searched": _searched(cases, path, how, windows),
        "rng": rng,
        "stop_after": how.stop_after or None,
        "progress": progress,
    }
    if how.model is ScanModel.PERMUTATION:
        found = permutation.scan(cases.counts, _zones(cases, cases.counts.sum(axis=0), how), windows, **given)
    elif cases.people is None:
        refuse(
            f"Neither {path} nor the table of areas has a column population.",
            f"The {how.model.value} model needs people; --model permutation does not.",
        )
    else:
        zones = _zones(cases, cases.people.sum(axis=0), how)
        if how.model is ScanModel.BINOMIAL:
            found = binomial.scan(cases.counts, whole_people(cases, path), zones, windows, **given)
        else:
            expected = _by_weekday(cases, path, windows, how) if how.weekdays else cases.people
            found = poisson.scan(cases.counts, expected, zones, windows, **given)
    return [_cluster(one, cases, how) for one in found]


def _windows(cases: Cases, path: Path, how: How) -> Windows:
    """Return the windows in time."""
    periods = len(cases.periods)
    if cases.periods[0] is None:
        if how.weekdays or how.model is ScanModel.PERMUTATION or how.prospective:
            refuse(f"{path} is read without dates.", "Name the column of dates: --time-column date.")
        return spatial()
    if periods < 2:
        refuse(f"{path} has one {cases.step.value} alone.", "Leave out --time-column, or give more of it.")
    longest = max(periods // 2, 1)
    if how.max_days is not None:
        longest = how.max_days // LEAST_DAYS[cases.step]
        if longest < 1:
            refuse(
                f"A window of {how.max_days} days is shorter than a {cases.step.value}, the step of {path}.",
                f"Give --max-days {LEAST_DAYS[cases.step]} or more.",
            )
    longest = min(longest, periods)
    return prospective(longest) if how.prospective else retrospective(periods, longest)


def _searched(cases: Cases, path: Path, how: How, windows: Windows) -> Windows:
    """Return the windows that replicates are searched for: those of the analyses before this one too."""
    if not how.earlier:
        return windows
    if not how.prospective:
        refuse(
            "Only a prospective scan has analyses before it.", "Give --prospective, or leave out --earlier."
        )
    if windows.depth + how.earlier > len(cases.periods):
        refuse(
            f"{path} has {len(cases.periods)} steps, too few for {how.earlier} analyses before the last with windows "
            f"of {windows.depth}.",
            f"Give --earlier {len(cases.periods) - windows.depth} or less.",
        )
    return prospective(windows.depth, earlier=how.earlier)


def _by_weekday(cases: Cases, path: Path, windows: Windows, how: How) -> NDArray[np.float64]:
    """Return people times what the day of the week has on average, by the days before any window that ends now."""
    if cases.step is not Step.DAY or cases.people is None:
        refuse(f"{path} is counted by the {cases.step.value}.", "Week days are for counts by the day.")
    past = len(cases.counts) - windows.depth if how.prospective else len(cases.counts)
    if past < DAYS:
        refuse(
            f"{path} has no whole week before its windows.", "Leave out --weekdays, or give a longer past."
        )
    day = (np.arange(len(cases.counts)) - past) % DAYS
    return cases.people * weekday_shares(cases.counts[:past])[day] * DAYS


def _zones(cases: Cases, weight: Any, how: How) -> Zones:
    """Return the circles around each area."""
    make = circular_zones if how.distance is Distance.GREAT_CIRCLE else planar_zones
    return make(cases.x, cases.y, weight, max_share=how.max_population, max_areas=how.max_areas)


def _cluster(one: Cylinder, cases: Cases, how: How) -> dict[str, Any]:
    """Return a cluster for JSON."""
    told: dict[str, Any] = {
        "llr": one.llr,
        "p_value": one.p_value,
        "gumbel_p_value": one.gumbel_p_value,
        "observed": one.observed,
        "expected": one.expected,
        "relative_risk": one.relative_risk if np.isfinite(one.relative_risk) else None,
        "areas": [cases.areas[row] for row in one.areas],
        "centre": cases.areas[one.centre],
    }
    if cases.periods[0] is not None:
        first, last = one.window
        told |= {
            "first": str(cases.periods[first]),
            "last": str(cases.periods[last]),
            "step": cases.step.value,
        }
        if how.prospective:
            told["recurrence_steps"] = 1 / one.p_value
    return told
