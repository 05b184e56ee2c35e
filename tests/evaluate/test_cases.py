"""Data sets of anybody's for a scan: what is read, and one sentence for what cannot be."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fanal.evaluate import cases, scanned
from fanal.evaluate.scanned import Distance, How, ScanModel
from fanal.evaluate.steps import Step, all_between, step_of
from fanal.model.error import InputError

AREAS = "area,lon,lat,population\nA,43,36,100\nB,44,36,200\nC,45,36,300\n"
CASES = "area,date,cases\nA,2014-08-03,1\nB,2014-08-04,2\nB,2014-08-04,3\nC,2014-08-05,9\n"


def files(folder: Path, counted: str = CASES, placed: str = AREAS) -> tuple[Path, Path]:
    """Write the two tables."""
    (folder / "cases.csv").write_text(counted, encoding="utf-8")
    (folder / "areas.csv").write_text(placed, encoding="utf-8")
    return folder / "cases.csv", folder / "areas.csv"


def how(**changed: object) -> How:
    """Return how to scan, with changes."""
    given: dict[str, object] = {
        "model": ScanModel.POISSON,
        "distance": Distance.GREAT_CIRCLE,
        "max_population": 0.5,
        "max_areas": None,
        "max_days": None,
        "prospective": False,
        "replicates": 99,
        "stop_after": 0,
    }
    return How(**(given | changed))  # type: ignore[arg-type]


def dice() -> np.random.Generator:
    """Return the generator of a fixed seed."""
    return np.random.Generator(np.random.PCG64(1))


def test_rows_of_one_area_and_day_are_added_up(tmp_path: Path) -> None:
    given = cases.read(*files(tmp_path), time="date", degrees=True)
    assert given.areas == ("A", "B", "C")
    assert given.periods == (date(2014, 8, 3), date(2014, 8, 4), date(2014, 8, 5))
    assert given.counts.tolist() == [[1, 0, 0], [0, 5, 0], [0, 0, 9]]
    assert given.people is not None
    assert given.people.tolist() == [[100, 200, 300]] * 3
    undated = cases.read(*files(tmp_path), time=None, degrees=True)
    assert undated.counts.tolist() == [[1, 5, 9]]


def test_people_by_date_stand_in_for_a_date_without_them(tmp_path: Path) -> None:
    counted = "area,date,cases,population\nA,2014,1,10\nA,2015,1,30\nB,2015,1,8\nC,2014,0,5\n"
    given = cases.read(*files(tmp_path, counted), time="date", degrees=True)
    assert given.step is Step.YEAR
    assert given.people is not None
    assert given.people.tolist() == [[10, 8, 5], [30, 8, 5]]


def test_an_area_of_which_nobody_tells_the_people_is_named(tmp_path: Path) -> None:
    counted = "area,cases,population\nA,1,10\nB,2,8\n"
    given = cases.read(*files(tmp_path, counted), time=None, degrees=True)  # the table of areas knows of C
    assert given.people is not None
    assert given.people.tolist() == [[10, 8, 300]]
    with pytest.raises(InputError, match="no row for C"):
        cases.read(*files(tmp_path, counted, AREAS.replace("population", "size")), time=None, degrees=True)


def test_x_and_y_serve_as_degrees_and_as_a_plane(tmp_path: Path) -> None:
    placed = AREAS.replace("lon,lat", "x,y")
    assert cases.read(*files(tmp_path, placed=placed), time=None, degrees=True).x.tolist() == [43, 44, 45]
    far = placed.replace("45,36", "45000,36")
    assert cases.read(*files(tmp_path, placed=far), time=None, degrees=False).x.max() == 45_000


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (["2014-01-01", "2015-01-01"], Step.YEAR),
        (["2014-01-01", "2014-03-01"], Step.MONTH),
        (["2014-08-04", "2014-08-18"], Step.WEEK),
        (["2014-08-04", "2014-08-06"], Step.DAY),
        (["2014-08-04"], Step.DAY),
    ],
)
def test_the_step_is_read_off_the_dates(days: list[str], step: Step) -> None:
    dates = [date.fromisoformat(day) for day in days]
    assert step_of(dates) is step
    every = all_between(dates[0], dates[-1], step)
    assert set(dates) <= set(every)
    assert every == sorted(set(every))


@pytest.mark.parametrize(
    ("counted", "placed", "words"),
    [
        (CASES, "area,lon,lat\nA,43,36\n", "1 area"),
        (CASES, AREAS.replace("C,45", "C,44"), "B and C have the same point"),
        (CASES, AREAS.replace("C,45,36", "A,45,37"), "The area A stands twice"),
        (CASES, AREAS.replace("45,36", "36,95"), "no longitude and latitude"),
        (CASES, AREAS.replace("lon,lat", "east,north"), "no columns lon and lat"),
        (CASES, AREAS.replace(",45,", ",far,"), "line 4: lon is 'far'"),
        (CASES, "", "cannot be read as a table"),
        (CASES.replace("C,2014", "D,2014"), AREAS, "line 5: the area D is not in"),
        (CASES.replace(",9\n", ",-9\n"), AREAS, "line 5: C has -9 cases, which is negative"),
        (CASES.replace(",9\n", ",9.5\n"), AREAS, "line 5: C has 9.5 cases, which is no whole number"),
        (CASES.replace(",9\n", ",\n"), AREAS, "line 5: cases is '', no number"),
        (CASES.replace(",9\n", ",nan\n"), AREAS, "line 5: cases is 'nan', no number"),
        (CASES.replace("08-05", "08-09"), AREAS, "no row for the day 2014-08-05"),
        (CASES.replace("2014-08-05", "soon"), AREAS, "line 5: date is 'soon', no date"),
        (CASES.replace("date", "day"), AREAS, "no column date"),
        (CASES, AREAS.replace("300", "0"), "C has 9 cases on 2014-08-05 and nobody who lives there"),
        (CASES, AREAS.replace("300", "-3"), "C has -3 people"),
        ("area,date,cases\n", AREAS, "no rows below its header"),
    ],
)
def test_what_cannot_be_scanned_is_one_sentence(
    tmp_path: Path, counted: str, placed: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        cases.read(*files(tmp_path, counted, placed), time="date", degrees=True)


@pytest.mark.parametrize(
    ("counted", "placed", "time", "changed", "words"),
    [
        (CASES, AREAS.replace(",population", ",size"), "date", {}, "has a column population"),
        (CASES, AREAS, None, {"model": ScanModel.PERMUTATION}, "without dates"),
        (CASES, AREAS, None, {"prospective": True}, "without dates"),
        (CASES.replace("-03", "-05").replace("-04", "-05"), AREAS, "date", {}, "one day alone"),
        (CASES.replace("08-03", "06-01").replace("08-04", "07-01").replace("08-05", "08-01"), AREAS, "date",
         {"max_days": 7}, "shorter than a month"),
        (CASES, AREAS.replace("300", "4"), "date", {"model": ScanModel.BINOMIAL}, "C has more cases than people"),
        (CASES, AREAS.replace("300", "3000000000"), "date", {"model": ScanModel.BINOMIAL}, "people, counted in each"),
        (CASES, AREAS.replace("300", "30.5"), "date", {"model": ScanModel.BINOMIAL}, "no whole number"),
        (CASES.replace(",1", ",0").replace(",2\n", ",0\n").replace(",3\n", ",0\n").replace(",9", ",0"), AREAS, "date",
         {}, "counts no case"),
    ],
)  # fmt: skip
def test_what_a_model_cannot_take_is_one_sentence(tmp_path, counted, placed, time, changed, words) -> None:
    paths = files(tmp_path, counted, placed)
    given = cases.read(*paths, time=time, degrees=True)
    with pytest.raises(InputError, match=words):
        scanned.scan(given, paths[0], how(**changed), rng=dice())


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        cases.read(tmp_path / "none.csv", tmp_path / "none.csv", time=None, degrees=True)


def planted(folder: Path) -> tuple[Path, Path]:
    """Write 60 days of ten areas, in one of which the last four days have far more."""
    rng = np.random.Generator(np.random.PCG64(7))
    counts = rng.poisson(2, size=(60, 10))
    counts[-4:, 6] += 7
    days = all_between(date(2014, 6, 1), date(2014, 7, 30), Step.DAY)
    rows = [f"A{area},{day},{counts[at, area]}\n" for at, day in enumerate(days) for area in range(10)]
    placed = "".join(f"A{area},{40 + area},33,1000\n" for area in range(10))
    return files(folder, "area,date,cases\n" + "".join(rows), "area,lon,lat,population\n" + placed)


@pytest.mark.parametrize("model", [ScanModel.POISSON, ScanModel.PERMUTATION])
@pytest.mark.parametrize("prospective", [True, False])
def test_a_planted_cluster_is_found_where_and_when_it_is(tmp_path: Path, model, prospective) -> None:
    paths = planted(tmp_path)
    given = cases.read(*paths, time="date", degrees=True)
    found = scanned.scan(
        given, paths[0], how(model=model, prospective=prospective, max_days=10, replicates=999), rng=dice()
    )
    best = found[0]
    assert (best["areas"], best["first"], best["last"], best["step"]) == (
        ["A6"],
        "2014-07-27",
        "2014-07-30",
        "day",
    )
    assert best["p_value"] == 0.001
    assert ("recurrence_steps" in best) == prospective


def test_a_series_of_analyses_makes_p_values_larger(tmp_path: Path) -> None:
    paths = planted(tmp_path)
    given = cases.read(*paths, time="date", degrees=True)
    once = {"prospective": True, "max_days": 10, "replicates": 999}
    alone = scanned.scan(given, paths[0], how(**once), rng=dice())
    series = scanned.scan(given, paths[0], how(**once, earlier=50), rng=dice())
    assert [one["llr"] for one in alone] == [one["llr"] for one in series]
    assert sum(one["p_value"] for one in series) > sum(one["p_value"] for one in alone)
    with pytest.raises(InputError, match="Only a prospective scan"):
        scanned.scan(given, paths[0], how(earlier=5), rng=dice())
    with pytest.raises(InputError, match="Give --earlier 50 or less"):
        scanned.scan(given, paths[0], how(**once, earlier=51), rng=dice())


def test_a_day_on_which_everybody_is_counted_is_no_cluster(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    days = all_between(date(2014, 6, 1), date(2014, 7, 27), Step.DAY)  # ends on a Sunday
    rows = [
        f"A{area},{day},{rng.poisson(30 if day.weekday() == 6 else 3)}\n" for day in days for area in range(6)
    ]
    placed = "".join(f"A{area},{40 + area},33,1000\n" for area in range(6))
    paths = files(tmp_path, "area,date,cases\n" + "".join(rows), "area,lon,lat,population\n" + placed)
    given = cases.read(*paths, time="date", degrees=True)
    even = scanned.scan(given, paths[0], how(prospective=True, max_days=3, max_population=0.5), rng=dice())
    weekly = scanned.scan(
        given, paths[0], how(prospective=True, max_days=3, max_population=0.5, weekdays=True), rng=dice()
    )
    assert even[0]["p_value"] == 0.01
    assert not weekly or weekly[0]["p_value"] > 0.05
    months = cases.read(*files(tmp_path, CASES.replace("-03,", "-01,").replace("-04", "-01").replace("-05", "-01")
                               .replace("C,2014-08", "C,2014-09")), time="date", degrees=True)  # fmt: skip
    with pytest.raises(InputError, match="expects nothing of a day of the week"):
        scanned.scan(given, paths[0], how(model=ScanModel.PERMUTATION, weekdays=True), rng=dice())
    with pytest.raises(InputError, match="counted by the"):
        scanned.scan(months, paths[0], how(weekdays=True), rng=dice())
