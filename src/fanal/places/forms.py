"""Forms: short names, abbreviations, demonyms, and names with and without the word for their kind."""

import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

from fanal.facts import demonyms, features, world
from fanal.places.draft import Draft
from fanal.places.entry import Kind, Relation
from fanal.places.extent import DEGREE_KM
from fanal.places.folded import folded

OTHER_NAMES, SHORT_FORMS = "other_names.toml", "short_forms.toml"

SAME_KM = 50.0
"""A feature and an area of one name that are nearer than this, or than the feature reaches, are one."""

_NATURAL = frozenset({"water", "land"})

# The word for a kind at the end of a name in English, or in front of it in other languages.
_BEHIND = re.compile(
    r"[ -](county|parish|borough|census area|municipality|district|governorate|province|region|oblast|rayon|raion|"
    r"prefecture|department|state|territory|voivodeship|canton|commune|division|emirate|republic|city|"
    r"district municipality|metropolitan municipality|ili|ilçesi|ostan|shahrestan|subdistrict)$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^(?:(?:state|province|governorate|district|department|republic|city|county|municipality|region|emirate|"
    r"commonwealth|kingdom|principality) of(?: the)?|provincia (?:de|di)|departamento (?:de|del)|estado (?:de|do)|"
    r"d[ée]partement (?:de la|de l[’']|du|des|de|d[’'])|r[ée]gion (?:de|du)|province (?:de|du)|gouvernorat de|"
    r"wilaya de|wilayat|muḩāfaz̧at|muhafazat|qaḑā[’'ʼ]|ostān-e|shahrestān-e|kabupaten|kota|provinsi|tỉnh|huyện|thị xã|"
    r"changwat|amphoe|khet|munic[íi]pio (?:de|do)|parr[òo]quia (?:de|d[’'])|oblast|kreis|landkreis|bezirk|"
    r"محافظة|قضاء|ناحية|منطقة|ولاية|مقاطعة|إقليم|استان|شهرستان|ولایت|پارێزگای|قەزای|مدينة|پارێزگەی) ?",
    re.IGNORECASE,
)
_AREAS = (Kind.REGION, Kind.DISTRICT, Kind.SUBDISTRICT)
_WITH_KIND = {"IQ", "SY", "TR", "IR", "YE", "EG", "JO", "LB", "SA", "LY", "AF", "DZ", "TN", "MA"}
"""Countries whose areas are also called with every word for their kind of `other_names.toml`."""

_SHORT: tuple[tuple[str, str], ...] = (
    (r"^saint ", "St. "),
    (r"^st\.? ", "Saint "),
    (r"^sainte ", "Ste. "),
    (r"^fort ", "Ft. "),
    (r"^ft\.? ", "Fort "),
    (r"^mount ", "Mt. "),
    (r"^mt\.? ", "Mount "),
    (r"^north ", "N. "),
    (r"^south ", "S. "),
    (r"^east ", "E. "),
    (r"^west ", "W. "),
    (r" county$", " Co."),
)
_SHORTENED = tuple((re.compile(old, re.IGNORECASE), new) for old, new in _SHORT)


def continents(draft: Draft, source: int) -> None:
    """Add the continents."""
    for one in features.continents():
        row = draft.add(
            f"fanal:{one.code.lower()}",
            one.name,
            Kind.CONTINENT,
            country="",
            holder=-1,
            source=source,
            lon=one.lon,
            lat=one.lat,
            extent_km=one.extent_km,
        )
        draft.row[f"continent:{one.code}"] = row
        _call_feature(draft, row, [name for name in one.names if "http" not in name])


def natural(draft: Draft, source: int) -> None:
    """Add regions of several countries and natural features; one that is an area too gives it its names.

    So do Sicily, Crimea and the Gaza Strip: the first-level area of that name lies where the feature lies.
    """
    rows = [at for at, row in enumerate(draft.of) if draft.kind[row] is Kind.REGION]
    known: defaultdict[str, list[int]] = defaultdict(list)
    for at, text in zip(rows, folded([draft.texts[at] for at in rows]), strict=True):
        known[text].append(draft.of[at])
    for one in features.features():
        (plain,) = folded([one.name])
        same = [row for row in known[plain] if _km(draft, row, one) <= max(one.extent_km, SAME_KM)]
        if same:
            _call_feature(draft, same[0], one.names)
            continue
        row = draft.add(
            "fanal:" + re.sub(r"[^a-z]+", "-", one.name.lower()),
            one.name,
            Kind.NATURAL if one.sort in _NATURAL else Kind.CONTINENT,
            country="",
            holder=-1,
            source=source,
            lon=one.lon,
            lat=one.lat,
            extent_km=one.extent_km,
        )
        _call_feature(draft, row, one.names)


