"""Cases: a data set for a scan, of anybody's, as two tables: areas with their points, and counts by area and date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
from numpy.typing import NDArray

from fanal.evaluate.steps import Step, all_between, step_of
from fanal.model.error import InputError
from fanal.risk.binomial import MOST_PEOPLE

_HEAD = 2  # the line of a file's first row: a header stands above it
_POINTS = (("lon", "lat"), ("longitude", "latitude"), ("x", "y"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Hold A areas and what was counted in them, in P periods."""

    areas: tuple[str, ...]  # A
    x: NDArray[np.float64]  # A; degrees east, or any unit
    y: NDArray[np.float64]  # A; degrees north, or the same unit
    periods: tuple[date | None, ...]  # P, without gaps; one None where nothing is dated
    step: Step
    counts: NDArray[np.int64]  # [P, A]
    people: NDArray[np.float64] | None  # [P, A]; None: not told


def read(cases: Path, areas: Path, *, time: str | None, degrees: bool, populated: bool = True) -> Cases:
    """Read two tables of comma-separated values with a header.

    The table of areas has `area` and `lon`, `lat` (or `x`, `y`), and may have `population`. That of cases has `area`,
    `cases`, a column of dates if one is named, and may have `population`; rows of the same area and date are added
    up. An area without a row has no cases; where people are told by date, a date without a row has the area's mean.

    Args:
        cases: the file of cases.
        areas: the file of areas.
        time: the column of dates, as YYYY-MM-DD or YYYY; None: nothing is dated.
        degrees: points must be degrees.
        populated: columns of population are read; a permutation scan needs none.

    Raises:
        InputError: what cannot be scanned, with its area or its row.
    """
    # 1. The areas, each with a point of its own.
    placed = _table(areas)
    names: list[str] = _texts(placed, "area", areas).to_pylist()
    _no_twins(names, areas, "The area {} stands twice")
    pair = next((pair for pair in _POINTS if set(pair) <= set(placed.column_names)), None)
    if pair is None:
        raise InputError(f"{areas} has no columns lon and lat, or x and y.", hint="Give each area a point.")
    x, y = (_numbers(placed, name, areas) for name in pair)
    _check_points(x, y, names, areas, degrees)
    if len(names) < 2:
        raise InputError(f"{areas} has {len(names)} area.", hint="A scan compares areas: give at least two.")

    # 2. The rows of cases, each with its area and its period.
    rows = _table(cases)
    _texts(rows, "area", cases)
    at = pc.fill_null(pc.index_in(rows["area"], pa.array(names)), -1).to_numpy()
    if (at < 0).any():
        row = int(np.argmax(at < 0))
        raise InputError(
            f"{cases}, line {row + _HEAD}: the area {rows['area'][row]} is not in {areas}.",
            hint="Add it there with its point, or remove the row.",
        )
    number = _numbers(rows, "cases", cases)
    _check_counts(number, rows, cases)
    periods, step, when = _periods(rows, time, cases)

    # 3. The counts, and the people if they are told.
    counts = np.zeros((len(periods), len(names)), np.int64)
    np.add.at(counts, (when, at), number.astype(np.int64))
    people = _people(rows, placed, cases, areas, at, when, counts, names, periods) if populated else None
    return Cases(
        areas=tuple(names), x=x, y=y, periods=tuple(periods), step=step, counts=counts, people=people
    )


def _table(path: Path) -> pa.Table:
    """Return the columns of a file, all as text, blanks around them cut off."""
    once = pv.ReadOptions(use_threads=False)
    try:
        with pv.open_csv(path, read_options=once) as reader:
            head = reader.schema.names
        options = pv.ConvertOptions(column_types=dict.fromkeys(head, pa.string()), strings_can_be_null=False)
        table = pv.read_csv(path, read_options=once, convert_options=options)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.", hint="Check the path.") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path} cannot be read as a table: {str(error).splitlines()[0]}.",
            hint="Save it as CSV, UTF-8, with a header.",
        ) from error
    if not len(table):
        raise InputError(f"{path} has no rows below its header.", hint="Write one row for each area.")
    names = [name.strip().lower() for name in table.column_names]
    return pa.table(
        {name: pc.utf8_trim_whitespace(column) for name, column in zip(names, table.columns, strict=True)}
    )


