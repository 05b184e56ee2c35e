"""Differencing sees noise that comes back in the next week, and a count that stands with two numbers."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from fanal.evaluate.attacks import differencing
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.model.release import Release
from fanal.privacy import gate


def test_noise_that_is_the_same_each_week_is_taken_off(noisy, broken_noise, found) -> None:
    told = found(differencing.attack, noisy(broken_noise["seeded"]), 600)
    for name in ("differencing_open", "differencing_coarser", "differencing_later"):
        assert told[name].ended is Ending.BROKEN, name
        assert told[name].more["each"]["this week less the one before"] > 0.9


def test_a_count_that_is_drawn_for_each_table_is_seen(target: Callable[..., Target], found) -> None:
    def twice(rows: pa.Table, **given: object) -> list[Release]:
        made = gate.release_counts(rows, **given)  # type: ignore[arg-type]
        again = made[0].table.set_column(
            3, made[0].table.schema.field(3), pc.add(made[0].table["author_weeks"], 1)
        )
        return [*made, replace(made[0], table=again)]

    told = found(differencing.attack, target(release=twice), 200)["differencing_open"]
    assert told.ended is Ending.BROKEN
    assert "two numbers" in told.faults[0]
