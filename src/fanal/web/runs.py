"""Weekly figures as runs: a row for each stretch of weeks in which nothing changed, as whole numbers."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.group import Group

NOT_KNOWN = -1
NOT_ASKED = -2
"""A part that is no part of this row's index."""

TENTH = 10  # the index has one decimal on the page
PERCENT = 100
_FIGURES = ("index", "low", "high", "hazard", "vulnerability", "coping")


def index_runs(table: pa.Table, *, area: NDArray[np.int64], week: NDArray[np.int64]) -> dict[str, Any]:
    """Write a risk index for the page.

    Args:
        table: columns area, group, week, index, low, high, hazard, vulnerability, coping, parts (the
            schema of a Release of kind index).
        area: [rows] number of the area on the page.
        week: [rows] number of the week on the page.

    Returns:
        `groups` and `parts` (name, dimension, unit); `parts_of`, for each group the numbers of its parts;
        `series` as [area, group, number of runs]; `runs` as [first week, weeks, index, low, high, hazard,
        vulnerability, coping, share of each part of its group], the figures in tenths and shares in
        percent, -1 for not known; `raw_series` as [area, part, number of runs] and `raw` as [first week,
        weeks, raw value or null, scaled in tenths].
    """
    group_names = [group.value for group in Group]
    group = pc.index_in(table["group"], pa.array(group_names)).to_numpy()
    order = np.lexsort((week, group, area))
    area, week, group, table = area[order], week[order], group[order], table.take(pa.array(order))

    figures = [_whole(table[name], TENTH) for name in _FIGURES]
    parts = _parts(table)
    share = np.full((len(table), len(parts["names"])), NOT_ASKED, dtype=np.int64)
    share[parts["row"], parts["part"]] = parts["share"]
    starts, lengths, heads = _runs(np.column_stack([area, group]), week, np.column_stack([*figures, share]))

    by_part = np.lexsort((week[parts["row"]], parts["part"], area[parts["row"]]))
    keys = np.column_stack([area[parts["row"]], parts["part"]])[by_part]
    weeks = week[parts["row"]][by_part]
    once = np.r_[True, np.any((keys[1:] != keys[:-1]), axis=1) | (weeks[1:] != weeks[:-1])]
    keys, weeks, by_part = keys[once], weeks[once], by_part[once]
    raw, scaled = parts["raw"][by_part], parts["scaled"][by_part]
    raw_starts, raw_lengths, raw_heads = _runs(
        keys, weeks, np.column_stack([np.nan_to_num(raw, nan=np.inf), scaled])
    )
    runs = np.column_stack([week[starts], lengths, *(column[starts] for column in figures), share[starts]])
    before = runs.shape[1] - share.shape[1]
    asked = [
        np.flatnonzero((share[group == one] != NOT_ASKED).any(axis=0)) for one in range(len(group_names))
    ]
    columns = [np.r_[np.arange(before), before + own] for own in asked]
    return {
        "groups": group_names,
        "parts": parts["names"],
        "parts_of": [own.tolist() for own in asked],
        "series": heads,
        "runs": [run[columns[one]].tolist() for run, one in zip(runs, group[starts], strict=True)],
        "raw_series": raw_heads,
        "raw": [
            [first, length, None if np.isnan(value) else float(value), point]
            for first, length, value, point in zip(
                weeks[raw_starts].tolist(), raw_lengths.tolist(), raw[raw_starts], scaled[raw_starts].tolist(),
                strict=True,
            )
        ],
    }  # fmt: skip


