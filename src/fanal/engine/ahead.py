"""Read ahead: a thread makes the next batch while this one is worked on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items in their order, with the next one made meanwhile in a thread.

    Memory holds two items at most. An error of `items` is raised here, at its place; when the caller
    stops early, the thread ends after the item that it is making.

    >>> list(ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    end = object()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fanal-ahead")
    try:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc] # whatever is not the end is an item
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # an interrupted command does not wait for an item
