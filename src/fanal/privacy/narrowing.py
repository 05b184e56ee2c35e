"""Narrowing: a Release without what the sensitive list holds back today, whenever it was made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.area import lineage
from fanal.model.circle import Circle
from fanal.model.release import Release, ReleaseKind
from fanal.model.sensitive import SensitiveRule
from fanal.model.week import WEEK
from fanal.privacy.bounding import GOVERNORATE
from fanal.privacy.ledger import Ledger
from fanal.privacy.sensitive import Sensitive, in_force

RANKS = ("rank_low", "rank_high", "top_ten")
"""Columns of an index that say something of all its areas together."""

Rank = Callable[[pa.Table], pa.Table]
"""Ranks the rows of an index among each other; the same rows get the same ranks."""

_EPOCH = date(1970, 1, 1).toordinal()
_UNDATED = 10**6  # days: no date is never old enough


class Narrowing:
    """Take out of Releases what a list holds back when they are handed out.

    The ledger's Release stays as it is: what is handed out is a copy with fewer rows, `narrowed`, under the same id. It
    names no digest of the whole: whoever knows all rows but the missing ones could try their few values against that.

    Rows of an area or group that never leaves, leaves coarser, or has to wait are not in it. A hotspot that names such
    an area is not in it either, as its other areas would tell. An index that lost rows is ranked anew. While an area is
    on the list, an area that no layer knows is taken out with them: nobody can tell what it lies in.

    Of partners' counts that were made before a rule, all of a governorate goes with one of its districts: they add up
    to the governorate, exactly where all are shown, and the missing one would be the difference. Partners' hotspots in
    such a governorate go too: what they observed is a sum of the districts beside it.

    A copy of hotspots says that it is narrowed whenever an area is on the list, of the other kinds when rows are
    missing: which areas a table has does not hang on posts, but whether there was a hotspot does.
    """

    def __init__(self, rules: Sequence[SensitiveRule], areas: pa.Table, *, rank: Rank | None = None) -> None:
        """Prepare for Releases of the areas of a workspace.

        Args:
            rules: of all lists, those whose last day is over too.
            areas: AREA_SCHEMA.
            rank: draws the ranks of an index that lost rows; None: it has none.
        """
        self._rules = tuple(rules)
        self._areas = areas
        self._rank = rank
        self._codes = frozenset(areas["area"].to_pylist())
        self._governorate = _governorates(areas)
        self._listed: dict[date, Sensitive] = {}
        self._made: dict[tuple[str, datetime, bool, frozenset[str]], Release] = {}

    def of(
        self,
        release: Release,
        now: datetime,
        *,
        beside: bool = True,
        elsewhere: frozenset[str] = frozenset(),
    ) -> Release:
        """Return a Release as it may be handed out at a moment: the same one where nothing is held back.

        Args:
            release: as the ledger has it.
            now: with its zone.
            beside: also without the districts beside one that is held back; False: to be scanned, not handed out.
            elsewhere: areas in any partners' table of its week: one that waits has its rows in a table of its own.
        """
        now = now.astimezone(UTC)
        key = (release.digest(), now, beside, elsewhere)
        if key not in self._made:
            self._made[key] = self._narrowed(release, now, beside=beside, elsewhere=elsewhere)
        return self._made[key]

    def _narrowed(
        self, release: Release, now: datetime, *, beside: bool, elsewhere: frozenset[str]
    ) -> Release:
        """Return a Release without what is held back."""
        listed = self._listed_on(now.date())
        table = release.table
        if release.kind is ReleaseKind.HOTSPOTS:
            if not names_areas(listed):
                return release
            rows = zip(table["areas"].to_pylist(), table["end"].to_pylist(), strict=True)
            near = self._near_hidden(listed) if release.circle is Circle.PARTNERS else frozenset()
            whole = pa.array(
                [near.isdisjoint(areas) and self.may_name(areas, end, now) for areas, end in rows], pa.bool_()
            )
            return replace(release, table=table.filter(whole).combine_chunks(), narrowed=True)
        keep = shown(table, listed, now)
        if names_areas(listed):
            keep = pc.and_(keep, pc.is_in(table["area"], pa.array(sorted(self._codes), pa.string())))
        if beside and _counts_for_partners(release):
            taken = pc.unique(table.filter(pc.invert(keep))["area"]).to_pylist()
            taken += [area for area in elsewhere if listed.hidden(area)]
            keep = pc.and_(keep, pc.invert(pc.is_in(table["area"], self._with(taken))))
        kept = table.filter(keep)
        if len(kept) == len(table):
            return release
        if release.kind is ReleaseKind.INDEX:
            kept = ranked(kept, self._rank)
        return replace(release, table=kept.combine_chunks(), narrowed=True)

    def may_name(self, areas: Iterable[str], last_week: date, now: datetime) -> bool:
        """Say whether a hotspot of some areas may leave at a moment: all of them may be named.

        Args:
            areas: codes.
            last_week: Monday of the last week of its window.
            now: with its zone.
        """
        now = now.astimezone(UTC)
        listed = self._listed_on(now.date())
        if not names_areas(listed):
            return True
        end = datetime.combine(last_week + WEEK, time(), UTC)
        return all(
            area in self._codes
            and not listed.hidden(area)
            and now >= end + timedelta(days=listed.later.get(area, 0))
            for area in areas
        )

    def _with(self, areas: Iterable[str]) -> pa.Array:
        """Return all areas of the governorates in which some areas lie."""
        theirs = {self._governorate[area] for area in areas if area in self._governorate}
        return pa.array(
            [area for area, governorate in self._governorate.items() if governorate in theirs], pa.string()
        )

    def _near_hidden(self, listed: Sensitive) -> frozenset[str]:
        """Return all areas of the governorates that hold one which is hidden."""
        return frozenset(self._with(listed.never | listed.coarser).to_pylist())

    def _listed_on(self, day: date) -> Sensitive:
        """Return the list as it stands on a day."""
        if day not in self._listed:
            self._listed[day] = in_force(self._rules, self._areas, day)
        return self._listed[day]


def stands(
    release: Release, ledger: Ledger, narrowing: Narrowing, now: datetime, *, beside: bool = True
) -> bool:
    """Say whether a Release is, to the last value, what the ledger has under its id without what is held back now.

    Args:
        release: what somebody holds.
        ledger: has the whole.
        narrowing: the sensitive list as it is now.
        now: with its zone.
        beside: as in `Narrowing.of`.
    """
    kept = ledger.read(release.ledger_id)
    if kept is None or not ledger.knows(kept):
        return False
    apart: Mapping[str, frozenset[str]] = {}
    if _counts_for_partners(kept):
        apart = elsewhere(ledger.find(date.fromisoformat(f"{week_of(kept)}-1")))
    made = narrowing.of(kept, now, beside=beside, elsewhere=apart.get(week_of(kept), frozenset()))
    return made.digest() == release.digest()


def week_of(release: Release) -> str:
    """Return the ISO week that the ledger id of a Release from posts names; of others whatever stands there."""
    return release.ledger_id.split(":")[1] if ":" in release.ledger_id else ""


def elsewhere(releases: Iterable[Release]) -> dict[str, frozenset[str]]:
    """Return the areas of all partners' counts of each week, by the week in the ledger ids."""
    found: dict[str, frozenset[str]] = {}
    for release in releases:
        if _counts_for_partners(release):
            areas = frozenset(pc.unique(release.table["area"]).to_pylist())
            found[week_of(release)] = found.get(week_of(release), frozenset()) | areas
    return found


