"""The gate for what comes from public layers alone: no noise, but no small area and nothing sensitive."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.area import lineage
from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import PEOPLE_SCHEMA, Group
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import SERVICES_SCHEMA, Layer
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.model.sensitive import SensitiveRule
from fanal.model.week import WEEK
from fanal.privacy.ledger import Ledger
from fanal.privacy.narrowing import Rank, names_areas, ranked, shown
from fanal.privacy.policy import Policy
from fanal.privacy.residents import residents
from fanal.privacy.sensitive import Sensitive, in_force

SCHEMAS: dict[ReleaseKind, pa.Schema] = {
    ReleaseKind.HOTSPOTS: HOTSPOT_SCHEMA,
    ReleaseKind.INDEX: INDEX_SCHEMA,
    ReleaseKind.SERVICES: SERVICES_SCHEMA,
    ReleaseKind.PEOPLE: PEOPLE_SCHEMA,
}
_LAYER_FAMILIES = (Family.CONFLICT.value, Family.DISPLACEMENT.value)


def release_layers(
    kind: ReleaseKind,
    table: pa.Table,
    *,
    layers: Sequence[Layer],
    areas: pa.Table,
    population: pa.Table,
    policy: Policy,
    rules: Sequence[SensitiveRule],
    ledger: Ledger,
    now: datetime,
    part: str = "",
    rank: Rank | None = None,
) -> Release:
    """Make a public Release of hotspots, index, services or people that come from public layers and nothing else.

    Rows of areas with fewer than `policy.min_residents`, or of which nobody knows how many live there, are
    dropped, as is all that the sensitive list holds back: a row leaves later once it is old enough. A
    hotspot loses areas with few residents from its list, and names the area above one that leaves coarser; one without
    areas is dropped, and so is one with an area that never leaves or has to wait, as its other areas would tell. The
    ranks of an index are drawn anew among the areas that leave: a place left empty in the order would tell where a
    hidden area stands.

    Args:
        kind: HOTSPOTS, INDEX, SERVICES or PEOPLE.
        table: of the kind's schema.
        layers: every layer that the numbers come from.
        areas: AREA_SCHEMA.
        population: POPULATION_SCHEMA.
        policy: the numbers of the gate.
        rules: the sensitive list.
        ledger: where the Release takes the place of the older one.
        now: with its zone.
        part: tells Releases of one kind apart in their ids.
        rank: ranks the rows of an index that leave; None: they leave without ranks.

    Raises:
        RefusedError: a layer that is not public, a family of signals or a group that layers do not hold,
            a table of another kind.
    """
    kept = leaving(
        kind,
        table,
        layers=layers,
        areas=areas,
        population=population,
        policy=policy,
        rules=rules,
        now=now,
        rank=rank,
    )
    release = Release(
        ledger_id=":".join(["release", "layers", kind.value, *([part] if part else [])]),
        kind=kind,
        basis=Basis.LAYERS,
        circle=Circle.PUBLIC,
        table=kept,
        statement=Statement(
            mechanism="none: public layers",
            unit="none: layers hold no posts",
            epsilon=None,
            scale=None,
            threshold=None,
            max_cells=None,
            delay_days=0,
            sources=tuple(f"{layer.name}: {layer.source}. {layer.licence}" for layer in layers),
        ),
        made_at=now.astimezone(UTC),
    )
    ledger.replace([release])
    return release


def leaving(
    kind: ReleaseKind,
    table: pa.Table,
    *,
    layers: Sequence[Layer],
    areas: pa.Table,
    population: pa.Table,
    policy: Policy,
    rules: Sequence[SensitiveRule],
    now: datetime,
    rank: Rank | None = None,
    today: pa.Table | None = None,
) -> pa.Table:
    """Return of a table of hotspots, index, services or people the rows that may leave now; it is no Release by that.

    Args and errors are those of `release_layers`. Of a past day, `areas` are those of then, and `today` (AREA_SCHEMA)
    those of now: a row leaves if it is held back by neither; while an area is on the list, what `today` does not know
    stays.
    """
    private = [layer.name for layer in layers if not layer.public]
    if private or not layers:
        raise RefusedError(
            f"Not public: {', '.join(private) or 'no layer is named'}.",
            hint="Only layers that their owner has published at this level may leave.",
        )
    if kind not in SCHEMAS:
        raise RefusedError(f"A Release of {kind.value} does not come from layers.")
    schema = SCHEMAS[kind]
    if table.schema.names != schema.names or table.schema.types != schema.types:
        raise RefusedError(
            f"The table is no table of {kind.value}: its columns are {', '.join(table.schema.names)}."
        )
    if now.tzinfo is None:
        raise ValueError("The gate needs a clock with a zone.")
    now = now.astimezone(UTC)
    sensitive = in_force(rules, areas, now.date())
    large = {area for area, people in residents(population, areas).items() if people >= policy.min_residents}
    if kind is ReleaseKind.HOTSPOTS:
        kept = _hotspots(table, areas, large, sensitive, now)
    else:
        kept = _rows(table, large, sensitive, now)
        listed = None if today is None else in_force(rules, today, now.date())
        if today is not None and listed is not None and names_areas(listed):
            known = pc.is_in(kept["area"], pa.array(today["area"].to_pylist(), pa.string()))
            kept = kept.filter(pc.and_(known, shown(kept, listed, now)))
    if kind is ReleaseKind.INDEX:
        kept = ranked(kept, rank)
    return kept.cast(schema).combine_chunks()


def _rows(table: pa.Table, large: set[str], sensitive: Sensitive, now: datetime) -> pa.Table:
    """Return the rows of an index, of a list of services or of people that may leave."""
    if "group" in table.schema.names:
        unknown = set(pc.unique(table["group"]).to_pylist()) - set(Group)
        if unknown:
            raise RefusedError(
                f"No layer may show the group {min(unknown)}: it is not one that Fanal counts."
            )
    of_many = pc.is_in(table["area"], pa.array(sorted(large), pa.string()))
    return table.filter(pc.and_(of_many, shown(table, sensitive, now)))


def _hotspots(
    table: pa.Table, areas: pa.Table, large: set[str], sensitive: Sensitive, now: datetime
) -> pa.Table:
    """Return hotspots with the areas that may be named."""
    families = set(pc.unique(table["family"]).to_pylist())
    wrong = families - set(_LAYER_FAMILIES)
    if wrong:
        raise RefusedError(
            f"Hotspots of {min(wrong)} come from posts: they leave as scanned over released counts."
        )
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))

    def named(area: str) -> str | None:
        """Return the area that stands for one of a hotspot, or None."""
        line = [above for above in lineage(area, parent) if not sensitive.hidden(above)]
        return line[0] if line and line[0] in large else None

    rows = []
    for row in table.to_pylist():
        over = datetime.combine(row["end"] + WEEK, time(), UTC)
        if any(
            area in sensitive.never or now < over + timedelta(days=sensitive.later.get(area, 0))
            for area in row["areas"]
        ):
            continue
        found = dict.fromkeys(name for area in row["areas"] if (name := named(area)) is not None)
        if found:
            rows.append({**row, "areas": list(found)})
    return pa.Table.from_pylist(rows, schema=HOTSPOT_SCHEMA)
