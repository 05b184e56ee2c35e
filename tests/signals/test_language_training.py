"""Training of the language model: the same bytes from the same texts, and no surprise from bad input."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fanal.signals.language_model import LanguageModel
from fanal.signals.language_training import Recipe, train_language
from fanal.text import words

NAMES = ("und", "en", "fr", "kmr")
SENTENCES = {
    "en": "the road to the camp is closed and there is no light near the bridge of the old town",
    "fr": "la route du camp est fermée et il n'y a pas de lumière près du pont de la vieille ville",
    "kmr": "rêya kampê girtî ye û ronahî tune ye li nêzîkî pira bajarê kevn û av jî tune ye",
}
SMALL = Recipe(bits=10, epochs=3, least=50)


def trained(seed: int = 3) -> LanguageModel:
    """Train on shuffled sentences of three languages."""
    rng = np.random.default_rng(seed)  # noqa: TID251
    texts, languages = [], []
    for language, sentence in SENTENCES.items():
        for _ in range(40):
            texts.append(" ".join(rng.permutation(sentence.split())))
            languages.append(language)
    return train_language(texts, languages, names=NAMES, rng=rng, recipe=SMALL)


def test_the_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        trained().save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_was_learned_is_told() -> None:
    texts = pa.array(["the light is near the road", "la lumière du pont", "av tune ye li rêya kampê", "1234"])
    found = trained().identify(words.read(texts), texts)
    assert [NAMES[place] for place in found.language] == ["en", "fr", "kmr", "und"]
    assert (found.probability[:3] > 0.5).all()
    assert found.probability[3] == 0


def test_texts_and_languages_must_fit() -> None:
    rng = np.random.default_rng(1)  # noqa: TID251
    with pytest.raises(ValueError, match="Each text"):
        train_language(["a"], [], names=NAMES, rng=rng)
    with pytest.raises(ValueError, match="Each text"):
        train_language(["a"], ["xx"], names=NAMES, rng=rng)
