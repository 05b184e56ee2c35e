"""The target: the functions that are attacked, the gate's own unless a test breaks one on purpose."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal import access, pipeline
from fanal.evaluate.attacks.country import CATEGORIES, FAMILIES, Country
from fanal.help.match import Match, match
from fanal.model.circle import Circle
from fanal.model.release import Release, ReleaseKind
from fanal.model.sensitive import SensitiveRule
from fanal.model.week import WEEK
from fanal.privacy import gate, noise
from fanal.privacy.policy import Policy
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.ledger import DeskLedger
from fanal.store.pseudonym import pseudonyms

FIRST = date(2014, 1, 6)
SEED = 20140803
"""Of the gate's choice of cells; the attacker knows it."""
LEAST = Policy(threshold=1)
"""The gate's numbers with the lowest threshold that it allows: epsilon must hold without a threshold's help."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Hold what an attack may call."""

    add: Callable[..., NDArray[np.int64]]  # as fanal.privacy.noise.add
    release: Callable[..., list[Release]]  # as fanal.privacy.gate.release_counts
    release_posts: Callable[..., list[Release]]  # as fanal.pipeline.release_posts
    read_text: Callable[..., object]  # as fanal.access.read_text
    match: Callable[..., list[Match]]  # as fanal.help.match.match
    keyring: Callable[[Path], Keyring]
    pseudonyms: Callable[..., NDArray[np.uint64]]
    scratch: Path  # a folder for this run alone
    secret: Callable[[int], bytes]  # random bytes for keys
    seeded: Callable[[int], np.random.Generator]  # the dice of a seed that is public
    clock: Callable[[], float]  # seconds that pass
    weeks: Iterator[date]  # each is released once

    def publish(
        self,
        country: Country,
        rows: pa.Table,
        *,
        ledger: DeskLedger,
        week: date,
        policy: Policy = LEAST,
        rules: tuple[SensitiveRule, ...] = (),
        seed: int = SEED,
    ) -> list[Release]:
        """Return what the gate releases of a week of a country, as soon as the week is over."""
        return self.release(
            rows,
            areas=country.areas,
            week=week,
            policy=policy,
            rules=rules,
            ledger=ledger,
            now=datetime.combine(week + WEEK, time(), UTC),
            seed=seed,
            unit=gate.ONE_AUTHOR,
            sources=("people whom nobody is",),
        )

    def desk(self, name: str) -> tuple[Desk, DeskLedger]:
        """Open a desk of the scratch folder, with its ledger."""
        desk = Desk.open(self.scratch / f"{name}.sqlite")
        return desk, DeskLedger(desk)


def real(
    *,
    scratch: Path,
    secret: Callable[[int], bytes],
    seeded: Callable[[int], np.random.Generator],
    clock: Callable[[], float],
    **broken: object,
) -> Target:
    """Return the target as it is in the product; a test may give a broken part by its name."""
    target = Target(
        add=noise.add,
        release=gate.release_counts,
        release_posts=pipeline.release_posts,
        read_text=access.read_text,
        match=match,
        keyring=lambda folder: Keyring(folder, dice=secret),
        pseudonyms=pseudonyms,
        scratch=scratch,
        secret=secret,
        seeded=seeded,
        clock=clock,
        weeks=(FIRST + timedelta(weeks=n) for n in count()),
    )
    return replace(target, **broken)  # type: ignore[arg-type]


def published(releases: list[Release], circle: Circle, country: Country) -> Counts:
    """Return what a circle is shown, NaN where nothing is.

    Returns:
        [worlds, governorates, FAMILIES] for the public, [worlds, governorates, districts, CATEGORIES] for partners.
    """
    public = circle is Circle.PUBLIC
    codes = (country.governorate_codes if public else country.district_codes).ravel()
    signals = FAMILIES if public else CATEGORIES
    found = np.full(len(codes) * len(signals), np.nan)
    for release in releases:
        if release.circle is not circle or release.kind is not ReleaseKind.COUNTS:
            continue
        area, signal = (
            pc.fill_null(pc.index_in(release.table[name], pa.array(among)), -1).to_numpy().astype(np.int64)
            for name, among in (("area", codes.tolist()), ("signal", list(signals)))
        )
        known = (area >= 0) & (signal >= 0)
        numbers = pc.cast(release.table["author_weeks"], pa.float64()).to_numpy()
        found[area[known] * len(signals) + signal[known]] = numbers[known]
    return found.reshape(*country.shape[: 2 if public else 3], len(signals))
