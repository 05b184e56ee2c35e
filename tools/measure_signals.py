"""Measure the recipe of the classifier on the public sets, split by event and by group, beside plain TF-IDF.

Nothing that is measured was learned from: a model is trained anew for each split. TASKS says what is split how.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from fanal.evaluate import gold
from fanal.evaluate.ranking import average_precision, measure
from fanal.signals.classifier import OUTPUTS
from fanal.signals.classifier_training import Recipe, train_classifier
from fanal.signals.detect import make_detector
from fanal.signals.example import Example
from fanal.signals.lexicon import load_lexicon
from fanal.text import words

FOLDS = 4
DIGITS = 3

MESSAGES = ("messages_train_en", "messages_train_original")
OTHERS = ("tweets_en", "unrelated", "chat", "adverts_ordinary")
TASKS: dict[str, dict[str, Any]] = {
    "messages": {
        "what": "trained on the training half and the other sets, measured on the validation half",
        "learn": [*MESSAGES, *OTHERS],
        "try": ["messages_validation_en", "messages_validation_original"],
        "outputs": ["plea", "need", "flight", "attack"],
    },
    "carry_over": {
        "what": "labels in English alone, the teacher's word on the others",
        "learn": ["messages_train_en", *OTHERS],
        "carried": ["messages_train_original"],
        "try": ["messages_validation_original"],
        "outputs": ["plea", "need"],
    },
    "flight": {
        "what": "tweets of other events",
        "cross": ["tweets_en"],
        "with": MESSAGES,
        "outputs": ["flight"],
    },
    "stance": {
        "what": "tweets of other events",
        "cross": ["stance"],
        "with": ["tweets_en", "unrelated", "chat"],
        "outputs": ["first_hand"],
    },
    "lure": {
        "what": "adverts of other groups; a model with these labels is not shipped",
        "cross": ["adverts_fraudulent", "adverts_ordinary"],
        "with": ["chat"],
        "outputs": ["lure"],
    },
}


def main() -> None:
    """Measure the tasks that are named, or all, and print a JSON object for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, help="the folder that tools/make_gold.py wrote")
    parser.add_argument("taught", type=Path, help="the folder that tools/teach.py wrote")
    parser.add_argument("carried", type=Path, help="the same, of a teacher that saw English labels alone")
    parser.add_argument("tasks", nargs="*", default=list(TASKS), help="some of TASKS")
    given = parser.parse_args()

    def read(name: str, folders: Sequence[Path]) -> list[Example]:
        path = next(folder / f"{name}.jsonl" for folder in folders if (folder / f"{name}.jsonl").is_file())
        return gold.examples(path)

    for name in given.tasks:
        task = TASKS[name]
        if "cross" in task:
            found = _crossed(task, lambda one: read(one, [given.gold]))
        else:
            folders = [given.carried if name == "carry_over" else given.taught, given.gold]
            found = _apart(
                task, lambda one, where=folders: read(one, where), lambda one: read(one, [given.gold])
            )
        sys.stdout.write(json.dumps({"task": name, "what": task["what"], **found}) + "\n")
        sys.stdout.flush()


def _apart(task: dict[str, Any], learned: Any, tried: Any) -> dict[str, Any]:
    """Train once and measure on other files."""
    learn = [one for name in task["learn"] for one in learned(name)]
    carried = [replace(one, judged={}) for name in task.get("carried", ()) for one in learned(name)]
    learn = [replace(one, judged=_only(one, task["outputs"])) for one in learn] + carried
    model, _ = train_classifier(
        learn,
        name="measured",
        detector=make_detector(load_lexicon()),
        card={},
        progress=lambda _: None,
        recipe=Recipe(folds=2),
    )
    detector = make_detector(load_lexicon(), classifier=model)
    found: dict[str, Any] = {}
    for name in task["try"]:
        examples = tried(name)
        texts = pa.array([one.text for one in examples], pa.large_string())
        judged = detector.judge(texts, words.read(texts))
        for place, output in enumerate(model.outputs):
            shows = np.array([one.judged[output.name] for one in examples])
            plain = _plain(learn, examples, output.name)
            found[f"{output.name}/{name}"] = _figures(
                judged.probability[:, place], shows, plain, output.threshold
            )
    return found


def _crossed(task: dict[str, Any], read: Any) -> dict[str, Any]:
    """Train on all parts but one, and measure on that one, in turn."""
    output = task["outputs"][0]
    crossed = [one for name in task["cross"] for one in read(name)]
    beside = [one for name in task["with"] for one in read(name)]
    examples = [replace(one, judged=_only(one, [output])) for one in crossed + beside]
    model, held = train_classifier(
        examples,
        name="measured",
        detector=make_detector(load_lexicon()),
        card={},
        progress=lambda _: None,
        recipe=Recipe(folds=FOLDS),
    )
    first = len(crossed)
    known = ~np.isnan(held.logit[:first, 0])
    shows = held.judged[:first, 0][known] == 1
    plain = np.zeros(first)
    for part in range(FOLDS):
        learn = [one for one, fold in zip(crossed, held.fold[:first], strict=True) if fold != part]
        tried = held.fold[:first] == part
        plain[tried] = _plain(learn, [one for one, here in zip(crossed, tried, strict=True) if here], output)
    probability = held.probability[:first, 0][known]
    found = _figures(probability, shows, plain[known], model.outputs[0].threshold)
    parts = held.fold[:first][known]
    found["average_precision_by_part"] = [
        round(average_precision(probability[parts == part], shows[parts == part]), DIGITS)
        for part in range(FOLDS)
    ]
    sources = np.array([one.source for one in crossed])[known]
    found["flagged_by_source"] = {
        str(name): round(
            float((probability[(sources == name) & ~shows] >= model.outputs[0].threshold).mean()), 4
        )
        for name in np.unique(sources)
    }
    return {output: found}


def _only(example: Example, outputs: Sequence[str]) -> dict[str, bool]:
    """Return what was judged of some outputs."""
    return {name: shows for name, shows in example.judged.items() if name in outputs and name in OUTPUTS}


def _plain(learn: Sequence[Example], tried: Sequence[Example], output: str) -> NDArray[np.float64]:
    """Return the scores of TF-IDF over words and pairs of words with logistic regression, where a person judged."""
    known = [one for one in learn if output in one.judged]
    reader = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    matrix = reader.fit_transform([one.text for one in known])
    model = LogisticRegression(C=5, max_iter=1000).fit(matrix, [one.judged[output] for one in known])
    said: NDArray[np.float64] = model.decision_function(reader.transform([one.text for one in tried]))
    return said


def _figures(
    probability: NDArray[np.float64], shows: NDArray[np.bool_], plain: NDArray[np.float64], threshold: float
) -> dict[str, Any]:
    """Return the figures of one output beside the average precision of plain TF-IDF."""
    made = measure(probability, shows, threshold=threshold)
    kept = ("average_precision", "f1", "precision", "recall", "recall_at_1_percent", "recall_at_5_percent")
    found = {
        name: round(value, DIGITS) if (value := getattr(made, name)) is not None else None for name in kept
    }
    return {
        "posts": made.posts,
        "positives": made.positives,
        **found,
        "calibration_error": round(made.calibration_error or 0.0, DIGITS),
        "plain_tf_idf": round(average_precision(plain, shows), DIGITS),
    }


if __name__ == "__main__":
    main()
