"""The threshold: how often is a small true count shown, where it should be hidden?"""

import numpy as np

from fanal.evaluate.attacks.confidence import lower, upper
from fanal.evaluate.attacks.country import Country, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.laplace import at_least
from fanal.evaluate.attacks.target import Target, published
from fanal.model.circle import Circle
from fanal.privacy.policy import Policy

SMALL = 9
"""The largest count of which the documents promise that it is hardly ever shown."""
AT_ONCE = 2000


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure how often the gate shows a cell that holds nine authors, or none."""
    policy = Policy()
    country = Country(worlds=min(rounds, AT_ONCE))
    offers = cells(country, (0, 0, "offer"), (1, 0, "offer"))
    desk, ledger = target.desk("threshold")
    shown = dict.fromkeys((SMALL, 0), 0)
    seen = dict.fromkeys((SMALL, 0), 0)
    while seen[SMALL] < 2 * rounds:
        week = next(target.weeks)
        rows = country.people(
            SMALL * offers.astype(np.int64), offers, np.zeros(country.worlds, np.bool_), week=week, dice=dice
        )
        releases = target.publish(country, rows, ledger=ledger, week=week, policy=policy)
        public = published(releases, Circle.PUBLIC, country)[..., 0]
        partners = published(releases, Circle.PARTNERS, country)
        for true, tables in (
            (SMALL, (public, partners[:, offers])),
            (0, (partners[:, ~offers],)),
        ):
            seen[true] += sum(table.size for table in tables)
            shown[true] += int(sum((~np.isnan(table)).sum() for table in tables))
    desk.close()
    found = []
    for true, knows in (
        (SMALL, "tables of a week; a cell that is shown is taken to hold ten or more"),
        (0, "the same, of cells in which nobody posted"),
    ):
        hits, trials = shown[true], seen[true]
        found.append(
            Finding(
                name="threshold_nine" if true else "threshold_none",
                knows=knows,
                advantage=hits / trials,
                low=lower(hits, trials),
                high=upper(hits, trials),
                bound=float(at_least(np.array([float(policy.threshold - true)]), policy.scale)[0]),
                rounds=trials,
                more={"shown": hits},
            )
        )
    return found
