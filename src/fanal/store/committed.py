"""What is committed, as of one moment: ids of batches, and the versions of the lake's tables that hold their rows."""

from collections.abc import Callable, Iterable, Mapping


class Committed(list[str]):
    """Hold the ids of all batches that count, in no order, with what the desk promised of the lake at that moment.

    Whoever asks for both apart may get ids from before a compaction and tables from after it, or a batch that was
    committed in between in one table and not in the other.

    >>> found = Committed(["a"], lake={"seen": 3}, anew=lambda: Committed([], lake={}, anew=list))
    >>> found, found.lake["seen"], found.anew()
    (['a'], 3, [])
    """

    def __init__(
        self, ids: Iterable[str], *, lake: Mapping[str, int], anew: Callable[[], "Committed"]
    ) -> None:
        """Take ids, the version of each table of the lake, and what gives both as of now."""
        super().__init__(ids)
        self.lake = lake
        self.anew = anew
