"""The sentences are checked when they are read, are many, and are not those of the indicators."""

import copy
import shutil
import sys

import numpy as np
import pyarrow as pa
import pytest
import yaml

from fanal.facts import iraq
from fanal.model.error import InputError, UserError
from fanal.signals.lexicon import load_lexicon
from fanal.simulate.book import PLACE_LIST, book
from fanal.simulate.crowd import mix
from fanal.simulate.draw import EDIT, REPOST, draw
from fanal.simulate.form import Form
from fanal.simulate.ground import ground
from fanal.simulate.kind import KINDS, SIGNAL_SHARES, signals
from fanal.simulate.plan import plan
from fanal.simulate.render import CHANGED, ids, render, room
from fanal.simulate.sentences import GRAMMAR, LANGUAGES, load_grammar, load_grammars, variety

GRAMMARS = {grammar.language: grammar for grammar in load_grammars()}
LEAST_TEXTS = 300_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_too_many_to_learn_by_heart(language):
    assert all(variety(GRAMMARS[language], kind) >= LEAST_TEXTS for kind in KINDS)


def test_variety_is_not_only_on_paper():
    """Draw 20,000 signals: but for reposts and templates hardly any text comes twice."""
    rng = np.random.default_rng(11)  # noqa: TID251 - the test's own dice
    settled = plan(ground(iraq.layers()), posts=40_000, rate=0.5, most_templates=0, rng=rng)
    drawn = draw(settled, 24 * 200, np.full(40, 1000), rng=rng)
    sentences = book(load_grammars(), settled.ground, Form.CSV)
    out = room(sentences, 40_000, 20)
    used = render(out, sentences, Form.CSV, drawn, ids("x", np.arange(40_000)))
    texts = [line.split(',"')[1] for line in bytes(out[:used]).decode().splitlines()]
    mine = [
        text
        for text, kind, copied in zip(texts, drawn.kind, drawn.copy, strict=True)
        if KINDS[kind] in SIGNAL_SHARES and not copied
    ]
    sys.stdout.write(f"seed 11: {len(set(mine))} texts of {len(mine)}\n")
    assert len(mine) > 15_000
    assert len(set(mine)) > 0.995 * len(mine)


def test_no_sentence_is_an_example_of_the_indicators():
    """A stream made from the lexicon would measure nothing."""
    examples = {example.strip(" .").lower() for indicator in load_lexicon() for example in indicator.examples}
    for grammar in GRAMMARS.values():
        words = [text for texts in grammar.slots.values() for text in texts]
        words += [text for own in grammar.words.values() for texts in own.values() for text in texts]
        words += [pattern for patterns in grammar.patterns.values() for pattern in patterns]
        assert not examples.intersection(word.strip(" .").lower() for word in words)


def test_asking_for_what_offers_a_person_or_a_weapon_is_refused():
    for name in ("offer", "arms"):
        with pytest.raises(UserError, match="never simulated"):
            signals(["need", name])
    with pytest.raises(UserError, match="no signal 'chatter'"):
        signals(["chatter"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda g: g["kinds"].update(offer=g["kinds"]["advert"]), "kinds.offer is never simulated"),
        (lambda g: g["kinds"].update(arms=g["kinds"]["advert"]), "kinds.arms is never simulated"),
        (lambda g: g["kinds"].pop("need"), "kinds must be"),
        (lambda g: g.update(tag=" "), "tag must say"),
        (lambda g: g.update(at=["near"]), "must hold {place} once"),
        (lambda g: g.update(language="fr"), "must be the file's name"),
        (lambda g: g["kinds"]["need"].update(patterns=["{nothing}{at}"]), "slot 'nothing' without words"),
        (lambda g: g["kinds"]["need"].update(patterns=["No place."]), "must hold {at} once"),
        (lambda g: g["kinds"]["need"].update(patterns=[]), "list of different texts"),
        (lambda g: g["slots"].update(day=["a", "a"]), "list of different texts"),
        (lambda g: g["slots"].update(day=["{kin}"]), "plain words without braces"),
        (lambda g: g["slots"].update(at=["here"]), "a name of its own"),
        (lambda g: g.update(kinds=[]), "list of kinds by name"),
        (lambda g: g.update(more=1), "and nothing else"),
    ],
)
def test_wrong_grammar_is_refused_with_its_place(tmp_path, change, sentence):
    grammar = yaml.safe_load((GRAMMAR / "en.yaml").read_text(encoding="utf-8"))
    wrong = copy.deepcopy(grammar)
    change(wrong)
    file = tmp_path / "en.yaml"
    file.write_text(yaml.safe_dump(wrong, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_grammar(file)
    assert sentence in str(refused.value)
    assert str(file) in str(refused.value)


def test_missing_language_and_broken_file_are_refused(tmp_path):
    shutil.copytree(GRAMMAR, tmp_path / "g")
    (tmp_path / "g" / "tr.yaml").unlink()
    with pytest.raises(InputError, match=r"tr\.yaml cannot be read"):
        load_grammars(tmp_path / "g")
    (tmp_path / "en.yaml").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="not YAML in UTF-8"):
        load_grammar(tmp_path / "en.yaml")


def plainly(sentences, drawn, row):
    """Put one text together: the slow, obvious way."""

    def fragment(number):
        return bytes(sentences.content[sentences.starts[number] : sentences.starts[number + 1]]).decode()

    def chosen(which, chance):
        count = int(sentences.lists[which + 1] - sentences.lists[which])
        return fragment(int(sentences.lists[which]) + ((chance >> 32) * count >> 32))

    def mixed(value):
        return int(mix(np.array([value % 2**64], np.uint64))[0])

    base, wording, language = int(drawn.base[row]), int(drawn.wording[row]), int(drawn.language[row])
    text = ""
    if drawn.copy[row] == REPOST and wording & 2:
        text += chosen(sentences.reposts[language], mixed(wording))
    if drawn.copy[row] == EDIT:
        text += chosen(sentences.edits[language], mixed(wording))
    first, count = (int(n) for n in sentences.groups[language, drawn.kind[row], int(drawn.named[row])])
    pattern = first + ((base >> 32) * count >> 32)
    items = sentences.items[sentences.patterns[pattern] : sentences.patterns[pattern + 1]]
    for place, item in enumerate(items, start=1):
        step = 0x9E3779B97F4A7C15 * place
        chance = mixed(base + step)
        if wording != base and mixed(wording + step) % CHANGED == 0:
            chance = mixed(wording + step)
        text += chosen(sentences.names[language, drawn.area[row]] if item == PLACE_LIST else item, chance)
    tag = fragment(sentences.lists[sentences.tags[language]])
    return f"{tag} {text}" if base & 1 else f"{text} {tag}"


def test_kernel_writes_what_the_slow_way_writes():
    rng = np.random.default_rng(13)  # noqa: TID251 - the test's own dice
    settled = plan(ground(iraq.layers()), posts=400_000, rate=0.3, rng=rng)
    drawn = draw(settled, 24 * 300, np.full(30, 50), rng=rng)
    sentences = book(load_grammars(), settled.ground, Form.CSV)
    out = room(sentences, 1500, 11)
    used = render(out, sentences, Form.CSV, drawn, ids("x", np.arange(1500)))
    lines = bytes(out[:used]).decode().splitlines()
    assert {REPOST, EDIT} < set(drawn.copy.tolist())
    assert pa.array(drawn.base).equals(pa.array(drawn.wording)) is False
    for row, line in enumerate(lines):
        assert line.split(',"', 1)[1].rsplit('",', 1)[0] == plainly(sentences, drawn, row)
