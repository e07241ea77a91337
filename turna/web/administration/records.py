"""Pages of what was recorded: mail that leaves, and the institution's audit chain."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from turna.core import audit, outbox
from turna.core.models import AuditCheckpoint, AuditEntry, OutboxMail
from turna.web.requests import Request

from .access import administration_page, page, try_act
from .wording import ACTS, tell

PAGE = 50
MAIL_VIEWS = {"espera": ["queued", "sending"], "fallidos": ["failed"], "enviados": ["sent"]}


@administration_page("mail.read")
@require_safe
def mail(request: Request) -> HttpResponse:
    """Mail by what became of it, newest first. Addresses and subjects; what it says is between sender and reader."""
    chosen = request.GET.get("ver", "espera")
    chosen = chosen if chosen in MAIL_VIEWS else "espera"
    own = OutboxMail.objects.filter(institution=request.institution)
    labels = {"espera": _("En espera"), "fallidos": _("No salieron"), "enviados": _("Enviados")}
    views = [
        {"label": label, "url": f"{reverse('admin_mail')}?ver={name}", "current": name == chosen}
        for name, label in labels.items()
    ]
    rows, following = _page(request, own.filter(status__in=MAIL_VIEWS[chosen]).defer("body", "html").order_by("-pk"))
    more = f"?ver={chosen}&antes={following}" if following else ""
    return page(request, "mail", "admin_mail", {"rows": rows, "views": views, "following": more})


@administration_page("mail.read")
@require_POST
def retry_mail(request: Request, mail_id: int) -> HttpResponse:
    found = get_object_or_404(OutboxMail, pk=mail_id, institution=request.institution)
    try_act(request, lambda: outbox.retry(request.standing, found), _("El correo sale en cuanto se pueda."))
    return redirect(f"{reverse('admin_mail')}?ver=fallidos")


@administration_page("audit.read")
@require_safe
def audit_trail(request: Request) -> HttpResponse:
    """The institution's own chain, newest first, by keyset: as quick on the last page as on the first."""
    return _trail(request, {})


@administration_page("audit.read")
@require_POST
def verify_audit(request: Request) -> HttpResponse:
    """Check the institution's chain now; all chains, with the checkpoints, are checked by `turna audit verify`."""
    breaks = list(islice(audit.verify("institution", request.institution.pk), 20))
    return _trail(request, {"checked": True, "breaks": breaks})


def _trail(request: Request, context: dict[str, Any]) -> HttpResponse:
    own = AuditEntry.objects.filter(chain_kind="institution", chain_id=request.institution.pk)
    action = request.GET.get("acto", "").strip()
    if action:
        own = own.filter(action=action)
    rows, following = _page(request, own.select_related("actor", "on_behalf_of").order_by("-seq"), "seq")
    context |= {
        "rows": tell(rows),
        "acts": sorted(((name, label) for name, label in ACTS.items()), key=lambda pair: str(pair[1])),
        "action": action,
        "following": f"?acto={quote(action)}&antes={following}" if following else "",
        "sealed": AuditCheckpoint.objects.order_by("-last_entry").first(),
    }
    return page(request, "audit", "admin_audit", context)


def _page(request: Request, rows: Any, key: str = "pk") -> tuple[list[Any], int]:
    """One page of rows before the key in the address, and the key with which the next page begins (0: none)."""
    with suppress(ValueError):
        before = int(request.GET.get("antes", "0"))
        if before > 0:
            rows = rows.filter(**{f"{key}__lt": before})
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    return shown, int(getattr(shown[-1], key)) if len(found) > PAGE else 0
