"""What is told of a match: nothing that is stale or unchecked, no other place than the one that was matched."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.help.conftest import MOMENT, TODAY, drawn

from fanal import directories
from fanal.help.danger import NOWHERE, Danger
from fanal.help.match import Match
from fanal.help.reason import Reason
from fanal.model.service import Location, Need, Phone, Reach, Service, State
from fanal.sources import service_list
from fanal.web.help.found import MOST, find, helplines
from fanal.web.help.known import Known
from fanal.web.help.named import CAUTIONS, NEARNESS, UNKNOWN, WAYS, WHY
from fanal.web.help.question import Far, Form, Question
from fanal.web.help.shown import Place, Shown, by_phone, shown
from fanal.web.help.site import Site
from fanal.web.help.told import Told, messages, tell
from fanal.web.help.tongue import TONGUES, read

CHECKOUT = Path(__file__).resolve().parents[3]
LIST = service_list.read(CHECKOUT / "examples" / "help.toml")
BY_NAME = {service.name: service for service in LIST.services}
HEALTH, LEGAL = BY_NAME["Alder health centre"], BY_NAME["West legal office"]
SECRET, HELPLINE = BY_NAME["House that is not named"], BY_NAME["Lantern helpline"]
PLACES = (
    Place(code="pcode:T1", name="West", parent=None, names={}),
    Place(code="pcode:T1A", name="Alder", parent="pcode:T1", names={}),
    Place(code="pcode:T2", name="East", parent=None, names={}),
)


def known(services: tuple[Service, ...], danger: Danger = NOWHERE) -> Known:
    """Return what is known where there are these services."""
    return Known(doors=directories.of_list(replace(LIST, services=services)), danger=danger)


def going(service: Service) -> Match:
    """Return a service matched by its first place."""
    return Match(
        service=service,
        location=service.locations[0],
        reach=frozenset({Reach.IN_PERSON}),
        km=None,
        reasons=(Reason.IN_PERSON,),
    )


def test_an_entry_is_shown_until_its_check_ends_and_not_a_day_longer() -> None:
    assert HEALTH.verification is not None
    ends = replace(HEALTH, verification=replace(HEALTH.verification, until=TODAY))
    assert shown(going(ends), TODAY) is not None
    assert shown(going(ends), TODAY + timedelta(days=1)) is None
    assert shown(going(replace(HEALTH, verification=None)), TODAY) is None


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_a_service_that_is_not_there_is_not_shown(state: State) -> None:
    assert shown(going(replace(HEALTH, state=state)), TODAY) is None


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
    now = known((told, HELPLINE))
    site = Site(places=PLACES, known=lambda _: now, zone=UTC)
    for code in TONGUES:
        for need in (None, Need.SHELTER):
            text = drawn(site, Question(code, True, need=need, area="pcode:T1A", form=form))
            assert "960030" in text.replace(" ", ""), "the front gate is told"
            for secret in ("SECRET", "960999", "44.44", "33.33", "08:30"):
                assert secret not in text


def test_a_confidential_service_without_a_front_gate_is_not_shown() -> None:
    assert shown(going(replace(SECRET, phones=(), locations=(secret_place(),))), TODAY) is None


def test_a_fax_is_no_number_to_call() -> None:
    fax = replace(HEALTH.phones[0], kind="fax")
    assert shown(by_phone(replace(HEALTH, phones=(fax,), locations=())), TODAY) is None


def test_hours_out_of_force_are_not_told() -> None:
    old = replace(HEALTH.openings[0], last=TODAY - timedelta(days=1))
    told = shown(going(replace(HEALTH, openings=(old, HEALTH.openings[0]))), TODAY)
    assert told is not None
    assert told.openings == (HEALTH.openings[0],)


def names(
    need: Need | None, area: str | None, language: str | None = None, danger: Danger = NOWHERE, **more: object
) -> list[str]:
    """Return the names that are found in the example."""
    asked = Question("en", True, need=need, area=area, spoken=language, **more)  # type: ignore[arg-type]
    found = find(known(LIST.services, danger), asked.meant(), moment=MOMENT, zone=UTC)
    return [one.name or "hidden" for one in found]


def test_the_page_finds_what_matching_finds_in_its_order() -> None:
    assert names(None, "pcode:T1A") == [
        "Alder health centre",
        "Lantern helpline",
        "hidden",
        "West legal office",
    ], "what is known to fit comes first"
    assert names(None, None) == ["Lantern helpline", "hidden", "West legal office"], "by phone alone"
    assert names(Need.HEALTH, "pcode:T1A") == ["Alder health centre"]
    assert names(Need.HEALTH, "pcode:T1B", far=Far.HERE) == []
    assert names(Need.LEGAL, "pcode:T1A", free=True) == []
    assert names(None, "pcode:T1A", way=Reach.IN_PERSON) == [
        "Alder health centre",
        "hidden",
        "West legal office",
    ]


def test_a_language_that_is_not_said_does_not_rule_a_service_out() -> None:
    assert "Alder health centre" not in names(None, "pcode:T1A", "ckb")
    assert "West legal office" in names(None, "pcode:T1A", "ckb")
    assert names(Need.HEALTH, "pcode:T1A", "tr") == []


def test_who_is_blocked_is_told_in_no_form_and_a_phone_is() -> None:
    alder = secret_place(id="a", name="ALDERSTREET 1", area="pcode:T1A", confidential=False)
    east = secret_place(id="e", name="EASTSTREET 2", area="pcode:T2", confidential=False)
    two = replace(HEALTH, id="two", locations=(alder, east), reach=frozenset({Reach.IN_PERSON, Reach.PHONE}))
    line = replace(HEALTH, id="line", name="Line", locations=(alder,), reach=two.reach)
    now = known((two, line, HELPLINE), Danger(blocked=frozenset({"pcode:T1A"})))
    site = Site(places=PLACES, known=lambda _: now, zone=UTC)
    for form in Form:
        for area in ("pcode:T1A", "pcode:T1", "pcode:T2"):
            text = drawn(site, Question("en", True, area=area, form=form))
            assert "ALDERSTREET" not in text
            assert "960010" in text.replace(" ", ""), "its phone is told"
            assert "block" not in text[text.index("<body>") :].lower()
        assert form is Form.MESSAGES or "EASTSTREET" in text


def test_whoever_is_in_a_hotspot_is_warned_and_everybody_else_is_kept_away() -> None:
    hot = Danger(hotspots=frozenset({"pcode:T1A"}))
    site = Site(places=PLACES, known=lambda _: known(LIST.services, hot), zone=UTC)
    warning = CAUTIONS[Reason.DANGER_HERE]
    for form in (Form.PAGE, Form.CARD, Form.COPY):
        inside = drawn(site, Question("en", True, need=Need.HEALTH, area="pcode:T1A", form=form))
        assert "Market street" in inside
        assert warning in inside
        outside = drawn(site, Question("en", True, need=Need.HEALTH, area="pcode:T2", form=form))
        assert "Market street" not in outside
        assert warning not in outside


def test_a_place_in_a_hotspot_that_has_no_phone_is_warned_of_in_a_short_message() -> None:
    silent = replace(
        HEALTH, phones=(), locations=(secret_place(area="pcode:T1A", confidential=False, phones=()),)
    )
    hot = Danger(hotspots=frozenset({"pcode:T1A"}))
    site = Site(places=PLACES, known=lambda _: known((silent, HELPLINE), hot), zone=UTC)
    text = drawn(site, Question("en", True, area="pcode:T1A", form=Form.MESSAGES))
    assert "SECRETSTREET 7, Alder. " + CAUTIONS[Reason.DANGER_HERE] in " ".join(text.split())


def told(service: Service, asked: Question, danger: Danger = NOWHERE) -> Told:
    """Return a service in English words."""
    (one,) = find(known((service,), danger), asked.meant(), moment=MOMENT, zone=UTC)
    return tell(one, read("en"), {place.code: place for place in PLACES})


def test_why_an_entry_is_shown_and_what_nobody_said_is_told() -> None:
    asked = Question("en", True, need=Need.HEALTH, area="pcode:T1A", spoken="ar", free=True, open_now=True)
    one = told(HEALTH, asked)
    assert (one.why, one.near) == ("what you need, your language, open now, free of charge", "In this place")
    assert one.unsure == ""
    one = told(LEGAL, Question("en", True, need=Need.LEGAL, area="pcode:T1A", spoken="ar", open_now=True))
    assert one.why == "what you need"
    assert one.unsure == "its languages, whether it is for you, its hours, whether to call or to come"
    assert told(HEALTH, Question("en", True, area="pcode:T2", way=Reach.IN_PERSON)).near == "In another place"


def test_hours_of_a_confidential_service_are_never_told() -> None:
    one = told(
        replace(SECRET, openings=HEALTH.openings), Question("en", True, area="pcode:T1A", open_now=True)
    )
    assert "open now" not in one.why
    assert "its hours" in one.unsure
    assert one.near == "In this region"


def test_every_reason_has_words() -> None:
    assert {*WHY, *UNKNOWN, *NEARNESS, *CAUTIONS, *WAYS} == set(Reason)
    for first, second in ((WHY, UNKNOWN), (WHY, NEARNESS), (UNKNOWN, CAUTIONS)):
        assert not first.keys() & second.keys()


def test_a_distance_is_told_in_whole_kilometres_of_the_language() -> None:
    one = shown(replace(going(HEALTH), km=1234), TODAY, around={"pcode:T2"})
    assert one is not None
    far = {code: tell(one, read(code), {}).near for code in ("en", "fr")}
    assert far == {"en": "About 1,234 km away", "fr": "À environ 1\u202f234 km"}
    within = shown(replace(going(HEALTH), km=12), TODAY, around={"pcode:T1A"})
    assert within is not None
    assert within.km is None, "told by an area that holds whoever asks, it may be next door"


def test_reasons_stand_in_a_short_message_only_where_they_cost_none_more() -> None:
    asked = Question("en", True, need=Need.HEALTH, area="pcode:T1A")
    one = told(HEALTH, asked)
    assert messages([one]) == ["Alder health centre: +441632960010 (what you need)"]
    long = replace(one, title="A" * 135)
    assert messages([long]) == ["A" * 135 + ": +441632960010"]
    many = [replace(one, title=f"{'Centre' * 8} {n}") for n in range(9)]
    plain = messages([replace(each, why="") for each in many])
    assert len(messages(many)) == len(plain)
    assert messages([]) == []


def test_places_of_a_list_that_hold_each_other_end_somewhere() -> None:
    round_about = tuple(
        replace(one, parent="pcode:T1A") if one.code == "pcode:T1" else one for one in LIST.places
    )
    doors = directories.of_list(replace(LIST, places=round_about))
    assert doors.ground.chain("pcode:T1A") == ("pcode:T1A", "pcode:T1")
    assert directories.of_list(LIST).ground.region("pcode:T1B") == "pcode:T1"


def test_a_list_with_points_tells_how_far_and_is_asked_how_far(tmp_path: Path) -> None:
    text = (CHECKOUT / "examples" / "help.toml").read_text(encoding="utf-8")
    for old, point in (
        ('name = "West"\n', "[43.0, 36.0]"),
        ('name = "East"\n', "[44.0, 36.0]"),
        ('name = "Alder health centre"\n', "[43.0, 36.2]"),
    ):
        assert old in text
        text = text.replace(old, f"{old}point = {point}\n")
    path = tmp_path / "list.toml"
    path.write_text(text, encoding="utf-8")
    now = Known(doors=directories.of_list(service_list.read(path)))
    assert now.far == tuple(Far)
    assert known((HEALTH,)).far == (Far.HERE,), "without points nobody is asked for kilometres"

    def told(area: str, far: Far | None) -> dict[str, int | None]:
        asked = Question("en", True, need=Need.HEALTH, area=area, way=Reach.IN_PERSON, far=far).meant()
        return {one.name: one.km for one in find(now, asked, moment=MOMENT, zone=UTC) if one.name}

    assert told("pcode:T2", None) == {"Alder health centre": 93}
    assert told("pcode:T2", Far.WIDE) == {}
    assert told("pcode:T1", Far.WIDE) == {"Alder health centre": None}, "it is in the place"
    for far, area in product((None, *Far), ("pcode:T1", "pcode:T2")):
        asked = Question("en", True, need=Need.SHELTER, area=area, far=far).meant()
        assert all(one.km is None for one in find(now, asked, moment=MOMENT, zone=UTC) if one.confidential)


def test_a_helpline_is_one_that_says_so_and_answers_a_phone() -> None:
    silent = [replace(HEALTH, id=f"s{n}", needs=frozenset()) for n in range(3 * MOST)]
    deaf = replace(HELPLINE, id="deaf", phones=())
    now = known((*silent, deaf, HELPLINE))
    for area in (None, "pcode:T1A", "pcode:nowhere"):
        assert [one.name for one in helplines(now, area, moment=MOMENT, zone=UTC)] == ["Lantern helpline"]


def test_helplines_of_anywhere_are_those_of_the_day_and_of_what_is_known_then() -> None:
    assert HELPLINE.verification is not None
    ending = replace(HELPLINE, id="ending", verification=replace(HELPLINE.verification, until=TODAY))
    one, other = known((ending,)), known((HELPLINE,))
    asked = [(one, 0), (one, 1), (other, 1), (one, 0), (other, 0), (one, 1)]
    for area in (None, "pcode:nowhere"):
        told = [
            [entry.id for entry in helplines(now, area, moment=MOMENT + timedelta(days=days), zone=UTC)]
            for now, days in asked
        ]
        assert told == [["ending"], [], [HELPLINE.id], ["ending"], [HELPLINE.id], []]


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
            secret_place(
                area=code, confidential=False, name=draw_(st.sampled_from(["", "Street"])), phones=()
            )
            for code in draw_(st.lists(codes, max_size=2))
        ),
        phones=draw_(st.sampled_from([(), HELPLINE.phones])),
        reach=draw_(st.frozensets(st.sampled_from(list(Reach)))),
        confidential=draw_(st.booleans()),
        verification=replace(HELPLINE.verification, until=until, at=datetime(2026, 1, 1, tzinfo=UTC)),
    )


@given(
    st.lists(made(), max_size=40, unique_by=lambda one: one.id),
    st.sampled_from([None, Need.FOOD]),
    st.sampled_from([None, "pcode:T1", "pcode:T1A", "pcode:T2"]),
    st.sampled_from(
        [NOWHERE, Danger(blocked=frozenset({"pcode:T1A"})), Danger(hotspots=frozenset({"pcode:T2"}))]
    ),
)
def test_the_page_has_as_many_as_may_be_told(
    services: list[Service], need: Need | None, area: str | None, danger: Danger
) -> None:
    asked = Question("en", True, need=need, area=area).meant()
    now = known(tuple(services), danger)
    found = find(now, asked, moment=MOMENT, zone=UTC)
    every = find(now, asked, moment=MOMENT, zone=UTC, most=len(services) + 1)
    assert found == every[:MOST]
    for one in every:
        assert one.phones or one.at
        assert not (one.confidential and (one.name or one.at or one.km is not None or one.openings))
        assert not (one.goes and one.area is not None and one.area in danger.blocked)


def test_nothing_of_another_place_is_in_what_is_shown() -> None:
    names_of = {name for name in Shown.__dataclass_fields__ if "location" in name or "point" in name}
    assert names_of == set()
