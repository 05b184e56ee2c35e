"""Measure the help page on this machine: answers a second from memory on one core, and the time of each, over loopback.

    python tools/measure_help_page.py examples/help.toml --seconds 5

The page runs in a process of its own, bound to one core where the system lets it; this process asks over a few
connections that stay open, one question after the other on each. Prints one line for each kind of question.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

QUESTIONS = {
    "start": b"",
    "search": b"need=legal&area=pcode%3AT1A&spoken=&lang=ar",
}
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


async def ask(port: int, sent: bytes, ends: float, counts: float, times: list[float]) -> None:
    """Ask over one connection until the end, noting seconds from question to whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < ends:
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if began >= counts:
            times.append(time.perf_counter() - began)
    writer.close()


async def run(port: int, sent: bytes, seconds: float, connections: int) -> list[float]:
    """Ask over several connections for some seconds."""
    now = time.perf_counter()
    times: list[float] = []
    asked = [ask(port, sent, now + WARM_UP + seconds, now + WARM_UP, times) for _ in range(connections)]
    await asyncio.gather(*asked)
    return sorted(times)


def main() -> None:
    """Serve, ask, tell, end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    given = parser.parse_args()
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
            for name, body in QUESTIONS.items():
                before = _worked(page.pid)
                times = asyncio.run(run(port, request(body), given.seconds, given.connections))
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
