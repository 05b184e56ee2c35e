"""Measure the gap map: how long areas, groups and services take that nobody offers and nobody lives in.

python tools/measure_gap.py --areas 500 --services 10000
"""

import argparse
import json
import resource
import uuid
from datetime import UTC, date, datetime, timedelta
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa

from fanal.cli.dice import generator
from fanal.help.assumed import Assumed
from fanal.help.danger import Danger
from fanal.help.doors import Doors
from fanal.help.gap import Wanted, gap
from fanal.help.ground import Ground
from fanal.model.area import AREA_SCHEMA
from fanal.model.capacity import Capacity
from fanal.model.circle import Circle
from fanal.model.group import PEOPLE_SCHEMA, Group
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.model.service import (
    Location,
    Need,
    Organization,
    Provenance,
    Reach,
    Served,
    Service,
    State,
    Verification,
)

SEED = 7
TODAY = date(2026, 1, 5)
EVERYBODY = Served(least_age=None, most_age=None, sexes=frozenset(), statuses=frozenset(), said="")
UNSAID = 1 / 3
"""Share of services that do not say how much they have."""


def service(rng: np.random.Generator, number: int) -> Service:
    """Return a service with one place and, mostly, a capacity."""
    place = Location(
        id=f"l{number}",
        kind="physical",
        name="",
        point=(rng.uniform(39, 48), rng.uniform(29, 37)),
        area=None,
        confidential=False,
        at="at",
        phones=(),
        openings=(),
    )
    beds = Capacity(
        id="c",
        unit="bed",
        available=None,
        least=None,
        most=float(rng.integers(1, 200)),
        updated=None,
        said="",
    )
    return Service(
        id=str(uuid.UUID(int=number)),
        name=f"Service {number}",
        organization=Organization(id="o", name="An organisation", parent=None, phones=()),
        state=State.ACTIVE,
        needs=frozenset({Need.SHELTER}),
        languages=frozenset(),
        serves=EVERYBODY,
        costs=(),
        reach=frozenset({Reach.IN_PERSON}),
        areas=frozenset(),
        locations=(place,),
        phones=(),
        openings=(),
        confidential=False,
        provenance=Provenance(source="made up", row=str(number)),
        verification=Verification(
            who="nobody",
            at=datetime(2026, 1, 1, tzinfo=UTC),
            until=TODAY + timedelta(days=30),
            digest="sha256:",
        ),
        same_as=(),
        capacities=() if rng.random() < UNSAID else (beds,),
    )


def people(rng: np.random.Generator, codes: list[str]) -> Release:
    """Return a Release of people of six groups in every area."""
    groups = [one for one in Group if one is not Group.RESIDENTS]
    rows = [
        {
            "area": code,
            "group": group.value,
            "people": int(rng.integers(60, 50_000)),
            "families": None,
            "date": TODAY,
        }
        for code in codes
        for group in groups
    ]
    return Release(
        ledger_id="release:made-up",
        kind=ReleaseKind.PEOPLE,
        basis=Basis.LAYERS,
        circle=Circle.PUBLIC,
        table=pa.Table.from_pylist(rows, schema=PEOPLE_SCHEMA),
        statement=Statement(
            mechanism="none",
            unit="none",
            epsilon=None,
            scale=None,
            threshold=None,
            max_cells=None,
            delay_days=0,
            sources=("made up",),
        ),
        made_at=datetime(2026, 1, 5, tzinfo=UTC),
    )


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=500)
    parser.add_argument("--services", type=int, default=10_000)
    given = parser.parse_args()
    rng = generator(SEED)
    codes = [f"own:{number}" for number in range(given.areas)]
    areas = pa.Table.from_pylist(
        [
            {
                "area": code,
                "level": 2,
                "name": code,
                "lon": float(rng.uniform(39, 48)),
                "lat": float(rng.uniform(29, 37)),
            }
            for code in codes
        ],
        schema=AREA_SCHEMA,
    )
    release = people(rng, codes)
    services = [service(rng, number) for number in range(given.services)]
    began = perf_counter()
    doors = Doors(services, Ground(areas), shown_until=lambda _: TODAY + timedelta(days=30))
    made = perf_counter()
    worked = process_time()
    found = gap(
        doors,
        [release],
        areas=areas,
        circle=Circle.PUBLIC,
        today=TODAY,
        danger=Danger(blocked=frozenset(codes[:5]), crossings=frozenset({(codes[6], codes[7])})),
        hidden=frozenset(),
        require=lambda _: None,
        wanted=Wanted(),
        assumed=Assumed(),
        dice=generator,
        seed=SEED,
    )
    facts = {
        "areas": given.areas,
        "services": given.services,
        "rows": len(found.rows),
        "columns_seconds": round(made - began, 2),
        "gap_seconds": round(perf_counter() - made, 2),
        "processor_seconds": round(process_time() - worked, 2),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
