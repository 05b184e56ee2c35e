"""Partners' hotspots: scanned over what partners are shown, with all that the gate does in every replicate."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fanal.model.area import AREA_SCHEMA
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Release
from fanal.privacy import shown
from fanal.privacy.bounding import FAMILY_ROW, PUBLIC_SIGNALS, Grid
from fanal.privacy.disturbance import Disturbance, FittedDisturbance
from fanal.privacy.gate import opens, require
from fanal.privacy.policy import Policy
from fanal.privacy.rescan import rescan
from fanal.privacy.rescan_partners import fits, rescan_partners
from fanal.privacy.sensitive import SensitiveRule, Treatment
from fanal.risk import expected, hotspots, poisson_prospective
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE

FIRST = date(2014, 6, 2)
SEED = 20_140_803
GOVERNORATES, DISTRICTS = 2, 4


def dice(seed: int = SEED) -> np.random.Generator:
    """Return the generator of a seed; a failure shows it, being an argument or SEED."""
    return np.random.Generator(np.random.PCG64(seed))


def country() -> pa.Table:
    """Return governorates on a line, each with districts beside each other."""
    rows = [
        {"area": f"G{g}", "level": 1, "name": f"G{g}", "lon": 40.0 + 10 * g, "lat": 33.0}
        for g in range(GOVERNORATES)
    ]
    rows += [
        {
            "area": f"G{g}D{d}",
            "parent": f"G{g}",
            "level": 2,
            "name": "D",
            "lon": 40.0 + 10 * g + d,
            "lat": 33.0,
        }
        for g in range(GOVERNORATES)
        for d in range(DISTRICTS)
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


CODES = [f"G{g}D{d}" for g in range(GOVERNORATES) for d in range(DISTRICTS)]


@pytest.fixture
def scanned(
    release: Callable[..., list[Release]], contributions: Callable[..., pa.Table], ledger: MemoryLedger
) -> Callable[..., Release]:
    """Return a function from counts of flight [weeks, districts] to the partners' Release of hotspots."""

    def made(
        counts: np.ndarray, *, ledger: MemoryLedger = ledger, seed: int = SEED, **changed: object
    ) -> Release:
        partners = []
        for row, week_counts in enumerate(counts):
            week = FIRST + timedelta(7 * row)
            rows = [
                (column * 10**6 + author, code, "flight")
                for column, (code, number) in enumerate(zip(CODES, week_counts, strict=True))
                for author in range(number)
            ]
            now = datetime.combine(week, datetime.min.time(), UTC) + timedelta(7)
            given = {"areas": country(), "week": week, "now": now, "ledger": ledger} | changed
            partners += [
                one for one in release(contributions(rows, week), **given) if one.circle is Circle.PARTNERS
            ]
        return rescan_partners(partners, ledger=ledger, now=now, **arguments(seed))

    return made


def arguments(seed: int = SEED) -> dict[str, object]:
    """Return what both scans are given."""
    return {
        "areas": country(),
        "population": None,
        "shares": expected.smoothed_shares,
        "scan": poisson_prospective.scan,
        "tabulate": hotspots.table,
        "rng": dice(seed),
        "narrowing": WHOLE,
        "max_weeks": 3,
        "study_weeks": 5,
        "max_share": 0.3,
        "replicates": 199,
    }


@pytest.mark.parametrize("hidden", [False, True])
def test_a_rise_in_a_district_is_found_at_once_and_only_partners_may_read_it(
    scanned, ledger: MemoryLedger, hidden: bool
):
    counts = np.full((7, len(CODES)), 60)
    counts[-2:, 5] = 220
    rule = SensitiveRule(area="G1D3", rule=Treatment.COARSER, reason="a test")
    found = scanned(counts, rules=(rule,) if hidden else ())
    assert found.table.schema.equals(HOTSPOT_SCHEMA)
    best = found.table.to_pylist()[0]
    newest = FIRST + timedelta(42)
    assert (best["areas"], best["family"], best["end"]) == (["G1D1"], "distress", newest)
    assert best["p_value"] < 0.01
    assert best["as_of"] == newest + timedelta(7)
    assert (found.ledger_id, found.circle) == ("release:2014-W29:partners:hotspots", Circle.PARTNERS)
    assert found.statement.epsilon is None
    assert require(found, ledger, circle=Circle.PARTNERS, now=opens(found), narrowing=WHOLE) is found
    with pytest.raises(RefusedError, match="circle"):
        require(found, ledger, circle=Circle.PUBLIC, now=opens(found) + timedelta(999), narrowing=WHOLE)


