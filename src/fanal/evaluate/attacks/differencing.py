"""Differencing: what is left when one table is taken from another that overlaps it?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.evaluate.attacks.country import FAMILY, Country, by_family, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import AT_ONCE, halves, ways
from fanal.evaluate.attacks.target import LEAST, Target, published
from fanal.evaluate.attacks.trial import judge
from fanal.model.circle import Circle
from fanal.model.release import Release
from fanal.model.sensitive import SensitiveRule, Treatment

CROWD = 12
OPEN, COARSER, LATER = 0, 1, 2  # the districts of each governorate
_DAYS = 60

Scores = NDArray[np.float64]


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure what differences of overlapping tables tell of one author, wherever that author stands in them.

    Each governorate has a district that leaves, one that leaves only inside the governorate and one that leaves later.
    The author is in one of the three, in two governorates, so that what is taken away is known and the author is left.
    Public and partners' tables, sums of districts and governorates, later parts and the week before are taken from
    one another; a line fitted by least squares tries all sums and differences at once.
    """
    return [
        _in(target, rounds, dice, district, name)
        for district, name in (
            (OPEN, "differencing_open"),
            (COARSER, "differencing_coarser"),
            (LATER, "differencing_later"),
        )
    ]


def _in(target: Target, rounds: int, dice: np.random.Generator, district: int, name: str) -> Finding:
    """Attack an author of one kind of district."""
    worlds = max(rounds // 2, 100)
    country = Country(worlds=min(worlds, AT_ONCE), districts=3)
    codes = country.district_codes
    rules = _rules(codes)
    everywhere = [(governorate, place, "offer") for governorate in (0, 1) for place in (OPEN, COARSER, LATER)]
    crowd = CROWD * cells(country, *everywhere).astype(np.int64)
    author = cells(country, (0, district, "offer"), (1, district, "offer"))
    nobody = np.zeros(country.worlds, dtype=np.bool_)
    desk, ledger = target.desk(name)
    tables: list[dict[str, Scores]] = []
    insides: list[NDArray[np.bool_]] = []
    twice = 0
    while sum(map(len, insides)) < worlds:
        inside = halves(country.worlds, dice)
        read = []
        for there in (nobody, inside):
            week = next(target.weeks)
            rows = country.people(crowd, author, there, week=week, dice=dice)
            releases = target.publish(country, rows, ledger=ledger, week=week, rules=rules)
            twice += _drawn_twice(releases)
            read.append(
                (published(releases, Circle.PUBLIC, country), published(releases, Circle.PARTNERS, country))
            )
        now = ways(country, *read[1], crowd, author)
        tables.append(_numbers(read, crowd, country) | {"likelihood": now["both"][:, None]})
        insides.append(inside)
    desk.close()
    joined = {key: np.concatenate([one[key] for one in tables]) for key in tables[0]}
    there = np.concatenate(insides)
    found = judge(
        name,
        "public and partners' tables, later parts, the week before, and all other authors",
        _scores(joined, there),
        there,
        epsilon=LEAST.epsilon,
        cells_with_two_numbers=twice,
    )
    return replace(found, faults=(*found.faults, f"{twice} cells have two numbers.")) if twice else found


def _rules(codes: NDArray[np.str_]) -> tuple[SensitiveRule, ...]:
    """Return the sensitive list: of each governorate one district leaves coarser, and one later."""
    coarser = [
        SensitiveRule(area=code, rule=Treatment.COARSER, reason="a shelter")
        for code in codes[..., COARSER].ravel().tolist()
    ]
    later = [
        SensitiveRule(area=code, rule=Treatment.LATER, days=_DAYS, reason="a road that is in use")
        for code in codes[..., LATER].ravel().tolist()
    ]
    return (*coarser, *later)


def _drawn_twice(releases: Sequence[Release]) -> int:
    """Return how many cells stand with two different numbers in one week's Releases: a second draw of a count."""
    tables = [release.table.select(["area", "signal", "author_weeks"]) for release in releases]
    numbers = (
        pa.concat_tables(tables)
        .group_by(["area", "signal"])
        .aggregate([("author_weeks", "count_distinct", pc.CountOptions(mode="all"))])
    )
    return int(pc.sum(pc.greater(numbers["author_weeks_count_distinct"], 1)).as_py() or 0)


def _numbers(
    found: Sequence[tuple[Scores, Scores]], crowd: NDArray[np.int64], country: Country
) -> dict[str, Scores]:
    """Return what each table shows beyond what is known, by world; what is hidden counts as known."""
    known = np.broadcast_to(crowd, country.shape)
    (public_before, partners_before), (public, partners) = found
    trade = FAMILY == 0

    def beyond(shown: Scores, known: NDArray[np.int64]) -> Scores:
        return np.where(np.isnan(shown), 0.0, shown - known)

    whole = beyond(public, by_family(known))[..., 0]
    parts = beyond(partners, known)[..., trade]
    return {
        "governorates": whole.reshape(len(whole), -1),
        "districts": parts.sum(axis=-1).reshape(len(whole), -1),
        "offers": beyond(partners, known)[..., 0].reshape(len(whole), -1),
        "governorates_before": beyond(public_before, by_family(known))[..., 0].reshape(len(whole), -1),
        "offers_before": beyond(partners_before, known)[..., 0].reshape(len(whole), -1),
    }


def _scores(tables: dict[str, Scores], inside: NDArray[np.bool_]) -> dict[str, Scores]:
    """Return the attackers: sums, differences, and a line that is fitted to some of the worlds that all choose by."""
    total = {key: values.sum(axis=1) for key, values in tables.items()}
    learn = (
        len(inside) // 8
    )  # half of the worlds that all choose by: the other half shows how good the line is
    columns = np.concatenate([np.ones((len(inside), 1)), *tables.values()], axis=1)  # evidence and numbers
    line = np.linalg.lstsq(columns[:learn], inside[:learn].astype(np.float64), rcond=None)[0]
    return {
        "governorates": total["governorates"],
        "districts": total["offers"],
        "governorates and districts": total["governorates"] + total["offers"],
        "governorates less districts": total["governorates"] - total["districts"],
        "this week less the one before": total["governorates"]
        + total["offers"]
        - total["governorates_before"]
        - total["offers_before"],
        "likelihood": total["likelihood"],
        "a fitted line": columns @ line,
    }
