"""The circular zones of a scan: for each area its nearest neighbours, as far as a share of all people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK_CELLS = 4_000_000  # distances held at once: 32 MB
_DECIMALS = 14  # squared chord of the unit sphere; 1e-14 is under a metre, and above rounding noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """Hold the zones of n areas: for centre i the first 1, 2, ... rows of its stretch of `members`.

    >>> zones = Zones(members=np.array([0, 1, 1], np.int32), offsets=np.array([0, 2, 3], np.int32))
    >>> [zones.around(i).tolist() for i in range(2)]
    [[0, 1], [1]]
    """

    members: NDArray[np.int32]  # rows of areas, nearest first, each stretch beginning with its own centre
    offsets: NDArray[np.int32]  # n + 1; centre i has members[offsets[i] : offsets[i + 1]]

    @property
    def count(self) -> int:
        """Return the number of areas."""
        return len(self.offsets) - 1

    def around(self, centre: int) -> NDArray[np.int32]:
        """Return the members of the largest zone of a centre, nearest first."""
        return self.members[self.offsets[centre] : self.offsets[centre + 1]]


def circular_zones(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    population: NDArray[np.float64],
    *,
    max_share: float,
    max_areas: int | None = None,
) -> Zones:
    """Return for each area the circular zones around it (Kulldorff 1997, Communications in Statistics 26:1481-1496).

    A zone is an area with its nearest neighbours by great-circle distance (ties: the earlier row first),
    as many as keep the zone's people at or below `max_share` of all. An area that is bigger than the
    share is still a zone of one. The order is taken from the chord through the unit sphere, which grows
    with the distance along it.

    Args:
        lon: degrees east, from -180 to 180, one an area.
        lat: degrees north, from -90 to 90.
        population: people, or any other weight; not negative, not all zero.
        max_share: above 0 up to 1; 0.5 is Kulldorff's, less keeps hotspots small.
        max_areas: most areas of a zone, at least 1; None for no other limit than the share.

    Raises:
        ValueError: names the row of a coordinate or weight that cannot be used.

    >>> around = circular_zones(
    ...     np.array([43.0, 43.1, 45.0]), np.array([36.0, 36.0, 36.0]), np.array([10.0, 10.0, 20.0]), max_share=0.5
    ... )
    >>> [around.around(i).tolist() for i in range(3)]
    [[0, 1], [1, 0], [2]]
    """
    lon, lat, population = (np.asarray(values, dtype=np.float64) for values in (lon, lat, population))
    _check_people(lon, lat, population, max_share, max_areas)
    wrong = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))  # NaN compares as false
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"Row {row} has no usable point: lon {lon[row]}, lat {lat[row]}.")
    east, north = np.radians(lon), np.radians(lat)
    points = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    return _nearest(points, population, max_share, max_areas)


def planar_zones(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    population: NDArray[np.float64],
    *,
    max_share: float,
    max_areas: int | None = None,
) -> Zones:
    """Return the circular zones around each area on a plane, by Euclidean distance; the rest as `circular_zones`.

    Args:
        x: in any unit, finite, one an area.
        y: in the same unit.
        population: people, or any other weight; not negative, not all zero.
        max_share: above 0 up to 1.
        max_areas: most areas of a zone, at least 1; None for no other limit than the share.

    Raises:
        ValueError: names the row of a coordinate or weight that cannot be used.

    >>> around = planar_zones(np.array([0.0, 1.0, 5.0]), np.zeros(3), np.ones(3), max_share=1, max_areas=2)
    >>> [around.around(i).tolist() for i in range(3)]
    [[0, 1], [1, 0], [2, 1]]
    """
    x, y, population = (np.asarray(values, dtype=np.float64) for values in (x, y, population))
    _check_people(x, y, population, max_share, max_areas)
    wrong = ~(np.isfinite(x) & np.isfinite(y))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"Row {row} has no usable point: x {x[row]}, y {y[row]}.")
    points = np.stack([x, y], axis=1)
    if len(points):
        points = points - points.min(axis=0)
        points /= points.max() or 1.0  # so that rounding is the same in any unit
    return _nearest(points, population, max_share, max_areas)


def _nearest(
    points: NDArray[np.float64], population: NDArray[np.float64], max_share: float, max_areas: int | None
) -> Zones:
    """Return the zones of points [n, axes] that lie within about 1 of one another."""
    limit = population.sum() * max_share * (1 + 1e-12)  # the sums below are rounded
    stretches: list[NDArray[np.int32]] = []
    n = len(points)
    step = max(1, _BLOCK_CELLS // max(n, 1))
    for first in range(0, n, step):
        block = points[first : first + step]
        squared = np.zeros((len(block), n))
        for axis in range(points.shape[1]):
            squared += (block[:, None, axis] - points[None, :, axis]) ** 2
        squared = np.round(squared, _DECIMALS)
        squared[np.arange(len(block)), first + np.arange(len(block))] = -1.0  # the centre comes first
        if max_areas is not None and max_areas < n:
            far = np.partition(squared, max_areas - 1, axis=1)[:, max_areas - 1]
            orders = [_sorted(squared[row], far[row], max_areas) for row in range(len(block))]
        else:
            orders = list(np.argsort(squared, axis=1, kind="stable"))
        for order in orders:
            inside = max(int((np.cumsum(population[order]) <= limit).sum()), 1)
            stretches.append(order[:inside].astype(np.int32))
    offsets = np.zeros(n + 1, dtype=np.int32)
    np.cumsum([len(stretch) for stretch in stretches], out=offsets[1:])
    members = np.concatenate(stretches) if stretches else np.empty(0, np.int32)
    return Zones(members=members, offsets=offsets)


def _sorted(squared: NDArray[np.float64], far: float, most: int) -> NDArray[np.int64]:
    """Return the rows of the nearest `most`, of which the last is as far as `far`, nearest and then earliest first."""
    near = np.flatnonzero(squared <= far)
    order: NDArray[np.int64] = near[np.argsort(squared[near], kind="stable")][:most]
    return order


def _check_people(
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    population: NDArray[np.float64],
    max_share: float,
    max_areas: int | None,
) -> None:
    """Raise for what no zone can be drawn from, whatever its points."""
    if not east.shape == north.shape == population.shape or east.ndim != 1:
        raise ValueError(
            f"Zones need as many lon as lat and people, got {east.shape}, {north.shape}, {population.shape}."
        )
    wrong = ~((population >= 0) & np.isfinite(population))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"Row {row} has no usable number of people: {population[row]}.")
    if len(east) and not population.sum() > 0:
        raise ValueError("Zones need people: the sum over all areas is zero.")
    if not 0 < max_share <= 1:
        raise ValueError(f"The largest share of a zone must lie above 0, up to 1, not {max_share}.")
    if max_areas is not None and max_areas < 1:
        raise ValueError(f"A zone has at least one area, not {max_areas}.")
