"""Folded: names as texts are read, word by word, so that a name and a text that mean the same are the same letters."""

from collections.abc import Sequence

import pyarrow as pa

from fanal.text.fold import fold
from fanal.text.words import words


def folded(texts: Sequence[str]) -> list[str]:
    """Return the words of each text, folded and joined by a space.

    >>> folded(["Al-Ḩawījah", "U.S."])
    ['al hawijah', 'u s']
    """
    letters = fold(pa.array(texts, pa.large_string()))
    found = words(letters)
    content = letters.codes.tobytes().decode("utf-32-le", errors="replace")
    start, end, offsets = found.start.tolist(), found.end.tolist(), found.offsets.tolist()
    return [
        " ".join(content[start[word] : end[word]] for word in range(offsets[row], offsets[row + 1]))
        for row in range(len(texts))
    ]
