"""The demo's posts: a simulated stream through the line to Releases, beside the real layers."""

import tempfile
from pathlib import Path

import pyarrow as pa

from fanal import pipeline
from fanal.cli.clock import now
from fanal.cli.console import bar
from fanal.cli.dice import batch_id, generator
from fanal.cli.locator import locator
from fanal.facts import iraq
from fanal.settings import Settings
from fanal.signals.detect import load_detector
from fanal.simulate.stream import simulate
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping
from fanal.store.workspace import Workspace

POSTS = 200_000
SEED = 2014

FORM = "simulated stream"
"""What the batches, and so the Releases, name as their source."""


def add(workspace: Workspace, chosen: Settings, *, areas: pa.Table, posts: int) -> dict[str, int]:
    """Simulate posts over Iraq's layers, read them, and let their weeks through the gate.

    Returns:
        Counts for the demo's answer.
    """
    with tempfile.TemporaryDirectory(prefix="fanal-demo-posts-") as folder:
        file = Path(folder) / "simulated.jsonl"
        with bar("Simulating posts", posts) as progress:
            simulate(file, iraq.layers(), posts=posts, seed=SEED, rng=generator(SEED), progress=progress.to)
        found_where = locator(workspace, chosen, areas)
        with bar("Reading simulated posts", file.stat().st_size) as progress:
            pipeline.read(
                workspace,
                catalogue.find("jsonl").read(file, mapping=FieldMapping(), rows=chosen.posts.batch_rows),
                file=file.name,
                form=FORM,
                detector=load_detector(),
                locator=found_where,
                new_batch=batch_id,
                clock=now,
                progress=progress.to,
            )
    with bar("Counting posts", None):
        contributions = pipeline.from_posts(workspace, chosen, areas=areas, now=now(), dice=generator)
    with bar("Weeks through the gate", None) as progress:
        releases = pipeline.release_posts(
            workspace,
            chosen,
            contributions,
            areas=areas,
            now=now(),
            dice=generator,
            progress=progress.of,
        )
    totals = workspace.desk.totals()
    return {
        "simulated_posts": totals.posts_read,
        "simulated_signals": totals.signals,
        "releases_from_simulated_posts": len(releases),
    }
