"""The parts of the risk index: their units, fixed scales, dimensions and weights."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fanal.model.group import Group

TOP = 10.0
"""INFORM's scale runs from 0 to 10."""


class Dimension(StrEnum):
    """Name the three dimensions of INFORM."""

    HAZARD = "hazard"  # hazard and exposure
    VULNERABILITY = "vulnerability"
    COPING = "coping"  # lack of coping capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Say how one part is scaled and where it goes. The ends are fixed, so that weeks and areas compare."""

    name: str
    dimension: Dimension
    unit: str
    least: float  # raw value of 0
    most: float  # raw value of 10; below `least` when much is good
    log: bool  # ln(1 + raw), as INFORM does where a few areas have far more than the rest
    weights: dict[
        Group, float
    ]  # weight in its dimension by group; a group that is not there has no such part


COUNTED_BY: dict[Group, str] = {
    Group.RETURNEES: "returnees_rate",
    Group.CHILDREN: "children_share",
    Group.MIGRANT_WORKERS: "migrant_workers_rate",
    Group.CAMP_RESIDENTS: "camp_residents_rate",
}
"""Groups that have a row only where a layer counts them, with the part that comes of that count."""


def _each(weight: float) -> dict[Group, float]:
    """Return the same weight for every group."""
    return dict.fromkeys(Group, weight)


PARTS: tuple[Part, ...] = (
    Part(
        name="conflict_events",
        dimension=Dimension.HAZARD,
        unit="events of the last 12 known weeks per 100,000 residents",
        least=0,
        most=20,
        log=True,
        weights=_each(0.4),
    ),
    Part(
        name="one_sided_violence",
        dimension=Dimension.HAZARD,
        unit="events against civilians of the last 12 known weeks per 100,000 residents",
        least=0,
        most=10,
        log=True,
        weights=_each(0.3),
    ),
    Part(
        name="conflict_trend",
        dimension=Dimension.HAZARD,
        unit="events a week per 100,000 residents: last 4 known weeks less the 8 before",
        least=0,
        most=0.5,
        log=False,
        weights=_each(0.15),
    ),
    Part(
        name="arrivals",
        dimension=Dimension.HAZARD,
        unit="share of places with displaced families that grew since the round before",
        least=0,
        most=0.5,
        log=False,
        weights=_each(0.15),
    ),
    Part(
        name="displaced_families",
        dimension=Dimension.VULNERABILITY,
        unit="displaced families present per 1,000 residents",
        least=0,
        most=200,
        log=True,
        weights={
            Group.RESIDENTS: 1.0,
            Group.DISPLACED: 0.5,
            Group.WOMEN_AND_GIRLS: 0.75,
            Group.CHILDREN: 0.75,
            Group.RETURNEES: 0.5,
            Group.MIGRANT_WORKERS: 0.5,
            Group.CAMP_RESIDENTS: 0.5,
        },
    ),
    Part(
        name="displaced_number",
        dimension=Dimension.VULNERABILITY,
        unit="displaced families present",
        least=10,
        most=50_000,
        log=True,
        weights={Group.DISPLACED: 0.5},
    ),
    Part(
        name="women_and_girls_share",
        dimension=Dimension.VULNERABILITY,
        unit="share of residents",
        least=0.45,
        most=0.55,
        log=False,
        weights={Group.WOMEN_AND_GIRLS: 0.25},
    ),
    Part(
        name="children_share",
        dimension=Dimension.VULNERABILITY,
        unit="share of residents under 18",
        least=0.25,
        most=0.55,
        log=False,
        weights={Group.CHILDREN: 0.25},
    ),
    Part(
        name="returnees_rate",
        dimension=Dimension.VULNERABILITY,
        unit="returnees per 1,000 residents",
        least=0,
        most=500,
        log=True,
        weights={Group.RETURNEES: 0.5},
    ),
    Part(
        name="migrant_workers_rate",
        dimension=Dimension.VULNERABILITY,
        unit="migrant workers per 1,000 residents",
        least=0,
        most=500,
        log=True,
        weights={Group.MIGRANT_WORKERS: 0.5},
    ),
    Part(
        name="camp_residents_rate",
        dimension=Dimension.VULNERABILITY,
        unit="camp residents per 1,000 residents",
        least=0,
        most=500,
        log=True,
        weights={Group.CAMP_RESIDENTS: 0.5},
    ),
    Part(
        name="agencies",
        dimension=Dimension.COPING,
        unit="agencies, counted once a sector, per 100,000 residents",
        least=10,
        most=0,
        log=True,
        weights=_each(0.5),
    ),
    Part(
        name="sectors",
        dimension=Dimension.COPING,
        unit="sectors with an agency; five or more count as all",
        least=5,
        most=0,
        log=False,
        weights=_each(0.5),
    ),
)


def scaled(raw: NDArray[np.float64], part: Part) -> NDArray[np.float64]:
    """Return raw values on the scale from 0 to 10, cut at its ends; NaN stays NaN.

    >>> scaled(np.array([0.0, 20.0, 99.0]), PARTS[0]).tolist()
    [0.0, 10.0, 10.0]
    """
    turn = np.log1p if part.log else np.asarray
    least, most = float(turn(part.least)), float(turn(part.most))
    return np.clip(TOP * (turn(raw) - least) / (most - least), 0.0, TOP)
