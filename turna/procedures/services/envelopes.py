"""The sealed envelopes of a case: printing one, and another in the place of one that is no longer good."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import envelopes
from turna.core.calendar import now
from turna.core.models import Envelope
from turna.core.rights import Standing

from ..actions.accounts import OWNER_KIND
from ..models import Case
from .outcomes import Refused


@transaction.atomic
def print_envelope(envelope_id: int, by: Standing) -> bytes:
    """The letter as PDF, for whoever opens the account or hands the envelope over; each printing is noted.

    Raises: Refused: not_found (destroyed, not of a case this person may read), not_yours.
    """
    envelope = _theirs(envelope_id, by)
    return envelopes.open_letter(envelope.pk, at=now(), person_id=by.actor_id)


@transaction.atomic
def renew_envelope(envelope_id: int, by: Standing) -> Envelope:
    """Another envelope with another password for the same account; the former is destroyed if it still waited.

    Raises: Refused: not_found, not_yours, already_done (it was handed over, or the account was closed).
    """
    former = _theirs(envelope_id, by)
    if former.ending in (Envelope.Ending.DELIVERED, Envelope.Ending.WITHDRAWN):
        raise Refused("already_done", _("Este sobre ya se entregó o su cuenta se dio de baja."))
    letter = envelopes.Letter(
        institution_id=former.institution_id,
        owner=(former.owner_kind, former.owner_id),
        account=former.account,
        user_name=former.user_name,
        holder=former.holder,
        reference=Case.objects.values_list("folio", flat=True).get(pk=former.owner_id),
        position=former.position_id,
        maker=former.maker_id,
        delivers=former.position.name if former.position else "",
    )
    return envelopes.seal(letter, envelopes.first_password(), at=now(), person_id=by.actor_id)


def _theirs(envelope_id: int, by: Standing) -> Envelope:
    """Locked, so that two do not renew it at once."""
    rows = Envelope.objects.select_for_update(of=("self",)).select_related("position").filter(owner_kind=OWNER_KIND)
    envelope = rows.filter(pk=envelope_id, institution=by.institution_id).first()
    if envelope is None or not Case.objects.visible_to(by).filter(pk=envelope.owner_id).exists():
        raise Refused("not_found", _("Este sobre no existe."))
    if not envelopes.may_open(envelope, by):
        raise Refused("not_yours", _("Este sobre es de otro puesto."))
    return envelope
