"""Villages: the places of Iraq that IOM's displacement tracking visits, in English and Arabic, from a file at hand."""

import csv
from pathlib import Path

import pyarrow as pa

from fanal.model.error import InputError
from fanal.model.field import field

SOURCE, LICENCE = "IOM DTM Iraq: places of the master lists", "IOM DTM terms; compiled locally, never shipped"
COLUMNS = ("place_id", "name_en", "name_ar", "district", "governorate", "lat", "lon")

VILLAGE_SCHEMA = pa.schema(
    [
        field("place", pa.string(), "the publisher's id"),
        field("name", pa.string(), "name in English"),
        field("name_ar", pa.string(), "name in Arabic; empty where there is none"),
        field("lon", pa.float64(), "from -180 to 180", unit="degree"),
        field("lat", pa.float64(), "from -90 to 90", unit="degree"),
    ]
)


def villages(path: Path) -> pa.Table:
    """Return the villages of a file as VILLAGE_SCHEMA, in the order of the file.

    Raises:
        InputError: the file is missing, or is not DTM's list of places.

    >>> villages(Path("nowhere.csv"))
    Traceback (most recent call last):
    ...
    fanal.model.error.InputError: nowhere.csv cannot be read as DTM's list of places. Give a CSV file with the \
columns place_id, name_en, name_ar, district, governorate, lat, lon.
    """
    hint = f"Give a CSV file with the columns {', '.join(COLUMNS)}."
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{name: row[name].strip() for name in COLUMNS} for row in csv.DictReader(file)]
        return pa.table(
            [
                pa.array([row["place_id"] for row in rows], pa.string()),
                pa.array([row["name_en"] for row in rows], pa.string()),
                pa.array([row["name_ar"] for row in rows], pa.string()),
                pa.array([float(row["lon"]) for row in rows], pa.float64()),
                pa.array([float(row["lat"]) for row in rows], pa.float64()),
            ],
            schema=VILLAGE_SCHEMA,
        )
    except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as DTM's list of places.", hint=hint) from error
