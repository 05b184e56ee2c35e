"""Vault: does a refusal tell, by its words or by its time, that the vault holds the post that was asked for?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import halves
from fanal.evaluate.attacks.target import FIRST, Target
from fanal.evaluate.attacks.trial import judge
from fanal.model.category import Category
from fanal.model.error import RefusedError
from fanal.model.person import Person, Purpose, Role
from fanal.settings_file import template
from fanal.store.lake import BATCHED
from fanal.store.workspace import Workspace, make, opened

BATCHES, HELD = 4, 64
"""Batches, each a segment of the vault and a file of the lake, and posts in each; none of them shows a plea."""

WHO = Person(name="outreach", roles=frozenset({Role.OUTREACH}))
"""May open cries for help, and no other text: every answer here is a refusal."""

NOW = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Ask for posts that stay closed to an outreach officer, half of which are there, and time the refusals.

    The attacker has the hash of a post, as somebody has who was told of it elsewhere, and wants to know whether it was
    read and kept. All goes through `fanal.access.read_text`: lake, role, purpose and vault as they are.
    """
    trials = max(rounds // 20, 100)
    there = halves(trials, dice)
    times, words = np.zeros(trials), set()
    with _filled(target, dice) as (workspace, held):
        for number, one in enumerate(there.tolist()):
            post = int(dice.choice(held)) if one else int(dice.integers(1, 2**63))
            began = target.clock()
            said = _refused(target, workspace, post)
            times[number] = target.clock() - began
            words.add(said.replace(f"{post:016x}", "it"))
    found = judge(
        "vault_asking",
        "the hash of a post, and how a text of it was refused: in which words, after how long",
        {"slow": times, "fast": -times},
        there,
        epsilon=0.0,
        bound=0.0,
        refusals=len(words),
    )
    if len(words) == 1:
        return [found]
    fault = f"There are {len(words)} different answers for what stays closed."
    return [replace(found, faults=(*found.faults, fault))]


def _refused(target: Target, workspace: Workspace, post: int) -> str:
    """Return what is said to somebody who may not read a text; an empty answer: it was opened."""
    try:
        target.read_text(workspace, post, purpose=Purpose.OUTREACH, who=WHO, clock=lambda: NOW)
    except RefusedError as error:
        return str(error)
    return ""


@contextmanager
def _filled(target: Target, dice: np.random.Generator) -> Iterator[tuple[Workspace, NDArray[np.uint64]]]:
    """Make a workspace with posts that show an attack and no plea; give it open, with the hashes of its posts."""
    folder = target.scratch / "vault"
    make(folder, template())
    hashes = dice.integers(1, 2**63, BATCHES * HELD).astype(np.uint64)
    with opened(folder, dice=target.secret, writing=True) as workspace:
        for number in range(BATCHES):
            own = hashes[number * HELD : (number + 1) * HELD]
            workspace.lake.append("signals", _signals(f"b{number}", own))
            workspace.vault.write(
                f"b{number}",
                day=FIRST,
                posts=_posts(),
                hashes=own,
                chosen=np.arange(HELD),
                form="jsonl",
                file="f",
            )
            workspace.desk.commit_batch(_row(f"b{number}"), (), lake=workspace.lake.keep())
    with opened(folder, dice=target.secret, writing=False) as workspace:
        yield workspace, hashes


def _signals(batch: str, hashes: NDArray[np.uint64]) -> pa.Table:
    """Return the rows of the lake for posts of a batch."""
    size = len(hashes)
    columns = {
        "batch": [batch] * size,
        "week": pa.array([FIRST] * size, pa.date32()),
        "post": hashes.view(np.int64),
        "pseudonym": np.arange(size, dtype=np.int64),
        "category": [Category.ATTACK.value] * size,
        "score": np.ones(size, np.float32),
        "stance": ["first_hand"] * size,
        "language": ["en"] * size,
    }
    return pa.table(columns, schema=BATCHED["signals"])


def _posts() -> pa.RecordBatch:
    """Return posts as a source gives them, made up and all alike."""
    nothing = pa.array([None] * HELD, pa.string())
    return pa.record_batch(
        {
            "id": nothing,
            "author": nothing,
            "time": pa.array([NOW] * HELD, pa.timestamp("us", "UTC")),
            "text": pa.array(["a short neutral text"] * HELD),
            "line": pa.array(np.arange(1, HELD + 1)),
        }
    )


def _row(batch: str) -> dict[str, object]:
    """Return the row that commits a batch."""
    counts = ("posts_skipped", "posts_rejected", "posts_located", "posts_without_author")
    return {
        "batch": batch,
        "file": "f",
        "format": "jsonl",
        "position": 0,
        "posts_read": HELD,
        "signals": HELD,
        **dict.fromkeys(counts, 0),
        "committed_at": NOW,
    }
