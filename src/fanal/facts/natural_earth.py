"""First-level areas of Natural Earth, each under the GeoNames code that its places carry."""

import gzip
import re
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from fanal.model.error import InputError

SOURCE, LICENCE = "Natural Earth: 1:10m admin-1 states and provinces", "public domain"

# Of the places inside a feature, so many must carry one GeoNames code before the feature takes that code.
# Natural Earth's edition is older than GeoNames: a province that was split since must not take the code of
# one of its parts. A code that Natural Earth itself gives needs only to be the most frequent one inside.
ENOUGH = 0.8
_KEYS = ("adm1_code", "iso_a2", "gn_a1_code")
_HINT = "Give a gzipped GeoJSON file of Natural Earth's admin-1 states and provinces."
LANGUAGES = ("en", "fa", "ur", "tr", "es", "ru", "uk", "hi", "bn", "vi", "id")
# "Governorate of" and the like, which nobody writes in a post.
_BEFORE = "محافظة|ولاية|مقاطعة|إقليم|منطقة|استان|ولایت|محافظہ|صوبہ|Tỉnh"
_BEHIND = "ili|eyaleti|vilayeti|province|प्रान्त|প্রদেশ"
_GENERIC = re.compile(f"^({_BEFORE}) | ({_BEHIND})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Hold one first-level area: the union of the features that share its code."""

    code: str  # gn:IQ.15, or ne:IRQ-3051 where no GeoNames code fits
    country: str  # ISO 3166-1 alpha-2
    name: str
    name_ar: str | None
    name_fr: str | None
    aliases: tuple[str, ...]
    geometry: BaseGeometry


def read(path: Path, places: pa.Table) -> list[Drawn]:
    """Return the areas of a Natural Earth file, by code; `places` is the table of world.places().

    A union of features with several names is called by its code and its largest feature, as in
    "PH.41 (Palawan)"; all the names are its aliases. Slivers without a name are left out.

    Raises:
        InputError: the file is missing or is not Natural Earth's first level as gzipped GeoJSON.
    """
    features = _features(path)
    shapes = np.array([_valid(shape(feature["geometry"])) for feature in features], dtype=object)
    properties = [feature["properties"] for feature in features]
    votes = _votes(shapes, [given["iso_a2"] for given in properties], places)
    known = frozenset(places["admin1"].to_pylist())
    sharing: dict[str, list[int]] = defaultdict(list)
    for n, given in enumerate(properties):
        sharing[_code(given, votes.get(n, Counter()), known)].append(n)
    return [_drawn(code, [properties[n] for n in who], shapes[who]) for code, who in sorted(sharing.items())]


def _features(path: Path) -> list[dict[str, Any]]:
    """Return the features of a file that have a name."""
    try:
        features: list[dict[str, Any]] = orjson.loads(gzip.decompress(path.read_bytes()))["features"]
        lacking = [key for feature in features for key in _KEYS if key not in feature["properties"]]
        found = [feature for feature in features if feature["properties"].get("name") and feature["geometry"]]
    except (OSError, EOFError, zlib.error, KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise InputError(
            f"{path} cannot be read as Natural Earth's first-level areas.", hint=_HINT
        ) from error
    if lacking or not found:
        what = f"its features have no {lacking[0]}" if lacking else "it has no feature with a name"
        raise InputError(f"{path} is not Natural Earth's first-level areas: {what}.", hint=_HINT)
    return found


def _valid(drawn: BaseGeometry) -> BaseGeometry:
    """Return a geometry whose rings do not cross; coordinates rounded to 3 digits sometimes make them."""
    return drawn if drawn.is_valid else shapely.make_valid(drawn)


def _votes(
    shapes: NDArray[np.object_], countries: Sequence[str], places: pa.Table
) -> dict[int, Counter[str]]:
    """Return for each feature how many places of its country inside it carry which code."""
    points = shapely.points(places["lon"].to_numpy(), places["lat"].to_numpy())
    place, feature = shapely.STRtree(shapes).query(points, predicate="within")
    codes = places["admin1"].take(pa.array(place)).to_pylist()
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for n, code in zip(feature.tolist(), codes, strict=True):
        if code is not None and code.startswith(f"gn:{countries[n]}."):
            votes[n][code] += 1
    return votes


def _code(given: Mapping[str, Any], votes: Counter[str], known: frozenset[str | None]) -> str:
    """Return the code of a feature.

    >>> lost = {"gn_a1_code": "VN.32", "adm1_code": "VNM-1"}
    >>> _code(lost, Counter({"gn:VN.70": 9}), frozenset({"gn:VN.70"}))
    'gn:VN.70'
    >>> _code(lost, Counter({"gn:VN.70": 5, "gn:VN.71": 4}), frozenset({"gn:VN.70"}))
    'ne:VNM-1'
    """
    own = f"gn:{given['gn_a1_code']}"
    if not votes:
        return own if own in known else f"ne:{given['adm1_code']}"
    best, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
    if best == own or count >= ENOUGH * votes.total():
        return best
    return f"ne:{given['adm1_code']}"


def _drawn(code: str, given: Sequence[Mapping[str, Any]], shapes: NDArray[np.object_]) -> Drawn:
    """Return the union of features with their names; features of several names have none in common."""
    order = np.argsort(-shapely.area(shapes), kind="stable")
    first = given[int(order[0])]
    name = first["name"]
    name_ar, name_fr = first.get("name_ar") or None, first.get("name_fr") or None
    if len({part["name"] for part in given}) > 1:
        name, name_ar, name_fr = f"{code.split(':')[1]} ({name})", None, None
    others = {alias for n in order for alias in _aliases(given[int(n)])} - {name, name_ar}
    return Drawn(
        code=code,
        country=first["iso_a2"],
        name=name,
        name_ar=name_ar,
        name_fr=name_fr if name_fr != name else None,
        aliases=tuple(sorted(others)),
        geometry=shapely.union_all(shapes) if len(shapes) > 1 else shapes[0],
    )


def _aliases(given: Mapping[str, Any]) -> set[str]:
    """Return all names of a feature, with and without the word for its kind."""
    names = [given.get(f"name_{language}") or "" for language in (*LANGUAGES, "ar", "fr")]
    names.append(given["name"])
    names += (given.get("name_alt") or "").split("|")
    whole = {name for name in names if name and _readable(name)}
    return whole | {short for name in whole if (short := _GENERIC.sub("", name).strip())}


def _readable(name: str) -> bool:
    r"""Return whether a name holds letters, blanks and the few signs of names only; some are damaged.

    >>> _readable("Nord-Kivu"), _readable("N¡nive"), _readable("Bagd\xa0")
    (True, False, False)
    """
    kinds = {unicodedata.category(c)[0] for c in name if c not in " -'’‘`.()/,"}
    return "\xa0" not in name and kinds <= {"L", "M", "N", "C"}
