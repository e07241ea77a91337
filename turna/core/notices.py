"""Who is told what, and by which way: in the page always, by mail as each person prefers. Sending is `core.mail`'s."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from turna.core.calendar import calendar_of, now
from turna.core.mail import queue
from turna.core.models import Institution, Notice, NoticePreference, OutboxMail, Person
from turna.core.refusals import Refused
from turna.core.registry import Registry
from turna.core.wording import plural

KINDS: Registry[object] = Registry("clases de avisos")
"""Kinds of notices with the label under which a person chooses how to get them; a domain adds its own."""
KINDS.add("", gettext_lazy("Todos los avisos"))
DIGEST_LINES = 40
Wish = NoticePreference.Mail


def tell(
    person: Person,
    *,
    institution_id: int,
    kind: str,
    subject: str,
    body: str = "",
    url: str = "",
    dedupe: str | None = None,
) -> Notice | None:
    """Tell a person something: in the page, and by mail at once if they want this kind so. In the caller's transaction.

    `url`: a path of ours. `dedupe`: the same one twice for one person tells nothing the second time (returns None).
    """
    moment = now()
    wish = preference_of(person, kind) if person.is_active else Wish.NEVER
    notice = Notice(
        institution_id=institution_id,
        person=person,
        kind=kind,
        subject=" ".join(subject.split())[:200],
        body=body,
        url=url[:300],
        created_at=moment,
        digested_at=None if wish == Wish.DIGEST else moment,
        dedupe=dedupe,
    )
    if not _insert(notice):
        return None
    if wish == Wish.NOW:
        greeting = _("Buen día, %s:") % person.given_names if person.given_names else _("Buen día:")
        queue(
            person.email,
            subject,
            f"{greeting}\n\n{body or subject}",
            institution_id=institution_id,
            kind=kind or "notice",
            url=url,
        )
    return notice


def _insert(notice: Notice) -> bool:
    if notice.dedupe is None:
        notice.save(force_insert=True)
        return True
    row, created = Notice.objects.get_or_create(
        person=notice.person,
        dedupe=notice.dedupe,
        defaults={name: getattr(notice, name) for name in _COPIED},
    )
    notice.pk = row.pk
    return created


_COPIED = ("institution_id", "kind", "subject", "body", "url", "created_at", "digested_at")


def mail(
    address: str, subject: str, body: str, *, institution_id: int | None, dedupe: str | None = None, url: str = ""
) -> OutboxMail | None:
    """Write to somebody who may have no account, in the caller's transaction; None when `dedupe` was there already."""
    return queue(address, subject, body, institution_id=institution_id, url=url, dedupe=dedupe)


def preference_of(person: Person, kind: str) -> str:
    """How the person wants this kind by mail: their word on it, else their word on every kind, else at once."""
    said = dict(NoticePreference.objects.filter(person=person, kind__in={kind, ""}).values_list("kind", "mail"))
    return said.get(kind) or said.get("") or Wish.NOW


def set_preference(person: Person, kind: str, mail: str) -> None:
    """How this person wants a kind of notice by mail ("" every kind). Raises Refused("invalid_form")."""
    if mail not in Wish.values:
        told = _("Elija cómo quiere recibir los avisos.")
        raise Refused("invalid_form", told, {"mail": told})
    NoticePreference.objects.update_or_create(person=person, kind=kind, defaults={"mail": mail})


def mark_read(person: Person, notice_ids: Collection[int] | None = None) -> int:
    """The person has seen these notices, or all of them; somebody else's are not touched."""
    mine = Notice.objects.of(person.pk).unread()
    if notice_ids is not None:
        mine = mine.filter(pk__in=notice_ids)
    return mine.update(read_at=now())


def send_digests(at: datetime | None = None) -> int:
    """On working days, from opening time on, one mail to each person with what has gathered since the last one.

    Returns how many were queued. Any number of workers may run it, as often as they like.
    """
    moment = at or now()
    return sum(_digests_of(institution, moment) for institution in Institution.objects.order_by("pk"))


def _digests_of(institution: Institution, moment: datetime) -> int:
    calendar = calendar_of(institution)
    today = calendar.local_day(moment)
    morning = calendar.opens_at(today)
    if not calendar.is_working(today) or moment < morning:
        return 0
    gathered = Notice.objects.filter(institution=institution, digested_at=None, created_at__lt=morning)
    people = Person.objects.filter(pk__in=gathered.values("person_id")).order_by("pk")
    return sum(_digest(institution, person, morning, moment) for person in people)


@transaction.atomic
def _digest(institution: Institution, person: Person, morning: datetime, moment: datetime) -> bool:
    skip = connection.features.has_select_for_update_skip_locked
    gathered = Notice.objects.of(person.pk).filter(institution=institution, digested_at=None, created_at__lt=morning)
    notices = list(gathered.select_for_update(skip_locked=skip, of=("self",)).order_by("created_at", "pk"))
    if not notices:
        return False
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(digested_at=moment)
    unread = [notice for notice in notices if notice.read_at is None]
    if not unread or not person.is_active:
        return False
    queued = queue(
        person.email,
        _("Su resumen: %s") % plural(len(unread), _("aviso"), _("avisos")),
        _digest_text(person, unread),
        institution_id=institution.pk,
        kind="digest",
        url="/avisos/",
        dedupe=f"digest:{institution.pk}:{person.pk}:{morning.date().isoformat()}",
    )
    return queued is not None


def _digest_text(person: Person, notices: list[Notice]) -> str:
    lines = [f"• {notice.subject}" for notice in notices[:DIGEST_LINES]]
    if len(notices) > DIGEST_LINES:
        lines.append(_("… y %d más.") % (len(notices) - DIGEST_LINES))
    return "\n\n".join([_("Buen día, %s. Esto le espera:") % person.given_names, "\n".join(lines)])
