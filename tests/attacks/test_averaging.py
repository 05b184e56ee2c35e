"""Averaging sees a gate that draws a week again: because it forgot, or because it was asked in another way."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from fanal import pipeline
from fanal.evaluate.attacks import averaging
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import SEED, Target
from fanal.model.release import Release
from fanal.privacy import gate
from fanal.store.workspace import Workspace
from fanal.testing.ledger import MemoryLedger


def test_a_gate_that_forgets_is_averaged_away(target: Callable[..., Target], tried) -> None:
    def forgetful(rows: pa.Table, **given: object) -> list[Release]:
        return gate.release_counts(rows, **(given | {"ledger": MemoryLedger()}))  # type: ignore[arg-type]

    told = tried(averaging.asked_again, target(release=forgetful), 200)
    assert told.ended is Ending.BROKEN
    assert told.more["draws"] > told.more["answers"] // 2  # two draws of few cells may be the same by chance


def test_one_more_draw_for_other_settings_is_seen(target: Callable[..., Target], tried) -> None:
    other = MemoryLedger()

    def careless(rows: pa.Table, **given: object) -> list[Release]:
        if given["seed"] != SEED:
            given["ledger"] = other
        return gate.release_counts(rows, **given)  # type: ignore[arg-type]

    told = tried(averaging.asked_again, target(release=careless), 100)
    assert (told.ended, told.more["draws"]) == (Ending.BROKEN, 2)


def test_an_update_that_draws_again_is_seen(target: Callable[..., Target], tried) -> None:
    def anew(workspace: Workspace, *given: object, **more: object) -> list[Release]:
        fresh = replace(workspace, ledger=MemoryLedger())  # type: ignore[arg-type]
        return pipeline.release_posts(fresh, *given, **more)  # type: ignore[arg-type]

    assert tried(averaging.updated, target(release_posts=anew), 100).ended is Ending.BROKEN


def test_an_old_desk_gives_another_draw_each_time(target: Callable[..., Target], tried) -> None:
    told = tried(averaging.restored, target(), 200)
    assert (told.ended, told.more["draws"]) == (Ending.LIMIT, averaging.RESTORED)
