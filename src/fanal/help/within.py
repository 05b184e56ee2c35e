"""Within reach: in which band of distance each service lies for each area, never through danger."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from fanal.geo.distance import great_circle
from fanal.help.danger import Danger
from fanal.help.doors import Doors

Bands = NDArray[np.uint8]
"""[areas, services]: 1 for the nearest band, 0 for what is not within reach."""

FARTHEST = np.uint8(255)


def bands(
    doors: Doors,
    codes: Sequence[str],
    *,
    ends_km: Sequence[float],
    danger: Danger,
    shapes: Mapping[str, bytes],
) -> Bands:
    """Return the band of each service for each area.

    A service is as near as the nearest of its places: by the great circle from the area's point to the place, or to
    the point of the place's area. What lies in the area itself is in the first band. One that is reached from afar
    alone, or of which no place but the areas that it serves is known, is in the first band of all areas that it serves.
    A service that says which areas it serves is not within reach of others.

    Nobody goes into a blocked area or out of it, over a closed crossing, through a blocked area on a straight line, or
    into a released hotspot from elsewhere.

    Args:
        doors: the services that may be public today. Of confidential ones nothing is within reach.
        codes: of areas.
        ends_km: where each band ends, ascending; at most 254.
        danger: where nobody is sent.
        shapes: outlines of blocked areas as WKB, by code; one that is missing is blocked at its ends alone.
    """
    ground = doors.ground
    place = np.array([ground.number(code) for code in codes], np.int64)
    goes = np.flatnonzero(~doors.afar & ~doors.confidential)
    there = doors.area[goes]
    ends = np.asarray(ends_km, np.float64)
    found: NDArray[np.uint8] = np.zeros((len(codes), len(goes)), np.uint8)
    lon, lat = np.append(ground.lon, np.nan)[place], np.append(ground.lat, np.nan)[place]
    for row, code in enumerate(codes):
        km = great_circle(lon[row], lat[row], doors.lon[goes], doors.lat[goes])
        band = np.searchsorted(ends, km) + 1
        found[row] = np.where(band <= len(ends), band, 0)
        found[row, ground.marked({code})[there]] = 1
    _shut(found, doors, place, there, danger)
    _behind(found, doors, goes, (lon, lat), [shapes[code] for code in danger.blocked if code in shapes])
    reach = _nearest(found, doors.service[goes], len(doors.services))
    _from_afar(reach, doors, goes, ground.marked(danger.blocked)[place])
    _served(reach, doors, place)
    return reach


def _shut(
    found: Bands, doors: Doors, place: NDArray[np.int64], there: NDArray[np.int64], danger: Danger
) -> None:
    """Take out ways into danger, or out of a blocked area."""
    ground = doors.ground
    blocked = ground.marked(danger.blocked)
    found[blocked[place], :] = 0
    found[:, blocked[there]] = 0
    for one, other in danger.crossings:
        for side, beyond in ((one, other), (other, one)):
            mine, theirs = ground.marked({side}), ground.marked({beyond})
            _cut(found, (mine & ~theirs)[place], (theirs & ~mine)[there])
    for hotspot in danger.hotspots:
        inside = ground.marked({hotspot})
        _cut(found, ~inside[place], inside[there])


def _cut(found: Bands, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> None:
    found[np.ix_(rows, columns)] = 0


def _behind(
    found: Bands,
    doors: Doors,
    goes: NDArray[np.int64],
    start: tuple[NDArray[np.float64], NDArray[np.float64]],
    blocked: Sequence[bytes],
) -> None:
    """Take out places to which the straight line passes through a blocked area."""
    if not blocked:
        return
    rows, columns = np.nonzero(found)
    ends = np.stack(
        [
            np.column_stack([start[0][rows], start[1][rows]]),
            np.column_stack([doors.lon[goes][columns], doors.lat[goes][columns]]),
        ],
        axis=1,
    )
    known = np.isfinite(ends).all(axis=(1, 2))
    rows, columns = rows[known], columns[known]
    lines = shapely.linestrings(ends[known])
    shape = shapely.make_valid(shapely.union_all(shapely.make_valid(shapely.from_wkb(list(blocked)))))
    shapely.prepare(shape)
    through = shapely.intersects(shape, lines)
    found[rows[through], columns[through]] = 0


def _nearest(found: Bands, service: NDArray[np.int64], count: int) -> Bands:
    """Return the nearest band over the doors of each service; doors stand in the order of their services."""
    reach = np.zeros((len(found), count), np.uint8)
    if len(service):
        numbers, first = np.unique(service, return_index=True)
        near = np.minimum.reduceat(np.where(found == 0, FARTHEST, found), first, axis=1)
        reach[:, numbers] = np.where(near == FARTHEST, 0, near)
    return reach


def _from_afar(reach: Bands, doors: Doors, goes: NDArray[np.int64], blocked: NDArray[np.bool_]) -> None:
    """Put services into the first band that no place keeps from anybody; where one has to go, not in blocked areas."""
    known = np.isfinite(doors.lon[goes]) | (doors.area[goes] >= 0)
    placed = np.zeros(len(doors.services), np.bool_)
    placed[doors.service[goes][known]] = True
    visited = np.zeros(len(doors.services), np.bool_)
    visited[doors.service[goes]] = True
    for number, service in enumerate(doors.services):
        if not service.confidential and not placed[number] and (service.areas or not visited[number]):
            reach[:, number] = ~blocked if visited[number] else 1


def _served(reach: Bands, doors: Doors, place: NDArray[np.int64]) -> None:
    """Take out services that say which areas they serve, for all others; one that serves a part of an area stays."""
    ground = doors.ground
    masks: dict[frozenset[str], NDArray[np.bool_]] = {}
    for number, service in enumerate(doors.services):
        if not service.areas:
            continue
        if service.areas not in masks:
            own = ground.marked(service.areas)
            for code in service.areas:
                own[[ground.number(above) for above in ground.chain(code) if ground.number(above) >= 0]] = (
                    True
                )
            masks[service.areas] = ~own[place]
        reach[masks[service.areas], number] = 0
