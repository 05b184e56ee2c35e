"""The gap map: from Releases alone and asked for first; units and groups apart; what is not known is never nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from tests.help.conftest import UNTIL, location
from tests.help.test_gap import TODAY, beds, capacity

from fanal.cli.dice import generator
from fanal.help.assumed import Assumed
from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.help.gap import Gap, Wanted, gap
from fanal.help.ground import Ground
from fanal.model.area import AREA_SCHEMA
from fanal.model.circle import Circle
from fanal.model.error import RefusedError, UserError
from fanal.model.group import PEOPLE_SCHEMA, Group
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement
from fanal.model.service import Need, Service

AREAS = pa.Table.from_pylist(
    [
        {"area": code, "parent": parent, "level": level, "name": code, "lon": lon, "lat": 33.0}
        for code, parent, level, lon in (
            ("c", None, 0, 44.0), ("g1", "c", 1, 42.0), ("g2", "c", 1, 46.0),
            ("d11", "g1", 2, 41.9), ("d12", "g1", 2, 42.1), ("d21", "g2", 2, 46.0), ("d22", "g2", 2, 47.0),
        )
    ],
    schema=AREA_SCHEMA,
)  # fmt: skip
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = date(2025, 12, 29)


def release(kind: ReleaseKind, table: pa.Table, circle: Circle = Circle.PUBLIC, name: str = "one") -> Release:
    return Release(
        ledger_id=f"release:{name}",
        kind=kind,
        basis=Basis.LAYERS if kind is ReleaseKind.PEOPLE else Basis.POSTS,
        circle=circle,
        table=table,
        statement=Statement(
            mechanism="a test", unit="a test", epsilon=None, scale=None, threshold=None, max_cells=None,
            delay_days=0, sources=("A test. CC0",),
        ),
        made_at=MADE_AT,
    )  # fmt: skip


def people(*rows: tuple[str, str, int | None, int | None]) -> Release:
    table = pa.Table.from_pylist(
        [
            {"area": area, "group": group, "people": number, "families": families, "date": date(2025, 12, 1)}
            for area, group, number, families in rows
        ],
        schema=PEOPLE_SCHEMA,
    )
    return release(ReleaseKind.PEOPLE, table, name="people")


def counts(circle: Circle, *rows: tuple[str, str, int | None, bool | None]) -> Release:
    table = pa.Table.from_pylist(
        [
            {
                "area": area, "week": WEEK, "signal": signal, "author_weeks": number,
                "low": None if number is None else number - 12.0,
                "high": None if number is None else number + 12.0, "whole": whole,
            }
            for area, signal, number, whole in rows
        ],
        schema=RELEASED_COUNT_SCHEMA,
    )  # fmt: skip
    return release(ReleaseKind.COUNTS, table, circle, name=f"counts:{circle}")


PEOPLE = people(
    ("d11", "displaced", None, 100), ("d12", "displaced", 200, None), ("d21", "displaced", None, None),
    ("d11", "residents", 50_000, None), ("d12", "residents", 50_000, None), ("d21", "residents", 20_000, None),
)  # fmt: skip
THERE = location(area="d11")


def made(services: Sequence[Service], releases: Sequence[Release] = (PEOPLE,), **changed: object) -> Gap:
    doors = Doors(services, Ground(AREAS), shown_until=lambda _: UNTIL)
    given = {
        "areas": AREAS, "circle": Circle.PUBLIC, "today": TODAY, "danger": NOWHERE, "hidden": frozenset(),
        "require": lambda _: None, "wanted": Wanted(), "assumed": Assumed(), "dice": generator, "seed": 1,
    }  # fmt: skip
    return gap(doors, releases, **{**given, **changed})  # type: ignore[arg-type]


def row(found: Gap, area: str, group: str = "displaced", unit: str = "bed") -> dict[str, object]:
    (one,) = [
        one
        for one in found.rows.to_pylist()
        if (one["area"], one["group"], one["unit"]) == (area, group, unit)
    ]
    return one


def test_families_are_taken_for_the_stated_number_of_persons_and_the_share_is_told() -> None:
    found = made([beds(number=90.0, locations=(THERE,))], assumed=Assumed(share=0.5, family=5.0))
    near = row(found, "d11")
    assert (near["people"], near["in_need"]) == (500.0, 250.0)
    units = 90 * 250 / (250 + 0.68 * 100)  # d12 lies 19 km off: the second band
    assert near["units"] == pytest.approx(units, abs=0.06)
    assert near["high"] == near["low"] == pytest.approx(250 - units, abs=0.06)
    assert row(found, "d12")["units"] == pytest.approx(90 - units, abs=0.06)


def test_what_is_not_known_is_told_as_such_and_comes_last() -> None:
    found = made([beds(number=90.0, locations=(THERE,))])
    assert row(found, "d21")["shortage"] == "not_known"
    assert row(found, "d21")["high"] is None
    known = [one["shortage"] for one in found.rows.to_pylist()]
    assert known.index("not_known") == len(known) - known.count("not_known")
    high = [one["high"] for one in found.rows.to_pylist() if one["shortage"] != "not_known"]
    assert high == sorted(high, reverse=True)
    assert found.uncounted == {"displaced": ("d22",)}


def test_services_that_do_not_say_widen_the_interval_and_are_counted() -> None:
    saying = [beds(f"s{n}", float(n), locations=(location(area="d21"),)) for n in range(10, 16)]
    silent = beds("silent", None, locations=(THERE,))
    found = row(made([*saying, silent]), "d11")
    assert (found["services"], found["unsaid"], found["units"]) == (0, 1, 0.0)
    assert found["high"] == 600.0
    assert 585.0 <= found["low"] < 600.0  # type: ignore[operator]
    few = row(made([*saying[:4], silent]), "d11")
    assert (few["low"], few["high"], few["shortage"]) == (None, 600.0, "not_known")


def test_the_same_seed_gives_the_same_draws_whatever_else_is_asked() -> None:
    services = [beds(f"s{n}", float(n), locations=(THERE,)) for n in range(10, 16)]
    services += [beds(f"u{n}", None, locations=(THERE,)) for n in range(3)]
    rooms = replace(beds("room"), capacities=(capacity("room", most=3.0),), locations=(THERE,))
    alone = made(services, wanted=Wanted(groups=frozenset({Group.DISPLACED})))
    assert row(alone, "d11") == row(made([*services, rooms]), "d11")
    assert row(made(services, seed=2), "d11")["low"] != row(alone, "d11")["low"]


def test_units_and_needs_have_rows_of_their_own() -> None:
    both = replace(
        beds(locations=(THERE,)), capacities=(capacity("bed", most=4.0), capacity("room", most=2.0))
    )
    found = made([both])
    assert (row(found, "d11")["units"], row(found, "d11", unit="room")["units"]) != (6.0, 6.0)
    assert {one["unit"] for one in found.rows.to_pylist()} == {"bed", "room"}
    only = made([both], wanted=Wanted(units=frozenset({"room"}), groups=frozenset({Group.DISPLACED})))
    assert {(one["unit"], one["group"]) for one in only.rows.to_pylist()} == {("room", "displaced")}


def test_a_confidential_service_changes_nothing() -> None:
    plain = [beds(number=90.0, locations=(THERE,))]
    shelter = beds("shelter", 500.0, locations=(location(area="d12", confidential=True),), confidential=True)
    alike = beds("alike", 500.0, same_as=("shelter",), locations=(THERE,))
    without = made(plain)
    assert made([*plain, shelter]).rows.equals(without.rows)
    assert made([*plain, alike], hidden=frozenset({"shelter"})).rows.equals(without.rows)


def test_nothing_of_a_release_is_read_before_it_was_asked_for() -> None:
    asked: list[str] = []

    def refuse(one: Release) -> None:
        asked.append(one.ledger_id)
        raise RefusedError("No.")

    with pytest.raises(RefusedError):
        made([beds(locations=(THERE,))], require=refuse)
    assert asked == ["release:people"]


def test_a_block_takes_help_out_of_reach() -> None:
    service = beds(number=90.0, locations=(THERE,))
    shut = made([service], danger=Danger(crossings=frozenset({("d11", "d12")})))
    assert row(shut, "d12")["services"] == 0
    assert row(shut, "d11")["units"] == 90.0


@pytest.mark.parametrize(
    ("releases", "services", "wanted", "said"),
    [
        ((), [beds()], Wanted(), "no people"),
        ((PEOPLE,), [], Wanted(), "No service"),
        ((PEOPLE,), [beds(number=None)], Wanted(), "No service"),
        ((PEOPLE,), [beds()], Wanted(needs=frozenset({Need.WATER})), "bed of shelter"),
        ((PEOPLE,), [beds()], Wanted(groups=frozenset({Group.RETURNEES})), "displaced, residents"),
    ],
)
def test_what_cannot_be_measured_is_said(releases, services, wanted: Wanted, said: str) -> None:
    with pytest.raises(UserError, match=said):
        made(services, releases, wanted=wanted)


def test_partners_see_need_plea_and_flight_and_the_public_distress_alone() -> None:
    service = beds(number=90.0, locations=(THERE,))
    public = counts(Circle.PUBLIC, ("g1", "distress", 180, True), ("g1", "trade", 60, True))
    partners = counts(
        Circle.PARTNERS,
        ("d11", "need", 90, True), ("d11", "flight", None, True), ("d11", "offer", 70, True),
        ("g1", "need", 50, False),
    )  # fmt: skip
    told = made([service], [PEOPLE, public, partners]).voiced.to_pylist()
    assert [(one["area"], one["signal"], one["ratio"]) for one in told] == [("g1", "distress", 2.0)]
    assert (told[0]["low"], told[0]["high"]) == pytest.approx((168 / 90, 192 / 90), abs=0.001)
    inner = made([service], [PEOPLE, public, partners], circle=Circle.PARTNERS)
    assert [(one["area"], one["signal"]) for one in inner.voiced.to_pylist()] == [
        ("d11", "need"), ("d11", "flight"),
    ]  # fmt: skip
    need, flight = inner.voiced.to_pylist()
    assert need["ratio"] == pytest.approx(90 / (90 / 1.68), abs=0.001)
    assert (flight["author_weeks"], flight["ratio"], flight["low"]) == (None, None, None)
    assert {one.ledger_id for one in inner.releases} == {"release:people", "release:counts:partners"}


def test_no_unit_within_reach_has_no_ratio() -> None:
    far = beds(number=90.0, locations=(location(area="d22"),))
    (told,) = made([far], [PEOPLE, counts(Circle.PUBLIC, ("g1", "distress", 180, True))]).voiced.to_pylist()
    assert (told["units"], told["ratio"], told["author_weeks"]) == (0.0, None, 180)


def test_every_number_of_the_table_is_finite() -> None:
    found = made([beds(number=0.0, locations=(THERE,)), beds("u", None, locations=(THERE,))])
    for name in ("people", "in_need", "units", "low", "high"):
        assert np.isfinite(found.rows[name].drop_null().to_numpy()).all()
