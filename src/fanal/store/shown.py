"""What a post shows: the categories of its committed signals, found by its keyed hash."""

from collections.abc import Collection

from fanal.model.category import Category
from fanal.store.lake import Lake

_SIGNED = 1 << 63


def categories_of(lake: Lake, post: int, *, committed: Collection[str]) -> frozenset[Category]:
    """Return the categories of a post; none: it shows nothing, or nobody knows it.

    Args:
        lake: of a workspace.
        post: keyed hash, 0 to 2**64 - 1.
        committed: batches that readers see.
    """
    bits = post - (1 << 64) if post >= _SIGNED else post  # Delta has no unsigned numbers
    sql = f"SELECT DISTINCT category FROM signals WHERE post = {int(bits)}"  # noqa: S608 - a number of ours
    found = lake.query(sql, committed=committed)["category"].to_pylist()
    return frozenset(Category(one) for one in found)


def categories(lake: Lake, *, committed: Collection[str]) -> dict[int, list[str]]:
    """Return the categories of every post that shows one, sorted, by its keyed hash."""
    sql = "SELECT post, list_sort(list(DISTINCT category)) AS shows FROM signals GROUP BY post"
    found = lake.query(sql, committed=committed)
    return {
        post % (1 << 64): shows
        for post, shows in zip(found["post"].to_pylist(), found["shows"].to_pylist(), strict=True)
    }
