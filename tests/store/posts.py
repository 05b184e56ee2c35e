"""A stream of neutral posts, some of its lines broken or empty."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

TEXTS = [
    "A quiet evening in Basrah",
    "We need water and food in Sinjar",
    "The market in Erbil is open",
    "نحتاج ماء و طعام في سنجار",
    "The road to Duhok is closed",
    "Families fled from Sinjar",
]


def write_posts(path: Path, count: int, *, weeks: int = 6) -> Path:
    """Write posts over some weeks, every 500th line broken and every 700th empty."""
    start, step = datetime(2014, 6, 2, tzinfo=UTC), timedelta(weeks=weeks) / count
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            if n % 500 == 499:
                file.write("{broken\n")
                continue
            text = "" if n % 700 == 300 else f"{TEXTS[n % len(TEXTS)]}, note {n}"
            time = (start + n * step).isoformat()
            file.write(f'{{"id":"{n}","author":"a{n % 397}","time":"{time}","text":"{text}"}}\n')
    return path
