"""The gap's engine: who is within reach, how capacity is shared out, what is lacking, and what is not known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.help import slow_gap
from tests.help.conftest import AREAS, CODES, EVERYBODY, SERVICES, UNTIL, ground, location, service, some

from fanal.help.assumed import Assumed
from fanal.help.catchment import shares
from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.help.shortfall import drawn, shortfall
from fanal.help.supply import Supply, pairs, said, serves, supply
from fanal.help.within import bands
from fanal.model.capacity import Capacity
from fanal.model.error import UserError
from fanal.model.gap import Shortage
from fanal.model.group import Group
from fanal.model.service import Need, Provenance, Reach, Service, Sex, State, Status, Verification

TODAY = date(2026, 1, 7)
ENDS = [40.0, 120.0, 250.0]
WEIGHTS = np.array([1.0, 0.68, 0.22])
PLACES = list(AREAS["area"])
DANGERS = st.builds(
    Danger,
    blocked=some(CODES, most=1),
    crossings=st.frozensets(
        st.sampled_from([("g1", "g2"), ("d11", "d12"), ("d12", "g2"), ("nowhere", "g1")]), max_size=2
    ),
    hotspots=some(CODES, most=2),
)


def capacity(unit: str = "bed", **given: object) -> Capacity:
    plain: dict[str, object] = {
        "id": "c", "unit": unit, "available": None, "least": None, "most": None, "updated": None, "said": "",
    }  # fmt: skip
    return Capacity(**{**plain, **given})  # type: ignore[arg-type]


def beds(name: str = "s", number: float | None = 10.0, **given: object) -> Service:
    made = service(name, capacities=(capacity(most=number),) if number is not None else (), **given)
    checked = Verification(who="a", at=datetime(2026, 1, 1, tzinfo=UTC), until=UNTIL, digest="sha256:0")
    return replace(made, verification=checked)


def taken(*services: Service, **given: object) -> Supply:
    plain = {"today": TODAY, "oldest_days": 90}
    return supply(services, Need.SHELTER, "bed", **{**plain, **given})  # type: ignore[arg-type]


def reach(services: list[Service], danger: Danger = NOWHERE, shapes: dict[str, bytes] | None = None):
    doors = Doors(services, ground(), shown_until=lambda _: UNTIL)
    return doors, bands(doors, PLACES, ends_km=ENDS, danger=danger, shapes=shapes or {})


@settings(max_examples=300)
@given(SERVICES, DANGERS)
def test_what_is_within_reach_is_what_the_slow_reference_says(
    services: list[Service], danger: Danger
) -> None:
    doors, found = reach(services, danger)
    slow = [
        [slow_gap.band_of(one, code, ground(), ENDS, danger) for one in doors.services] for code in PLACES
    ]
    assert found.tolist() == slow


DEMANDS = st.lists(st.floats(0.1, 1e6) | st.just(0.0), min_size=1, max_size=6)
AMOUNTS = st.lists(st.floats(0, 1e5), min_size=1, max_size=8)


@settings(max_examples=300)
@given(DEMANDS, AMOUNTS, st.data())
def test_capacity_is_shared_out_as_the_two_steps_say_and_never_more_than_there_is(
    demand: list[float], amounts: list[float], data: st.DataObject
) -> None:
    shape = st.lists(st.integers(0, 3), min_size=len(amounts), max_size=len(amounts))
    near = data.draw(st.lists(shape, min_size=len(demand), max_size=len(demand)))
    share = shares(np.array(demand), np.array(near, np.uint8), WEIGHTS)
    units = share @ np.array(amounts)
    assert units == pytest.approx(
        slow_gap.allocated(demand, near, WEIGHTS.tolist(), amounts), rel=1e-9, abs=1e-9
    )
    assert (share >= 0).all()
    assert (share.sum(axis=0) <= 1 + 1e-12).all()
    for at, total in enumerate(share.sum(axis=0)):
        reached = any(people > 0 and row[at] for people, row in zip(demand, near, strict=True))
        assert total == pytest.approx(1.0 if reached else 0.0, abs=1e-9)


@settings(max_examples=80)
@given(
    st.lists(st.floats(0.1, 1e5) | st.sampled_from([0.0, nan]), min_size=1, max_size=5),
    st.lists(st.floats(0, 1e4) | st.just(nan), min_size=1, max_size=12),
    st.data(),
)
def test_the_interval_is_that_of_the_slow_reference_and_holds_its_ends(
    demand: list[float], amounts: list[float], data: st.DataObject
) -> None:
    shape = st.lists(st.integers(0, 3), min_size=len(amounts), max_size=len(amounts))
    near = data.draw(st.lists(shape, min_size=len(demand), max_size=len(demand)))
    seed = data.draw(st.integers(0, 2**32))
    one = Supply(
        need=Need.SHELTER,
        unit="bed",
        service=np.arange(len(amounts)),
        amount=np.array(amounts),
        free=np.zeros(len(amounts), np.bool_),
    )
    draws = drawn(one, np.random.default_rng(seed), draws=30)  # noqa: TID251 - a test's own dice, from its data
    found = shortfall(np.array(demand), one, np.array(near, np.uint8), WEIGHTS, draws)
    known = [amount for amount in amounts if not isnan(amount)]
    assert (draws is None) == (len(known) < 5)
    plain = [0.0 if isnan(people) else people for people in demand]
    empty = [0.0 if isnan(amount) else amount for amount in amounts]
    units = slow_gap.allocated(plain, near, WEIGHTS.tolist(), empty)
    for at, people in enumerate(demand):
        unsaid = sum(isnan(amount) and near[at][n] > 0 for n, amount in enumerate(amounts))
        assert found.unsaid[at] == unsaid
        if isnan(people):
            assert found.shortage[at] is Shortage.NOT_KNOWN
            assert isnan(found.high[at])
            continue
        assert found.high[at] == pytest.approx(max(people - units[at], 0.0), abs=0.051)
        if unsaid and draws is None:
            assert isnan(found.low[at])
        elif not unsaid:
            assert found.low[at] == found.high[at]
        else:
            slow = slow_gap.low_end(plain, near, WEIGHTS.tolist(), amounts, draws)
            assert found.low[at] == pytest.approx(slow[at], abs=0.051)
        if not isnan(found.low[at]):
            assert 0 <= found.low[at] <= found.high[at] <= people + 0.051


def test_nobody_known_to_say_anything_is_not_known_and_never_no_shortfall() -> None:
    unsaid = Supply(
        need=Need.SHELTER, unit="bed", service=np.arange(1), amount=np.array([nan]), free=np.zeros(1, bool)
    )
    found = shortfall(
        np.array([0.0, 50.0, 50.0, nan]), unsaid, np.array([[1], [1], [0], [1]], np.uint8), WEIGHTS, None
    )
    assert found.shortage == (Shortage.NOT_KNOWN, Shortage.NOT_KNOWN, Shortage.SHORT, Shortage.NOT_KNOWN)
    assert found.high.tolist()[1:3] == [50.0, 50.0]
    full = replace(unsaid, amount=np.array([80.0]))
    told = shortfall(np.array([0.0, 50.0]), full, np.array([[1], [1]], np.uint8), WEIGHTS, None)
    assert told.shortage == (Shortage.NONE_COUNTED, Shortage.NONE_FOUND)


def test_what_is_free_goes_before_all_there_is_and_old_numbers_are_none() -> None:
    at = datetime(2026, 1, 6, tzinfo=UTC)
    free = beds(number=None)
    free = replace(free, capacities=(capacity(available=3.0, most=20.0, updated=at),))
    assert said(free, "bed", TODAY, oldest_days=90) == (3.0, True, at.date())
    old = replace(free, capacities=(capacity(most=20.0, updated=at - timedelta(days=100)),))
    assert isnan(said(old, "bed", TODAY, oldest_days=90).amount)  # type: ignore[union-attr]
    assert said(old, "bed", TODAY, oldest_days=101).amount == 20.0  # type: ignore[union-attr]
    ahead = replace(free, capacities=(capacity(most=20.0, updated=at + timedelta(days=9)),))
    assert isnan(said(ahead, "bed", TODAY, oldest_days=90).amount)  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", [nan, -1.0, float("inf"), None])
def test_an_amount_that_is_none_is_unknown_and_not_zero(wrong: float | None) -> None:
    one = replace(beds(), capacities=(capacity(available=wrong, most=wrong),))
    assert np.isnan(taken(one).amount).tolist() == [True]
    half = replace(beds(), capacities=(capacity(most=4.0), capacity(most=wrong)))
    assert np.isnan(taken(half).amount).tolist() == [True]


def test_units_are_never_added_to_each_other() -> None:
    mixed = replace(beds(), capacities=(capacity("bed", most=4.0), capacity("room", most=2.0)))
    assert taken(mixed).amount.tolist() == [4.0]
    rooms = replace(beds("r"), capacities=(capacity("room", most=2.0),))
    assert taken(rooms).amount.tolist() == []
    assert np.isnan(taken(beds("n", None)).amount).all()
    assert pairs([mixed]) == [(Need.SHELTER, "bed"), (Need.SHELTER, "room")]


def test_a_confidential_service_is_in_no_sum_and_neither_is_what_seems_to_be_it() -> None:
    hidden = beds("hidden", confidential=True)
    alike = beds("alike", same_as=("OTHER",), provenance=Provenance(source="b", row="1"))
    assert taken(hidden, beds("open")).amount.tolist() == [10.0]
    assert taken(alike).amount.tolist() == [10.0]
    assert taken(alike, hidden={"other"}).amount.tolist() == []
    assert pairs([hidden]) == []
    place = location(area="d11", confidential=True)
    doors, found = reach([hidden, beds("placed", locations=(place,))])
    assert all(one.confidential for one in doors.services)
    assert not found.any()


def test_a_service_in_two_directories_counts_once() -> None:
    first = beds("a", 5.0)
    again = beds("b", 5.0, same_as=("a",), provenance=Provenance(source="another", row="1"))
    silent = beds("c", None, same_as=("a",), provenance=Provenance(source="third", row="1"))
    assert taken(first, again, silent).amount.tolist() == [5.0]
    beside = beds("d", 7.0, same_as=("b",))
    assert sorted(taken(first, beside, again).amount.tolist()) == [5.0, 7.0]


@pytest.mark.parametrize(
    ("who", "group", "fits"),
    [
        (replace(EVERYBODY, sexes=frozenset({Sex.MALE})), Group.WOMEN_AND_GIRLS, False),
        (replace(EVERYBODY, sexes=frozenset({Sex.MALE})), Group.DISPLACED, True),
        (replace(EVERYBODY, least_age=18.0), Group.CHILDREN, False),
        (replace(EVERYBODY, least_age=12.0), Group.CHILDREN, True),
        (replace(EVERYBODY, statuses=frozenset({Status.MIGRANT})), Group.DISPLACED, False),
        (replace(EVERYBODY, statuses=frozenset({Status.SURVIVOR})), Group.DISPLACED, True),
        (replace(EVERYBODY, statuses=frozenset({Status.MIGRANT})), Group.RESIDENTS, True),
    ],
)
def test_who_is_served_follows_what_was_said(who, group: Group, fits: bool) -> None:
    assert serves(service(serves=who), group) is fits


def test_a_straight_line_through_a_blocked_area_is_no_way() -> None:
    there = beds("s", locations=(location(point=(42.5, 33.0)),))
    wall = {"d12": shapely.to_wkb(shapely.box(41.9, 32, 42.1, 34))}
    doors, free = reach([there])
    row = PLACES.index("d11")
    assert free[row].tolist() == [2]
    _, shut = reach([there], Danger(blocked=frozenset({"d12"})), wall)
    assert shut[row].tolist() == [0]
    _, ends_alone = reach([there], Danger(blocked=frozenset({"d12"})))
    assert ends_alone[row].tolist() == [2]
    assert doors.services[0].state is State.ACTIVE


def test_what_is_in_the_area_is_in_the_first_band_without_any_point() -> None:
    _, found = reach([beds("s", locations=(location(area="d22"),))])
    assert dict(zip(PLACES, found[:, 0].tolist(), strict=True))["d22"] == 1
    afar = beds("p", reach=frozenset({Reach.PHONE}), areas=frozenset({"g1"}))
    _, found = reach([afar])
    reached = {code for code, band in zip(PLACES, found[:, 0].tolist(), strict=True) if band}
    assert reached == {"c", "g1", "d11", "d12"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 0.0},
        {"share": 1.1},
        {"share": nan},
        {"family": 0.5},
        {"oldest_days": -1},
        {"bands": ()},
        {"bands": ((10.0, 1.0), (10.0, 0.5))},
        {"bands": ((10.0, 0.5), (20.0, 1.0))},
        {"bands": ((10.0, nan),)},
        {"bands": ((-1.0, 1.0),)},
    ],
)
def test_what_cannot_be_assumed_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError):
        Assumed(**wrong)  # type: ignore[arg-type]
