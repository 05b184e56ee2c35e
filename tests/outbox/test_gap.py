"""The gap as files: hashtags that HXL allows, features that RFC 7946 allows, and no number where nothing is known."""

import csv
import io
import json
import re
from datetime import date

import pyarrow as pa
import shapely

from fanal.model.gap import GAP_SCHEMA, VOICED_SCHEMA
from fanal.model.release import Release
from fanal.outbox.gap import gap_csv, gap_geojson

HASHTAG = re.compile(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*")


def rows(*units: str) -> pa.Table:
    plain = {
        "group": "displaced", "need": "shelter", "date": date(2014, 7, 1), "people": 600.0, "share": 1.0,
        "in_need": 600.0,
        "units": 90.0, "services": 2, "counted_free": 1, "unsaid": 0, "low": 510.0, "high": 510.0,
        "shortage": "short",
    }  # fmt: skip
    unknown = {
        "people": None, "in_need": None, "low": None, "high": None, "date": None, "shortage": "not_known",
    }  # fmt: skip
    found = [{**plain, "area": "own:a", "unit": unit} for unit in units]
    return pa.Table.from_pylist(
        [*found, {**plain, **unknown, "area": "own:b", "unit": units[0]}], schema=GAP_SCHEMA
    )


def test_each_column_has_a_hashtag_and_nothing_known_is_an_empty_cell(
    people: Release, areas: pa.Table
) -> None:
    lines = list(csv.reader(io.StringIO(gap_csv(rows("bed"), areas=areas, releases=[people]).decode())))
    head, tags, near, unknown = lines
    assert all(HASHTAG.fullmatch(tag) for tag in tags)
    assert len(set(tags)) == len(tags)
    told = dict(zip(head, near, strict=True))
    assert (told["name"], told["low"], told["release"]) == ("A", "510", people.ledger_id)
    nothing = dict(zip(head, unknown, strict=True))
    assert (nothing["low"], nothing["high"], nothing["shortage"]) == ("", "", "not_known")
    assert gap_csv(VOICED_SCHEMA.empty_table(), areas=areas, releases=[people]).decode().count("\r\n") == 2


def test_features_have_their_shapes_and_all_that_is_told_of_them(people: Release, areas: pa.Table) -> None:
    made = json.loads(
        gap_geojson(rows("bed"), areas=areas, uncounted=["own:c"], releases=[people], on="2026-01-07")
    )
    assert made["type"] == "FeatureCollection"
    feature = {one["properties"]["area"]: one for one in made["features"]}
    assert shapely.from_geojson(json.dumps(feature["own:a"]["geometry"])).exterior.is_ccw
    assert feature["own:a"]["properties"]["high"] == 510.0
    assert feature["own:b"]["properties"]["shortage"] == "not_known"
    assert feature["own:c"]["properties"]["shortage"] == "not_known"
    assert feature["own:c"]["properties"]["gaps"] == []
    assert made["releases"] == [{"id": people.ledger_id, "digest": people.digest()}]
    both = json.loads(
        gap_geojson(rows("bed", "room"), areas=areas, uncounted=[], releases=[people], on="2026-01-07")
    )
    near = next(one["properties"] for one in both["features"] if one["properties"]["area"] == "own:a")
    assert [one["unit"] for one in near["gaps"]] == ["bed", "room"]
    assert "high" not in near, "numbers of two units never stand as one"
