"""Public hotspots: scanned over Releases only, and noise alone makes none."""

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
from fanal.model.layer import POPULATION_SCHEMA
from fanal.model.release import Release
from fanal.privacy.disturbance import Disturbance, mean_shown
from fanal.privacy.gate import opens, require
from fanal.privacy.rescan import rescan
from fanal.risk import expected, hotspots, poisson_prospective
from fanal.testing.ledger import MemoryLedger
from fanal.testing.narrowing import WHOLE

FIRST = date(2014, 6, 2)
SEED = 20_140_803


def dice(seed: int = SEED) -> np.random.Generator:
    """Return the generator of a seed; a failure shows it, being an argument or SEED."""
    return np.random.Generator(np.random.PCG64(seed))


def country(governorates: int) -> tuple[pa.Table, pa.Table]:
    """Return governorates on a line, each with the same people."""
    codes = [f"G{n:02d}" for n in range(governorates)]
    areas = [
        {"area": code, "level": 1, "name": code, "lon": 40.0 + n, "lat": 33.0} for n, code in enumerate(codes)
    ]
    people = [{"area": code, "group": "residents", "year": 2014, "people": 500_000} for code in codes]
    return (
        pa.Table.from_pylist(areas, schema=AREA_SCHEMA),
        pa.Table.from_pylist(people, schema=POPULATION_SCHEMA),
    )


@pytest.fixture
def scanned(
    release: Callable[..., list[Release]], contributions: Callable[..., pa.Table], ledger: MemoryLedger
) -> Callable[..., Release]:
    """Return a function from counts of distress [weeks, governorates] to the Release of hotspots."""

    def made(counts: np.ndarray, *, ledger: MemoryLedger = ledger, seed: int = SEED) -> Release:
        areas, people = country(counts.shape[1])
        public = []
        for row, week_counts in enumerate(counts):
            week = FIRST + timedelta(7 * row)
            rows = [
                (column * 10**6 + author, f"G{column:02d}", "flight")
                for column, number in enumerate(week_counts)
                for author in range(number)
            ]
            now = datetime.combine(week, datetime.min.time(), UTC) + timedelta(7)
            public.append(
                release(contributions(rows, week), areas=areas, week=week, now=now, ledger=ledger)[0]
            )
        return rescan(
            public,
            areas=areas,
            population=people,
            shares=expected.smoothed_shares,
            scan=poisson_prospective.scan,
            tabulate=hotspots.table,
            ledger=ledger,
            narrowing=WHOLE,
            now=now,
            rng=dice(seed),
            max_weeks=3,
            study_weeks=6,
            max_share=0.3,
        )

    return made


def test_a_real_rise_is_found_and_leaves_four_weeks_late(scanned, ledger: MemoryLedger):
    counts = np.full((8, 8), 60)
    counts[-2:, 3] = 300
    found = scanned(counts)
    assert found.table.schema.equals(HOTSPOT_SCHEMA)
    best = found.table.to_pylist()[0]
    newest = FIRST + timedelta(49)
    assert best["areas"] == ["G03"]
    assert best["end"] == newest
    assert best["p_value"] < 0.01
    assert best["as_of"] == newest + timedelta(7 + 28)
    assert found.ledger_id == "release:2014-W30:public:hotspots"
    assert found.statement.epsilon is None
    assert "released counts" in found.statement.mechanism
    with pytest.raises(RefusedError, match="from"):
        require(found, ledger, circle=Circle.PUBLIC, now=opens(found) - timedelta(1), narrowing=WHOLE)
    assert require(found, ledger, circle=Circle.PUBLIC, now=opens(found), narrowing=WHOLE) is found


def test_nothing_shown_gives_no_hotspot(scanned):
    assert (
        scanned(np.zeros((3, 4), int)).table.num_rows <= 1
    )  # noise passes the threshold once in ten thousand


def test_counts_around_the_threshold_raise_no_more_alarms_than_chance(scanned):
    runs, alarms = 120, 0
    rng = dice()
    for run in range(runs):
        found = scanned(rng.poisson(32, size=(6, 8)), ledger=MemoryLedger(), seed=run).table
        distress = found.filter(pc.equal(found["family"], "distress"))["p_value"].to_pylist()
        alarms += min(distress, default=1.0) <= 0.05
    assert alarms <= 20, (
        f"{alarms} of {runs}: 6 are expected, and more than 20 come less than once in 10,000 runs"
    )


def test_only_known_public_counts_are_scanned(release, crowd, areas: pa.Table, ledger: MemoryLedger):
    public, partner = release(crowd(500))
    given = {
        "areas": areas,
        "population": None,
        "shares": expected.smoothed_shares,
        "scan": poisson_prospective.scan,
        "tabulate": hotspots.table,
        "ledger": ledger,
        "narrowing": WHOLE,
        "now": datetime(2014, 8, 4, tzinfo=UTC),
        "rng": dice(),
    }
    forged = dataclasses.replace(public, table=partner.table)
    for wrong in ([partner], [forged], [], [public, partner]):
        with pytest.raises(RefusedError):
            rescan(wrong, **given)
    done = rescan([public], **given)
    with pytest.raises(RefusedError):
        rescan([done], **given)


@pytest.mark.parametrize(
    ("mean", "scale", "threshold"), [(0.0, 4.0, 35), (20.0, 4.0, 35), (36.5, 2.0, 35), (80.0, 8.0, 60)]
)
def test_the_mean_that_is_shown_is_that_of_a_simulation(mean: float, scale: float, threshold: int):
    rng = dice()
    once = Disturbance(scale=np.array([scale]), threshold=np.array([threshold]))
    shown = once.released(rng.poisson(mean, size=(400_000, 1, 1)), rng)
    spread = shown.std() / np.sqrt(shown.size)
    assert mean_shown(np.array([mean]), scale, threshold)[0] == pytest.approx(
        shown.mean(), abs=5 * spread + 1e-6
    )


def test_the_level_behind_the_shown_counts_is_found():
    both = Disturbance(scale=np.array([4.0, 4.0, 8.0]), threshold=np.array([35, 35, 70]))
    share = np.array([0.5, 0.3, 0.2])
    means = both.means_behind(share, 400)
    assert both.mean(means).sum() == pytest.approx(400)
    assert means / means.sum() == pytest.approx(share)
    assert means.sum() * 3 > 400


def test_simulated_noise_is_discrete_laplace():
    rng = dice()
    free = Disturbance(scale=np.array([4.0]), threshold=np.array([-(10**9)]))
    noise = free.released(np.zeros((200_000, 1, 1), np.int64), rng).ravel()
    a = np.exp(-1 / 4)
    for k in (0, 1, 5):
        assert (noise == k).mean() == pytest.approx((1 - a) / (1 + a) * a**k, abs=0.003)
