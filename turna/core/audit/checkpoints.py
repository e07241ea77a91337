"""Checkpoints: a keyed seal over every entry so far, so that a history written anew from one end to the other shows.

Each goes on from the one before it, so a checkpoint costs only what was added since. The seal is worth as much as the
secret is kept from whoever can write to the database; print it, or send it elsewhere, to be safe from both.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from turna.core.calendar import now
from turna.core.models import AuditCheckpoint, AuditEntry

from .breaks import Break

_PAGE = 5000
_PURPOSE = b"turna.core.audit.checkpoint"


def checkpoint() -> AuditCheckpoint | None:
    """Seal everything up to now; the last checkpoint again when nothing was added, None when there is nothing at all.

    Waits for acts under way (PostgreSQL), so it is not called from inside one.
    """
    last = _last_settled()
    former = AuditCheckpoint.objects.order_by("-last_entry").first()
    if last == 0 or (former and former.last_entry >= last):
        return former
    digest, added = _digest(former.digest if former else "", former.last_entry if former else 0, last)
    made = AuditCheckpoint(at=now(), last_entry=last, entries=(former.entries if former else 0) + added, digest=digest)
    made.seal = _seal(made, settings.SECRET_KEY)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f'LOCK TABLE "{AuditCheckpoint._meta.db_table}" IN EXCLUSIVE MODE')
        newest = AuditCheckpoint.objects.order_by("-last_entry").first()
        if newest == former:  # otherwise somebody else sealed meanwhile, and ours would not go on from theirs
            made.save(force_insert=True)
            return made
    return newest


def verify_checkpoints() -> Iterator[Break]:
    """Every checkpoint that is not ours, or whose entries are no longer those that were sealed."""
    digest, last, entries = "", 0, 0
    for sealed in AuditCheckpoint.objects.order_by("last_entry").iterator(chunk_size=_PAGE):
        when = sealed.at.astimezone(UTC).isoformat(timespec="seconds")
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        if not any(hmac.compare_digest(sealed.seal, _seal(sealed, key)) for key in keys):
            yield Break("", 0, 0, "seal", _("el punto de control del %s no lleva el sello de esta instalación") % when)
        found, added = _digest(digest, last, sealed.last_entry)
        if found != sealed.digest or entries + added != sealed.entries:
            yield Break("", 0, 0, "checkpoint", _told(when, last, sealed, entries + added))
        digest, last, entries = sealed.digest, sealed.last_entry, sealed.entries


def _told(when: str, after: int, sealed: AuditCheckpoint, found: int) -> str:
    words = _("los registros %(first)d a %(last)d no son los que selló el punto de control del %(when)s") % {
        "first": after + 1,
        "last": sealed.last_entry,
        "when": when,
    }
    if found != sealed.entries:
        words += _(" (eran %(were)d, hay %(are)d)") % {"were": sealed.entries, "are": found}
    return words


def _last_settled() -> int:
    """The highest id below which nothing can appear any more: ids are given before they commit, so writers are
    waited for."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f'LOCK TABLE "{AuditEntry._meta.db_table}" IN SHARE MODE')
        return int(AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0)


def _digest(previous: str, after: int, last: int) -> tuple[str, int]:
    total, entries = sha256(previous.encode()), 0
    rows = AuditEntry.objects.filter(pk__gt=after, pk__lte=last).order_by("pk").values_list("hash", flat=True)
    for seal in rows.iterator(chunk_size=_PAGE):
        total.update(seal.encode())
        entries += 1
    return total.hexdigest(), entries


def _seal(sealed: AuditCheckpoint, secret: str) -> str:
    moment = sealed.at.astimezone(UTC).isoformat(timespec="microseconds")
    text = f"{moment}|{sealed.last_entry}|{sealed.entries}|{sealed.digest}"
    key = sha256(_PURPOSE + secret.encode()).digest()
    return hmac.new(key, text.encode(), sha256).hexdigest()
