"""The reason: why a service is shown to somebody, and what is not known of it, as values that a face translates."""

from enum import StrEnum


class Reason(StrEnum):
    """Name one thing that speaks for a service, or that nobody said of it.

    >>> Reason("free").value
    'free'
    """

    NEED = "need"  # it does what was asked for
    NEED_UNKNOWN = "need_unknown"
    LANGUAGE = "language"
    LANGUAGE_UNKNOWN = "language_unknown"
    FOR_YOU = "for_you"  # it is for people of this age, sex or status
    FOR_SOME = "for_some"  # it is for some people only, and of that nothing was asked
    OPEN = "open"
    HOURS_UNKNOWN = "hours_unknown"
    FREE = "free"
    COST_UNKNOWN = "cost_unknown"
    SERVES_AREA = "serves_area"
    AREA_UNKNOWN = "area_unknown"  # whom it serves by area was not said, or only of a part of the area
    SAME_AREA = "same_area"  # a place of it is in the area that was asked about
    SAME_REGION = "same_region"  # it is confidential, and in the region of that area
    NEAR = "near"  # within the distance that was asked for
    DISTANCE_UNKNOWN = "distance_unknown"
    IN_PERSON = "in_person"
    BY_PHONE = "by_phone"
    ONLINE = "online"
    WAY_UNKNOWN = "way_unknown"  # how it is reached was not said
    ASK_FIRST = "ask_first"  # its place is confidential: the front gate tells it
    DANGER_HERE = "danger_here"  # the area that was asked about is a released hotspot, and the place is in it
