"""Rounding: do the last bits of a noisy number, or numbers that cannot come out, tell the true one (Mironov 2012)?"""

import math

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.attacks import laplace
from fanal.evaluate.attacks.confidence import lower, upper
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.target import LEAST, Target
from fanal.model.error import RefusedError
from fanal.privacy import noise

MAGNITUDES = (0, 1, 9, 10**6, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**62 + 1)
"""True counts; from 2^53 on a double holds no odd number, so that noise made of doubles lands on even ones."""
SCALES = ((4, 1.0), (1, 10.0), (4, 0.01), (3, 0.7))
"""Cells and epsilon of the distributions that are looked at; the first is the gate's own."""
ASKED = 1_000
"""Scales that the map is asked about."""
FAR_CELLS = 20
"""Distances at which cells are compared, drawn anew each time, beside neighbours and halves of the draw."""
_MODULI = (2, 3, 4, 8, 10)
_AS_FAR = 6  # scales: values that are looked at one by one


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure whether noisy counts have the distribution that they should, wherever the true count lies.

    Everything is compared with exact probabilities by limits that hold at any number of draws, in place of a
    chi-square test, whose p-value holds for many draws only.
    """
    return [part(target, rounds, dice) for part in (shape, support, cost)]


def shape(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Compare the share of each value with the discrete Laplace's, and cells with others near and far."""
    worst, faults, draws = _Worst(), list[str](), 4 * rounds
    for cells, epsilon in SCALES:
        drawn = _drawn(target, np.zeros(draws, np.int64), cells, epsilon)
        scale = cells / epsilon
        far = max(1, math.ceil(min(_AS_FAR * scale, 40)))
        for value in range(-far, far + 1):
            chance = float(laplace.mass(np.array([value]), scale)[0])
            worst.see(drawn == value, chance)
        for value in (far + 1, -far):
            chance = float(laplace.at_least(np.array([float(value)]), scale)[0])
            worst.see(drawn >= value, chance)
        # A cell tells nothing of another: both are above 0, or not, as often as two coins are alike.
        above, chance = drawn > 0, float(laplace.at_least(np.array([1.0]), scale)[0])
        far_away = dice.integers(2, draws // 2, FAR_CELLS).tolist()
        for distance in (1, draws // 2, *far_away):
            worst.see(_alike(above, distance), chance**2 + (1 - chance) ** 2)
    if worst.limit > 0:
        faults.append("The noise is no discrete Laplace of the stated scale.")
    return Finding(
        name="rounding_shape",
        knows="many noisy zeros, at four scales",
        advantage=worst.gap,
        low=worst.limit,
        high=worst.reach,
        bound=0.0,
        rounds=draws,
        faults=tuple(faults),
    )


def support(target: Target, rounds: int, _dice: np.random.Generator) -> Finding:
    """Compare the remainders of noisy counts with those that they must have, at true counts of all sizes."""
    worst, faults, draws = _Worst(), list[str](), max(rounds // 4, 1000)
    for true in MAGNITUDES:
        given = np.full(draws, true, np.int64)
        noisy = target.add(given, max_cells=LEAST.max_cells, epsilon=LEAST.epsilon)
        if not np.issubdtype(noisy.dtype, np.integer):
            faults.append(f"A noisy {true} is no whole number.")
            continue
        drawn = noisy - given
        for modulus in _MODULI:
            for rest in range(modulus):
                worst.see(drawn % modulus == rest, _remainder(rest, modulus, LEAST.scale))
        worst.see(drawn > 0, float(laplace.at_least(np.array([1.0]), LEAST.scale)[0]))
    faults += _ends(target)
    return Finding(
        name="rounding_support",
        knows="noisy counts of 0 to 2^62, and which remainders they leave",
        advantage=worst.gap,
        low=worst.limit,
        high=worst.reach,
        bound=0.0,
        rounds=draws * len(MAGNITUDES),
        faults=tuple(faults),
    )


def _ends(target: Target) -> list[str]:
    """Return what is wrong at the ends of int64: a count there must stay there, and a float must be refused."""
    faults: list[str] = []
    most = np.iinfo(np.int64).max
    for true in (most, -most - 1):
        noisy = target.add(np.full(1000, true, np.int64), max_cells=LEAST.max_cells, epsilon=LEAST.epsilon)
        if (np.sign(noisy.astype(np.float64)) != np.sign(true)).any():
            faults.append(f"Noise carries {true} over the end of the whole numbers.")
    try:
        target.add(np.zeros(3), max_cells=LEAST.max_cells, epsilon=LEAST.epsilon)
    except RefusedError:
        return faults
    return [*faults, "Numbers with a fraction are let in."]


def cost(target: Target, _rounds: int, dice: np.random.Generator) -> Finding:
    """Ask OpenDP's own map what each mechanism costs, and the target for noise that cannot be had."""
    faults: list[str] = []
    over = 0.0
    powers = dice.uniform(-4, 1, ASKED)
    tried = list(zip(dice.integers(1, 9, ASKED).tolist(), (10**powers).tolist(), strict=True))
    for cells, epsilon in tried:
        cost = float(noise.mechanism(max_cells=cells, epsilon=epsilon).map(cells))  # type: ignore[no-untyped-call]
        over = max(over, cost - epsilon)
    for epsilon in (0.0, -1.0, math.nan, math.inf):
        try:
            target.add(np.zeros(3, np.int64), max_cells=4, epsilon=epsilon)
        except RefusedError:
            continue
        faults.append(f"There is noise for an epsilon of {epsilon}.")
    return Finding(
        name="rounding_map",
        knows="the scale as a double, and OpenDP's map of it",
        advantage=over,
        low=over,
        high=over,
        bound=0.0,
        rounds=len(tried),
        faults=tuple(faults),
    )


def _drawn(target: Target, zeros: NDArray[np.int64], cells: int, epsilon: float) -> NDArray[np.float64]:
    """Return noise alone."""
    return target.add(zeros, max_cells=cells, epsilon=epsilon).astype(np.float64)


class _Worst:
    """Keep the largest gap between a share and its chance, and the largest that is sure."""

    def __init__(self) -> None:
        self.gap = self.limit = self.reach = 0.0

    def see(self, hit: NDArray[np.bool_], chance: float) -> None:
        """Look at one more share."""
        hits, trials = int(hit.sum()), len(hit)
        low, high = lower(hits, trials), upper(hits, trials)
        self.gap = max(self.gap, abs(hits / trials - chance))
        self.limit = max(self.limit, low - chance, chance - high)
        self.reach = max(self.reach, high - chance, chance - low)


def _remainder(rest: int, modulus: int, scale: float) -> float:
    """Return P(noise mod modulus = rest)."""
    far = math.ceil(60 * scale / modulus) * modulus
    return float(laplace.mass(np.arange(rest - far, rest + far + 1, modulus), scale).sum())


def _alike(above: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """Return whether two cells at a distance are alike, in pairs of which no two share a cell."""
    first = np.arange(len(above) - distance)
    first = first[first % (2 * distance) < distance]
    alike: NDArray[np.bool_] = above[first] == above[first + distance]
    return alike
