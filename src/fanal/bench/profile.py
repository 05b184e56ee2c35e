"""The profile: in which functions the whole line spends its time."""

import cProfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Hold the time of one function, without what it calls."""

    where: str  # file and function, or the name of what is built in
    calls: int
    seconds: float
    share: float  # of all, 0 to 1


def profile(run: Callable[[], object], *, most: int = 25) -> list[Spent]:
    """Return where a run spends its time, the most first (cProfile; a compiled kernel counts as one function).

    Threads that the run starts are not seen: what they do shows as waiting.

    >>> found = profile(lambda: sorted(range(9)))
    >>> any("sorted" in one.where for one in found), all(0 <= one.share <= 1 for one in found)
    (True, True)
    """
    measured = cProfile.Profile()
    measured.runcall(run)
    entries = sorted(measured.getstats(), key=lambda entry: -entry.inlinetime)
    total = sum(entry.inlinetime for entry in entries)
    return [
        Spent(
            where=_named(entry.code),
            calls=entry.callcount,
            seconds=entry.inlinetime,
            share=entry.inlinetime / total if total else 0.0,
        )
        for entry in entries[:most]
    ]


def _named(code: CodeType | str) -> str:
    """Return a short name of a function."""
    if isinstance(code, str):
        return code
    path = Path(code.co_filename)
    return f"{path.parent.name}/{path.name}: {code.co_qualname}"
