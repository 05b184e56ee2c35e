"""The detectors that Fanal knows: a tuple, nothing registers itself."""

from collections.abc import Callable

from fanal.signals.detect import Detector, load_detector

DETECTORS: tuple[Callable[[], Detector], ...] = (load_detector,)
"""Each loads one detector; names are unique (held by a test)."""
