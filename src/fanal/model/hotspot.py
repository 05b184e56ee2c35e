"""The Hotspot: neighbouring areas and a time window with more signals than expected (Kulldorff's scan statistic)."""

import pyarrow as pa

from fanal.model.field import field

HOTSPOT_SCHEMA = pa.schema(
    [
        field("family", pa.string(), "a value of Family"),
        field("as_of", pa.date32(), "the day on which this could be known: end of data plus reporting delay"),
        field("start", pa.date32(), "Monday of the first week of the window"),
        field("end", pa.date32(), "Monday of the last week of the window"),
        field("rank", pa.int16(), "1 is the most likely cluster; secondary ones do not overlap it"),
        field("areas", pa.list_(pa.string()), "codes of its areas"),
        field("observed", pa.int64(), "counted inside; events, places, or released author-weeks"),
        field("expected", pa.float64(), "what the past lets expect there"),
        field("relative_risk", pa.float64(), "inside against outside; infinite when all is inside"),
        field("llr", pa.float64(), "log-likelihood ratio"),
        field("p_value", pa.float64(), "Monte Carlo, from 1/(replicates+1) to 1"),
        field(
            "recurrence_weeks",
            pa.float64(),
            "by chance once in so many weeks, over all families scanned",
            unit="week",
        ),
        field("replicates", pa.int32(), "data sets simulated without a hotspot"),
        field(
            "new_share",
            pa.float64(),
            "share of the authors that wrote nothing with a place in the weeks before, from 0 to 1",
            null="not known; from layers or from released counts",
        ),
        field("flood", pa.bool_(), "most authors are new, and more than elsewhere", null="as for new_share"),
    ]
)
