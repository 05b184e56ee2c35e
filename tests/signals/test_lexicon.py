"""Every indicator sees its examples and not its near misses; a broken file is named, with the rule it breaks."""

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest

from fanal.model.category import Category
from fanal.model.error import InputError
from fanal.signals.detect import THRESHOLD, Detector, make_detector
from fanal.signals.lexicon import INDICATORS, Indicator, load_lexicon
from fanal.signals.pattern import pieces
from fanal.text import words

Posts = Callable[[Sequence[str]], pa.RecordBatch]
LEXICON = load_lexicon()
EXAMPLES = [(one, text) for one in LEXICON for text in one.examples]
NEGATIVES = [(one, text) for one in LEXICON for text in one.negatives]
NAMED = {Category.OFFER, Category.ARMS}
FIRST = ("en", "fr", "ar", "ckb", "kmr", "fa", "tr")
SIGN = 0.35
LEAST_SIGNS = 3
EVERY = make_detector(LEXICON, threshold=1e-9)
WHOLE = """
- id: need.test
  category: need
  languages: [en]
  phrases: [need water]
  weight: 0.6
  source: "Sphere Handbook 2018"
"""


def held(text: str, detector: Detector, posts: Posts) -> set[str]:
    """Return the ids of the indicators that a detector sees in a text, also those that give way to a plea."""
    rows = detector.detect(posts([text])).to_pylist()
    return {name for row in rows for name in row["indicators"]}


@pytest.mark.parametrize(
    ("one", "text"), EXAMPLES, ids=lambda value: value.id if isinstance(value, Indicator) else ""
)
def test_an_indicator_sees_its_examples(one: Indicator, text: str, posts: Posts) -> None:
    assert one.id in held(text, EVERY, posts)


@pytest.mark.parametrize(
    ("one", "text"), NEGATIVES, ids=lambda value: value.id if isinstance(value, Indicator) else ""
)
def test_a_near_miss_is_no_signal_of_the_category(
    one: Indicator, text: str, detector: Detector, posts: Posts
) -> None:
    assert one.category not in detector.detect(posts([text]))["category"].to_pylist()
    assert one.id not in held(text, EVERY, posts)


@pytest.mark.parametrize("one", [one for one in LEXICON if not one.examples], ids=lambda one: one.id)
def test_where_nobody_writes_an_example_the_denial_is_seen_but_for_unless(
    one: Indicator, posts: Posts
) -> None:
    bare = make_detector([dataclasses.replace(one, unless=())])
    assert [text for text in one.negatives if held(text, bare, posts)]


@pytest.mark.parametrize("category", [Category.OFFER, Category.ARMS, Category.CONTROL])
def test_one_weak_indicator_with_all_context_is_no_signal_and_two_signs_of_control_are(
    category: Category,
) -> None:
    """The weights keep the promise of docs/signals.md, in each language and in an undetermined post of several."""
    weak = [one for one in LEXICON if one.category == category and one.weight < THRESHOLD]
    for language in FIRST:
        mine = sorted(one.weight for one in weak if language in one.languages)
        context = [weight for weight in mine if weight < SIGN]
        assert context, (category, language)
        assert 1 - math.prod(1 - weight for weight in context) < THRESHOLD
        if category == Category.CONTROL:
            assert mine.count(SIGN) >= LEAST_SIGNS, language
            assert 1 - (1 - SIGN) * math.prod(1 - weight for weight in context) < THRESHOLD
            assert 1 - (1 - SIGN) ** 2 >= THRESHOLD


def test_groups_are_not_met_by_one_and_the_same_words() -> None:
    """A phrase of one group that holds a phrase of another would make a combination by itself."""
    for one in LEXICON:
        if one.category not in {Category.OFFER, Category.ARMS, Category.CONTROL}:
            continue
        groups = [[form for phrase in group for form in pieces(phrase)[0]] for group in one.groups]
        for mine, other in permutations(groups, 2):
            assert not [(form, inner) for form in mine for inner in other if f" {inner} " in f" {form} "], (
                one.id
            )


def test_there_are_indicators_for_every_category_and_first_language() -> None:
    told = {(one.category, language) for one in LEXICON for language in one.languages}
    assert {(category, language) for category in Category for language in FIRST} <= told


def test_every_control_is_told_by_each_of_the_five_ilo_indicators_in_every_first_language() -> None:
    told = {tuple(one.id.split(".")[1:]) for one in LEXICON if one.category == Category.CONTROL}
    kinds = ("documents", "wages", "movement", "debt", "threats")
    assert {(kind, language) for kind in kinds for language in FIRST} <= told


def test_a_file_holds_one_category_and_every_indicator_can_fail() -> None:
    assert {path.stem for path in INDICATORS.glob("*.yaml")} == set(Category)
    for one in LEXICON:
        assert one.id.startswith(f"{one.category}."), one.id
        assert one.negatives, f"{one.id} has no near miss"
        assert one.examples or (one.category in NAMED and ".act." in one.id), f"{one.id} has no example"


def test_what_is_shipped_describes_and_never_offers() -> None:
    """Offer and arms name a concept in a few words; nothing in the lexicon holds a price, an age or a contact."""
    for one in LEXICON:
        texts = [*one.examples, *one.negatives, *(phrase for group in one.groups for phrase in group)]
        texts += one.unless
        bare = [re.sub(r"(^| )\.\.\d ", " ", text.lower()) for text in texts]
        assert not any(re.search(r"[\d$€£@]|http|whatsapp|telegram|signal", text) for text in bare), one.id
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
        ("phrases: [need water]", 'phrases: ["need ..0 water"]', "has the phrase 'need ..0 water'"),
        ("phrases: [need water]", 'phrases: ["..2 water"]', "has the phrase '..2 water'"),
        ("phrases: [need water]", "phrases: [need water]\n  within: 5", "within and no all_of"),
        ("phrases: [need water]", "all_of: [[need], [water]]\n  within: 1", "within 1"),
        ("phrases: [need water]", "all_of: [[need], [water]]\n  within: 101", "within 101"),
        ("phrases: [need water]", "all_of: [[need], [water]]\n  within: true", "within True"),
        ("phrases: [need water]", "phrases: [need water]\n  unless: [no]", "unless that is no list"),
        ("phrases: [need water]", 'phrases: [need water]\n  unless: ["?"]', "has the phrase '?'"),
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


@pytest.mark.parametrize(
    "text",
    [
        "Beware of fake job offers.",
        "Women were lured into false jobs, the court heard.",
        "The ministry warns of adverts that promise easy money and ask for bank details.",
        "The charity lists the signs: a fee for the visa, a copy of the passport, no interview.",
        "The university pays the visa, the flight is paid.",
        "The shop pays its staff weekly.",
        "She works from home on Fridays.",
        "Attention aux fausses offres d'emploi.",
        "احذروا من عروض عمل وهمية",
        "Sahte iş ilanlarına dikkat",
    ],
)
def test_a_warning_or_a_sound_offer_is_no_lure(text: str) -> None:
    texts = pa.array([text])
    at = list(Category).index(Category.LURE)
    assert EVERY.judge(texts, words.read(texts)).score[0, at] < THRESHOLD
