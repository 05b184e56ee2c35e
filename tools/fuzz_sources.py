"""Fuzz the parsers of the sources with coverage as the guide: one target, until it is stopped or something breaks.

    pip install -r tools/fuzz_sources.txt
    python tools/fuzz_sources.py rows-mastodon -max_total_time=300

What follows the target goes to libFuzzer. The bytes of a finding are written into the folder where it runs. Compiled
kernels, Arrow and orjson cannot be seen into: what they do with bytes is for Hypothesis and the slow references.
"""

import re
import sys
import tempfile
from pathlib import Path

import atheris

SOURCES = Path(__file__).parents[1] / "src" / "fanal" / "sources"
COMPILED = [
    f"fanal.sources.{one.stem}" for one in SOURCES.glob("*.py") if "import njit" in one.read_text("utf-8")
]
"""Numba compiles bytecode as it is written, not as the fuzzer changes it."""

with atheris.instrument_imports(include=["fanal.sources", "feedparser", "zipfile"], exclude=COMPILED):
    from fanal.testing.byte_targets import Target, targets

SAMPLES = Path(__file__).parents[1] / "tests" / "sources"
MOST_BYTES = 8192
MOST_WORDS = 400
_WORD = re.compile(rb"[A-Za-z_@:./#-]{3,40}")


def main() -> None:
    """Fuzz the target that is named, from its seeds and the words in them."""
    with tempfile.TemporaryDirectory(prefix="fanal-fuzz-") as folder:
        scratch = Path(folder)
        found = targets(SAMPLES, scratch)
        if len(sys.argv) < 2 or sys.argv[1] not in found:
            sys.exit(f"Name a target: {', '.join(found)}.")
        _, name, *others = sys.argv
        corpus, words = _given(found[name], scratch)
        options = [f"-dict={words}", f"-max_len={MOST_BYTES}", "-timeout=20", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, *others, str(corpus)], found[name].run)
        atheris.Fuzz()


def _given(target: Target, scratch: Path) -> tuple[Path, Path]:
    """Write seeds into a folder and their words into a dictionary of libFuzzer."""
    corpus, words = scratch / "corpus", scratch / "words"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)
    found = sorted({word for seed in target.seeds for word in _WORD.findall(seed)})[:MOST_WORDS]
    words.write_text("".join(f'"{word.decode()}"\n' for word in found), encoding="ascii")
    return corpus, words


if __name__ == "__main__":
    main()
