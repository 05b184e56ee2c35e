"""`fanal simulate`: write a stream of simulated posts with its truth, for load tests, training and regression."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from fanal.cli.console import Json, answer, bar, say
from fanal.cli.dice import generator
from fanal.cli.session import session
from fanal.facts import iraq
from fanal.simulate.kind import SIGNAL_SHARES
from fanal.simulate.kind import signals as kinds_of
from fanal.simulate.stream import PURPOSE
from fanal.simulate.stream import simulate as write


def simulate(
    context: typer.Context,
    posts: Annotated[int, typer.Option(min=1, help="Posts to write, reposts and edits included.")],
    out: Annotated[Path, typer.Option(help="File to make: .jsonl or .csv. It must not be there yet.")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same bytes.")] = 1,
    rate: Annotated[float, typer.Option(help="Share of the posts that show a signal, 0 to 0.5.")] = 0.05,
    signals: Annotated[
        list[str] | None,
        typer.Option("--signal", help=f"One of {', '.join(SIGNAL_SHARES)}; may be repeated. Default: all."),
    ] = None,
    own_layers: Annotated[
        bool, typer.Option("--own-layers", help="Over the areas of the workspace, not over Iraq's districts.")
    ] = False,
    json: Json = False,
) -> None:
    """Write simulated posts, each of which says that it is simulated, and the truth beside them.

    For load tests, training of staff and regression; never for a quality claim or a lead time. Posts in seven
    languages lie over the districts of Iraq and the weeks of 2014-2015, with planted hotspots and templates. No text
    offers a person or a weapon: the categories offer and arms are not simulated.

    Example: [cyan]fanal simulate --posts 100000 --seed 7 --out stream.jsonl[/cyan]
    """
    started = perf_counter()
    kinds = kinds_of(signals or [])
    layers = iraq.layers()
    if own_layers:
        with session(context).open(writing=False) as (workspace, _):
            layers = tuple(workspace.layers.all())
    with bar(f"Simulating {out.name}", posts) as progress:
        made = write(
            out,
            layers,
            posts=posts,
            seed=seed,
            rng=generator(seed),
            rate=rate,
            signals=kinds,
            progress=progress.to,
        )
    if json:
        seconds = perf_counter() - started
        answer(
            {
                "posts": made.posts,
                "signals": made.signals,
                "planted": made.planted,
                "stream": str(made.stream),
                "truth": str(made.truth),
                "plants": str(made.plants),
                "seconds": round(seconds, 1),
                "purpose": PURPOSE,
            }
        )
        return
    say(
        f"{made.posts:,} simulated posts in {made.stream}: "
        f"{made.signals:,} show a signal, {made.planted:,} are planted."
    )
    say(f"The truth: {made.truth}. The plants: {made.plants}.")
    say(PURPOSE)
