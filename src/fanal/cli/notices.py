"""Notices: the approved alerts that may leave now, each in words, and why the others may not."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from fanal import access
from fanal.model.alert import Act, Alert, AlertState, Channel, Decision, Delivery, Outcome
from fanal.model.circle import Circle
from fanal.model.error import RefusedError, SettingError
from fanal.model.release import Release
from fanal.outbox.notice import REPLAY_DAYS, Notice, Reference, Withdrawal, is_exercise, is_simulated
from fanal.privacy.narrowing import Narrowing
from fanal.review import alerts as rule
from fanal.settings import Settings
from fanal.store.workspace import Workspace
from fanal.web.language import LANGUAGES
from fanal.web.notices import wordings

CANCEL = ".cancel"
"""Behind the id of a notice: its withdrawal."""

SENDABLE = (AlertState.APPROVED, AlertState.SENT)


def approvals(alert: Alert, decisions: Sequence[Decision]) -> list[Decision]:
    """Return the approvals of an alert, in their order; the number of each is that of its notice."""
    return [one for one in decisions if one.act is Act.APPROVE and one.alert == alert.id]


def above(areas: pa.Table) -> dict[str, str | None]:
    """Return the area that holds each area."""
    return dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))


def standing(
    alert: Alert, content: str | None, releases: Mapping[str, Release]
) -> tuple[Release, int] | None:
    """Return the Release and the row in which a sighting of an alert stands; None: it stands there no longer."""
    for sighting in alert.sightings:
        release = releases.get(sighting.ledger_id)
        if sighting.content != content or release is None:
            continue
        for number, row in enumerate(release.table.to_pylist()):
            if rule.content(release.ledger_id, row) == content:
                return release, number
    return None


def narrowed(release: Release, row: int, out: Release) -> tuple[Release, int] | None:
    """Return a Release as it may be handed out, and the row in it that is a row of the whole; None: it is held back."""
    wanted = release.table.slice(row, 1).to_pylist()[0]
    rows = out.table.to_pylist()
    return (out, rows.index(wanted)) if wanted in rows else None


def withdrawn_up_to(alert: Alert, deliveries: Sequence[Delivery]) -> int:
    """Return the number of the newest notice of an alert that was withdrawn somewhere; 0: none was."""
    numbers = [
        int(one.message.split(".")[1])
        for one in deliveries
        if one.message.endswith(CANCEL) and one.message.partition(".")[0] == alert.id
    ]
    return max(numbers, default=0)


def withdrawals(
    workspace: Workspace,
    settings: Settings,
    gone: Sequence[Alert],
    *,
    target: str,
    circle: Circle,
    now: datetime,
) -> list[Withdrawal]:
    """Return what says in a folder of CAP documents that alerts which were sent to it may not leave any more.

    Args:
        workspace: knows what was sent.
        settings: name the sender.
        gone: approved alerts that stand in no Release as they were approved, or that the sensitive list holds back.
        target: the folder.
        circle: who it is for.
        now: when it is found, unless it was before.
    """
    decisions, deliveries = workspace.alerts.decisions(), workspace.alerts.deliveries()
    here = {
        one.message: one.at
        for one in deliveries
        if (one.channel, one.target, one.outcome) == (Channel.CAP, target, Outcome.DELIVERED)
    }
    simulated = {one.ledger_id for one in workspace.ledger.all() if is_simulated(one)}
    made: list[Withdrawal] = []
    for alert in gone:
        sent = [
            Reference(id=message(alert, number), sent=one.at)
            for number, one in enumerate(approvals(alert, decisions), start=1)
            if message(alert, number) in here
        ]
        if not sent or (circle is Circle.PUBLIC and alert.circle is not Circle.PUBLIC):
            continue
        name = f"{sent[-1].id}{CANCEL}"
        old = (sent[-1].sent.date() - alert.last.as_of).days > REPLAY_DAYS
        made.append(
            Withdrawal(
                id=name,
                sender=sender_of(settings),
                sent=here.get(name, now),
                circle=alert.circle,
                exercise=old or alert.last.ledger_id in simulated,
                withdraws=tuple(sent),
            )
        )
    return made


def found(
    workspace: Workspace,
    settings: Settings,
    alerts: Sequence[Alert],
    *,
    areas: pa.Table,
    circle: Circle,
    now: datetime,
    narrowing: Narrowing,
) -> tuple[list[Notice], list[str], list[Alert]]:
    """Return the notices that a circle may have now, a sentence for each alert held back, and those that are gone.

    Gone is an alert that stands in no Release as it was approved, or names what is on the sensitive list now.

    An approval holds for the hotspot that was approved, as it was: if it stands in its Release no longer,
    a person has to look again. One that names an area on the sensitive list as it is now does not leave.
    """
    sender, languages = sender_of(settings), languages_of(settings)
    decisions = workspace.alerts.decisions()
    deliveries = workspace.alerts.deliveries()
    delivered = {one.message for one in deliveries if one.outcome is Outcome.DELIVERED}
    releases = {one.ledger_id: one for one in workspace.ledger.all()}
    require = access.requirement(workspace, circle, now, narrowing=narrowing)
    holders = above(areas)
    notices: list[Notice] = []
    held: list[str] = []
    gone: list[Alert] = []
    for alert in alerts:
        approved = approvals(alert, decisions)
        if not approved:
            continue
        there = standing(alert, approved[-1].content, releases)
        mute = rule.mute_of(alert, decisions, above=holders, day=now.date())
        if mute or alert.state not in SENDABLE:
            # What was sent of it is withdrawn all the same if an area of it may not be named any more.
            if there is not None and narrowed(*there, narrowing.of(there[0], now)) is None:
                gone.append(alert)
            if mute and alert.state in SENDABLE:
                held.append(f"Alert {alert.id} is muted until {mute.until}.")
            continue
        if there is None:
            held.append(
                f"Alert {alert.id} has changed since it was approved: show it, then approve it again."
            )
            gone.append(alert)
            continue
        there = narrowed(*there, narrowing.of(there[0], now))
        if there is None:
            held.append(f"Alert {alert.id} names an area that the sensitive list holds back.")
            gone.append(alert)
            continue
        withdrawn = withdrawn_up_to(alert, deliveries)
        if len(approved) <= withdrawn:
            held.append(f"Alert {alert.id} was withdrawn: show it, then approve it again.")
            continue
        try:
            require(there[0])
        except RefusedError as error:
            held.append(f"Alert {alert.id}: {error}")
            continue
        earlier = [
            Reference(id=message(alert, number), sent=one.at)
            for number, one in enumerate(approved[:-1], start=1)
            if message(alert, number) in delivered and number > withdrawn
        ]
        notices.append(
            notice(
                *there,
                id=message(alert, len(approved)),
                sender=sender,
                sent=approved[-1].at,
                areas=areas,
                languages=languages,
                replaces=earlier,
            )
        )
    return notices, held, gone


def notice(
    release: Release,
    row: int,
    *,
    id: str,  # noqa: A002 - the name of the field
    sender: str,
    sent: datetime,
    areas: pa.Table,
    languages: Sequence[str],
    replaces: Sequence[Reference] = (),
) -> Notice:
    """Return a row of a Release as a notice in words."""
    hotspot: dict[str, Any] = release.table.slice(row, 1).to_pylist()[0]
    as_of: date = hotspot["as_of"]
    return Notice(
        id=id,
        sender=sender,
        sent=sent,
        release=release,
        row=row,
        wordings=wordings(
            hotspot,
            areas=areas,
            languages=languages,
            simulated=is_simulated(release),
            exercise=is_exercise(release, as_of, sent.date()),
        ),
        replaces=tuple(replaces),
    )


def message(alert: Alert, number: int) -> str:
    """Return the id of the notice of an alert's approval, counted from 1."""
    return f"{alert.id}.{number}"


