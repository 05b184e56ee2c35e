"""`fanal follow`: listen to the streams of the settings, and commit what arrives, until it is stopped."""

import asyncio
import math
import signal
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.cli.credentials import credential
from fanal.cli.detector import detector
from fanal.cli.dice import batch_id, chance
from fanal.cli.duties import MAY
from fanal.cli.locator import locator
from fanal.cli.person import acting
from fanal.cli.session import Session, session
from fanal.intake import Intake
from fanal.model.error import SettingError
from fanal.model.layer import LayerKind
from fanal.model.stream import StreamState
from fanal.retention import close_weeks
from fanal.settings import Follow as FollowSettings
from fanal.settings import Settings, StreamSettings
from fanal.sources.live import LiveSource, Tools
from fanal.sources.mailbox import Mailbox
from fanal.sources.option import options_of
from fanal.sources.streams import live_source
from fanal.store.lock import following
from fanal.store.sieve import BLOCKS, Sieve
from fanal.store.workspace import LOCK, Workspace
from fanal.web.inbox import listening
from fanal.workers.follow import Follow, Followed, Pace
from fanal.workers.health import Health
from fanal.workers.layer_fetch import Fetched, Outcome, Turn, keep_looking
from fanal.workers.metrics import served
from fanal.workers.taker import Keep, Taker

SIEVE_BLOCKS = 8 * BLOCKS
"""256 MB: a live stream brings tens of millions of rows into the weeks that one run touches. See `Seen`."""

EXIT_DEAD = 1


def follow(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Streams of the settings. Default: all.", metavar="[NAME]...")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--for", min=0.01, help="Stop after so many minutes. Default: never.")
    ] = None,
    json: Json = False,
) -> None:
    """Listen to live streams, each a section [streams.NAME] of fanal.toml, and commit what arrives.

    Each stream says on what ground it may be read, and goes on where it was left. Rows are committed with the
    place behind them, so that nothing is lost or counted twice, however the run ends. A lost connection is tried
    again; Ctrl-C commits what has arrived and ends. Other commands wait for their turn and get it.

    Examples: [cyan]fanal -w w follow[/cyan] · [cyan]fanal -w w follow bluesky --for 10[/cyan]
    """
    here = session(context)
    settings = here.settings()
    ours = settings.follow
    with following(here.folder / LOCK), _taker(here, settings) as taker:
        chosen = _chosen(settings, names or [])
        streams = [
            _followed(taker.workspace, name, said, contact=ours.contact) for name, said in chosen.items()
        ]
        running = Follow(
            streams,
            taker=taker,
            pace=Pace(
                commit_seconds=ours.commit_seconds,
                commit_rows=ours.commit_rows,
                dead_after=60.0 * ours.dead_after_minutes,
            ),
            clock=now,
            told=_tell,
            beside=partial(
                keep_looking,
                workspace=lambda: taker.workspace,
                settings=settings,
                clock=now,
                sleep=asyncio.sleep,
                told=partial(_tell_layer, taker),
            )
            if settings.layer_sources
            else None,
        )
        inboxes = {one.name: one.tools.inbox for one in streams if one.tools.inbox is not None}
        seconds = None if minutes is None else 60 * minutes
        asyncio.run(_run(running, inboxes, settings=ours, seconds=seconds))
    facts = {name: _facts(health) for name, health in running.healths.items()}
    if json:
        answer(facts)
    else:
        for name, one in facts.items():
            say(
                f"{name}: {one['rows']:,} rows, {one['posts']:,} new posts, {one['signals']:,} signals, "
                f"{one['rejected']:,} rejected; {one['state']}. {one['detail']}".rstrip()
            )
    if any(one["state"] == StreamState.DEAD for one in facts.values()):
        raise typer.Exit(EXIT_DEAD)


def _chosen(settings: Settings, names: list[str]) -> Mapping[str, StreamSettings]:
    """Return the streams that are meant.

    Raises:
        SettingError: there is none of that name, or none at all.
    """
    if not settings.streams:
        raise SettingError(
            "No stream is set.", hint="Write a section [streams.NAME] into fanal.toml: see docs/streams.md."
        )
    for name in names:
        if name not in settings.streams:
            raise SettingError(
                f"There is no stream {name}.", hint=f"fanal.toml has {', '.join(settings.streams)}."
            )
    return {name: one for name, one in settings.streams.items() if not names or name in names}


