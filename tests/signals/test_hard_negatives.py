"""Hard negatives: what uses the words of offer, control or arms and is none of them raises none of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
import yaml  # type: ignore[import-untyped]

from fanal.model.signal import FIRST_HAND
from fanal.signals.detect import Detector
from fanal.text.fold import fold

Posts = Callable[[Sequence[str]], pa.RecordBatch]
LISTED = yaml.safe_load(Path(__file__).with_name("hard_negatives.yaml").read_text(encoding="utf-8"))
LINES = [(kind, text) for kinds in LISTED.values() for kind, texts in kinds.items() for text in texts]
FIRST = ("en", "fr", "ar", "ckb", "kmr", "fa", "tr")
NEVER = {"offer", "control", "arms"}
LEAST = 350


@pytest.mark.parametrize(("kind", "text"), LINES)
def test_a_hard_negative_raises_nothing_as_first_hand(
    kind: str, text: str, detector: Detector, by_rules: Detector, posts: Posts
) -> None:
    for one in (detector, by_rules):
        shown = one.detect(posts([text])).to_pylist()
        assert not [row for row in shown if row["category"] in NEVER and row["stance"] == FIRST_HAND]
    # Indicators see every plea of the list; a classifier, where its labels cover the language, may miss one.
    assert kind != "plea" or "plea" in {row["category"] for row in shown}


def test_a_plea_is_no_offer_not_even_a_reported_one(detector: Detector, posts: Posts) -> None:
    texts = [text for kind, text in LINES if kind == "plea"]
    assert "offer" not in detector.detect(posts(texts))["category"].to_pylist()


def test_the_list_is_long_and_in_every_first_language() -> None:
    assert tuple(LISTED) == FIRST
    assert len(LINES) >= LEAST
    folded = fold(pa.array([text for _, text in LINES], pa.large_string()))
    assert len({folded.text(row) for row in range(len(folded))}) == len(LINES)
    for language, kinds in LISTED.items():
        assert {"news", "advocacy", "fiction", "history", "documents", "work", "plea"} <= set(kinds), language
