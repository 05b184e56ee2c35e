"""What a process did to a folder, from its system calls, and the disk as it would be had the power gone in between."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,fcntl,lseek,write,pwrite64,writev,pwritev,ftruncate,truncate,fallocate,"
    "fsync,fdatasync,sync,syncfs,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,"
    "rmdir,copy_file_range,sendfile"
)
STRACE = ["strace", "-f", "-qq", "-xx", "-s", "100000000", "-e", f"trace={CALLS}", "-e", "signal=none"]
"""Every call that changes a file, a name or what of them is on the disk, with all of its bytes."""

_CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
_BEGUN = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_UNKNOWN = {"sync", "syncfs", "copy_file_range", "sendfile", "symlink", "symlinkat"}
_LEFT_OUT = ("-shm", "/lock")  # SQLite makes the one anew and the other means nothing without its process


@dataclass(eq=False)
class Node:
    """Hold a file: what was written, and what of it is certainly on the disk. A folder has no content."""

    folder: bool = False
    now: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # offset and bytes; None: cut there

    def write(self, at: int, data: bytes | None) -> None:
        """Write, or cut at an offset."""
        self.now = bytearray(put(bytes(self.now), at, data)) if data is None else self.now
        if data is not None:
            if len(self.now) < at:
                self.now.extend(bytes(at - len(self.now)))
            self.now[at : at + len(data)] = data
        self.pending.append((at, data))

    def sync(self) -> None:
        """Note that the disk has it all."""
        self.synced, self.pending = bytes(self.now), []

    def left(self, dice: np.random.Generator) -> bytes:
        """Return what may be on the disk: the synced content and some of what came after, the last of it cut."""
        content, count = self.synced, int(dice.integers(0, len(self.pending) + 1))
        for number, (at, data) in enumerate(self.pending[:count]):
            last = data is not None and number == count - 1
            content = put(content, at, data[: int(dice.integers(0, len(data) + 1))] if last else data)
        return content


def put(content: bytes, at: int, data: bytes | None) -> bytes:
    """Return a file's content after a write, or after it was cut or filled up to a size."""
    if data is None:
        return content[:at].ljust(at, b"\0")
    return content.ljust(at, b"\0")[:at] + data + content[at + len(data) :]


