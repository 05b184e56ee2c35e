"""CAP: a notice as an alert of the Common Alerting Protocol 1.2 (OASIS 2010), an `info` in each language."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import shapely

from fanal.model.circle import Circle
from fanal.model.release import Release
from fanal.outbox.markup import add, written
from fanal.outbox.notice import Notice, Reference, Withdrawal, Wording, checked, named

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

CATEGORY = "Safety"
"""General emergency and public safety. Not Security, which is law enforcement and the military."""

URGENCY = "Unknown"
"""A scan of the past says nothing about how soon anything comes; Past would say that nothing is to be done."""

SEVERITY = "Unknown"
"""More than expected was counted. How bad it is for people, a count does not say."""

RESPONSE = "Assess"
"""Evaluate what the message says; an alert gives no orders to people."""

GEOCODES = {"pcode": "P-code", "gn": "GeoNames", "h3": "H3"}
"""Name of each scheme of codes of areas."""

TOLERANCE = 0.01  # degree, about 1 km: an outline is simplified by at most so much
GRID = 0.0001  # degree, about 10 m

WITHDRAWN = "Withdrawn. This does not mean that an area is safe."
"""The same words whatever the reason: what was withdrawn because of its area must not stand out."""

PARTNERS_ONLY = "For partners by name, under an agreement."


def to_cap(notice: Notice, *, areas: pa.Table, require: Callable[[Release], object]) -> bytes:
    """Return a notice as one CAP document.

    There is no `expires`: that a message is old must not read as that a danger is over.

    Args:
        notice: what is sent.
        areas: AREA_SCHEMA; of the areas that the Release names, outlines are written. An outline with a hole
            is left out, as CAP has none and would cover what was not released; its geocode stays.
        require: raises for what may not leave.

    Raises:
        RefusedError: from `require`, or the notice is not in its Release.
    """
    checked(notice, require)
    alert = _head(notice, "Update" if notice.replaces else "Alert", notice.release.circle)
    if notice.exercise:
        add(alert, "note", "Exercise: from simulated posts, or of the past. Nobody may act on it.")
    if notice.replaces:
        _refer(alert, notice.sender, notice.replaces)
    shapes = {
        row["area"]: polygons(row["geometry"]) for row in named(areas, notice.hotspot["areas"]).to_pylist()
    }
    for wording in notice.wordings:
        _info(alert, notice, wording, shapes)
    return written(alert)


def to_cancel(withdrawal: Withdrawal) -> bytes:
    """Return a withdrawal as a CAP document of the type Cancel, without `info` (CAP 1.2, 3.2.1)."""
    alert = _head(withdrawal, "Cancel", withdrawal.circle)
    add(alert, "note", WITHDRAWN)
    _refer(alert, withdrawal.sender, withdrawal.withdraws)
    return written(alert)


def _head(message: Notice | Withdrawal, kind: str, circle: Circle) -> ET.Element:
    """Return a document with who says it to whom."""
    alert = ET.Element("alert", xmlns=NAMESPACE)
    add(alert, "identifier", message.id)
    add(alert, "sender", message.sender)
    add(alert, "sent", moment(message.sent))
    add(alert, "status", "Exercise" if message.exercise else "Actual")
    add(alert, "msgType", kind)
    if circle is Circle.PUBLIC:
        add(alert, "scope", "Public")
    else:
        add(alert, "scope", "Restricted")
        add(alert, "restriction", PARTNERS_ONLY)
    return alert


def _refer(alert: ET.Element, sender: str, earlier: Iterable[Reference]) -> None:
    """Name the earlier messages that one is about."""
    add(alert, "references", " ".join(f"{sender},{one.id},{moment(one.sent)}" for one in earlier))


def _info(alert: ET.Element, notice: Notice, wording: Wording, shapes: dict[str, list[str]]) -> None:
    """Add what a notice says in one language."""
    hotspot = notice.hotspot
    info = add(alert, "info")
    add(info, "language", wording.language)
    add(info, "category", CATEGORY)
    add(info, "event", wording.event)
    add(info, "responseType", RESPONSE)
    add(info, "urgency", URGENCY)
    add(info, "severity", SEVERITY)
    add(info, "certainty", notice.certainty)
    add(info, "onset", moment(_midnight(hotspot["start"])))
    add(info, "headline", wording.headline)
    add(info, "description", wording.description)
    add(info, "instruction", wording.instruction)
    for name, value in _parameters(notice).items():
        parameter = add(info, "parameter")
        add(parameter, "valueName", name)
        add(parameter, "value", value)
    area = add(info, "area")
    add(area, "areaDesc", wording.area)
    for code in hotspot["areas"]:
        for polygon in shapes.get(code, []):
            add(area, "polygon", polygon)
    for code in hotspot["areas"]:
        scheme, _, value = code.rpartition(":")
        geocode = add(area, "geocode")
        add(geocode, "valueName", GEOCODES.get(scheme, scheme or "code"))
        add(geocode, "value", value)


def _parameters(notice: Notice) -> dict[str, str]:
    """Return the numbers of a notice and where they come from, as the Release has them."""
    hotspot = notice.hotspot
    return {
        "family": hotspot["family"],
        "known": hotspot["as_of"].isoformat(),
        "firstWeek": hotspot["start"].isoformat(),
        "lastWeek": hotspot["end"].isoformat(),
        "observed": str(hotspot["observed"]),
        "expected": f"{hotspot['expected']:.3g}",
        "pValue": f"{hotspot['p_value']:.3g}",
        "recurrenceWeeks": f"{hotspot['recurrence_weeks']:.0f}",
        "release": notice.release.ledger_id,
        "releaseDigest": notice.release.digest(),
    }


def polygons(geometry: bytes | None) -> list[str]:
    """Return the outline of an area as CAP writes polygons: latitude,longitude pairs, the first one again at the end.

    Args:
        geometry: WKB, WGS 84; None: there is none.

    >>> polygons(shapely.to_wkb(shapely.box(44, 33, 45, 34)))
    ['33,44 34,44 34,45 33,45 33,44']
    """
    if geometry is None:
        return []
    shape: Any = shapely.from_wkb(geometry, on_invalid="ignore")
    if shape is None:
        return []
    shape = shapely.simplify(shapely.make_valid(shapely.force_2d(shape)), TOLERANCE)
    parts = [
        part for part in shapely.get_parts(shapely.set_precision(shape, GRID)) if part.geom_type == "Polygon"
    ]
    if any(part.interiors for part in parts):
        return []
    return [
        " ".join(f"{_degrees(lat)},{_degrees(lon)}" for lon, lat in part.exterior.coords)
        for part in parts
        if not part.is_empty
    ]


def _degrees(value: float) -> str:
    """Return degrees with as many decimals as mean something."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def moment(when: datetime) -> str:
    """Return a moment as CAP wants it: whole seconds, and -00:00 for UTC, never Z (CAP 1.2, 3.3.2).

    >>> moment(datetime(2014, 8, 3, 12, tzinfo=UTC))
    '2014-08-03T12:00:00-00:00'
    """
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "-00:00"


def _midnight(day: date) -> datetime:
    """Return the beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)
