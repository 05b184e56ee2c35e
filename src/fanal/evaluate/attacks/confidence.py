"""The confidence: limits of a share that hold at any number of trials, and of what an attacker gains."""

import math
from collections.abc import Callable
from dataclasses import dataclass

ALPHA = 5e-10
"""How often a limit may be wrong. A run has fewer than 2,000 of them, so that it raises a false alarm less than once in
a million runs."""

_HALVINGS = 60


def lower(hits: int, trials: int, alpha: float = ALPHA) -> float:
    """Return a limit that lies above the true share with a probability of at most alpha.

    The p below hits / trials at which exp(-trials KL(hits / trials, p)) is alpha (Hoeffding 1963, JASA 58:13-30,
    theorem 1). It is never above the limit of Clopper and Pearson.

    >>> round(lower(50, 100, 0.025), 3), lower(0, 100)
    (0.367, 0.0)
    """
    if hits == 0:
        return 0.0
    share = hits / trials
    return _halved(lambda p: trials * divergence(share, p) > -math.log(alpha), 0.0, share)


def upper(hits: int, trials: int, alpha: float = ALPHA) -> float:
    """Return a limit that lies below the true share with a probability of at most alpha.

    >>> round(upper(50, 100, 0.025), 3)
    0.633
    """
    return 1.0 - lower(trials - hits, trials, alpha)


def divergence(share: float, p: float) -> float:
    """Return the Kullback-Leibler divergence of two coins, in nats.

    >>> divergence(0.5, 0.5), divergence(0.5, 0.0)
    (0.0, inf)
    """
    return _part(share, p) + _part(1 - share, 1 - p)


def _part(share: float, p: float) -> float:
    """Return one side of the divergence."""
    if share == 0:
        return 0.0
    return math.inf if p <= 0 else share * math.log(share / p)


def _halved(below: Callable[[float], bool], low: float, high: float) -> float:
    """Return the last number found below the place where `below` turns false."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Count how often an attacker said "in", in worlds with the author and in worlds without.

    >>> told = Rates(hits=60, inside=100, false_hits=40, outside=100)
    >>> round(told.advantage, 2), told.low < 0.2 < told.high
    (0.2, True)
    """

    hits: int
    inside: int  # worlds with the author, above 0
    false_hits: int
    outside: int  # worlds without, above 0

    @property
    def advantage(self) -> float:
        """Return how much more often "in" is said of those who are in: from -1 to 1, 0 is guessing."""
        return self.hits / self.inside - self.false_hits / self.outside

    @property
    def low(self) -> float:
        """Return the lower limit of the advantage, wrong with a probability of at most 2 ALPHA."""
        return lower(self.hits, self.inside) - upper(self.false_hits, self.outside)

    @property
    def high(self) -> float:
        """Return the upper limit of the advantage, wrong with a probability of at most 2 ALPHA."""
        return upper(self.hits, self.inside) - lower(self.false_hits, self.outside)

    def epsilon(self, alpha: float = ALPHA) -> float:
        """Return an epsilon that the mechanism cannot be below (Jagielski, Ullman and Oprea 2020, NeurIPS, section 4).

        A mechanism of epsilon says "in" at most exp(epsilon) times as often in the one world as in the other.
        """
        more = lower(self.hits, self.inside, alpha) / upper(self.false_hits, self.outside, alpha)
        return max(0.0, math.log(more)) if more > 0 else 0.0


def allowed(epsilon: float) -> float:
    """Return the most that any attacker gains on a mechanism of epsilon (Kairouz, Oh and Viswanath 2015, theorem 2.1).

    >>> round(allowed(1.0), 4)
    0.4621
    """
    return math.tanh(epsilon / 2)
