"""A narrowing that holds nothing back, for tests of what the sensitive list has no part in."""

from fanal.model.area import AREA_SCHEMA
from fanal.privacy.narrowing import Narrowing

WHOLE = Narrowing((), AREA_SCHEMA.empty_table())
"""No rule, no area."""
