"""Hiding sees a hidden area that shows: in a row, in what is missing, or in the sum above it."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from fanal.evaluate.attacks import hiding
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.model.release import Release
from fanal.privacy import gate
from fanal.privacy.sensitive import SensitiveRule, Treatment


def test_a_rule_that_is_not_kept_is_seen_in_the_sum_above(target: Callable[..., Target], found) -> None:
    def coarser(rows: pa.Table, *, rules: tuple[SensitiveRule, ...], **given: object) -> list[Release]:
        weaker = tuple(
            SensitiveRule(area=rule.area, rule=Treatment.COARSER, reason=rule.reason) for rule in rules
        )
        return gate.release_counts(rows, rules=weaker, **given)  # type: ignore[arg-type]

    told = found(hiding.attack, target(release=coarser), 400)
    assert told["hiding_numbers"].ended is Ending.BROKEN
    assert told["hiding_structure"].ended is Ending.HELD


def test_rows_that_come_and_go_with_the_posts_are_seen(target: Callable[..., Target], found) -> None:
    def only_where_posted(rows: pa.Table, *, areas: pa.Table, **given: object) -> list[Release]:
        named = pc.or_(pc.is_in(areas["area"], pc.unique(rows["area"])), pc.less(areas["level"], 2))
        shown = areas.filter(named)
        given["rules"] = ()
        return gate.release_counts(rows, areas=shown, **given)  # type: ignore[arg-type]

    told = found(hiding.attack, target(release=only_where_posted), 400)["hiding_structure"]
    assert told.ended is Ending.BROKEN
    assert "depend on the posts" in told.faults[0]