def _km(draft: Draft, row: int, one: features.Feature) -> float:
    """Return the distance of an entry from a feature in km, on a flat map."""
    east = (draft.lon[row] - one.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, draft.lat[row] - one.lat) * DEGREE_KM


def _call_feature(draft: Draft, row: int, names: Sequence[str]) -> None:
    """Give a region its names; one that is tabled with its plural, as "Asian" and "Asians", is of its people."""
    people = {form for name in names if f"{name}s" in names for form in (name, f"{name}s")}
    draft.call(row, (name for name in names if name not in people))
    draft.call(row, (name for name in names if name in people), Relation.DEMONYM)


def add(draft: Draft) -> None:
    """Add the names that are made by hand and by rule to the entries of a draft."""
    _by_hand(draft)
    for code, names in demonyms.countries().items():
        if (row := draft.row.get(f"country:{code}")) is not None:
            draft.call(row, names, Relation.DEMONYM)
    for code, names in demonyms.areas().items():
        if (row := draft.row.get(code)) is not None:
            draft.call(row, names, Relation.DEMONYM)
    _kinds(draft)
    for row, text in list(zip(draft.of, draft.texts, strict=True)):
        if draft.kind[row] is not Kind.CONTINENT:
            draft.call(row, _shortened(text))


def _by_hand(draft: Draft) -> None:
    """Add the tables of other names and of short forms."""
    other, short = _table(OTHER_NAMES), _table(SHORT_FORMS)
    for code, names in other["countries"].items():
        # A part of a country that has an entry of its own is not the country.
        draft.call(draft.row.get(f"country:{code}", -1), (name for name in names if name not in _PARTS))
    for code, names in other["areas"].items():
        if (row := draft.row.get(code)) is not None:
            draft.call(row, names)
    for code, names in short["countries"].items():
        draft.call(draft.row[f"country:{code}"], names, Relation.CODE)
    for code, names in short["areas"].items():
        if (row := draft.row.get(code)) is not None:
            draft.call(row, names, Relation.CODE)
    for code, names in short["nicknames"].items():
        if (row := draft.row.get(code)) is not None:
            draft.call(row, names)
    for code in world.state_codes():
        draft.call(draft.row[f"gn:US.{code}"], (code,), Relation.CODE)


_PARTS = frozenset({"Gaza Strip", "West Bank"})


def _kinds(draft: Draft) -> None:
    """Give areas their names with and without the word for their kind."""
    kinds = _table(OTHER_NAMES)["kinds"]
    for row, text, relation in list(zip(draft.of, draft.texts, draft.relation, strict=True)):
        kind = draft.kind[row]
        if kind not in _AREAS or relation > Relation.OTHER:
            continue
        bare = _BEFORE.sub("", _BEHIND.sub("", text)).strip()
        if bare and bare != text:
            draft.call(row, (bare,), Relation.KIND_FORM)
        if relation is not Relation.NAME and draft.country[row] not in _WITH_KIND:
            continue
        name = bare or text
        if draft.country[row] in _WITH_KIND:
            forms = kinds["1" if kind is Kind.REGION else "2"]
            # A form in Arabic script goes with a name in it, one in Latin with a name in that.
            forms = [form for form in forms if form.replace("{}", "").strip().isascii() == name.isascii()]
        elif kind is Kind.REGION:
            forms = kinds["far"]
        else:
            continue
        draft.call(row, (form.format(name) for form in forms), Relation.KIND_FORM)


def _shortened(text: str) -> Iterator[str]:
    """Yield a name with Saint, Fort, Mount and points of the compass short or in full, and without an apostrophe.

    >>> list(_shortened("Saint Louis")), list(_shortened("Ft. Worth"))
    (['St. Louis'], ['Fort Worth'])
    """
    for old, new in _SHORTENED:
        changed = old.sub(new, text)
        if changed != text:
            yield changed
    plain = text.translate(_APOSTROPHES)
    if plain != text:
        yield plain


_APOSTROPHES = str.maketrans(dict.fromkeys("'\u2018\u2019\u02bc\u02bf`"))


def _table(name: str) -> dict[str, Any]:
    """Return a table of names of this package."""
    return tomllib.loads(files("fanal.places").joinpath(name).read_text(encoding="utf-8"))
