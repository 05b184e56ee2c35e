"""What is handed out holds nothing that the list holds back today, whenever it was made; and nothing else may leave."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA, lineage
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import Group
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import SERVICES_SCHEMA
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.model.week import WEEK
from fanal.privacy.gate import opens, readable, require
from fanal.privacy.narrowing import RANKS, Narrowing
from fanal.privacy.rescan import rescan
from fanal.privacy.sensitive import load
from fanal.risk import expected, hotspots, poisson_prospective
from fanal.risk.sensitivity import with_ranks
from fanal.store.desk import Desk
from fanal.store.ledger import DeskLedger
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE

PARENT: dict[str, str | None] = {
    "IQ": None,
    "G1": "IQ",
    "D1": "G1",
    "D2": "G1",
    "S1": "D1",
    "G2": "IQ",
    "D3": "G2",
}
LEVEL = {"I": 0, "G": 1, "D": 2, "S": 3}
NAMED = [*PARENT, "gone"]  # an area that no layer knows any longer
MONDAY = date(2014, 7, 28)
NOW = datetime(2014, 10, 20, 5, tzinfo=UTC)
AREAS = pa.Table.from_pylist(
    [
        {"area": code, "parent": parent, "level": LEVEL[code[0]], "name": code, "lon": 43.0 + n, "lat": 36.0}
        for n, (code, parent) in enumerate(PARENT.items())
    ],
    schema=AREA_SCHEMA,
)
STATEMENT = Statement(
    mechanism="a test",
    unit="one author in one ISO week",
    epsilon=1.0,
    scale=4.0,
    threshold=35,
    max_cells=4,
    delay_days=28,
    sources=("a test",),
)
OUTSIDE = (Circle.PUBLIC, Circle.PARTNERS)


def release(kind: ReleaseKind, rows: list[dict[str, Any]], circle: Circle = Circle.PUBLIC) -> Release:
    """Return rows as a Release."""
    posts = kind is ReleaseKind.COUNTS
    return Release(
        ledger_id=f"release:2014-W31:{circle}" if posts else f"release:layers:{kind}",
        kind=kind,
        basis=Basis.POSTS if posts else Basis.LAYERS,
        circle=circle,
        table=pa.Table.from_pylist(rows, schema=SCHEMAS[kind]),
        statement=STATEMENT,
        made_at=NOW - timedelta(days=30),
    )


SCHEMAS = {
    ReleaseKind.COUNTS: RELEASED_COUNT_SCHEMA,
    ReleaseKind.INDEX: INDEX_SCHEMA,
    ReleaseKind.HOTSPOTS: HOTSPOT_SCHEMA,
    ReleaseKind.SERVICES: SERVICES_SCHEMA,
}

weeks = st.integers(0, 11).map(lambda n: MONDAY + n * WEEK)
codes = st.sampled_from(NAMED)
count = st.fixed_dictionaries(
    {
        "area": codes,
        "week": st.just(MONDAY),
        "signal": st.sampled_from(["trade", "distress"]),
        "author_weeks": st.one_of(st.none(), st.integers(35, 40)),
    }
)
index = st.fixed_dictionaries(
    {
        "area": codes,
        "group": st.sampled_from(["residents", "displaced", "camp_residents"]),
        "week": weeks,
        "index": st.floats(0, 10),
        "rank_low": st.just(1),
        "rank_high": st.just(2),
        "top_ten": st.just(0.5),
    }
)
service = st.fixed_dictionaries(
    {
        "area": codes,
        "sector": st.just("health"),
        "agencies": st.integers(1, 3),
        "date": st.one_of(st.none(), weeks),
    }
)
hotspot = st.fixed_dictionaries(
    {
        "family": st.just("conflict"),
        "as_of": st.just(MONDAY),
        "start": st.just(MONDAY),
        "end": weeks,
        "rank": st.integers(1, 9),
        "areas": st.lists(codes, min_size=1, max_size=4, unique=True),
        "recurrence_weeks": st.just(500.0),
    }
)
every_release = st.builds(
    lambda public, partners, indices, services, found: [
        release(ReleaseKind.COUNTS, public),
        release(ReleaseKind.COUNTS, partners, Circle.PARTNERS),
        release(ReleaseKind.INDEX, indices),
        release(ReleaseKind.SERVICES, services),
        release(ReleaseKind.HOTSPOTS, found),
    ],
    *(st.lists(row, max_size=8) for row in (count, count, index, service, hotspot)),
)


def rules(*treatments: Treatment) -> st.SearchStrategy[SensitiveRule]:
    """Return rules for areas and groups, some of which are over."""

    def made(name: str, rule: Treatment, days: int, expires: date | None) -> SensitiveRule:
        of = "group" if name in set(Group) else "area"
        later = days if rule is Treatment.LATER else None
        return SensitiveRule(rule=rule, days=later, reason="a test", expires=expires, **{of: name})

    return st.builds(
        made,
        st.sampled_from([*NAMED, "displaced", "residents"]),
        st.sampled_from(treatments or list(Treatment)),
        st.integers(1, 120),
        st.sampled_from([None, NOW.date(), NOW.date() - timedelta(days=1)]),
    )


lists = st.lists(rules(), max_size=3)


def recorded(made: list[Release]) -> MemoryLedger:
    """Return a ledger that holds some Releases."""
    ledger = MemoryLedger()
    ledger.replace(made)
    return ledger


def holds_back(
    rule: SensitiveRule, area: str, group: str | None, last: date | None, now: datetime, *, week: bool
) -> bool:
    """Say whether a rule holds a row back, one plain condition after another."""
    if rule.expires is not None and now.date() > rule.expires:
        return False
    if rule.group is not None and rule.group != group:
        return False
    if rule.area is not None and rule.area not in lineage(area, PARENT):
        return False
    if rule.rule is not Treatment.LATER:
        return True
    assert rule.days is not None
    if last is None:
        return True  # what has no date never becomes older
    over = datetime.combine(last + (WEEK if week else timedelta()), time(), UTC)
    return now.date() < (over + timedelta(days=rule.days)).date()


def expected_rows(made: Release, listed: list[SensitiveRule], now: datetime) -> list[dict[str, Any]]:
    """Return the rows that may leave, as a slow and obvious reference."""
    areas_listed = any(
        rule.area is not None and (rule.expires is None or now.date() <= rule.expires) for rule in listed
    )
    kept = []
    for row in made.table.to_pylist():
        named = row["areas"] if "areas" in row else [row["area"]]
        if areas_listed and not set(named) <= set(PARENT):
            continue
        last = row.get("end") or row.get("week") or row.get("date")
        week = "date" not in row
        group = row.get("group")
        if any(holds_back(rule, area, group, last, now, week=week) for rule in listed for area in named):
            continue
        kept.append({name: value for name, value in row.items() if name not in RANKS})
    if made.kind is ReleaseKind.COUNTS and made.circle is Circle.PARTNERS:
        left = [row["area"] for row in kept]
        gone = {row["area"] for row in made.table.to_pylist() if row["area"] not in left}
        broken = {above for area in gone for above in lineage(area, PARENT) if above[0] == "G"}
        kept = [row for row in kept if not broken & set(lineage(row["area"], PARENT))]
    return kept


@given(every_release, lists)
@settings(deadline=None)
def test_what_is_handed_out_is_what_the_list_lets_out(made: list[Release], listed: list[SensitiveRule]):
    narrowing = Narrowing(listed, AREAS)
    by_id = {one.ledger_id: one for one in made}
    ledger = recorded(made)
    for circle in OUTSIDE:
        for out in readable(made, circle, NOW, narrowing=narrowing):
            whole = by_id[out.ledger_id]
            rows = [{k: v for k, v in row.items() if k not in RANKS} for row in out.table.to_pylist()]
            assert rows == expected_rows(whole, listed, NOW)
            assert require(out, ledger, circle=circle, now=NOW, narrowing=narrowing) is out
            assert out.narrowed or out is whole
            if out.table.num_rows < whole.table.num_rows:
                with pytest.raises(RefusedError, match="holds back now"):
                    require(whole, ledger, circle=circle, now=NOW, narrowing=narrowing)


@given(every_release, st.lists(rules(Treatment.NEVER, Treatment.COARSER), min_size=1, max_size=3))
@settings(deadline=None)
def test_no_hidden_area_nor_any_inside_it_is_named(made: list[Release], listed: list[SensitiveRule]):
    listed = [dataclasses.replace(rule, expires=None) for rule in listed]
    hidden = {area for rule in listed if rule.area for area in NAMED if rule.area in lineage(area, PARENT)}
    for out in readable(made, Circle.PARTNERS, NOW, narrowing=Narrowing(listed, AREAS)):
        column = out.table["areas"].combine_chunks().flatten() if "areas" in out.table.schema.names else None
        named = set((out.table["area"] if column is None else column).to_pylist())
        assert not named & hidden


@given(every_release, lists, rules())
@settings(deadline=None)
def test_a_rule_more_never_shows_more(made: list[Release], listed: list[SensitiveRule], more: SensitiveRule):
    def shown(rules: list[SensitiveRule]) -> dict[str, list[str]]:
        return {
            out.ledger_id: [
                str({k: v for k, v in row.items() if k not in RANKS}) for row in out.table.to_pylist()
            ]
            for out in readable(made, Circle.PARTNERS, NOW, narrowing=Narrowing(rules, AREAS))
        }

    fewer, before = shown([*listed, more]), shown(listed)
    assert fewer.keys() <= before.keys()
    for name, rows in fewer.items():
        left = list(before[name])
        for row in rows:
            left.remove(row)  # raises for a row that was not there, or not so often


@given(every_release, lists, st.integers(-14, 14), st.integers(0, 300))
@settings(deadline=None, max_examples=50)
def test_the_zone_of_the_clock_changes_nothing(
    made: list[Release], listed: list[SensitiveRule], hours: int, later: int
):
    narrowing = Narrowing(listed, AREAS)
    now = NOW + timedelta(hours=later)
    there = now.astimezone(timezone(timedelta(hours=hours)))
    one, other = (
        [out.digest() for out in readable(made, Circle.PARTNERS, at, narrowing=narrowing)]
        for at in (now, there)
    )
    assert one == other


def test_a_district_is_not_what_is_left_of_its_governorate():
    """Partners' districts add up to their governorate: with one that is held back all of it goes, of past weeks."""
    rows = [{"area": area, "week": MONDAY, "signal": "trade", "author_weeks": 40} for area in PARENT]
    made = release(ReleaseKind.COUNTS, rows, Circle.PARTNERS)
    for area, left in (
        ("D2", {"IQ", "G2", "D3"}),
        ("S1", {"IQ", "G2", "D3"}),
        ("D3", {"IQ", "G1", "D1", "D2", "S1"}),
    ):
        narrowing = Narrowing([SensitiveRule(area=area, rule=Treatment.COARSER, reason="a test")], AREAS)
        (out,) = readable([made], Circle.PARTNERS, NOW, narrowing=narrowing)
        assert set(out.table["area"].to_pylist()) == left
        (scanned,) = readable([made], Circle.PARTNERS, NOW, narrowing=narrowing, beside=False)
        assert set(scanned.table["area"].to_pylist()) == set(PARENT) - {area}
        ledger = recorded([made])
        with pytest.raises(RefusedError):
            require(scanned, ledger, circle=Circle.PARTNERS, now=NOW, narrowing=narrowing)


