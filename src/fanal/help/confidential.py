"""Confidential places: what is told of one, which is its region and its front gate, and who may read where it is."""

from dataclasses import replace

from fanal.help.ground import Ground
from fanal.model.error import RefusedError
from fanal.model.person import Person, Purpose, Role
from fanal.model.service import Location, Service

PURPOSE = Purpose.OUTREACH
"""The one purpose for which an exact place is read."""

ROLE = Role.OUTREACH


def require(who: Person, purpose: Purpose) -> None:
    """Refuse whoever may not read an exact place; ask this before anything is looked up.

    Raises:
        RefusedError: another role, or another purpose.

    >>> require(Person(name="amal", roles=frozenset({Role.OUTREACH})), Purpose.OUTREACH)
    """
    if purpose is not PURPOSE:
        raise RefusedError(f"No exact place is read for {purpose}.", hint=f"It is read for {PURPOSE}.")
    if not who.may(ROLE):
        raise RefusedError(
            f"{who.name} may not read an exact place: it needs the role {ROLE}.",
            hint="An administrator names roles.",
        )


def cleared(service: Service, ground: Ground) -> Service:
    """Return a service as it may be matched and shown.

    Of a confidential one each area becomes its region; points, names and hours of places go, and an area of
    which no region is known goes too: whatever came in by mistake is gone before anything is compared. So does
    how much it has.
    """
    if not service.confidential and not any(place.confidential for place in service.locations):
        return service
    served = (ground.region(area) for area in service.areas)
    return replace(
        service,
        confidential=True,
        areas=frozenset(area for area in served if area is not None),
        locations=tuple(_cleared(place, ground) for place in service.locations),
        capacities=(),
    )


def _cleared(place: Location, ground: Ground) -> Location:
    region = ground.region(place.area)
    return replace(place, point=None, name="", area=region, confidential=True, openings=())
