"""The pseudonym: a keyed hash that stands for an author during one ISO week, and for nobody after."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.week import mondays
from fanal.store.keyring import Key, Keyring
from fanal.text.siphash import hash_strings

_DAY_US = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()


def weeks_of(posts: pa.RecordBatch) -> NDArray[np.int32]:
    """Return the Monday of each post's ISO week, UTC, as days since 1970-01-01."""
    microseconds = posts["time"].cast(pa.int64()).to_numpy(zero_copy_only=False)
    return mondays((microseconds // _DAY_US).astype(np.int32))


def pseudonym_of(author: str, key: Key) -> int:
    """Return the pseudonym of an author in the week of a key, as the bits of an int64 that the lake keeps.

    >>> pseudonym_of("a", (1, 2)) == pseudonym_of("a", (1, 3))
    False
    """
    named = pa.array([f"author\0{author}"], pa.string())
    return int(hash_strings(named, key).view(np.int64)[0])


def pseudonyms(
    posts: pa.RecordBatch, weeks: NDArray[np.int32], rows: NDArray[np.uint64], keyring: Keyring
) -> NDArray[np.uint64]:
    """Return a pseudonym for each post: of its author and week, or of the post alone where no author is named.

    Args:
        posts: POST_SCHEMA, n rows.
        weeks: Monday of each post's week, days since 1970-01-01, n.
        rows: keyed hash of each post, n; it stands in for an author that the stream does not name.
        keyring: gives the key of each week; made at first use, gone when its file is destroyed.
    """
    unnamed = pc.binary_join_element_wise(pa.scalar("post"), pa.array(rows).cast(pa.string()), "\x00")
    named = pc.binary_join_element_wise(pa.scalar("author"), posts["author"], "\x00")
    who = pc.coalesce(named, unnamed)
    result = np.zeros(len(posts), dtype=np.uint64)
    for day in np.unique(weeks):
        chosen = np.flatnonzero(weeks == day)
        key = keyring.of_week(date.fromordinal(_EPOCH + int(day)))
        result[chosen] = hash_strings(who.take(pa.array(chosen)), key)
    return result
