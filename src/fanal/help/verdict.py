"""The verdict: no, unknown or yes, as numbers whose smallest is the verdict of all together."""

from enum import IntEnum


class Verdict(IntEnum):
    """Say whether something is so. Unknown is not no: it is shown, behind what is known to fit.

    >>> min(Verdict.YES, Verdict.UNKNOWN).name
    'UNKNOWN'
    """

    NO = 0
    UNKNOWN = 1
    YES = 2
