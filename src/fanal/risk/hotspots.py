"""The hotspots: a scan's clusters as a table, with how often chance alone makes one like it."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from fanal.model.category import Family
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.risk.cylinder import Cylinder


def table(
    clusters: Sequence[Cylinder],
    *,
    family: Family,
    as_of: date,
    weeks: Sequence[date],
    areas: Sequence[str],
    families_scanned: int,
) -> pa.Table:
    """Return the clusters of one weekly scan as HOTSPOT_SCHEMA, in their order, ranked from 1.

    The recurrence interval is the number of weeks in which chance alone makes one cluster as unlikely:
    with one scan a week it is 1 / p (Kleinman, Lazarus and Platt 2004, Am. J. Epidemiol. 159:217-224), and
    with F families scanned each week, 1 / (F p).

    Args:
        clusters: of one scan, likeliest first.
        family: what was scanned.
        as_of: the day on which this could be known.
        weeks: Mondays, as the rows of the scan.
        areas: codes, as the columns of the scan.
        families_scanned: scans a week, at least 1.

    >>> cluster = Cylinder(
    ...     areas=(1,), window=(0, 1), observed=9, expected=3.0, relative_risk=3.5, llr=5.0, p_value=0.01, replicates=99
    ... )
    >>> rows = table(
    ...     [cluster], family=Family.CONFLICT, as_of=date(2014, 8, 18), weeks=[date(2014, 7, 28), date(2014, 8, 4)],
    ...     areas=["pcode:A", "pcode:B"], families_scanned=2,
    ... )
    >>> rows["areas"].to_pylist(), rows["recurrence_weeks"].to_pylist()
    ([['pcode:B']], [50.0])
    """
    if families_scanned < 1:
        raise ValueError(f"At least one family is scanned, not {families_scanned}.")
    rows = [
        {
            "family": family.value,
            "as_of": as_of,
            "start": weeks[cluster.window[0]],
            "end": weeks[cluster.window[1]],
            "rank": rank,
            "areas": [areas[row] for row in cluster.areas],
            "observed": cluster.observed,
            "expected": cluster.expected,
            "relative_risk": cluster.relative_risk,
            "llr": cluster.llr,
            "p_value": cluster.p_value,
            "recurrence_weeks": 1 / (cluster.p_value * families_scanned),
            "replicates": cluster.replicates,
            "new_share": None,
            "flood": None,
        }
        for rank, cluster in enumerate(clusters, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=HOTSPOT_SCHEMA)
