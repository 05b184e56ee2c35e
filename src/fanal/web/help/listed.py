"""The list of places on the help page: governorates and districts, and where they are too many, those that matter."""

from collections.abc import Iterable

import pyarrow as pa

from fanal.model.area import coded
from fanal.model.service import Service
from fanal.web.help.shown import Place
from fanal.web.help.site import MOST_PLACES

_LEVELS = (1, 2)  # governorates, districts: nobody looks for a country here


def listed(areas: pa.Table, services: Iterable[Service]) -> tuple[Place, ...]:
    """Return places out of AREA_SCHEMA, in its order.

    All of them where they fit on the page; else those in which or for which a service is, with what holds them; else
    the governorates among those.
    """
    rows = [row for row in areas.drop_columns(["geometry"]).to_pylist() if row["level"] in _LEVELS]
    parents = {row["area"]: row["parent"] for row in rows}
    if len(rows) > MOST_PLACES:
        kept: set[str] = set()
        for service in services:
            for code in service.areas | {one.area for one in service.locations if one.area}:
                step: str | None = coded(code)
                while step is not None and step in parents and step not in kept:
                    kept.add(step)
                    step = parents[step]
        rows = [row for row in rows if row["area"] in kept]
    if len(rows) > MOST_PLACES:
        rows = [row for row in rows if row["level"] == _LEVELS[0]]
    return tuple(
        Place(
            code=row["area"],
            name=row["name"],
            parent=row["parent"],
            names={code: row[f"name_{code}"] for code in ("ar", "fr") if row[f"name_{code}"]},
        )
        for row in rows
    )