def test_counts_around_the_threshold_raise_no_more_alarms_than_chance(scanned):
    runs, alarms = 60, 0
    rng = dice()
    for run in range(runs):
        found = scanned(rng.poisson(34, size=(5, len(CODES))), ledger=MemoryLedger(), seed=run).table
        distress = found.filter(pc.equal(found["family"], "distress"))["p_value"].to_pylist()
        alarms += min(distress, default=1.0) <= 0.05
    assert alarms <= 12, (
        f"{alarms} of {runs}: 3 are expected, and more than 12 come less than once in 10,000 runs"
    )


def test_a_replicate_hides_and_fits_as_the_gate_does():
    rng = dice()
    governorates, width, weeks = 6, 4, 3
    above = np.repeat(np.arange(governorates), DISTRICTS + 1)
    size = len(above)
    codes = tuple(map(str, range(size)))
    cells = Grid(
        public_areas=codes[:governorates],
        partner_areas=codes,
        areas=codes,
        public_row=above,
        partner_row=np.arange(size),
        above=above,
        whole=np.ones(size, dtype=np.bool_),
    )
    true = rng.poisson(rng.lognormal(3, 1, (weeks, size, width)))
    few = (
        DISTRICTS + 1
    ) * 3  # of three governorates one cell alone, which is over its sum in half of the draws
    true[:, :few] = 0
    true[:, : few : DISTRICTS + 1, 0] = 200
    plain = Disturbance(scale=np.full(weeks, 4.0), threshold=np.full(weeks, 20))
    of = np.repeat(above, width)
    groups = shown.Groups(
        cells=np.argsort(of, kind="stable"),
        starts=np.searchsorted(np.sort(of), np.arange(governorates + 1)),
        closed=np.ones(governorates, dtype=np.bool_),
    )
    got = FittedDisturbance(plain=plain, groups=groups).released(true.reshape(1, weeks, -1), dice(7))
    again = dice(7)
    noisy = plain.noisy(true.reshape(1, weeks, -1), again)[0]
    sums = np.stack([np.bincount(of, weights=row, minlength=governorates) for row in true.reshape(weeks, -1)])
    total = plain.noisy(sums.astype(np.int64)[None], again)[0]
    kinds = np.flatnonzero(FAMILY_ROW == 1)
    fitted = 0
    for week in range(weeks):
        finer = np.zeros((size, 8), dtype=np.int64)
        finer[:, kinds] = noisy[week].reshape(size, width)
        public = np.zeros((governorates, len(PUBLIC_SIGNALS)), dtype=np.int64)
        public[:, 1] = total[week]
        gate = shown.show_partners(finer, public, cells=cells, policy=Policy(threshold=20))
        assert np.array_equal(got[0, week].reshape(size, width), np.maximum(gate.counts[:, kinds], 0))
        fitted += int(np.sum((gate.counts != finer) & (gate.counts > 0)))
    assert fitted  # some were


def test_only_known_counts_for_partners_are_scanned(release, contributions, ledger: MemoryLedger):
    rows = [(author, "G0D0", "flight") for author in range(300)]
    public, partners = release(contributions(rows), areas=country())
    given = {"ledger": ledger, "now": datetime(2014, 8, 4, tzinfo=UTC), **arguments()}
    forged = dataclasses.replace(partners, table=public.table)
    for wrong in ([public], [forged], [], [partners, public]):
        with pytest.raises(RefusedError):
            rescan_partners(wrong, **given)
    with pytest.raises(RefusedError):
        rescan([partners], **given)
    assert rescan_partners([partners], **given).circle is Circle.PARTNERS


def test_weeks_of_an_earlier_fanal_end_the_run(release, contributions, ledger: MemoryLedger):
    made = []
    for number in range(3):
        week = FIRST + timedelta(7 * number)
        now = datetime.combine(week, datetime.min.time(), UTC) + timedelta(7)
        rows = [(author, "G0D0", "flight") for author in range(300)]
        made.append(release(contributions(rows, week), areas=country(), week=week, now=now)[1])
    old = dataclasses.replace(made[1], table=made[1].table.drop_columns(["whole"]))
    assert fits(made[1])
    assert not fits(old)
    ledger._releases[old.ledger_id] = (old.digest(), old)
    given = {"ledger": ledger, "now": now, **arguments()}
    assert rescan_partners([made[0], old, made[2]], **given).statement.threshold == 35
    with pytest.raises(RefusedError, match="earlier Fanal"):
        rescan_partners([made[0], old], **given)