def test_those_inside_read_the_ledger_as_it_is():
    made = [release(ReleaseKind.COUNTS, [{"area": "D1", "week": MONDAY, "signal": "trade"}])]
    hide = Narrowing([SensitiveRule(area="D1", rule=Treatment.NEVER, reason="a test")], AREAS)
    assert readable(made, Circle.INSIDE, NOW, narrowing=hide) == made
    ledger = recorded(made)
    assert require(made[0], ledger, circle=Circle.INSIDE, now=NOW, narrowing=hide) is made[0]
    (out,) = readable(made, Circle.PUBLIC, NOW, narrowing=hide)
    with pytest.raises(RefusedError):
        require(out, ledger, circle=Circle.INSIDE, now=NOW, narrowing=hide)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskLedger]:
    """Return the ledger of a desk on the disk."""
    opened = Desk.open(tmp_path / "desk.sqlite")
    yield DeskLedger(opened)
    opened.close()


@given(every_release, lists)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ledger_on_the_disk_knows_what_was_handed_out_and_keeps_the_whole(
    desk: DeskLedger, made: list[Release], listed: list[SensitiveRule]
):
    desk.replace(made)
    before = {one.ledger_id: one.digest() for one in desk.all()}
    narrowing = Narrowing(listed, AREAS)
    for source in (made, desk.all()):  # as the gate just made them, and as they are read again
        for out in readable(source, Circle.PARTNERS, NOW, narrowing=narrowing):
            require(out, desk, circle=Circle.PARTNERS, now=NOW, narrowing=Narrowing(listed, AREAS))
            if out.narrowed:
                with pytest.raises(RefusedError, match="whole"):
                    desk.replace([out])
    assert {one.ledger_id: one.digest() for one in desk.all()} == before


