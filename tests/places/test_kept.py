"""Kept gazetteers: found again, made anew when damaged, and no more of them than are used in turn."""

import os
from pathlib import Path

import pytest

from fanal.places import kept as keeping
from fanal.places.file import Gazetteer
from fanal.places.kept import MOST, kept


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, world_of_places: Gazetteer) -> list[Path | None]:
    """Return what was built so far; a gazetteer that is at hand stands for the one that half a minute would make."""
    made: list[Path | None] = []

    def build(*, boundaries: Path | None, places: Path | None, told: object) -> Gazetteer:
        assert places is None
        assert told is not None
        made.append(boundaries)
        return world_of_places

    monkeypatch.setattr(keeping, "build", build)
    return made


def test_two_sets_of_boundaries_take_turns_and_old_ones_go(tmp_path: Path, built: list[Path | None]) -> None:
    inputs = [tmp_path / f"{number}.geojson" for number in range(MOST + 1)]
    for number, path in enumerate(inputs):
        path.write_text(str(number), encoding="utf-8")
    folder = tmp_path / "cache" / "fanal"
    for _ in range(2):
        for path in inputs[:2]:
            assert len(kept(folder, boundaries=path)) > 0
    assert built == inputs[:2]
    for age, file in enumerate(sorted(folder.iterdir())):
        os.utime(file, (age, age))
    for path in inputs[2:]:
        kept(folder, boundaries=path)
    assert len(list(folder.iterdir())) == MOST


def test_a_damaged_file_is_made_anew(tmp_path: Path, built: list[Path | None]) -> None:
    kept(tmp_path)
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1_000])
    assert len(kept(tmp_path)) > 0
    assert len(built) == 2
