"""A simulated stream is the same for a seed, whole or not there, and read by the product's own readers."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fanal.facts import iraq
from fanal.model.area import AREA_SCHEMA
from fanal.model.error import InputError, UserError
from fanal.model.layer import Layer, LayerKind
from fanal.simulate import stream
from fanal.simulate.form import Form
from fanal.simulate.ground import ground
from fanal.simulate.kind import Kind
from fanal.simulate.plan import plan
from fanal.simulate.sentences import load_grammars
from fanal.simulate.stream import simulate
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping


def dice(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251 - the test's own dice


def posts_of(path: Path) -> pa.Table:
    """Read a file with the source that the product itself would choose, and expect no row to be refused."""
    readings = list(catalogue.guess(path).read(path, mapping=FieldMapping()))
    assert sum(len(reading.rejected) for reading in readings) == 0
    return pa.concat_tables(pa.Table.from_batches([reading.posts]) for reading in readings)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_same_seed_gives_the_same_bytes_in_every_file(write, tmp_path, ending):
    one = write(tmp_path / f"a.{ending}", posts=3000)
    two = write(tmp_path / f"b.{ending}", posts=3000)
    other = write(tmp_path / f"c.{ending}", posts=3000, seed=8)
    for name in ("stream", "truth", "plants"):
        assert getattr(one, name).read_bytes() == getattr(two, name).read_bytes()
        assert getattr(one, name).read_bytes() != getattr(other, name).read_bytes()


def test_json_lines_are_read_whole_and_agree_with_the_truth(made):
    posts, truth = posts_of(made.stream), pq.read_table(made.truth)
    assert len(posts) == len(truth) == made.posts
    assert posts["id"].to_pylist() == truth["id"].to_pylist()
    assert posts["language"].to_pylist() == truth["language"].to_pylist()
    assert pc.equal(pc.is_valid(posts["lon"]), truth["point"]).to_pylist() == [True] * len(posts)
    times = posts["time"].to_numpy()
    assert (np.diff(times) >= np.timedelta64(0)).all()
    assert np.datetime64("2014-01-06") <= times[0]
    assert times[-1] < np.datetime64("2016-01-04")


def test_each_line_is_a_json_object_as_a_plain_reader_sees_it(write, tmp_path):
    made = write(tmp_path / "a.jsonl", posts=3000)
    fields = [set(json.loads(line)) for line in made.stream.read_text(encoding="utf-8").splitlines()]
    always = {"id", "author", "time", "text", "lang"}
    assert len(fields) == 3000
    assert all(one in (always, always | {"lon", "lat"}) for one in fields)
    assert fields[0] >= {"lon", "lat"}, "a reader tells from the head that there are points"


def test_csv_holds_what_json_lines_hold(write, tmp_path):
    lines = posts_of(write(tmp_path / "a.jsonl").stream).drop_columns(["line"])
    table = posts_of(write(tmp_path / "a.csv").stream).drop_columns(["line"])
    assert len(table) == 20_000
    assert table.equals(lines)


@pytest.mark.parametrize("posts", [1, 2, 57])
def test_few_posts_are_exactly_so_many(write, tmp_path, posts):
    made = write(tmp_path / "a.jsonl", posts=posts)
    assert len(posts_of(made.stream)) == pq.read_table(made.truth).num_rows == posts


def test_nothing_is_left_of_a_stream_that_broke_off(write, tmp_path):
    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.jsonl", posts=100, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["a.jsonl", "a.jsonl.truth.parquet", "a.jsonl.plants.json"])
def test_no_file_is_written_over(write, tmp_path, there):
    (tmp_path / there).write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        write(tmp_path / "a.jsonl", posts=10)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {there: "mine"}


def test_user_errors_are_sentences(write, tmp_path):
    with pytest.raises(UserError, match="ends neither"):
        write(tmp_path / "a.txt", posts=10)
    with pytest.raises(UserError, match="cannot be written"):
        write(tmp_path / "none" / "a.jsonl", posts=10)
    for wrong in ({"posts": 0}, {"rate": -0.1}, {"rate": float("nan")}, {"rate": 0.6}):
        with pytest.raises(UserError, match=r"cannot be simulated|is not possible"):
            write(tmp_path / "a.jsonl", **wrong)
    with pytest.raises(InputError, match="no layer of areas"):
        simulate(tmp_path / "a.jsonl", [], posts=10, seed=1, rng=dice(1))


HOSTILE = [
    '"; x',
    "back\\slash \\u0041",
    "two\nlines\r\n",
    "\u202eright to left\u202c",
    "a,b\t|;c",
    "{braces}",
    "\u0007bell",
]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_hostile_names_of_own_layers_come_through_as_they_are(tmp_path, ending):
    empty = dict.fromkeys(AREA_SCHEMA.names)
    rows = [
        {**empty, "area": f"x:{place}", "level": 1, "name": name, "name_ar": "\u200f" + name}
        for place, name in enumerate([*HOSTILE, "", "   ", "x" * 5000, "nul\x00"])
    ]
    areas = Layer(
        name="own",
        kind=LayerKind.AREAS,
        table=pa.Table.from_pylist(rows, schema=AREA_SCHEMA),
        source="a test",
        licence="none",
        public=False,
    )
    made = simulate(tmp_path / f"a.{ending}", [areas], posts=5000, seed=3, rng=dice(3))
    posts, truth = posts_of(made.stream), pq.read_table(made.truth)
    assert len(posts) == 5000
    assert not truth["point"].to_numpy().any(), "an area without geometry has no point"
    seen = set()
    for text, area in zip(posts["text"].to_pylist(), truth["area"].to_pylist(), strict=True):
        if area is not None:
            assert HOSTILE[int(area[2:])] in text
            seen.add(area)
    assert seen == {f"x:{place}" for place in range(len(HOSTILE))}, "a name that nobody can write is left out"


def test_work_is_done_a_batch_at_a_time(monkeypatch):
    """Hold memory by design: no stretch is larger than asked, and the buffer of lines is used again."""
    rng = dice(5)
    settled = plan(ground(iraq.layers()), posts=30_000, rate=0.05, rng=rng)
    made = []
    plain = stream.room

    def room(book, rows, id_bytes):
        made.append(rows)
        return plain(book, rows, id_bytes)

    monkeypatch.setattr(stream, "room", room)
    sizes, buffers, next_row = [], set(), 0
    for stretch in stream.stretches(settled, Form.JSONL, seed=5, rng=rng, rows=1000):
        assert stretch.first == next_row
        next_row += len(stretch.ids)
        sizes.append(len(stretch.ids))
        buffers.add(stretch.lines.ctypes.data)
        assert bytes(stretch.lines).count(b"\n") == len(stretch.ids)
    assert next_row == 30_000
    assert max(sizes) <= 1000
    assert max(made) <= 1000
    assert len(buffers) < len(sizes) / 2


def test_only_the_signals_asked_for_are_written(write, tmp_path):
    made = write(tmp_path / "a.jsonl", signals=(Kind.NEED, Kind.LURE), rate=0.2)
    truth = pq.read_table(made.truth)
    assert set(truth["category"].drop_null().to_pylist()) == {"need", "lure"}


def test_no_signal_at_rate_nought(write, tmp_path):
    made = write(tmp_path / "a.jsonl", rate=0.0)
    assert made.signals == 0


def test_every_language_has_a_grammar():
    assert {grammar.language for grammar in load_grammars()} == {"en", "fr", "ar", "ckb", "kmr", "fa", "tr"}
