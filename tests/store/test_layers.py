"""Layers keep every version that they had, each under the day on which it became known."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from fanal.cli.dice import secret
from fanal.model.layer import POPULATION_SCHEMA, SERVICES_SCHEMA, Layer, LayerKind
from fanal.store.layers import table_of
from fanal.store.workspace import make, opened

DAY = datetime(2014, 8, 3, tzinfo=UTC)


def layer(people: int, *, public: bool = True, name: str = "people") -> Layer:
    rows = [{"area": "pcode:T1", "group": "residents", "year": 2014, "people": people}]
    table = pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA)
    return Layer(
        name=name,
        kind=LayerKind.POPULATION,
        table=table,
        source=f"Census {people}",
        licence="CC0",
        public=public,
    )


def known(folder: Path, as_of: datetime | None = None) -> dict[str, int]:
    with opened(folder, dice=secret, writing=False) as workspace:
        return {one.name: one.table["people"][0].as_py() for one in workspace.layers.all(as_of=as_of)}


def test_a_past_day_has_the_layers_that_were_known_then(tmp_path: Path) -> None:
    make(tmp_path / "w", "")
    for n, people in enumerate((100, 200, 300)):
        with opened(tmp_path / "w", dice=secret, writing=True) as workspace:
            workspace.layers.add(layer(people), known_at=DAY + timedelta(days=10 * n), sha256=f"sha256:{n}")
            workspace.layers.add(layer(people + 1, name=f"other-{n}"), known_at=DAY + timedelta(days=10 * n))
    assert known(tmp_path / "w") == {"people": 300, "other-0": 101, "other-1": 201, "other-2": 301}
    assert known(tmp_path / "w", DAY - timedelta(seconds=1)) == {}
    assert known(tmp_path / "w", DAY) == {"people": 100, "other-0": 101}
    assert known(tmp_path / "w", DAY + timedelta(days=19)) == {"people": 200, "other-0": 101, "other-1": 201}
    assert known(tmp_path / "w", DAY + timedelta(days=99)) == known(tmp_path / "w")
    with opened(tmp_path / "w", dice=secret, writing=False) as workspace:
        every = [one for one in workspace.layers.every_version() if one.name == "people"]
    assert [(one.version, one.source, one.sha256, one.known_at) for one in every] == [
        (n, f"Census {(n + 1) * 100}", f"sha256:{n}", DAY + timedelta(days=10 * n)) for n in range(3)
    ]


def test_what_is_not_dated_was_always_known_and_a_kind_may_change(tmp_path: Path) -> None:
    make(tmp_path / "w", "")
    services = Layer(
        name="people",
        kind=LayerKind.SERVICES,
        table=SERVICES_SCHEMA.empty_table(),
        source="",
        licence="",
        public=False,
    )
    with opened(tmp_path / "w", dice=secret, writing=True) as workspace:
        workspace.layers.add(layer(100))
        workspace.layers.add(services, known_at=DAY)
        layers = workspace.layers
        assert [one.kind for one in layers.all(as_of=DAY - timedelta(days=9))] == [LayerKind.POPULATION]
        assert [one.kind for one in layers.all()] == [LayerKind.SERVICES]
        assert layers.all(LayerKind.POPULATION) == []
        assert len(layers.all(LayerKind.POPULATION, as_of=DAY - timedelta(days=9))) == 1


def test_a_version_that_was_never_committed_leaves_no_trace(tmp_path: Path) -> None:
    make(tmp_path / "w", "")
    with opened(tmp_path / "w", dice=secret, writing=True) as workspace:
        workspace.layers.add(layer(100), known_at=DAY)
        workspace.lake.overwrite(table_of("people"), layer(666).table)  # the run dies before the desk is told
    assert known(tmp_path / "w") == {"people": 100}
    with opened(tmp_path / "w", dice=secret, writing=True) as workspace:
        workspace.layers.add(layer(200), known_at=DAY + timedelta(days=1))
    assert known(tmp_path / "w") == {"people": 200}
    assert known(tmp_path / "w", DAY) == {"people": 100}
