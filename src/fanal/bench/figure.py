"""A figure: how many posts, or points, a second, as the median of several rounds in one run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

Clock = Callable[[], float]
"""Seconds that only go forward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Hold what one piece of work cost."""

    name: str
    posts: int  # worked on in each round; points, where `unit` says so
    seconds: tuple[float, ...]  # of each round
    peer_of: str | None = None  # the stage of ours that does the same
    what: str = ""  # what was called, for the reader
    unit: str = "posts"  # what is counted

    @property
    def posts_per_second(self) -> float:
        """Return the median; points a second, where `unit` says so.

        >>> Figure(name="a", posts=10, seconds=(1.0, 2.0, 5.0)).posts_per_second
        5.0
        """
        return self.posts / median(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Hold a piece of work that can be done again and again."""

    name: str
    run: Callable[[], object]
    posts: int
    peer_of: str | None = None
    what: str = ""
    unit: str = "posts"


def measure(
    works: Iterable[Work], *, rounds: int, clock: Clock, progress: Callable[[str], object]
) -> list[Figure]:
    """Return a figure for each work; round by round through all of them, so that a slow minute hits all alike.

    Each is run once before, unmeasured: caches fill and kernels load.

    Args:
        works: each with the posts that one run of it works on.
        rounds: measured runs of each.
        clock: such as time.perf_counter.
        progress: told the name of what comes next.
    """
    todo = list(works)
    seconds: dict[str, list[float]] = {work.name: [] for work in todo}
    for turn in range(rounds + 1):
        for work in todo:
            progress(work.name)
            start = clock()
            work.run()
            if turn:
                seconds[work.name].append(clock() - start)
    return [
        Figure(
            name=work.name,
            posts=work.posts,
            seconds=tuple(seconds[work.name]),
            peer_of=work.peer_of,
            what=work.what,
            unit=work.unit,
        )
        for work in todo
    ]
