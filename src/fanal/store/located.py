"""Located author-weeks: for each author, week and category, the areas that their posts name, with probabilities."""

from collections.abc import Collection
from datetime import date

import pyarrow as pa

from fanal.model.signal import FIRST_HAND
from fanal.store.lake import Lake
from fanal.store.removal import NOBODY, one_of

LOCATED_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("pseudonym", pa.uint64()),
        ("category", pa.string()),
        ("area", pa.string()),
        ("probability", pa.float64()),
    ]
)

# A post's probabilities add up to at most 1, however many places it names; an author-week's are the mean
# over its posts of that category, so that many posts weigh no more than one. DuckDB does not know how many rows a
# Delta table has: left to choose, it may join all posts with all author-weeks of a category first. Hence MATERIALIZED.
# Of a table that was written anew it hands a comparison of strings to Arrow in a type that Arrow cannot compare;
# `lower` keeps the comparison in DuckDB.
_QUERY = f"""
WITH placed AS (
    SELECT post, week, pseudonym, area,
           sum(probability) / greatest(1, any_value(total)) AS probability
    FROM (
        SELECT *, sum(probability) OVER (PARTITION BY post) AS total FROM mentions
        WHERE pseudonym <> {NOBODY} AND $chosen
    )
    GROUP BY post, week, pseudonym, area
),
shown AS (
    SELECT post, category FROM signals
    WHERE lower(stance) = '{FIRST_HAND}' AND pseudonym <> {NOBODY} AND $chosen GROUP BY ALL
    UNION ALL
    SELECT DISTINCT post, $volume FROM mentions WHERE pseudonym <> {NOBODY} AND $chosen
),
each AS MATERIALIZED (
    SELECT week, pseudonym, category, area, post, probability FROM placed JOIN shown USING (post)
),
numbered AS (
    SELECT week, pseudonym, category, count(DISTINCT post) AS posts FROM each GROUP BY ALL
)
SELECT week, pseudonym, category, area, sum(probability) / any_value(posts) AS probability
FROM each JOIN numbered USING (week, pseudonym, category)
GROUP BY week, pseudonym, category, area
ORDER BY week, pseudonym, category, area
"""  # noqa: S608 - a constant of ours stands in the text


def located(
    lake: Lake, *, committed: Collection[str], volume: str, weeks: Collection[date] | None = None
) -> pa.Table:
    """Return the areas of each author-week and category, first-hand signals alone, with probabilities.

    Rows of the category `volume` stand for any located post: the exposure of an area. Reports (news,
    advocacy) are left out of the categories and kept in the volume. Weeks that are closed are left out: their
    rows name nobody, and their counts stand in `fanal.store.closings`.

    Args:
        lake: signals and mentions are read.
        committed: ids of batches.
        volume: the name of that category.
        weeks: Mondays; None: all.

    Returns:
        LOCATED_SCHEMA, sorted; over an author-week and category the probabilities add up to at most 1.
    """
    days = "TRUE" if weeks is None else one_of(weeks)
    rows = lake.query(_QUERY.replace("$volume", f"'{volume}'").replace("$chosen", days), committed=committed)
    pseudonym = pa.chunked_array(
        [
            pa.Array.from_buffers(pa.uint64(), len(c), c.buffers(), offset=c.offset)
            for c in rows["pseudonym"].chunks
        ],
        pa.uint64(),
    )
    place = rows.schema.get_field_index("pseudonym")
    return rows.set_column(place, "pseudonym", pseudonym).cast(LOCATED_SCHEMA)
