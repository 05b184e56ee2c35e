"""The sieve: a fixed piece of memory that tells surely which hashes it never took (a split block Bloom filter)."""

import numpy as np
from numpy.typing import NDArray

BLOCKS = 1 << 20
"""Of 32 bytes each: 32 MB. With 7 million hashes about one new hash in 100,000 is held back for a closer look."""

_SALTS = np.array(
    [0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31],
    np.uint32,
)
"""One odd number for each word of a block, from the Apache Parquet format, Bloom filter."""

_WORD_SHIFT = np.uint32(27)  # the upper 5 bits of a product choose one of 32 bits
_STEP = 1 << 16  # hashes worked on together, so that what is made on the way stays small


class Sieve:
    """Take hashes and say which others may be among them: never a false no, rarely a false yes.

    Its memory does not grow with what it takes; only the false yes becomes more frequent. Each hash chooses
    one block and sets one bit in each of its eight words, so a look-up costs one cache line.

    References:
        Putze, Sanders, Singler (2009), Cache-, Hash- and Space-Efficient Bloom Filters, section 3;
        Apache Parquet format, Bloom filter, split block.

    >>> sieve = Sieve(blocks=64)
    >>> sieve.add(np.array([3 << 40, 5], np.uint64))
    >>> sieve.may_hold(np.array([5, 2**63 + 9], np.uint64)).tolist()
    [True, False]
    """

    def __init__(self, *, blocks: int = BLOCKS) -> None:
        if blocks < 1 or blocks > 1 << 32:
            raise ValueError(f"A sieve has 1 to 2^32 blocks, not {blocks}.")
        self._words = np.zeros((blocks, len(_SALTS)), np.uint32)
        self._false_yes: float | None = 0.0  # None: not counted since something was taken

    @classmethod
    def of(cls, content: bytes) -> "Sieve":
        """Return the sieve whose `content` this was.

        Raises:
            ValueError: no whole number of blocks.
        """
        words = np.frombuffer(content, np.uint32)
        if not len(words) or len(words) % len(_SALTS):
            raise ValueError(f"A sieve is whole blocks of {4 * len(_SALTS)} bytes, not {len(content)} bytes.")
        sieve = cls(blocks=1)
        sieve._words = words.reshape(-1, len(_SALTS)).copy()
        sieve._false_yes = None
        return sieve

    def content(self) -> bytes:
        """Return all that the sieve holds."""
        return self._words.tobytes()

    def false_yes(self) -> float:
        """Return about how often `may_hold` says yes to a hash that was not taken, from 0 to 1.

        A hash asks for one bit in each word of its block: the mean over the blocks of the product of their shares of
        set bits.
        """
        if self._false_yes is None:
            shares = np.bitwise_count(self._words) / np.float32(32)
            self._false_yes = float(shares.prod(axis=1).mean(dtype=np.float64))
        return self._false_yes

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Take hashes, n; equally distributed over 64 bits, as a keyed hash is."""
        self._false_yes = None
        for at in range(0, len(hashes), _STEP):
            block, bits = self._places(hashes[at : at + _STEP])
            # Two hashes may fall into one block: sort by block and join the bits of each.
            order = np.argsort(block, kind="stable")
            block, bits = block[order], bits[order]
            starts = np.flatnonzero(np.concatenate(([True], block[1:] != block[:-1])))
            self._words[block[starts]] |= np.bitwise_or.reduceat(bits, starts, axis=0)

    def may_hold(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return for each of n hashes whether it may have been taken; False is certain."""
        found = np.zeros(len(hashes), np.bool_)
        for at in range(0, len(hashes), _STEP):
            block, bits = self._places(hashes[at : at + _STEP])
            found[at : at + _STEP] = ((self._words[block] & bits) == bits).all(axis=1)
        return found

    def _places(self, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return the block of each hash, by its upper half, and a bit in each word, by its lower half."""
        block = ((hashes >> np.uint64(32)) * np.uint64(len(self._words))) >> np.uint64(32)
        low = hashes.astype(np.uint32)  # the lower 32 bits
        bits = np.uint32(1) << ((low[:, None] * _SALTS) >> _WORD_SHIFT)
        return block.astype(np.int64), bits
