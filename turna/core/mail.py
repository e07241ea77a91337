"""Mail leaves through the outbox: queued in the transaction that causes it, sent afterwards by the worker.

A mail is claimed with a lease before it is sent, so that two workers never send it twice; a worker that dies leaves its
mail to the next one once the lease is over, under the same Message-ID. Not here: who is told what (`core.notices`),
trying a failed mail again (`core.outbox`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from time import monotonic
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from turna.core.calendar import now as present
from turna.core.models import Institution, OutboxMail, Person
from turna.core.smtp import Outcome, Postman

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)
BATCH = 20
# No mail of a batch is begun when its lease might end before the sending does.
_SAFE_SECONDS = 240.0
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP = timedelta(days=3)
"""So long a server that answers "later" is asked again; one that is away is asked for ever."""
ACCOUNT = "account"
KEEP_BODIES = timedelta(days=90)
HOUSE_COLOUR = "#6b1538"
Status = OutboxMail.Status


def queue(
    address: str,
    subject: str,
    body: str,
    *,
    institution_id: int | None,
    kind: str = "",
    url: str = "",
    html: str = "",
    dedupe: str | None = None,
) -> OutboxMail | None:
    """Put one mail in the outbox, in the caller's transaction; None when `dedupe` was already there
    or the person has no e-mail.

    `body` is plain text with blank lines between paragraphs; `url` (a path of ours or absolute) becomes a button.
    """
    if address.lower().endswith(f"@{Person.NOWHERE}"):
        return None
    subject = " ".join(subject.split())[:250]
    link = absolute(url)
    moment = present()
    row = OutboxMail(
        institution_id=institution_id,
        kind=kind,
        to=address,
        subject=subject,
        body=_plain(body, link, kind),
        html=html or _html(subject, body, link, kind, institution_id),
        message_id=f"<{uuid4().hex}@{_domain()}>",
        dedupe=dedupe,
        next_attempt_at=moment,
        created_at=moment,
    )
    if dedupe is None:
        row.save(force_insert=True)
        return row
    OutboxMail.objects.bulk_create([row], ignore_conflicts=True)
    return OutboxMail.objects.filter(message_id=row.message_id).first()


def absolute(url: str) -> str:
    """An address that works from a mail."""
    return f"{settings.PUBLIC_URL}{url}" if url.startswith("/") else url


def preferences_url() -> str:
    """Where a person says which mails they want."""
    try:
        return absolute(reverse("preferences"))
    except NoReverseMatch:
        return absolute("/")


def _has_preferences(kind: str) -> bool:
    return kind not in ("", ACCOUNT)


def _plain(body: str, link: str, kind: str) -> str:
    parts = [body.strip()]
    if link:
        parts.append(f"{_('Abrir en Turna')}: {link}")
    if _has_preferences(kind):
        parts.append(f"--\n{_('Usted decide qué correos recibe')}: {preferences_url()}")
    return "\n\n".join(parts) + "\n"


def _html(subject: str, body: str, link: str, kind: str, institution_id: int | None) -> str:
    institution = Institution.objects.filter(pk=institution_id).first() if institution_id else None
    context = {
        "subject": subject,
        "paragraphs": [part for part in re.split(r"\n\s*\n", body.strip()) if part],
        "url": link,
        "sender": institution.name if institution else "Turna",
        "colour": _colour(institution),
        "preferences": preferences_url() if _has_preferences(kind) else "",
    }
    return render_to_string("core/mail.html", context)


def _colour(institution: Institution | None) -> str:
    """The institution's own colour where white can be read on it (contrast 4.5), else the house's."""
    said = str((institution.theme if institution else {}).get("primario", ""))
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", said):
        return HOUSE_COLOUR
    shares = [int(said[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shares)
    return said if 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5 else HOUSE_COLOUR


def _domain() -> str:
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"


class OutboxBackend(BaseEmailBackend):
    """Django's and allauth's mail goes the same way: one row per recipient. Attachments are not supported."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if message.attachments:
                raise ValueError("the outbox carries no attachments")
            alternatives: Iterable[tuple[object, str]] = getattr(message, "alternatives", ())
            html = next((str(content) for content, kind in alternatives if kind == "text/html"), "")
            for address in message.recipients():
                subject, body = str(message.subject), str(message.body)
                queue(address, subject, body, institution_id=_institution_of(address), kind=ACCOUNT, html=html)
        return len(email_messages)


