"""The example: one post that a classifier learns from, and what was said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Hold one post to learn from; outputs are named as in `classifier.OUTPUTS`."""

    text: str
    source: str  # the collection that it comes from; each has its own share of posts that show something
    group: str  # an event, or copies of one post: what must not stand on both sides of a split
    judged: Mapping[str, bool]  # what a person said, by output; what nobody looked at is missing
    soft: Mapping[str, float]  # what a teacher said, by output, from 0 to 1
    weight: float  # above 0
    emphasis: Mapping[str, float] = field(
        default_factory=dict
    )  # times the weight, by output; what is missing is 1
