"""Doors: each way into each service as columns, so that a question is answered by a few passes over arrays."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from fanal.help.confidential import cleared
from fanal.help.ground import Ground
from fanal.help.hours import Hours
from fanal.help.tongue import plain
from fanal.help.verdict import Verdict
from fanal.model.service import Location, Need, Opening, Reach, Service, Sex, State, Status

AFAR = frozenset({Reach.PHONE, Reach.ONLINE})
"""Ways for which nobody has to go anywhere."""

NEEDS, SEXES, STATUSES, WAYS = tuple(Need), tuple(Sex), tuple(Status), tuple(Reach)

FEW_AREAS = 200
"""Areas up to which their doors are looked up area by area, which is quicker than asking every door for its area."""

AreasOf = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int32]]
"""From longitudes and latitudes, degrees, to numbers of areas."""
Rows = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Door:
    """Hold one way into a service: a place of it, or from afar."""

    service: int  # its number
    location: Location | None  # None: from afar, or no place of it is told
    ways: frozenset[Reach]
    sure: bool  # the ways were said; False: they are guessed from a place or a phone that there is
    area: str | None
    openings: tuple[Opening, ...]


def doors_of(number: int, service: Service) -> list[Door]:
    """Return the doors of a service: one for each place, and one for all that is from afar."""
    sure, found = bool(service.reach), []
    places: list[Location | None] = [place for place in service.locations if place.kind != "virtual"]
    if Reach.IN_PERSON in service.reach or (not sure and places):
        for place in places or [None]:
            openings = (place.openings if place else ()) or service.openings
            area = place.area if place else None
            found.append(Door(number, place, frozenset({Reach.IN_PERSON}), sure, area, openings))
    afar = service.reach & AFAR
    if afar or (not sure and (service.phones or not found)):
        found.append(Door(number, None, afar or frozenset({Reach.PHONE}), sure, None, service.openings))
    return found


class Doors:
    """Hold the doors of all services that may be shown, as columns.

    A service whose place is confidential is cleared first: its columns know its region and nothing closer.
    """

    def __init__(
        self,
        services: Iterable[Service],
        ground: Ground,
        *,
        shown_until: Callable[[Service], date | None],
        areas_of: AreasOf | None = None,
    ) -> None:
        """Take services and areas.

        Args:
            services: of a directory; what is not active is left out.
            ground: the areas.
            shown_until: last day on which a service may be shown; None: it may not. The rule is the directory's.
            areas_of: numbers of the areas that hold points, -1 for none, as `fanal.geo.grid.Grid.areas_of`; where
                people are sent is told by the point, so that a block holds there whatever area was said.
        """
        kept = [(one, until) for one in services if one.state is State.ACTIVE and (until := shown_until(one))]
        kept.sort(key=lambda one: (one[0].name, one[0].id))  # so that a tie has the same end every time
        self.ground = ground
        self.services = tuple(cleared(one, ground) for one, _ in kept)
        self.doors = tuple(door for n, one in enumerate(self.services) for door in doors_of(n, one))
        of = self.service = np.array([door.service for door in self.doors], np.int64)
        own = self.services
        self.until = np.array([until.toordinal() for _, until in kept], np.int32)[of]
        self.needs = np.array([bits(one.needs, NEEDS) for one in own], np.int16)[of]
        self.sexes = np.array([bits(one.serves.sexes, SEXES) for one in own], np.int8)[of]
        self.statuses = np.array([bits(one.serves.statuses, STATUSES) for one in own], np.int8)[of]
        self.least_age = np.array([_number(one.serves.least_age) for one in own])[of]
        self.most_age = np.array([_number(one.serves.most_age) for one in own])[of]
        self.ageless = np.isnan(self.least_age) & np.isnan(self.most_age)
        self.free = np.array([_free(one) for one in own], np.int8)[of]
        self.confidential = np.array([one.confidential for one in own], np.bool_)[of]
        self.ways = np.array([bits(door.ways, WAYS) for door in self.doors], np.int8)
        self.sure = np.array([door.sure for door in self.doors], np.bool_)
        self.afar = np.array([Reach.IN_PERSON not in door.ways for door in self.doors], np.bool_)
        self.area = np.array([ground.number(door.area) for door in self.doors], np.int64)
        points = [door.location.point if door.location else None for door in self.doors]
        self.exact = np.array([point is not None for point in points], np.bool_)
        lon, lat = np.array([point or (np.nan, np.nan) for point in points], np.float64).reshape(-1, 2).T
        if areas_of is not None and self.exact.any():
            found = areas_of(lon[self.exact], lat[self.exact]).astype(np.int64)
            self.area[self.exact] = np.where(found >= 0, found, self.area[self.exact])
        self._in_area = _grouped(self.area, len(ground))
        of_area = self.area >= 0
        self.lon = np.where(self.exact | ~of_area, lon, np.append(ground.lon, np.nan)[self.area])
        self.lat = np.where(self.exact | ~of_area, lat, np.append(ground.lat, np.nan)[self.area])
        self.measured = ~np.isnan(self.lon + self.lat)
        self.hours = Hours([door.openings for door in self.doors])
        spoken = [_tongues(one) for one in own]
        self.tongues = _rows(spoken, of)
        self.says_tongue = np.array([bool(one) for one in spoken], np.bool_)[of]
        self.serving = _rows([one.areas for one in own], of)
        self.says_area = np.array([bool(one.areas) for one in own], np.bool_)[of]

    def __len__(self) -> int:
        """Return the number of doors."""
        return len(self.doors)

    def inside(self, areas: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which doors are in one of some areas, as `Ground.marked` marks them; one of no known area is in none."""
        numbers = areas.nonzero()[0]
        if len(numbers) > FEW_AREAS:
            return areas[self.area]
        found = np.zeros(len(self), np.bool_)
        for number in numbers.tolist():
            found[self._in_area[number]] = True
        return found


def bits(members: Collection[Enum], among: Sequence[Enum]) -> int:
    """Return members of a closed set as bits.

    >>> bits({Reach.PHONE}, WAYS)
    2
    """
    return sum(1 << place for place, one in enumerate(among) if one in members)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _free(service: Service) -> Verdict:
    """Say whether a service costs nothing: one free way is enough."""
    if any(cost.free or cost.amount == 0 for cost in service.costs):
        return Verdict.YES
    charged = [cost.free is False or (cost.amount or 0) > 0 for cost in service.costs]
    return Verdict.NO if charged and all(charged) else Verdict.UNKNOWN


def _tongues(service: Service) -> frozenset[str]:
    """Return the languages of a service and of its phones."""
    phones = (code for phone in service.phones for code in phone.languages)
    return frozenset(plain(code) for code in (*service.languages, *phones)) - {""}


def _grouped(area: NDArray[np.int64], areas: int) -> list[NDArray[np.int64]]:
    """Return the numbers of the doors in each area; a last place, empty, is for the unknown."""
    order = np.argsort(area, kind="stable")
    ends = np.searchsorted(area[order], np.arange(areas + 1))
    return np.split(order, ends)[1:]


def _rows(words: Sequence[Collection[str]], of: NDArray[np.int64]) -> Rows:
    """Return the numbers of the doors whose service has a word, by the word."""
    found: dict[str, list[int]] = {}
    for door, service in enumerate(of.tolist()):
        for word in words[service]:
            found.setdefault(word, []).append(door)
    return {word: np.array(doors, np.int64) for word, doors in found.items()}
