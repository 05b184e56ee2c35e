"""Sending: the ways that `fanal alerts send` was told to take, with the settings and credentials of each."""

import hashlib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from fanal.cli.clock import now
from fanal.cli.credentials import credential
from fanal.cli.notices import is_address
from fanal.model.alert import Channel, Delivery, Outcome
from fanal.model.circle import Circle
from fanal.model.error import RetryableError, SettingError
from fanal.model.person import Deed, Person
from fanal.model.release import Release
from fanal.model.secret import key_of
from fanal.outbox import mail as mail_way
from fanal.outbox import webhook as webhook_way
from fanal.outbox.dispatch import Tally, dispatch
from fanal.outbox.notice import Notice, Withdrawal
from fanal.outbox.notices import write_cap, write_feeds
from fanal.settings import Alerts, Settings
from fanal.store.workspace import Workspace

MAIL_PASSWORD = "FANAL_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
WEBHOOK_SECRET = "FANAL_WEBHOOK_SECRET"  # noqa: S105 - as above

Posts = Mapping[str, Callable[[Notice], None]]
Require = Callable[[Release], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Hold one way that is ready to be taken."""

    channel: Channel
    targets: tuple[str, ...]
    opened: Callable[[Sequence[Notice]], AbstractContextManager[Posts]]  # gives what sends to each target
    folder: bool = False  # written whole each time, so that what may no longer leave is gone from it
    withdrawn: tuple[Withdrawal, ...] = ()


def ways(
    settings: Settings,
    *,
    feed: Path | None,
    cap: Path | None,
    mail: bool,
    webhook: bool,
    areas: pa.Table,
    require: Require,
    withdrawn: Callable[[str], Sequence[Withdrawal]],
) -> list[Way]:
    """Return the ways that were asked for; all settings and credentials are checked before anything leaves.

    Args:
        settings: where to.
        feed: folder of feeds; None: not this way.
        cap: folder of CAP documents; None: not this way.
        mail: by mail.
        webhook: to the webhook.
        areas: AREA_SCHEMA.
        require: raises for what may not leave.
        withdrawn: gives what was sent to a folder of CAP documents before and may not leave any more.

    Raises:
        SettingError: one is missing or cannot be used.
    """
    chosen = settings.alerts
    found: list[Way] = []
    if feed is not None:
        found.append(
            _folder(
                Channel.FEED,
                feed,
                partial(
                    write_feeds,
                    languages=chosen.languages,
                    title=settings.page.title,
                    sender=chosen.sender,
                    address=chosen.feed_url,
                    require=require,
                    now=now(),
                ),
            )
        )
    if cap is not None:
        gone = tuple(withdrawn(str(cap.resolve())))
        write = partial(write_cap, areas=areas, require=require, withdrawn=gone)
        found.append(replace(_folder(Channel.CAP, cap, write), withdrawn=gone))
    if mail:
        box = _mailbox(chosen)
        found.append(
            Way(
                channel=Channel.MAIL,
                targets=chosen.mail_to,
                opened=partial(_mail, box, chosen.mail_to, areas=areas, require=require),
            )
        )
    if webhook:
        hook = _hook(chosen)
        found.append(
            Way(
                channel=Channel.WEBHOOK,
                targets=(hook.target,),
                opened=partial(_webhook, hook, require=require),
            )
        )
    return found


def send(way: Way, notices: Sequence[Notice], workspace: Workspace, person: Person) -> Tally:
    """Send notices on one way, noting each delivery before and after, in the desk and in the audit log.

    Without a notice nothing is done, but for a folder that was written before: it is emptied of notices.
    """
    if not notices and not way.withdrawn and not (way.folder and Path(way.targets[0]).exists()):
        return Tally()
    before = workspace.alerts.deliveries()
    delivered = {
        (one.message, one.target)
        for one in before
        if one.channel is way.channel and one.outcome is Outcome.DELIVERED
    }
    wanted = {(notice.id, target) for notice in notices for target in way.targets}
    if wanted <= delivered and not way.folder:
        return Tally(already=len(wanted))

    def keep(notice: Notice, delivery: Delivery) -> None:
        with workspace.desk.change() as connection:
            workspace.alerts.note(delivery, alert=notice.id.partition(".")[0], within=connection)
            workspace.audit.note(
                Deed.SENT,
                who=person,
                at=delivery.at,
                about=delivery.message,
                facts={**_facts(delivery, notice.release.circle), "ids": notice.release.ledger_id},
                within=connection,
            )

    with way.opened(notices) as posts:
        tally = dispatch(notices, channel=way.channel, posts=posts, before=before, note=keep, clock=now)
    for one in way.withdrawn:
        if (one.id, way.targets[0]) in delivered:
            continue
        told = Delivery(
            message=one.id,
            channel=way.channel,
            target=way.targets[0],
            at=one.sent,
            tries=1,
            outcome=Outcome.DELIVERED,
        )
        with workspace.desk.change() as connection:
            workspace.alerts.note(told, alert=one.id.partition(".")[0], withdraws=True, within=connection)
            workspace.audit.note(
                Deed.SENT,
                who=person,
                at=told.at,
                about=told.message,
                facts=_facts(told, one.circle),
                within=connection,
            )
    return tally


def _facts(delivery: Delivery, circle: Circle) -> dict[str, str | int]:
    """Return what the audit log keeps of a delivery: whom it went to as a digest, which fits the desk's target."""
    target = hashlib.sha256(delivery.target.encode()).hexdigest()
    return {
        "channel": delivery.channel.value,
        "outcome": delivery.outcome.value,
        "try": delivery.tries,
        "target": f"sha256:{target}",
        "circle": circle.value,
    }


def _folder(channel: Channel, out: Path, write: Callable[[Sequence[Notice], Path], None]) -> Way:
    """Return the way into a folder: it is written whole, then each notice in it is noted."""
    target = str(out.resolve())

    @contextmanager
    def opened(notices: Sequence[Notice]) -> Iterator[Posts]:
        write(notices, out)
        yield {target: lambda _notice: None}

    return Way(channel=channel, targets=(target,), opened=opened, folder=True)


@contextmanager
def _mail(
    box: mail_way.Mailbox,
    recipients: Sequence[str],
    notices: Sequence[Notice],
    *,
    areas: pa.Table,
    require: Require,
) -> Iterator[Posts]:
    """Give what mails to each recipient; where the server cannot be reached, each mail fails for that reason."""
    _ = notices
    connection = mail_way.connected(box, context=ssl.create_default_context(), areas=areas, require=require)
    try:
        post = connection.__enter__()
    except RetryableError as error:
        yield {to: partial(_fail, str(error)) for to in recipients}
        return
    try:
        yield {to: partial(_to, post, to) for to in recipients}
    finally:
        connection.__exit__(None, None, None)


def _to(post: mail_way.Post, to: str, notice: Notice) -> None:
    """Mail a notice to one recipient."""
    post(notice, to)


def _fail(reason: str, _notice: Notice) -> None:
    """Say that a notice did not arrive."""
    raise RetryableError(reason)


@contextmanager
def _webhook(hook: webhook_way.Hook, notices: Sequence[Notice], *, require: Require) -> Iterator[Posts]:
    """Give what tells the webhook."""
    _ = notices
    context = ssl.create_default_context()
    with webhook_way.connected(hook, context=context, clock=now, require=require) as post:
        yield {hook.target: post}


def _mailbox(chosen: Alerts) -> mail_way.Mailbox:
    """Return the mailbox of the settings, with its password."""
    if not chosen.mail_host or not chosen.mail_to:
        raise SettingError(
            "Mail needs the settings alerts.mail_host and alerts.mail_to.", hint="Write them into fanal.toml."
        )
    for address in (*chosen.mail_to, *([chosen.mail_from] if chosen.mail_from else [])):
        if not is_address(address):
            raise SettingError(
                f"The settings alerts.mail_to and alerts.mail_from take plain addresses, not {address!r}.",
                hint="Such as helpdesk@example.org, without a name.",
            )
    if chosen.mail_tls not in set(mail_way.Tls):
        raise SettingError(
            f"The setting alerts.mail_tls must be one of {', '.join(mail_way.Tls)}, not {chosen.mail_tls!r}."
        )
    password = credential(MAIL_PASSWORD, chosen.mail_password_file, setting="alerts.mail_password_file")
    if chosen.mail_user and not password:
        raise SettingError(
            "There is no password for alerts.mail_user.",
            hint=f"Set {MAIL_PASSWORD}, or name a file in alerts.mail_password_file.",
        )
    return mail_way.Mailbox(
        host=chosen.mail_host,
        port=chosen.mail_port,
        tls=mail_way.Tls(chosen.mail_tls),
        sender=chosen.mail_from or chosen.sender,
        user=chosen.mail_user,
        password=password,
        timeout=chosen.timeout_seconds,
    )


def _hook(chosen: Alerts) -> webhook_way.Hook:
    """Return the webhook of the settings, with its key."""
    if not chosen.webhook_url:
        raise SettingError(
            "A webhook needs the setting alerts.webhook_url.", hint="Write it into fanal.toml."
        )
    secret = credential(WEBHOOK_SECRET, chosen.webhook_secret_file, setting="alerts.webhook_secret_file")
    if not secret:
        raise SettingError(
            "There is no secret for the webhook.",
            hint=f"Set {WEBHOOK_SECRET}, or name a file in alerts.webhook_secret_file.",
        )
    return webhook_way.Hook(
        url=chosen.webhook_url, key=key_of(secret, whose="webhook"), timeout=chosen.timeout_seconds
    )
