"""The whole flow on one page: posts and layers in; signals, places, counts, hotspots, index and Releases out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal.access import listed, policy, ranking
from fanal.engine.ahead import ahead
from fanal.facts import world
from fanal.intake import Intake
from fanal.model.alert import Alert
from fanal.model.circle import Circle
from fanal.model.consent import Consent
from fanal.model.error import UserError
from fanal.model.estimate import VOLUME
from fanal.model.layer import Layer, LayerKind
from fanal.model.post import Reading
from fanal.model.release import Release, ReleaseKind
from fanal.model.sensitive import SensitiveRule
from fanal.model.week import weeks_over
from fanal.places.locate import Locator
from fanal.privacy import gate
from fanal.privacy.layer_gate import leaving, release_layers
from fanal.privacy.narrowing import Narrowing
from fanal.privacy.rescan import rescan
from fanal.privacy.rescan_partners import fits, rescan_partners
from fanal.review import alerts
from fanal.risk import author_weeks, flood, hotspots, layer_findings, people, place_draw, post_findings
from fanal.risk.expected import smoothed_shares
from fanal.risk.layer_findings import Findings
from fanal.risk.poisson_prospective import scan
from fanal.risk.watch import Watch
from fanal.settings import Settings
from fanal.signals.detect import Detector
from fanal.store.choice import SIGNALS_ALONE, Choice
from fanal.store.files import File
from fanal.store.located import located
from fanal.store.newcomers import FLIPPED, newcomers
from fanal.store.replay import Replay
from fanal.store.workspace import Workspace


def read(
    workspace: Workspace,
    readings: Iterator[Reading],
    *,
    file: str,
    form: str,
    detector: Detector,
    locator: Locator,
    new_batch: Callable[[], str],
    clock: Callable[[], datetime],
    progress: Callable[[int], None],
    choice: Choice = SIGNALS_ALONE,
    replay: Replay | None = None,
    consent: Consent = Consent.EXPORT,
    known: File | None = None,
) -> int:
    """Read posts into the lake: signals and mentions stay; texts of the choice are sealed, all others forgotten.

    Each Reading becomes one batch, committed whole. Rows that were committed before, or erased, change nothing. In a
    replay, what was rejected and is good now leaves the list in the same transaction.

    Returns:
        The number of rows that were known already.
    """
    intake = Intake(workspace, detector=detector, locator=locator, new_batch=new_batch, clock=clock)
    repeated = 0
    for reading in ahead(readings):
        repeated += intake.take(
            reading, file=file, form=form, choice=choice, consent=consent, replay=replay, known=known
        ).repeated
        progress(reading.position)
    return repeated


Dice = Callable[[int], np.random.Generator]
Progress = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


def areas_of(workspace: Workspace, boundaries: Path | None) -> pa.Table:
    """Return the areas of a workspace: its own layers of areas, or else the world's first-level areas."""
    own = _joined(workspace.layers.all(LayerKind.AREAS))
    return own if own is not None else world.areas(boundaries)


def from_layers(
    workspace: Workspace,
    settings: Settings,
    *,
    areas: pa.Table,
    first: date | None,
    dice: Dice,
    progress: Progress,
) -> Findings:
    """Scan the dated layers week by week, and weigh each area and group, each time as it was known then.

    Args:
        workspace: its layers are read.
        settings: delays, windows, replicates, seed.
        areas: AREA_SCHEMA.
        first: the first Monday of the series; None: once the layers have one baseline behind them.
        dice: makes the generator of a seed.
        progress: told weekly scans done and in all.
    """
    layer = {kind: _joined(workspace.layers.all(kind)) for kind in LayerKind}
    return layer_findings.measure(
        areas=areas,
        events=layer[LayerKind.EVENTS],
        displacement=layer[LayerKind.DISPLACEMENT],
        population=layer[LayerKind.POPULATION],
        services=layer[LayerKind.SERVICES],
        first=first,
        event_delay_days=settings.risk.event_delay_days,
        displacement_delay_days=settings.risk.displacement_delay_days,
        max_share=settings.risk.max_share,
        false_silences_a_year=settings.risk.false_silences_a_year,
        how=_watch(settings),
        dice=dice,
        progress=progress,
    )


