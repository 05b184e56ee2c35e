"""The Estimate: a private, exact number about area × group × period. Protected: see the import contracts."""

import pyarrow as pa

from fanal.model.field import field

CONTRIBUTION_SCHEMA = pa.schema(
    [
        field("week", pa.date32(), "Monday of the ISO week"),
        field("pseudonym", pa.uint64(), "keyed, lives one ISO week"),
        field("area", pa.string()),
        field("category", pa.string(), "a value of Category"),
    ]
)
"""One author in one ISO week in one cell: at most one row each, after the draw of a place."""

COUNT_SCHEMA = pa.schema(
    [
        field("area", pa.string()),
        field("week", pa.date32()),
        field("category", pa.string(), "a value of Category, or volume: any post"),
        field("author_weeks", pa.int64(), "after one seeded draw of a place", unit="author-week"),
        field("weight", pa.float64(), "sum of place probabilities", unit="author-week"),
        field("weight_low", pa.float64(), "lower end of its 95 % interval", unit="author-week"),
        field("weight_high", pa.float64(), "upper end", unit="author-week"),
    ]
)

VOLUME = "volume"

CELL_SCHEMA = pa.schema(
    [
        field("area", pa.string()),
        field("week", pa.date32(), "Monday of the ISO week"),
        field("category", pa.string(), "a value of Category, or volume"),
        field("author_weeks", pa.int64(), "after one seeded draw of a place", unit="author-week"),
        field("weight", pa.float64(), "sum of place probabilities p", unit="author-week"),
        field("spread", pa.float64(), "sum of p (1 - p): the variance of the weight"),
        field("weighed", pa.int64(), "author-weeks that the weight is a sum over", unit="author-week"),
    ]
)
"""The sums of one cell: all that its counts need, and no pseudonym; two rows of one cell are added up."""

ANSWER_SCHEMA = pa.schema(
    [
        field("area", pa.string()),
        field("week", pa.date32(), "Monday of the ISO week"),
        field("family", pa.string(), "a value of Family, or volume"),
        field("new", pa.int64(), "whose stored answer is new", unit="author-week"),
        field("seen", pa.int64(), "whose stored answer is seen before", unit="author-week"),
        field("unknown", pa.int64(), "without an answer", unit="author-week"),
    ]
)
"""How many author-weeks of a cell have which answer to "did they write before?", and no pseudonym."""

SILENCE_SCHEMA = pa.schema(
    [
        field("area", pa.string(), null="the whole stream but its silent areas"),
        field("week", pa.date32(), "Monday of the ISO week"),
        field("volume", pa.int64(), "reports of the week; of posts, author-weeks", unit="author-week"),
        field("low", pa.int64(), "fewest that are as usual", null="it cannot be told"),
        field("expected", pa.float64(), "by its own past and the rest of the stream", null="too little past"),
        field(
            "level",
            pa.float64(),
            "of the rest of the stream, 1 is its past",
            null="too little past, or the stream itself",
        ),
        field("state", pa.string(), "a value of Voice"),
        field("p_value", pa.float64(), "of so few or fewer, from 0 to 1", null="too little past"),
        field("since", pa.date32(), "first of the silent weeks without a break", null="not silent"),
    ]
)
"""Whether an area's reports fell below their band; an area without a row was never named, and cannot be told."""

INDEX_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code of the area"),
        field("group", pa.string(), "a value of Group"),
        field("week", pa.date32(), "the last week that was known"),
        field("index", pa.float64(), "0 to 10", null="nothing is known"),
        field("low", pa.float64(), "index if all that is missing were lowest", null="not known"),
        field("high", pa.float64(), "index if all that is missing were highest", null="not known"),
        field("hazard", pa.float64(), "0 to 10", null="missing"),
        field("vulnerability", pa.float64(), "0 to 10", null="missing"),
        field("coping", pa.float64(), "lack of coping capacity, 0 to 10", null="missing"),
        pa.field(
            "parts",
            pa.list_(
                pa.struct(
                    [
                        field("name", pa.string(), null="not known"),
                        field("dimension", pa.string(), null="not known"),
                        field("raw", pa.float64(), null="not known"),
                        field("unit", pa.string(), null="not known"),
                        field("scaled", pa.float64(), null="not known"),
                        field("share", pa.float64(), null="not known"),
                    ]
                )
            ),
            metadata={
                "what": "each part: raw value and unit, scaled 0 to 10, share of the index (shares add up to 1)"
            },
        ),
        field("missing", pa.list_(pa.string()), "names of the parts that no layer gives", null="not known"),
        field(
            "rank_low",
            pa.int32(),
            "rank among the areas of group and week in the best 5 % of draws of the weights, 1 is the highest index",
            null="not drawn, or nothing is known",
        ),
        field("rank_high", pa.int32(), "rank that 95 % of the draws do not exceed", null="as for rank_low"),
        field(
            "top_ten",
            pa.float64(),
            "share of the draws in the first ten, from 0 to 1",
            null="as for rank_low",
        ),
        field(
            "silent",
            pa.list_(pa.string()),
            "kinds of layers without reports here where reports were usual",
            null="not measured",
        ),
    ]
)
