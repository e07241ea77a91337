"""The page of a case: where it stands, its deadline explained, its drawing, history, documents and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Max, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import light
from turna.core.rights import Standing
from turna.engine.filling import show
from turna.engine.flowchart import draw
from turna.web.requests import Request

from ..definitions import Definition, definition_of
from ..documents import name_of
from ..models import Case, CorrectionNotice, Task
from ..possible import is_official, may_do, possible_acts
from .acts import offered
from .envelopes import envelopes_of
from .explaining import explained_case
from .history import history_of
from .reading import NEEDED, case_or_404, seen_documents, task_rows
from .waiting import waits_of


@login_required
@require_GET
def case(request: Request, folio: str) -> HttpResponse:
    """`/expedientes/FOLIO/`: everything about a case that the reader may know."""
    found = case_or_404(request, folio)
    official = is_official(found, request.standing)
    names = possible_acts(found, request.standing)
    tasks = list(found.tasks.filter(status="open").select_related(*NEEDED).order_by("order_at", "pk"))
    for task in tasks:
        task.case = found
    context = {
        "case": found,
        "official": official,
        "procedure": definition_of(found.version_id).procedure,
        "light": light(found.due_at, now(), calendar_of(request.institution)) if found.ended_at is None else None,
        "explained": explained_case(found, official=official) if found.ended_at is None else None,
        "rows": list(task_rows(request, tasks)),
        "mine": [task.pk for task in tasks if may_do(task, request.standing)],
        "acts": offered(found, names),
        "can": names,
        "correction": found.corrections.filter(status=CorrectionNotice.Status.PENDING).first(),
        "waits": waits_of(found, official=official) if found.ended_at is None else [],
        "history": history_of(found, official=official),
        "comments": _comments(found, official),
        "documents": list(seen_documents(found, official=official)),
        "envelopes": envelopes_of(found, request.standing) if official else (),
        "sheets": _sheets(found) if official or found.applicant_id == request.standing.person_id else [],
        "parties": list(found.parties.all()),
        "related": _related(found, request.standing, official=official),
        "drawing": drawing(found),
    }
    return render(request, "procedures/case.html", context)


@login_required
@require_GET
def case_flowchart(request: Request, folio: str) -> HttpResponse:
    """The drawing alone, to be looked at as large as one likes."""
    found = case_or_404(request, folio)
    return HttpResponse(drawing(found), content_type="image/svg+xml; charset=utf-8")


def drawing(found: Case) -> SafeString:
    """The procedure's own flowchart with where the case stands and what it has passed."""
    tokens = [t for t in found.state.get("tokens", []) if t.get("kind") != "parked"]
    current = tuple(sorted({t["step"] for t in tokens}))
    definition = definition_of(found.version_id)
    done = tuple(sorted(passed(found, definition) - {*current}))
    return mark_safe(_drawn(_Same(definition), current, done))  # noqa: S308 - written by the engine, which escapes


def passed(found: Case, definition: Definition) -> set[str]:
    """The activities behind the case. One that was done before the case was sent back past it is ahead again."""
    order = {activity.step: at for at, activity in enumerate(definition.procedure.activities)}
    opened = found.tasks.filter(status="open").exclude(kind=Task.Kind.ROUTED).values_list("step", "opened_at")
    behind = set()
    for step, at in found.tasks.filter(status="done").values_list("step").annotate(Max("done_at")):
        sent_back = (order.get(back, 0) <= order.get(step, 0) and since >= at for back, since in opened)
        if not any(sent_back):
            behind.add(step)
    return behind


@dataclass(frozen=True, slots=True)
class Related:
    """A case that asked for this one (`asked`), or that this one asked for."""

    case: Case
    asked: bool
    readable: bool


class _Same:
    """A definition as a key: the very same one in memory."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.definition is self.definition

    def __hash__(self) -> int:
        return id(self.definition)


@lru_cache(maxsize=256)
def _drawn(plan: _Same, current: Sequence[str], done: Sequence[str]) -> str:
    return draw(plan.definition.procedure, current=current, done=done, names=plan.definition.names).svg


def _comments(found: Case, official: bool) -> list[Any]:
    rows = found.comments.select_related("author").order_by("-at", "-pk")
    return list(rows if official else rows.filter(audience="applicant"))


def _sheets(found: Case) -> list[dict[str, Any]]:
    """Every format filled, as last filled, in the order they were first filled."""
    formats = definition_of(found.version_id).formats
    rows = found.filings.select_related("filed_by").order_by("pk")
    last: dict[str, Any] = {}
    for row in rows:
        last[row.format] = row
    return [
        {
            "filing": row,
            "name": formats[key].name,
            "sections": show(formats[key], row.values, name_of),
            "times": sum(1 for other in rows if other.format == key),
        }
        for key, row in last.items()
        if key in formats
    ]


def _related(found: Case, standing: Standing, *, official: bool) -> list[Related]:
    """The case that asked for this one, and those that this one asked for. Officials are told of all of them, with a
    link to those that they may read; the applicant only of those."""
    rows = Case.objects.filter(Q(pk=found.parent_id or 0) | Q(parent=found)).select_related("procedure")
    readable = set(Case.objects.visible_to(standing).filter(pk__in=rows.values("pk")).values_list("pk", flat=True))
    return [
        Related(case, case.pk == found.parent_id, case.pk in readable)
        for case in rows.order_by("pk")[:50]
        if official or case.pk in readable
    ]