def _followed(workspace: Workspace, name: str, said: StreamSettings, *, contact: str) -> Followed:
    """Check what the settings say of a stream, note its ground, and return it with the place where it goes on.

    Raises:
        SettingError: an option is wrong, a secret is missing, or its ground is none for such a source.
    """
    source = live_source(said.source, stream=name)
    if said.consent not in source.consents:
        grounds = ", ".join(sorted(source.consents))
        raise SettingError(
            f"The setting streams.{name}.consent cannot be {said.consent} for a {source.name}.",
            hint=f"Its posts can be read as: {grounds}. See docs/streams.md.",
        )
    files = {f"{secret}_file": secret for secret in source.secrets}
    secrets = {
        secret: credential(
            variable(name, secret), _text(said.options.get(file, "")), setting=f"streams.{name}.{file}"
        )
        for file, secret in files.items()
    }
    options = options_of_stream(source, name, said)
    secrets = {key: value for key, value in secrets.items() if value}
    opened = source.inbox and source.inbox(options, secrets=secrets, clock=now, folder=workspace.folder)
    begun = workspace.streams.begin(
        name, source=source.name, consent=said.consent, terms=said.terms or source.terms, now=now()
    )
    return Followed(
        name=name,
        source=source,
        options=options,
        consent=said.consent,
        timezone=said.timezone or None,
        tools=Tools(
            clock=now,
            sleep=asyncio.sleep,
            dice=chance,
            secrets=secrets,
            contact=contact,
            inbox=opened,
        ),
        cursor=begun.cursor,
        rows=begun.rows,
    )


def options_of_stream(source: LiveSource, name: str, said: StreamSettings) -> Any:
    """Return the options of a stream, without the files of its secrets.

    Raises:
        SettingError: one is wrong or missing.
    """
    files = {f"{secret}_file" for secret in source.secrets}
    values = {key: value for key, value in said.options.items() if key not in files}
    return options_of(source.options, values, stream=name)


def variable(stream: str, secret: str) -> str:
    """Return the variable of the environment that goes before the file of a secret.

    >>> variable("my-bot", "token")
    'FANAL_STREAM_MY_BOT_TOKEN'
    """
    return f"FANAL_STREAM_{stream}_{secret}".upper().replace("-", "_")


def _text(value: object) -> str:
    """Return a path of the settings; anything else is no path, and is said to be missing."""
    return value if isinstance(value, str) else repr(value)


def _taker(here: Session, settings: Settings) -> Taker:
    """Return what commits into the workspace; each time it opens, the person is asked and weeks that are over close."""
    found_with = detector(Path(chosen) if (chosen := settings.signals.classifier) else None)

    @contextmanager
    def open_workspace() -> Iterator[Workspace]:
        with here.open(writing=True, yields=True) as (
            workspace,
            current,
        ):  # the gate's numbers may have changed
            person = acting(workspace, *MAY["follow"])
            areas = pipeline.areas_of(workspace, natural_earth(current.places.boundaries))
            close_weeks(workspace, current, areas=areas, who=person, now=now(), new_id=batch_id)
            yield workspace

    def intake(workspace: Workspace) -> Intake:
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        return Intake(
            workspace,
            detector=found_with,
            locator=locator(workspace, settings, areas),
            new_batch=batch_id,
            clock=now,
            sieve=Sieve(blocks=SIEVE_BLOCKS),
        )

    return Taker(
        open_workspace,
        intake=intake,
        keep=Keep(signals=settings.vault.signals, sample=settings.vault.sample),
        compact_batches=settings.follow.compact_batches,
        clock=now,
    )


async def _run(
    running: Follow, inboxes: Mapping[str, Mailbox], *, settings: FollowSettings, seconds: float | None
) -> None:
    """Follow until a signal comes, or the time is over, with the metrics and the inbox open meanwhile."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    port = settings.metrics_port
    async with AsyncExitStack() as stack:
        if inboxes:
            await stack.enter_async_context(
                listening(inboxes, host=settings.inbox_host, port=settings.inbox_port)
            )
        if port:
            try:
                stack.enter_context(served(running.healths.values(), port=port, clock=loop.time))
            except OSError as error:
                raise SettingError(
                    f"The setting follow.metrics_port names port {port}, which cannot be used: {error.strerror}.",
                    hint="Choose another; 0 serves no metrics.",
                ) from error
        await running.run(stop)


def _tell(health: Health) -> None:
    """Tell a person that a stream's state changed."""
    note(f"{health.name}: {health.state}. {health.detail}".rstrip())


def _tell_layer(taker: Taker, turn: Turn, got: Fetched | str) -> None:
    """Tell a person that a layer has a new version, or why a look at its address failed."""
    if isinstance(got, str):
        note(f"layer {turn.address.name}: {got} The version that is here stays.")
    elif got.outcome is Outcome.NEW:
        if turn.settings.kind is LayerKind.AREAS:
            taker.renew()  # places are put into the new areas from now on
        note(f"layer {got.name}: a new version.")


def _facts(health: Health) -> dict[str, object]:
    """Return what a run saw of a stream."""
    return {
        "state": health.state.value,
        "detail": health.detail,
        "rows": health.rows,
        "posts": health.posts,
        "signals": health.signals,
        "rejected": health.rejected,
        "lost": health.lost,
        "commit_seconds_p50": _seconds(health, 0.5),
        "commit_seconds_p99": _seconds(health, 0.99),
    }


def _seconds(health: Health, share: float) -> float | None:
    """Return a quantile of the waits for a commit; None: no row was committed."""
    found = health.latency.quantile(share)
    return None if math.isnan(found) else round(found, 3)