def _institution_of(address: str) -> int | None:
    """That of the person with this address, so that its officials see whether the mail has left."""
    return Person.objects.filter(email__iexact=address).values_list("institution_id", flat=True).first()


def send_waiting(limit: int = 100, now: datetime | None = None) -> int:
    """Send what waits, at most `limit` mails; returns how many left. Call it outside of a transaction.

    Without settings.SMTP_URL nothing is sent and everything keeps waiting. Any number of workers may run it at once.
    """
    if not settings.SMTP_URL:
        return 0
    sent = tried = 0
    with Postman(settings.SMTP_URL) as postman:
        while tried < limit and (batch := _claim(min(BATCH, limit - tried), now or present())):
            tried += len(batch)
            done = _send_batch(postman, batch, now)
            sent += done
            if postman.unreachable:
                break
    return sent


def _claim(limit: int, moment: datetime) -> list[OutboxMail]:
    """Take the lease of some mails: waiting ones, and those whose worker has died."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = OutboxMail.objects.filter(
        status__in=[Status.QUEUED, Status.SENDING], next_attempt_at__lte=moment
    ).order_by("next_attempt_at", "pk")
    # Most rounds find nothing, and then need not take SQLite's one writer's place.
    if not waiting.exists():
        return []
    with transaction.atomic():
        batch = list(waiting.select_for_update(skip_locked=skip)[:limit])
        OutboxMail.objects.filter(pk__in=[mail.pk for mail in batch]).update(
            status=Status.SENDING, attempts=F("attempts") + 1, next_attempt_at=moment + LEASE
        )
    for mail in batch:
        mail.status, mail.attempts = Status.SENDING, mail.attempts + 1
    return batch


def _send_batch(postman: Postman, batch: list[OutboxMail], now: datetime | None) -> int:
    begun, sent = monotonic(), 0
    for mail in batch:
        if postman.unreachable or monotonic() - begun > _SAFE_SECONDS:
            _put_back(mail, now or present())
            continue
        outcome = postman.deliver(mail, preferences_url() if _has_preferences(mail.kind) else "")
        _note(mail, outcome, now or present())
        sent += outcome.name == "sent"
    return sent


def _mine(mail: OutboxMail, **changes: object) -> bool:
    """Change the row if the lease is still ours."""
    return bool(OutboxMail.objects.filter(pk=mail.pk, status=Status.SENDING, attempts=mail.attempts).update(**changes))


def _next_attempt(mail: OutboxMail, moment: datetime) -> datetime:
    """One, two, four… minutes later, at most four hours."""
    return moment + min(timedelta(minutes=1 << min(mail.attempts - 1, 10)), LONGEST_WAIT)


def _put_back(mail: OutboxMail, moment: datetime) -> None:
    _mine(mail, status=Status.QUEUED, attempts=mail.attempts - 1, next_attempt_at=_next_attempt(mail, moment))


def _note(mail: OutboxMail, outcome: Outcome, moment: datetime) -> None:
    error = outcome.error[:300]
    if outcome.name == "sent":
        blank = {"body": "", "html": ""} if mail.kind == ACCOUNT else {}
        _mine(mail, status=Status.SENT, sent_at=moment, last_error="", **blank)
    elif outcome.name == "refused" or (outcome.name == "later" and moment - mail.created_at > GIVE_UP):
        log.warning("No se pudo enviar el correo %s: %s", mail.pk, error)
        _mine(mail, status=Status.FAILED, last_error=error)
    else:
        _mine(mail, status=Status.QUEUED, next_attempt_at=_next_attempt(mail, moment), last_error=error)


def blank_old_mail(now: datetime | None = None) -> int:
    """Forget what was written in mails sent more than 90 days ago; that they were sent stays."""
    old = OutboxMail.objects.filter(status=Status.SENT, sent_at__lt=(now or present()) - KEEP_BODIES)
    return old.exclude(body="").update(body="", html="")
