"""Marked places: what is not of the neutral form is refused with its line, and what is comes back as arrays."""

import json
from pathlib import Path

import numpy as np
import pytest

from fanal.evaluate import toponyms
from fanal.model.error import InputError
from fanal.places.found import PlaceType

TEXT = "🙂 The road from Duhok to Sinjar is open"
MENTION = {
    "start": 16,
    "end": 21,
    "name": "Duhok",
    "lat": 36.87,
    "lon": 43.0,
    "type": "city",
    "country": "IQ",
    "region": "pcode:IQG09",
}
OTHER = {"start": 25, "end": 31, "name": "Sinjar", "lat": None, "lon": None}
GOOD = {"id": "1", "text": TEXT, "lang": "en", "event": "x", "mentions": [OTHER, MENTION]}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_the_neutral_form_is_read_in_order_by_code_points(tmp_path: Path) -> None:
    gold = toponyms.read(write(tmp_path, {"text": "", "mentions": []}, GOOD))
    assert (gold.texts, gold.languages) == (("", TEXT), ("und", "en"))
    assert (gold.row.tolist(), gold.start.tolist(), gold.end.tolist()) == ([1, 1], [16, 25], [21, 31])
    assert gold.type.tolist() == [PlaceType.CITY, toponyms.NO_TYPE]
    assert (gold.country.tolist(), gold.region.tolist()) == (["IQ", ""], ["pcode:IQG09", ""])
    assert np.isnan(gold.lat).tolist() == [False, True]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "not valid JSON"),
        (GOOD | {"text": None}, "has no text"),
        (GOOD | {"lang": 5}, "language that is no text"),
        (GOOD | {"mentions": None}, "no list of mentions"),
        (GOOD | {"mentions": ["Duhok"]}, "no list of mentions"),
        (GOOD | {"mentions": [MENTION, MENTION]}, "marks the place 'Duhok' twice"),
        (GOOD | {"mentions": [MENTION | {"end": 99}]}, "outside its text"),
        (GOOD | {"mentions": [MENTION | {"start": True}]}, "outside its text"),
        (
            GOOD | {"mentions": [MENTION | {"start": 17, "end": 22}]},
            "has 'uhok ' where the mention says 'Duhok'",
        ),
        (GOOD | {"mentions": [MENTION | {"type": "town"}]}, "has the type 'town'"),
        (GOOD | {"mentions": [MENTION | {"country": "IRQ"}]}, "has the country 'IRQ'"),
        (GOOD | {"mentions": [MENTION | {"region": 15}]}, "region that is no text"),
        (GOOD | {"mentions": [MENTION | {"lat": None}]}, "half a point"),
        (GOOD | {"mentions": [MENTION | {"lat": 143.0, "lon": 36.9}]}, "has the latitude 143.0"),
        (GOOD | {"mentions": [MENTION | {"lon": 200}]}, "has the point"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, wrong: object, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        toponyms.read(write(tmp_path, GOOD, wrong))
    assert "line 2" in caught.value.sentence
    assert caught.value.hint
