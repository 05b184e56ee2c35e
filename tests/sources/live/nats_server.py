"""A real NATS server on loopback, in a process of its own."""

import asyncio
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import nats

from fanal.sources.nats import Nats

PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")


class Server:
    """Hold a server in a process of its own, with its messages in a folder."""

    def __init__(self, folder: Path, config: str = "", **admin: Any) -> None:
        """Start it.

        Args:
            folder: for its messages.
            config: more of its configuration.
            admin: by which `send` is let in, for the client library.
        """
        self.folder = folder
        self.admin = admin
        self.config = folder / "nats.conf"
        self.port = 0
        self.config.write_text(f"jetstream {{ store_dir: {json.dumps(str(folder))} }}\n{config}")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        assert PROGRAM is not None
        command = [PROGRAM, "-a", "127.0.0.1", "-p", str(self.port), "-c", str(self.config)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert self.process.stderr is not None
        said: list[str] = []
        for line in self.process.stderr:
            said.append(line)
            if "Server is ready" in line:
                return
        raise AssertionError("".join(said))

    def stop(self) -> None:
        """End it; its messages stay."""
        self.process.terminate()
        self.process.communicate(timeout=20)

    def options(self, stream: str = "posts", **more: object) -> Nats:
        """Return options for a stream."""
        return Nats(url=f"nats://127.0.0.1:{self.port}", stream=stream, **more)  # type: ignore[arg-type]

    async def send(self, stream: str, *messages: bytes, **config: object) -> None:
        """Write messages into a stream, which is made where there is none."""
        client = await nats.connect(f"nats://127.0.0.1:{self.port}", **self.admin)
        jetstream = client.jetstream()
        await jetstream.add_stream(name=stream, subjects=[f"{stream}.>"], **config)
        for message in messages:
            await jetstream.publish(f"{stream}.new", message)
        await client.close()

    async def emptied(self, stream: str, *, unless: bool) -> None:
        """Wait until each message of a stream was acknowledged, unless it keeps them."""
        client = await nats.connect(f"nats://127.0.0.1:{self.port}", **self.admin)
        while not unless and (await client.jetstream().stream_info(stream)).state.messages:
            await asyncio.sleep(0)
        await client.close()
