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
    _check(lon, lat, population, max_share, max_areas)
    east, north = np.radians(lon), np.radians(lat)
    points = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    limit = population.sum() * max_share * (1 + 1e-12)  # the sums below are rounded
    stretches: list[NDArray[np.int32]] = []
    n = len(lon)
    step = max(1, _BLOCK_CELLS // max(n, 1))
    for first in range(0, n, step):
        block = points[first : first + step]
        chord = sum((block[:, None, axis] - points[None, :, axis]) ** 2 for axis in range(3))
        chord = np.round(chord, _DECIMALS)
        chord[np.arange(len(block)), first + np.arange(len(block))] = -1.0  # the centre comes first
        order = np.argsort(chord, axis=1, kind="stable")
        inside = np.maximum((np.cumsum(population[order], axis=1) <= limit).sum(axis=1), 1)
        if max_areas is not None:
            inside = np.minimum(inside, max_areas)
        stretches += [order[i, : inside[i]].astype(np.int32) for i in range(len(block))]
    offsets = np.zeros(n + 1, dtype=np.int32)
    np.cumsum([len(stretch) for stretch in stretches], out=offsets[1:])
    members = np.concatenate(stretches) if stretches else np.empty(0, np.int32)
    return Zones(members=members, offsets=offsets)


def _check(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    population: NDArray[np.float64],
    max_share: float,
    max_areas: int | None,
) -> None:
    """Raise for what no zone can be drawn from."""
    if not lon.shape == lat.shape == population.shape or lon.ndim != 1:
        raise ValueError(
            f"Zones need as many lon as lat and people, got {lon.shape}, {lat.shape}, {population.shape}."
        )
    wrong = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))  # NaN compares as false
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"Row {row} has no usable point: lon {lon[row]}, lat {lat[row]}.")
    wrong = ~((population >= 0) & np.isfinite(population))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"Row {row} has no usable number of people: {population[row]}.")
    if len(lon) and not population.sum() > 0:
        raise ValueError("Zones need people: the sum over all areas is zero.")
    if not 0 < max_share <= 1:
        raise ValueError(f"The largest share of a zone must lie above 0, up to 1, not {max_share}.")
    if max_areas is not None and max_areas < 1:
        raise ValueError(f"A zone has at least one area, not {max_areas}.")
