"""What the tests of help share: a small country, and services with all that directories leave out."""

from datetime import date, datetime, time, timedelta, timezone

import pyarrow as pa
from hypothesis import strategies as st

from fanal.help.ground import Ground
from fanal.model.service import (
    Cost,
    Location,
    Need,
    Opening,
    Organization,
    Phone,
    Provenance,
    Reach,
    Served,
    Service,
    Sex,
    State,
    Status,
)

ZONE = timezone(timedelta(hours=3))
NOW = datetime(2026, 1, 7, 10, 30, tzinfo=ZONE)  # a Wednesday
UNTIL = date(2026, 3, 1)

AREAS = {
    "area": ["c", "g1", "g2", "d11", "d12", "d21", "d22"],
    "parent": [None, "c", "c", "g1", "g1", "g2", "g2"],
    "level": [0, 1, 1, 2, 2, 2, 2],
    "lon": [44.0, 42.0, 46.0, 41.5, 42.5, 45.5, None],
    "lat": [33.0, 33.0, 33.0, 33.2, 32.8, 33.1, None],
}
CODES = [*AREAS["area"], "nowhere"]


def ground() -> Ground:
    """Return a country of two governorates with two districts each; one has no point."""
    return Ground(pa.table(AREAS))


def phone(number: str = "1") -> Phone:
    return Phone(id=number, number=number, e164=None, extension="", kind="", languages=frozenset())


def opening(**given: object) -> Opening:
    plain: dict[str, object] = {
        "id": "o",
        "opens_at": time(9),
        "closes_at": time(17),
        "days": (),
        "monthly": False,
        "interval": 1,
        "month_days": (),
        "first": None,
        "last": None,
        "offset_hours": None,
        "said": "",
    }
    return Opening(**{**plain, **given})  # type: ignore[arg-type]


def location(**given: object) -> Location:
    plain: dict[str, object] = {
        "id": "l",
        "kind": "physical",
        "name": "a place",
        "point": None,
        "area": None,
        "confidential": False,
        "at": "at",
        "phones": (),
        "openings": (),
    }
    return Location(**{**plain, **given})  # type: ignore[arg-type]


EVERYBODY = Served(least_age=None, most_age=None, sexes=frozenset(), statuses=frozenset(), said="")


def service(name_of_it: str = "s", **given: object) -> Service:
    plain: dict[str, object] = {
        "id": name_of_it,
        "name": "a service",
        "organization": Organization(id="o", name="an organisation", parent=None, phones=()),
        "state": State.ACTIVE,
        "needs": frozenset({Need.SHELTER}),
        "languages": frozenset(),
        "serves": EVERYBODY,
        "costs": (),
        "reach": frozenset({Reach.IN_PERSON}),
        "areas": frozenset(),
        "locations": (),
        "phones": (),
        "openings": (),
        "confidential": False,
        "provenance": Provenance(source="a test", row="1"),
        "verification": None,
        "same_as": (),
    }
    return Service(**{**plain, **given})  # type: ignore[arg-type]


def some(values: object, *, most: int = 3) -> st.SearchStrategy[frozenset]:
    return st.frozensets(st.sampled_from(list(values)), max_size=most)  # type: ignore[call-overload]


TIMES = st.none() | st.times().map(lambda one: one.replace(microsecond=0))
DATES = st.none() | st.dates(date(2025, 11, 1), date(2026, 3, 1))
OPENINGS = st.builds(
    opening,
    opens_at=TIMES,
    closes_at=TIMES,
    days=st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "1WE", "-1WE", "2TU"]), max_size=3).map(tuple),
    monthly=st.booleans(),
    interval=st.sampled_from([1, 1, 1, 2, 3]),
    month_days=st.just(()) | st.just((7, 6)) | st.just((-25,)),
    first=DATES,
    last=DATES,
    offset_hours=st.sampled_from([None, None, 3.0, -11.5, 14.0]),
)
POINTS = st.none() | st.tuples(st.floats(39, 48), st.floats(29, 37))
LOCATIONS = st.builds(
    location,
    kind=st.sampled_from(["physical", "physical", "virtual", "postal"]),
    point=POINTS,
    area=st.sampled_from([None, *CODES]),
    confidential=st.sampled_from([False, False, False, True]),
    openings=st.lists(OPENINGS, max_size=2).map(tuple),
)
COSTS = st.builds(
    Cost,
    free=st.sampled_from([None, True, False]),
    amount=st.sampled_from([None, 0.0, 5.0]),
    currency=st.just(""),
    said=st.just(""),
)
SERVED = st.builds(
    Served,
    least_age=st.sampled_from([None, None, 0.0, 12.0, 18.0, 19.0]),
    most_age=st.sampled_from([None, None, 16.0, 17.0, 18.0, 25.0]),
    sexes=some(Sex, most=1),
    statuses=some(Status, most=2),
    said=st.just(""),
)
SERVICES = st.lists(
    st.builds(
        service,
        st.uuids().map(str),
        name=st.sampled_from(["Alder", "Birch", "Cedar"]),
        state=st.sampled_from([*[State.ACTIVE] * 4, State.CLOSED]),
        needs=some(list(Need)[:3]),
        languages=some(["ar", "ara", "ckb", "ku", "kmr", "en-gb"]),
        serves=SERVED,
        costs=st.lists(COSTS, max_size=2).map(tuple),
        reach=some(Reach),
        areas=some(CODES),
        locations=st.lists(LOCATIONS, max_size=2).map(tuple),
        phones=st.sampled_from([(), (phone(),)]),
        openings=st.lists(OPENINGS, max_size=1).map(tuple),
        confidential=st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
