"""The weekly counts of author-weeks by area and category: what the inside sees, and what a scan reads."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.estimate import CELL_SCHEMA, COUNT_SCHEMA
from fanal.risk.place_draw import cells

NORMAL_95 = 1.959964
"""97.5 % of a standard normal variable lie below it."""

_CELL = ["week", "area", "category"]


def count(contributions: pa.Table, weights: pa.Table) -> pa.Table:
    """Count author-weeks by area, week and category; one loud author adds at most 1 to a cell.

    Args:
        contributions: CONTRIBUTION_SCHEMA, from `place_draw.draw`.
        weights: PLACED_SCHEMA, the rows that the draw was made from; they give the sums of probabilities.

    Returns:
        COUNT_SCHEMA, sorted by week, area and category; a cell with a weight and no drawn author has 0.

    >>> from fanal.risk.place_draw import PLACED_SCHEMA, draw
    >>> rows = pa.table(
    ...     [[date(2014, 8, 4)] * 3, [7, 7, 8], ["pcode:A"] * 3, ["need"] * 3, [1.0] * 3], schema=PLACED_SCHEMA
    ... )
    >>> count(draw(rows, seed=1), rows).select(["area", "author_weeks", "weight"]).to_pylist()
    [{'area': 'pcode:A', 'author_weeks': 2, 'weight': 2.0}]
    """
    return told(sums(contributions, weights))


def sums(contributions: pa.Table, weights: pa.Table) -> pa.Table:
    """Return the sums of each cell, which no longer need a pseudonym: what `told` makes counts of.

    Args:
        contributions: CONTRIBUTION_SCHEMA, from `place_draw.draw`.
        weights: PLACED_SCHEMA, the rows that the draw was made from.

    Returns:
        CELL_SCHEMA, sorted by week, area and category.
    """
    drawn = contributions.group_by([*_CELL, "pseudonym"], use_threads=False).aggregate([])
    drawn = drawn.group_by(_CELL, use_threads=False).aggregate([([], "count_all")])
    drawn = drawn.rename_columns([*_CELL, "author_weeks"])
    rows = cells(weights)
    share = rows["probability"]
    rows = rows.append_column("spread", pc.multiply(share, pc.subtract(1.0, share)))
    weighed = rows.group_by(_CELL, use_threads=False).aggregate(
        [("probability", "sum"), ("spread", "sum"), ([], "count_all")]
    )
    weighed = weighed.rename_columns([*_CELL, "weight", "spread", "weighed"])
    both = weighed.join(drawn, keys=_CELL, join_type="full outer", use_threads=False)
    both = both.take(pc.sort_indices(both, [(key, "ascending") for key in _CELL]))
    zeros = {name: pc.fill_null(both[name], 0) for name in CELL_SCHEMA.names if name not in _CELL}
    return (
        pa.table({**{name: both[name] for name in _CELL}, **zeros})
        .select(CELL_SCHEMA.names)
        .cast(CELL_SCHEMA)
    )


def told(rows: pa.Table) -> pa.Table:
    """Return the counts of cells from their sums, with the interval of how many author-weeks a weight may be.

    Each author-week is in the cell or not, by its own probability: their number is Poisson-binomial, with the variance
    sum p (1 - p), and is taken for normal (Le Cam 1960; Hong 2013, Computational Statistics & Data Analysis 59:41-51).
    Limit: for fewer than some ten uncertain ones the interval is too even.

    Args:
        rows: CELL_SCHEMA; rows of one cell, as of a week that was closed and read again, are added up.

    Returns:
        COUNT_SCHEMA, sorted by week, area and category.
    """
    names = [name for name in CELL_SCHEMA.names if name not in _CELL]
    found = rows.group_by(_CELL, use_threads=False).aggregate([(name, "sum") for name in names])
    found = found.take(pc.sort_indices(found, [(key, "ascending") for key in _CELL]))
    total = found["weight_sum"].to_numpy()
    reach = NORMAL_95 * np.sqrt(np.maximum(found["spread_sum"].to_numpy(), 0.0))
    return pa.table(
        {
            "area": found["area"],
            "week": found["week"],
            "category": found["category"],
            "author_weeks": found["author_weeks_sum"],
            "weight": found["weight_sum"],
            "weight_low": np.maximum(total - reach, 0.0),
            "weight_high": np.minimum(total + reach, found["weighed_sum"].to_numpy()),
        }
    ).cast(COUNT_SCHEMA)


def grid(
    counts: pa.Table, *, areas: Sequence[str], weeks: Sequence[date], categories: Sequence[str]
) -> NDArray[np.int64]:
    """Return the author-weeks of some categories together as [weeks, areas]; a cell without a row is 0.

    An author with two of the categories in a week counts twice here. Rows outside the grid are left out.

    Args:
        counts: COUNT_SCHEMA.
        areas: codes, the columns.
        weeks: Mondays, the rows, in any order.
        categories: values of Category, or `volume`.
    """
    chosen = counts.filter(pc.is_in(counts["category"], pa.array(categories, pa.string())))
    row = pc.fill_null(pc.index_in(chosen["week"], pa.array(weeks, pa.date32())), -1).to_numpy()
    column = pc.fill_null(pc.index_in(chosen["area"], pa.array(areas, pa.string())), -1).to_numpy()
    inside = (row >= 0) & (column >= 0)
    table = np.zeros((len(weeks), len(areas)), dtype=np.int64)
    np.add.at(table, (row[inside], column[inside]), chosen["author_weeks"].to_numpy()[inside])
    return table
