"""The partners' hotspots: a scan over districts' released counts, with noise, threshold and fit in each replicate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.area import lineage
from fanal.model.category import FAMILY_OF, Category, Family
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Release
from fanal.privacy.bounding import DISTRICT, PARTNER_SIGNALS, PUBLIC_SIGNALS
from fanal.privacy.disturbance import FittedDisturbance
from fanal.privacy.ledger import Ledger
from fanal.privacy.narrowing import Narrowing, stands
from fanal.privacy.rescan import (
    P_SHOWN,
    Scan,
    Shares,
    Tabulate,
    counts_of,
    disturbance_of,
    known,
    placed_of,
    unbroken_run,
    weight_of,
    written_down,
    zones_of,
)
from fanal.privacy.shown import Groups


def fits(release: Release) -> bool:
    """Say whether a partners' table was fitted under its governorates, as those of an earlier Fanal were not."""
    return "whole" in release.table.column_names


def rescan_partners(
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
    """Scan the partners' counts of the last weeks and make the Release of their hotspots, by district and family.

    A district counts in a family what is shown of its four categories; a count that is not shown is 0. A replicate
    draws Poisson counts for every cell district x category, and for who named no district, at the level at which as
    much would be shown on average as was. Then it does what the gate does: it adds the cells up to governorates, puts
    noise on both, hides what is small and fits the districts under their governorate.

    What is expected is the mean of what noise and threshold leave; the fit is not in it. That moves relative risks a
    little and no p-value, which comes from the replicates. Districts of a governorate that holds more than its table
    shows (an area that is hidden or leaves later) are not fitted in the replicates.

    Args:
        releases: partners' counts, known to the ledger; the last unbroken run of weeks is used, as in `rescan`.
        areas: AREA_SCHEMA; an area without a point is not scanned.
        population: POPULATION_SCHEMA, or None: all areas weigh the same.
        shares: what each cell is expected to have.
        scan: the scan.
        tabulate: writes clusters as a table.
        ledger: knows the counts, and takes the hotspots.
        narrowing: what the sensitive list holds back now; the counts are narrowed by it already.
        now: with its zone.
        rng: the dice of the replicates.
        max_weeks: longest window.
        study_weeks: weeks that the scan conditions on.
        max_share: largest zone, as a share of the people.
        replicates: Monte Carlo replicates at most.
        stop_after: ends them early; None or 0: never.

    Returns:
        A Release of HOTSPOT_SCHEMA for partners, under the id of the newest week, with p-values up to P_SHOWN.

    Raises:
        RefusedError: anything but partners' counts that the ledger knows, or with what is held back; none of them was
            fitted.
    """
    weeks, tables = unbroken_run(
        releases, lambda one: stands(one, ledger, narrowing, now, beside=False), Circle.PARTNERS
    )
    fitted = [number for number, release in enumerate(tables) if not fits(release)]
    first = fitted[-1] + 1 if fitted else 0
    weeks, tables = weeks[first:], tables[first:]
    if not tables:
        raise RefusedError(
            "The newest counts for partners were released by an earlier Fanal: its scan cannot repeat what was done."
        )
    study = weeks[-study_weeks:]
    layout = _layout(tables[-1], areas)
    placed = placed_of(areas, pa.array([layout.codes[row] for row in layout.districts], pa.string()))
    codes = placed["area"].to_pylist()
    rows = np.array([layout.codes.index(code) for code in codes], dtype=np.int64)
    zones = zones_of(placed, weight_of(codes, areas, population), max_share)
    people = weight_of(layout.codes, areas, population)
    plain = disturbance_of(tables[-study_weeks:])
    found = [HOTSPOT_SCHEMA.empty_table()]
    for family in PUBLIC_SIGNALS:
        kinds = [kind for kind in PARTNER_SIGNALS if FAMILY_OF[kind] is family]
        cells = np.stack([_cells(release, layout.codes, kinds) for release in tables])
        of_kind = cells.sum(axis=(0, 1)) + 1  # each category has a share, also where none is shown
        flat = cells.reshape(len(tables), len(people) * len(kinds))
        past, now_shown = flat[: -len(study)], flat[-len(study) :]
        if not _by_area(now_shown, len(kinds))[:, rows].any():
            continue
        weight = _with_rest(people, cells.sum(axis=(0, 2)), layout)
        share = shares(past, np.outer(weight, of_kind / of_kind.sum()).ravel())
        means = plain.means_behind(np.maximum(share, np.finfo(np.float64).tiny), int(now_shown.sum()))
        disturbance = FittedDisturbance(plain=plain, groups=_groups(layout, len(kinds)))

        def draw(
            dice: np.random.Generator,
            n: int,
            means: NDArray[np.float64] = means,
            disturbance: FittedDisturbance = disturbance,
            width: int = len(kinds),
        ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            true = dice.poisson(means, size=(n, len(study), len(means)))
            shown = _by_area(disturbance.released(true, dice), width)[:, :, rows]
            return shown[:, -max_weeks:], shown.sum(axis=(1, 2))

        clusters = scan(
            _by_area(now_shown, len(kinds))[:, rows],
            _by_area(plain.mean(means), len(kinds))[:, rows],
            zones,
            max_weeks=max_weeks,
            replicates=replicates,
            rng=rng,
            draw=draw,
            stop_after=stop_after,
        )
        hotspots = tabulate(
            clusters,
            family=family,
            as_of=known(study[-1], tables),
            weeks=study,
            areas=codes,
            families_scanned=len(PUBLIC_SIGNALS),
        )
        found.append(hotspots.filter(pc.field("p_value") <= P_SHOWN))
    return written_down(found, weeks[-1], tables, ledger=ledger, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Hold the areas of a partners' table."""

    codes: list[str]  # districts, and what names none of a governorate's
    districts: NDArray[np.int64]  # rows of `codes` that stand for all of their area
    above: NDArray[np.int64]  # for each of `codes`: its governorate, -1 for none
    closed: NDArray[np.bool_]  # for each governorate


def _layout(release: Release, areas: pa.Table) -> _Layout:
    """Return the areas of a table, and which governorates have all their author-weeks in it."""
    table, statement = release.table, release.statement
    families = pc.is_in(table["signal"], pa.array([family.value for family in Family], pa.string()))
    above_all = pc.unique(table.filter(families)["area"]).to_pylist()
    below = (
        table.filter(pc.invert(families)).group_by("area", use_threads=False).aggregate([("whole", "min")])
    )
    codes: list[str] = below["area"].to_pylist()
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))
    row = {code: number for number, code in enumerate(above_all)}
    above = [next((row[one] for one in lineage(code, parent) if one in row), -1) for code in codes]
    held = set(codes)
    # An author-week may have as many partners' cells as public ones: then its cells add up.
    even = round((statement.scale or 0) * (statement.epsilon or 0)) == 2 * (statement.max_cells or 0)
    closed = np.full(len(above_all), even, dtype=np.bool_)
    level = dict(zip(areas["area"].to_pylist(), areas["level"].to_pylist(), strict=True))
    for code in (code for code in parent if level[code] == DISTRICT and code not in held):
        over = next((row[one] for one in lineage(code, parent) if one in row), None)
        if over is not None:  # hidden, or leaves later
            closed[over] = False
    return _Layout(
        codes=codes,
        districts=np.flatnonzero(below["whole_min"].to_numpy()),
        above=np.array(above, dtype=np.int64),
        closed=closed,
    )


def _with_rest(
    people: NDArray[np.float64], counted: NDArray[np.int64], layout: _Layout
) -> NDArray[np.float64]:
    """Return the weight of areas, where that of who named no district is as often beside districts as all show.

    Args:
        people: [codes], of whole areas.
        counted: [codes], what is shown of all weeks.
        layout: of the table.
    """
    whole = np.zeros(len(people), dtype=np.bool_)
    whole[layout.districts] = True
    ratio = (counted[~whole].sum() + 1) / (counted[whole].sum() + 1)
    inside = np.bincount(
        layout.above[whole & (layout.above >= 0)],
        weights=people[whole & (layout.above >= 0)],
        minlength=len(layout.closed),
    )
    weight = people.copy()
    weight[~whole] = ratio * inside[layout.above[~whole]]
    return weight


def _groups(layout: _Layout, width: int) -> Groups:
    """Return which cells, areas x categories of one family, lie in which governorate."""
    of = np.repeat(layout.above, width)
    kept = np.flatnonzero(of >= 0)
    order = kept[np.argsort(of[kept], kind="stable")]
    return Groups(
        cells=order,
        starts=np.searchsorted(of[order], np.arange(len(layout.closed) + 1)),
        closed=layout.closed,
    )


def _cells(release: Release, codes: Sequence[str], kinds: Sequence[Category]) -> NDArray[np.int64]:
    """Return the shown counts [areas, categories], 0 where none is shown."""
    return np.stack([counts_of(release.table, codes, kind) for kind in kinds], axis=1)


def _by_area(cells: NDArray[Any], width: int) -> NDArray[Any]:
    """Return the sums over the categories, of cells [..., areas x categories]."""
    summed: NDArray[Any] = cells.reshape(*cells.shape[:-1], -1, width).sum(axis=-1)
    return summed
