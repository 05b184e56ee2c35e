"""The caches: a kernel is compiled anew where something changed that Numba does not see, and every verb loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fanal.cli.verbs import VERBS, load

FOLD = """
import sys
import pyarrow as pa
from fanal.cli import warm
from fanal.text import fold
if sys.argv[1:]:
    warm.forget()
fold.fold(pa.array(["a"]))
print(sum(fold._fold.stats.cache_hits.values()), sum(fold._fold.stats.cache_misses.values()))
"""


def test_a_kernel_is_compiled_anew_when_it_is_forgotten(tmp_path: Path) -> None:
    def hits_and_misses(*arguments: str) -> str:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, "-c", FOLD, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout.strip()

    assert hits_and_misses() == "0 1"
    assert hits_and_misses() == "1 0"
    assert hits_and_misses("forget") == "0 1"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_a_command_of_its_name(verb: str) -> None:
    assert load(verb).name == verb


def test_a_verb_loads_nothing_that_only_others_need() -> None:
    script = "import sys; from fanal.cli.verbs import load; load('explain'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not {"sqlalchemy", "duckdb", "litestar", "opendp", "sklearn"} & set(loaded.split())
