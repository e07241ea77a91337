"""The receipt (acuse) of a case: its folio and, once, its secret code."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import light
from turna.web.requests import Request

from ..possible import possible_acts
from .reading import case_or_404

KEY = "codes"


def keep_code(request: Request, case_id: int, code: str) -> None:
    """Holds a new secret code in the session until the receipt has shown it."""
    request.session[KEY] = {**request.session.get(KEY, {}), str(case_id): code}


@login_required
@require_GET
@never_cache
def receipt(request: Request, folio: str) -> HttpResponse:
    """`/expedientes/FOLIO/acuse/`: for printing. The code is shown the first time only."""
    case = case_or_404(request, folio)
    codes = request.session.get(KEY, {})
    code = codes.pop(str(case.pk), "")
    if code:
        request.session[KEY] = codes
    context = {
        "case": case,
        "code": code,
        "can_reissue": "reissue_code" in possible_acts(case, request.standing),
        "light": light(case.due_at, now(), calendar_of(request.institution)),
        "follow_address": request.build_absolute_uri(reverse("follow")),
    }
    return render(request, "procedures/receipt.html", context)
