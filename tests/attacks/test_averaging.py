"""Averaging sees a gate that draws a week again: because it forgot, or because it was asked in another way."""

from collections.abc import Callable

import pyarrow as pa

from fanal.evaluate.attacks import averaging
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import SEED, Target
from fanal.model.release import Release
from fanal.privacy import gate
from fanal.testing.ledger import MemoryLedger


def test_a_gate_that_forgets_is_averaged_away(target: Callable[..., Target], tried) -> None:
    def forgetful(rows: pa.Table, **given: object) -> list[Release]:
        return gate.release_counts(rows, **(given | {"ledger": MemoryLedger()}))  # type: ignore[arg-type]

    told = tried(averaging.asked_again, target(release=forgetful), 200)
    assert told.ended is Ending.BROKEN
    assert told.more["draws"] == told.more["answers"]


def test_one_more_draw_for_other_settings_is_seen(target: Callable[..., Target], tried) -> None:
    other = MemoryLedger()

    def careless(rows: pa.Table, **given: object) -> list[Release]:
        if given["seed"] != SEED:
            given["ledger"] = other
        return gate.release_counts(rows, **given)  # type: ignore[arg-type]

    told = tried(averaging.asked_again, target(release=careless), 100)
    assert (told.ended, told.more["draws"]) == (Ending.BROKEN, 2)


def test_an_old_desk_gives_another_draw_each_time(target: Callable[..., Target], tried) -> None:
    told = tried(averaging.restored, target(), 200)
    assert (told.ended, told.more["draws"]) == (Ending.LIMIT, averaging.RESTORED)
