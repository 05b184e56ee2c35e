"""The hotspots from posts that leave: a scan over released counts only, with the gate's noise in every replicate."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.geo.zones import Zones, circular_zones
from fanal.model.category import Category, Family
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.model.week import WEEK
from fanal.privacy.bounding import PUBLIC_SIGNALS
from fanal.privacy.disturbance import Disturbance
from fanal.privacy.gate import release_id
from fanal.privacy.ledger import Ledger
from fanal.privacy.narrowing import Narrowing, stands
from fanal.privacy.residents import residents

MECHANISM = "none beyond the released counts: scanned after the noise, with the same noise in every replicate"

P_SHOWN = 0.05
"""A cluster that chance makes in more than one scan in twenty is no public hotspot."""

MOST_NEIGHBOURS = 100
"""Most areas of one zone: what keeps a scan of thousands of areas within seconds."""

Draw = Callable[[np.random.Generator, int], tuple[NDArray[np.int64], NDArray[np.int64]]]


class Shares(Protocol):
    """Give each area's share of all counts, from its past and its people; `risk.expected.smoothed_shares`."""

    def __call__(self, history: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return shares [areas] that add up to 1."""
        ...


class Scan(Protocol):
    """Scan counts for hotspots; `risk.poisson_prospective.scan`."""

    def __call__(
        self,
        counts: NDArray[np.int64],
        expected: NDArray[np.float64],
        zones: Zones,
        *,
        max_weeks: int,
        replicates: int,
        rng: np.random.Generator,
        draw: Draw | None = None,
        stop_after: int | None = None,
    ) -> list[Any]:
        """Return clusters, likeliest first."""
        ...


class Tabulate(Protocol):
    """Write clusters as a table; `risk.hotspots.table`."""

    def __call__(
        self,
        clusters: Sequence[Any],
        *,
        family: Family,
        as_of: date,
        weeks: Sequence[date],
        areas: Sequence[str],
        families_scanned: int,
    ) -> pa.Table:
        """Return HOTSPOT_SCHEMA."""
        ...


def rescan(
    releases: Sequence[Release],
    *,
    areas: pa.Table,
    population: pa.Table | None,
    shares: Shares,
    scan: Scan,
    tabulate: Tabulate,
    ledger: Ledger,
    narrowing: Narrowing,
    now: datetime,
    rng: np.random.Generator,
    max_weeks: int = 8,
    study_weeks: int = 16,
    max_share: float = 0.1,
    replicates: int = 999,
    stop_after: int | None = 20,
) -> Release:
    """Scan the public counts of the last weeks and make the Release of their hotspots.

    It reads nothing but Releases, so that it costs no privacy (post-processing). A count that is not shown
    is scanned as 0. A replicate draws Poisson counts in proportion to what is expected, at the level at
    which as much would be shown on average as was, then adds the noise and hides what is below the
    threshold, as the gate does: noise alone therefore makes no hotspot.

    Args:
        releases: public counts, known to the ledger, of one table a week, without what the sensitive list holds back
            now; the last unbroken run of weeks is used, the newest `study_weeks` of it as the study and what is before
            as the past.
        areas: AREA_SCHEMA; an area without a point is not scanned.
        population: POPULATION_SCHEMA, or None: all areas weigh the same.
        shares: what each area is expected to have.
        scan: the scan.
        tabulate: writes clusters as a table.
        ledger: knows the counts, and takes the hotspots.
        narrowing: the sensitive list as it is now: a hotspot is found without the areas that it holds back.
        now: with its zone.
        rng: the dice of the replicates.
        max_weeks: longest window.
        study_weeks: weeks that the scan conditions on.
        max_share: largest zone, as a share of the people.
        replicates: Monte Carlo replicates at most.
        stop_after: ends them early (Besag and Clifford 1991); None or 0: never.

    Returns:
        A Release of HOTSPOT_SCHEMA for the public, under the id of the newest week, with p-values up to P_SHOWN.

    Raises:
        RefusedError: anything but public counts that the ledger knows, or with what is held back.
    """
    weeks, tables = unbroken_run(
        releases, lambda one: stands(one, ledger, narrowing, now, beside=False), Circle.PUBLIC
    )
    study = weeks[-study_weeks:]
    placed = placed_of(areas, tables[-1].table["area"])
    codes = placed["area"].to_pylist()
    weight = weight_of(codes, areas, population)
    disturbance = disturbance_of(tables[-study_weeks:])
    zones = zones_of(placed, weight, max_share)
    found = [HOTSPOT_SCHEMA.empty_table()]
    for family in PUBLIC_SIGNALS:
        counts = np.stack([counts_of(release.table, codes, family) for release in tables])
        past, counts = counts[: -len(study)], counts[-len(study) :]
        if not counts.any():
            continue
        share = shares(past, weight)
        means = disturbance.means_behind(np.maximum(share, np.finfo(np.float64).tiny), int(counts.sum()))

        def draw(
            dice: np.random.Generator, n: int, means: NDArray[np.float64] = means
        ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            true = dice.poisson(means, size=(n, len(study), len(means)))
            shown = disturbance.released(true, dice)
            return shown[:, -max_weeks:], shown.sum(axis=(1, 2))

        clusters = scan(
            counts,
            disturbance.mean(means),
            zones,
            max_weeks=max_weeks,
            replicates=replicates,
            rng=rng,
            draw=draw,
            stop_after=stop_after,
        )
        rows = tabulate(
            clusters,
            family=family,
            as_of=known(study[-1], tables),
            weeks=study,
            areas=codes,
            families_scanned=len(PUBLIC_SIGNALS),
        )
        found.append(rows.filter(pc.field("p_value") <= P_SHOWN))
    return written_down(found, weeks[-1], tables, ledger=ledger, now=now)


def known(week: date, tables: Sequence[Release]) -> date:
    """Return the day on which what is found in a week can be known: when the last of its Releases may be read."""
    return week + WEEK + timedelta(days=max(release.statement.delay_days for release in tables))


def disturbance_of(tables: Sequence[Release]) -> Disturbance:
    """Return what the noise and the threshold of released weeks did to their counts."""
    return Disturbance(
        scale=np.array([release.statement.scale for release in tables], dtype=np.float64),
        threshold=np.array([release.statement.threshold for release in tables], dtype=np.int64),
    )


def written_down(
    found: Sequence[pa.Table], week: date, tables: Sequence[Release], *, ledger: Ledger, now: datetime
) -> Release:
    """Make the Release of hotspots, for the circle of the counts and with their delay, and write it into the ledger."""
    newest = tables[-1]
    release = Release(
        ledger_id=release_id(week, newest.circle, "hotspots"),
        kind=ReleaseKind.HOTSPOTS,
        basis=Basis.POSTS,
        circle=newest.circle,
        table=pa.concat_tables(found).combine_chunks(),
        statement=Statement(
            mechanism=MECHANISM,
            unit=newest.statement.unit,
            epsilon=None,
            scale=newest.statement.scale,
            threshold=newest.statement.threshold,
            max_cells=newest.statement.max_cells,
            delay_days=max(release.statement.delay_days for release in tables),
            sources=newest.statement.sources,
        ),
        made_at=now.astimezone(UTC),
    )
    ledger.replace([release])
    return release


def unbroken_run(
    releases: Sequence[Release], stand: Callable[[Release], bool], circle: Circle
) -> tuple[list[date], list[Release]]:
    """Return the last unbroken run of weeks with the main table of a circle's counts of each.

    Raises:
        RefusedError: there is none, or something is no count of this circle as it may be read now.
    """
    by_week: dict[date, Release] = {}
    for release in releases:
        counts = (
            release.kind is ReleaseKind.COUNTS and release.basis is Basis.POSTS and release.circle is circle
        )
        if not counts or not stand(release):
            raise RefusedError(
                f"Hotspots for {circle} are scanned over counts released for {circle}, not {release.ledger_id}."
            )
        week = date.fromisoformat(f"{release.ledger_id.split(':')[1]}-1")
        if release.ledger_id == release_id(week, circle):  # what the sensitive list delays has another id
            by_week[week] = release
    if not by_week:
        raise RefusedError(f"There are no released counts for {circle} to scan.")
    weeks = [max(by_week)]
    while weeks[0] - WEEK in by_week:
        weeks.insert(0, weeks[0] - WEEK)
    return weeks, [by_week[week] for week in weeks]


def placed_of(areas: pa.Table, released: pa.ChunkedArray | pa.Array) -> pa.Table:
    """Return code and point of the released areas that have one, by code."""
    named = pc.and_(pc.is_in(areas["area"], pc.unique(released)), pc.is_valid(areas["lon"]))
    return (
        areas.filter(pc.and_(named, pc.is_valid(areas["lat"]))).select(["area", "lon", "lat"]).sort_by("area")
    )


def zones_of(placed: pa.Table, weight: NDArray[np.float64], max_share: float) -> Zones:
    """Return the zones around the areas; none where the sensitive list holds every area back."""
    if not len(placed):
        return Zones(members=np.zeros(0, np.int32), offsets=np.zeros(1, np.int32))
    return circular_zones(
        placed["lon"].to_numpy(),
        placed["lat"].to_numpy(),
        weight,
        max_share=max_share,
        max_areas=MOST_NEIGHBOURS,
    )


def weight_of(codes: Sequence[str], areas: pa.Table, population: pa.Table | None) -> NDArray[np.float64]:
    """Return the residents of each area, 0 where unknown; all 1 where none are known."""
    people = residents(population, areas) if population is not None else {}
    weight = np.array([people.get(code, 0) for code in codes], dtype=np.float64)
    return weight if weight.any() else np.ones(len(weight))


def counts_of(table: pa.Table, codes: Sequence[str], signal: Family | Category) -> NDArray[np.int64]:
    """Return the shown counts of a family or category by area, 0 where none is shown."""
    rows = table.filter(pc.equal(table["signal"], signal.value))
    at = pc.index_in(pa.array(codes, pa.string()), rows["area"].combine_chunks())
    shown: NDArray[np.int64] = pc.fill_null(rows["author_weeks"].take(at), 0).to_numpy()
    return shown