FORGERIES: dict[str, Callable[[Release], Release]] = {
    "a row less": lambda one: dataclasses.replace(one, table=one.table.slice(1)),
    "a row twice": lambda one: dataclasses.replace(one, table=pa.concat_tables([one.table, one.table])),
    "said to be whole": lambda one: dataclasses.replace(one, narrowed=False),
    "another id": lambda one: dataclasses.replace(one, ledger_id="release:2014-W30:public"),
    "another statement": lambda one: dataclasses.replace(
        one, statement=dataclasses.replace(one.statement, delay_days=0)
    ),
    "a later making": lambda one: dataclasses.replace(one, made_at=NOW),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_narrowed_copy_is_taken_as_it_was_handed_out_or_not_at_all(name: str):
    rows = [{"area": area, "week": MONDAY, "signal": "trade", "author_weeks": 40} for area in ("D1", "G2")]
    made = release(ReleaseKind.COUNTS, rows)
    narrowing = Narrowing([SensitiveRule(area="G1", rule=Treatment.NEVER, reason="a test")], AREAS)
    (out,) = readable([made], Circle.PUBLIC, NOW, narrowing=narrowing)
    assert out.table["area"].to_pylist() == ["G2"]
    with pytest.raises(RefusedError):
        require(FORGERIES[name](out), recorded([made]), circle=Circle.PUBLIC, now=NOW, narrowing=narrowing)


def test_what_was_handed_out_before_a_rule_ends_may_not_leave_after_it():
    rows = [{"area": area, "week": MONDAY, "signal": "trade", "author_weeks": 40} for area in ("D1", "G2")]
    made, last = release(ReleaseKind.COUNTS, rows), NOW.date()
    rule = SensitiveRule(area="G1", rule=Treatment.NEVER, reason="a test", expires=last)
    narrowing, after = Narrowing([rule], AREAS), datetime.combine(last, time(), UTC) + timedelta(days=1)
    ledger = recorded([made])
    (out,) = readable([made], Circle.PUBLIC, NOW, narrowing=narrowing)
    require(out, ledger, circle=Circle.PUBLIC, now=after - timedelta(seconds=1), narrowing=narrowing)
    with pytest.raises(RefusedError):
        require(out, ledger, circle=Circle.PUBLIC, now=after, narrowing=narrowing)
    assert readable([made], Circle.PUBLIC, after, narrowing=narrowing) == [made]


def test_a_later_rule_opens_an_older_release_later_to_the_second():
    made = release(ReleaseKind.COUNTS, [{"area": "G2", "week": MONDAY, "signal": "trade"}])
    narrowing = Narrowing([SensitiveRule(area="G2", rule=Treatment.LATER, days=40, reason="a test")], AREAS)
    at = datetime.combine(MONDAY + WEEK, time(), UTC) + timedelta(days=40)
    assert opens(made) < at
    for now, rows in ((at - timedelta(seconds=1), 0), (at, 1)):
        (out,) = readable([made], Circle.PUBLIC, now, narrowing=narrowing)
        assert (out.table.num_rows, out.narrowed) == (rows, not rows)


def test_hotspots_say_that_they_are_narrowed_whether_or_not_one_was_taken_out():
    empty = release(ReleaseKind.HOTSPOTS, [])
    narrowing = Narrowing([SensitiveRule(area="G1", rule=Treatment.NEVER, reason="a test")], AREAS)
    assert narrowing.of(empty, NOW).narrowed
    assert not WHOLE.of(empty, NOW).narrowed
    assert Narrowing(load(), AREAS).of(empty, NOW) is empty


def test_the_ranks_of_an_index_are_drawn_anew_among_the_areas_that_are_left():
    rows = [
        {
            "area": area,
            "group": "residents",
            "week": MONDAY,
            "index": 9.0 - n,
            "parts": [{"name": str(part), "scaled": 9.0 - 3 * n} for part in range(7)],
            "rank_low": n + 1,
            "rank_high": n + 1,
            "top_ten": 1.0,
        }
        for n, area in enumerate(("D1", "D2", "G2"))
    ]
    made = release(ReleaseKind.INDEX, rows)
    hide = [SensitiveRule(area="D2", rule=Treatment.NEVER, reason="a test")]

    def rank(table: pa.Table) -> pa.Table:
        return with_ranks(table, draws=50, rng=np.random.Generator(np.random.PCG64(1)))

    out = Narrowing(hide, AREAS, rank=rank).of(made, NOW)
    assert out.table.select(["area", "rank_low", "rank_high"]).to_pylist() == [
        {"area": "D1", "rank_low": 1, "rank_high": 1},
        {"area": "G2", "rank_low": 2, "rank_high": 2},
    ]
    bare = Narrowing(hide, AREAS).of(made, NOW)
    assert [bare.table[name].null_count for name in RANKS] == [2, 2, 2]
    older = dataclasses.replace(made, table=made.table.drop_columns(list(RANKS)))
    assert Narrowing(hide, AREAS, rank=rank).of(older, NOW).table["area"].to_pylist() == ["D1", "G2"]


def test_public_hotspots_are_scanned_without_what_is_held_back():
    ledger, tables = MemoryLedger(), []
    for n in range(4):
        week = MONDAY + n * WEEK
        rows = [
            {"area": area, "week": week, "signal": "distress", "author_weeks": 400 if n == 3 else 60}
            for area in ("G1", "G2")
        ]
        one = release(ReleaseKind.COUNTS, rows)
        tables.append(dataclasses.replace(one, ledger_id=f"release:2014-W{31 + n}:public"))
    ledger.replace(tables)
    for area, left in (("G1", ["G2"]), ("IQ", [])):
        rule = SensitiveRule(area=area, rule=Treatment.NEVER, reason="a test")
        narrowing = Narrowing([rule], AREAS)
        given = {
            "areas": AREAS,
            "population": None,
            "shares": expected.smoothed_shares,
            "scan": poisson_prospective.scan,
            "tabulate": hotspots.table,
            "ledger": ledger,
            "narrowing": narrowing,
            "now": NOW,
            "rng": np.random.Generator(np.random.PCG64(1)),
        }
        found = rescan([narrowing.of(one, NOW) for one in tables], **given)  # type: ignore[arg-type]
        assert set(pc.list_flatten(found.table["areas"]).to_pylist()) <= set(left)
        with pytest.raises(RefusedError):
            rescan(tables, **given)  # type: ignore[arg-type]
