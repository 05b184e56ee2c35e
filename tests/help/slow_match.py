"""Matching as one would write it down: door by door, with no array, a rule of hours from dateutil."""

import math
from datetime import date, datetime, time, timedelta, timezone, tzinfo

import numpy as np
from dateutil import rrule
from dateutil.rrule import weekday

from fanal.geo.distance import great_circle
from fanal.help.danger import Danger
from fanal.help.ground import Ground
from fanal.help.question import Question
from fanal.model.service import Location, Opening, Reach, Service, State, Status

NO, UNKNOWN, YES = 0, 1, 2
MEANS = {"ara": "ar", "en-gb": "en"}
WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def on(opening: Opening, day: date) -> int:
    """Say by dateutil whether a rule takes a day."""
    if (opening.first and day < opening.first) or (opening.last and day > opening.last):
        return NO
    start = opening.first or day - timedelta(days=400)
    start = start.replace(day=1) if opening.monthly else start - timedelta(days=start.weekday())
    interval = opening.interval if opening.first else 1
    every = {"byweekday": range(7)}
    by_day = [{"byweekday": one} for one in weekdays(opening)] or [every]
    by_month_day = [{"bymonthday": opening.month_days}] if opening.monthly and opening.month_days else [every]
    for choices in (by_day, by_month_day):  # dateutil takes numbered and plain days as "and": one at a time
        if not any(found(opening, start, interval, choice, day) for choice in choices):
            return NO
    return UNKNOWN if opening.interval > 1 and not opening.first else YES


def weekdays(opening: Opening) -> list[weekday]:
    numbers = [int(one[:-2]) if one[:-2] and opening.monthly else None for one in opening.days]
    return [weekday(WEEKDAYS[one[-2:]], number) for one, number in zip(opening.days, numbers, strict=True)]


def found(opening: Opening, start: date, interval: int, choice: dict, day: date) -> bool:
    rule = rrule.rrule(
        rrule.MONTHLY if opening.monthly else rrule.WEEKLY,
        dtstart=midnight(start),
        interval=interval,
        wkst=rrule.MO,
        until=midnight(day),
        **choice,
    )
    return bool(rule.between(midnight(day), midnight(day), inc=True))


def open_at(opening: Opening, now: datetime, zone: tzinfo) -> int:
    """Say whether an opening is open at a moment."""
    own = timezone(timedelta(hours=opening.offset_hours)) if opening.offset_hours is not None else zone
    here = now.astimezone(own).replace(tzinfo=None)
    if opening.opens_at is None or opening.closes_at is None:
        return min(UNKNOWN, on(opening, here.date()))
    best = NO
    for back in (0, 1):
        day = here.date() - timedelta(days=back)
        begins = datetime.combine(day, opening.opens_at)
        ends = datetime.combine(day, opening.closes_at)
        if (opening.closes_at.hour, opening.closes_at.minute) == (23, 59):
            ends = datetime.combine(day, time()) + timedelta(days=1)
        if opening.opens_at == opening.closes_at and ends.date() == day:
            begins = datetime.combine(day, time())
            ends = begins + timedelta(days=1)
        elif ends < begins:
            ends += timedelta(days=1)
        if begins <= here < ends:
            best = max(best, on(opening, day))
    return best


def holds(ground: Ground, outer: str | None, inner: str | None) -> bool:
    """Say whether an area is another or holds it."""
    return outer is not None and inner is not None and outer in ground.chain(inner)


def known(ground: Ground, area: str | None) -> bool:
    return ground.number(area) >= 0


def answer(
    services: list[Service],
    ground: Ground,
    question: Question,
    *,
    now: datetime,
    zone: tzinfo,
    danger: Danger,
) -> list[tuple[str, Location | None, frozenset[Reach]]]:
    """Return id, place and way of each service that answers, the best first."""
    rows = []
    numbered = sorted(
        (one for one in services if one.state is State.ACTIVE), key=lambda one: (one.name, one.id)
    )
    for number, service in enumerate(numbered):
        hidden = service.confidential or any(place.confidential for place in service.locations)
        for order, (place, ways) in enumerate(doors(service)):
            area = place.area if place else None
            if hidden:
                area = ground.region(area)
            key = rank(service, place, ways, area, hidden, ground, question, now, zone, danger)
            if key is not None:
                rows.append((key, number, order, service.id, place, ways))
    rows.sort(key=lambda row: row[:3])
    seen, found = set(), []
    for _, _, _, id_, place, ways in rows:
        if id_ not in seen:
            seen.add(id_)
            found.append((id_, place, ways))
    return found


def doors(service: Service) -> list[tuple[Location | None, frozenset[Reach]]]:
    """Return place and ways of each door."""
    places = [place for place in service.locations if place.kind != "virtual"]
    found: list[tuple[Location | None, frozenset[Reach]]] = []
    if Reach.IN_PERSON in service.reach:
        found += [(place, frozenset({Reach.IN_PERSON})) for place in places] or [
            (None, frozenset({Reach.IN_PERSON}))
        ]
    afar = service.reach - {Reach.IN_PERSON}
    if afar:
        found.append((None, afar))
    if not service.reach:
        found += [(place, frozenset({Reach.IN_PERSON})) for place in places]
        if service.phones or not places:
            found.append((None, frozenset({Reach.PHONE})))
    return found


