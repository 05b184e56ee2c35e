"""`fanal bench`: measure what each stage costs, beside parsing alone and beside other libraries."""

import platform
import sys
import tempfile
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from fanal.bench import forms, gate, peers, plot, points, report, scans, stages
from fanal.bench.figure import Figure, measure
from fanal.bench.pinned import pinned
from fanal.bench.process import Cost, cost_of
from fanal.bench.profile import profile
from fanal.bench.report import Report
from fanal.bench.stages import Bench
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, note, say
from fanal.cli.dice import batch_id, generator, secret
from fanal.cli.locator import shared
from fanal.facts import iraq, world
from fanal.signals import classifier, language_model
from fanal.simulate.stream import simulate

SEED = 20140803
SCAN_ROUNDS = 3
GATE_ROUNDS = 3
PLOT = "scan_cost.svg"
LIBRARIES = ("pyarrow", "numba", "numpy", "duckdb", "deltalake", "orjson")


def bench(
    posts: Annotated[int, typer.Option(min=1_000, help="Simulated posts to measure over.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="Measured rounds; the median counts.")] = 5,
    profile_it: Annotated[
        bool, typer.Option("--profile", help="Say in which functions the whole line spends its time.")
    ] = False,
    with_scans: Annotated[
        bool, typer.Option("--scans", help="Also scan years of up to 10,000 areas, which takes minutes.")
    ] = False,
    with_gate: Annotated[
        bool, typer.Option("--gate", help="Also draw the gate's noise over a million cells.")
    ] = False,
    with_forms: Annotated[
        bool, typer.Option("--forms", help="Also read each form of export and of live rows.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the page of figures to this file.")] = None,
    json: Json = False,
) -> None:
    """Measure each stage on one core, beside parsing alone and beside the library that a user would pick.

    The posts are simulated: the figures say how fast, never how well.

    Example: [cyan]fanal bench --posts 200000 --json[/cyan]
    """
    with tempfile.TemporaryDirectory(prefix="fanal-bench-") as folder:
        scratch = Path(folder)
        file = scratch / "posts.jsonl"
        with bar("Simulating posts", posts) as progress:
            simulate(file, iraq.layers(), posts=posts, seed=SEED, rng=generator(SEED), progress=progress.to)
        with (
            pinned(),
            stages.prepared(
                file, scratch, shared(), new_batch=batch_id, secret=secret, clock=now
            ) as prepared,
        ):
            if profile_it:
                _tell_profile(prepared)
            found = _measure(prepared, rounds)
            process = _process(file, scratch)
            starts = _starts(rounds)
            read = _forms(scratch, rounds) if with_forms else []
        scanned, grown = _scans() if with_scans else ([], [])
        drawn = _gate() if with_gate else None
        made = Report(
            figures=tuple(found),
            process=process,
            starts=starts,
            models=sum(model.stat().st_size for model in (classifier.FILE, language_model.FILE)),
            posts=prepared.posts,
            bytes=file.stat().st_size,
            rounds=rounds,
            scans=tuple(scanned),
            growth=tuple(grown),
            gate=drawn,
            forms=tuple(read),
            machine=f"{platform.system()} {platform.machine()}, one core",
            versions={"Python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        )
    document = made.document()
    if out is not None:
        out.write_text(report.page(document, {one.name: one.what for one in found}), encoding="utf-8")
        if grown:
            out.with_name(PLOT).write_text(plot.svg(grown, scans.slope(grown)), encoding="utf-8")
        note(f"Wrote {out}.")
    if json:
        answer(document)
        return
    _tell(document)


def _tell(document: dict[str, Any]) -> None:
    """Print a report for people."""
    for name, rate in document["posts_per_second"].items():
        say(f"{name:<14} {rate:>12,} posts/s   {rate / document['parse_only']:7.3f} of parsing alone")
    for name, rate in document["points_per_second"].items():
        say(f"{name:<14} {rate:>12,} points/s")
    for name, peer in document["peers"].items():
        unit = "posts" if "posts_per_second" in peer else "points"
        say(
            f"{name:<14} {peer[f'{unit}_per_second']:>12,} {unit}/s   ours is {peer['ours_to_peer']:g} times as fast "
            f"({peer['beside']})"
        )
    for one in document["forms"]:
        say(
            f"{one['form']:<16} {one['posts_per_second']:>12,} posts/s   {one['of_parsing_alone']:g} of parsing alone"
        )
    for one in document["scans"]:
        say(f"{one['what']}: {one['seconds']:g} s, a plain loop {one['plain_to_ours']:g} times as long")
    if drawn := document["gate"]:
        say(f"the gate, {drawn['what']}: {drawn['seconds']:g} s, {drawn['peak_rss_mb']} MB")
    for goal in document["goals"]:
        say(f"{goal['what']}: {report.said(goal)}")
    say(f"`fanal read` held {document['peak_rss_mb']} MB at most.")


def _measure(prepared: Bench, rounds: int) -> list[Figure]:
    """Measure all works, with a bar."""
    layers = {"iraq": iraq.areas()}
    boundaries = natural_earth(prepared.settings.places.boundaries)
    if boundaries is not None:
        layers["world"] = world.areas(boundaries)
    located = points.works(layers, generator(SEED))
    works = list(chain(stages.works(prepared), peers.works(prepared), located))
    total = len(works) * (rounds + 1)
    done = 0

    with bar("Measuring", total) as progress:

        def tell(_: str) -> None:
            nonlocal done
            progress.to(done)
            done += 1

        return measure(works, rounds=rounds, clock=perf_counter, progress=tell)


def _forms(scratch: Path, rounds: int) -> list[Figure]:
    """Measure how fast each form of posts is read, with a bar."""
    folder = scratch / "forms"
    folder.mkdir()
    works = list(forms.works(folder))
    done = 0
    with bar("Reading forms", len(works) * (rounds + 1)) as progress:

        def tell(_: str) -> None:
            nonlocal done
            progress.to(done)
            done += 1

        return measure(works, rounds=rounds, clock=perf_counter, progress=tell)


def _scans() -> tuple[list[dict[str, Any]], list[dict[str, float]]]:
    """Measure scans of three sizes and how their time grows, on all cores, with a bar."""
    done = 0
    with bar(
        "Scanning", SCAN_ROUNDS * len(scans.SIZES) + len(scans.GROWTH_AREAS) * len(scans.GROWTH_DAYS)
    ) as progress:

        def tell(_: str) -> None:
            nonlocal done
            progress.to(done)
            done += 1

        return scans.measure(SCAN_ROUNDS, tell), scans.growth(tell)


def _gate() -> dict[str, Any]:
    """Measure the gate's core, on all cores, with a bar."""
    done = 0
    with bar("Drawing noise", GATE_ROUNDS) as progress:

        def tell(_: str) -> None:
            nonlocal done
            progress.to(done)
            done += 1

        return gate.measure(GATE_ROUNDS, tell)


def _process(file: Path, scratch: Path) -> Cost:
    """Return the cost of `fanal read` in a process of its own."""
    command = str(Path(sys.executable).with_name("fanal"))
    workspace = str(scratch / "process")
    cost_of([command, "init", workspace, "--facts", "iraq"], clock=perf_counter)
    return cost_of([command, "-w", workspace, "read", str(file)], clock=perf_counter)


def _starts(rounds: int) -> tuple[Cost, ...]:
    """Return the costs of explaining a short text, each in a process of its own; one goes ahead and is not counted."""
    command = [str(Path(sys.executable).with_name("fanal")), "explain", "We need water"]
    return tuple(cost_of(command, clock=perf_counter) for _ in range(rounds + 1))[1:]


def _tell_profile(prepared: Bench) -> None:
    """Print where the whole line spends its time."""
    stages.read_all(prepared)
    for spent in profile(lambda: stages.read_all(prepared)):
        say(f"{spent.share:6.1%} {spent.seconds:8.3f} s {spent.calls:>9,} calls  {spent.where}")
