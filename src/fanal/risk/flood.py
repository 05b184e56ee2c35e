"""Flood: a hotspot most of whose authors were never seen before may be made by accounts, not by an event."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.category import FAMILY_OF
from fanal.model.estimate import VOLUME
from fanal.model.hotspot import HOTSPOT_SCHEMA

MOST_NEW = 0.5
"""A hotspot with a larger share of new authors is a possible flood."""
LEAST_AUTHORS = 10
"""Author-weeks of whom it must be known whether they are new, inside and outside, before anything is said."""
UNUSUAL = 2.326  # 99 % of a standard normal variable lie below: how much more than elsewhere it must be

_FAMILY: Mapping[str, str] = {category.value: family.value for category, family in FAMILY_OF.items()}


def mark(hotspots: pa.Table, contributions: pa.Table, newcomers: pa.Table, *, flipped: float) -> pa.Table:
    """Return hotspots with the share of their authors that are new, and whether that makes them a possible flood.

    New is who wrote nothing with a place in the weeks before. The stored answers are turned round in a share q of the
    cases (randomised response, Warner 1965, JASA 60:63-69); with y the share of answers "new", the estimate is
    (y - q) / (1 - 2 q), kept from 0 to 1. A hotspot is a possible flood where it is above MOST_NEW and, by the test of
    two proportions at 1 %, higher than among all other authors of the same weeks: where many are new everywhere, as
    when a platform grows, being new says nothing.

    A flag is a reason to look, and takes nothing away: an attack makes people write who never wrote before. A flood by
    accounts that were kept warm for weeks is not seen.

    Args:
        hotspots: HOTSPOT_SCHEMA, from the posts of these contributions.
        contributions: CONTRIBUTION_SCHEMA, with the rows of the volume.
        newcomers: columns week, pseudonym, new.
        flipped: q, from 0 to below 0.5.

    Returns:
        HOTSPOT_SCHEMA with `new_share` and `flood`, null where it is known of fewer than LEAST_AUTHORS or of fewer than
        half of the author-weeks; `flood` also where there is nobody to compare with.

    Raises:
        ValueError: a share of turned answers that leaves nothing to tell.
    """
    if not 0 <= flipped < 0.5:
        raise ValueError(f"Answers turned round in a share of {flipped} tell nothing: it must be below 0.5.")
    told = _told(contributions, newcomers)
    shares: list[float | None] = []
    floods: list[bool | None] = []
    for row in hotspots.to_pylist():
        here = np.isin(told.area, row["areas"])
        then = (told.week >= np.datetime64(row["start"])) & (told.week <= np.datetime64(row["end"]))
        inside = told.new[here & then & (told.family == row["family"])]
        outside = told.new[~here & then & (told.family == VOLUME)]
        share, flood = _judged(inside, outside, flipped)
        shares.append(share)
        floods.append(flood)
    columns = {"new_share": pa.array(shares, pa.float64()), "flood": pa.array(floods, pa.bool_())}
    for name, column in columns.items():
        place = hotspots.schema.get_field_index(name)
        hotspots = hotspots.set_column(place, HOTSPOT_SCHEMA.field(name), column)
    return hotspots


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Hold n author-weeks of families (or of the volume), each once."""

    week: NDArray[np.datetime64]
    area: NDArray[np.object_]
    family: NDArray[np.object_]
    new: NDArray[np.float64]  # 1 for new, 0 for seen, NaN for unknown


def _told(contributions: pa.Table, newcomers: pa.Table) -> _Told:
    """Return each author-week of a family once, with what is known of it."""
    named = [_FAMILY.get(one, one) for one in pc.unique(contributions["category"]).to_pylist()]
    which = pc.index_in(contributions["category"], pc.unique(contributions["category"]))
    family = pa.array(named, pa.string()).take(which.combine_chunks())
    rows = contributions.select(["week", "pseudonym", "area"]).append_column("family", family)
    rows = rows.group_by(rows.column_names, use_threads=False).aggregate([])
    rows = rows.join(newcomers, keys=["week", "pseudonym"], join_type="left outer", use_threads=False)
    new = pc.fill_null(rows["new"].cast(pa.float64()), float("nan"))
    return _Told(
        week=rows["week"].to_numpy(),
        area=rows["area"].to_numpy(),
        family=rows["family"].to_numpy(),
        new=new.to_numpy(),
    )


def _judged(
    inside: NDArray[np.float64], outside: NDArray[np.float64], flipped: float
) -> tuple[float | None, bool | None]:
    """Return the share of new authors inside, and whether it is a possible flood; None for what is not known."""
    here, there = inside[~np.isnan(inside)], outside[~np.isnan(outside)]
    if len(here) < LEAST_AUTHORS or 2 * len(here) < len(inside):
        return None, None
    share = min(max((float(here.mean()) - flipped) / (1 - 2 * flipped), 0.0), 1.0)
    if len(there) < LEAST_AUTHORS:
        return share, None
    both = (here.sum() + there.sum()) / (len(here) + len(there))
    error = np.sqrt(both * (1 - both) * (1 / len(here) + 1 / len(there)))
    unusual = float(here.mean() - there.mean()) > UNUSUAL * error
    return share, bool(share > MOST_NEW and unusual)
