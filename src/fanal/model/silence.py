"""The three answers to the question whether an area has fallen silent; none of them says that it is safe."""

from enum import StrEnum


class Voice(StrEnum):
    """Name what is known of the volume of an area in a week.

    >>> Voice.SILENT.value
    'silent'
    """

    SILENT = "silent"  # fewer reports than its own past and the rest of the stream would give
    AS_USUAL = "as_usual"  # within its band; says nothing about what is written
    CANNOT_TELL = "cannot_tell"  # so few reports are usual that even none would not be below the band
