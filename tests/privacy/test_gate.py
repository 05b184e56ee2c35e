"""The gate: a week once, nothing small, nothing early, nothing forged."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.privacy.gate import ONE_POST, opens, readable, require
from fanal.privacy.policy import Policy
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE

WEEK = date(2014, 7, 28)
OVER = datetime(2014, 8, 4, tzinfo=UTC)
PUBLIC_FROM = datetime(2014, 9, 1, tzinfo=UTC)


def cell(release: Release, area: str, signal: str) -> dict[str, object]:
    """Return one row of a Release."""
    (row,) = [r for r in release.table.to_pylist() if (r["area"], r["signal"]) == (area, signal)]
    return row


def test_a_week_leaves_as_two_tables_over_a_fixed_grid(release, crowd: Callable[..., pa.Table]):
    public, partner = release(crowd(500))
    assert (public.circle, partner.circle) == (Circle.PUBLIC, Circle.PARTNERS)
    assert [r.ledger_id for r in (public, partner)] == [
        "release:2014-W31:public",
        "release:2014-W31:partners",
    ]
    for found, size in ((public, 2 * 2), (partner, 4 * 8 + 2 * 2)):
        assert found.table.schema.equals(RELEASED_COUNT_SCHEMA)
        assert found.table.num_rows == size
    assert public.table["whole"].to_pylist() == [True] * 4
    assert set(public.table["signal"].to_pylist()) == {"trade", "distress"}
    assert set(public.table["area"].to_pylist()) == {"G1", "G2"}
    shown = cell(public, "G1", "distress")
    assert shown["low"] <= shown["author_weeks"] <= shown["high"]
    assert abs(shown["author_weeks"] - 500) < 100  # exp(-25): never
    assert abs(cell(partner, "D1", "flight")["author_weeks"] - 500) < 100
    assert cell(partner, "G1", "distress") == shown  # partners see what their cells lie in
    assert cell(partner, "G1", "flight")["whole"] is False


def test_each_release_states_its_numbers(release, crowd: Callable[..., pa.Table]):
    public, partner = release(crowd(5), unit=ONE_POST)
    for found, cells, delay in ((public, 2, 28), (partner, 2, 0)):
        said = found.statement
        assert (said.epsilon, said.scale, said.threshold, said.max_cells) == (1.0, 4.0, 35, cells)
        assert (said.delay_days, said.unit, said.sources) == (delay, ONE_POST, ("a test",))


def test_what_is_small_is_null_and_not_zero(release, crowd: Callable[..., pa.Table]):
    shown = 0
    for n in range(40):
        week = WEEK + timedelta(7 * n)
        small = release(crowd(9, week=week), week=week, now=OVER + timedelta(7 * n))[0].table
        numbers = small["author_weeks"]
        shown += len(numbers) - numbers.null_count
        assert pc.all(pc.greater_equal(pc.fill_null(numbers, 35), 35)).as_py()
        assert small["low"].null_count == small["high"].null_count == numbers.null_count
    assert shown <= 4  # about 0.04 are expected


def test_nothing_of_what_was_drawn_is_left_under_a_null(release, crowd: Callable[..., pa.Table]):
    for found in release(crowd(20)):
        for name in ("author_weeks", "low", "high"):
            column = found.table[name].combine_chunks()
            under = np.frombuffer(column.buffers()[1], column.type.to_pandas_dtype())[: len(column)]
            assert set(under[~column.is_valid().to_numpy(zero_copy_only=False)].tolist()) <= {0, -1}


def test_districts_stay_within_their_governorate(release, contributions):
    rows = [(author, ["D1", "D2"][author % 2], "flight") for author in range(200)]
    fitted = 0
    for _ in range(30):
        public, partner = release(contributions(rows), ledger=MemoryLedger())
        inside = [cell(partner, area, "flight")["author_weeks"] for area in ("D1", "D2", "G1")]
        shown = [number for number in inside if number is not None]
        whole = cell(public, "G1", "distress")["author_weeks"]
        assert sum(shown) <= whole
        fitted += sum(shown) == whole
        assert all(number > 0 for number in shown)
        for row in partner.table.to_pylist():
            assert row["author_weeks"] is None or 0 <= row["low"] <= row["author_weeks"] <= row["high"]
    assert fitted  # two of three drawn cells are over their sum in about half of the weeks


def test_the_noise_is_not_seeded(release, crowd: Callable[..., pa.Table]):
    made = [release(crowd(500), ledger=MemoryLedger()) for _ in range(8)]
    numbers = [[table.table["author_weeks"].to_pylist() for table in tables] for tables in made]
    assert any(other != numbers[0] for other in numbers[1:])


def test_a_repeated_question_reads_the_stored_release(
    release, ledger: MemoryLedger, crowd: Callable[..., pa.Table]
):
    first = release(crowd(500))
    later = release(crowd(9_000), now=OVER + timedelta(300), policy=Policy(epsilon=2.0), seed=9)
    assert [r.digest() for r in later] == [r.digest() for r in first]
    assert ledger.budget == {WEEK: 1.0}


def test_a_spent_week_is_refused_by_the_ledger(release, ledger: MemoryLedger, crowd: Callable[..., pa.Table]):
    first = release(crowd(500))
    with pytest.raises(RefusedError, match="spent"):
        ledger.record(first, week=WEEK, epsilon=1.0)
    with pytest.raises(RefusedError, match="stays"):
        ledger.replace(first)


def test_a_week_that_is_not_over_is_refused(release, ledger: MemoryLedger, crowd: Callable[..., pa.Table]):
    with pytest.raises(RefusedError, match="not over"):
        release(crowd(500), now=OVER - timedelta(microseconds=1))
    assert ledger.find(WEEK) == []
    east = datetime(2014, 8, 4, 2, tzinfo=UTC).astimezone(tz=None)
    assert release(crowd(500), now=east)


@pytest.mark.parametrize("wrong", [{"now": datetime(2014, 9, 1)}, {"week": date(2014, 7, 29)}])  # noqa: DTZ001
def test_a_clock_without_zone_and_a_day_that_is_no_monday_raise(
    release, crowd: Callable[..., pa.Table], wrong
):
    with pytest.raises(ValueError, match=r"zone|Monday"):
        release(crowd(1), **wrong)


def test_without_partners_only_the_public_table_is_drawn(release, crowd: Callable[..., pa.Table]):
    (public,) = release(crowd(500), policy=Policy(partner_cells=0))
    assert public.circle is Circle.PUBLIC
    assert public.statement.scale == 2.0


def test_circles_and_delays(release, ledger: MemoryLedger, crowd: Callable[..., pa.Table]):
    public, partner = made = release(crowd(500))
    early = PUBLIC_FROM - timedelta(seconds=1)
    assert readable(made, Circle.PUBLIC, early, narrowing=WHOLE) == []
    assert readable(made, Circle.PUBLIC, PUBLIC_FROM, narrowing=WHOLE) == [public]
    assert readable(made, Circle.PARTNERS, OVER, narrowing=WHOLE) == [partner]
    assert readable(made, Circle.PARTNERS, PUBLIC_FROM, narrowing=WHOLE) == made
    assert readable(made, Circle.INSIDE, OVER, narrowing=WHOLE) == made
    assert require(public, ledger, circle=Circle.PUBLIC, now=PUBLIC_FROM, narrowing=WHOLE) is public
    with pytest.raises(RefusedError, match="from 2014-09-01"):
        require(public, ledger, circle=Circle.PUBLIC, now=early, narrowing=WHOLE)
    with pytest.raises(RefusedError, match="circle"):
        require(partner, ledger, circle=Circle.PUBLIC, now=PUBLIC_FROM + timedelta(9999), narrowing=WHOLE)


def test_a_forged_release_is_refused(release, ledger: MemoryLedger, crowd: Callable[..., pa.Table]):
    public, partner = release(crowd(500))
    now = PUBLIC_FROM + timedelta(1)
    bare = dataclasses.replace(public.statement, delay_days=0)
    for forged in (
        dataclasses.replace(public, table=partner.table),
        dataclasses.replace(public, ledger_id="release:2014-W31:other"),
        dataclasses.replace(public, statement=bare),
        dataclasses.replace(partner, circle=Circle.PUBLIC),
        dataclasses.replace(public, basis=Basis.LAYERS),
        public.table,
        None,
        "release:2014-W31:public",
    ):
        with pytest.raises(RefusedError):
            require(forged, ledger, circle=Circle.PUBLIC, now=now, narrowing=WHOLE)


def test_a_public_release_from_posts_waits_four_weeks_whatever_it_states(
    release, crowd: Callable[..., pa.Table]
):
    public, _ = release(crowd(500))
    hasty = dataclasses.replace(public, statement=dataclasses.replace(public.statement, delay_days=0))
    assert opens(hasty) == PUBLIC_FROM
    with pytest.raises(RefusedError, match="names no week"):
        opens(dataclasses.replace(public, ledger_id="mine"))


def test_sensitive_areas_leave_never_coarser_or_later(release, crowd: Callable[..., pa.Table]):
    rules = (
        SensitiveRule(area="D1", rule=Treatment.COARSER, reason="a test"),
        SensitiveRule(area="G2", rule=Treatment.LATER, days=60, reason="a test"),
    )
    made = release(crowd(500), rules=rules)
    assert [r.ledger_id.split(":", 2)[2] for r in made] == [
        "public",
        "public:later60",
        "partners",
        "partners:later60",
    ]
    public, public_later, partner, partner_later = made
    assert cell(public, "G1", "distress")["author_weeks"] > 300
    assert set(public.table["area"].to_pylist()) == {"G1"}
    assert (
        set(public_later.table["area"].to_pylist()) == set(partner_later.table["area"].to_pylist()) == {"G2"}
    )
    assert set(partner.table["area"].to_pylist()) == {"D2", "G1"}
    assert opens(partner_later) == OVER + timedelta(60)
    hidden = release(
        crowd(500),
        rules=(SensitiveRule(area="G1", rule=Treatment.NEVER, reason="a test"),),
        ledger=MemoryLedger(),
    )
    assert {area for r in hidden for area in r.table["area"].to_pylist()} == {"G2"}


def test_an_empty_week_looks_like_any_other(release, contributions):
    public, partner = release(contributions([]))
    assert public.table.num_rows == 4
    assert partner.table.num_rows == 36


def test_partners_wait_as_long_as_the_setting_says(release, crowd):
    public, partner = release(crowd(500), policy=Policy(partner_delay_days=9))
    assert (opens(public), opens(partner)) == (PUBLIC_FROM, OVER + timedelta(days=9))
    assert readable([partner], Circle.PARTNERS, OVER + timedelta(days=9, seconds=-1), narrowing=WHOLE) == []
    with pytest.raises(RefusedError):
        Policy(partner_delay_days=-1)