def rank(service, place, ways, area, hidden, ground, question, now, zone, danger):
    """Return what a door is sorted by; None: it does not answer."""
    verdicts = []
    if question.needs:
        verdicts.append(YES if service.needs & question.needs else NO if service.needs else UNKNOWN)
    reachable = not question.reach or bool(ways & question.reach)
    verdicts.append(NO if not reachable else YES if service.reach else UNKNOWN)
    verdicts.append(who(service, question))
    if question.languages:
        verdicts.append(language(service, question))
    if question.free:
        frees = [
            YES if c.free or c.amount == 0 else NO if c.free is False or c.amount else UNKNOWN
            for c in service.costs
        ]
        verdicts.append(max(frees, default=UNKNOWN))
    at_place = Reach.IN_PERSON in ways
    if question.area is not None:
        verdicts.append(serves(service, hidden, at_place, ground, question.area))
    if question.open_now:
        openings = () if hidden else (place.openings if place else ()) or service.openings
        verdicts.append(max((open_at(one, now, zone) for one in openings), default=UNKNOWN))
    here = at_place and known(ground, area) and holds(ground, question.area, area)
    exact = place.point if place and not hidden else None
    around = (
        at_place
        and known(ground, area)
        and exact is None
        and area != question.area
        and holds(ground, area, question.area)
    )
    km = distance(exact, area, ground, question) if at_place else math.nan
    near = YES
    if at_place and question.within_km is not None:
        near = UNKNOWN if math.isnan(km) or around else YES if km <= question.within_km else NO
    if at_place and question.same_area:
        in_it = here or (around and hidden)
        near = min(near, YES if in_it else UNKNOWN if around or not known(ground, area) else NO)
    verdicts.append(near)
    if at_place and sent_into_danger(area, ground, question.area, danger):
        return None
    if NO in verdicts:
        return None
    inside = here or (around and hidden)
    step = 0 if inside else 2 if at_place else 1
    here_too = [one for one in danger.hotspots if holds(ground, one, question.area)]
    warned = at_place and known(ground, area) and any(holds(ground, one, area) for one in here_too)
    sort_km = 0.0 if not at_place or (inside and hidden) else math.inf if math.isnan(km) else km
    return (warned, verdicts.count(UNKNOWN), step, sort_km)


def who(service: Service, question: Question) -> int:
    serves, found = service.serves, YES
    if serves.least_age is not None or serves.most_age is not None:
        if question.age is None and question.grown is None:
            found = UNKNOWN
        elif question.age is None:
            years = range(18, 131) if question.grown else range(18)
            least = 0 if serves.least_age is None else serves.least_age
            most = math.inf if serves.most_age is None else serves.most_age
            fits = {least <= year <= most for year in years}
            if fits == {False}:
                return NO
            found = YES if fits == {True} else UNKNOWN
        elif (serves.least_age is not None and question.age < serves.least_age) or (
            serves.most_age is not None and math.floor(question.age) > serves.most_age
        ):
            return NO
    if serves.sexes:
        found = min(found, UNKNOWN if question.sex is None else YES if question.sex in serves.sexes else NO)
    if serves.statuses and not serves.statuses & question.statuses:
        spoken = question.statuses and Status.SURVIVOR not in serves.statuses
        found = min(found, NO if spoken else UNKNOWN)
    return found


def language(service: Service, question: Question) -> int:
    spoken = {MEANS.get(code, code) for code in service.languages}
    if not spoken:
        return UNKNOWN
    found = NO
    for code in question.languages:
        kurdish = code == "ku" and spoken & {"ckb", "kmr"}
        if code in spoken or kurdish:
            found = YES
        elif code in ("ckb", "kmr") and "ku" in spoken:
            found = max(found, UNKNOWN)
    return found


def serves(service: Service, hidden: bool, at_place: bool, ground: Ground, area: str) -> int:
    areas = {ground.region(one) for one in service.areas} - {None} if hidden else service.areas
    if not areas:
        return YES if at_place else UNKNOWN
    if any(holds(ground, one, area) for one in areas):
        return YES
    return (
        UNKNOWN
        if any(known(ground, one) and known(ground, area) and holds(ground, area, one) for one in areas)
        else NO
    )


def distance(exact, area, ground: Ground, question: Question) -> float:
    there = exact or point_of(ground, area)
    own = question.point or point_of(ground, question.area)
    if there is None or own is None:
        return math.nan
    given = (np.array([value]) for value in (*own, *there))
    return float(np.rint(great_circle(*given)[0]))


def point_of(ground: Ground, area: str | None) -> tuple[float, float] | None:
    number = ground.number(area)
    if number < 0 or math.isnan(ground.lon[number]):
        return None
    return float(ground.lon[number]), float(ground.lat[number])


def sent_into_danger(area: str | None, ground: Ground, own: str | None, danger: Danger) -> bool:
    if not known(ground, area):
        return False
    if any(holds(ground, one, area) for one in danger.blocked):
        return True
    if any(holds(ground, one, area) and not holds(ground, one, own) for one in danger.hotspots):
        return True
    for one, other in [*danger.crossings, *((other, one) for one, other in danger.crossings)]:
        leaves = holds(ground, one, own) and not holds(ground, other, own)
        if leaves and holds(ground, other, area) and not holds(ground, one, area):
            return True
    return False
