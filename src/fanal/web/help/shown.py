"""What the help page tells of a match, and nothing else: a stale entry is not shown, a hidden place not told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fanal.help.doors import AFAR
from fanal.help.match import Match
from fanal.help.reason import Reason
from fanal.model.area import coded
from fanal.model.service import Need, Opening, Phone, Reach, Served, Service, State
from fanal.text.phone import is_short


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
    """Hold what may be told of one service: of its places only the one that was matched: others may be blocked."""

    id: str  # of the service; it is told nowhere
    name: str  # empty: confidential, then its needs are its name
    organization: str  # empty: confidential, or not known
    needs: frozenset[Need]
    phones: tuple[Phone, ...]
    languages: frozenset[str]  # codes as written, lower case; empty: not said
    serves: Served
    free: bool | None  # None: not said
    reach: frozenset[Reach]  # ways that were said of it; empty: none was
    openings: tuple[Opening, ...]
    goes: bool  # it is somewhere to go to; False: it is reached from afar
    area: str | None  # P-code of where it is; of a confidential one its region; None: not known, or from afar
    at: str  # name of where it is; empty: confidential, not known, or from afar
    km: int | None  # to it; None: in the place that was asked about, confidential, not known, or from afar
    elsewhere: bool  # it is known to be in another place than the one that was asked about
    reasons: tuple[Reason, ...]  # why it is shown, and what is not known
    confidential: bool
    checked: date  # day on which somebody made sure of it, UTC
    until: date  # last day on which that counts


def shown(found: Match, today: date, *, around: Collection[str] = ()) -> Shown | None:
    """Return what the page may tell of a match; None: nothing.

    Nothing is told of a service that is not active, that nobody checked, whose check has ended, or that
    nobody can call or find. Of a confidential service its needs, its region and its front gate's phone
    are told: no name, for a name leads to a place, no organization, no hours and no distance.

    Args:
        found: of matching.
        today: the day.
        around: codes of the area that was asked about and of those that hold it.
    """
    service, place = found.service, found.location
    if service.state is not State.ACTIVE or service.verification is None or not service.fresh(today):
        return None
    hidden = service.confidential or any(location.confidential for location in service.locations)
    goes = Reach.IN_PERSON in found.reach
    phones = _each_once(service.phones) if hidden else _phones(found)
    at = place.name if place and not hidden else ""
    if not phones and not at:
        return None
    area = coded(place.area) if place and place.area else None
    vague = area in around and not (place and place.point)  # told by an area that holds whoever asks
    same = Reason.SAME_AREA in found.reasons or Reason.SAME_REGION in found.reasons
    openings = (place.openings if place else ()) or service.openings
    return Shown(
        id=service.id,
        name="" if hidden else service.name,
        organization="" if hidden else service.organization.name,
        needs=service.needs,
        phones=phones,
        languages=service.languages,
        serves=service.serves,
        free=_free(service),
        reach=service.reach if goes else service.reach & AFAR,
        openings=() if hidden else tuple(one for one in openings if _holds(one, today)),
        goes=goes,
        area=area,
        at=at,
        km=None if hidden or same or vague else found.km,
        elsewhere=bool(around) and area is not None and area not in around and not same,
        reasons=found.reasons,
        confidential=hidden,
        checked=service.verification.at.date(),
        until=service.verification.until,
    )


def by_phone(service: Service) -> Match:
    """Return a service that everybody is told of, whatever they ask, as a match that is reached from afar."""
    return Match(service=service, location=None, reach=frozenset({Reach.PHONE}), km=None, reasons=())


def _phones(found: Match) -> tuple[Phone, ...]:
    """Return the numbers of a service: its own and those of the place; from afar, those of all its places."""
    service, place = found.service, found.location
    places = (place,) if place else service.locations
    local = tuple(phone for one in places for phone in one.phones)
    return _each_once((*service.phones, *local)) or _each_once(service.organization.phones)


def _each_once(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Return phones that somebody can call, each number once, in their order."""
    dialled = (phone for phone in phones if phone.kind != "fax" and (phone.e164 or is_short(phone.number)))
    return tuple({phone.e164 or phone.number: phone for phone in dialled}.values())


def _free(service: Service) -> bool | None:
    """Say whether a service is free of charge; None: not said, or not the same for all."""
    said = {cost.free for cost in service.costs}
    return said.pop() if len(said) == 1 else None


def _holds(opening: Opening, today: date) -> bool:
    """Say whether a rule for hours is in force on a day."""
    return (opening.first is None or opening.first <= today) and (
        opening.last is None or today <= opening.last
    )
