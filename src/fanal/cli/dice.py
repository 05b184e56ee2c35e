"""The dice: the one place where the command line makes randomness, secret or seeded."""

import secrets

import numpy as np


def secret(size: int) -> bytes:
    """Return random bytes of the operating system, for keys.

    >>> len(secret(16))
    16
    """
    return secrets.token_bytes(size)


def batch_id() -> str:
    """Return a new batch id, 16 hexadecimal digits.

    >>> len(batch_id())
    16
    """
    return secrets.token_hex(8)


def chance() -> float:
    """Return a number from 0 to below 1 that nobody can repeat, for waits.

    >>> 0 <= chance() < 1
    True
    """
    return secrets.randbelow(1 << 53) / (1 << 53)


def generator(seed: int) -> np.random.Generator:
    """Return the generator of a seed, the same everywhere.

    >>> int(generator(1).integers(100)) == int(generator(1).integers(100))
    True
    """
    return np.random.default_rng(seed)  # noqa: TID251 - the face's own dice
