"""The sealed envelopes of a case on its pages: whose they are, and the letter to be printed. Never the password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from turna.core.calendar import now
from turna.core.envelopes import may_open
from turna.core.models import Envelope
from turna.core.refusals import Refused
from turna.core.rights import Standing
from turna.web.requests import Request

from .. import services
from ..actions.accounts import OWNER_KIND
from ..models import Case
from .reading import case_or_404


@dataclass(frozen=True, slots=True)
class Shown:
    """An envelope and what the reader may do with it."""

    envelope: Envelope
    may_print: bool
    may_renew: bool


def envelopes_of(case: Case, standing: Standing) -> Sequence[Shown]:
    """The envelopes of a case, oldest first; those replaced by another only to whom they concern."""
    rows = Envelope.objects.filter(institution=case.institution_id, owner_kind=OWNER_KIND, owner_id=case.pk)
    rows = rows.exclude(ending=Envelope.Ending.REPLACED).defer("sealed").select_related("position", "last_opened_by")
    return [_shown(envelope, standing) for envelope in rows.order_by("pk")]


def _shown(envelope: Envelope, standing: Standing) -> Shown:
    mine = may_open(envelope, standing)
    waits = envelope.ended_at is None
    live = waits and envelope.expires_at > now()
    return Shown(envelope, mine and live, mine and (waits or envelope.ending == Envelope.Ending.EXPIRED))


@login_required
@never_cache
@require_POST
def envelope_print(request: Request, folio: str, envelope_id: int) -> HttpResponse:
    """The letter, to be printed at once: by POST, because it is noted who opened it."""
    found = _of_case(request, folio, envelope_id)
    try:
        page = services.print_envelope(envelope_id, request.standing)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("case", folio=found.folio)
    response = HttpResponse(page, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="sobre-{envelope_id}.pdf"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


@login_required
@require_POST
def envelope_renew(request: Request, folio: str, envelope_id: int) -> HttpResponse:
    """Another envelope in the place of one that was spoilt or is too old."""
    found = _of_case(request, folio, envelope_id)
    try:
        services.renew_envelope(envelope_id, request.standing)
        messages.success(request, _("Hay un sobre nuevo con otra contraseña: imprímalo y cámbiela en el sistema."))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("case", folio=found.folio)


def _of_case(request: Request, folio: str, envelope_id: int) -> Case:
    """The case, if the envelope is of it and this person's to print; otherwise as if there were none."""
    found = case_or_404(request, folio)
    rows = Envelope.objects.filter(institution=found.institution_id, owner_kind=OWNER_KIND, owner_id=found.pk)
    envelope = rows.filter(pk=envelope_id).defer("sealed").first()
    if envelope is None or not may_open(envelope, request.standing):
        raise Http404
    return found
