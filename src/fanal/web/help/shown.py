"""What the help page tells of a service, and nothing else: a stale entry is not shown, a hidden place not told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fanal.model.area import coded
from fanal.model.service import Need, Opening, Phone, Reach, Served, Service, State
from fanal.text.phone import is_short

_NOWHERE: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Hold one line of the list of places."""

    code: str  # P-code with its scheme: pcode:IQG15Q02
    name: str  # as its source writes it, Latin script
    parent: str | None  # code of the place that holds it; None: the list does not say
    names: Mapping[str, str]  # by language of the page; where one is missing: `name`

    def called(self, language: str) -> str:
        """Return its name in a language of the page.

        >>> Place(code="pcode:T1", name="West", parent=None, names={"fr": "Ouest"}).called("fr")
        'Ouest'
        """
        return self.names.get(language) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Hold what may be told of one service."""

    name: str  # empty: confidential, then its needs are its name
    organization: str  # empty: confidential, or not known
    needs: frozenset[Need]
    phones: tuple[Phone, ...]
    languages: frozenset[str]  # codes as written, lower case; empty: not said
    serves: Served
    free: bool | None  # None: not said
    reach: frozenset[Reach]
    openings: tuple[Opening, ...]
    areas: frozenset[
        str
    ]  # P-codes of where it is; of a confidential one its region; empty: not known, or by phone
    at: tuple[str, ...]  # names of where it is; empty: confidential, or not known
    confidential: bool
    checked: date  # day on which somebody made sure of it, UTC
    until: date  # last day on which that counts


class Find(Protocol):
    """Find entries for the page: the best first, and only what may be public on that day."""

    def __call__(
        self, *, need: Need | None, area: str | None, language: str | None, today: date
    ) -> Sequence[Shown]:
        """Return entries; None asks for all needs, for what is reached from anywhere, for any language."""


def shown(service: Service, today: date) -> Shown | None:
    """Return what the page may tell of a service; None: nothing.

    Nothing is told of a service that is not active, that nobody checked, whose check has ended, or that
    nobody can call or find. Of a confidential service its needs, its region and its front gate's phone
    are told: no name, for a name leads to a place, no organization and no hours.
    """
    if service.state is not State.ACTIVE or service.verification is None or not service.fresh(today):
        return None
    hidden = service.confidential or any(location.confidential for location in service.locations)
    front = _each_once(service.phones)
    if hidden:
        phones, at = front, _NOWHERE
    else:
        local = tuple(phone for location in service.locations for phone in location.phones)
        phones = _each_once((*front, *local)) or _each_once(service.organization.phones)
        at = tuple(location.name for location in service.locations if location.name)
    if not phones and (hidden or not at):
        return None
    return Shown(
        name="" if hidden else service.name,
        organization="" if hidden else service.organization.name,
        needs=service.needs,
        phones=phones,
        languages=service.languages,
        serves=service.serves,
        free=_free(service),
        reach=service.reach,
        openings=() if hidden else tuple(one for one in _hours(service) if _holds(one, today)),
        areas=frozenset(coded(location.area) for location in service.locations if location.area),
        at=at,
        confidential=hidden,
        checked=service.verification.at.date(),
        until=service.verification.until,
    )


def _each_once(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Return phones that somebody can call, each number once, in their order."""
    dialled = (phone for phone in phones if phone.kind != "fax" and (phone.e164 or is_short(phone.number)))
    return tuple({phone.e164 or phone.number: phone for phone in dialled}.values())


def _free(service: Service) -> bool | None:
    """Say whether a service is free of charge; None: not said, or not the same for all."""
    said = {cost.free for cost in service.costs}
    return said.pop() if len(said) == 1 else None


def _hours(service: Service) -> tuple[Opening, ...]:
    """Return the hours of a service, or of its one place; those of several would have to name their place."""
    if service.openings or len(service.locations) != 1:
        return service.openings
    return service.locations[0].openings


def _holds(opening: Opening, today: date) -> bool:
    """Say whether a rule for hours is in force on a day."""
    return (opening.first is None or opening.first <= today) and (
        opening.last is None or today <= opening.last
    )
