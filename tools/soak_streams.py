"""Soak `fanal follow`: a local Jetstream sends neutral posts at a rate for minutes; latency, memory and rate are told.

    python tools/soak_streams.py [--rate 2000] [--minutes 10] [--catch-up 600000]

The server has one core and the follower another, so at least two are needed. Every post is simulated: short, neutral
sentences of ours over Iraq's places. Latency is from the moment at which the server sends a post to the moment at
which the desk is seen to hold it, at most `LOOK_SECONDS` after its commit. Prints one JSON object.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from sqlalchemy import create_engine, text
from websockets.asyncio.server import ServerConnection, serve

TEXTS = [
    "A quiet evening in Basrah",
    "We need water and food in Sinjar",
    "The market in Erbil is open",
    "نحتاج ماء و طعام في سنجار",
    "The road to Duhok is closed",
    "Families fled from Sinjar",
    "Le marché de Mossoul est ouvert aujourd'hui",
    "بازاڕی هەولێر کراوەیە",
]
COMMAND = Path(sys.executable).with_name("fanal")
SERVER_CORE, FOLLOWER_CORE = 1, 0
LOOK_SECONDS = 0.05


def event(number: int, now_us: int) -> bytes:
    """Return one event of a post, as Jetstream sends it."""
    return orjson.dumps(
        {
            "did": f"did:plc:{number % 40_000:024d}",
            "time_us": now_us,
            "kind": "commit",
            "commit": {
                "rev": "3l3qo2vutsw2b",
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": f"3k{number:011d}",
                "record": {
                    "$type": "app.bsky.feed.post",
                    "createdAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_us // 1_000_000)),
                    "langs": ["en"],
                    "text": f"{TEXTS[number % len(TEXTS)]}, note {number}",
                },
                "cid": "bafyreibexample",
            },
        }
    )


def frame(body: bytes) -> bytes:
    """Return a text message as a WebSocket frame of a server (RFC 6455, 5.2)."""
    size = len(body)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return b"\x81" + length + body


def run_server(port: int, rate: float, count: int, kept: str) -> None:
    """Serve so many posts at a rate (0: as fast as they are taken) and keep when each was sent."""
    os.sched_setaffinity(0, {SERVER_CORE % os.cpu_count()})  # type: ignore[operator]
    sent = np.zeros(count)

    start = int(time.time() * 1e6)  # noqa: TID251 - compared with the follower's clock
    # Written before anybody waits.
    ready = [frame(event(number, start + number)) for number in range(0 if rate else count)]

    async def send(connection: ServerConnection) -> None:
        began = time.time()  # noqa: TID251 - compared with the follower's clock
        at = 0
        while at < count:
            now = time.time()  # noqa: TID251 - as above
            due = min(at + 500, count if not rate else int((now - began) * rate), count)
            if rate:
                frames = [frame(event(number, int(now * 1e6))) for number in range(at, due)]
            else:
                frames = ready[at:due]
            sent[at:due] = now
            connection.transport.write(b"".join(frames))
            at = due
            while connection.transport.get_write_buffer_size() > 1 << 20:
                await asyncio.sleep(0.001)
            if rate:
                await asyncio.sleep(0.01)
        np.save(kept, sent)
        await connection.wait_closed()

    async def main() -> None:
        async with serve(send, "127.0.0.1", port, compression=None):
            await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def follow(folder: Path, port: int, minutes: float, count: int) -> dict[str, Any]:
    """Run `fanal follow` on one core until all is committed; return what it said, and its memory by second."""
    settings = f"""[follow]\ncompact_batches = 300\n[streams.soak]\nsource = "jetstream"\nconsent = "platform"
