"""The layers of a workspace: their tables in the lake, their origin in the desk, and every version that they had."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from fanal.model.layer import LAYER_SCHEMAS, Layer, LayerKind, LayerVersion
from fanal.store.desk import Desk
from fanal.store.lake import Lake
from fanal.store.tables import LAYER_VERSIONS, LAYERS


class Layers:
    """Keep layers by name; one that is added again under its name takes the old one's place, which is kept behind it.

    Readers see the newest version of each layer, or those that were known on a day.
    """

    def __init__(self, lake: Lake, desk: Desk) -> None:
        self._lake = lake
        self._desk = desk

    def add(
        self,
        layer: Layer,
        *,
        known_at: datetime | None = None,
        sha256: str = "",
        address: str = "",
        published: str = "",
    ) -> None:
        """Write a layer. Its origin is committed last: without it readers go on seeing the older version.

        Args:
            layer: it takes the place of the one of its name.
            known_at: when it became known here, with its zone; None: always, as of what ships with Fanal.
            sha256: of the file as it came, with its scheme.
            address: that it was fetched from.
            published: when its publisher changed it, in the publisher's words.
        """
        version = self._lake.overwrite(table_of(layer.name), layer.table)
        row = {
            "name": layer.name,
            "kind": layer.kind.value,
            "version": version,
            "rows": len(layer.table),
            "source": layer.source,
            "licence": layer.licence,
            "public": layer.public,
        }
        known_at = known_at and known_at.astimezone(UTC)
        came = {"known_at": known_at, "sha256": sha256, "address": address, "published": published}
        with self._desk.transaction() as connection:
            connection.execute(delete(LAYERS).where(LAYERS.c.name == layer.name))
            connection.execute(insert(LAYERS), [row])
            # A version that was never committed may have left its number behind.
            same = (LAYER_VERSIONS.c.name == layer.name) & (LAYER_VERSIONS.c.version == version)
            connection.execute(delete(LAYER_VERSIONS).where(same))
            connection.execute(insert(LAYER_VERSIONS), [row | came])

    def versions(self) -> dict[str, int]:
        """Return the version of each layer's table, by the table's name in the lake."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(LAYERS.c.name, LAYERS.c.version)).all()
        return {table_of(name): int(version) for name, version in rows}

    def every_version(self) -> list[LayerVersion]:
        """Return the origin of every version of every layer, by name, the oldest first."""
        query = select(LAYER_VERSIONS).order_by(LAYER_VERSIONS.c.name, LAYER_VERSIONS.c.version)
        with self._desk.transaction() as connection:
            return [_version(dict(row)) for row in connection.execute(query).mappings()]

    def listed(self) -> list[tuple[str, str, int]]:
        """Return name, kind and number of rows of each layer, by name."""
        query = select(LAYERS.c.name, LAYERS.c.kind, LAYERS.c.rows).order_by(LAYERS.c.name)
        with self._desk.transaction() as connection:
            return [(name, kind, rows) for name, kind, rows in connection.execute(query)]

    def origins(self) -> list[tuple[str, LayerKind, bool]]:
        """Return name, kind and whether its owner published it, of each layer, by name."""
        query = select(LAYERS.c.name, LAYERS.c.kind, LAYERS.c.public).order_by(LAYERS.c.name)
        with self._desk.transaction() as connection:
            return [(name, LayerKind(kind), public) for name, kind, public in connection.execute(query)]

    def sources(self) -> list[tuple[str, str, str, bool]]:
        """Return name, publisher with data set, licence, and whether its owner published it, of each layer."""
        query = select(LAYERS.c.name, LAYERS.c.source, LAYERS.c.licence, LAYERS.c.public).order_by(
            LAYERS.c.name
        )
        with self._desk.transaction() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def all(self, kind: LayerKind | None = None, *, as_of: datetime | None = None) -> list[Layer]:
        """Return the layers of a kind, or all, by name.

        Args:
            kind: None: all.
            as_of: the layers as they were known at this time, with its zone; None: as they are.
        """
        if as_of is None:
            with self._desk.transaction() as connection:
                rows = connection.execute(select(LAYERS).order_by(LAYERS.c.name)).mappings()
                found: list[Mapping[str, Any]] = [dict(row) for row in rows]
        else:
            known = {
                one.name: one for one in self.every_version() if one.known_at is None or one.known_at <= as_of
            }
            names = ("name", "kind", "version", "source", "licence", "public")
            found = [{name: getattr(one, name) for name in names} for one in known.values()]
        return [self._read(row) for row in found if kind is None or row["kind"] == kind.value]

    def _read(self, row: Mapping[str, Any]) -> Layer:
        """Return one version of a layer with its table."""
        kind = LayerKind(row["kind"])
        table = self._lake.read(table_of(row["name"]), version=row["version"])
        return Layer(
            name=row["name"],
            kind=kind,
            table=table.cast(LAYER_SCHEMAS[kind]),
            source=row["source"],
            licence=row["licence"],
            public=row["public"],
        )


def _version(row: Mapping[str, Any]) -> LayerVersion:
    """Return the origin of a version as the desk keeps it."""
    known = row["known_at"]
    return LayerVersion(
        **{**row, "kind": LayerKind(row["kind"]), "known_at": known and known.replace(tzinfo=UTC)}
    )


def table_of(name: str) -> str:
    """Return the name of a layer's table; a layer's name is letters, digits, - and _."""
    return f"layer-{name}"
