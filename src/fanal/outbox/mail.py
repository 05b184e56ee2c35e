"""Mail: a notice as a message of its own to each recipient, over a connection that is encrypted or local."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from html import escape

import pyarrow as pa

from fanal.model.error import RetryableError, SettingError
from fanal.model.release import Release
from fanal.outbox.cap import to_cap
from fanal.outbox.notice import Notice, checked
from fanal.text.host import is_local


class Tls(StrEnum):
    """Name how the connection to a mail server is protected.

    >>> Tls("starttls").value
    'starttls'
    """

    STARTTLS = "starttls"  # from the first command on (RFC 3207); refused where the server has it not
    TLS = "tls"  # from the first byte on (RFC 8314)
    NONE = "none"  # this machine's own server only


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Say from where and how mail is sent."""

    host: str
    port: int
    tls: Tls
    sender: str  # address that mail comes from
    user: str = ""  # empty: no log-in
    password: str = ""  # never printed: see __repr__
    timeout: float = 20.0  # seconds

    def __post_init__(self) -> None:
        """Refuse an open connection to another machine.

        Raises:
            SettingError: it is asked for; or a log-in over it.
        """
        if self.tls is Tls.NONE and (not is_local(self.host) or self.user):
            raise SettingError(
                f"Mail to {self.host} would leave this machine unencrypted.",
                hint="Set alerts.mail_tls to starttls or tls.",
            )

    def __repr__(self) -> str:
        """Return where it is, without the password."""
        return f"Mailbox({self.host}:{self.port}, {self.tls})"


Post = Callable[[Notice, str], None]
"""Sends a notice to an address; raises RetryableError when it did not arrive."""


@contextmanager
def connected(
    box: Mailbox, *, context: ssl.SSLContext, areas: pa.Table, require: Callable[[Release], object]
) -> Iterator[Post]:
    """Give what sends a notice to one address, over one connection for all.

    Args:
        box: from where and how.
        context: what is trusted.
        areas: AREA_SCHEMA, for the CAP document that is attached.
        require: raises for what may not leave.

    Raises:
        RetryableError: the server cannot be reached, is not who it says, or refuses the log-in.
    """
    try:
        server = _open(box, context)
    except (OSError, smtplib.SMTPException) as error:
        raise RetryableError(f"The mail server {box.host}, port {box.port}: {_told(error)}") from error

    def post(notice: Notice, to: str) -> None:
        message = compose(checked(notice, require), sender=box.sender, to=to, areas=areas, require=require)
        try:
            server.send_message(message, from_addr=box.sender, to_addrs=[to])
        except (OSError, smtplib.SMTPException) as error:
            raise RetryableError(f"The mail to {to}: {_told(error)}") from error

    try:
        yield post
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def compose(
    notice: Notice, *, sender: str, to: str, areas: pa.Table, require: Callable[[Release], object]
) -> EmailMessage:
    """Return a notice as a message: plain text, the same as HTML with each language's direction, and CAP.

    Its Message-ID is made of the notice's id, so that who gets it twice can tell.
    """
    message = EmailMessage()
    domain = notice.sender.rpartition("@")[2]
    message["Subject"] = " ".join(notice.wordings[0].headline.split())  # one line, or the header is refused
    message["From"], message["To"] = sender, to
    message["Date"] = format_datetime(notice.sent)
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    if notice.replaces:
        message["References"] = " ".join(f"<{one.id}@{domain}>" for one in notice.replaces)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no robot answers
    message.set_content("\n\n---\n\n".join(_text(notice)))
    message.add_alternative(_html(notice), subtype="html")
    document = to_cap(notice, areas=areas, require=require)
    message.add_attachment(document, maintype="application", subtype="cap+xml", filename=f"{notice.id}.xml")
    return message


def _open(box: Mailbox, context: ssl.SSLContext) -> smtplib.SMTP:
    """Return a connection that is protected and logged in; close it where one of these fails."""
    if box.tls is Tls.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(box.host, box.port, timeout=box.timeout, context=context)
    else:
        server = smtplib.SMTP(box.host, box.port, timeout=box.timeout)
    try:
        if box.tls is Tls.STARTTLS:
            server.starttls(context=context)
        if box.user:
            server.login(box.user, box.password)
    except BaseException:
        server.close()
        raise
    return server


def _told(error: Exception) -> str:
    """Return what went wrong in one sentence, without what the server was sent."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"refused ({code} {_line(text)})."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server said {error.smtp_code} {_line(error.smtp_error)}."
    return f"{_line(str(error)) or type(error).__name__}."


def _line(text: bytes | str) -> str:
    """Return the first line of a server's answer, printable and short."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kept = "".join(letter for letter in plain.partition("\n")[0] if letter.isprintable())
    return kept[:200].rstrip(" .")


def _text(notice: Notice) -> list[str]:
    """Return a notice in words, a text for each language."""
    return [
        f"{one.headline}\n\n{one.area}\n\n{one.description}\n\n{one.instruction}" for one in notice.wordings
    ]


def _html(notice: Notice) -> str:
    """Return a notice as a plain page, each language in its direction; it loads nothing."""
    parts = [
        f'<section lang="{escape(one.language)}" dir="{escape(one.direction)}"><h1>{escape(one.headline)}</h1>'
        + "".join(f"<p>{escape(text)}</p>" for text in (one.area, one.description, one.instruction))
        + "</section>"
        for one in notice.wordings
    ]
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{"<hr>".join(parts)}</body></html>'