def from_posts(
    workspace: Workspace, settings: Settings, *, areas: pa.Table, now: datetime, dice: Dice
) -> pa.Table:
    """Draw a place for each author-week; keep exact weekly counts, today's hotspots and silences in the lake.

    Weeks that are closed have their counts and no pseudonym: they count as they did before.

    Returns:
        CONTRIBUTION_SCHEMA of the weeks that are open, for the gate alone.
    """
    workspace.closings.finish(now)
    rows = located(workspace.lake, committed=workspace.desk.batches(), volume=VOLUME)
    contributions = place_draw.draw(rows, seed=settings.risk.seed)
    cells = author_weeks.sums(contributions, rows)
    counts = author_weeks.told(pa.concat_tables([workspace.closings.cells(), cells]))
    workspace.lake.overwrite("counts", counts)
    found = post_findings.hotspots(
        counts,
        areas=areas,
        now=now.date(),
        max_share=settings.risk.max_share,
        how=_watch(settings),
        dice=dice,
    )
    workspace.newcomers(now.date())  # the sketches whose time is over go
    known = newcomers(workspace.lake, committed=workspace.desk.batches())
    told = pa.concat_tables([workspace.closings.answers(), flood.answers(contributions, known)])
    found = flood.mark(found, told, flipped=FLIPPED)
    workspace.lake.overwrite("hotspots", found)
    quiet = post_findings.silence(
        counts,
        areas=areas,
        now=now.date(),
        baseline_weeks=settings.risk.baseline_weeks,
        false_a_year=settings.risk.false_silences_a_year,
    )
    workspace.lake.overwrite("silence", quiet)
    return contributions


def replayed_index(
    workspace: Workspace,
    settings: Settings,
    *,
    boundaries: Path | None,
    known_at: datetime,
    week: date,
    dice: Dice,
    now: datetime,
) -> tuple[pa.Table, pa.Table]:
    """Weigh a week with the layers in the versions that were known at a time; nothing is stored and nothing released.

    Returns:
        The index as it would leave, narrowed by what is held back now (INDEX_SCHEMA), and the areas of then.

    Raises:
        RefusedError: a layer was not public then or is not now, or the sensitive list names an area that was not known.
        UserError: nothing that an index needs was known then.
    """
    # 1. The layers of then; what is no longer public is not public in an old version either.
    public = {name: is_public for name, _, is_public in workspace.layers.origins()}
    layers = [
        replace(layer, public=layer.public and public[layer.name])
        for layer in workspace.layers.all(as_of=known_at)
    ]
    by_kind = {kind: [layer for layer in layers if layer.kind is kind] for kind in LayerKind}
    table = {kind: _joined(of_kind) for kind, of_kind in by_kind.items()}
    areas = table[LayerKind.AREAS]
    areas = world.areas(boundaries) if areas is None else areas
    population = table[LayerKind.POPULATION]
    if population is None or not (table[LayerKind.EVENTS] or table[LayerKind.DISPLACEMENT]):
        raise UserError(
            f"Nothing that an index needs was known here at {known_at:%Y-%m-%d %H:%M} UTC.",
            hint="`fanal layers list --versions` says since when each layer is known.",
        )

    # 2. The index, with the usual delays on top.
    index = layer_findings.weigh(
        areas=areas,
        events=table[LayerKind.EVENTS],
        displacement=table[LayerKind.DISPLACEMENT],
        population=population,
        services=table[LayerKind.SERVICES],
        weeks=[week],
        event_delay_days=settings.risk.event_delay_days,
        displacement_delay_days=settings.risk.displacement_delay_days,
        baseline_weeks=settings.risk.baseline_weeks,
        false_silences_a_year=settings.risk.false_silences_a_year,
    )

    # 3. What of it may leave now.
    kept = leaving(
        ReleaseKind.INDEX,
        index,
        layers=[layer for layer in layers if layer.kind in _BEHIND[ReleaseKind.INDEX]],
        areas=areas,
        population=population,
        policy=policy(settings),
        rules=listed(workspace, areas=areas, now=now),
        now=now,
        rank=ranking(settings, dice),
        today=areas_of(workspace, boundaries),
    )
    return kept, areas


def release_posts(
    workspace: Workspace,
    settings: Settings,
    contributions: pa.Table,
    *,
    areas: pa.Table,
    now: datetime,
    dice: Dice,
    progress: Progress,
) -> list[Release]:
    """Let every ISO week that is over through the gate, then scan what was released for hotspots, circle by circle.

    All weeks from the first post to the last are released, those without a post too, so that a week's
    being there tells nothing. A week that has its Release keeps it.
    """
    counted = {*pc.unique(contributions["week"]).to_pylist(), *workspace.closings.weeks()}
    every = pa.chunked_array([pa.array(sorted(counted | set(workspace.ledger.spent())), pa.date32())])
    weeks = weeks_over(every, now.date())
    rules = listed(workspace, areas=areas, now=now)
    made: list[Release] = []
    for done, week in enumerate(weeks, start=1):
        made += release_week(workspace, settings, contributions, week=week, areas=areas, rules=rules, now=now)
        progress(done, len(weeks))
    narrowing = Narrowing(rules, areas)
    scans: tuple[tuple[Circle, Callable[..., Release]], ...] = (
        (Circle.PUBLIC, rescan),
        (Circle.PARTNERS, rescan_partners),
    )
    for circle, again in scans:
        counts = [one for one in made if one.circle is circle and one.kind is ReleaseKind.COUNTS]
        open_now = gate.readable(counts, circle, now, narrowing=narrowing, beside=False)
        if not open_now or (circle is Circle.PARTNERS and not fits(open_now[-1])):
            continue
        made.append(
            again(
                open_now,
                areas=areas,
                population=_joined(workspace.layers.all(LayerKind.POPULATION)),
                shares=smoothed_shares,
                scan=scan,
                tabulate=hotspots.table,
                ledger=workspace.ledger,
                narrowing=narrowing,
                now=now,
                rng=dice(settings.risk.seed),
                max_weeks=settings.risk.window_weeks,
                max_share=settings.risk.max_share,
                replicates=settings.risk.replicates,
                stop_after=settings.risk.stop_after or None,
            )
        )
    return made