class Disk:
    """Follow what happens below a folder: names and files now, and what of both is certainly on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.names: dict[str, Node | None] = {}
        self.sure: dict[str, Node | None] = {}  # names whose folder was synced since
        self.since: dict[str, list[Node | None]] = {}  # what each name stood for since then
        self._open: dict[int, tuple[str, Node | None]] = {}
        self._at: dict[int, int] = {}

    def replay(self, trace: Path) -> Iterator[str]:
        """Follow a trace, and give the name of each call that changed something, after it; `mkdir PATH` for folders."""
        for name, arguments, answer in calls(trace):
            if answer >= 0 and (told := self._do(name, arguments, answer)):
                yield told

    def rebuild(self, folder: Path, dice: np.random.Generator, *, everything_lost: bool) -> None:
        """Write the disk as it may be after the power went: nothing that was not synced, or some of it, torn.

        Each name stands for what it stood for when its folder was synced, or for anything later.
        """
        there: dict[str, Node] = {}
        for name in sorted(self.sure.keys() | self.since.keys()):
            choices = [self.sure.get(name), *([] if everything_lost else self.since.get(name, []))]
            node = choices[int(dice.integers(len(choices)))]
            inside = str(PurePosixPath(name).parent)
            if node is not None and (inside == self.root or inside in there):
                there[name] = node
        contents = {id(node): node.synced if everything_lost else node.left(dice) for node in there.values()}
        for name, node in there.items():
            path = folder / os.path.relpath(name, self.root)
            if node.folder:
                path.mkdir()
            else:
                path.write_bytes(contents[id(node)])
                path.chmod(0o600)

    def _set(self, path: str, node: Node | None) -> None:
        self.names[path] = node
        self.since.setdefault(path, []).append(node)

    def _inside(self, path: str) -> bool:
        return path.startswith(self.root + "/") and not path.endswith(_LEFT_OUT)

    def _path(self, arguments: str, at: int) -> str:
        """Return the at-th path of a call, in full; a number or AT_FDCWD before it says where it begins."""
        texts = list(_TEXT.finditer(arguments))
        found = texts[at]
        path = text(found[1]).decode("utf-8", "surrogateescape")
        begin = arguments[: found.start()].rstrip(", ").split(",")[-1].strip()
        if not path.startswith("/") and begin.isdigit():
            path = f"{self._open.get(int(begin), ('?', None))[0]}/{path}"
        return os.path.normpath(path)

    def _do(self, name: str, arguments: str, answer: int) -> str:
        """Follow one call that went well; returns what to tell of it."""
        handle = int(arguments.split(",", maxsplit=1)[0]) if arguments[:1].isdigit() else -1
        path, node = self._open.get(handle, ("", None))
        match name:
            case "open" | "openat" | "creat":
                return self._opened(arguments, answer)
            case "dup" | "dup2" | "dup3" | "fcntl":
                if name != "fcntl" or "F_DUPFD" in arguments:
                    self._open[answer], self._at[answer] = (path, node), self._at.get(handle, 0)
                return ""
            case "close":
                self._open.pop(handle, None)
                return ""
            case "lseek":
                self._at[handle] = answer
                return ""
            case "fsync" | "fdatasync":
                return self._sync(path, node)
        assert name not in _UNKNOWN, f"This recorder does not know {name}."
        if name in {"write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate"}:
            return self._write(name, arguments, answer, handle, node)
        return self._name(name, arguments)

    def _opened(self, arguments: str, answer: int) -> str:
        path = self._path(arguments, 0)
        node = self.names.get(path)
        if self._inside(path) and node is None and "O_CREAT" in arguments:
            node = Node()
            self._set(path, node)
        elif node is not None and "O_TRUNC" in arguments:
            node.write(0, None)
        self._open[answer] = (path, node)
        self._at[answer] = 0
        return ""

    def _sync(self, path: str, node: Node | None) -> str:
        if node is not None and not node.folder:
            node.sync()
            return "sync"
        if path == self.root or self._inside(path):
            for name in [one for one in self.since if str(PurePosixPath(one).parent) == path]:
                self.sure[name] = self.names[name]
                del self.since[name]
            return "sync folder"
        return ""

    def _write(self, name: str, arguments: str, answer: int, handle: int, node: Node | None) -> str:
        if node is None:
            return ""
        if name == "ftruncate":
            node.write(int(arguments.split(",")[1]), None)
        elif name == "fallocate":
            size = sum(int(one) for one in arguments.split(",")[2:4])
            if size > len(node.now):
                node.write(size, None)
        else:
            data = b"".join(text(one[1]) for one in _TEXT.finditer(arguments))[:answer]
            assert len(data) == answer
            at = int(arguments.rsplit(",", 1)[1]) if name.startswith("p") else self._at.get(handle, 0)
            node.write(at, data)
            if not name.startswith("p"):
                self._at[handle] = at + answer
        return name

    def _name(self, name: str, arguments: str) -> str:
        path = self._path(arguments, 0)
        if name.startswith("mkdir"):
            if self._inside(path):
                self._set(path, Node(folder=True))
            return f"mkdir {path}"
        if name.startswith(("unlink", "rmdir")):
            if self._inside(path):
                self._set(path, None)
                return name
            return ""
        to = self._path(arguments, 1)
        if name.startswith(("rename", "link")) and self._inside(to):
            self._set(to, self.names[path])
            if name.startswith("rename"):
                self._set(path, None)
            return name
        assert not self._inside(path), f"This recorder does not know {name}."
        return ""


def calls(trace: Path) -> Iterator[tuple[str, str, int]]:
    """Give each call of a trace: its name, its arguments, its answer; at the moment at which it ended."""
    begun: dict[str, str] = {}
    with trace.open(encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")  # noqa: PLW2901
            if found := _BEGUN.match(line):
                begun[found[1]] = found[2]
                continue
            if found := _ENDED.match(line):
                line = f"{found[1]} {begun.pop(found[1])}{found[2]}"  # noqa: PLW2901
            if found := _CALL.match(line):
                yield found[2], found[3], int(found[4])


def text(escaped: str) -> bytes:
    """Return the bytes that strace wrote in hexadecimal digits."""
    return bytes.fromhex(escaped.replace("\\x", ""))
