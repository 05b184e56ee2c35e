"""What may be public of the directory: nothing unverified, stale, changed or gone, and no confidential place."""

from datetime import date, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.help.rows import TODAY, checked, clinic, row, uid

from fanal.help.alike import Likeness, likenesses
from fanal.help.entry import services
from fanal.help.freshness import digest, freshness
from fanal.help.public import clear
from fanal.model.confidential import confidential_of
from fanal.model.directory import Directory, Row
from fanal.model.service import Need
from fanal.model.verified import Freshness


def text_of(directory: Directory) -> str:
    """Return all that a directory says."""
    return orjson.dumps([one.body for one in directory.all()]).decode()


def test_an_unverified_entry_is_not_public() -> None:
    directory = Directory(clinic())
    assert len(clear({"list": directory}, [], TODAY).directory) == 0
    assert freshness(directory, uid("clinic"), None, TODAY) is Freshness.UNVERIFIED


def test_a_verified_entry_is_public_without_people_and_history() -> None:
    directory = Directory(clinic())
    shown = clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory
    said = text_of(shown)
    assert "+964 770 123 4567" in said
    assert "Long Street 1" in said
    for kept_in in ("A. Person", "+964 770 765 4321", "Old Street 9"):
        assert kept_in not in said
    assert shown.nested("service", uid("clinic"))["service_at_locations"][0]["location"]["latitude"] == 36.3


@pytest.mark.parametrize(("days", "public"), [(30, True), (31, True), (32, False)])
def test_it_goes_the_day_after_its_verification_ends(days: int, public: bool) -> None:
    directory = Directory(clinic())
    check = checked(directory, "clinic", until=TODAY + timedelta(31))
    assert bool(len(clear({"list": directory}, [check], TODAY + timedelta(days)).directory)) is public


def test_one_letter_more_or_a_phone_less_ends_the_verification() -> None:
    rows = clinic()
    before = Directory(rows)
    check = checked(before, "clinic")
    for number, one in enumerate(rows):
        if one.table == "metadata":
            continue
        for changed in (
            [*rows[:number], *rows[number + 1 :]],
            [*rows[:number], Row(one.table, {**one.body, "name": "Another"}, one.where), *rows[number + 1 :]],
        ):
            after = Directory(changed)
            if after.get("service", uid("clinic")) is None:
                continue
            assert freshness(after, uid("clinic"), check, TODAY) is Freshness.CHANGED, one
            assert "+964" not in text_of(clear({"list": after}, [check], TODAY).directory)
    reordered = Directory(reversed(rows))
    assert digest(reordered, uid("clinic")) == digest(before, uid("clinic"))


@pytest.mark.parametrize(("table", "column"), [
    ("program", "description"), ("funding", "source"), ("organization_identifier", "identifier"), ("url", "url"),
])  # fmt: skip
def test_a_text_around_the_service_that_changes_ends_the_verification(table: str, column: str) -> None:
    def directory(said: dict[str, str]) -> Directory:
        rows = [
            row(one.table, "clinic", **{**one.body, "program_id": uid("program")})
            if one.table == "service"
            else one
            for one in clinic()
        ]
        links = {"service_id": uid("clinic")} if table == "funding" else {"organization_id": uid("org")}
        return Directory([*rows, row(table, table, **links, **said)])

    before, after = directory({column: "Before"}), directory({column: "Call +964 770 000 0000"})
    check = checked(before, "clinic")
    assert "Before" in text_of(clear({"list": before}, [check], TODAY).directory)
    for other in (after, directory({})):
        assert freshness(other, uid("clinic"), check, TODAY) is Freshness.CHANGED
        assert len(clear({"list": other}, [check], TODAY).directory) == 0


@pytest.mark.parametrize("confidential", [False, True])
def test_further_urls_are_public_where_the_service_is_not_confidential(confidential: bool) -> None:
    urls = [
        row("url", "own", label="Chat", url="https://example.org/own", service_id=uid("clinic")),
        row("url", "of", url="https://example.org/of", organization_id=uid("org"), door="behind the mill"),
    ]
    directory = Directory([*clinic(confidential=confidential), *urls])
    shown = clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory
    found = shown.nested("service", uid("clinic"))
    assert "behind the mill" not in text_of(shown)
    if confidential:
        assert "https://example.org" not in text_of(shown)
        return
    assert found["additional_urls"] == [{"id": uid("own"), "label": "Chat", "url": "https://example.org/own"}]
    assert found["organization"]["additional_websites"] == [
        {"id": uid("of"), "url": "https://example.org/of"}
    ]


