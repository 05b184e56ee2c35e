"""The made-up country comes through the gate as it was made: without noise each cell shows its people."""

from collections.abc import Callable

import numpy as np

from fanal.evaluate.attacks.country import Country, by_family, cells
from fanal.evaluate.attacks.target import FIRST, Target, published
from fanal.model.circle import Circle


def test_without_noise_each_cell_shows_its_people(
    noisy: Callable[..., Target], broken_noise, dice: np.random.Generator
) -> None:
    target = noisy(broken_noise["none"])
    country = Country(worlds=7, governorates=3, districts=2)
    crowd = dice.integers(1, 9, country.shape)
    author = cells(country, (0, 1, "plea"), (2, 0, "arms"))
    inside = np.arange(7) % 2 == 0
    week = next(target.weeks)
    rows = country.people(crowd, author, inside, week=week, dice=dice)
    desk, ledger = target.desk("country")
    releases = target.publish(country, rows, ledger=ledger, week=week)
    desk.close()
    there = crowd + author * inside[:, None, None, None]
    assert len(rows) == there.sum()
    assert np.array_equal(published(releases, Circle.PARTNERS, country), there)
    assert np.array_equal(published(releases, Circle.PUBLIC, country), by_family(there))
    assert country.areas.num_rows == 1 + 7 * 3 * 3


def test_worlds_share_no_area_and_no_author(dice: np.random.Generator) -> None:
    country = Country(worlds=50)
    author = cells(country, (0, 0, "offer"), (1, 0, "offer"))
    everybody = np.ones(50, dtype=np.bool_)
    rows = country.people(np.zeros(country.shape, np.int64), author, everybody, week=FIRST, dice=dice)
    worlds_of = {}
    for who, area in zip(rows["pseudonym"].to_pylist(), rows["area"].to_pylist(), strict=True):
        worlds_of.setdefault(who, set()).add(area.removeprefix("D").split(".")[0])
    assert len(worlds_of) == 50
    assert all(len(worlds) == 1 for worlds in worlds_of.values())
