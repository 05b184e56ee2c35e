"""How much a service has: in the record, in public, in what somebody verifies; of a confidential one nowhere."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from tests.help.conftest import ground, location, service
from tests.help.rows import TODAY, checked, clinic, row, uid

from fanal.help.confidential import cleared
from fanal.help.counted import Counted, due
from fanal.help.entry import services
from fanal.help.freshness import freshness
from fanal.help.public import clear
from fanal.model.capacity import Capacity
from fanal.model.directory import Directory, Row
from fanal.model.service import Need, State
from fanal.model.verified import Freshness

BED = row("unit", "bed", name=" Bed ", uri="https://example.org/bed")
ROOM = row("unit", "room", name="Family room")
UPDATED = "2026-02-28T09:00:00+03:00"


def beds(key: str = "beds", unit: str = "bed", /, **changed: object) -> Row:
    """Return a capacity of the clinic; a column that becomes None is left out."""
    plain = {"available": 7717, "maximum": 8818, "description": "Beds.", "updated": UPDATED}
    said = {c: v for c, v in (plain | changed).items() if v is not None}
    return row("service_capacity", key, service_id=uid("clinic"), unit_id=uid(unit), **said)


def with_rows(*more: Row, confidential: bool = False) -> Directory:
    """Return a clinic with more rows."""
    return Directory([*clinic(confidential=confidential), *more])


def shown_of(directory: Directory, *others: Directory) -> Directory:
    """Return what is public where the clinic was verified."""
    kept = {"list": directory, **{f"other {n}": one for n, one in enumerate(others)}}
    return clear(kept, [checked(directory, "clinic")], TODAY).directory


def test_a_record_holds_how_much_there_is() -> None:
    found = with_rows(BED, ROOM, beds(minimum=2), beds("rooms", "room", maximum=None, description=None))
    (record,) = services(found, "list")
    assert record.capacities == (
        Capacity(
            id=uid("beds"),
            unit="bed",
            available=7717.0,
            least=2.0,
            most=8818.0,
            updated=datetime(2026, 2, 28, 6, tzinfo=UTC),
            said="Beds.",
        ),
        Capacity(
            id=uid("rooms"),
            unit="family room",
            available=7717.0,
            least=None,
            most=None,
            updated=datetime(2026, 2, 28, 6, tzinfo=UTC),
            said="",
        ),
    )
    assert next(services(with_rows(), "list")).capacities == ()


@pytest.mark.parametrize(
    "wrong", [{"available": 9000}, {"available": -1}, {"maximum": "many"}, {"updated": "yesterday"}]
)
def test_numbers_that_cannot_be_are_in_no_record_and_not_public(wrong: dict[str, object]) -> None:
    found = with_rows(BED, beds(**wrong))
    (record,) = services(found, "list")
    (one,) = record.capacities
    assert (one.unit, one.available, one.least, one.most, one.updated) == ("bed", None, None, None, None)
    assert shown_of(found).rows("service_capacity") == []


@pytest.mark.parametrize(
    "rows",
    [
        [BED, beds(available=None)],
        [BED, beds(updated=None)],
        [beds()],
        [row("unit", "bed"), beds()],
        [BED, beds(updated="2026-03-03T00:00:00Z")],
    ],
    ids=["nothing is free", "no day", "no unit", "a unit without a name", "to come"],
)
def test_a_capacity_that_lacks_something_is_not_public(rows: list[Row]) -> None:
    found = with_rows(*rows)
    assert len(next(services(found, "list")).capacities) == 1
    shown = shown_of(found)
    assert shown.get("service", uid("clinic"))
    assert shown.rows("service_capacity") == []
    assert shown.rows("unit") == []


def test_a_capacity_is_public_inside_its_service_without_columns_of_the_source() -> None:
    found = with_rows(BED, beds(minimum=2, door="behind the mill"))
    assert shown_of(found).nested("service", uid("clinic"))["capacities"] == [
        {
            "id": uid("beds"),
            "available": 7717,
            "maximum": 8818,
            "description": "Beds.",
            "updated": UPDATED,
            "unit": {"id": uid("bed"), "name": " Bed ", "uri": "https://example.org/bed"},
        }
    ]
    assert "capacities" not in shown_of(found).nested("service", uid("clinic"), deep=False)


def test_numbers_of_a_capacity_end_no_verification_and_its_words_do() -> None:
    before = with_rows(BED, ROOM, beds(), beds("rooms", "room"))
    check = checked(before, "clinic")
    counted_anew = (
        [BED, ROOM, beds(available=0), beds("rooms", "room")],
        [BED, ROOM, beds(maximum=9000, minimum=1, updated="2026-03-01T00:00:00Z"), beds("rooms", "room")],
        [BED, ROOM, beds("a new row each day"), beds("rooms", "room")],
    )
    for rows in counted_anew:
        assert freshness(with_rows(*rows), uid("clinic"), check, TODAY) is Freshness.FRESH
    other_words = (
        [BED, ROOM, beds(description="Call +964 770 000 0000"), beds("rooms", "room")],
        [BED, ROOM, beds(description=None), beds("rooms", "room")],
        [BED, ROOM, beds()],
        [BED, ROOM, beds(), beds("rooms", "room"), beds("more", "room", description="Another.")],
        [row("unit", "bed", name="Call +964 770 000 0000"), ROOM, beds(), beds("rooms", "room")],
        [BED, ROOM, beds(), beds("rooms", "room", description="x"), beds("x", description="x")],
    )
    for rows in other_words:
        after = with_rows(*rows)
        assert freshness(after, uid("clinic"), check, TODAY) is Freshness.CHANGED, rows
        assert "+964" not in orjson.dumps([one.body for one in shown_of_check(after, check)]).decode()
    assert freshness(with_rows(), uid("clinic"), check, TODAY) is Freshness.CHANGED
    reordered = Directory(reversed(list(before.all())))
    assert freshness(reordered, uid("clinic"), check, TODAY) is Freshness.FRESH


def shown_of_check(directory: Directory, check: object) -> list[Row]:
    """Return the rows that are public under an older verification."""
    return list(clear({"list": directory}, [check], TODAY).directory.all())  # type: ignore[list-item]


SECRETS = ("7717", "8818", "Beds.", "example.org/bed", UPDATED)


@pytest.mark.parametrize("said_by", ["service", "location", "another directory"])
def test_of_a_confidential_service_how_much_it_has_is_never_public(said_by: str) -> None:
    rows = [
        Row(one.table, {**one.body, "confidential": True}, one.where) if one.table == said_by else one
        for one in clinic()
    ]
    found = Directory([*rows, BED, beds()])
    others = (
        [Directory([row("service", "clinic", confidential=True)])] if said_by == "another directory" else []
    )
    shown = shown_of(found, *others)
    assert shown.get("service", uid("clinic"))
    said = orjson.dumps([one.body for one in shown.all()]).decode()
    for secret in SECRETS:
        assert secret not in said
    open_one = orjson.dumps([one.body for one in shown_of(with_rows(BED, beds())).all()]).decode()
    assert all(secret in open_one for secret in SECRETS), "an open service tells each of them"


@pytest.mark.parametrize("marked", ["service", "place"])
def test_a_confidential_service_is_matched_without_how_much_it_has(marked: str) -> None:
    few = Capacity(id="c", unit="bed", available=7717.0, least=None, most=None, updated=None, said="Beds.")
    told = service(
        confidential=marked == "service",
        locations=(location(confidential=marked == "place"),),
        capacities=(few,),
    )
    assert cleared(told, ground()).capacities == ()
    assert cleared(service(capacities=(few,)), ground()).capacities == (few,)


def counted_at(*moments: datetime | None) -> tuple[Capacity, ...]:
    """Return capacities that were counted at some moments."""
    plain = {"unit": "bed", "available": 1.0, "least": None, "most": None, "said": ""}
    return tuple(Capacity(id=str(n), updated=at, **plain) for n, at in enumerate(moments))  # type: ignore[arg-type]


NEW, LAST_DAY, OLD = (
    datetime(2026, 2, 28, tzinfo=UTC),
    datetime(2025, 12, 1, 1, tzinfo=UTC),
    datetime(2025, 11, 30, 23, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"capacities": counted_at(NEW, LAST_DAY)}, None),
        ({"capacities": counted_at(NEW, OLD)}, Counted.OLD),
        ({"capacities": counted_at(None, NEW)}, Counted.OLD),
        ({"capacities": counted_at(OLD), "needs": frozenset({Need.HEALTH})}, Counted.OLD),
        ({}, Counted.NEVER),
        ({"needs": frozenset({Need.HEALTH})}, None),
        ({"state": State.CLOSED}, Counted.NEVER),
        ({"state": State.DEFUNCT}, None),
        ({"state": State.INACTIVE, "capacities": counted_at(OLD)}, None),
    ],
)
def test_it_is_due_to_count_anew_after_ninety_days(given: dict[str, object], found: Counted | None) -> None:
    one = service(**given)
    assert due(one.state, one.needs, one.capacities, TODAY, old=timedelta(90)) is found