hosts = ["ws://127.0.0.1:{port}/subscribe"]\n"""
    subprocess.run([COMMAND, "init", folder], check=True, capture_output=True)
    (folder / "fanal.toml").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(
        ["taskset", "-c", str(FOLLOWER_CORE), COMMAND, "-w", folder, "follow", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NUMBA_NUM_THREADS": "1"},
    )
    memory: list[int] = []
    processor: list[float] = []
    deadline = time.monotonic() + 60 * minutes + 600
    engine = create_engine(f"sqlite:///file:{folder / 'desk.sqlite'}?mode=ro&uri=true")
    done = threading.Event()

    def watch() -> None:
        while not done.wait(1.0):
            try:
                lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
                memory.append(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")))
                fields = (
                    Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                )
                processor.append((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
            except (OSError, StopIteration):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    # Looked at from outside: rows of `batches` are joined, and then tell of the last of their commits alone.
    commits: list[tuple[int, float]] = [(0, 0.0)]
    while commits[-1][0] < count and time.monotonic() < deadline and process.poll() is None:
        time.sleep(LOOK_SECONDS)
        if (folder / "desk.sqlite").is_file():
            with engine.connect() as connection:
                rows = connection.execute(text("SELECT coalesce(sum(rows), 0) FROM streams")).scalar_one()
            if rows > commits[-1][0]:
                commits.append((rows, time.time()))  # noqa: TID251 - compared with the server's clock
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    done.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(err)
    if commits[-1][0] < count:
        raise RuntimeError(f"{commits[-1][0]:,} of {count:,} posts were committed in time.")
    told = json.loads(out.splitlines()[-1])["soak"]
    return {"told": told, "memory": memory, "processor": processor, "commits": commits[1:]}


def run(rate: float, count: int, minutes: float) -> dict[str, Any]:
    """Send posts, follow them, and return the figures."""
    with tempfile.TemporaryDirectory(prefix="fanal-soak-") as scratch, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        kept = f"{scratch}/sent.npy"
        server = get_context("spawn").Process(target=run_server, args=(port, rate, count, kept), daemon=True)
        server.start()
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        found = follow(Path(scratch) / "w", port, minutes, count)
        server.kill()
        server.join()
        sent = np.load(kept)
    ends, committed = (np.array(column) for column in zip(*found["commits"], strict=True))
    of_row = committed[np.searchsorted(ends, np.arange(1, len(sent) + 1))]
    waits = of_row - sent
    memory = np.array(found["memory"]) / 1024
    middle = memory[len(memory) // 4 :] if len(memory) > 8 else memory
    slope = float(np.polyfit(np.arange(len(middle)), middle, 1)[0]) * 60 if len(middle) > 2 else 0.0
    seconds = float(committed[-1] - sent[0])
    spent = found["processor"][-1] - found["processor"][min(5, len(found["processor"]) - 1)]
    return {
        "posts": len(sent),
        "commits": len(ends),
        "seconds": round(seconds, 1),
        "posts_per_second": round(len(sent) / seconds),
        "latency_p50": round(float(np.quantile(waits, 0.5)), 3),
        "latency_p99": round(float(np.quantile(waits, 0.99)), 3),
        "latency_max": round(float(waits.max()), 3),
        "own_p99": found["told"]["commit_seconds_p99"],
        "memory_mb": [round(float(value)) for value in np.quantile(memory, [0.25, 0.5, 1.0])],
        "memory_mb_per_minute": round(slope, 2),
        "processor_share": round(spent / max(1, len(found["processor"]) - 6), 3),
        "signals": found["told"]["signals"],
    }


def main() -> None:
    """Soak, then catch up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=2000.0, help="posts a second")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--catch-up", type=int, default=600_000, help="posts that wait at the server; 0: none"
    )
    chosen = parser.parse_args()
    figures: dict[str, Any] = {}
    if chosen.minutes:
        count = int(chosen.rate * 60 * chosen.minutes)
        figures["live"] = run(chosen.rate, count, chosen.minutes)
    if chosen.catch_up:
        figures["catch_up"] = run(0.0, chosen.catch_up, 10.0)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
