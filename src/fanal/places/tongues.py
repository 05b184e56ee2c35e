"""Tongues: how many people of each country speak the language of each text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from babel.core import get_global
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongues:
    """Hold the languages of n texts, and l rows of shares of the people of each country."""

    share: NDArray[np.float32]  # l by countries, 0 to 1
    of: NDArray[np.int64]  # n; row of `share`


def tongues(
    languages: Sequence[str | None] | pa.Array | None, countries: Sequence[str], texts: int
) -> Tongues:
    """Return the tongues of some texts.

    Args:
        languages: ISO 639 code of each, None where nobody knows; None: of no text.
        countries: ISO 3166-1 alpha-2.
        texts: number of texts.

    >>> found = tongues(["ckb", None], ["IQ", "FR"], 2)
    >>> [[round(float(share), 1) for share in found.share[row]] for row in found.of]
    [[0.2, 0.0], [0.0, 0.0]]
    """
    if languages is None:
        return Tongues(share=np.zeros((1, len(countries)), np.float32), of=np.zeros(texts, np.int64))
    coded = (
        languages if isinstance(languages, pa.Array) else pa.array(languages, pa.string())
    ).dictionary_encode()
    known = [speakers(code, countries) for code in coded.dictionary.to_pylist()]
    nobody = np.zeros(len(countries), np.float32)
    of = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return Tongues(share=np.array([*known, nobody], np.float32), of=of.astype(np.int64))


def speakers(language: str, countries: Sequence[str]) -> NDArray[np.float32]:
    """Return the share of each country's people who speak a language, 0 to 1, as Unicode CLDR has it.

    >>> [round(float(share), 1) for share in speakers("ckb", ["IQ", "FR"])]
    [0.2, 0.0]
    """
    told = get_global("territory_languages")
    found = np.zeros(len(countries), np.float32)
    for at, country in enumerate(countries):
        for code, facts in told.get(country, {}).items():
            if code.split("_")[0] == language:
                found[at] = max(found[at], facts["population_percent"] / 100)
    return found
