"""The catalogue: every attack that is run, in the order of its telling."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fanal.evaluate.attacks import (
    averaging,
    differencing,
    hiding,
    linking,
    membership,
    reconstruction,
    rescanning,
    rounding,
    shelter,
    threshold,
    timing,
    vault,
)
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """Hold one attack and what it asks; each of its findings begins with its name."""

    name: str
    asks: str
    run: Callable[..., list[Finding]]


ATTACKS = (
    Attack(name="membership", asks="was this author there in that week?", run=membership.attack),
    Attack(name="differencing", asks="what is left of tables that overlap?", run=differencing.attack),
    Attack(name="rescanning", asks="do hotspots tell more than counts?", run=rescanning.attack),
    Attack(name="reconstruction", asks="what were the exact counts?", run=reconstruction.attack),
    Attack(name="averaging", asks="is a repeated question drawn anew?", run=averaging.attack),
    Attack(name="linking", asks="are two weeks' rows the same author's?", run=linking.attack),
    Attack(name="rounding", asks="do last bits tell the true number?", run=rounding.attack),
    Attack(name="timing", asks="does time tell the count or the noise?", run=timing.attack),
    Attack(name="threshold", asks="how often is a small count shown?", run=threshold.attack),
    Attack(name="hiding", asks="does what is missing tell of hidden areas?", run=hiding.attack),
    Attack(name="vault", asks="does a refusal tell what the vault holds?", run=vault.attack),
    Attack(name="shelter", asks="where in its region is a confidential place?", run=shelter.attack),
)
"""A part that sees a secret and can be timed or asked adds its attack here."""


def run(
    target: Target,
    *,
    rounds: int,
    dice: np.random.Generator,
    progress: Callable[[int, int], None],
    attacks: tuple[Attack, ...] = ATTACKS,
) -> list[Finding]:
    """Run attacks one after another and return what they found.

    Args:
        target: what is attacked.
        rounds: worlds of the attacks on one author; the others have as many trials as they need beside them.
        dice: the attacker's own; the noise of the gate has none.
        progress: told attacks done, and of how many.
        attacks: which.

    Raises:
        ValueError: two findings have one name, or one has none of its attack's.
    """
    found: list[Finding] = []
    for done, one in enumerate(attacks, start=1):
        findings = one.run(target, rounds=rounds, dice=dice)
        names = [finding.name for finding in (*found, *findings)]
        if len(set(names)) < len(names) or not all(f.name.startswith(one.name) for f in findings):
            raise ValueError(f"The findings of {one.name} need names of their own.")
        found += findings
        progress(done, len(attacks))
    return found
