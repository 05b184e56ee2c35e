"""The choice: which texts of a batch are kept in the vault; all others are forgotten once they are counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.post import Reading
from fanal.store.keyring import Key
from fanal.store.vault import Rejected
from fanal.text.siphash import hash_strings

PER_MILLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Say which texts are kept."""

    signals: bool = True  # of posts that show a signal
    sample: int = 0  # of 1,000 posts so many, whatever they show
    lines: Callable[[Sequence[int]], Mapping[int, bytes]] | None = None
    """Gives lines of the file as they stand there, by number; None: rejected rows are not kept."""

    def rows(self, shown: pa.Array, posts: NDArray[np.uint64], key: Key) -> NDArray[np.int64]:
        """Return the rows of a batch whose text is kept, ascending.

        The sample is drawn by a keyed hash of the post, so that the same post is in it or not, whenever it is
        read, and nobody without the key knows which.

        Args:
            shown: row of each signal.
            posts: keyed hash of each post.
            key: of the workspace.

        >>> Choice(sample=1000).rows(pa.array([1]), np.arange(3, dtype=np.uint64), (1, 2)).tolist()
        [0, 1, 2]
        """
        chosen = np.zeros(len(posts), np.bool_)
        if self.signals:
            chosen[shown.to_numpy(zero_copy_only=False)] = True
        if self.sample and len(posts):
            salted = pc.binary_join_element_wise(
                pa.scalar("sample"), pa.array(posts).cast(pa.string()), "\x00"
            )
            chosen |= hash_strings(salted, key) % np.uint64(PER_MILLE) < self.sample
        return np.flatnonzero(chosen)


SIGNALS_ALONE = Choice()
"""What is kept where nothing else is said: the texts of posts that show a signal."""


def refused_rows(
    choice: Choice, reading: Reading, hashes: NDArray[np.uint64], new: NDArray[np.bool_]
) -> list[Rejected]:
    """Return the rejected rows of a reading that are to be kept, as they stand in their file.

    Args:
        choice: without `lines`, none is kept.
        reading: its rejected rows.
        hashes: keyed hash of each of them.
        new: which of them no batch holds yet.
    """
    if choice.lines is None or not new.any():
        return []
    lines = reading.rejected["line"].to_numpy()[new].tolist()
    there = choice.lines(lines)
    rows = zip(hashes[new].tolist(), lines, strict=True)
    return [Rejected(row=row, line=line, raw=there[line]) for row, line in rows if line in there]
