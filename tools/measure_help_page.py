"""Measure the help page on this machine: answers a second on one core, and the time of each, over loopback.

    python tools/measure_help_page.py examples/help.toml --seconds 5
    python tools/measure_help_page.py --services 2000     # a made-up list with 300 places

Start and search are answered from memory; each other kind is made anew, for no form is sent twice. The page runs in a
process of its own, bound to one core where the system lets it; this process asks over a few connections that stay
open, one question after the other on each. Prints one line for each kind of question.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product, repeat
from pathlib import Path
from urllib.parse import urlencode

from fanal.cli.dice import generator
from fanal.model.service import Need

CHOICES = {
    "need": ("", "legal", "health", "shelter", "food"),
    "area": ("", "pcode:T1", "pcode:T1A", "pcode:T2"),
    "spoken": ("", "ar", "ckb", "kmr", "fr"),
    "sex": ("", "female", "male"),
    "age": ("", "child", "grown"),
    "status": ("", "displaced", "refugee", "migrant", "returnee", "resident"),
    "way": ("", "in_person", "phone"),
    "far": ("", "here"),
    "free": ("", "1"),
    "lang": ("ar", "en", "ckb", "tr"),
}
ALWAYS = "need=legal&area=pcode%3AT1A&spoken=ar&sex=female&age=grown&status=displaced&way=&far=&lang=ar"
PLACES = 300
CONNECTIONS = 8
WARM_UP = 0.5  # seconds that are not counted


def request(body: bytes) -> bytes:
    """Return a question as a browser sends it."""
    head = "POST /help HTTP/1.1" if body else "GET /help HTTP/1.1"
    lines = [
        head,
        "Host: 127.0.0.1",
        "User-Agent: Mozilla/5.0 (Linux; U; Android 4.1)",
        "Accept: text/html",
        "Accept-Language: ar",
        "Accept-Encoding: gzip, deflate",
    ]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def forms(more: str) -> Iterator[bytes]:
    """Give requests with forms that are all different, in an order that mixes them."""
    every = [dict(zip(CHOICES, one, strict=True)) for one in product(*CHOICES.values())]
    step = 7919  # prime to their number, so that all are passed once
    for number in range(len(every)):
        yield request((urlencode(every[number * step % len(every)]) + more).encode())


def made_up(services: int) -> str:
    """Return a list of services that nobody offers, in 300 places."""
    rng = generator(7)
    codes = ["T1", "T1A", "T2", *(f"P{number}" for number in range(3, PLACES))]
    lines = ['zone = "Asia/Baghdad"']
    for number, code in enumerate(codes):
        parent = f'parent = "pcode:{codes[number % 18]}"' if number >= 18 else ""
        lines += ["[[place]]", f'code = "pcode:{code}"', f'name = "Place {code}"', parent]
    needs = list(Need)
    for number in range(services):
        chosen = [needs[one].value for one in rng.integers(0, len(needs), 2)] if number else ["helpline"]
        lines += [
            "[[service]]",
            f'name = "Centre {number}"',
            f"needs = {json.dumps(chosen)}",
            f'phones = ["+44 1632 96{number % 10000:04d}"]',
            f'area = "pcode:{codes[rng.integers(0, PLACES)]}"',
            f'place = "Street {number}"',
            f"languages = {json.dumps(['ar', 'ckb', 'en'][: rng.integers(0, 4)])}",
            f"reach = {json.dumps(['in_person', 'phone'][: rng.integers(0, 3)])}",
            f"sexes = {json.dumps(['female'][: rng.integers(0, 2)])}",
            'hours = [{ days = ["MO", "TU", "WE", "TH", "SU"], opens = "08:30", closes = "15:00" }]',
            'verified = { who = "Example desk", at = 2026-01-01, until = 2099-12-31 }',
        ]
    return "\n".join(lines)


async def ask(port: int, sent: Iterator[bytes], ends: float, counts: float, times: list[float]) -> None:
    """Ask over one connection until the end, noting seconds from question to whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < ends:
        writer.write(next(sent))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if began >= counts:
            times.append(time.perf_counter() - began)
    writer.close()


async def run(port: int, sent: Iterator[bytes], seconds: float, connections: int) -> list[float]:
    """Ask over several connections for some seconds."""
    now = time.perf_counter()
    times: list[float] = []
    asked = [ask(port, sent, now + WARM_UP + seconds, now + WARM_UP, times) for _ in range(connections)]
    await asyncio.gather(*asked)
    return sorted(times)


def main() -> None:
    """Serve, ask, tell, end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path, nargs="?", default=Path("examples/help.toml"))
    parser.add_argument("--services", type=int, help="so many made-up ones, in place of a list")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.services:
            given.list = Path(folder) / "made.toml"
            given.list.write_text(made_up(given.services), encoding="utf-8")
        measure(given)


def measure(given: argparse.Namespace) -> None:
    """Serve a list, and ask."""
    kinds: dict[str, Iterator[bytes]] = {
        "start, from memory": repeat(request(b"")),
        "search, from memory": repeat(request(ALWAYS.encode())),
        "search, made anew": forms(""),
        "open now, made anew": forms("&open=1"),
        "messages, made anew": forms("&as=messages"),
    }
    command = "from fanal.cli.main import run; run()"
    with subprocess.Popen(
        [sys.executable, "-c", command, "services", "page", str(given.list), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    ) as page:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(page.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:] or cores)
        try:
            told = ""
            while "http://" not in told:
                told = page.stderr.readline() if page.stderr else ""
                if not told:
                    raise SystemExit("The page was not served.")
            port = int(told.split(":")[2].split("/")[0])
            for name, sent in kinds.items():
                before = _worked(page.pid)
                times = asyncio.run(run(port, sent, given.seconds, given.connections))
                worked = _worked(page.pid) - before
                middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
                print(
                    f"{name}: {len(times) / given.seconds:,.0f} answers/s; median {middle * 1000:.1f} ms, "
                    f"p99 {late * 1000:.1f} ms; {worked / len(times) * 1e6:.0f} us of the core each"
                )
        finally:
            page.terminate()


def _worked(pid: int) -> float:
    """Return seconds of processor time that a process took."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
