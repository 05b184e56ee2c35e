"""Measure matching: how long a directory takes to become columns, and how long a question takes to be answered.

python tools/measure_match.py --services 100000 --questions 500
"""

import argparse
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

import numpy as np

from fanal.cli.dice import generator
from fanal.facts import iraq
from fanal.help.danger import Danger
from fanal.help.doors import Doors
from fanal.help.ground import Ground
from fanal.help.match import match
from fanal.help.question import Question
from fanal.model.layer import LayerKind
from fanal.model.service import (
    Cost,
    Location,
    Need,
    Opening,
    Organization,
    Phone,
    Provenance,
    Reach,
    Served,
    Service,
    Sex,
    State,
    Status,
)

SEED = 7
LANGUAGES = ("ar", "ckb", "kmr", "ku", "en", "fr", "fa", "tr")
ZONE = ZoneInfo("Asia/Baghdad")
START = datetime(2026, 1, 5, tzinfo=UTC)


def some(rng: np.random.Generator, values: tuple, most: int) -> frozenset:  # type: ignore[type-arg]
    """Return up to so many of some values."""
    return frozenset(values[n] for n in rng.integers(0, len(values), rng.integers(0, most + 1)))


def opening(rng: np.random.Generator) -> Opening:
    """Return one of many thousand openings."""
    monthly = bool(rng.random() < 0.1)
    days = tuple(some(rng, ("MO", "TU", "WE", "TH", "SA", "SU"), 5))
    return Opening(
        id="o",
        opens_at=time(int(rng.integers(0, 24)), int(rng.integers(0, 4)) * 15),
        closes_at=time(int(rng.integers(0, 24)), int(rng.integers(0, 4)) * 15),
        days=tuple(f"{rng.integers(1, 5)}{day}" for day in days[:1]) if monthly else days,
        monthly=monthly,
        interval=1,
        month_days=(),
        first=date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 300))) if rng.random() < 0.3 else None,
        last=None,
        offset_hours=None,
        said="",
    )


def service(rng: np.random.Generator, number: int, codes: list[str]) -> Service:
    """Return a service that nobody offers."""
    hidden = bool(rng.random() < 0.05)
    openings = tuple(opening(rng) for _ in range(rng.integers(0, 3)))
    places = tuple(
        Location(
            id=f"l{number}",
            kind="physical",
            name="",
            point=None if hidden or rng.random() < 0.2 else (rng.uniform(39, 48), rng.uniform(29, 37)),
            area=codes[rng.integers(0, len(codes))],
            confidential=hidden,
            at="",
            phones=(),
            openings=(),
        )
        for _ in range(rng.integers(0, 3))
    )
    served = Served(
        least_age=18.0 if rng.random() < 0.2 else None,
        most_age=17.0 if rng.random() < 0.1 else None,
        sexes=frozenset({Sex.FEMALE}) if rng.random() < 0.2 else frozenset(),
        statuses=some(rng, tuple(Status), 1),
        said="",
    )
    phone = Phone(id="p", number="1", e164=None, extension="", kind="", languages=frozenset())
    return Service(
        id=str(uuid.UUID(int=number)),
        name=f"Service {number}",
        organization=Organization(id="o", name="", parent=None, phones=()),
        state=State.ACTIVE,
        needs=some(rng, tuple(Need), 3),
        languages=some(rng, LANGUAGES, 3),
        serves=served,
        costs=tuple(
            Cost(free=bool(rng.random() < 0.8), amount=None, currency="", said="") for _ in range(number % 2)
        ),
        reach=some(rng, tuple(Reach), 2),
        areas=some(rng, tuple(codes), 2),
        locations=places,
        phones=(phone,),
        openings=openings,
        confidential=hidden,
        provenance=Provenance(source="made up", row=str(number)),
        verification=None,
        same_as=(),
    )


def question(rng: np.random.Generator, codes: list[str]) -> Question:
    """Return a question; one in ten asks for nothing at all, which is the slowest."""
    if rng.random() < 0.1:
        return Question(area=codes[rng.integers(0, len(codes))])
    return Question(
        needs=some(rng, tuple(Need), 2),
        languages=some(rng, LANGUAGES, 2),
        age=float(rng.integers(5, 70)) if rng.random() < 0.5 else None,
        sex=Sex.FEMALE if rng.random() < 0.5 else None,
        statuses=some(rng, tuple(Status), 1),
        open_now=bool(rng.random() < 0.5),
        free=bool(rng.random() < 0.3),
        reach=some(rng, tuple(Reach), 1),
        area=codes[rng.integers(0, len(codes))],
        within_km=50.0 if rng.random() < 0.3 else None,
        same_area=bool(rng.random() < 0.2),
    )


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=500)
    chosen = parser.parse_args()
    rng = generator(SEED)
    areas = next(layer.table for layer in iraq.layers() if layer.kind is LayerKind.AREAS)
    codes = areas["area"].to_pylist()
    services = [service(rng, number, codes) for number in range(chosen.services)]
    began = perf_counter()
    doors = Doors(services, Ground(areas), shown_until=lambda _: date(2026, 12, 31))
    built = perf_counter() - began
    danger = Danger(
        blocked=frozenset(codes[5:8]),
        crossings=frozenset({(codes[3], codes[4])}),
        hotspots=frozenset(codes[1:3]),
    )
    times, work, answers = [], [], 0
    for number in range(chosen.questions):
        asked = question(rng, codes)
        now = START + timedelta(hours=number)
        began, used = perf_counter(), process_time()
        answers += len(match(doors, asked, now=now, zone=ZONE, danger=danger))
        times.append(1000 * (perf_counter() - began))
        work.append(1000 * (process_time() - used))
    p50, p99 = np.percentile(times, [50, 99])
    print(
        json.dumps(
            {
                "services": chosen.services,
                "doors": len(doors),
                "build_s": round(built, 2),
                "questions": chosen.questions,
                "answers": answers,
                "p50_ms": round(float(p50), 2),
                "p99_ms": round(float(p99), 2),
                "p99_cpu_ms": round(float(np.percentile(work, 99)), 2),
                "most_ms": round(max(times), 2),
            }
        )
    )


if __name__ == "__main__":
    main()
