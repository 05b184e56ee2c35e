"""The map of places: what it tells is what it draws, and it is a picture with a title that any reader of XML takes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "map_places.py"
    spec = importlib.util.spec_from_file_location("tools_map_places", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@given(
    points=st.lists(st.tuples(st.integers(-180, 180), st.integers(-55, 77)), min_size=1, max_size=9),
    unplaced=st.integers(0, 9),
)
def test_the_map_tells_and_draws_right_and_wrong(
    tool: ModuleType, points: list[tuple[int, int]], unplaced: int
) -> None:
    lon, lat = np.array(points, np.float64).T
    wrong = np.arange(len(points)) % 2 == 1
    found = tool.Put(
        lon=lon, lat=lat, said_lon=lon, said_lat=np.where(wrong, lat + 3.0, lat), unplaced=unplaced
    )
    square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 0.0]])
    drawn = fromstring(tool.svg(found, [square], "ours & <theirs>"))  # noqa: S314 - our own text
    title, told = drawn.find(f"{SVG}title"), drawn.find(f"{SVG}desc")
    assert title is not None
    assert told is not None
    assert title.text == "Where ours & <theirs> were put"
    assert f"Of {len(points) + unplaced} marked mentions with a point {int((~wrong).sum())} were put" in (
        told.text or ""
    )
    green = [one for one in drawn.iter(f"{SVG}circle") if one.get("class") == "right"]
    assert len(green) == len({point for point, miss in zip(points, wrong, strict=True) if not miss}) + 1
    miss = next(one for one in drawn.iter(f"{SVG}path") if one.get("class") == "miss")
    assert (miss.get("d") or "").count("M") == len({p for p, one in zip(points, wrong, strict=True) if one})


def test_a_kilometre_is_a_kilometre_along_the_standard_parallel(tool: ModuleType) -> None:
    x, y = tool.project(np.array([0.0, 1.0, 0.0]), np.array([40.0, 40.0, 39.0])).T
    assert np.isclose((x[1] - x[0]) / np.cos(np.radians(40.0)), y[2] - y[0])
