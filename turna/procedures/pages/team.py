"""The head's view of a unit: who carries how much, what is late, who is away; and moving work to somebody else."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from turna.core.calendar import now, today
from turna.web.requests import Request

from ..team import team_of
from .reading import inbox_of, institution_id


@login_required
@require_GET
def team(request: Request) -> HttpResponse:
    """`/equipo/`: for heads. Every number leads to the list behind it."""
    paths = inbox_of(request).paths
    if not paths:
        raise Http404
    context = {"team": team_of(institution_id(request), paths, now(), today(request.institution))}
    return render(request, "procedures/team.html", context)
