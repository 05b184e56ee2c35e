"""Language: which language a post is in, with a calibrated probability, by a trained model; `und` when unsure."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.signals.language_model import Identified, load_model
from fanal.text.fold import Folded
from fanal.text.words import Text, Words

LANGUAGES = (
    *("und", "en", "fr", "ar", "fa", "ckb", "kmr", "tr", "ur", "es", "de", "ru", "uk"),
    *("it", "pt", "nl", "vi", "ps", "hi", "bn", "am", "el", "he", "hy"),
    *("id", "ht", "ti", "so", "ha", "sw", "tl"),
)
"""ISO 639 codes, and `und`: undetermined, or a language that is not listed. A new one is appended and trained."""


def identify(folded: Folded, found: Words, texts: pa.Array | pa.ChunkedArray) -> NDArray[np.int8]:
    """Name the language of each text as a place in LANGUAGES, 0 (`und`) when unsure.

    Args:
        folded: the folded texts, n.
        found: their words.
        texts: the same texts as they were written, which still have the accents.

    >>> texts = pa.array(["Where is the road to the camp?", "Où est la route du camp ?", "12:30"])
    >>> from fanal.text.fold import fold
    >>> from fanal.text.words import words
    >>> folded = fold(texts)
    >>> [LANGUAGES[place] for place in identify(folded, words(folded), texts)]
    ['en', 'fr', 'und']
    """
    return identify_with(Text(folded=folded, words=found), texts).language


def identify_with(read: Text, texts: pa.Array | pa.ChunkedArray) -> Identified:
    """Name the language of each text, with the probability that the model gives to its likeliest language.

    A linear model over hashed runs of letters, words, and the letters that the fold changes (docs/signals.md says what
    it was trained on). Limits: mixed texts get one language; a dialect gets the language that it is nearest to; two or
    three words are often too few for related languages.

    Args:
        read: the texts, folded and cut into words, n.
        texts: the same texts as they were written.

    >>> from fanal.text import words
    >>> texts = pa.array(["Kampın yolu kapalı ve ışık yok", ""])
    >>> found = identify_with(words.read(texts), texts)
    >>> LANGUAGES[found.language[0]], bool(found.probability[0] > 0.9), float(found.probability[1])
    ('tr', True, 0.0)
    """
    return load_model().identify(read, texts)
