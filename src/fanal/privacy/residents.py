"""The residents of areas, as the gate counts them: cautiously, and of larger areas as the sum of those inside."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.area import lineage
from fanal.model.group import Group


def residents(population: pa.Table, areas: pa.Table) -> dict[str, int]:
    """Return the residents of each area: the least of all years, or the sum of the areas inside it.

    Args:
        population: POPULATION_SCHEMA.
        areas: AREA_SCHEMA.

    Returns:
        People by area code; an area of which nothing is known is left out.
    """
    rows = population.filter(pc.field("group") == Group.RESIDENTS.value)
    least = rows.group_by("area", use_threads=False).aggregate([("people", "min")])
    known = dict(zip(least["area"].to_pylist(), least["people_min"].to_pylist(), strict=True))
    parent: Mapping[str, str | None] = dict(
        zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True)
    )
    sums: dict[str, int] = {}
    for area, people in known.items():
        for above in lineage(area, parent)[1:]:
            if above in known:
                break  # its own number holds, for it and for all above
            sums[above] = sums.get(above, 0) + people
    return sums | known
