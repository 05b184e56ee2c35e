"""The plants: hotspots and near-duplicate templates that are put into a stream on purpose, to be found again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fanal.simulate.ground import Ground
from fanal.simulate.kind import Kind
from fanal.simulate.rhythm import WEEKS

FACTORS = (6.0, 10.0, 15.0, 25.0)
"""How many times likelier than elsewhere a signal is in a planted hotspot."""

MOST_SIGNAL = 0.9
"""The largest share of the posts of a hotspot that may show a signal; its factor is lowered to that."""

HOTSPOT_WEEKS = (2, 6)
TEMPLATE_WEEKS = (6, 26)
TEMPLATE_SHARE = 0.25
"""Share of the posts of a template's kind, in its weeks, that are copies of it."""

_TEMPLATE_KINDS = (
    Kind.LURE,
    Kind.ADVERT,
    Kind.ADVOCACY,
    Kind.LURE,
    Kind.PRAYER,
    Kind.NEED,
    Kind.NEWS,
    Kind.LURE,
)
_EDGE = 4  # weeks at the start that stay without plants, so that a baseline can form


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """Name an area and weeks in which a signal is likelier."""

    id: str
    area: int  # place in Ground.codes
    first: int  # week, from 0
    last: int  # week, included
    kind: Kind
    factor: float  # of the chance that a post that tells its area shows this signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Name a text that many authors post with small changes."""

    id: str
    kind: Kind
    language: int  # place in LANGUAGES
    first: int  # week, from 0
    last: int  # week, included
    share: float  # of the posts of its kind in its weeks
    base: int  # draw of its wording, 64 bits


def hotspots(
    ground: Ground, kinds: Sequence[Kind], *, most: int, cap: float, rng: np.random.Generator
) -> tuple[Hotspot, ...]:
    """Draw hotspots, each in an area of its own, among the areas with at least the median of posts.

    Args:
        ground: the areas.
        kinds: signals, taken in turn.
        most: hotspots; fewer where there are fewer areas.
        cap: the largest factor.
        rng: the dice.
    """
    busy = np.flatnonzero(ground.share >= np.median(ground.share))
    areas = rng.permutation(busy)[: most if kinds else 0]
    found = []
    for number, area in enumerate(areas.tolist()):
        length = int(rng.integers(HOTSPOT_WEEKS[0], HOTSPOT_WEEKS[1] + 1))
        first = int(rng.integers(_EDGE, WEEKS - length + 1))
        found.append(
            Hotspot(
                id=f"h{number + 1:02d}",
                area=area,
                first=first,
                last=first + length - 1,
                kind=kinds[number % len(kinds)],
                factor=min(float(rng.choice(FACTORS)), cap),
            )
        )
    return tuple(found)


def templates(
    kinds: Sequence[Kind], languages: int, *, most: int, rng: np.random.Generator
) -> tuple[Template, ...]:
    """Draw templates of some of the kinds that are simulated, each in one language."""
    chosen = [kind for kind in _TEMPLATE_KINDS if kind in kinds]
    found = []
    for number in range(most if chosen else 0):
        length = int(rng.integers(TEMPLATE_WEEKS[0], TEMPLATE_WEEKS[1] + 1))
        first = int(rng.integers(_EDGE, WEEKS - length + 1))
        found.append(
            Template(
                id=f"t{number + 1:02d}",
                kind=chosen[number % len(chosen)],
                language=int(rng.integers(languages)),
                first=first,
                last=first + length - 1,
                share=TEMPLATE_SHARE,
                base=int(rng.integers(2**63)),
            )
        )
    return tuple(found)
