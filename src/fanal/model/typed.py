"""Typed: a setting's value as its type and its bounds want it, or what it must be instead."""

from typing import Any

_WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def typed(value: Any, wanted: Any, between: tuple[float, float] | None = None) -> Any:
    """Return a value of `fanal.toml` in the type that is wanted: a list as a tuple, 1 as 1.0 where that is meant.

    Args:
        value: as it was read.
        wanted: `str`, `int`, `float`, `bool` or `tuple[str, ...]`.
        between: lowest and highest value of a number; None: any.

    Raises:
        ValueError: what it must be, as a sentence goes on behind the setting's name.

    >>> typed(1, float), typed(["IQ"], tuple[str, ...])
    (1.0, ('IQ',))
    >>> typed(True, int)
    Traceback (most recent call last):
    ...
    ValueError: must be a whole number, not True
    >>> typed(float("nan"), float, (0, 1000))
    Traceback (most recent call last):
    ...
    ValueError: must lie from 0 to 1,000, not nan
    """
    if wanted == tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
            raise ValueError('must be a list of texts, such as ["IQ"]')
        return tuple(value)
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        raise ValueError(f"must be {_WORDS[wanted]}, not {value!r}")
    if between is not None and not between[0] <= value <= between[1]:
        raise ValueError(f"must lie from {between[0]:,} to {between[1]:,}, not {value!r}")
    return value