def test_who_finds_nobody_there_ends_it() -> None:
    directory = Directory(clinic())
    checks = [checked(directory, "clinic"), checked(directory, "clinic", gone=True)]
    assert len(clear({"list": directory}, checks, TODAY).directory) == 0
    assert freshness(directory, uid("clinic"), checks[-1], TODAY) is Freshness.GONE
    again = [*checks, checked(directory, "clinic")]
    assert len(clear({"list": directory}, again, TODAY).directory) > 0


@pytest.mark.parametrize("state", ["inactive", "defunct"])
def test_a_service_that_ended_is_not_public(state: str) -> None:
    rows = [
        Row(one.table, {**one.body, "status": state}, one.where) if one.table == "service" else one
        for one in clinic()
    ]
    directory = Directory(rows)
    assert len(clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory) == 0


def test_of_a_confidential_service_region_and_front_gate_are_public_alone() -> None:
    directory = Directory(clinic(confidential=True))
    shown = clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory
    said = text_of(shown)
    assert "+964 770 123 4567" in said
    assert "XX01" in said
    for secret in ("Long Street", "Blue door", "43.1", "36.3", "09:00", "Gate B", "example.org", "It helps"):
        assert secret not in said
    assert not shown.rows("location")
    assert not shown.rows("service_at_location")
    assert not shown.rows("schedule")
    record = next(services(directory, "list"))
    assert record.confidential
    assert record.openings == ()
    assert [(place.point, place.name, place.openings) for place in record.locations] == [(None, "", ())]


STREET = "Long Street 1"


@pytest.mark.parametrize("area", [
    {"extent": "43.1,36.3"},
    {"extent": "43.1,36.3", "extent_type": "pcode"},
    {"extent": "Long Street 1", "extent_type": "pcode"},
    {"extent": "XX01\nLong Street 1", "extent_type": "pcode"},
    {"extent": ["XX01", "Long Street 1"], "extent_type": "pcode"},
    {"extent": "XX01 43.1", "extent_type": "geojson"},
    {"extent": "XX01", "extent_type": "pcode", "name": STREET, "description": STREET, "uri": STREET},
])  # fmt: skip
def test_the_area_of_a_confidential_service_leaves_as_a_code_alone(area: dict[str, object]) -> None:
    rows = [
        *(one for one in clinic(confidential=True) if one.table != "service_area"),
        row("service_area", "told", service_id=uid("clinic"), **area),
    ]
    directory = Directory(rows)
    shown = clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory
    assert shown.get("service", uid("clinic")) is not None
    said = text_of(shown)
    for secret in (STREET, "43.1"):
        assert secret not in said
    kept = [{"extent": "XX01", "extent_type": "pcode"}] if "uri" in area else []
    ids = {"id": uid("told"), "service_id": uid("clinic")}
    assert [one.body for one in shown.rows("service_area")] == [{**ids, **one} for one in kept]


def test_no_text_beside_a_confidential_service_leaves() -> None:
    rows = [
        *(one for one in clinic(confidential=True) if one.table != "phone"),
        row("phone", "gate", number="+964 770 123 4567", description=STREET, service_id=uid("clinic")),
        row("language", "spoken", code="ar", note=STREET, service_id=uid("clinic")),
        row("language", "answered", code="ku", note=STREET, phone_id=uid("gate")),
        row("taxonomy_term", "term", code="shelter", name="shelter", taxonomy="fanal:need"),
        row("attribute", "at", link_id=uid("clinic"), taxonomy_term_id=uid("term"), value=STREET),
    ]
    directory = Directory(rows)
    said = text_of(clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory)
    for told in ("+964 770 123 4567", "ar", "ku", "fanal:need"):
        assert told in said
    assert STREET not in said


def test_an_office_that_shares_its_place_with_a_shelter_does_not_give_it_away() -> None:
    rows = [
        *clinic(),
        row(
            "service",
            "shelter",
            name="Shelter",
            status="active",
            organization_id=uid("org"),
            confidential=True,
        ),
        row("service_at_location", "tie", service_id=uid("shelter"), location_id=uid("clinic-place")),
    ]
    directory = Directory(rows)
    checks = [checked(directory, "clinic"), checked(directory, "shelter")]
    said = text_of(clear({"list": directory}, checks, TODAY).directory)
    assert "Long Street" not in said
    assert "36.3" not in said


def test_a_phone_that_cannot_be_dialled_and_a_wrong_point_are_not_public() -> None:
    rows = [
        *clinic(),
        row("phone", "bad", number="ask at the desk", service_id=uid("clinic")),
        row("location", "far", location_type="physical", longitude=43.0, latitude=136.0, name="Far"),
        row("service_at_location", "far-tie", service_id=uid("clinic"), location_id=uid("far")),
        row("schedule", "odd", opens_at="25:00", service_id=uid("clinic")),
    ]
    directory = Directory(rows)
    said = text_of(clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory)
    assert "ask at the desk" not in said
    assert "136.0" not in said
    assert "25:00" not in said


