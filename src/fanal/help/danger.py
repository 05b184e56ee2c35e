"""Danger: where nobody is sent, by what staff noted as blocked and by hotspots that were released."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from fanal.model.block import Block
from fanal.model.release import Release, ReleaseKind

LEAST_WEEKS = 52.0
"""A hotspot that chance makes more often than once in so many weeks keeps nobody from help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """Hold areas that nobody is sent into, each with all areas inside it."""

    blocked: frozenset[str] = frozenset()  # not even from inside: there help comes by phone
    crossings: frozenset[tuple[str, str]] = frozenset()  # from one side to the other, both ways
    hotspots: frozenset[str] = frozenset()  # whoever is in one already is told of help there


NOWHERE = Danger()


def danger(
    blocks: Iterable[Block],
    releases: Iterable[Release],
    *,
    today: date,
    require: Callable[[Release], None],
    least_weeks: float = LEAST_WEEKS,
) -> Danger:
    """Return where nobody is sent on a day.

    Of the Releases of hotspots those of the newest day count, for each basis and family.

    Args:
        blocks: what staff noted.
        releases: what the circle of whoever asks may read.
        today: the day.
        require: raises RefusedError for what the gate does not let out, as `fanal.access.requirement` makes it.
        least_weeks: recurrence interval from which a hotspot counts, weeks.

    Raises:
        RefusedError: something that is no Release of the ledger.
    """
    newest: dict[tuple[str, str], tuple[date, set[str]]] = {}
    for release in releases:
        require(release)
        if release.kind is not ReleaseKind.HOTSPOTS:
            continue
        for row in release.table.select(["family", "as_of", "areas", "recurrence_weeks"]).to_pylist():
            found = newest.setdefault((release.basis.value, row["family"]), (row["as_of"], set()))
            if row["as_of"] > found[0]:
                found = newest[release.basis.value, row["family"]] = (row["as_of"], set())
            if row["as_of"] == found[0] and row["recurrence_weeks"] >= least_weeks:
                found[1].update(row["areas"])
    return blocked(blocks, today=today, hotspots=frozenset().union(*(areas for _, areas in newest.values())))


def blocked(blocks: Iterable[Block], *, today: date, hotspots: frozenset[str] = frozenset()) -> Danger:
    """Return where nobody is sent on a day by what staff noted, beside hotspots that are known.

    >>> blocked((), today=date(2026, 1, 1)) == NOWHERE
    True
    """
    held = [one for one in blocks if one.holds(today)]
    return Danger(
        blocked=frozenset(one.area for one in held if one.other is None),
        crossings=frozenset((one.area, one.other) for one in held if one.other is not None),
        hotspots=hotspots,
    )
