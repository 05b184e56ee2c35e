"""The trial: attackers choose their best test on some worlds and are judged on the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.attacks.confidence import Rates, allowed
from fanal.evaluate.attacks.finding import Finding

LEARN = 0.25
"""Share of the worlds on which the attacker chooses; the others judge the choice, so that the limits hold for them."""
_LEVELS = 60  # thresholds that are tried
_HOPEFUL = 0.01  # alpha with which the attacker looks for the test that shows most of epsilon

Scores = NDArray[np.float64]
Inside = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bet:
    """Say "in" where a score reaches a level, or where it does not."""

    name: str  # of the score
    level: float
    upward: bool = True  # "in" from the level on; False: below it
    about_inside: bool = True  # False: what is bet on is "out", for the other side of epsilon

    def rates(self, scores: Scores, inside: Inside) -> Rates:
        """Return how often the bet is made where it is right and where it is wrong."""
        said = (scores >= self.level) == self.upward
        right = inside == self.about_inside
        return Rates(
            hits=int((said & right).sum()),
            inside=int(right.sum()),
            false_hits=int((said & ~right).sum()),
            outside=int((~right).sum()),
        )


def judge(
    name: str,
    knows: str,
    scores: Mapping[str, Scores],
    inside: Inside,
    *,
    epsilon: float,
    bound: float | None = None,
    **more: object,
) -> Finding:
    """Return what the best of several attackers gained on worlds that were not chosen by.

    Args:
        name: of the attack.
        knows: what the attacker has.
        scores: [worlds] by the name of a way to attack; higher speaks for "in".
        inside: [worlds] whether the author was there.
        epsilon: what the author's presence may cost; an epsilon shown to be higher breaks it.
        bound: of the advantage; None: what epsilon allows.
        more: for programs.
    """
    learn = int(LEARN * len(inside))
    gain: dict[str, tuple[float, Bet]] = {}
    loss: list[tuple[float, Bet]] = []
    for way, values in scores.items():
        bets = _bets(way, values[:learn])
        judged = [(test, test.rates(values[:learn], inside[:learn])) for test in bets]
        gain[way] = max(
            ((rates.advantage, test) for test, rates in judged if test.about_inside), key=lambda one: one[0]
        )
        loss.append(max(((rates.epsilon(_HOPEFUL), test) for test, rates in judged), key=lambda one: one[0]))
    chosen = max(gain.values(), key=lambda one: one[0])[1]
    dearest = max(loss, key=lambda one: one[0])[1]
    rates = chosen.rates(scores[chosen.name][learn:], inside[learn:])
    shown = dearest.rates(scores[dearest.name][learn:], inside[learn:]).epsilon()
    faults = (f"It costs an author more than {shown:.2f}, not {epsilon:g}.",) if shown > epsilon else ()
    each = {
        way: round(test.rates(scores[way][learn:], inside[learn:]).advantage, 4)
        for way, (_, test) in gain.items()
    }
    return Finding(
        name=name,
        knows=knows,
        advantage=rates.advantage,
        low=rates.low,
        high=rates.high,
        bound=allowed(epsilon) if bound is None else bound,
        rounds=len(inside) - learn,
        faults=faults,
        more={"best": chosen.name, "each": each, "epsilon_at_least": round(shown, 4), **more},
    )


def _bets(way: str, scores: Scores) -> list[Bet]:
    """Return the bets that a score offers: levels between its values, both ways, both bets."""
    values = np.unique(scores)
    if len(values) > _LEVELS:
        values = np.unique(np.quantile(scores, np.linspace(0, 1, _LEVELS)))
    levels = (values[1:] + values[:-1]) / 2 if len(values) > 1 else values
    return [
        Bet(name=way, level=float(level), upward=upward, about_inside=about)
        for level in levels
        for upward in (True, False)
        for about in (True, False)
    ]
