"""The gate: from a week's contributions to Releases, each week once, and what may be read by whom and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement
from fanal.model.sensitive import SensitiveRule
from fanal.model.week import WEEK
from fanal.privacy import noise, shown
from fanal.privacy.bounding import PARTNER_SIGNALS, PUBLIC_SIGNALS, bound, grid
from fanal.privacy.ledger import Ledger
from fanal.privacy.narrowing import Narrowing, elsewhere, stands, week_of
from fanal.privacy.policy import LEAST_DELAY_DAYS, Policy
from fanal.privacy.sensitive import in_force
from fanal.privacy.shown import Shown

ONE_AUTHOR = "one author in one ISO week"
ONE_POST = "one post: the stream names no authors, so each post counts as an author"

_MAY_READ: dict[Circle, frozenset[Circle]] = {
    Circle.PUBLIC: frozenset({Circle.PUBLIC}),
    Circle.PARTNERS: frozenset({Circle.PUBLIC, Circle.PARTNERS}),
    Circle.INSIDE: frozenset(Circle),
}


def release_counts(
    contributions: pa.Table,
    *,
    areas: pa.Table,
    week: date,
    policy: Policy,
    rules: Sequence[SensitiveRule],
    ledger: Ledger,
    now: datetime,
    seed: int,
    unit: str,
    sources: Sequence[str],
) -> list[Release]:
    """Make the Releases of one ISO week, or read again those that it has.

    Public and partners' tables are drawn together, and the week's budget is spent once: posts of that
    week that come in later change nothing any more.

    Args:
        contributions: CONTRIBUTION_SCHEMA, of which the rows of `week` count.
        areas: AREA_SCHEMA, all areas of the workspace.
        week: Monday.
        policy: the numbers of the gate.
        rules: the sensitive list.
        ledger: where Releases stand.
        now: with its zone.
        seed: of the choice of cells, never of the noise; from 0 to 2**64 - 1.
        unit: ONE_AUTHOR, or ONE_POST for a stream without authors.
        sources: publisher, data set and licence of each.

    Returns:
        A public Release, one for partners unless `partner_cells` is 0, and one more of each for every
        other delay that the sensitive list asks for.

    Raises:
        RefusedError: the week is not over, or noise cannot be had within the budget.
    """
    now, over = _utc(now), _end(week)
    if now < over:
        raise RefusedError(
            f"The week of {week} is not over before {over:%Y-%m-%d %H:%M} UTC.", hint="Release it after that."
        )
    # 1. A question that was asked is not asked again.
    if found := ledger.find(week):
        return found

    # 2. Fix the cells by area and signal, before any count is looked at.
    sensitive = in_force(rules, areas, now.date())
    cells = grid(areas, sensitive)

    # 3. Bound what each author adds, then add noise to all cells at once.
    public, partner = bound(contributions, cells=cells, week=week, policy=policy, seed=seed)
    noisy, finer = shown.draw(public, partner if policy.partner_cells else None, policy=policy)

    # 4. Hide what is small, keep districts within their governorate, and part it by who may read it when.
    parted = partial(
        _parted,
        week=week,
        policy=policy,
        later=sensitive.later,
        unit=unit,
        sources=tuple(sources),
        made_at=now,
    )
    top = shown.show_public(noisy, policy)
    whole = np.ones(len(cells.public_areas), dtype=np.bool_)
    tables = [_Table(codes=cells.public_areas, signals=PUBLIC_SIGNALS, whole=whole, numbers=top)]
    releases = parted(Circle.PUBLIC, tables)
    if finer is not None:
        least = policy.partner_delay_days
        waits = np.array(
            [max(least, sensitive.later.get(code, 0)) for code in cells.partner_areas], dtype=np.int64
        )
        numbers = shown.show_partners(finer, noisy, cells=cells, policy=policy, later=waits)
        tables.insert(
            0,
            _Table(codes=cells.partner_areas, signals=PARTNER_SIGNALS, whole=cells.whole, numbers=numbers),
        )
        releases += parted(Circle.PARTNERS, tables)

    # 5. Write them down, with the budget that they cost, before anybody sees them.
    ledger.record(releases, week=week, epsilon=float(policy.epsilon))
    return releases


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Hold areas and signals with what is shown of them."""

    codes: Sequence[str]
    signals: Sequence[str]
    whole: NDArray[np.bool_]  # [codes]
    numbers: Shown  # [codes, signals]


def _parted(
    circle: Circle,
    tables: Sequence[_Table],
    *,
    week: date,
    policy: Policy,
    later: Mapping[str, int],
    unit: str,
    sources: tuple[str, ...],
    made_at: datetime,
) -> list[Release]:
    """Return the Releases of one circle: one for each delay that its areas have."""
    public = circle is Circle.PUBLIC
    least = policy.public_delay_days if public else policy.partner_delay_days
    delays = [
        np.array([max(least, later.get(code, 0)) for code in one.codes], dtype=np.int64) for one in tables
    ]
    releases: list[Release] = []
    for delay in sorted({least, *np.concatenate(delays).tolist()}):
        statement = Statement(
            mechanism=noise.MECHANISM,
            unit=unit,
            epsilon=float(policy.epsilon),
            scale=policy.scale,
            threshold=policy.threshold,
            max_cells=policy.public_cells if public else policy.max_cells - policy.public_cells,
            delay_days=delay,
            sources=sources,
        )
        rows = [
            _rows(one, np.flatnonzero(waits == delay), week)
            for one, waits in zip(tables, delays, strict=True)
        ]
        releases.append(
            Release(
                ledger_id=release_id(week, circle, *([] if delay == least else [f"later{delay}"])),
                kind=ReleaseKind.COUNTS,
                basis=Basis.POSTS,
                circle=circle,
                table=pa.concat_tables(rows).combine_chunks(),
                statement=statement,
                made_at=made_at,
            )
        )
    return releases


