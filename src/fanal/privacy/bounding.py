"""The bounding of contributions: what one author adds to the tables of a week, before any noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.category import FAMILY_OF, Category, Family
from fanal.privacy.policy import Policy
from fanal.privacy.sensitive import Sensitive, lineage

PUBLIC_SIGNALS: tuple[Family, ...] = (Family.TRADE, Family.DISTRESS)
PARTNER_SIGNALS: tuple[Category, ...] = tuple(Category)

GOVERNORATE, DISTRICT = 1, 2  # levels of AREA_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Hold the cells of both tables, fixed before any count is looked at, and where each area's authors go."""

    public_areas: tuple[str, ...]  # governorates
    partner_areas: tuple[str, ...]  # districts, and governorates that have none
    areas: tuple[str, ...]  # every area that a contribution may name
    public_row: NDArray[np.int64]  # for each of `areas`: its row in the public table, -1 for none
    partner_row: NDArray[np.int64]  # for each of `areas`: its row in the partners' table, -1 for none


def grid(areas: pa.Table, sensitive: Sensitive) -> Grid:
    """Return the cells of the public and the partners' table over the areas of a workspace (AREA_SCHEMA).

    An area's authors count in the governorate and in the district that it is or lies in. A sensitive
    area has no cell of its own; one that never leaves does not count in the areas above it either.
    """
    codes = tuple(sorted(areas["area"].to_pylist()))
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))
    level = dict(zip(areas["area"].to_pylist(), areas["level"].to_pylist(), strict=True))
    lines = {code: lineage(code, parent) for code in codes}
    districted = {above for code in codes if level[code] == DISTRICT for above in lines[code][1:]}
    public = [code for code in codes if level[code] == GOVERNORATE]
    partner = [
        code
        for code in codes
        if level[code] == DISTRICT or (level[code] == GOVERNORATE and code not in districted)
    ]
    shown_public, shown_partner = (
        [c for c in cells if not sensitive.hidden(c)] for cells in (public, partner)
    )
    return Grid(
        public_areas=tuple(shown_public),
        partner_areas=tuple(shown_partner),
        areas=codes,
        public_row=_rows(codes, lines, shown_public, set(public), sensitive),
        partner_row=_rows(codes, lines, shown_partner, set(partner), sensitive),
    )


def _rows(
    codes: Sequence[str],
    lines: dict[str, list[str]],
    shown: Sequence[str],
    cells: set[str],
    sensitive: Sensitive,
) -> NDArray[np.int64]:
    """Return for each code the row of the cell that it is or lies in, -1 where that is hidden or there is none."""
    row = {code: number for number, code in enumerate(shown)}
    cell = [next((above for above in lines[code] if above in cells), "") for code in codes]
    return np.array(
        [-1 if code in sensitive.never else row.get(c, -1) for code, c in zip(codes, cell, strict=True)],
        dtype=np.int64,
    )


def bound(
    contributions: pa.Table, *, cells: Grid, week: date, policy: Policy, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count a week's author-weeks in both tables, each author in a few cells at most.

    Of the cells that an author-week has in a table, at most `public_cells` or `partner_cells` count, 1
    each. Which, a hash of seed, week, pseudonym and cell decides, so that neither the order of the rows
    nor any other author changes it. Adding or removing all rows of one author-week therefore changes both
    tables together by at most `policy.max_cells` in L1, whatever the rows are.

    Args:
        contributions: CONTRIBUTION_SCHEMA; rows of other weeks, areas or categories are left out, as is
            the volume of posts.
        cells: of `grid`.
        week: Monday.
        policy: the limits.
        seed: from 0 to 2**64 - 1.

    Returns:
        Whole numbers [public areas, PUBLIC_SIGNALS] and [partner areas, PARTNER_SIGNALS].
    """
    rows = contributions.filter(pc.equal(contributions["week"], pa.scalar(week, pa.date32())))
    area = _index(rows["area"], cells.areas)
    category = _index(rows["category"], [kind.value for kind in Category])
    family_of = np.array([PUBLIC_SIGNALS.index(FAMILY_OF[kind]) for kind in Category], dtype=np.int64)
    good = (area >= 0) & (category >= 0)
    who, area, category = rows["pseudonym"].to_numpy()[good], area[good], category[good]
    salt = _mix(np.array([seed], np.uint64)) ^ np.uint64((week - date(1970, 1, 1)).days % 2**64)
    public = _count(
        who,
        cells.public_row[area],
        family_of[category],
        (len(cells.public_areas), len(PUBLIC_SIGNALS)),
        policy.public_cells,
        _mix(salt),
    )
    partner = _count(
        who,
        cells.partner_row[area],
        category,
        (len(cells.partner_areas), len(PARTNER_SIGNALS)),
        policy.partner_cells,
        _mix(_mix(salt)),
    )
    return public, partner


def _index(values: pa.ChunkedArray, among: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value, -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(values, pa.array(among, pa.string())), -1)
    places: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    return places


def _count(
    who: NDArray[np.uint64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    shape: tuple[int, int],
    limit: int,
    salt: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Count authors by cell, each in the `limit` of its cells that come first by hash."""
    inside = row >= 0
    who, cell = who[inside], row[inside] * shape[1] + column[inside]
    dice = _mix(_mix(salt ^ who) ^ cell.astype(np.uint64))
    order = np.lexsort((cell, dice, who))
    who, cell = who[order], cell[order]
    new_author = np.ones(len(who), dtype=np.bool_)
    new_author[1:] = who[1:] != who[:-1]
    new_cell = new_author.copy()
    new_cell[1:] |= cell[1:] != cell[:-1]  # the same cell has the same dice, and stands beside itself
    before = np.cumsum(new_cell)
    first = before[new_author] if len(who) else before
    rank = before - first[np.cumsum(new_author) - 1] if len(who) else before
    chosen = cell[new_cell & (rank < limit)]
    return np.bincount(chosen, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the next numbers of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, fig. 17)."""
    mixed = state + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
