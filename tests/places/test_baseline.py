"""The simple reader: longest name, most people, spans as they were written, in several scripts."""

import numpy as np
import pyarrow as pa
import pytest

from fanal.places.baseline import Baseline
from fanal.places.entry import Kind, Relation
from fanal.places.file import Gazetteer
from fanal.places.found import PlaceType
from fanal.places.known import CITY, of_names
from fanal.text import phrases

PLACES = [  # identifier, name, kind, lon, lat, people, country, holder
    ("iso:IQ", "Iraq", Kind.COUNTRY, 43.0, 33.0, 40_000_000, 0, -1),
    ("pcode:IQG09", "Duhok", Kind.REGION, 43.0, 37.0, 1_300_000, 0, 0),
    ("gn:1", "Duhok", Kind.CITY, 43.0, 36.9, 280_000, 0, 1),
    ("gn:2", "Tal Afar", Kind.CITY, 42.4, 36.4, 0, 0, 0),
    ("gn:3", "Tal", Kind.CITY, 10.0, 10.0, 50, -1, -1),
]
NAMES = {"Iraq": [0], "Duhok": [1, 2], "دهوك": [2], "Tal Afar": [3], "Tal": [4], "The": [4]}


@pytest.fixture(scope="module")
def reader() -> Baseline:
    texts = list(NAMES)
    table = phrases.compile([(name, number) for number, name in enumerate(texts)])
    order = [texts[number] for number in table.number]
    entries = [NAMES[name] for name in order]
    columns = list(zip(*PLACES, strict=True))
    compiled = phrases.compile([(name, number) for number, name in enumerate(order)])
    return Baseline(
        Gazetteer(
            identifiers=pa.array(columns[0]),
            codes=pa.array([""] * len(PLACES)),
            known=of_names([(name, CITY, 1) for name in order]),
            names=pa.array(columns[1]),
            kind=np.array(columns[2], np.int8),
            lon=np.array(columns[3]),
            lat=np.array(columns[4]),
            population=np.array(columns[5], np.int64),
            country=np.array(columns[6], np.int16),
            holder=np.array(columns[7], np.int32),
            extent_km=np.ones(len(PLACES), np.float32),
            source=np.zeros(len(PLACES), np.int8),
            countries=("IQ",),
            phrases=compiled,
            offsets=np.cumsum([0, *map(len, entries)]).astype(np.int64),
            entry=np.array([row for rows in entries for row in rows], np.int32),
            relation=np.full(sum(map(len, entries)), Relation.NAME, np.int8),
            everyday=np.array([name == "The" for name in order]),
            weak=np.zeros(len(order), np.bool_),
            sources=(),
            inputs="",
            content="",
        )
    )


def test_names_are_read_as_written(reader: Baseline) -> None:
    texts = ["🙂 The road from DUHOK to #Tal_Afar", "", "الطريق إلى دهوك ودهوك", "the tal in iraq, Iraq"]
    found = reader.read(pa.array(texts), [None] * len(texts))
    spans = zip(found.row, found.start, found.end, strict=True)
    assert [texts[row][start:end] for row, start, end in spans] == [
        "DUHOK",
        "Tal_Afar",
        "دهوك",
        "ودهوك",
        "Iraq",
    ]
    assert found.type.tolist() == [PlaceType.REGION, *[PlaceType.CITY] * 3, PlaceType.COUNTRY]
    assert found.row.tolist() == [0, 0, 2, 2, 3]
    assert (found.presence == 1).all()


def test_most_people_win_by_their_share(reader: Baseline) -> None:
    texts = pa.array(["Duhok and Mosul"])
    where = np.array([0, 0]), np.array([0, 10]), np.array([5, 15])
    found = reader.resolve(texts, ["en"], *where)
    assert (found.offsets.tolist(), found.entry.tolist()) == ([0, 2, 2], [1, 2])
    assert found.probability.tolist() == [1_300_000 / 1_580_000, 280_000 / 1_580_000]
    assert (reader.country(found.entry).tolist(), reader.region(found.entry).tolist()) == (
        ["IQ", "IQ"],
        ["pcode:IQG09", "pcode:IQG09"],
    )
    assert reader.region(np.array([0, 4], np.int32)).tolist() == ["", ""]
    assert reader.country(np.array([4], np.int32)).tolist() == [""]
    assert reader.where(np.array([2], np.int32))[1].tolist() == [36.9]
    assert len(reader.read(pa.array([], pa.large_string()), [])) == 0
