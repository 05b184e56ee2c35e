"""What waits in a table of its own is not had as the difference of the others once it never leaves."""

from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
from tests.privacy.conftest import OVER, WEEK

from fanal.model.circle import Circle
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.privacy.gate import opens, readable, require
from fanal.privacy.narrowing import Narrowing
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE

LATER = SensitiveRule(area="D2", rule=Treatment.LATER, days=30, reason="a test")
NEVER = SensitiveRule(area="D2", rule=Treatment.NEVER, reason="a test")


def test_what_waited_takes_its_governorate_with_it_once_it_never_leaves(
    release: Callable[..., list[Release]],
    contributions: Callable[..., pa.Table],
    areas: pa.Table,
    ledger: MemoryLedger,
) -> None:
    rows = contributions([(n, "D1" if n < 200 else "D2", "lure") for n in range(500)])
    made = release(rows, rules=[LATER])
    before, after = Narrowing([LATER], areas), Narrowing([LATER, NEVER], areas)

    def told(narrowing: Narrowing) -> set[str]:
        out = readable(made, Circle.PARTNERS, OVER, narrowing=narrowing)
        for one in out:
            require(one, ledger, circle=Circle.PARTNERS, now=OVER, narrowing=narrowing)
        return {area for one in out for area in one.table["area"].to_pylist()}

    assert {"G1", "D1", "G2"} <= told(before)
    assert told(after).isdisjoint({"G1", "D1", "D2"})
    assert "G2" in told(after)


def test_a_hotspot_beside_what_is_hidden_is_not_for_partners(areas: pa.Table, ledger: MemoryLedger) -> None:
    def hotspot(*codes: str) -> dict[str, object]:
        plain = dict.fromkeys(HOTSPOT_SCHEMA.names)
        return {**plain, "areas": list(codes), "end": WEEK, "start": WEEK, "as_of": WEEK, "family": "trade"}

    table = pa.Table.from_pylist(
        [hotspot("D1"), hotspot("G2")], schema=pa.schema([*map(_loose, HOTSPOT_SCHEMA)])
    )
    statement = Statement(
        mechanism="none",
        unit="none",
        epsilon=None,
        scale=None,
        threshold=None,
        max_cells=None,
        delay_days=0,
        sources=(),
    )
    made = Release(
        ledger_id="release:2014-W31:partners:hotspots",
        kind=ReleaseKind.HOTSPOTS,
        basis=Basis.POSTS,
        circle=Circle.PARTNERS,
        table=table,
        statement=statement,
        made_at=OVER,
    )
    ledger.record([made], week=None, epsilon=0.0)
    assert opens(made) <= OVER + timedelta(days=1)
    for narrowing, left in ((WHOLE, [["D1"], ["G2"]]), (Narrowing([NEVER], areas), [["G2"]])):
        (one,) = readable([made], Circle.PARTNERS, OVER + timedelta(days=1), narrowing=narrowing)
        assert one.table["areas"].to_pylist() == left


def _loose(field: pa.Field) -> pa.Field:
    """Return a field that may be null, so that a test names only what it is about."""
    return pa.field(field.name, field.type)