def release_week(
    workspace: Workspace,
    settings: Settings,
    contributions: pa.Table,
    *,
    week: date,
    areas: pa.Table,
    rules: Sequence[SensitiveRule],
    now: datetime,
) -> list[Release]:
    """Let one ISO week that is over through the gate; one that has its Release keeps it."""
    return gate.release_counts(
        contributions,
        areas=areas,
        week=week,
        policy=policy(settings),
        rules=rules,
        ledger=workspace.ledger,
        now=now,
        seed=settings.risk.seed,
        unit=gate.ONE_POST if workspace.desk.totals().posts_without_author else gate.ONE_AUTHOR,
        sources=workspace.desk.formats(),
    )


def release_findings(
    workspace: Workspace,
    settings: Settings,
    findings: Findings,
    *,
    areas: pa.Table,
    now: datetime,
    dice: Dice,
) -> list[Release]:
    """Let hotspots, index, services and people of public layers through the gate; where one is not public, nothing."""
    layers = [layer for layer in workspace.layers.all() if layer.kind is not LayerKind.AREAS]
    population = _joined([layer for layer in layers if layer.kind is LayerKind.POPULATION])
    if population is None or not all(layer.public for layer in layers):
        return []
    services = _joined([layer for layer in layers if layer.kind is LayerKind.SERVICES])
    rules = listed(workspace, areas=areas, now=now)
    tables = {
        ReleaseKind.HOTSPOTS: findings.hotspots,
        ReleaseKind.INDEX: findings.index,
        ReleaseKind.SERVICES: services,
        ReleaseKind.PEOPLE: people.people(
            areas=areas,
            population=population,
            displacement=_joined([layer for layer in layers if layer.kind is LayerKind.DISPLACEMENT]),
            today=now.date(),
        ),
    }
    return [
        release_layers(
            kind,
            table,
            layers=[layer for layer in layers if layer.kind in _BEHIND[kind]],
            areas=areas,
            population=population,
            policy=policy(settings),
            rules=rules,
            ledger=workspace.ledger,
            now=now,
            rank=ranking(settings, dice),
        )
        for kind, table in tables.items()
        if table is not None and len(table)
    ]


def gather_alerts(workspace: Workspace, settings: Settings, *, now: datetime) -> list[Alert]:
    """Bring the alerts of the desk to what the Releases of hotspots show, and return them, newest first."""
    found = alerts.gather(
        workspace.alerts.all(),
        workspace.ledger.all(),
        at_least_weeks=settings.risk.alert_recurrence_weeks,
        now=now,
    )
    workspace.alerts.keep(found)
    return workspace.alerts.all()


_BEHIND: dict[ReleaseKind, frozenset[LayerKind]] = {
    ReleaseKind.HOTSPOTS: frozenset({LayerKind.EVENTS, LayerKind.DISPLACEMENT, LayerKind.POPULATION}),
    ReleaseKind.INDEX: frozenset(LayerKind) - {LayerKind.AREAS},
    ReleaseKind.SERVICES: frozenset({LayerKind.SERVICES}),
    ReleaseKind.PEOPLE: frozenset({LayerKind.POPULATION, LayerKind.DISPLACEMENT}),
}
"""The kinds of layers that each kind of Release is made from."""


def _watch(settings: Settings) -> Watch:
    """Return how a series is scanned."""
    risk = settings.risk
    return Watch(
        baseline_weeks=risk.baseline_weeks,
        window_weeks=risk.window_weeks,
        replicates=risk.replicates,
        stop_after=risk.stop_after,
        seed=risk.seed,
    )


def _joined(layers: list[Layer]) -> pa.Table | None:
    """Return the rows of all layers of a kind, or None where there are none."""
    return pa.concat_tables(layer.table for layer in layers) if layers else None
