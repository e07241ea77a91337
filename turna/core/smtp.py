"""One conversation with the mail server (settings.SMTP_URL), and what came of each mail. Knows no rows' states.

`smtp://user:password@host:port?tls=1` (STARTTLS) or `smtps://user:password@host:port` (TLS from the beginning).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Literal, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings

from turna.core.calendar import now
from turna.core.models import OutboxMail

TIMEOUT = 20.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mail: sent; refused for good; later (the server said so); away (no server, nothing said)."""

    name: Literal["sent", "refused", "later", "away"]
    error: str = ""


class MailMisconfigured(Exception):
    """SMTP_URL cannot be used as it is."""


class Postman:
    """Connects when the first mail is due and keeps the line for the next ones."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._line: smtplib.SMTP | None = None
        self.unreachable = False
        """The server could not be reached, or did not let us in: trying the next mail is of no use."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hang_up()

    def deliver(self, mail: OutboxMail, unsubscribe: str = "") -> Outcome:
        """Send one mail. Never raises for what a server or a network may do."""
        try:
            if self._line is None:
                self._line = connect(self._url)
        except (OSError, smtplib.SMTPException, MailMisconfigured) as trouble:
            self.unreachable = True
            return Outcome("away", f"{_told(trouble)}")
        try:
            self._line.send_message(message_of(mail, unsubscribe))
        except smtplib.SMTPRecipientsRefused as refusal:
            code, text = next(iter(refusal.recipients.values()))
            return self._refused(code, text)
        except smtplib.SMTPResponseException as refusal:
            return self._refused(refusal.smtp_code, refusal.smtp_error)
        except (smtplib.SMTPNotSupportedError, ValueError) as unsendable:
            return Outcome("refused", _told(unsendable))
        except (OSError, smtplib.SMTPException) as trouble:
            # The line broke: perhaps after the server took the mail; its Message-ID tells it the second time.
            self._hang_up()
            return Outcome("away", _told(trouble))
        return Outcome("sent")

    def _refused(self, code: int, text: bytes | str) -> Outcome:
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if self._line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.rset()
        if code == 421:
            self._hang_up()
        return Outcome("refused" if 500 <= code < 600 else "later", f"{code} {said}")

    def _hang_up(self) -> None:
        if self._line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.quit()
        self._line = None


def connect(url: str) -> smtplib.SMTP:
    """A line to the server, logged in. Raises OSError, SMTPException, MailMisconfigured."""
    parts = urlsplit(url)
    secure = parse_qs(parts.query).get("tls", ["0"])[0] not in ("0", "", "no")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise MailMisconfigured("TURNA_SMTP_URL debe ser smtp://… o smtps://…")
    if parts.username and not secure and parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        raise MailMisconfigured("TURNA_SMTP_URL: una contraseña no viaja sin cifrar; agregue ?tls=1 o use smtps://")
    line = _dial(parts)
    try:
        if secure and parts.scheme == "smtp":
            line.starttls(context=ssl.create_default_context())
        if parts.username:
            line.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        line.close()
        raise
    return line


def _dial(parts: SplitResult) -> smtplib.SMTP:
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)


def message_of(mail: OutboxMail, unsubscribe: str = "") -> EmailMessage:
    """The mail as it travels: plain text, and HTML when there is any. Raises ValueError for an impossible header."""
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.MAIL_FROM
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
    if not parseaddr(mail.to)[1]:
        raise ValueError("el correo no tiene destinatario")
    message.set_content(mail.body)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def _told(trouble: Exception) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        said = trouble.smtp_error
        return f"{trouble.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    return str(trouble) or type(trouble).__name__
