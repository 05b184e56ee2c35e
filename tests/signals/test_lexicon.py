"""Every indicator sees its examples and not its near misses; a broken file is named, with the rule it breaks."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from fanal.model.category import Category
from fanal.model.error import InputError
from fanal.signals.detect import Detector
from fanal.signals.lexicon import INDICATORS, Indicator, load_lexicon

Posts = Callable[[Sequence[str]], pa.RecordBatch]
LEXICON = load_lexicon()
EXAMPLES = [(one, text) for one in LEXICON for text in one.examples]
NEGATIVES = [(one, text) for one in LEXICON for text in one.negatives]
NAMED = {Category.OFFER, Category.ARMS}
WHOLE = """
- id: need.test
  category: need
  languages: [en]
  phrases: [need water]
  weight: 0.6
  source: "Sphere Handbook 2018"
"""


@pytest.mark.parametrize(
    ("one", "text"), EXAMPLES, ids=lambda value: value.id if isinstance(value, Indicator) else ""
)
def test_an_indicator_sees_its_examples(one: Indicator, text: str, detector: Detector, posts: Posts) -> None:
    seen = detector.detect(posts([text])).to_pylist()
    assert [row for row in seen if row["category"] == one.category and one.id in row["indicators"]], seen


@pytest.mark.parametrize(
    ("one", "text"), NEGATIVES, ids=lambda value: value.id if isinstance(value, Indicator) else ""
)
def test_a_near_miss_is_no_signal_of_the_category(
    one: Indicator, text: str, detector: Detector, posts: Posts
) -> None:
    assert one.category not in detector.detect(posts([text]))["category"].to_pylist()


def test_there_are_indicators_for_every_category_and_first_language() -> None:
    told = {(one.category, language) for one in LEXICON for language in one.languages}
    first = ("en", "fr", "ar", "ckb", "kmr", "fa", "tr")
    assert {(category, language) for category in Category for language in first} <= told


def test_a_file_holds_one_category_and_every_indicator_can_fail() -> None:
    assert {path.stem for path in INDICATORS.glob("*.yaml")} == set(Category)
    for one in LEXICON:
        assert one.id.startswith(f"{one.category}."), one.id
        assert one.negatives, f"{one.id} has no near miss"
        assert one.examples or (one.category in NAMED and len(one.groups) > 1), f"{one.id} has no example"


def test_what_is_shipped_describes_and_never_offers() -> None:
    """Offer and arms name a concept in a few words; nothing in the lexicon holds a price, an age or a contact."""
    for one in LEXICON:
        texts = [*one.examples, *one.negatives, *(phrase for group in one.groups for phrase in group)]
        assert not any(
            re.search(r"[\d$€£@]|http|whatsapp|telegram|signal", text.lower()) for text in texts
        ), one.id
        if one.category in NAMED:
            assert all(len(text.split()) <= 5 for text in one.examples), one.id


@pytest.mark.parametrize(
    ("was", "broken", "sentence"),
    [
        ("id: need.test", "idd: need.test", "has no id"),
        ("weight: 0.6", "weight: 1.5", "weight 1.5"),
        ("weight: 0.6", "weight: 0", "weight 0"),
        ("weight: 0.6", "weight: .nan", "weight nan"),
        ("weight: 0.6", "weight: yes", "weight True"),
        ("category: need", "category: needs", "category 'needs'"),
        ("languages: [en]", "languages: [xx]", "languages"),
        ("languages: [en]", "languages: []", "languages"),
        ("languages: [en]", "languages: [und]", "languages"),
        ('source: "Sphere Handbook 2018"', 'source: ""', "has no source"),
        ("phrases: [need water]", "phrases: []", "has no phrases"),
        ("phrases: [need water]", "phrases: [no]", "no list of texts"),
        ("phrases: [need water]", 'phrases: ["?"]', "has the phrase '?'"),
        ("phrases: [need water]", "phrases: [one two three four five six seven]", "1 to 6 words"),
        ("phrases: [need water]", "phrases: [need water]\n  all_of: [[]]", "has no phrases"),
        ("phrases: [need water]", "phrases: [need water]\n  all_of: 3", "all_of that is no list"),
        (
            "phrases: [need water]",
            'phrases: ["a|b|c|d|e a|b|c|d|e a|b|c|d|e a|b|c|d|e a|b|c|d|e"]',
            "3125 forms",
        ),
        ("phrases: [need water]", "phrase: [need water]", "field 'phrase'"),
        ("- id", "id", "is not"),
        ("[need water]", "[need", "is not YAML"),
    ],
)
def test_a_broken_indicator_is_named(was: str, broken: str, sentence: str, tmp_path: Path) -> None:
    assert was in WHOLE
    (tmp_path / "need.yaml").write_text(WHOLE.replace(was, broken), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(sentence)) as caught:
        load_lexicon(tmp_path)
    assert "need.yaml" in str(caught.value)


def test_ids_are_unique_over_files(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(WHOLE, encoding="utf-8")
    with pytest.raises(InputError, match=r"the same id as one in a\.yaml"):
        load_lexicon(tmp_path)


def test_an_empty_folder_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no indicators"):
        load_lexicon(tmp_path)
    (tmp_path / "need.yaml").write_bytes(b"\xff\xfe- id")
    with pytest.raises(InputError, match="not YAML in UTF-8"):
        load_lexicon(tmp_path)
