"""What the attacks' tests share: the gate as it is, attackers' dice whose seed is printed, and broken noise."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray

from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.target import Target, real
from fanal.model.error import RefusedError
from fanal.privacy import noise

Noise = Callable[..., NDArray[np.int64]]
OWN = noise.add


@pytest.fixture
def dice() -> Iterator[np.random.Generator]:
    """Return the attackers' dice; pytest shows their seed with a test that fails. The gate's noise has no seed."""
    seed = secrets.randbits(32)
    print(f"the attackers' seed: {seed}")  # noqa: T201
    return np.random.default_rng(seed)  # noqa: TID251


@pytest.fixture
def target(tmp_path: Path) -> Callable[..., Target]:
    """Return a function from broken parts to a target that is the real gate otherwise."""

    def made(**broken: object) -> Target:
        return real(
            scratch=tmp_path,
            secret=os.urandom,
            seeded=np.random.default_rng,  # noqa: TID251
            clock=perf_counter,
            **broken,
        )

    return made


@pytest.fixture
def noisy(target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch) -> Callable[[Noise], Target]:
    """Return a function from a broken noise to a gate that adds it."""

    def made(add: Noise) -> Target:
        monkeypatch.setattr(noise, "add", add)
        return target(add=add)

    return made


@pytest.fixture
def found(dice: np.random.Generator) -> Callable[..., dict[str, Finding]]:
    """Return a function from an attack to its findings by name."""

    def made(attack: Callable[..., list[Finding]], target: Target, rounds: int) -> dict[str, Finding]:
        return {one.name: one for one in attack(target, rounds=rounds, dice=dice)}

    return made


@pytest.fixture
def tried(dice: np.random.Generator) -> Callable[..., Finding]:
    """Return a function from one part of an attack to its finding."""

    def made(part: Callable[..., Finding], target: Target, rounds: int) -> Finding:
        return part(target, rounds, dice)

    return made


def none(counts: NDArray[np.int64], **_: float) -> NDArray[np.int64]:
    """Add nothing."""
    return counts.copy()


def half(counts: NDArray[np.int64], *, max_cells: int, epsilon: float) -> NDArray[np.int64]:
    """Add OpenDP's noise at half the scale."""
    return OWN(counts, max_cells=max_cells, epsilon=2 * epsilon)


def seeded(counts: NDArray[np.int64], *, max_cells: int, epsilon: float) -> NDArray[np.int64]:
    """Add discrete Laplace noise of the right scale, the same with each call."""
    rng = np.random.default_rng(1)  # noqa: TID251
    stop = -np.expm1(-epsilon / max_cells)
    return counts + rng.geometric(stop, counts.shape) - rng.geometric(stop, counts.shape)


def doubles(counts: NDArray[np.int64], *, max_cells: int, epsilon: float) -> NDArray[np.int64]:
    """Add Laplace noise made of doubles, then round, as a plain program would."""
    rng = np.random.default_rng(secrets.randbits(64))  # noqa: TID251
    if counts.dtype != np.int64:
        raise RefusedError("Whole numbers only.")
    with np.errstate(invalid="ignore"):  # at the end of int64
        return np.rint(counts + rng.laplace(0, max_cells / epsilon, counts.shape)).astype(np.int64)


def unrounded(counts: NDArray[np.int64], *, max_cells: int, epsilon: float) -> NDArray[np.float64]:
    """Add Laplace noise made of doubles."""
    rng = np.random.default_rng(secrets.randbits(64))  # noqa: TID251
    found: NDArray[np.float64] = counts + rng.laplace(0, max_cells / epsilon, counts.shape)
    return found


@pytest.fixture
def broken_noise() -> dict[str, Noise]:
    """Return noises that protect nobody, by what is wrong with them."""
    return {"none": none, "half": half, "seeded": seeded, "doubles": doubles, "unrounded": unrounded}
