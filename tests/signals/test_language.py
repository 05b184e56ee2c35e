"""Language: clear sentences are named, unclear ones are `und`, and real ones are right as often as the page says."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.signals.detect import Detector
from fanal.signals.language import ALONE, LANGUAGES, WRITTEN_IN, identify
from fanal.text.fold import fold
from fanal.text.words import words

Posts = Callable[[Sequence[str]], pa.RecordBatch]
LEAST_RIGHT = {
    "en": 0.92,
    "fr": 0.90,
    "ar": 0.97,
    "fa": 0.95,
    "ckb": 0.97,
    "tr": 0.89,
    "ur": 0.98,
    "es": 0.95,
}


def named(texts: Sequence[str]) -> list[str]:
    """Return the languages of texts."""
    column = pa.array(texts, pa.large_string())
    folded = fold(column)
    return [LANGUAGES[place] for place in identify(folded, words(folded), column)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The road to the camp is closed and there is no light", "en"),
        ("La route du camp est fermée et il n'y a pas de lumière", "fr"),
        ("الطريق إلى المخيم مغلق ولا توجد إضاءة", "ar"),
        ("راه اردوگاه بسته است و چراغی نیست", "fa"),
        ("ڕێگای کەمپەکە داخراوە و ڕووناکی نییە", "ckb"),
        ("Rêya kampê girtî ye û ronahî tune ye", "kmr"),
        ("Kampın yolu kapalı ve ışık yok", "tr"),
        ("کیمپ کا راستہ بند ہے اور روشنی نہیں ہے", "ur"),
        ("El camino del campamento está cerrado y no hay luz", "es"),
        ("Der Weg zum Lager war gesperrt und es gibt kein Licht", "de"),
        ("Дорога в лагерь закрыта, и света нет", "ru"),
        ("Дорога до табору закрита, і світла немає", "uk"),
        ("शिविर का रास्ता बंद है", "hi"),
        ("የሰፈሩ መንገድ ዝግ ነው", "am"),
    ],
)
def test_a_clear_sentence_is_named(text: str, language: str) -> None:
    assert named([text]) == [language]


@pytest.mark.parametrize("text", ["", "12:30", "🙂🙂", "\0\u202e", "ab", "Mosul", "ок", "漢字仮名", "#@!"])
def test_an_unclear_text_is_und(text: str) -> None:
    assert named([text]) == ["und"]


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_text_has_one_language_whatever_stands_beside_it(texts: list[str]) -> None:
    together = named(texts)
    assert together == [named([text])[0] for text in texts]
    assert set(together) <= set(LANGUAGES)


def test_every_language_can_be_told() -> None:
    assert {*ALONE.values(), *(one for group in WRITTEN_IN.values() for one in group)} == set(LANGUAGES) - {
        "und"
    }
    assert len(set(LANGUAGES)) == len(LANGUAGES) < np.iinfo(np.int8).max


@pytest.mark.shared
def test_real_sentences_are_right_as_often_as_the_page_says(shared_data: Path) -> None:
    path = shared_data / "language_id" / "eld_bigtest_dev.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    told = named([row["text"] for row in rows])
    right = Counter(row["lang"] for row, one in zip(rows, told, strict=True) if row["lang"] == one)
    every = Counter(row["lang"] for row in rows)
    for language, least in LEAST_RIGHT.items():
        assert right[language] >= least * every[language], language
    ten = [*LEAST_RIGHT, "ru", "uk"]
    assert sum(right[one] for one in ten) >= 0.95 * sum(every[one] for one in ten)


@pytest.mark.shared
def test_real_crisis_posts_show_what_their_readers_saw(
    detector: Detector, posts: Posts, shared_data: Path
) -> None:
    path = shared_data / "idrisi_crisis_tweets" / "dev_en.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    signals = detector.detect(posts([row["text"] for row in rows]))
    fled = {
        row
        for row, category in zip(signals["row"].to_pylist(), signals["category"].to_pylist(), strict=True)
        if category == "flight"
    }
    truly = {row for row, post in enumerate(rows) if post["info_class"] == "displaced_people_and_evacuations"}
    assert len(fled & truly) >= 0.7 * len(fled)
    assert len(fled & truly) >= 0.8 * len(truly)