def test_columns_of_the_source_itself_stay_inside() -> None:
    rows = [Row(one.table, {**one.body, "list_contact": "+964 770 000 0000"}, one.where) for one in clinic()]
    directory = Directory(rows)
    assert "+964 770 000 0000" not in text_of(
        clear({"list": directory}, [checked(directory, "clinic")], TODAY).directory
    )


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("table", ["service", "location"])
def test_what_one_directory_marks_is_public_from_no_other(table: str, upper: bool, first: bool) -> None:
    key = uid("clinic") if table == "service" else uid("clinic-place")
    mark = Row(table, {"id": key.upper() if upper else key, "confidential": True}, "1")
    office = [
        row("service", "office", name="Office", status="active", organization_id=uid("org")),
        row("service_at_location", "tie", service_id=uid("office"), location_id=uid("clinic-place")),
    ]
    directory = Directory([*clinic(), *office])
    marking = Directory([mark])
    kept = {"own": marking, "list": directory} if first else {"list": directory, "own": marking}
    checks = [checked(directory, "clinic"), checked(directory, "office")]
    assert STREET in text_of(clear({"list": directory}, checks, TODAY).directory)
    said = text_of(clear(kept, checks, TODAY).directory)
    assert "+964 770 123 4567" in said
    for secret in (STREET, "Blue door", "43.1", "36.3", "09:00", "Gate B"):
        assert secret not in said
    marks = confidential_of(*kept.values())
    for record in services(directory, "list", checks, marks=marks):
        assert record.confidential
        assert [(place.point, place.name, place.openings) for place in record.locations] == [(None, "", ())]


def test_ties_of_one_directory_count_in_another() -> None:
    marked = row("service", "shelter", name="Shelter", status="active", confidential=True)
    tie = row("service_at_location", "tie", service_id=uid("shelter"), location_id=uid("clinic-place"))
    directory = Directory(clinic())
    kept = {"list": directory, "own": Directory([marked]), "third": Directory([tie])}
    said = text_of(clear(kept, [checked(directory, "clinic")], TODAY).directory)
    assert "+964 770 123 4567" in said
    assert STREET not in said


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12),
    st.sets(st.integers(0, 5)),
    st.sets(st.integers(0, 5)),
)
def test_confidential_is_all_that_a_walk_reaches(
    ties: list[tuple[int, int]], marked: set[int], places: set[int]
) -> None:
    rows = [
        *(row("service", f"s{n}", confidential=n in marked) for n in range(6)),
        *(row("location", f"l{n}", confidential=n in places) for n in range(6)),
        *(
            row("service_at_location", f"t{number}", service_id=uid(f"s{a}"), location_id=uid(f"l{b}"))
            for number, (a, b) in enumerate(ties)
        ),
    ]
    reached = {("s", n) for n in marked} | {("l", n) for n in places}
    for _ in range(14):  # the slow way: as many steps as there are nodes
        for a, b in ties:
            if reached & {("s", a), ("l", b)}:
                reached |= {("s", a), ("l", b)}
    found = confidential_of(Directory(rows))
    assert found[0] == {uid(f"s{n}") for kind, n in reached if kind == "s"}
    assert found[1] == {uid(f"l{n}") for kind, n in reached if kind == "l"}


def test_services_of_two_sources_are_linked_and_never_merged() -> None:
    new, old = Directory(clinic(name="one")), Directory(clinic(name="two"))
    found = likenesses(new, "new", {"old": old, "new": new}, {})
    assert [(one.service, one.other_service, one.why) for one in found] == [
        (uid("one"), uid("two"), Likeness.PHONE)
    ]
    record = next(services(new, "new", [], found))
    assert record.same_as == (uid("two"),)
    assert len(list(services(old, "old", [], found))) == 1


def test_a_record_holds_what_finding_needs() -> None:
    rows = [
        *clinic(),
        row("taxonomy_term", "term", code="health", name="health", taxonomy="fanal:need"),
        row("attribute", "attribute", link_id=uid("clinic"), taxonomy_term_id=uid("term")),
        row("cost_option", "cost", service_id=uid("clinic"), amount=0, option="free"),
    ]
    directory = Directory(rows)
    record = next(services(directory, "list", [checked(directory, "clinic")]))
    assert record.needs == {Need.HEALTH}
    assert record.areas == {"XX01"}
    assert record.costs[0].free is True
    assert record.locations[0].point == (43.1, 36.3)
    assert record.phones[0].e164 == "+9647701234567"
    assert record.fresh(TODAY)
    assert not record.fresh(date(2026, 4, 2))
