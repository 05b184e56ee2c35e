"""What simpler readers are measured with: each whole word that geotext names, where it stands, and nothing about it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest

from fanal.evaluate import placed
from fanal.evaluate.toponyms import NO_TYPE, Toponyms

TEXT = "From London to Paris; Londoners and London"
MARKED = [(5, 11), (15, 20), (36, 42)]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "measure_baselines.py"
    spec = importlib.util.spec_from_file_location("tools_measure_baselines", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_each_occurrence_of_a_name_is_a_mention_without_a_place(tool: ModuleType) -> None:
    found = tool.Names().read(pa.array([TEXT, "a quiet day"]), ["en", "en"])
    assert list(zip(found.row, found.start, found.end, strict=True)) == [(0, *span) for span in MARKED]
    assert not found.entry.size


def test_its_figures_are_those_of_recognition_alone(tool: ModuleType) -> None:
    start, end = np.array(MARKED).T.copy()
    gold = Toponyms(
        texts=(TEXT,),
        languages=("en",),
        row=np.zeros(3, np.int64),
        start=start,
        end=end,
        type=np.full(3, NO_TYPE, np.int8),
        lon=np.zeros(3),
        lat=np.zeros(3),
        country=np.array(["", "", ""]),
        region=np.array(["", "", ""]),
    )
    told = placed.places(gold, tool.Names())
    assert told["recognition_f1"] == pytest.approx(1.0)
    assert told["acc161_gold_mentions"] == pytest.approx(0.0)
