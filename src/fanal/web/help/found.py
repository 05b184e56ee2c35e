"""Entries for the page out of a list of services: those of the place, of what holds it, and by phone from anywhere."""

from collections.abc import Mapping, Sequence
from datetime import date

from fanal.model.area import coded
from fanal.model.service import Need, Reach, Service
from fanal.web.help.shown import Find, Place, Shown, shown
from fanal.web.help.tongue import meant

MOST = 12  # entries on one page: more is not read on a small screen, and does not fit in 14 KB
_REMOTE = frozenset({Reach.PHONE, Reach.ONLINE})


def finder(services: Sequence[Service], places: Sequence[Place]) -> Find:
    """Return a function that finds entries in a list, nearest first: the place, then what holds it, then by phone.

    What is not said of a service does not rule it out: who says no language may speak the one asked for, and comes
    after those who say it. A service that names no need is found where no need is asked for.
    """
    parents = {place.code: place.parent for place in places}

    def find(*, need: Need | None, area: str | None, language: str | None, today: date) -> Sequence[Shown]:
        around = _around(area, parents)
        ranked: list[tuple[int, bool, str, str, Shown]] = []
        for service in services:
            told = shown(service, today)
            if told is None or (need is not None and need not in told.needs):
                continue
            spoken = {one for code in told.languages for one in meant(code)}
            if language and told.languages and language not in spoken:
                continue
            far = _far(service, told, around)
            if far is not None:
                ranked.append((far, language not in spoken, told.name, service.id, told))
        return [told for *_, told in sorted(ranked, key=lambda one: one[:4])][:MOST]

    return find


def _around(area: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """Return a place and what holds it, from the inside out; a circle ends where it closes."""
    around: list[str] = []
    while area is not None and area not in around:
        around.append(area)
        area = parents.get(area)
    return around


def _far(service: Service, told: Shown, around: Sequence[str]) -> int | None:
    """Return how many steps outwards a service is or serves; None: it cannot be reached from there."""
    near = told.areas | {coded(code) for code in service.areas}
    steps = [step for step, code in enumerate(around) if code in near]
    if steps:
        return steps[0]
    remote = bool(told.reach & _REMOTE) or not near
    return len(around) if remote and told.phones and not (service.areas and around) else None
