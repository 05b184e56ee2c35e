"""The gate for layers: public ones only, nothing about few people, nothing sensitive, nothing that came from posts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import PEOPLE_SCHEMA
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import EVENTS_SCHEMA, SERVICES_SCHEMA, Layer, LayerKind
from fanal.model.release import Basis, Release, ReleaseKind
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.privacy.gate import require
from fanal.privacy.layer_gate import release_layers
from fanal.privacy.policy import Policy
from fanal.privacy.residents import residents
from fanal.privacy.sensitive import load
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE

NOW = datetime(2014, 9, 1, tzinfo=UTC)
WEEK = date(2014, 8, 18)


def layer(*, public: bool = True) -> Layer:
    """Return a layer of events."""
    return Layer(
        name="ucdp",
        kind=LayerKind.EVENTS,
        table=EVENTS_SCHEMA.empty_table(),
        source="UCDP GED",
        licence="CC BY 4.0",
        public=public,
    )


def index(*rows: tuple[str, str]) -> pa.Table:
    """Return an index from (area, group)."""
    empty = {"parts": [], "missing": []}
    return pa.Table.from_pylist(
        [{"area": area, "group": group, "week": WEEK, "index": 5.0, **empty} for area, group in rows],
        schema=INDEX_SCHEMA,
    )


def hotspots(*lists: list[str], family: str = "conflict") -> pa.Table:
    """Return hotspots of some areas."""
    numbers = {"observed": 9, "expected": 1.0, "relative_risk": 9.0, "llr": 9.0, "p_value": 0.001}
    rows = [
        {"family": family, "as_of": WEEK, "start": WEEK, "end": WEEK, "rank": n, "areas": areas, **numbers}
        | {"recurrence_weeks": 500.0, "replicates": 999}
        for n, areas in enumerate(lists, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=HOTSPOT_SCHEMA)


@pytest.fixture
def gate(areas: pa.Table, people: Callable[..., pa.Table], ledger: MemoryLedger) -> Callable[..., Release]:
    """Return the gate with defaults that a test may change."""

    def made(kind: ReleaseKind, table: pa.Table, **changed: object) -> Release:
        given = {
            "layers": [layer()],
            "areas": areas,
            "population": people(D1=50_000, D2=999, G2=1_000),
            "policy": Policy(),
            "rules": load(),
            "ledger": ledger,
            "now": NOW,
        }
        return release_layers(kind, table, **(given | changed))  # type: ignore[arg-type]

    return made


def test_a_layer_that_is_not_public_is_named_and_refused(gate, ledger: MemoryLedger):
    with pytest.raises(RefusedError, match="ucdp"):
        gate(ReleaseKind.INDEX, index(("D1", "residents")), layers=[layer(), layer(public=False)])
    with pytest.raises(RefusedError):
        gate(ReleaseKind.INDEX, index(("D1", "residents")), layers=[])
    assert ledger.find(WEEK) == []


def test_areas_with_few_or_unknown_residents_leave_no_row(gate, ledger: MemoryLedger):
    found = gate(ReleaseKind.INDEX, index(*((a, "residents") for a in ("D1", "D2", "G2", "S1", "nowhere"))))
    assert found.table["area"].to_pylist() == ["D1", "G2"]
    assert (found.basis, found.circle, found.statement.epsilon) == (Basis.LAYERS, Circle.PUBLIC, None)
    assert "UCDP GED" in found.statement.sources[0]
    assert require(found, ledger, circle=Circle.PUBLIC, now=NOW, narrowing=WHOLE) is found


def test_a_new_release_of_layers_takes_the_place_of_the_old(gate, ledger: MemoryLedger):
    old = gate(ReleaseKind.INDEX, index(("D1", "residents")))
    new = gate(ReleaseKind.INDEX, index(("G2", "residents")))
    assert require(new, ledger, circle=Circle.PUBLIC, now=NOW, narrowing=WHOLE)
    with pytest.raises(RefusedError):
        require(old, ledger, circle=Circle.PUBLIC, now=NOW, narrowing=WHOLE)


@pytest.mark.parametrize("group", ["faith", "a community", "survivors"])
def test_a_group_that_fanal_does_not_count_is_refused(gate, group: str):
    with pytest.raises(RefusedError, match="group"):
        gate(ReleaseKind.INDEX, index(("D1", group)))


def test_a_sensitive_group_waits(gate):
    rows = index(("D1", "residents"), ("D1", "camp_residents"))
    over = datetime(2014, 8, 25, tzinfo=UTC)
    early = gate(ReleaseKind.INDEX, rows, now=over + timedelta(27))
    late = gate(ReleaseKind.INDEX, rows, now=over + timedelta(28))
    assert early.table["group"].to_pylist() == ["residents"]
    assert late.table["group"].to_pylist() == ["residents", "camp_residents"]


def test_sensitive_areas(gate):
    rows = index(("D1", "residents"), ("G2", "residents"))
    for rule in (Treatment.NEVER, Treatment.COARSER):
        made = gate(ReleaseKind.INDEX, rows, rules=(SensitiveRule(area="D1", rule=rule, reason="a test"),))
        assert made.table["area"].to_pylist() == ["G2"]
    later = SensitiveRule(area="D1", rule=Treatment.LATER, days=8, reason="a test")
    assert gate(ReleaseKind.INDEX, rows, rules=(later,)).table["area"].to_pylist() == ["G2"]
    assert gate(ReleaseKind.INDEX, rows, rules=(later,), now=NOW + timedelta(1)).table.num_rows == 2


def test_hotspots_name_no_area_that_may_not_be_named(gate):
    table = hotspots(["D1", "D2"], ["D2"], ["G2"])
    assert gate(ReleaseKind.HOTSPOTS, table).table["areas"].to_pylist() == [["D1"], ["G2"]]
    coarser = (SensitiveRule(area="D1", rule=Treatment.COARSER, reason="a test"),)
    assert gate(ReleaseKind.HOTSPOTS, table, rules=coarser).table["areas"].to_pylist() == [["G1"], ["G2"]]
    never = (SensitiveRule(area="G1", rule=Treatment.NEVER, reason="a test"),)
    assert gate(ReleaseKind.HOTSPOTS, table, rules=never).table["areas"].to_pylist() == [["G2"]]


@pytest.mark.parametrize("family", ["trade", "distress"])
def test_hotspots_of_posts_do_not_pass_as_layers(gate, family: str):
    with pytest.raises(RefusedError, match="posts"):
        gate(ReleaseKind.HOTSPOTS, hotspots(["D1"], family=family))


def test_services_without_a_date_leave_unless_they_have_to_wait(gate):
    rows = pa.Table.from_pylist(
        [{"area": "D1", "sector": "health", "agencies": 3, "date": day} for day in (None, date(2014, 8, 1))],
        schema=SERVICES_SCHEMA,
    )
    assert gate(ReleaseKind.SERVICES, rows).table.num_rows == 2
    later = (SensitiveRule(area="D1", rule=Treatment.LATER, days=28, reason="a test"),)
    assert gate(ReleaseKind.SERVICES, rows, rules=later).table["date"].to_pylist() == [date(2014, 8, 1)]


def counted(*rows: tuple[str, str, date]) -> pa.Table:
    """Return people of some areas and groups from (area, group, day)."""
    return pa.Table.from_pylist(
        [
            {"area": area, "group": group, "people": 5_000, "families": None, "date": day}
            for area, group, day in rows
        ],
        schema=PEOPLE_SCHEMA,
    )


def test_people_of_groups_leave_by_the_rules_of_the_index(gate, ledger: MemoryLedger):
    rows = counted(*((area, "displaced", WEEK) for area in ("D1", "D2", "G2", "nowhere")))
    made = gate(ReleaseKind.PEOPLE, rows)
    assert made.table["area"].to_pylist() == ["D1", "G2"], "D2 has fewer than 1,000 residents"
    assert (made.basis, made.circle, made.statement.epsilon) == (Basis.LAYERS, Circle.PUBLIC, None)
    assert require(made, ledger, circle=Circle.PUBLIC, now=NOW, narrowing=WHOLE) is made
    with pytest.raises(RefusedError, match="ucdp"):
        gate(ReleaseKind.PEOPLE, rows, layers=[layer(public=False)])
    with pytest.raises(RefusedError, match="group"):
        gate(ReleaseKind.PEOPLE, counted(("D1", "a community", WEEK)))


def test_people_of_sensitive_areas_and_groups_stay_or_wait(gate):
    rows = counted(("D1", "displaced", WEEK), ("G2", "displaced", WEEK))
    for rule in (Treatment.NEVER, Treatment.COARSER):
        held = gate(ReleaseKind.PEOPLE, rows, rules=(SensitiveRule(area="D1", rule=rule, reason="a test"),))
        assert held.table["area"].to_pylist() == ["G2"]
    camps = counted(("D1", "camp_residents", date(2014, 8, 19)), ("G2", "camp_residents", WEEK))
    assert gate(ReleaseKind.PEOPLE, camps).table["area"].to_pylist() == []
    late = gate(ReleaseKind.PEOPLE, camps, now=datetime(2014, 9, 15, tzinfo=UTC))
    assert late.table["area"].to_pylist() == ["G2"], "28 days after the day of the count"


@pytest.mark.parametrize("kind", list(ReleaseKind))
def test_a_table_of_another_kind_is_refused(gate, kind: ReleaseKind):
    with pytest.raises(RefusedError):
        gate(kind, EVENTS_SCHEMA.empty_table())


def test_residents_of_larger_areas_are_summed_once(areas: pa.Table, people: Callable[..., pa.Table]):
    assert residents(people(S1=5, D1=10, D2=20), areas) == {"S1": 5, "D1": 10, "D2": 20, "G1": 30, "IQ": 30}


def ranked_among(table: pa.Table) -> pa.Table:
    """Return an index in which each row says how many areas its week ranks."""
    place = table.schema.get_field_index("rank_low")
    ranks = pa.array([len(table)] * len(table), pa.int32())
    return table.set_column(place, table.schema.field(place), ranks)


def test_ranks_are_drawn_among_the_areas_that_leave_and_never_before(gate):
    rows = index(("D1", "residents"), ("D2", "residents"), ("G2", "residents"))
    before = ranked_among(rows)
    assert before["rank_low"].to_pylist() == [3, 3, 3]
    assert gate(ReleaseKind.INDEX, before).table["rank_low"].to_pylist() == [None, None]
    drawn = gate(ReleaseKind.INDEX, before, rank=ranked_among).table
    assert drawn["rank_low"].to_pylist() == [2, 2], "D2 is too small to leave, and leaves no gap in the order"
