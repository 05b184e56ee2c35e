"""Rescanning sees hotspots that were not scanned from the released counts, and finds the one that is there."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from fanal import pipeline
from fanal.evaluate.attacks import rescanning
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.model.release import Release
from fanal.privacy.rescan import rescan


def test_hotspots_of_other_counts_are_seen(
    target: Callable[..., Target], found, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exact(*given: object, **more: object) -> Release:
        made = rescan(*given, **more)  # type: ignore[arg-type]
        table = made.table
        shifted = pa.array(np.asarray(table["observed"]) + 1, table.schema.field("observed").type)
        at = table.schema.get_field_index("observed")
        object.__setattr__(made, "table", table.set_column(at, table.schema.field(at), shifted))
        return made

    monkeypatch.setattr(pipeline, "rescan", exact)
    told = found(rescanning.attack, target(), 200)["rescanning"]
    assert told.more["hotspots"] > 0
    assert told.ended is Ending.BROKEN


def test_hotspots_follow_from_the_released_counts(target: Callable[..., Target], found) -> None:
    told = found(rescanning.attack, target(), 200)["rescanning"]
    assert (told.ended, told.more["hotspots"] > 0) == (Ending.HELD, True)
