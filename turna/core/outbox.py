"""What an official may do with mail that has not left: try again. Queueing and sending is `mail`'s."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import audit
from turna.core.calendar import now
from turna.core.models import OutboxMail
from turna.core.refusals import Refused
from turna.core.rights import Standing


def retry(by: Standing, mail: OutboxMail) -> None:
    """Put a mail that could not be sent, or waits for its next try, at the head of the queue.

    Raises Refused (not_allowed; already_done when it has left or is leaving).
    """
    by.require("mail.read")
    if mail.institution_id != by.institution_id and not by.administers:
        raise Refused("not_allowed", _("Ese correo es de otra institución."))
    with transaction.atomic():
        waiting = OutboxMail.objects.filter(pk=mail.pk, status__in=["failed", "queued"])
        # `attempts` goes on counting: it tells a worker whether the lease is still its own.
        if not waiting.update(status=OutboxMail.Status.QUEUED, next_attempt_at=now()):
            raise Refused("already_done", _("Ese correo ya salió o está saliendo."))
        if mail.institution_id:
            audit.note(mail.institution_id, "mail.retried", {"mail": mail.pk}, actor=by.actor_id)