def _rows(table: _Table, kept: NDArray[np.int64], week: date) -> pa.Table:
    """Return some areas of a table as RELEASED_COUNT_SCHEMA, in which what is hidden is null."""
    counts, low, high = (
        part[kept].ravel() for part in (table.numbers.counts, table.numbers.low, table.numbers.high)
    )
    hidden = counts == shown.HIDDEN
    width = len(table.signals)
    codes = pa.array(table.codes, pa.string()).take(pa.array(np.repeat(kept, width)))
    signals = pa.array([str(signal) for signal in table.signals], pa.string())
    return pa.table(
        [
            codes,
            pa.repeat(pa.scalar(week, pa.date32()), len(counts)),
            signals.take(pa.array(np.tile(np.arange(width), len(kept)))),
            pa.array(counts, mask=hidden),
            *(pa.array(values.astype(np.float64), mask=hidden) for values in (low, high)),
            pa.array(np.repeat(table.whole[kept], width)),
        ],
        schema=RELEASED_COUNT_SCHEMA,
    )


def release_id(week: date, circle: Circle, *parts: str) -> str:
    """Return the ledger id of a Release from posts.

    >>> release_id(date(2014, 7, 28), Circle.PUBLIC, "hotspots")
    'release:2014-W31:public:hotspots'
    """
    year, number, _ = week.isocalendar()
    return ":".join(["release", f"{year}-W{number:02d}", circle.value, *parts])


def opens(release: Release) -> datetime:
    """Return the moment from which a Release may be read by its circle.

    Whatever comes from posts waits for the end of the week in its ledger id and the delay that it states;
    a public one waits at least four weeks. Layers are public already.

    Raises:
        RefusedError: a Release from posts whose ledger id names no week.
    """
    if release.basis is Basis.LAYERS:
        return release.made_at
    try:
        week = date.fromisoformat(f"{release.ledger_id.split(':')[1]}-1")
    except (IndexError, ValueError) as error:
        raise RefusedError(f"The Release {release.ledger_id} names no week.") from error
    least = LEAST_DELAY_DAYS if release.circle is Circle.PUBLIC else 0
    return _end(week) + timedelta(days=max(release.statement.delay_days, least))


def readable(
    releases: Iterable[Release],
    circle: Circle,
    now: datetime,
    *,
    narrowing: Narrowing,
    beside: bool = True,
) -> list[Release]:
    """Return the Releases that a circle may read now, without what the sensitive list holds back now.

    Partners read what is public too. Those inside read every Release at once and whole: they see exact counts.

    Args:
        releases: as the ledger has them.
        circle: who reads.
        now: with its zone.
        narrowing: the sensitive list as it is now.
        beside: as in `Narrowing.of`; False: for a scan, whose hotspots are then asked for themselves.
    """
    every = list(releases)
    found = [release for release in every if _refusal(release, circle, _utc(now)) is None]
    if circle is Circle.INSIDE:
        return found
    apart = elsewhere(every)
    return [
        narrowing.of(release, now, beside=beside, elsewhere=apart.get(week_of(release), frozenset()))
        for release in found
    ]


def require(
    release: object, ledger: Ledger, *, circle: Circle, now: datetime, narrowing: Narrowing
) -> Release:
    """Return what is a Release that this circle may read now; every outside face asks here first.

    For those outside it must be what `readable` hands out now: one that holds what came onto the sensitive list since
    is refused, and so is one that holds less than it may.

    Raises:
        RefusedError: no Release; one that the ledger does not know by id and digest, or that holds what is held back;
            of another circle; too early.
    """
    if not isinstance(release, Release):
        raise RefusedError(f"Only a Release may leave, and this is a {type(release).__name__}.")
    whole = ledger.knows(release)
    if not whole and (circle is Circle.INSIDE or not release.narrowed):
        raise RefusedError(f"The ledger does not know {release.ledger_id} as it is here.")
    refusal = _refusal(release, circle, _utc(now))
    if refusal is not None:
        raise RefusedError(refusal)
    if circle is not Circle.INSIDE and not stands(release, ledger, narrowing, now):
        raise RefusedError(
            f"{release.ledger_id} holds what the sensitive list holds back now."
            if whole
            else f"The ledger does not know {release.ledger_id} as it is here."
        )
    return release


def _refusal(release: Release, circle: Circle, now: datetime) -> str | None:
    """Return why a circle may not read a Release now, or None."""
    if release.circle not in _MAY_READ[circle]:
        return f"{release.ledger_id} is for the circle {release.circle}, not for {circle}."
    if circle is not Circle.INSIDE and now < opens(release):
        return f"{release.ledger_id} may be read from {opens(release):%Y-%m-%d %H:%M} UTC on."
    return None


def _end(week: date) -> datetime:
    """Return the end of an ISO week, UTC.

    Raises:
        ValueError: not a Monday.
    """
    if week.weekday():
        raise ValueError(f"{week} is no Monday: a week is written as its Monday.")
    return datetime.combine(week + WEEK, time(), UTC)


def _utc(now: datetime) -> datetime:
    """Return a moment in UTC.

    Raises:
        ValueError: it has no zone.
    """
    if now.tzinfo is None:
        raise ValueError("The gate needs a clock with a zone.")
    return now.astimezone(UTC)