def _counts_for_partners(release: Release) -> bool:
    """Say whether a Release is a table of partners' counts."""
    return (release.kind, release.circle) == (ReleaseKind.COUNTS, Circle.PARTNERS)


def shown(table: pa.Table, listed: Sensitive, now: datetime) -> pa.ChunkedArray:
    """Say which rows of counts, an index or services the list lets out at a moment: [rows] of bool.

    Args:
        table: with `area`, `week` or `date`, and `group` where it has groups.
        listed: the list as it stands that day.
        now: UTC.
    """
    hidden = pa.array(sorted(listed.never | listed.coarser), pa.string())
    keep = pc.invert(pc.is_in(table["area"], hidden))
    waiting = _days(table["area"], listed.later)
    if "group" in table.column_names:
        never = pa.array(sorted(listed.group_never), pa.string())
        keep = pc.and_(keep, pc.invert(pc.is_in(table["group"], never)))
        waiting = np.maximum(waiting, _days(table["group"], listed.group_later))
    week = "week" in table.column_names
    day = table["week" if week else "date"].cast(pa.int32())
    age = (now.date().toordinal() - _EPOCH) - pc.fill_null(pc.cast(day, pa.int64()), _UNDATED).to_numpy()
    old = (waiting == 0) | (age - (WEEK.days if week else 0) >= waiting)
    return pc.and_(keep, pa.array(old))


def ranked(index: pa.Table, rank: Rank | None) -> pa.Table:
    """Return an index with ranks among its own rows; without `rank` it has none."""
    if not set(RANKS) <= set(index.column_names):  # of an earlier Fanal
        return index
    for name in RANKS:
        place, column = index.schema.get_field_index(name), index.schema.field(name)
        index = index.set_column(place, column, pa.nulls(len(index), column.type))
    return rank(index) if rank else index


def _governorates(areas: pa.Table) -> dict[str, str]:
    """Return the governorate that each area is or lies in, where there is one."""
    columns = (areas[name].to_pylist() for name in ("area", "parent", "level"))
    rows = list(zip(*columns, strict=True))
    parent, level = {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}
    found = {
        area: [above for above in lineage(area, parent) if level.get(above) == GOVERNORATE] for area in parent
    }
    return {area: above[0] for area, above in found.items() if above}


def names_areas(listed: Sensitive) -> bool:
    """Say whether an area is on the list."""
    return bool(listed.never or listed.coarser or listed.later)


def _days(names: pa.ChunkedArray, later: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the days that each name has to wait, 0 for those that are not listed."""
    found = pc.fill_null(pc.index_in(names, pa.array(list(later), pa.string())), -1).to_numpy()
    days: NDArray[np.int64] = np.array([*later.values(), 0], dtype=np.int64)[found]
    return days
