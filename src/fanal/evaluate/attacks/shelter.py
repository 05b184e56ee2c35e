"""Shelter: does matching tell where in its region a confidential place is, to somebody who asks from everywhere?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pyarrow as pa

from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import halves
from fanal.evaluate.attacks.target import FIRST, Target
from fanal.evaluate.attacks.trial import judge
from fanal.help.danger import Danger
from fanal.help.doors import Doors
from fanal.help.ground import Ground
from fanal.help.match import Match
from fanal.help.question import Question
from fanal.model.service import (
    Location,
    Need,
    Opening,
    Organization,
    Provenance,
    Reach,
    Served,
    Service,
    State,
)

NOW = datetime(FIRST.year, FIRST.month, FIRST.day, 10, tzinfo=UTC)
SIDE = 7
"""Positions of the attacker along each side of a grid over the region and its surroundings."""
PLACES = {"west": ((42.2, 33.4), "d1"), "east": ((43.8, 32.6), "d2")}
"""Point and district of the two places between which the attacker has to tell."""
HIDDEN = "hidden"

_CODES = ("c", "g", "d1", "d2", "far", "d3")
_AREAS = {
    "area": list(_CODES),
    "parent": [None, "c", "g", "g", "c", "far"],
    "level": [0, 1, 2, 2, 1, 2],
    "lon": [44.0, 43.0, 42.0, 44.0, 46.0, 46.5],
    "lat": [33.0, 33.0, 33.5, 32.5, 33.0, 33.2],
}


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Ask matching from a grid of positions, from every area, with every filter and near every danger, and compare.

    The attacker knows two places at one of which the shelter is, and one open service at each. The directory has
    the exact point, district and hours of the place in its record, as a careless import could leave them. First every
    answer is compared exactly between the two; then answers are timed, and the attacker bets on the time.
    """
    ground = Ground(pa.table(_AREAS))
    doors = {side: Doors(_services(side), ground, shown_until=lambda _: date(2100, 1, 1)) for side in PLACES}
    faults, asked = list[str](), 0
    for question, danger in _questions():
        answers = [repr(_ask(target, doors[side], question, danger)) for side in PLACES]
        asked += 1
        if answers[0] != answers[1] and len(faults) < 3:  # a few name what is wrong
            faults.append(f"The answers to {question} differ with the place.")
    trials = max(rounds // 4, 400)
    west = halves(trials, dice)
    times = np.zeros(trials)
    near = Question(point=PLACES["west"][0], within_km=30.0, open_now=True, needs=frozenset({Need.SHELTER}))
    for number, one in enumerate(west.tolist()):
        began = target.clock()
        _ask(target, doors["west" if one else "east"], near, Danger())
        times[number] = target.clock() - began
    found = judge(
        "shelter_position",
        "two places, one of which is the shelter's; all answers from a grid of positions, and how long they took",
        {"slow": times, "fast": -times},
        west,
        epsilon=0.0,
        bound=0.0,
        questions=asked,
    )
    return [replace(found, faults=(*found.faults, *faults))]


def _ask(target: Target, doors: Doors, question: Question, danger: Danger) -> list[Match]:
    found: list[Match] = target.match(doors, question, now=NOW, zone=UTC, danger=danger)
    return found


def _questions() -> Iterator[tuple[Question, Danger]]:
    """Give what is asked: positions by filters by distances, areas by dangers."""
    grid = [
        (float(lon), float(lat)) for lon in np.linspace(41, 47, SIDE) for lat in np.linspace(31, 35, SIDE)
    ]
    for point, km, open_now in product(grid, (None, 10.0, 50.0, 150.0), (False, True)):
        yield Question(point=point, within_km=km, open_now=open_now), Danger()
    filters = (
        Question(needs=frozenset({Need.SHELTER})),
        Question(languages=frozenset({"ckb"})),
        Question(reach=frozenset({Reach.PHONE})),
        Question(reach=frozenset({Reach.IN_PERSON})),
        Question(free=True, open_now=True),
        Question(same_area=True),
        Question(within_km=0.0),
    )
    dangers = (
        Danger(),
        *(Danger(blocked=frozenset({code})) for code in _CODES),
        *(Danger(hotspots=frozenset({code})) for code in _CODES),
        Danger(crossings=frozenset({("d1", "d3")})),
        Danger(crossings=frozenset({("d2", "d3")})),
        Danger(crossings=frozenset({("d1", "d2")})),
    )
    for area, one, danger in product(_CODES, filters, dangers):
        yield replace(one, area=area), danger


def _services(side: str) -> list[Service]:
    """Return a shelter at one of the two places, and an open service at each of them."""
    point, district = PLACES[side]
    shelter = _service(HIDDEN, _location(point, district, confidential=True), serves=district)
    open_ones = [_service(name, _location(at, area)) for name, (at, area) in PLACES.items()]
    return [shelter, *open_ones]


def _location(point: tuple[float, float], area: str, *, confidential: bool = False) -> Location:
    opening = Opening(
        id="o",
        opens_at=NOW.time() if area == "d1" else None,
        closes_at=None,
        days=(),
        monthly=False,
        interval=1,
        month_days=(),
        first=None,
        last=None,
        offset_hours=None,
        said=area,
    )
    return Location(
        id="l",
        kind="physical",
        name=area,
        point=point,
        area=area,
        confidential=confidential,
        at="at",
        phones=(),
        openings=(opening,),
    )


def _service(name: str, location: Location, *, serves: str | None = None) -> Service:
    return Service(
        id=name,
        name=name,
        organization=Organization(id="o", name="", parent=None, phones=()),
        state=State.ACTIVE,
        needs=frozenset({Need.SHELTER}),
        languages=frozenset({"ar"}),
        serves=Served(least_age=None, most_age=None, sexes=frozenset(), statuses=frozenset(), said=""),
        costs=(),
        reach=frozenset({Reach.IN_PERSON, Reach.PHONE}),
        areas=frozenset({serves} if serves else ()),
        locations=(location,),
        phones=(),
        openings=(),
        confidential=location.confidential,
        provenance=Provenance(source="made up", row=name),
        verification=None,
        same_as=(),
    )
