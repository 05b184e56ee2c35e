"""Reading takes time in proportion to the input: for eight times as much not nearly sixty-four times as long."""

from pathlib import Path
from time import process_time

import pytest

from fanal.model.error import InputError
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping

SMALL_BYTES = 1 << 18
TIMES = 8
QUADRATIC = TIMES * TIMES
ROUNDS = 2

GOOD = b'{"id": 1, "time": 1407042000, "text": "a"}\n'
HEAD = b"id,time,text\n1,1407042000,a\n"
CHAT = b"31.12.20, 23:59 - A: a\n"

PATTERNS = {
    "brackets": ("jsonl", GOOD, b'{"x": ' + b"[" * 900 + b"\n"),
    "nothing but brackets": ("jsonl", GOOD, b"[\n"),
    "blank lines": ("jsonl", GOOD, b" \n"),
    "escapes": ("jsonl", GOOD, b'{"text": "' + b"\\u0041" * 200 + b'", "time": 1407042000}\n'),
    "late fields": (
        "jsonl",
        GOOD,
        b'{"id": 2, "time": 1407042000, "text": "a", "user": {"lon": 1}, "lon": null}\n',
    ),
    "late fields of two kinds": (
        "jsonl",
        GOOD,
        b'{"text": "a", "time": 1, "lon": 1, "lat": 1}\n{"text": "a", "lon": "1"}\n',
    ),
    "opening quotes": ("csv", HEAD, b'2,1407042000,"a\n'),
    "quotes in quotes": ("csv", HEAD, b'2,1407042000,"a""""b"\n'),
    "carriage returns": ("csv", HEAD, b"2,1407042000,a\r"),
    "commas": ("csv", HEAD, b",\n"),
    "objects in objects": ("telegram", b'{"messages": [', b'{"a": {"b": 1}}, '),
    "headings without an end": ("whatsapp", CHAT, b"31.12.20, 23:59 " + b"x" * 40),
    "many lines of one message": ("whatsapp", CHAT, b"31.12.20, 23:59\n"),
    "angle brackets": ("whatsapp", CHAT, b"31.12.20, 23:59 - A: " + b"<a" * 99 + b">\n"),
    "quotes without an end": ("whatsapp", CHAT, b'31.12.20, 23:59 - "a "b "c\n'),
    "stray brackets": ("telegram", b'{"messages": [', b"}, [], "),
    "texts in pieces that are odd": ("telegram", b'{"messages": [', b'{"text": ["a", {"text": 5}]}, '),
    "odd messages among sound ones": (
        "telegram",
        b'{"messages": [',
        b'{"text": "a", "date_unixtime": "1407042000"}, ' * 9 + b'{"text": 5}, ',
    ),
    "lists outside of lists": ("telegram", b'{"messages": [], ', b'"x": [{"messages": []}], '),
    "keys that are no lists": ("facebook", b'{"posts_v2": [], ', b'"data": {"timestamp": 1}, '),
    "marks without an end": ("facebook", b'[{"timestamp": 1407042000, "post": "a"}, ', b'{"data": '),
    "broken UTF-8": (
        "facebook",
        b'{"posts_v2": [',
        b'{"timestamp": 1407042000, "post": "' + b"\\u00c3" * 99 + b'"}, ',
    ),
    "markup": (
        "activitystreams",
        b'{"orderedItems": [',
        b'{"type": "Note", "to": "as:Public", "content": "' + b"<!--<a b='" * 99 + b'"}, ',
    ),
    "names of comments": ("instagram", b'{"ig_stories": [', b'{"string_map_data": {"a": {"value": ""}}}, '),
}


def fastest(path: Path, form: str) -> float:
    """Return the seconds of the fastest of some readings."""
    taken = []
    for _ in range(ROUNDS):
        start = process_time()
        try:
            for _reading in catalogue.find(form).read(path, mapping=FieldMapping()):
                pass
        except InputError:
            pass  # such as an export that breaks off: it was read to that place
        taken.append(process_time() - start)
    return min(taken)


@pytest.mark.parametrize("name", PATTERNS)
def test_time_is_linear_in_the_input(tmp_path: Path, name: str) -> None:
    form, head, pattern = PATTERNS[name]
    seconds = []
    for size in (SMALL_BYTES, SMALL_BYTES * TIMES):
        path = tmp_path / f"{size}.txt"
        path.write_bytes(head + pattern * (size // len(pattern)))
        seconds.append(fastest(path, form))
    assert seconds[1] < seconds[0] * QUADRATIC / 2, seconds
