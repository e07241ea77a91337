"""Searching cases by folio, applicant and subject, while one types."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from turna.web.requests import Request

from ..inbox import Wanted
from ..search import find_cases
from .reading import case_rows, inbox_of, institution_id, task_rows


@login_required
@require_GET
def case_search(request: Request) -> HttpResponse:
    """`/buscar/?q=`: a whole folio opens its case; without words, the cases last worked on."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:200]
    context: dict[str, object] = {"text": text}
    if text:
        found = find_cases(request.standing, institution_id(request), text)
        exact = [case for case in found.cases if case.folio.lower() == text.lower()]
        if exact and not request.htmx:
            return redirect("case", folio=exact[0].folio)
        context |= {"rows": list(case_rows(request, found.cases)), "more": found.more}
    else:
        recent = inbox_of(request).page("done", Wanted(), size=30)
        last = {task.case_id: task for task in reversed(recent.tasks)}
        newest = sorted(last.values(), key=lambda task: task.done_at or task.opened_at, reverse=True)[:10]
        context["recent"] = list(task_rows(request, newest))
    return render(request, "procedures/search.html", context)
