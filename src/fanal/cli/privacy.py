"""`fanal evaluate privacy`: attack the gate as it is, and say what the attackers gained."""

import tempfile
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fanal.cli.console import OUT, Json, answer, bar, say
from fanal.cli.dice import generator, secret
from fanal.evaluate.attacks.catalogue import ATTACKS, Attack, run
from fanal.evaluate.attacks.finding import Ending, Finding
from fanal.evaluate.attacks.target import real
from fanal.model.error import UserError

LEAST_ROUNDS = 200
WIDTH = 170
"""Columns that the table needs; a narrower terminal wraps its lines."""


def privacy(
    rounds: Annotated[
        int,
        typer.Option(
            min=LEAST_ROUNDS, help="Worlds with and without an author that are tried; more narrow the limits."
        ),
    ] = 10_000,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the attackers' dice. The gate's noise has none.")
    ] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Run this attack alone; may be given again for another.")
    ] = None,
    json: Json = False,
) -> None:
    """Attack the gate: its real code and its real noise, with made-up people; ends with 1 if an attack succeeds.

    What each attack is stands in docs/privacy.md. No workspace is read.

    Example: [cyan]fanal evaluate privacy --rounds 2000[/cyan]

    Example: [cyan]fanal evaluate privacy --only membership --only timing[/cyan]
    """
    started = perf_counter()
    attacks = _chosen(only)
    with (
        tempfile.TemporaryDirectory(prefix="fanal-attacks-") as folder,
        bar("Attacking", len(attacks)) as progress,
    ):
        target = real(scratch=Path(folder), secret=secret, seeded=generator, clock=perf_counter)
        found = run(target, rounds=rounds, dice=generator(seed), progress=progress.of, attacks=attacks)
    broken = [one for one in found if one.ended is Ending.BROKEN]
    if not json:
        _show(found)
    answer(
        {
            "attacks": {one.name: one.facts() for one in found if one.ended is not Ending.LIMIT},
            "limits": {one.name: one.facts() for one in found if one.ended is Ending.LIMIT},
            "broken": [one.name for one in broken],
            "rounds": rounds,
            "seed": seed,
            "seconds": round(perf_counter() - started, 1),
        }
    )
    if broken:
        raise typer.Exit(1)


def _chosen(only: list[str] | None) -> tuple[Attack, ...]:
    """Return the attacks that are named, all where none is.

    Raises:
        UserError: there is no such attack.
    """
    names = [one.name for one in ATTACKS]
    if unknown := sorted(set(only or []) - set(names)):
        raise UserError(f"There is no attack {unknown[0]}.", hint=f"The attacks are {', '.join(names)}.")
    return tuple(one for one in ATTACKS if not only or one.name in only)


def _show(found: list[Finding]) -> None:
    """Print what is claimed, then what is not, then what is wrong."""
    for limit in (False, True):
        rows = [one for one in found if (one.ended is Ending.LIMIT) is limit]
        say(
            "\nLimits: nothing is promised here, and this is how much it is"
            if limit
            else "What the gate promises"
        )
        table = Table("attack", "the attacker knows", box=None)
        for head in ("gains", "at least", "at most", "one week may" if limit else "may gain", "trials"):
            table.add_column(head, justify="right")
        table.add_column("ended")
        for one in rows:
            numbers = (_number(value) for value in (one.advantage, one.low, one.high, one.bound))
            table.add_row(one.name, one.knows, *numbers, f"{one.rounds:,}", one.ended.value)
        Console(highlight=False, width=max(OUT.width, WIDTH)).print(table)
    for one in found:
        for fault in one.faults:
            say(f"{one.name}: {fault}")
    say("\nAn attack that is not here proves nothing. What held is these, at these rounds.")


def _number(value: float) -> str:
    """Return a figure with as many digits as it needs."""
    return f"{value:.5f}" if 0 < abs(value) < 0.01 else f"{value:.3f}"
