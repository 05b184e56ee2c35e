"""A short list of services that is kept by hand, in TOML: enough for a help page where there is no directory yet."""

import hashlib
import json
import re
import tomllib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from fanal.model.error import InputError
from fanal.model.service import (
    Cost,
    Location,
    Need,
    Opening,
    Organization,
    Phone,
    Provenance,
    Reach,
    Served,
    Service,
    Sex,
    State,
    Status,
    Verification,
)
from fanal.model.week import WEEKDAYS
from fanal.sources.point import SWAPPED, Point, point, swapped
from fanal.text.phone import is_short

MOST_BYTES = 5_000_000
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "fanal:service-list")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: 15 digits at most
_SERVICE = (
    *(
        "name",
        "organization",
        "needs",
        "phones",
        "languages",
        "area",
        "place",
        "point",
        "areas",
        "reach",
        "free",
        "sexes",
    ),
    *("statuses", "least_age", "most_age", "hours", "confidential", "emergency", "verified"),
)
_KEYS: dict[str, frozenset[str]] = {
    "place": frozenset({"code", "name", "parent", "names", "point"}),
    "service": frozenset(_SERVICE),
    "phone": frozenset({"number", "languages", "extension"}),
    "hours": frozenset({"days", "opens", "closes"}),
    "verified": frozenset({"who", "at", "until"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPlace:
    """Hold one place of the list."""

    code: str  # P-code with its scheme
    name: str
    parent: str | None  # code; None: not said
    names: Mapping[str, str]  # by language code
    point: Point | None = None  # from which and to which distances are measured; None: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceList:
    """Hold what the list says."""

    places: tuple[ListedPlace, ...]
    services: tuple[Service, ...]
    emergency: tuple[Service, ...]  # those to call at once; they are not among `services`
    zone: str  # IANA name, such as Asia/Baghdad, of the local time of its hours; empty: not said


def read(path: Path) -> ServiceList:
    """Read a list, whole or not at all.

    The list may say the `zone` of its hours. An entry has `name`, `needs`, `phones`, `verified` with `who`, `at` and
    `until`; the rest may be left out: see docs/help_page.md.

    Raises:
        InputError: the file cannot be read; the first entry that is wrong, and how many more there are.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_BYTES:
            raise InputError(f"{path} is longer than {MOST_BYTES:,} bytes.", hint="Is it a list of services?")
        table = tomllib.loads(raw.decode())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", hint="Check its name.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{path} is no TOML: {error}.", hint="See docs/help_page.md.") from error
    wrong: list[str] = [
        f"there is no section {name}" for name in table if name not in {"place", "service", "zone"}
    ]

    def each(name: str, make: Callable[[Mapping[str, Any], str], Any]) -> list[Any]:
        made = []
        entries = table.get(name, [])
        for number, entry in enumerate(entries if isinstance(entries, list) else [None], start=1):
            try:
                made.append(make(_keys(entry, name), f"{name}[{number}]"))
            except (KeyError, TypeError, ValueError) as error:
                said = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
                wrong.append(f"{name} {number}: {said}")
        return made

    places: list[ListedPlace] = each("place", _place)
    parents = {place.code: place.parent for place in places}
    points = [place.point for place in places if place.point is not None]
    wrong += [] if wrong else _swapped(places)
    pairs: list[tuple[Service, bool]] = each(
        "service", lambda entry, row: _service(entry, row, path.name, parents, points)
    )
    zone = table.get("zone", "")
    if not isinstance(zone, str):
        wrong.append("zone is no text")
    if wrong:
        more = f" There are {len(wrong) - 1:,} more." if len(wrong) > 1 else ""
        raise InputError(f"{path}, {wrong[0]}.{more}", hint="Nothing was taken; mend the list.")
    return ServiceList(
        places=tuple(places),
        services=tuple(service for service, urgent in pairs if not urgent),
        emergency=tuple(service for service, urgent in pairs if urgent),
        zone=zone,
    )


def _keys(entry: Any, kind: str) -> Mapping[str, Any]:
    """Return an entry that has known keys alone: a misspelt one would be lost without a word."""
    if not isinstance(entry, dict):
        raise TypeError(f"{kind} is no table")
    if strange := sorted(entry.keys() - _KEYS[kind]):
        raise ValueError(f"{strange[0]} is no key of a {kind}")
    return entry


def _place(entry: Mapping[str, Any], row: str) -> ListedPlace:
    """Return one place."""
    _ = row
    parent = entry.get("parent")
    names = entry.get("names", {})
    if not isinstance(names, dict):
        raise TypeError("names is no table")
    return ListedPlace(
        code=_text(entry["code"], "code"),
        name=_text(entry["name"], "name"),
        parent=_text(parent, "parent") if parent is not None else None,
        names={code: _text(name, "names") for code, name in names.items()},
        point=point(entry),
    )


def _swapped(places: Sequence[ListedPlace]) -> list[str]:
    """Return what is wrong with places that lie far from all others, and near them the other way round."""
    return [
        f"place {number}: {SWAPPED}"
        for number, place in enumerate(places, start=1)
        if place.point is not None
        and swapped(place.point, [one.point for one in places if one is not place and one.point is not None])
    ]


def _service(
    entry: Mapping[str, Any],
    row: str,
    source: str,
    parents: Mapping[str, str | None],
    points: Sequence[Point],
) -> tuple[Service, bool]:
    """Return one service, and whether it is to be called at once; `parents` and `points` are of the listed places."""
    name = _text(entry["name"], "name")
    known = str(uuid.uuid5(_NAMESPACE, f"{source}:{row}:{name}"))
    confidential = _flag(entry, "confidential")
    if confidential and "place" in entry:
        raise ValueError("a confidential service has no place here, only its region as area")
    area, at = entry.get("area"), _spot(entry, points, confidential=confidential)
    for code in (*([area] if area is not None else []), *_texts(entry, "areas")):
        if code not in parents:
            raise ValueError(f"{code} is not in the list of places")
        if confidential and parents[code] in parents:
            raise ValueError(f"{code} is too close for a confidential service: name the region that holds it")
    digest = hashlib.sha256(json.dumps(entry, sort_keys=True, default=str).encode()).hexdigest()
    location = Location(
        id=str(uuid.uuid5(_NAMESPACE, f"{known}:location")),
        kind="physical",
        name=_text(entry["place"], "place") if "place" in entry else "",
        point=at,
        area=area,
        confidential=confidential,
        at=str(uuid.uuid5(_NAMESPACE, f"{known}:at")),
        phones=(),
        openings=(),
    )
    free = _flag(entry, "free") if "free" in entry else None
    service = Service(
        id=known,
        name=name,
        organization=Organization(
            id=str(uuid.uuid5(_NAMESPACE, f"{known}:organization")),
            name=_text(entry["organization"], "organization") if "organization" in entry else "",
            parent=None,
            phones=(),
        ),
        state=State.ACTIVE,
        needs=frozenset(map(Need, _texts(entry, "needs"))),
        languages=frozenset(_texts(entry, "languages")),
        serves=Served(
            least_age=_years(entry, "least_age"),
            most_age=_years(entry, "most_age"),
            sexes=frozenset(map(Sex, _texts(entry, "sexes"))),
            statuses=frozenset(map(Status, _texts(entry, "statuses"))),
            said="",
        ),
        costs=() if free is None else (Cost(free=free, amount=None, currency="", said=""),),
        reach=frozenset(map(Reach, _texts(entry, "reach"))),
        areas=frozenset(_texts(entry, "areas")),
        locations=(location,) if area is not None or location.name else (),
        phones=tuple(_phone(phone, f"{known}:{at}") for at, phone in enumerate(entry.get("phones", []))),
        openings=tuple(_opening(one, f"{known}:{at}") for at, one in enumerate(entry.get("hours", []))),
        confidential=confidential,
        provenance=Provenance(source=source, row=row),
        verification=_verified(_keys(entry["verified"], "verified"), digest),
        same_as=(),
    )
    if not service.phones and not service.locations:
        raise ValueError("it has neither a phone nor a place")
    return service, _flag(entry, "emergency")


def _spot(entry: Mapping[str, Any], points: Sequence[Point], *, confidential: bool) -> Point | None:
    """Return the point of a service; None: not given. A confidential one has none."""
    if confidential and "point" in entry:
        raise ValueError("a confidential service has no point here, only its region as area")
    at = point(entry)
    if at is not None and not entry.keys() & {"area", "place"}:
        raise ValueError("a point needs a place or an area beside it: people are told words")
    if at is not None and swapped(at, points):
        raise ValueError(SWAPPED)
    return at


def _phone(given: Any, seed: str) -> Phone:
    """Return a number that can be dialled as it is."""
    entry = _keys(given if isinstance(given, dict) else {"number": given}, "phone")
    number = _text(entry["number"], "number")
    bare = re.sub(r"[ ().\u2010-\u2015-]", "", number)
    if not _E164.fullmatch(bare) and not is_short(bare):
        raise ValueError(
            f"{number} is no number that can be called: write it as +9647701234567, or a short code"
        )
    return Phone(
        id=str(uuid.uuid5(_NAMESPACE, f"{seed}:phone")),
        number=number,
        e164=bare if bare.startswith("+") else None,
        extension=_text(entry["extension"], "extension") if "extension" in entry else "",
        kind="voice",
        languages=frozenset(_texts(entry, "languages")),
    )


def _opening(given: Any, seed: str) -> Opening:
    """Return hours of each week."""
    entry = _keys(given, "hours")
    days = tuple(_texts(entry, "days"))
    if not set(days) <= set(WEEKDAYS):
        raise ValueError(f"days are {', '.join(WEEKDAYS)}")
    opens, closes = (time.fromisoformat(_text(entry[name], name)) for name in ("opens", "closes"))
    if opens == closes or opens.tzinfo or closes.tzinfo:
        raise ValueError("hours are from one local time to another")
    return Opening(
        id=str(uuid.uuid5(_NAMESPACE, f"{seed}:opening")),
        opens_at=opens,
        closes_at=closes,
        days=tuple(day for day in WEEKDAYS if day in days),
        monthly=False,
        interval=1,
        month_days=(),
        first=None,
        last=None,
        offset_hours=None,
        said="",
    )


def _verified(entry: Mapping[str, Any], digest: str) -> Verification:
    """Return who made sure of an entry, when, and until when that counts."""
    at, until = entry["at"], entry["until"]
    if type(at) is not date or type(until) is not date:
        raise TypeError("verified at and until are dates, such as 2026-11-01 without quotes")
    if until < at:
        raise ValueError("verified ends before it begins")
    return Verification(
        who=_text(entry["who"], "who"),
        at=datetime(at.year, at.month, at.day, tzinfo=UTC),
        until=until,
        digest=f"sha256:{digest}",
    )


def _text(value: Any, name: str) -> str:
    """Return a text of one line without controls or directional overrides."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    clean = " ".join("".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in value).split())
    if not clean or len(clean) > 300:
        raise ValueError(f"{name} has no letters, or more than 300")
    return clean


def _texts(entry: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts; empty: not given."""
    values = entry.get(name, [])
    if not isinstance(values, list):
        raise TypeError(f"{name} is no list")
    return [_text(value, name) for value in values]


def _flag(entry: Mapping[str, Any], name: str) -> bool:
    """Return true or false; false: not given."""
    value = entry.get(name, False)
    if not isinstance(value, bool):
        raise TypeError(f"{name} is true or false")
    return value


def _years(entry: Mapping[str, Any], name: str) -> float | None:
    """Return an age in years; None: not given."""
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 130:
        raise ValueError(f"{name} is an age in years")
    return float(value)
