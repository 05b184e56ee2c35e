"""The plan: all that is settled about a stream before its first post is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.model.error import UserError
from fanal.simulate.crowd import Crowd, crowd
from fanal.simulate.ground import Ground
from fanal.simulate.kind import BULK_SHARES, KINDS, SIGNAL_SHARES, Kind
from fanal.simulate.plants import MOST_SIGNAL, Hotspot, Template, hotspots, templates
from fanal.simulate.rhythm import WEEK_HOURS, WEEKS, hour_shares
from fanal.simulate.sentences import LANGUAGES

NAMED_SHARE = 0.5  # of the posts name a place
POINT_SHARE = 0.02  # of the posts have a point
MOST_POSTS = 1_000_000_000
MOST_RATE = 0.5
HOTSPOTS, TEMPLATES = 8, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold what a stream is made of."""

    posts: int
    rate: float  # share of the posts that show a signal, over the whole stream, planted ones included
    signals: tuple[Kind, ...]
    ground: Ground
    crowd: Crowd
    hotspots: tuple[Hotspot, ...]
    templates: tuple[Template, ...]
    outside_rate: float  # share of the posts outside of hotspots that show a signal
    area_ends: NDArray[np.float64]  # running sum of the areas' shares
    kind_ends: NDArray[np.float64]  # running sum of the chances of KINDS, but for the last: 11
    hotspot_ends: NDArray[np.float64]  # the same inside of each hotspot
    hotspot_of: NDArray[np.int16]  # areas × weeks: place in hotspots; -1: none

    @property
    def plants(self) -> tuple[str, ...]:
        """Return the ids of all plants: hotspots, then templates."""
        return (*(spot.id for spot in self.hotspots), *(template.id for template in self.templates))

    @property
    def posts_a_week(self) -> int:
        """Return the posts of an average week."""
        return self.posts // WEEKS


def plan(
    ground: Ground,
    *,
    posts: int,
    rate: float,
    signals: Sequence[Kind] = tuple(SIGNAL_SHARES),
    most_hotspots: int = HOTSPOTS,
    most_templates: int = TEMPLATES,
    rng: np.random.Generator,
) -> Plan:
    """Settle what a stream is made of.

    Outside of hotspots the rate is a little below the one asked for, so that with them the stream has it.

    Raises:
        UserError: the number of posts or the rate lies outside of what is possible.
    """
    if not 1 <= posts <= MOST_POSTS:
        raise UserError(f"{posts:,} posts cannot be simulated.", hint=f"Give 1 to {MOST_POSTS:,}.")
    if not 0 <= rate <= MOST_RATE:
        raise UserError(f"The rate {rate} is not possible.", hint=f"Give 0 to {MOST_RATE}.")
    total = sum(SIGNAL_SHARES[kind] for kind in signals)
    share = {kind: SIGNAL_SHARES[kind] / total if kind in signals else 0.0 for kind in SIGNAL_SHARES}
    cap = np.inf if rate == 0 else (MOST_SIGNAL / rate - 1) / max(share.values()) + 1
    spots = hotspots(ground, signals, most=most_hotspots, cap=float(cap), rng=rng)
    weeks = hour_shares().reshape(WEEKS, WEEK_HOURS).sum(axis=1)
    told = 1 - (1 - NAMED_SHARE) * (1 - POINT_SHARE)
    excess = sum(
        told
        * ground.share[spot.area]
        * weeks[spot.first : spot.last + 1].sum()
        * share[spot.kind]
        * (spot.factor - 1)
        for spot in spots
    )
    outside = rate / (1 + float(excess))
    hotspot_of = np.full((len(ground.codes), WEEKS), -1, np.int16)
    for number, spot in enumerate(spots):
        hotspot_of[spot.area, spot.first : spot.last + 1] = number
    kinds = (*BULK_SHARES, *signals)
    return Plan(
        posts=posts,
        rate=rate,
        signals=tuple(signals),
        ground=ground,
        crowd=crowd(ground, posts, rng=rng),
        hotspots=spots,
        templates=templates(kinds, len(LANGUAGES), most=most_templates, rng=rng),
        outside_rate=outside,
        area_ends=np.cumsum(ground.share),
        kind_ends=_ends({kind: outside * part for kind, part in share.items()}),
        hotspot_ends=np.array(
            [
                _ends(
                    {k: outside * part * (spot.factor if k is spot.kind else 1) for k, part in share.items()}
                )
                for spot in spots
            ]
        ).reshape(len(spots), len(KINDS) - 1),
        hotspot_of=hotspot_of,
    )


def _ends(chance: dict[Kind, float]) -> NDArray[np.float64]:
    """Return the running sum of the chances of KINDS but for the last, given those of the signals."""
    bulk = 1 - sum(chance.values())
    every: dict[Kind, Any] = {kind: bulk * part for kind, part in BULK_SHARES.items()} | chance
    return np.cumsum([every[kind] for kind in KINDS])[:-1]
