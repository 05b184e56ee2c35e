"""The bounding of contributions: what one author adds to the tables of a week, before any noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.area import lineage
from fanal.model.category import FAMILY_OF, Category, Family
from fanal.privacy.policy import Policy
from fanal.privacy.sensitive import Sensitive

PUBLIC_SIGNALS: tuple[Family, ...] = (Family.TRADE, Family.DISTRESS)
PARTNER_SIGNALS: tuple[Category, ...] = tuple(Category)

GOVERNORATE, DISTRICT = 1, 2  # levels of AREA_SCHEMA

FAMILY_ROW = np.array([PUBLIC_SIGNALS.index(FAMILY_OF[kind]) for kind in PARTNER_SIGNALS], dtype=np.int64)
"""For each of PARTNER_SIGNALS: the place of its family among PUBLIC_SIGNALS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Hold the cells of both tables, fixed before any count is looked at, and where each area's authors go."""

    public_areas: tuple[str, ...]  # governorates
    partner_areas: tuple[str, ...]  # districts, then governorates: for those who named none of its districts
    areas: tuple[str, ...]  # every area that a contribution may name
    public_row: NDArray[np.int64]  # for each of `areas`: its row in the public table, -1 for none
    partner_row: NDArray[np.int64]  # for each of `areas`: its row in the partners' table, -1 for none
    above: NDArray[np.int64]  # for each of `partner_areas`: the row of its governorate, -1 for none
    whole: NDArray[
        np.bool_
    ]  # for each of `partner_areas`: not so where it stands for the rest of a governorate

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Say for each governorate whether each of its author-weeks has a cell of the partners' table."""
        apart = self.public_row[(self.public_row >= 0) & (self.partner_row < 0)]
        closed = np.ones(len(self.public_areas), dtype=np.bool_)
        closed[apart] = False
        return closed


def grid(areas: pa.Table, sensitive: Sensitive) -> Grid:
    """Return the cells of the public and the partners' table over the areas of a workspace (AREA_SCHEMA).

    An area's authors count in the governorate that it is or lies in, and in one cell of the partners' table:
    that of their district, or of the governorate where they named none of its districts. A sensitive area has no
    cell of its own; one that never leaves does not count in the areas above it either.
    """
    codes = tuple(sorted(areas["area"].to_pylist()))
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))
    level = dict(zip(areas["area"].to_pylist(), areas["level"].to_pylist(), strict=True))
    lines = {code: lineage(code, parent) for code in codes}
    governorates = [code for code in codes if level[code] == GOVERNORATE]
    districts = [code for code in codes if level[code] == DISTRICT]
    districted = {above for code in districts for above in lines[code][1:]}
    public = [code for code in governorates if not sensitive.hidden(code)]
    partner = [code for code in districts if not sensitive.hidden(code)] + public
    row = {code: number for number, code in enumerate(public)}
    return Grid(
        public_areas=tuple(public),
        partner_areas=tuple(partner),
        areas=codes,
        public_row=_rows(codes, lines, public, set(governorates), sensitive),
        partner_row=_rows(codes, lines, partner, {*districts, *governorates}, sensitive),
        above=np.array(
            [next((row[one] for one in lines[code] if one in row), -1) for code in partner], dtype=np.int64
        ),
        whole=np.array(
            [code not in districted or level[code] == DISTRICT for code in partner], dtype=np.bool_
        ),
    )


def _rows(
    codes: Sequence[str],
    lines: Mapping[str, Sequence[str]],
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

    It is bounded once. Of the cells governorate x family that an author-week has, at most `public_cells` count,
    1 each; in each of the first `partner_cells` of them, one cell area x category of the partners' table counts 1.
    Which, a hash of seed, week, pseudonym and cell decides, so that neither the order of the rows nor any other
    author changes it. Adding or removing all rows of one author-week therefore changes both tables together by at
    most `policy.max_cells` in L1, whatever the rows are; and where `partner_cells` is not the smaller number, the
    partners' cells of a governorate that is `closed` add up to its public ones, family by family.

    A district that lies in no governorate takes the place of a public cell without being one.

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
    category = _index(rows["category"], [kind.value for kind in PARTNER_SIGNALS])
    good = (area >= 0) & (category >= 0)
    good[good] &= (cells.public_row[area[good]] >= 0) | (cells.partner_row[area[good]] >= 0)
    who, area, category = rows["pseudonym"].to_numpy()[good], area[good], category[good]
    salt = _mix(np.array([seed], np.uint64)) ^ np.uint64((week - date(1970, 1, 1)).days % 2**64)
    public_size, partner_size = (
        len(cells.public_areas) * len(PUBLIC_SIGNALS),
        len(cells.partner_areas) * len(PARTNER_SIGNALS),
    )
    above, below = cells.public_row[area], cells.partner_row[area]
    outer = np.where(above >= 0, above, len(cells.public_areas) + below) * len(PUBLIC_SIGNALS)
    outer += FAMILY_ROW[category]
    inner = np.where(below >= 0, below * len(PARTNER_SIGNALS) + category, -1)
    outer, inner, rank = _chosen(who, outer, inner, _mix(salt))
    first = (rank < policy.partner_cells) & (rank < policy.public_cells) & (inner >= 0)
    return (
        np.bincount(outer[(rank < policy.public_cells) & (outer < public_size)], minlength=public_size)
        .reshape(len(cells.public_areas), len(PUBLIC_SIGNALS))
        .astype(np.int64),
        np.bincount(inner[first], minlength=partner_size)
        .reshape(len(cells.partner_areas), len(PARTNER_SIGNALS))
        .astype(np.int64),
    )


def _index(values: pa.ChunkedArray, among: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value, -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(values, pa.array(among, pa.string())), -1)
    places: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    return places


def _chosen(
    who: NDArray[np.uint64], outer: NDArray[np.int64], inner: NDArray[np.int64], salt: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return each author's outer cells, one inner cell of each, and the rank of the outer one among the author's.

    Both go by their hash; an inner cell of -1 is taken only where there is no other.
    """
    dice = _mix(_mix(salt ^ who) ^ outer.astype(np.uint64))
    inner_dice = _mix(_mix(_mix(salt) ^ who) ^ inner.astype(np.uint64))
    order = np.lexsort((inner, inner_dice, inner < 0, outer, dice, who))
    who, outer, inner = who[order], outer[order], inner[order]
    new_author = np.ones(len(who), dtype=np.bool_)
    new_author[1:] = who[1:] != who[:-1]
    new_cell = new_author.copy()
    new_cell[1:] |= outer[1:] != outer[:-1]  # the same cell has the same dice, and stands beside itself
    before = np.cumsum(new_cell)
    start = before[new_author][np.cumsum(new_author) - 1] if len(who) else before
    return outer[new_cell], inner[new_cell], (before - start)[new_cell]


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the next numbers of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, fig. 17)."""
    mixed = state + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
