"""What those inside see: exact counts by area and week, with small cells hidden, and never less than this."""

import pyarrow as pa
import pyarrow.compute as pc

FEWEST = 10
"""Author-weeks below which a cell is hidden inside too: who knows a place could tell who is meant. Statistical offices
commonly hide cells below a number from 3 to 10; the widest is taken, as these are people in danger."""


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


def veiled(hotspots: pa.Table) -> pa.Table:
    """Return hotspots with the count, and what it can be told from, as null where it is below FEWEST.

    Args:
        hotspots: HOTSPOT_SCHEMA, exact.

    >>> few = pa.table({"observed": [9, 10], "relative_risk": [3.0, 3.0], "llr": [5.0, 5.0], "new_share": [0.1, 0.1]})
    >>> veiled(few).to_pylist()[0]
    {'observed': None, 'relative_risk': None, 'llr': None, 'new_share': None}
    """
    shown = pc.greater_equal(hotspots["observed"], FEWEST)
    for name in ("observed", "relative_risk", "llr", "new_share"):
        column = hotspots[name]
        values = pc.if_else(shown, column, pa.scalar(None, column.type))
        hotspots = hotspots.set_column(hotspots.schema.get_field_index(name), name, values)
    return hotspots
