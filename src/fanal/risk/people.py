"""People of each group in each area, as the newest public layers count them; nothing is estimated."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.group import PEOPLE_SCHEMA, Group
from fanal.risk.known import SMALL_GROUP, STALE_DAYS


def people(
    *, areas: pa.Table, population: pa.Table | None, displacement: pa.Table | None, today: date
) -> pa.Table:
    """Return the newest count of each area that holds no other, and each group.

    Larger areas have no row: their sums would tell what an area has that is held back.

    Of a population the newest year up to this one counts, or else the first there is; of displacement the newest round
    of each area, while it is not stale on the day of the newest round of all. Displaced people are told by the layer
    that counted them last. A group of fewer than SMALL_GROUP people is not told, as in the index.

    Args:
        areas: AREA_SCHEMA.
        population: POPULATION_SCHEMA, or None: no such layer.
        displacement: DISPLACEMENT_SCHEMA, or None.
        today: the day.

    Returns:
        PEOPLE_SCHEMA, by area and group.
    """
    found = {(row["area"], row["group"]): row for row in _of_years(population, today)}
    for row in sorted(_of_rounds(displacement), key=lambda row: row["date"]):
        key = (row["area"], row["group"])
        if key not in found or row["date"].year >= found[key]["date"].year:
            found[key] = row
    finest = set(areas["area"].to_pylist()) - set(areas["parent"].to_pylist())
    rows = [found[key] for key in sorted(found) if key[0] in finest]
    return pa.Table.from_pylist(rows, schema=PEOPLE_SCHEMA)


def _of_years(population: pa.Table | None, today: date) -> list[dict[str, Any]]:
    """Return people by area and group; where two layers count the same, the larger number."""
    if population is None:
        return []
    known = population.filter(pc.is_in(population["group"], pa.array([one.value for one in Group])))
    most = known.group_by(["area", "group", "year"], use_threads=False).aggregate([("people", "max")])
    chosen: dict[tuple[str, str], dict[str, Any]] = {}

    def nearer(year: int) -> tuple[bool, int]:
        return year <= today.year, year if year <= today.year else -year

    for row in most.to_pylist():
        key = (row["area"], row["group"])
        if key not in chosen or nearer(row["year"]) > nearer(chosen[key]["year"]):
            chosen[key] = row
    return [
        {
            "area": area,
            "group": group,
            "people": row["people_max"]
            if group == Group.RESIDENTS or row["people_max"] >= SMALL_GROUP
            else None,
            "families": None,
            "date": date(row["year"], 12, 31),
        }
        for (area, group), row in chosen.items()
    ]


def _of_rounds(displacement: pa.Table | None) -> list[dict[str, Any]]:
    """Return families of the rounds that are not stale on the day of the newest."""
    if displacement is None or not len(displacement):
        return []
    oldest = pc.max(displacement["date"]).as_py() - timedelta(days=STALE_DAYS)
    holding = displacement.filter(pc.greater_equal(displacement["date"], pa.scalar(oldest, pa.date32())))
    return [
        {
            "area": row["area"],
            "group": Group.DISPLACED.value,
            "people": None,
            "families": row["families"],
            "date": row["date"],
        }
        for row in holding.select(["area", "families", "date"]).to_pylist()
    ]