def _column(table: pa.Table, name: str, path: Path) -> pa.ChunkedArray:
    """Return a column that must be there."""
    if name not in table.column_names:
        raise InputError(
            f"{path} has no column {name}; it has {', '.join(table.column_names)}.",
            hint="Name the column so.",
        )
    return table[name]


def _texts(table: pa.Table, name: str, path: Path) -> pa.ChunkedArray:
    """Return a column of names, none empty."""
    texts = _column(table, name, path)
    row = pc.index(texts, "").as_py()
    if row >= 0:
        raise InputError(f"{path}, line {row + _HEAD}: the {name} is empty.", hint="Write its name.")
    return texts


def _numbers(table: pa.Table, name: str, path: Path) -> NDArray[np.float64]:
    """Return a column of numbers, all finite."""
    texts = _column(table, name, path)
    try:
        numbers: NDArray[np.float64] = pc.cast(texts, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        numbers = np.array([_number(text) for text in texts.to_pylist()])
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{path}, line {row + _HEAD}: {name} is {texts[row].as_py()!r}, no number.",
            hint="Write a number.",
        )
    return numbers


def _number(text: str) -> float:
    """Return a text as a number, NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _no_twins(names: Sequence[str], path: Path, sentence: str) -> None:
    """Raise where a name stands twice."""
    seen: dict[str, int] = {}
    for row, name in enumerate(names):
        if name in seen:
            raise InputError(
                f"{sentence.format(name)}: {path}, lines {seen[name] + _HEAD} and {row + _HEAD}.",
                hint="Write each area once.",
            )
        seen[name] = row


def _check_points(
    x: NDArray[np.float64], y: NDArray[np.float64], names: Sequence[str], path: Path, degrees: bool
) -> None:
    """Raise for points that are no degrees, and for two areas at one point."""
    wrong = (np.abs(x) > 180) | (np.abs(y) > 90)
    if degrees and wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{path}, line {row + _HEAD}: {names[row]} lies at {x[row]:g}, {y[row]:g}, no longitude and latitude.",
            hint="Longitude comes first; or measure on a plane with --distance euclidean.",
        )
    order = np.lexsort((y, x))
    same = (np.diff(x[order]) == 0) & (np.diff(y[order]) == 0)
    if same.any():
        one, two = sorted(order[int(np.argmax(same)) :][:2].tolist())
        raise InputError(
            f"{path}, lines {one + _HEAD} and {two + _HEAD}: {names[one]} and {names[two]} have the same point.",
            hint="Put them together as one area, or give each its own point.",
        )


def _check_counts(number: NDArray[np.float64], rows: pa.Table, path: Path) -> None:
    """Raise for counts that are negative or not whole."""
    for wrong, what in ((number < 0, "negative"), (number != np.floor(number), "no whole number")):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError(
                f"{path}, line {row + _HEAD}: {rows['area'][row]} has {rows['cases'][row]} cases, which is {what}.",
                hint="A scan counts: give whole numbers from 0.",
            )


def _periods(
    rows: pa.Table, time: str | None, path: Path
) -> tuple[list[date | None], Step, NDArray[np.int64]]:
    """Return the periods without gaps, their step, and the period of each row."""
    if time is None:
        return [None], Step.DAY, np.zeros(len(rows), np.int64)
    texts = _column(rows, time.strip().lower(), path).combine_chunks().dictionary_encode()
    number_of = texts.indices.to_numpy()
    written: list[str] = texts.dictionary.to_pylist()
    days = [_day(text, time, path, int(np.argmax(number_of == at))) for at, text in enumerate(written)]
    present = set(days)
    step = step_of(days)
    every = all_between(min(present), max(present), step)
    gap = next((day for day in every if day not in present), None)
    if gap is not None:
        raise InputError(
            f"{path} has no row for the {step.value} {gap}, between {min(present)} and {max(present)}.",
            hint="Write a row with 0 cases where nothing was counted, or leave out what lies before a gap.",
        )
    at = {day: number for number, day in enumerate(every)}
    return list(every), step, np.array([at[day] for day in days], np.int64)[number_of]


def _day(text: str, time: str, path: Path, row: int) -> date:
    """Return a date written as YYYY-MM-DD, YYYY-MM or YYYY, also with slashes."""
    parts = text.replace("/", "-").split("-")
    try:
        year, month, day = (*(int(part) for part in parts), *(1, 1)[len(parts) - 1 :])
        return date(year, month, day)
    except ValueError as error:
        raise InputError(
            f"{path}, line {row + _HEAD}: {time} is {text!r}, no date.", hint="Write dates as 2014-08-03."
        ) from error


def _people(
    rows: pa.Table,
    placed: pa.Table,
    cases: Path,
    areas: Path,
    at: NDArray[np.int64],
    when: NDArray[np.int64],
    counts: NDArray[np.int64],
    names: Sequence[str],
    periods: Sequence[date | None],
) -> NDArray[np.float64] | None:
    """Return people by period and area, from the rows of cases or else from the table of areas."""
    if "population" in rows.column_names:
        told = _numbers(rows, "population", cases)
        _not_negative(told, rows, cases)
        people = np.full(counts.shape, np.nan)
        people[when, at] = 0.0
        np.add.at(people, (when, at), told)
        there = ~np.isnan(people)
        untold = ~there.any(axis=0)
        if untold.any() and "population" not in placed.column_names:
            nowhere = names[int(np.argmax(untold))]
            raise InputError(
                f"{cases} has no row for {nowhere}, and so nothing says how many live there.",
                hint="Write a row with its population and 0 cases, or a column population in the table of areas.",
            )
        mean = np.where(there, people, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        if untold.any():
            elsewhere = _numbers(placed, "population", areas)
            _not_negative(elsewhere, placed, areas)
            mean = np.where(untold, elsewhere, mean)
        people = np.where(there, people, mean)
    elif "population" in placed.column_names:
        told = _numbers(placed, "population", areas)
        _not_negative(told, placed, areas)
        people = np.tile(told, (len(counts), 1))
    else:
        return None
    nobody = (counts > 0) & (people <= 0)
    if nobody.any():
        period, area = map(int, np.argwhere(nobody)[0])
        when_told = f" on {periods[period]}" if periods[period] else ""
        raise InputError(
            f"{cases}: {names[area]} has {counts[period, area]} cases{when_told} and nobody who lives there.",
            hint="Give its population, or remove its cases.",
        )
    return people


def _not_negative(told: NDArray[np.float64], table: pa.Table, path: Path) -> None:
    """Raise for fewer people than none."""
    if (told < 0).any():
        row = int(np.argmax(told < 0))
        raise InputError(
            f"{path}, line {row + _HEAD}: {table['area'][row]} has {told[row]:g} people.",
            hint="Give a number from 0.",
        )


def refuse(sentence: str, hint: str) -> NoReturn:
    """Raise the error of a data set that a model cannot take."""
    raise InputError(sentence, hint=hint)


def whole_people(cases: Cases, path: Path) -> NDArray[np.int64]:
    """Return people as whole numbers, none fewer than the cases, for a binomial scan.

    Raises:
        InputError: names the area.
    """
    people: NDArray[Any] = cases.people if cases.people is not None else np.zeros_like(cases.counts)
    if people.sum() > MOST_PEOPLE:
        refuse(
            f"{path} has {people.sum():,.0f} people, counted in each {cases.step.value}.",
            f"The binomial model takes at most {MOST_PEOPLE:,}; where cases are few beside them, take poisson.",
        )
    for wrong, what in (
        (people != np.floor(people), "people that are no whole number"),
        (people < cases.counts, "more cases than people"),
    ):
        if wrong.any():
            _, area = map(int, np.argwhere(wrong)[0])
            refuse(
                f"{path}: {cases.areas[area]} has {what}.",
                "In the binomial model a case is one of the people.",
            )
    return people.astype(np.int64)
