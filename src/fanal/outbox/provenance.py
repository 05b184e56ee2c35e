"""Provenance: where each number comes from, for machines and for people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any

import orjson

from fanal.model.release import Release

NOT_SAFE = "What is missing or not shown is not zero and not safe: nobody knows it from here."

WIDTH = 110  # letters in a line of the README

README = """\
Open data, written by Fanal after a person's decision
=====================================================

{not_safe}

Files
-----
{files}

Each *.csv has a header, then a row of HXL hashtags, then the rows; an empty cell is a value that is not known
or not shown. Text that a spreadsheet would take for a formula has an apostrophe in front. Each *.parquet holds the
same with its types; `index` has its parts there, and `hotspots` the boundaries of its areas (GeoParquet 1.1).
areas.parquet (GeoParquet 1.1) and areas.geojson have the public boundaries of the areas that are named; null where
there is none. datapackage.json is the data dictionary: of each file, what each column means, its type and unit, and
what it means that nothing stands there (Data Package 2.0). provenance.json says of each Release its ledger id, its
digest, for whom it is, and how it was made; the column `release` leads there. `narrowed` says that a list of what must
not leave was applied to it after it was made. manifest.json has the digest of each file.

What the numbers are
--------------------
{meanings}
"""

MEANINGS: dict[str, str] = {
    "counts": "counts: how many authors showed a signal in a week, with noise, each author counting little. A number "
    "under the threshold is not shown: `shown` is false and the number is empty, which may be zero or many. An area of "
    "which no number is shown has no row in counts.csv; counts.parquet has all. `low` and `high` hold 95 % of the "
    "noise and nothing else. Where `whole` is false, the number is of those who named the area and no district of it.",
    "hotspots": "hotspots: neighbouring areas and weeks with more than their past lets expect. `p_value` is the share "
    "of data sets simulated without a hotspot whose strongest window is as strong. A hotspot says that something "
    "changed, not what will come.",
    "index": "index: from 0 to 10 for an area, a group and a week, to compare areas. 0 means that the layers show no "
    "hazard, never that there is none. `low` and `high` are the index if all that is missing were lowest and highest.",
    "services": "services: agencies by area and sector as the lists give them. An area that is not in a list may have "
    "had help.",
    "people": "people: how many people, or families, of each group the newest public layers count in an area. Groups "
    "overlap: never add them up. A small group is blanked, and an area without a row was not counted, or is not told.",
}
"""What the numbers of each kind of Release are, and are not."""


def provenance(releases: Sequence[Release]) -> bytes:
    """Return the JSON document that says of each Release how it was made, in the order of their ids."""
    document: dict[str, Any] = {
        "about": NOT_SAFE,
        "releases": [
            {
                "id": one.ledger_id,
                "digest": one.digest(),
                "kind": one.kind.value,
                "basis": one.basis.value,
                "circle": one.circle.value,
                "made_at": one.made_at.isoformat(),  # as in the digest
                "rows": len(one.table),
                "narrowed": one.narrowed,
                "statement": asdict(one.statement),
            }
            for one in releases
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def readme(files: Mapping[str, str]) -> bytes:
    """Return a plain text that says what each file and number is.

    Args:
        files: name of each file to the kind of Release in it.

    >>> "never that there is none" in readme({"index.csv": "index"}).decode()
    True
    """
    kinds = dict.fromkeys(files.values())
    return README.format(
        not_safe=NOT_SAFE,
        files="\n".join(f"- {name}" for name in files),
        meanings="\n\n".join(fill(MEANINGS[kind], WIDTH) for kind in kinds),
    ).encode()