def sender_of(settings: Settings) -> str:
    """Return who sends.

    Raises:
        SettingError: nobody is named, or not by an address.
    """
    sender = settings.alerts.sender
    if not is_address(sender):
        raise SettingError(
            f"The setting alerts.sender must be an address such as alerts@example.org, not {sender!r}.",
            hint="It stands in everything that is sent.",
        )
    return sender


def is_address(text: str) -> bool:
    """Say whether a text can stand as an address in mail and in CAP, which allows no blank, comma, < or &.

    >>> is_address("alerts@example.org"), is_address("A <a@example.org>"), is_address("a@b@c.d")
    (True, False, False)
    """
    name, at, domain = text.partition("@")
    right = bool(name and at and "." in domain.strip(".")) and "@" not in domain
    return right and text.isascii() and text.isprintable() and not set(text) & set(" ,;<>&\"'()")


def languages_of(settings: Settings) -> tuple[str, ...]:
    """Return the languages of a notice.

    Raises:
        SettingError: there is none, or one that is not spoken.
    """
    wrong = [code for code in settings.alerts.languages if code not in LANGUAGES]
    if wrong or not settings.alerts.languages:
        raise SettingError(
            f"The setting alerts.languages must list some of {', '.join(LANGUAGES)}, not {', '.join(wrong) or 'none'}.",
        )
    return settings.alerts.languages
