"""What a workspace holds, looked up where it lies: each table of the desk and the lake, and each file."""

from collections.abc import Iterator
from pathlib import Path

from deltalake import DeltaTable

from fanal.model.held import Held, Part
from fanal.store.desk import Desk
from fanal.store.layers import Layers, table_of

_LAKE = "lake"


def held(folder: Path, desk: Desk, layers: Layers) -> list[Held]:
    """Return all that lies in a workspace, by part and name. Nothing is left out because it is not known."""
    found = [*_desk(desk), *_lake(folder / _LAKE, layers), *_files(folder)]
    return sorted(found, key=lambda one: (one.part, one.kind, one.name))


def _desk(desk: Desk) -> Iterator[Held]:
    """Give each table of the desk with its columns, as SQLite says them."""
    query = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')"
    tables: dict[str, list[str]] = {}
    with desk.transaction() as connection:
        for table, column in connection.exec_driver_sql(query):
            tables.setdefault(str(table), []).append(str(column))
    for name, columns in tables.items():
        yield Held(part=Part.DESK, name=name, kind=name, columns=tuple(columns))


def _lake(root: Path, layers: Layers) -> Iterator[Held]:
    """Give each table of the lake with its columns; a layer's table under its kind."""
    known = {table_of(name): (kind, public) for name, kind, public in layers.origins()}
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if not DeltaTable.is_deltatable(str(path)):
            yield Held(part=Part.FILES, name=f"{_LAKE}/{path.name}", kind=f"{_LAKE}/{path.name}", columns=())
            continue
        kind, public = known.get(path.name, (None, None))
        columns = tuple(field.name for field in DeltaTable(path).schema().fields)
        called = f"layer of {kind}" if kind else path.name
        yield Held(part=Part.LAKE, name=path.name, kind=called, columns=columns, public=public)


def _files(folder: Path) -> Iterator[Held]:
    """Give each file outside the lake."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and inside.parts[0] != _LAKE:
            yield Held(part=Part.FILES, name=inside.as_posix(), kind=inside.as_posix(), columns=())
