"""What those inside see: exact counts by area and week, with small cells hidden, and never less than this."""

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.category import FAMILY_OF, Category

FEWEST = 10
"""Author-weeks below which a cell is hidden inside too: who knows a place could tell who is meant. Statistical offices
commonly hide cells below a number from 3 to 10; the widest is taken, as these are people in danger."""


VEILED = ("observed", "relative_risk", "llr", "new_share")
"""The columns of a hotspot from which its count can be told."""


def hidden(counts: pa.Table) -> pa.Table:
    """Return counts with those of small cells as null: from 1 to FEWEST - 1 author-weeks.

    No sum over cells is given, as a sum with all cells but one would bring that one back.

    Args:
        counts: with `area`, `week`, `category` and `author_weeks`, as in COUNT_SCHEMA.

    Returns:
        `area`, `category`, `author_weeks`: null where hidden.

    >>> small = pa.table({"area": ["a", "b"], "week": [1, 1], "category": ["lure"] * 2, "author_weeks": [9, 10]})
    >>> hidden(small)["author_weeks"].to_pylist()
    [None, 10]
    """
    exact = counts["author_weeks"]
    shown = pc.if_else(pc.greater_equal(exact, FEWEST), exact, pa.scalar(None, exact.type))
    return pa.table({"area": counts["area"], "category": counts["category"], "author_weeks": shown})


def veiled(hotspots: pa.Table, counts: pa.Table) -> pa.Table:
    """Return hotspots with the count, and what it can be told from, as null where a small cell could be told from it.

    That is where it is below FEWEST, and where its areas and weeks hold a small cell of its family: the count is their
    sum, and all cells but that one are shown.

    Args:
        hotspots: `areas`, `start`, `end`, `family` and the columns of VEILED, as in HOTSPOT_SCHEMA, exact.
        counts: as in `hidden`, of all weeks.

    >>> days = {"start": [1] * 2, "end": [7] * 2, "family": ["trade"] * 2}
    >>> few = pa.table({"areas": [["a"], ["b"]], **days, "observed": [13, 12]} | dict.fromkeys(VEILED[1:], [3.0, 3.0]))
    >>> cells = {"area": ["a", "a", "b"], "week": [1] * 3, "category": ["offer", "lure", "offer"]}
    >>> veiled(few, pa.table({**cells, "author_weeks": [12, 1, 12]}))["observed"].to_pylist()
    [None, 12]
    """
    exact = counts["author_weeks"]
    small = counts.filter(pc.and_(pc.greater(exact, 0), pc.less(exact, FEWEST)))
    cells = [
        (area, week, FAMILY_OF[Category(category)])
        for area, week, category in zip(
            *(small[n].to_pylist() for n in ("area", "week", "category")), strict=True
        )
        if category in set(Category)
    ]
    rows = zip(*(hotspots[n].to_pylist() for n in ("areas", "start", "end", "family")), strict=True)
    clear = [
        not any(area in areas and start <= week <= end and of == family for area, week, of in cells)
        for areas, start, end, family in rows
    ]
    shown = pc.and_(pc.greater_equal(hotspots["observed"], FEWEST), pa.array(clear, pa.bool_()))
    for name in VEILED:
        column = hotspots[name]
        values = pc.if_else(shown, column, pa.scalar(None, column.type))
        hotspots = hotspots.set_column(hotspots.schema.get_field_index(name), name, values)
    return hotspots
