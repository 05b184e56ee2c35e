"""`fanal alerts`: list the alerts, decide on them by name, and send those that were approved."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fanal import access
from fanal.cli import notices, sending
from fanal.cli.alert_desk import AlertDesk, behind, facts_of, line_of, opened_desk, texts_of
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.model.alert import Act, Alert, AlertState, Decision
from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.error import RetryableError, UserError
from fanal.model.stream import StreamState
from fanal.review import alerts as rule

alerts = typer.Typer(
    name="alerts",
    help="List alerts, decide on them by name, and send those that were approved.",
    rich_markup_mode="rich",
)

SHOWN = 20
"""Alerts of a list, newest first, unless all are asked for."""

Id = Annotated[str, typer.Argument(help="Id of the alert, or its first digits.")]


@alerts.callback(invoke_without_command=True)
def list_open(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Muted, sent and older ones too.")] = False,
    json: Json = False,
) -> None:
    """List the alerts, the newest first: released hotspots that chance alone hardly makes; and streams that are dead.

    Without a command, `fanal alerts` lists. No alert here does not mean that an area is safe.

    Example: [cyan]fanal -w w alerts --all[/cyan]

    Then: [cyan]fanal -w w alerts approve 3f2a && fanal -w w alerts send --cap out[/cyan]
    """
    if context.invoked_subcommand is not None:
        return
    with opened_desk(context, "alerts") as desk:
        rows = [facts_of(desk, alert) for alert in desk.alerts]
        ours = [one for one in desk.workspace.streams.all() if one.name in desk.settings.streams]
        dead = [one for one in ours if one.is_dead(now()) or one.state is StreamState.STOPPED]
    heard = [row for row in rows if everything or not (row["muted_until"] or row["state"] == AlertState.SENT)]
    if json:
        answer({"alerts": heard, "dead_streams": [one.name for one in dead]})
        return
    for one in dead:
        say(
            f"The stream {one.name} brings nothing since {one.since:%Y-%m-%d %H:%M} UTC. {one.detail}".rstrip()
        )
    shown = heard if everything else heard[:SHOWN]
    for row in shown:
        say(line_of(row))
    if len(rows) > len(shown):
        say(f"{len(rows) - len(shown):,} more alerts: older, muted or sent. List them with --all.")
    if not rows:
        say("No alert. This does not mean that any area is safe: see docs/alerts.md.")


@alerts.command()
def show(context: typer.Context, id: Id, json: Json = False) -> None:  # noqa: A002
    """Show one alert: its weeks, what would be sent, who decided what, what went where.

    Example: [cyan]fanal -w w alerts show 3f2a[/cyan]
    """
    with opened_desk(context, "alerts show") as desk:
        alert = desk.one(id)
        facts = facts_of(desk, alert)
        texts = texts_of(desk, alert)
        decided = [one for one in desk.decisions if one.alert == alert.id]
        sent = [
            one for one in desk.workspace.alerts.deliveries() if one.message.partition(".")[0] == alert.id
        ]
    if json:
        answer(
            {
                **facts,
                "texts": texts,
                "weeks": [one.as_of for one in alert.sightings],
                "decisions": [
                    {"act": one.act, "by": one.who, "at": one.at, "until": one.until, "reason": one.reason}
                    for one in decided
                ],
                "deliveries": [
                    {
                        "message": one.message,
                        "channel": one.channel,
                        "target": one.target,
                        "at": one.at,
                        "tries": one.tries,
                        "outcome": one.outcome,
                        "detail": one.detail,
                    }
                    for one in sent
                ],
            }
        )
        return
    say(line_of(facts))
    for text in texts.values():
        say(text)
    for one in decided:
        until = f" until {one.until}" if one.until else ""
        say(f"{one.at:%Y-%m-%d %H:%M}  {one.act}{until} by {one.who}{behind(one.reason)}")
    for delivery in sent:
        say(
            f"{delivery.at:%Y-%m-%d %H:%M}  {delivery.message} {delivery.channel} to {delivery.target}: "
            f"{delivery.outcome}, try {delivery.tries}{behind(delivery.detail)}"
        )


@alerts.command()
def acknowledge(context: typer.Context, id: Id, json: Json = False) -> None:  # noqa: A002
    """Say that you have seen an alert; your name is kept. A later week with a new area makes it new again.

    Example: [cyan]fanal -w w alerts acknowledge 3f2a[/cyan]
    """
    _decide(context, id, Act.ACKNOWLEDGE, json=json)


@alerts.command()
def approve(context: typer.Context, id: Id, json: Json = False) -> None:  # noqa: A002
    """Decide that an alert may leave as it is now; your name is kept. Nothing is sent by this; `send` does.

    Look at it first: [cyan]fanal -w w alerts show 3f2a[/cyan]

    Example: [cyan]fanal -w w alerts approve 3f2a[/cyan]
    """
    _decide(context, id, Act.APPROVE, json=json)


@alerts.command()
def mute(
    context: typer.Context,
    until: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], help="First day on which it is over; one that is over ends a mute."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    id: Annotated[str | None, typer.Argument(help="Id of one alert, or its first digits.")] = None,  # noqa: A002
    area: Annotated[
        str | None, typer.Option(help="Code of an area: alerts that lie in it altogether.")
    ] = None,
    family: Annotated[Family | None, typer.Option(help="Alerts of this family.")] = None,
    json: Json = False,
) -> None:
    """Keep alerts from the list and from being sent, for a time and for a reason. Nothing is deleted.

    Example: [cyan]fanal -w w alerts mute 3f2a --until 2026-03-01 --reason "known"[/cyan]

    Of an area: [cyan]fanal -w w alerts mute --area pcode:IQG15 --until ... --reason ...[/cyan]
    """
    if (id is None) == (area is None and family is None):
        raise UserError(
            "Name either one alert or an area, a family, or both.",
            hint="Such as `fanal alerts mute 3f2a ...` or `fanal alerts mute --area CODE ...`.",
        )
    if id is not None:
        _decide(context, id, Act.MUTE, until=until.date(), reason=reason, json=json)
        return
    with opened_desk(context, "alerts mute") as desk:
        if area is not None and area not in set(desk.areas["area"].to_pylist()):
            raise UserError(f"No area has the code {area}.", hint="Write it with its scheme: pcode:IQG15.")
        decision = Decision(
            act=Act.MUTE,
            alert=None,
            area=area,
            family=family,
            who=desk.person.name,
            at=desk.today,
            until=until.date(),
            reason=rule.signed(reason, "--reason"),
        )
        desk.keep(decision, None)
    told = {"area": area, "family": family, "muted_until": until.date()}
    if json:
        answer(told)
        return
    say(f"Muted until {until.date()}: {area or 'every area'}, {family or 'every family'}.")


@alerts.command()
def send(
    context: typer.Context,
    feed: Annotated[Path | None, typer.Option(help="Write Atom feeds to this folder.")] = None,
    cap: Annotated[Path | None, typer.Option(help="Write CAP documents to this folder.")] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Mail to the addresses of the settings.")] = False,
    webhook: Annotated[bool, typer.Option("--webhook", help="Tell the address of the settings.")] = False,
    circle: Annotated[Circle, typer.Option(help="Who it is sent to.")] = Circle.PUBLIC,
    json: Json = False,
) -> None:
    """Send the alerts that were approved and that the gate lets out to a circle now; none is sent twice.

    What failed is tried again by the same command.

    Example: [cyan]fanal -w w alerts send --feed feeds --mail[/cyan]
    """
    if not (feed or cap or mail or webhook):
        raise UserError("Say how to send.", hint="Give --feed DIR, --cap DIR, --mail or --webhook.")
    if circle is Circle.INSIDE:
        raise UserError("Those inside read `fanal alerts`.", hint="Send to --circle public or partners.")
    command = "alerts send --circle partners" if circle is Circle.PARTNERS else "alerts send"
    with opened_desk(context, command) as desk:
        leaving, held, gone = notices.found(
            desk.workspace,
            desk.settings,
            desk.alerts,
            areas=desk.areas,
            circle=circle,
            now=desk.today,
            narrowing=desk.narrowing,
        )
        ready = sending.ways(
            desk.settings,
            feed=feed,
            cap=cap,
            mail=mail,
            webhook=webhook,
            areas=desk.areas,
            require=access.requirement(desk.workspace, circle, desk.today, narrowing=desk.narrowing),
            withdrawn=lambda target: notices.withdrawals(
                desk.workspace, desk.settings, gone, target=target, circle=circle, now=desk.today
            ),
        )
        tallies = {way.channel: sending.send(way, leaving, desk.workspace, desk.person) for way in ready}
    withdrawn = sum(len(way.withdrawn) for way in ready)
    for sentence in held:
        note(sentence)
    failed = [sentence for tally in tallies.values() for sentence in tally.failed]
    for sentence in failed:
        note(sentence)
    if json:
        ended = {
            way.value: {"delivered": one.delivered, "already": one.already, "failed": len(one.failed)}
            for way, one in tallies.items()
        }
        answer({"notices": len(leaving), "held_back": len(held), "withdrawn": withdrawn, **ended})
    elif not leaving:
        say("Nothing was sent: no alert is approved and may leave now.")
    else:
        for way, tally in tallies.items():
            say(
                f"{way}: {tally.delivered:,} delivered, {tally.already:,} before, {len(tally.failed):,} failed."
            )
    if withdrawn and not json:
        say(f"cap: {withdrawn:,} documents say that what was sent before is withdrawn.")
    if failed:
        raise RetryableError(f"{len(failed):,} deliveries failed. Run the same command again.")


def _decide(
    context: typer.Context,
    id: str,  # noqa: A002
    act: Act,
    *,
    json: bool,
    until: date | None = None,
    reason: str = "",
) -> None:
    """Keep a person's decision on one alert, and say what became of it."""
    with opened_desk(context, f"alerts {act.value}") as desk:
        who = desk.person.name
        alert = desk.one(id)
        if act is Act.APPROVE and (muted := desk.mute_of(alert)):
            raise UserError(
                f"Alert {alert.id} is muted until {muted.until}: {muted.reason}.",
                hint="End that first: the same mute with a day that is over.",
            )
        decision = Decision(
            act=act,
            alert=alert.id,
            who=who,
            at=desk.today,
            until=until,
            reason=rule.signed(reason, "--reason") if act is Act.MUTE else "",
            content=alert.last.content if act is Act.APPROVE else None,
        )
        state = rule.decided(alert, decision)
        if act is Act.APPROVE:
            _refuse_the_same(alert, desk)
        desk.keep(decision, state)
    told = {"alert": alert.id, "state": state, "by": who, "until": until}
    if json:
        answer(told)
        return
    say(f"Alert {alert.id} is {'muted until ' + str(until) if act is Act.MUTE else state}, by {who}.")


def _refuse_the_same(alert: Alert, desk: AlertDesk) -> None:
    """Refuse to approve again what is approved and has not changed: it would be sent twice; withdrawn it may be."""
    before = notices.approvals(alert, desk.decisions)
    withdrawn = notices.withdrawn_up_to(alert, desk.workspace.alerts.deliveries())
    same = before and before[-1].content == alert.last.content and len(before) > withdrawn
    if alert.state in notices.SENDABLE and same:
        raise UserError(f"Alert {alert.id} is {alert.state} as it is now.", hint="Nothing was changed.")
