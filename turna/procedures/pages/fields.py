"""What fields ask while one types: names of people, positions, units and cases; what lies at a postal code."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from turna.web.requests import Request

from ..places import places_at, places_named
from ..references import KINDS, suggestions
from .reading import institution_id


@login_required
@require_GET
def names(request: Request, which: str) -> HttpResponse:
    """`/campos/nombres/WHICH/?q=…`: {"names": [...]}, at most a dozen.

    Of cases, `refiere` is the procedure and `manual` its pack."""
    if which not in (*KINDS, "reference"):
        raise Http404
    procedure, pack = request.GET.get("refiere", "")[:100], request.GET.get("manual", "")[:80]
    words = request.GET.get("q", "").replace("\0", "")
    found = suggestions(which, words, request.standing, institution_id(request), procedure, pack)
    return JsonResponse({"names": found})


@login_required
@require_GET
def places(request: Request) -> HttpResponse:
    """`/campos/colonias/?cp=…` or `?colonia=…`: {"places": [{codigo_postal, colonia, municipio, estado}]}."""
    code, colonia = request.GET.get("cp", ""), request.GET.get("colonia", "")[:120]
    here = institution_id(request)
    found = places_at(here, code) if code else places_named(here, colonia) if colonia.strip() else []
    return JsonResponse({"places": found})
