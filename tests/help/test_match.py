"""Matching answers as the slow reference does, says why, and never forgets what it promises to whoever asks."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.help import slow_match
from tests.help.conftest import (
    CODES,
    EVERYBODY,
    NOW,
    POINTS,
    SERVICES,
    UNTIL,
    ZONE,
    ground,
    location,
    opening,
    phone,
    service,
    some,
)

from fanal.cli.dice import generator
from fanal.help import doors as doors_file
from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.help.match import Match, match
from fanal.help.question import Question
from fanal.help.reason import Reason
from fanal.model.service import Need, Reach, Service, Sex, Status

QUESTIONS = st.builds(
    Question,
    needs=some(list(Need)[:3], most=2),
    languages=some(["ar", "ckb", "ku", "en"], most=2),
    age=st.none() | st.sampled_from([11.0, 12.0, 17.0, 17.5, 18.0, 40.0]),
    grown=st.none() | st.booleans(),
    sex=st.none() | st.sampled_from(Sex),
    statuses=some(Status, most=2),
    open_now=st.booleans(),
    free=st.booleans(),
    reach=some(Reach, most=2),
    area=st.none() | st.sampled_from(CODES),
    point=POINTS,
    within_km=st.none() | st.sampled_from([0.0, 50.0, 200.0, 5000.0]),
    same_area=st.booleans(),
)
FLANKED = st.sampled_from([("g1", "g2"), ("d11", "d12"), ("d12", "g2"), ("nowhere", "g1")])
DANGERS = st.builds(
    Danger,
    blocked=some(CODES, most=1),
    crossings=st.frozensets(FLANKED, max_size=2),
    hotspots=some(CODES, most=2),
)


def found(
    services: list[Service], question: Question, danger: Danger = NOWHERE, limit: int = 20
) -> list[Match]:
    doors = Doors(services, ground(), shown_until=lambda _: UNTIL)
    return match(doors, question, now=NOW, zone=ZONE, danger=danger, limit=limit)


@settings(max_examples=400)
@given(SERVICES, QUESTIONS, DANGERS)
def test_it_answers_as_the_slow_reference_does(
    services: list[Service], question: Question, danger: Danger
) -> None:
    slow = slow_match.answer(services, ground(), question, now=NOW, zone=ZONE, danger=danger)
    fast = found(services, question, danger)
    assert [(one.service.id, one.location and one.location.id, one.reach) for one in fast] == [
        (id_, place and place.id, ways) for id_, place, ways in slow
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_large_directory_is_answered_as_the_slow_reference_does_up_to_any_limit(seed: int) -> None:
    rng = generator(seed)
    services = [made_up(rng, number) for number in range(300)]
    doors = Doors(services, ground(), shown_until=lambda _: UNTIL)
    for asked in (Question(), Question(area="g1"), Question(area="d11", reach=frozenset({Reach.IN_PERSON})),
                  Question(point=(44.0, 33.0), within_km=250.0), Question(area="d12", open_now=True)):  # fmt: skip
        danger = Danger(hotspots=frozenset({"d12"}))
        slow = slow_match.answer(services, ground(), asked, now=NOW, zone=ZONE, danger=danger)
        assert len(slow) > 40, seed
        for limit in (1, 7, 40, 1000):
            fast = match(doors, asked, now=NOW, zone=ZONE, danger=danger, limit=limit)
            told = [(one.service.id, one.location, one.reach) for one in fast]
            assert told == slow[:limit], (seed, asked, limit)


def made_up(rng: np.random.Generator, number: int) -> Service:
    """Return a service with up to four places, so that many doors of one stand beside each other."""
    places = tuple(
        location(
            id=f"l{place}",
            point=(rng.uniform(41, 47), rng.uniform(31, 35)) if rng.random() < 0.6 else None,
            area=CODES[rng.integers(0, len(CODES))],
        )
        for place in range(rng.integers(0, 5))
    )
    hours = tuple(opening(days=(day,)) for day in ("WE", "TH")[: rng.integers(0, 3)])
    ways = [Reach.IN_PERSON, Reach.PHONE][: rng.integers(0, 3)]
    return service(f"{number:03}", reach=frozenset(ways), locations=places, openings=hours)


def test_many_areas_are_looked_up_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = generator(5)
    doors = Doors([made_up(rng, number) for number in range(50)], ground(), shown_until=lambda _: UNTIL)
    marks = [ground().marked(codes) for codes in ((), ("d11",), ("g1", "d22"), ("c",))]
    few = [doors.inside(one) for one in marks]
    monkeypatch.setattr(doors_file, "FEW_AREAS", -1)
    assert all((doors.inside(one) == mask).all() for one, mask in zip(marks, few, strict=True))
    assert [int(mask.sum() > 0) for mask in few] == [0, 1, 1, 1]


@given(SERVICES, QUESTIONS, DANGERS, st.integers(1, 4))
def test_a_limit_cuts_the_end_and_nothing_else(
    services: list[Service], question: Question, danger: Danger, limit: int
) -> None:
    assert found(services, question, danger, limit) == found(services, question, danger)[:limit]


@given(SERVICES, QUESTIONS)
def test_every_part_that_is_asked_has_a_reason(services: list[Service], question: Question) -> None:
    for one in found(services, question):
        said = set(one.reasons)
        assert said & {Reason.IN_PERSON, Reason.BY_PHONE, Reason.ONLINE}
        if question.needs:
            assert said & {Reason.NEED, Reason.NEED_UNKNOWN}
        if question.languages:
            assert said & {Reason.LANGUAGE, Reason.LANGUAGE_UNKNOWN}
        if question.open_now:
            assert said & {Reason.OPEN, Reason.HOURS_UNKNOWN}
        if question.free:
            assert said & {Reason.FREE, Reason.COST_UNKNOWN}
        if one.service.confidential:
            assert Reason.ASK_FIRST in said
            assert one.km is None


def test_what_may_not_be_shown_any_more_is_left_out() -> None:
    shown = {"yes": NOW.date(), "stale": NOW.date() - timedelta(days=1), "never": None}
    doors = Doors([service(one) for one in shown], ground(), shown_until=lambda one: shown[one.id])
    assert [one.service.id for one in match(doors, Question(), now=NOW, zone=ZONE)] == ["yes"]
    assert match(doors, Question(), now=NOW + timedelta(days=1), zone=ZONE) == []


def test_what_is_known_to_fit_comes_before_what_is_not_known() -> None:
    services = [
        service("silent", needs=frozenset(), name="A"),
        service("fits", name="B"),
        service("other", needs=frozenset({Need.LEGAL})),
    ]
    answers = found(services, Question(needs=frozenset({Need.SHELTER})))
    assert [(one.service.id, one.reasons[0]) for one in answers] == [
        ("fits", Reason.NEED),
        ("silent", Reason.NEED_UNKNOWN),
    ]


def test_nobody_is_asked_to_say_that_they_are_a_survivor() -> None:
    survivors = service(serves=replace(EVERYBODY, statuses=frozenset({Status.SURVIVOR})))
    (one,) = found([survivors], Question(statuses=frozenset({Status.DISPLACED})))
    assert Reason.FOR_SOME in one.reasons
    migrants = service(serves=replace(EVERYBODY, statuses=frozenset({Status.MIGRANT})))
    assert found([migrants], Question(statuses=frozenset({Status.DISPLACED}))) == []


@pytest.mark.parametrize(
    ("danger", "told"),
    [
        (NOWHERE, ["near", "far", "line"]),
        (Danger(blocked=frozenset({"d12"})), ["near", "line"]),
        (Danger(blocked=frozenset({"d11"})), ["far", "line"]),
        (Danger(hotspots=frozenset({"g1"})), ["line", "near", "far"]),  # in a hotspot already: last, and said
        (Danger(hotspots=frozenset({"d12"})), ["near", "line"]),
        (Danger(crossings=frozenset({("d12", "d11")})), ["near", "line"]),
        (Danger(blocked=frozenset({"c"})), ["line"]),
    ],
)
def test_nobody_is_sent_into_danger_and_a_phone_is_always_told(danger: Danger, told: list[str]) -> None:
    services = [
        service("near", locations=(location(area="d11"),)),
        service("far", locations=(location(area="d12"),)),
        service("line", reach=frozenset({Reach.PHONE}), areas=frozenset({"c"}), phones=(phone(),)),
    ]
    answers = found(services, Question(area="d11"), danger)
    assert sorted(one.service.id for one in answers) == sorted(told)
    warned = [one.service.id for one in answers if Reason.DANGER_HERE in one.reasons]
    assert warned == (["near", "far"] if danger.hotspots == {"g1"} else [])
    if warned:
        assert [one.service.id for one in answers] == told


def test_a_night_desk_is_open_after_midnight_by_the_rule_of_the_day_before() -> None:
    night = opening(opens_at=opening().closes_at, closes_at=opening().opens_at, days=("TU",))
    services = [service(openings=(night,))]
    doors = Doors(services, ground(), shown_until=lambda _: UNTIL)
    asked = Question(open_now=True)
    early = NOW.replace(hour=3)  # Wednesday, three in the morning
    assert len(match(doors, asked, now=early, zone=ZONE)) == 1
    assert match(doors, asked, now=early + timedelta(days=1), zone=ZONE) == []


def test_an_empty_directory_answers_nothing() -> None:
    assert found([], Question(needs=frozenset({Need.FOOD}), open_now=True, area="d11")) == []


def test_a_block_holds_where_the_point_is_whatever_area_was_said() -> None:
    place = location(point=(42.5, 32.8), area="d11")
    held = Danger(blocked=frozenset({"d12"}))
    for areas_of, left in (
        (None, 1),
        (lambda lon, _: np.full(len(lon), ground().number("d12"), np.int32), 0),
    ):
        doors = Doors([service(locations=(place,))], ground(), shown_until=lambda _: UNTIL, areas_of=areas_of)
        assert len(match(doors, Question(), now=NOW, zone=ZONE, danger=held)) == left
