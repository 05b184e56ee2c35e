"""`fanal index`: rank areas by the released risk index, with what each rank rests on."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from fanal import access, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.dice import generator
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.circle import Circle
from fanal.model.error import UserError
from fanal.model.group import Group
from fanal.model.release import ReleaseKind
from fanal.model.week import WEEK, week_of

SHOWN_PARTS = 3
_DAY = ["%Y-%m-%d"]


def index(
    context: typer.Context,
    group: Annotated[Group, typer.Option(help="Whose risk.")] = Group.RESIDENTS,
    week: Annotated[
        datetime | None,
        typer.Option(
            formats=_DAY, metavar="DATE", help="A day of the week. Default: the last that has an index."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=_DAY,
            metavar="DATE",
            help="Replay: with the layers as they were known here on this day; nothing is released.",
        ),
    ] = None,
    most: Annotated[int, typer.Option("--top", min=1, help="Areas that the table shows.")] = 20,
    json: Json = False,
) -> None:
    """Rank areas by the risk index that was released, and say what each rank rests on.

    Shown are the released numbers, which come from public layers alone. The rank interval holds the weights, which are
    chosen by hand, and the missing parts: where it is wide, the order is not known.

    Example: [cyan]fanal -w w index --group displaced --week 2014-08-04[/cyan]

    Another: [cyan]fanal -w w index --as-of 2014-08-03[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["index"])
        today = now()
        if as_of is not None:
            wanted = _replayed_week(as_of, week, today)
            replayed, areas = pipeline.replayed_index(
                workspace,
                settings,
                boundaries=natural_earth(settings.places.boundaries),
                known_at=as_of.replace(tzinfo=UTC) + timedelta(days=1, microseconds=-1),
                week=wanted,
                dice=generator,
                now=today,
            )
            _tell(replayed, areas, group, None, most, json=json, as_of=as_of.date())
            return
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        held = access.narrowing(workspace, settings, areas=areas, now=today, dice=generator)
        require = access.requirement(workspace, Circle.PUBLIC, today, narrowing=held)
        releases = [
            one
            for one in access.readable(workspace, Circle.PUBLIC, today, narrowing=held)
            if one.kind is ReleaseKind.INDEX and len(one.table)
        ]
        for one in releases:
            require(one)
    if not releases:
        raise UserError(
            "There is no index that may be shown: none was released.",
            hint="Add public layers (population, and events or displacement) and run `fanal update`.",
        )
    whole = pa.concat_tables((one.table for one in releases), promote_options="default")
    _tell(whole, areas, group, week, most, json=json)


def _tell(
    index: pa.Table,
    areas: pa.Table,
    group: Group,
    week: datetime | None,
    most: int,
    *,
    json: bool,
    as_of: date | None = None,
) -> None:
    """Tell the ranking of a group in a week, to a person or a program."""
    rows = _chosen(index, group, week)
    name = dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True))
    ranked = _ranked(rows)
    for row in ranked:
        row["name"] = name.get(row["area"], row["area"])
    unknown = [row["area"] for row in rows if row["index"] is None]
    if json:
        replay = {} if as_of is None else {"as_of": as_of}
        answer(
            {"group": group.value, "week": rows[0]["week"], **replay, "ranked": ranked, "unknown": unknown}
        )
        return
    if as_of is not None:
        say(f"Replayed with the layers as they were known here on {as_of}. This is no Release.")
    _show(ranked[:most], group, rows[0]["week"])
    if len(ranked) > most:
        say(f"{len(ranked) - most:,} more areas: --top {len(ranked)}")
    if unknown:
        say(f"Of {len(unknown):,} areas nothing is known; that does not mean safe.")


def _replayed_week(as_of: datetime, week: datetime | None, today: datetime) -> date:
    """Return the Monday of the week that is replayed: one that was over on the day."""
    if as_of.date() > today.date():
        raise UserError(f"{as_of:%Y-%m-%d} is still to come.", hint="A past day can be replayed, or today.")
    last = week_of(as_of.date()) - WEEK
    wanted = week_of(week.date()) if week else last
    if wanted > last:
        raise UserError(
            f"The week of {wanted} was not over on {as_of:%Y-%m-%d}.",
            hint=f"The last that was is that of {last}.",
        )
    return wanted


def _chosen(table: pa.Table, group: Group, day: datetime | None) -> list[dict[str, Any]]:
    """Return the rows of a group in a week."""
    of_group = table.filter(pc.equal(table["group"], group.value))
    if not len(of_group):
        raise UserError(
            f"No area has an index for the group {group.value}.",
            hint=f"There is one for {', '.join(sorted(pc.unique(table['group']).to_pylist()))}.",
        )
    first, last = pc.min(of_group["week"]).as_py(), pc.max(of_group["week"]).as_py()
    known = of_group.filter(pc.is_valid(of_group["index"]))
    week = week_of(day.date()) if day else (pc.max(known["week"]).as_py() or last)
    rows: list[dict[str, Any]] = of_group.filter(pc.field("week") == pa.scalar(week, pa.date32())).to_pylist()
    if not rows:
        raise UserError(
            f"There is no index of the week of {week}.", hint=f"There is one from {first} to {last}."
        )
    return rows


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with an index, highest first, with their rank; areas with the same index share the better one."""
    known = sorted(
        (row for row in rows if row["index"] is not None), key=lambda row: (-row["index"], row["area"])
    )
    values = [row["index"] for row in known]
    return [
        {
            "rank": values.index(row["index"]) + 1,
            **row,
            "parts": sorted(row["parts"] or [], key=lambda part: -(part["share"] or 0.0)),
        }
        for row in known
    ]


def _show(ranked: list[dict[str, Any]], group: Group, week: date) -> None:
    """Print the ranking for a person: a line for each area, and under it what its rank rests on."""
    say(f"Risk index of {group.value.replace('_', ' ')}, week of {week}; an index of 0 does not mean safe.")
    wide = max((len(row["name"]) for row in ranked), default=0)
    for row in ranked:
        say(
            f"{row['rank']:>4}  {row['name']:<{wide}}  {row['index']:>4.1f}  {_interval(row)}  ({row['area']})"
        )
        made = [f"{part['name']} {part['share']:.0%}" for part in row["parts"] if part["share"]][:SHOWN_PARTS]
        if made and row["index"]:
            say(f"      made of {', '.join(made)}")
        if row["missing"]:
            missing = ", ".join(row["missing"])
            say(f"      missing {missing}: it may lie from {row['low']:.1f} to {row['high']:.1f}")
        if row.get("silent"):
            say(f"      silent: usual reports no longer come of {', '.join(row['silent'])}; this is no calm")


def _interval(row: dict[str, Any]) -> str:
    """Return the rank interval of a row as text.

    >>> _interval({"rank_low": 1, "rank_high": 9, "top_ten": 0.97})
    'rank 1 to 9, first ten in 97 %'
    """
    if row.get("rank_low") is None:
        return "ranks not drawn"
    return f"rank {row['rank_low']} to {row['rank_high']}, first ten in {row['top_ten']:.0%}".replace(
        "%", " %"
    )