def rank_runs(table: pa.Table, *, area: NDArray[np.int64], week: NDArray[np.int64]) -> dict[str, Any]:
    """Write the rank intervals of a risk index, and where layers fell silent, for the page.

    Args:
        table: columns area, group, week, rank_low, rank_high, silent; a Release of before they were drawn has
            none of them.
        area: [rows] number of the area on the page.
        week: [rows] number of the week on the page.

    Returns:
        `ranks` as [area, group, number of runs] and `rank_runs` as [first week, weeks, low, high]; `layers`, `silent`
        as [area, 0, number of runs] and `silent_runs` as [first week, weeks, the numbers of the layers]. Weeks
        without a rank or a silence have no run.
    """
    if "rank_low" not in table.column_names:
        return {"ranks": [], "rank_runs": [], "layers": [], "silent": [], "silent_runs": []}
    group = pc.index_in(table["group"], pa.array([one.value for one in Group])).to_numpy()
    order = np.lexsort((week, group, area))
    area, week, group, table = area[order], week[order], group[order], table.take(pa.array(order))

    ranked = np.flatnonzero(pc.is_valid(table["rank_low"]).to_numpy())
    figures = np.column_stack([_whole(table[name], 1) for name in ("rank_low", "rank_high")])[ranked]
    starts, lengths, heads = _runs(np.column_stack([area, group])[ranked], week[ranked], figures)
    runs = np.column_stack([week[ranked][starts], lengths, figures[starts]])

    told = [tuple(names or ()) for names in table["silent"].to_pylist()]
    layers = sorted({name for names in told for name in names})
    bits = np.array([sum(1 << layers.index(name) for name in names) for names in told], dtype=np.int64)
    once = np.lexsort((week, area))
    once = once[bits[once] > 0]
    keys = np.column_stack([area, week])[once]
    once = once[np.r_[True, np.any(keys[1:] != keys[:-1], axis=1)][: len(once)]]  # the groups say the same
    silent_starts, silent_lengths, silent_heads = _runs(
        np.column_stack([area, np.zeros_like(area)])[once], week[once], bits[once][:, None]
    )
    return {
        "ranks": heads,
        "rank_runs": runs.tolist(),
        "layers": layers,
        "silent": silent_heads,
        "silent_runs": [
            [first, length, [at for at in range(len(layers)) if bit >> at & 1]]
            for first, length, bit in zip(
                week[once][silent_starts].tolist(), silent_lengths.tolist(), bits[once][silent_starts].tolist(),
                strict=True,
            )
        ],
    }  # fmt: skip


def _runs(
    keys: NDArray[np.int64], week: NDArray[np.int64], values: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[list[int]]]:
    """Return where runs start, how many weeks each lasts, and [*key, number of runs] of each series.

    Rows are sorted by key and week. A run ends where the key or a value changes or a week is missing.

    >>> starts, lengths, heads = _runs(np.array([[7, 0]] * 3), np.array([0, 1, 3]), np.array([[5], [5], [5]]))
    >>> starts.tolist(), lengths.tolist(), heads
    ([0, 2], [2, 1], [[7, 0, 2]])
    """
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), []
    other = np.any(keys[1:] != keys[:-1], axis=1)
    new = np.r_[True, other | np.any(values[1:] != values[:-1], axis=1) | (np.diff(week) != 1)]
    starts = np.flatnonzero(new)
    lengths = np.diff(np.r_[starts, len(keys)])
    series = np.cumsum(np.r_[True, other])[starts] - 1
    firsts = np.flatnonzero(np.r_[True, other])
    return starts, lengths, np.column_stack([keys[firsts], np.bincount(series)]).tolist()


def _parts(table: pa.Table) -> dict[str, Any]:
    """Return the parts of all rows as flat columns: row, part by number, share, raw, scaled; and their names."""
    nested = table["parts"].combine_chunks()
    flat = nested.flatten()
    name = pc.struct_field(flat, "name").dictionary_encode()
    first = [int(at) for at in np.unique(name.indices.to_numpy(), return_index=True)[1]]
    dimension, unit = (
        pc.struct_field(flat, column).take(pa.array(first, pa.int64())) for column in ("dimension", "unit")
    )
    return {
        "names": [
            list(one)
            for one in zip(name.dictionary.to_pylist(), dimension.to_pylist(), unit.to_pylist(), strict=True)
        ],
        "row": pc.list_parent_indices(nested).to_numpy(),
        "part": name.indices.to_numpy().astype(np.int64),
        "share": _whole(pc.struct_field(flat, "share"), PERCENT),
        "scaled": _whole(pc.struct_field(flat, "scaled"), TENTH),
        "raw": _three_digits(pc.struct_field(flat, "raw").to_numpy(zero_copy_only=False).astype(np.float64)),
    }


def _whole(column: pa.Array | pa.ChunkedArray, times: int) -> NDArray[np.int64]:
    """Return a column times a number as whole numbers, NOT_KNOWN where null."""
    values = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy().astype(np.float64)
    return np.where(np.isfinite(values), np.rint(np.nan_to_num(values) * times), NOT_KNOWN).astype(np.int64)


def _three_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values rounded to three significant digits, NaN where not finite.

    >>> _three_digits(np.array([0.123456, 98765.4, 0.0, np.nan])).tolist()
    [0.123, 98800.0, 0.0, nan]
    """
    distinct, back = np.unique(values, return_inverse=True)
    rounded = np.array(
        [float(f"{value:.3g}") if np.isfinite(value) else np.nan for value in distinct.tolist()]
    )
    return rounded[back].astype(np.float64)
