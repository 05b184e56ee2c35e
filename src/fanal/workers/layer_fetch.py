"""Fetching layers: whose turn it is, a look at one address, and the new version that it may give a workspace."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from fanal.model.error import InputError, UserError
from fanal.model.layer import LayerKind, LayerReport
from fanal.settings import LayerAddress, Settings
from fanal.sources import published
from fanal.sources.catalogue import layer_source
from fanal.sources.live import LostError
from fanal.sources.published import Address, Known, Published
from fanal.store.layer_looks import LayerLook
from fanal.store.workspace import Workspace
from fanal.workers.follow import InTurn

AGAIN_AFTER_FAILURE = timedelta(hours=1)
"""An address that failed is due again so much later, or with its next turn if that is sooner."""

TURN_SECONDS = 60.0
"""Beside streams it is asked so often whose turn it is."""

NOT_STATED = "not stated"


class Outcome(StrEnum):
    """Name what a look at an address brought."""

    NEW = "new"  # a version that was not here
    SAME = "same"  # what is here already


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Hold an address that is to be looked at, with what is known of it."""

    settings: LayerAddress
    address: Address
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Say what a look at an address brought."""

    name: str
    outcome: Outcome
    report: LayerReport | None = None  # of a new version
    rows_before: int | None = None  # of the version before; None: there was none


def turns(
    workspace: Workspace,
    settings: Settings,
    *,
    now: datetime,
    names: Collection[str] = (),
    waiting: bool = True,
    again: bool = False,
) -> list[Turn]:
    """Return the addresses that are to be looked at, areas first: other layers are put into them.

    Args:
        workspace: open, for reading at least.
        settings: its `[layer_sources.NAME]`.
        now: the time.
        names: only these; empty: all.
        waiting: leave out those of which the hours between two looks are not over.
        again: as if nothing of them were known, so that the same file is read again, into areas that changed.

    Raises:
        UserError: a name that no address has.
    """
    unknown = sorted(set(names) - set(settings.layer_sources))
    if unknown:
        raise UserError(
            f"There is no section [layer_sources.{unknown[0]}].",
            hint=f"There are {', '.join(settings.layer_sources) or 'none'}: see docs/layers.md.",
        )
    looks = workspace.layer_looks.all()
    found = []
    for name, one in settings.layer_sources.items():
        address = Address(
            name=name,
            kind=one.kind,
            url=one.url,
            ckan=one.ckan,
            package=one.package,
            resource=one.resource,
            hosts=one.hosts,
        )
        look = looks.get(name)
        if look is not None and look.address != address.shown:
            look = None
        if (names and name not in names) or (waiting and look is not None and now < _next(look, one)):
            continue
        known = Known()
        if look is not None and not again:
            known = Known(etag=look.etag, modified=look.modified, marker=look.marker, sha256=look.sha256)
        found.append(Turn(settings=one, address=address, known=known))
    return sorted(found, key=lambda one: one.settings.kind is not LayerKind.AREAS)


async def look(one: Turn, *, now: datetime, contact: str) -> Published:
    """Ask an address what it has; nothing of a workspace is needed meanwhile. Raises as `published.fetch`."""
    return await published.fetch(one.address, one.known, now=now, contact=contact)


def take(workspace: Workspace, one: Turn, found: Published, *, now: datetime) -> Fetched:
    """Keep what an address gave: a file that is another than before becomes a new version, known from now on.

    Raises:
        InputError: the file is no layer of its kind, or none of its rows lies in an area; the old version stays.
    """
    name = one.address.name
    if found.body is None:
        _keep(workspace, one, found, now)
        return Fetched(name=name, outcome=Outcome.SAME)
    # 1. Read it as any file of its kind.
    areas = workspace.layers.all(LayerKind.AREAS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}{found.suffix}"
        path.write_bytes(found.body)
        try:
            layer, report = layer_source(one.settings.kind).read(
                path,
                areas=areas[0].table if areas else None,
                mapping=one.settings.map,
                name=name,
                source=one.settings.source or found.source or NOT_STATED,
                licence=one.settings.licence or found.licence or NOT_STATED,
                public=one.settings.public,
            )
        except InputError as error:
            raise published.unreadable(error, path=str(path), name=name) from error

    # 2. A file that says nothing is a mishap, not calm.
    if not report.matched:
        raise InputError(
            f"The file of the layer {name} has {report.rows:,} rows, and none of them lies in an area.",
            hint="The version that is here stays. Look at the file, and at the areas of the workspace.",
        )

    # 3. Keep it behind the versions that were known before.
    before = {title: rows for title, _, rows in workspace.layers.listed()}.get(name)
    workspace.layers.add(
        layer, known_at=now, sha256=found.known.sha256, address=found.address, published=found.published
    )
    _keep(workspace, one, found, now)
    return Fetched(name=name, outcome=Outcome.NEW, report=report, rows_before=before)


def failed(workspace: Workspace, one: Turn, sentence: str, *, now: datetime) -> None:
    """Note that a look failed."""
    workspace.layer_looks.failed(one.address.name, address=one.address.shown, at=now, sentence=sentence)


async def keep_looking(
    in_turn: InTurn,
    *,
    workspace: Callable[[], Workspace],
    settings: Settings,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    told: Callable[[Turn, Fetched | str], None],
) -> None:
    """Look at each address when it is its turn, beside the streams, until cancelled.

    Args:
        in_turn: runs a piece of work where the workspace is held, between two commits.
        workspace: gives it there.
        settings: its `[layer_sources.NAME]`.
        clock: UTC.
        sleep: waits for seconds.
        told: told what a look brought, or the sentence of why it brought nothing.
    """
    while True:
        for one in await in_turn(lambda: turns(workspace(), settings, now=clock())):
            try:
                found = await look(one, now=clock(), contact=settings.follow.contact)
                got = await in_turn(partial(_take_now, workspace, one, found, clock))
            except (LostError, UserError) as error:
                await in_turn(partial(_failed_now, workspace, one, error.sentence, clock))
                told(one, error.sentence)
            else:
                told(one, got)
        await sleep(TURN_SECONDS)


def _take_now(
    workspace: Callable[[], Workspace], one: Turn, found: Published, clock: Callable[[], datetime]
) -> Fetched:
    return take(workspace(), one, found, now=clock())


def _failed_now(
    workspace: Callable[[], Workspace], one: Turn, sentence: str, clock: Callable[[], datetime]
) -> None:
    failed(workspace(), one, sentence, now=clock())


def _keep(workspace: Workspace, one: Turn, found: Published, now: datetime) -> None:
    """Note a look that brought an answer."""
    known = found.known
    workspace.layer_looks.keep(
        LayerLook(
            name=one.address.name,
            looked_at=now,
            address=one.address.shown,
            etag=known.etag,
            modified=known.modified,
            marker=known.marker,
            sha256=known.sha256,
        )
    )


def _next(look: LayerLook, one: LayerAddress) -> datetime:
    """Return when an address is due again."""
    every = timedelta(hours=one.every_hours)
    return look.looked_at + (min(every, AGAIN_AFTER_FAILURE) if look.failed else every)
