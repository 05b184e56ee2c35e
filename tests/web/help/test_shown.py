"""What is told of a service: nothing that is stale or unchecked, nothing that leads to a confidential place."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.service import Location, Need, Phone, Reach, Service, State
from fanal.sources import service_list
from fanal.web.help.drawn import draw
from fanal.web.help.found import MOST, finder
from fanal.web.help.question import Form, Question
from fanal.web.help.shown import Place, shown
from fanal.web.help.site import Site
from fanal.web.help.tongue import TONGUES

CHECKOUT = Path(__file__).resolve().parents[3]
SERVICES = service_list.read(CHECKOUT / "examples" / "help.toml").services
BY_NAME = {service.name: service for service in SERVICES}
HEALTH, LEGAL = BY_NAME["Alder health centre"], BY_NAME["West legal office"]
SECRET, HELPLINE = BY_NAME["House that is not named"], BY_NAME["Lantern helpline"]
TODAY = date(2026, 11, 29)
PLACES = (
    Place(code="pcode:T1", name="West", parent=None, names={}),
    Place(code="pcode:T1A", name="Alder", parent="pcode:T1", names={}),
    Place(code="pcode:T2", name="East", parent=None, names={}),
)


def test_an_entry_is_shown_until_its_check_ends_and_not_a_day_longer() -> None:
    assert HEALTH.verification is not None
    ends = replace(HEALTH, verification=replace(HEALTH.verification, until=TODAY))
    assert shown(ends, TODAY) is not None
    assert shown(ends, TODAY + timedelta(days=1)) is None
    assert shown(replace(HEALTH, verification=None), TODAY) is None


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_a_service_that_is_not_there_is_not_shown(state: State) -> None:
    assert shown(replace(HEALTH, state=state), TODAY) is None


def secret_place(**changed: object) -> Location:
    """Return a place that nobody may learn."""
    made = Location(
        id="l", kind="physical", name="SECRETSTREET 7", point=(44.4444, 33.3333), area="pcode:T1",
        confidential=True, at="a", openings=(),
        phones=(Phone(id="p", number="+44 1632 960999", e164="+441632960999", extension="", kind="voice",
                      languages=frozenset()),),
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("flag", [True, False], ids=["the service says so", "its place says so"])
def test_a_confidential_place_is_told_in_no_form_and_no_language(form: Form, flag: bool) -> None:
    told = replace(
        SECRET, name="SECRETNAME", confidential=flag, locations=(secret_place(confidential=not flag),),
        openings=HEALTH.openings,
        organization=replace(SECRET.organization, name="SECRETORG", phones=secret_place().phones),
    )  # fmt: skip
    services = (told, HELPLINE)
    site = Site(places=PLACES, find=finder(services, PLACES))
    for code in TONGUES:
        for need in (None, Need.SHELTER):
            text = draw(site, Question(code, True, need=need, area="pcode:T1A", form=form), TODAY)
            assert "960030" in text.replace(" ", ""), "the front gate is told"
            for secret in ("SECRET", "960999", "44.44", "33.33", "08:30"):
                assert secret not in text


def test_a_confidential_service_without_a_front_gate_is_not_shown() -> None:
    assert shown(replace(SECRET, phones=(), locations=(secret_place(),)), TODAY) is None


def test_a_fax_is_no_number_to_call() -> None:
    fax = replace(HEALTH.phones[0], kind="fax")
    assert shown(replace(HEALTH, phones=(fax,), locations=()), TODAY) is None


def test_hours_out_of_force_are_not_told() -> None:
    old = replace(HEALTH.openings[0], last=TODAY - timedelta(days=1))
    told = shown(replace(HEALTH, openings=(old, HEALTH.openings[0])), TODAY)
    assert told is not None
    assert told.openings == (HEALTH.openings[0],)


def names(need: Need | None, area: str | None, language: str | None = None) -> list[str]:
    """Return the names that are found in the example."""
    find = finder(SERVICES, PLACES)
    return [one.name or "hidden" for one in find(need=need, area=area, language=language, today=TODAY)]


def test_the_nearest_comes_first_and_a_phone_is_reached_from_anywhere() -> None:
    near = ["Alder health centre", "hidden", "West legal office", "Lantern helpline"]
    assert names(None, "pcode:T1A") == near
    assert names(None, "pcode:T2") == ["Lantern helpline"]
    assert names(None, None) == ["Lantern helpline"]
    assert names(Need.HEALTH, "pcode:T1A") == ["Alder health centre"]
    assert names(Need.HEALTH, "pcode:T2") == []


def test_a_language_that_is_not_said_does_not_rule_a_service_out() -> None:
    assert names(None, "pcode:T1A", "ckb") == ["hidden", "West legal office", "Lantern helpline"]
    assert names(Need.HEALTH, "pcode:T1A", "tr") == []


def slow(services: list[Service], need: Need | None, area: str | None, today: date) -> set[str]:
    """Return ids of what is found, the obvious way, for places with one step between them."""
    holders = {"pcode:T1A": {"pcode:T1A", "pcode:T1"}, "pcode:T1": {"pcode:T1"}, "pcode:T2": {"pcode:T2"}}
    found = set()
    for one in services:
        if one.verification is None or one.verification.until < today or not one.phones:
            continue
        if need is not None and need not in one.needs:
            continue
        is_at = {location.area for location in one.locations} | one.areas
        near = area is not None and bool(is_at & holders[area])
        remote = bool(one.reach & {Reach.PHONE, Reach.ONLINE}) or not is_at
        if near or (remote and not (one.areas and area)):
            found.add(one.id)
    return found


@st.composite
def made(draw_: st.DrawFn) -> Service:
    """Return the example's helpline with other needs, places, reach and check."""
    codes = st.sampled_from(["pcode:T1", "pcode:T1A", "pcode:T2"])
    assert HELPLINE.verification is not None
    until = TODAY + timedelta(days=draw_(st.integers(-3, 3)))
    return replace(
        HELPLINE,
        id=draw_(st.uuids().map(str)),
        needs=draw_(st.frozensets(st.sampled_from([Need.FOOD, Need.LEGAL]))),
        areas=draw_(st.frozensets(codes, max_size=2)),
        locations=tuple(
            secret_place(area=code, confidential=False) for code in draw_(st.lists(codes, max_size=2))
        ),
        reach=draw_(st.frozensets(st.sampled_from(list(Reach)))),
        verification=replace(HELPLINE.verification, until=until, at=datetime(2026, 1, 1, tzinfo=UTC)),
    )


@given(
    st.lists(made(), max_size=6, unique_by=lambda one: one.id),
    st.sampled_from([None, Need.FOOD]),
    st.sampled_from([None, "pcode:T1", "pcode:T1A", "pcode:T2"]),
)
def test_what_is_found_is_what_the_obvious_way_finds(
    services: list[Service], need: Need | None, area: str | None
) -> None:
    named = [replace(one, name=one.id) for one in services]
    found = finder(named, PLACES)(need=need, area=area, language=None, today=TODAY)
    assert {one.name for one in found} == slow(named, need, area, TODAY)
    assert len(found) <= MOST
