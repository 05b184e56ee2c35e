"""Rescanning: does a released hotspot tell more than the released counts that it was scanned from?"""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from fanal.evaluate.attacks.country import Country, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.target import FIRST, Target
from fanal.model.circle import Circle
from fanal.model.release import Release, ReleaseKind
from fanal.privacy.narrowing import Narrowing
from fanal.privacy.rescan import rescan
from fanal.risk import hotspots
from fanal.risk.expected import smoothed_shares
from fanal.risk.poisson_prospective import scan
from fanal.settings import Settings
from fanal.store.workspace import make, opened

WEEKS = 24
CROWD, BURST = 80, 240
"""Authors of a governorate in a usual week, and in the last weeks of the one that is to be found."""
BURST_WEEKS = 3


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Scan the public counts of a whole workspace once more, as any reader can, and compare with its hotspots.

    If a reader who has the public Releases and nothing else gets the same hotspots, number by number, they hold
    nothing of the exact counts beyond what those Releases hold, and cost no author anything more. The seed of the
    replicates is a setting; the reader is given it.
    """
    _ = rounds
    country = Country(worlds=8)
    own = Settings()
    author = cells(country, (0, 0, "offer"))
    folder = target.scratch / "rescanning"
    make(folder, "")
    weeks = [FIRST + timedelta(weeks=n) for n in range(WEEKS)]
    crowd = np.zeros(country.shape, dtype=np.int64)
    crowd[..., 0] = CROWD
    nobody = np.zeros(country.worlds, dtype=np.bool_)
    rows = []
    for number, week in enumerate(weeks):
        crowd[3, 0, 0, 0] = BURST if number >= WEEKS - BURST_WEEKS else CROWD
        rows.append(country.people(dice.poisson(crowd), author, nobody, week=week, dice=dice))
    now = datetime.combine(weeks[-1], time(), UTC) + timedelta(days=60)

    with opened(folder, dice=target.secret, writing=True) as workspace:
        made = target.release_posts(
            workspace,
            own,
            pa.concat_tables(rows),
            areas=country.areas,
            now=now,
            dice=target.seeded,
            progress=lambda _done, _of: None,
        )
    found = [one for one in made if one.kind is ReleaseKind.HOTSPOTS]
    public = [one for one in made if one.kind is ReleaseKind.COUNTS and one.circle is Circle.PUBLIC]
    again = _again(target, public, country, own, now=now, rng=target.seeded(own.risk.seed))
    same = len(found) == 1 and found[0].table.equals(again.table)
    return [
        Finding(
            name="rescanning",
            knows="the public counts, and the seed of the scan's replicates",
            advantage=float(not same),
            low=float(not same),
            high=float(not same),
            bound=0.0,
            rounds=len(public),
            faults=() if same else ("Hotspots do not follow from the released counts alone.",),
            more={"hotspots": again.table.num_rows},
        )
    ]


def _again(
    target: Target,
    public: list[Release],
    country: Country,
    own: Settings,
    *,
    now: datetime,
    rng: np.random.Generator,
) -> Release:
    """Scan public counts as a reader would, in a ledger that knows nothing else."""
    desk, ledger = target.desk("reader")
    ledger.record(public, week=None, epsilon=0.0)
    found = rescan(
        public,
        areas=country.areas,
        population=None,
        shares=smoothed_shares,
        scan=scan,
        tabulate=hotspots.table,
        ledger=ledger,
        narrowing=Narrowing((), country.areas),
        now=now,
        rng=rng,
        max_weeks=own.risk.window_weeks,
        max_share=own.risk.max_share,
        replicates=own.risk.replicates,
        stop_after=own.risk.stop_after or None,
    )
    desk.close()
    return found
