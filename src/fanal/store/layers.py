"""The layers of a workspace: their tables in the lake, their origin in the desk."""

from sqlalchemy import delete, insert, select

from fanal.model.layer import LAYER_SCHEMAS, Layer, LayerKind
from fanal.store.desk import Desk
from fanal.store.lake import Lake
from fanal.store.tables import LAYERS


class Layers:
    """Keep layers by name; one that is added again under its name takes the old one's place."""

    def __init__(self, lake: Lake, desk: Desk) -> None:
        self._lake = lake
        self._desk = desk

    def add(self, layer: Layer) -> None:
        """Write a layer. Its origin is committed last: without it readers go on seeing the older version."""
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
        with self._desk.transaction() as connection:
            connection.execute(delete(LAYERS).where(LAYERS.c.name == layer.name))
            connection.execute(insert(LAYERS), [row])

    def versions(self) -> dict[str, int]:
        """Return the version of each layer's table, by the table's name in the lake."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(LAYERS.c.name, LAYERS.c.version)).all()
        return {table_of(name): int(version) for name, version in rows}

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

    def all(self, kind: LayerKind | None = None) -> list[Layer]:
        """Return the layers of a kind, or all, by name."""
        query = select(LAYERS).order_by(LAYERS.c.name)
        if kind is not None:
            query = query.where(LAYERS.c.kind == kind.value)
        with self._desk.transaction() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Layer(
                name=row["name"],
                kind=LayerKind(row["kind"]),
                table=self._lake.read(table_of(row["name"]), version=row["version"]).cast(
                    LAYER_SCHEMAS[LayerKind(row["kind"])]
                ),
                source=row["source"],
                licence=row["licence"],
                public=row["public"],
            )
            for row in rows
        ]


def table_of(name: str) -> str:
    """Return the name of a layer's table; a layer's name is letters, digits, - and _."""
    return f"layer-{name}"
