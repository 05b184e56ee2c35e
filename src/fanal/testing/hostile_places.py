"""Hostile layers, settings and workspaces: what else a command may meet beside posts."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from fanal.store.workspace import opened
from fanal.testing.hostile import CannotRunError, Case
from fanal.testing.hostile_posts import DEEP, file, good, posts

Square = list[list[float]]

ODD_KINDS = ("areas", "events", "displacement", "population", "services")


def ring(west: float, south: float, size: float = 1.0) -> Square:
    """Return the ring of a square."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def areas(*geometries: tuple[str, object]) -> Callable[[Path], Path]:
    """Return what makes a GeoJSON file of areas."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"area {n}"},
            "geometry": {"type": kind, "coordinates": at},
        }
        for n, (kind, at) in enumerate(geometries)
    ]
    return file("areas.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())


def layer(kind: str) -> tuple[str, ...]:
    """Return the words that add a layer, under a name that the workspace has not."""
    return ("layers", "add", "FILE", "--kind", kind, "--name", "hostile")


def setting(text: bytes) -> Callable[[Path, Path], AbstractContextManager[object]]:
    """Return what puts a settings file into the workspace before the command runs."""

    @contextmanager
    def put(_file: Path, workspace: Path) -> Iterator[None]:
        (workspace / "fanal.toml").write_bytes(text)
        yield

    return put


def left(name: str, content: bytes) -> Callable[[Path, Path], AbstractContextManager[object]]:
    """Return what puts a file in place of a part of the workspace."""

    @contextmanager
    def put(_file: Path, workspace: Path) -> Iterator[None]:
        for part in workspace.glob(f"{name}*"):
            part.unlink()
        (workspace / name).write_bytes(content)
        yield

    return put


def _folder(folder: Path) -> Path:
    """Return a folder."""
    (folder / "layer").mkdir()
    return folder / "layer"


@contextmanager
def _held(_file: Path, workspace: Path) -> Iterator[None]:
    """Hold the workspace while the command runs."""
    with opened(workspace, dice=os.urandom, writing=True):
        yield


@contextmanager
def _no_settings(_file: Path, workspace: Path) -> Iterator[None]:
    """Take the settings away."""
    (workspace / "fanal.toml").unlink()
    yield


@contextmanager
def _read_only(_file: Path, workspace: Path) -> Iterator[None]:
    """Mount the workspace read-only while the command runs."""
    _mount("--bind", workspace, workspace)
    try:
        _mount("-o", "remount,bind,ro", workspace)
        yield
    finally:
        subprocess.run(["umount", "-l", workspace], check=True)  # noqa: S603, S607


@contextmanager
def _full(_file: Path, workspace: Path) -> Iterator[None]:
    """Put the workspace on a disk that has no room left."""
    aside = workspace.with_name("aside")
    shutil.copytree(workspace, aside)
    _mount("-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", workspace)
    try:
        shutil.copytree(aside, workspace, dirs_exist_ok=True)
        disk = os.statvfs(workspace)
        (workspace / "filler").write_bytes(bytes(disk.f_bavail * disk.f_frsize))
        yield
    finally:
        subprocess.run(["umount", "-l", workspace], check=True)  # noqa: S603, S607


def _mount(*arguments: object) -> None:
    """Mount, or say that it cannot be done here.

    Raises:
        CannotRunError: no right to mount.
    """
    made = subprocess.run(["mount", *map(str, arguments)], capture_output=True, check=False)  # noqa: S603, S607
    if made.returncode:
        raise CannotRunError("A disk cannot be mounted here: this case needs the right to mount one.")


POLYGON = ("Polygon", [ring(43, 36)])

LAYERS: tuple[Case, ...] = (
    *(
        Case(name=f"an empty file as {kind}", make=file("layer.csv", b""), verb=layer(kind))
        for kind in ODD_KINDS
    ),
    *(
        Case(name=f"a folder as {kind}", make=lambda folder: folder, verb=layer(kind))
        for kind in ODD_KINDS[:2]
    ),
    *(
        Case(
            name=f"a table without the columns of {kind}",
            make=file("layer.csv", b"a,b\n1,2\n"),
            verb=layer(kind),
        )
        for kind in ODD_KINDS[1:]
    ),
    Case(
        name="boundaries that are no GeoJSON",
        make=file("areas.geojson", b'{"type": "Topology"}'),
        verb=layer("areas"),
    ),
    Case(
        name="boundaries that break off",
        make=file("areas.geojson", b'{"type": "FeatureCollection", "fea'),
        verb=layer("areas"),
    ),
    Case(
        name="boundaries nested a hundred thousand deep",
        make=file("areas.geojson", b"[" * DEEP),
        verb=layer("areas"),
    ),
    Case(name="points in place of boundaries", make=areas(("Point", [43, 36])), verb=layer("areas")),
    Case(
        name="boundaries with latitude first",
        make=areas(("Polygon", [[[y, x] for x, y in ring(143, 36)]])),
        verb=layer("areas"),
    ),
    Case(
        name="boundaries in metres",
        make=areas(("Polygon", [ring(400_000, 4_000_000, 1000)])),
        verb=layer("areas"),
    ),
    Case(
        name="a boundary that crosses itself",
        make=areas(POLYGON, ("Polygon", [[[45, 36], [46, 37], [46, 36], [45, 37], [45, 36]]])),
        verb=layer("areas"),
    ),
    Case(
        name="boundaries that overlap",
        make=areas(POLYGON, ("Polygon", [ring(43.5, 36)])),
        verb=layer("areas"),
    ),
    Case(
        name="a GeoPackage that breaks off",
        make=file("areas.gpkg", b"SQLite format 3\x00" + bytes(200)),
        verb=layer("areas"),
    ),
    Case(
        name="events with dates and numbers that are none",
        make=file(
            "events.csv",
            b"id,type_of_violence,latitude,longitude,date_start,date_end,best\n"
            b"1,1,36.3,43.1,2014-02-30,2014-02-30,1\n2,1,136.3,43.1,2014-06-10,2014-06-10,1\n",
        ),
        verb=layer("events"),
    ),
    Case(
        name="events with latitude and longitude swapped, and on null island",
        make=file("events.csv", b"id,date,lon,lat\n1,2014-08-03,36.34,43.13\n2,2014-08-03,0,0\n"),
        verb=layer("events"),
    ),
    Case(
        name="a layer with a name that is a path",
        make=areas(POLYGON),
        verb=("layers", "add", "FILE", "--kind", "areas", "--name", "../x"),
    ),
)

SETTINGS: tuple[Case, ...] = (
    Case(
        name="a setting that there is not", make=posts(good().encode()), during=setting(b"[risk]\nsede = 1\n")
    ),
    Case(
        name="a setting of another type",
        make=posts(good().encode()),
        during=setting(b"[risk]\nseed = 'one'\n"),
    ),
    Case(
        name="a number out of its range",
        make=posts(good().encode()),
        during=setting(b"[privacy]\nepsilon = 99\n"),
    ),
    Case(
        name="a number beyond 64 bits",
        make=posts(good().encode()),
        during=setting(b"[risk]\nseed = %d\n" % 10**40),
    ),
    Case(
        name="settings that are no TOML", make=posts(good().encode()), during=setting(b"[risk]\nseed = = 1\n")
    ),
    Case(name="settings in UTF-16", make=posts(good().encode()), during=setting("[risk]\n".encode("utf-16"))),
    Case(name="settings with a NUL", make=posts(good().encode()), during=setting(b"[risk]\nseed = 1\x00\n")),
    Case(
        name="settings nested a hundred thousand deep",
        make=posts(good().encode()),
        during=setting(b"a = " + b"[" * DEEP),
    ),
    Case(
        name="a time zone that there is not",
        make=posts(good().encode()),
        during=setting(b"[posts]\ntimezone = 'Mars'\n"),
    ),
)

WORKSPACES: tuple[Case, ...] = (
    Case(name="a folder that is no workspace", make=posts(good().encode()), during=_no_settings),
    Case(name="two Fanals on one workspace", make=posts(good().encode()), during=_held),
    Case(
        name="a desk that is no database",
        make=posts(good().encode()),
        during=left("desk.sqlite", b"not a desk" * 99),
    ),
    Case(name="a workspace on a read-only disk", make=posts(good().encode()), during=_read_only),
    Case(name="a disk that is full", make=posts(good().encode()), during=_full),
    Case(name="nothing to make a Release of", make=posts(good().encode()), verb=("release", "--out", "FILE")),
)
