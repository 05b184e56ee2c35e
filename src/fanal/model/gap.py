"""The gap: people of an area and a group who may need something, against what services within their reach have."""

from enum import StrEnum

import pyarrow as pa

from fanal.model.field import field


class Shortage(StrEnum):
    """Name what can be said of a gap. None of them means safe.

    >>> Shortage("not_known").value
    'not_known'
    """

    SHORT = "short"  # short even if services that do not say how much they have, have as much as the others
    MAYBE = "maybe_short"  # short by what is said; it may be made up by services that do not say
    NONE_FOUND = "none_found"  # what is said covers the stated need
    NONE_COUNTED = "none_counted"  # the layer counts nobody of the group here
    NOT_KNOWN = "not_known"  # how many people there are, or what any service within reach has


GAP_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code of the area"),
        field("group", pa.string(), "a value of Group; groups overlap, never add them up"),
        field("need", pa.string(), "a value of Need"),
        field("unit", pa.string(), "what capacity is counted in, such as bed; empty: services say no unit"),
        field(
            "date",
            pa.date32(),
            "day on which the people were counted, or the last day of the year that they are of",
            null="not counted",
        ),
        field("people", pa.float64(), "people of the group", unit="person", null="not counted, or blanked"),
        field("share", pa.float64(), "of the people, who are taken to need one unit; an assumption"),
        field("in_need", pa.float64(), "people × the stated share", unit="person", null="as people"),
        field("units", pa.float64(), "of this unit within reach, as far as services say"),
        field("services", pa.int32(), "services within reach that say how much they have", unit="service"),
        field(
            "counted_free",
            pa.int32(),
            "of these, counted by what is free; the others by all that there is",
            unit="service",
        ),
        field(
            "unsaid", pa.int32(), "services within reach that do not say, or said it long ago", unit="service"
        ),
        field(
            "low",
            pa.float64(),
            "shortfall if services that do not say have as much as those that do, 5th percentile of the draws",
            unit="person",
            null="too few services say how much they have",
        ),
        field(
            "high",
            pa.float64(),
            "shortfall if services that do not say have nothing",
            unit="person",
            null="people are not known",
        ),
        field("shortage", pa.string(), "a value of Shortage"),
    ]
)

VOICED_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code of the area"),
        field("week", pa.date32(), "Monday of the ISO week"),
        field("signal", pa.string(), "distress for the public; need, plea or flight for partners"),
        field(
            "author_weeks",
            pa.int64(),
            "released, noisy",
            unit="author-week",
            null="not shown, which does not mean zero",
        ),
        field("need", pa.string(), "a value of Need"),
        field("unit", pa.string(), "what capacity is counted in; empty: services say no unit"),
        field("units", pa.float64(), "of this unit within reach of all residents, as far as services say"),
        field(
            "unsaid", pa.int32(), "services within reach that do not say, or said it long ago", unit="service"
        ),
        field("ratio", pa.float64(), "author-weeks for each unit", null="not shown, or no unit within reach"),
        field("low", pa.float64(), "the same at the lower end of the noise", null="as ratio"),
        field("high", pa.float64(), "the same at the upper end of the noise", null="as ratio"),
    ]
)
