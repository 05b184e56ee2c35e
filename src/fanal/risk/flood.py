"""Flood: a hotspot most of whose authors were never seen before may be made by accounts, not by an event."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.category import FAMILY_OF
from fanal.model.estimate import ANSWER_SCHEMA, VOLUME
from fanal.model.hotspot import HOTSPOT_SCHEMA

MOST_NEW = 0.5
"""A hotspot with a larger share of new authors is a possible flood."""
LEAST_AUTHORS = 10
"""Author-weeks of whom it must be known whether they are new, inside and outside, before anything is said."""
UNUSUAL = 2.326  # 99 % of a standard normal variable lie below: how much more than elsewhere it must be

_FAMILY: Mapping[str, str] = {category.value: family.value for category, family in FAMILY_OF.items()}


def mark(hotspots: pa.Table, told: pa.Table, *, flipped: float) -> pa.Table:
    """Return hotspots with the share of their authors that are new, and whether that makes them a possible flood.

    New is who wrote nothing with a place in the weeks before. The stored answers are turned round in a share q of the
    cases (randomised response, Warner 1965, JASA 60:63-69); with y the share of answers "new", the estimate is
    (y - q) / (1 - 2 q), kept from 0 to 1. A hotspot is a possible flood where it is above MOST_NEW and, by the test of
    two proportions at 1 %, higher than among all other authors of the same weeks: where many are new everywhere, as
    when a platform grows, being new says nothing.

    A flag is a reason to look, and takes nothing away: an attack makes people write who never wrote before. A flood by
    accounts that were kept warm for weeks is not seen.

    Args:
        hotspots: HOTSPOT_SCHEMA, from the same posts.
        told: ANSWER_SCHEMA, of `answers`, with the rows of the volume.
        flipped: q, from 0 to below 0.5.

    Returns:
        HOTSPOT_SCHEMA with `new_share` and `flood`, null where it is known of fewer than LEAST_AUTHORS or of fewer than
        half of the author-weeks; `flood` also where there is nobody to compare with.

    Raises:
        ValueError: a share of turned answers that leaves nothing to tell.
    """
    if not 0 <= flipped < 0.5:
        raise ValueError(f"Answers turned round in a share of {flipped} tell nothing: it must be below 0.5.")
    week, area, family = (told[name].to_numpy() for name in ("week", "area", "family"))
    many = np.stack([told[name].to_numpy() for name in ("new", "seen", "unknown")])
    shares: list[float | None] = []
    floods: list[bool | None] = []
    for row in hotspots.to_pylist():
        here = np.isin(area, row["areas"])
        then = (week >= np.datetime64(row["start"])) & (week <= np.datetime64(row["end"]))
        inside = many[:, here & then & (family == row["family"])].sum(axis=1)
        outside = many[:, ~here & then & (family == VOLUME)].sum(axis=1)
        share, flood = _judged(inside, outside, flipped)
        shares.append(share)
        floods.append(flood)
    columns = {"new_share": pa.array(shares, pa.float64()), "flood": pa.array(floods, pa.bool_())}
    for name, column in columns.items():
        place = hotspots.schema.get_field_index(name)
        hotspots = hotspots.set_column(place, HOTSPOT_SCHEMA.field(name), column)
    return hotspots


def answers(contributions: pa.Table, newcomers: pa.Table) -> pa.Table:
    """Count the answers of each area, week and family, each author-week once; what `mark` reads needs no pseudonym.

    Args:
        contributions: CONTRIBUTION_SCHEMA, with the rows of the volume.
        newcomers: columns week, pseudonym, new.

    Returns:
        ANSWER_SCHEMA, sorted by week, area and family.
    """
    named = [_FAMILY.get(one, one) for one in pc.unique(contributions["category"]).to_pylist()]
    which = pc.index_in(contributions["category"], pc.unique(contributions["category"]))
    family = pa.array(named, pa.string()).take(which.combine_chunks())
    rows = contributions.select(["week", "pseudonym", "area"]).append_column("family", family)
    rows = rows.group_by(rows.column_names, use_threads=False).aggregate([])
    rows = rows.join(newcomers, keys=["week", "pseudonym"], join_type="left outer", use_threads=False)
    new = rows["new"]
    kinds = {
        "new": pc.fill_null(new, False),
        "seen": pc.invert(pc.fill_null(new, True)),
        "unknown": pc.is_null(new),
    }
    keys = ["week", "area", "family"]
    table = pa.table(
        {**{key: rows[key] for key in keys}, **{k: v.cast(pa.int64()) for k, v in kinds.items()}}
    )
    return added(table)


def added(rows: pa.Table) -> pa.Table:
    """Return answers with the rows of one area, week and family added up, as ANSWER_SCHEMA, sorted."""
    keys, kinds = ["week", "area", "family"], ["new", "seen", "unknown"]
    found = rows.group_by(keys, use_threads=False).aggregate([(kind, "sum") for kind in kinds])
    found = found.rename_columns([*keys, *kinds])
    found = found.take(pc.sort_indices(found, [(key, "ascending") for key in keys]))
    return found.select(ANSWER_SCHEMA.names).cast(ANSWER_SCHEMA)


def _judged(
    inside: NDArray[np.int64], outside: NDArray[np.int64], flipped: float
) -> tuple[float | None, bool | None]:
    """Return the share of new authors inside, and whether it is a possible flood; None for what is not known.

    Args:
        inside: author-weeks whose answer is new, seen, unknown, in the hotspot.
        outside: the same of all others of its weeks.
        flipped: share of the answers that were turned round.
    """
    new, known = int(inside[0]), int(inside[0] + inside[1])
    if known < LEAST_AUTHORS or 2 * known < int(inside.sum()):
        return None, None
    here = new / known
    share = min(max((here - flipped) / (1 - 2 * flipped), 0.0), 1.0)
    others, among = int(outside[0]), int(outside[0] + outside[1])
    if among < LEAST_AUTHORS:
        return share, None
    both = (new + others) / (known + among)
    error = np.sqrt(both * (1 - both) * (1 / known + 1 / among))
    unusual = here - others / among > UNUSUAL * error
    return share, bool(share > MOST_NEW and unusual)
