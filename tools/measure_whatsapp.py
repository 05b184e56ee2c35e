"""Measure how fast WhatsApp chats are read, beside a regular expression that only finds their headings.

Run from the checkout: `.venv/bin/python tools/measure_whatsapp.py [MESSAGES]`. The chats are made up of a few words.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

import numpy as np

from fanal.cli.dice import generator
from fanal.sources import whatsapp
from fanal.sources.mapping import FieldMapping

MESSAGES = 300_000
PEOPLE = 200
ROUNDS = 3
SEED = 1
ZONE = FieldMapping(timezone="Asia/Baghdad")
ENGLISH = (
    "the",
    "road",
    "to",
    "the",
    "north",
    "is",
    "open",
    "and",
    "there",
    "is",
    "water",
    "at",
    "the",
    "school",
)
ARABIC = (
    "الطريق",
    "إلى",
    "الشمال",
    "مفتوح",
    "اليوم",
    "وهناك",
    "ماء",
    "في",
    "المدرسة",
    "ننتظر",
    "الأخبار",
    "منهم",
)
INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
HEADING = re.compile(
    r"^\u200f?\[?([\d\u200f/.]+)[,،] ([\d:]+)(?: ([صم]))?\]?(?: -)? ([^:]+): (.*)", re.MULTILINE
)


def android(time: datetime, name: int, text: str) -> str:
    """Return a message as an Android phone in English writes it."""
    return f"{time.day}/{time.month}/{time:%y}, {time:%H:%M} - Person {name}: {text}\n"


def iphone(time: datetime, name: int, text: str) -> str:
    """Return a message as an iPhone in Arabic writes it."""
    clock = f"{time.hour % 12 or 12}:{time:%M:%S}"
    written = f"{time.day}\u200f/{time.month}\u200f/{time.year}، {clock}".translate(INDIC)
    return f"\u200f[{written} {'م' if time.hour >= 12 else 'ص'}] شخص {name}: {text}\r\n"


def write(
    file: Path,
    form: Callable[[datetime, int, str], str],
    words: tuple[str, ...],
    messages: int,
    rng: np.random.Generator,
) -> None:
    """Write a chat: 3 to 24 words a message, every twentieth over two lines."""
    time = datetime(2019, 1, 1)  # noqa: DTZ001 - phones write no zone
    with file.open("w", encoding="utf-8", newline="") as out:
        for number in range(messages):
            seconds, name, size, first = rng.integers((1, 0, 3, 0), (300, PEOPLE, 25, len(words))).tolist()
            time += timedelta(seconds=seconds)
            said = [words[(first + place) % len(words)] for place in range(size)]
            said[1:1] = ["\n"] * (number % 20 == 0)
            out.write(form(time, name, " ".join(said)))


def fastest(run: Callable[[], int]) -> tuple[int, float]:
    """Return what a run counts and the seconds of processor time of the fastest of some: others may use the machine."""
    taken = []
    for _ in range(ROUNDS):
        start = process_time()
        found = run()
        taken.append(process_time() - start)
    return found, min(taken)


def main(messages: int) -> None:
    """Print messages a second of both forms, and of the expression alone."""
    with tempfile.TemporaryDirectory() as folder:
        for form, words in ((android, ENGLISH), (iphone, ARABIC)):
            file = Path(folder) / f"{form.__name__}.txt"
            write(file, form, words, messages, generator(SEED))

            def read(file: Path = file) -> int:
                return sum(len(reading.posts) for reading in whatsapp.read(file, mapping=ZONE))

            def find(file: Path = file) -> int:
                return sum(1 for _ in HEADING.finditer(file.read_text(encoding="utf-8")))

            found, seconds = fastest(read)
            headings, alone = fastest(find)
            print(
                f"{form.__name__}, {file.stat().st_size >> 20} MB: {found / seconds:,.0f} messages/s; "
                f"a regular expression for the headings {headings / alone:,.0f}/s; 1 / {seconds / alone:.1f} of that"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES)
