"""What the pages read to show lists and headers: rows in words, the case or task of an address. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from turna.core.calendar import calendar_of, now
from turna.core.database import select_often
from turna.core.deadlines import Light, light
from turna.web.requests import Request

from ..definitions import definition_of
from ..inbox import Inbox, Limits
from ..models import Case, CaseDocument, Task
from ..possible import is_theirs
from ..walks import doing

# What a row needs at hand besides the case and its procedure.
NEEDED = ("position", "unit", "assignee", "person")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, in words. `task` 0: the line is a whole case."""

    task: int
    url: str
    case_url: str
    folio: str
    subject: str
    applicant: str
    procedure: str
    activity: str
    holder: str
    kind: str
    kind_words: str
    note: str
    light: Light
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    answer: str
    status: str


def institution_id(request: Request) -> int:
    """The institution whose lists are shown: the person's own, or the one of the page."""
    return int(request.standing.institution_id or request.institution.pk)


def inbox_of(request: Request) -> Inbox:
    limits = Limits.at(now(), calendar_of(request.institution))
    return Inbox(request.standing, institution_id(request), limits)


def activity_words(task: Task, version_id: int) -> str:
    """The activity as the manual words it; for a task of a version that lost it, its number."""
    found = definition_of(version_id).procedure.by_step.get(task.step)
    return found.text if found else _("Actividad %(step)s") % {"step": task.step}


def task_rows(request: Request, tasks: Iterable[Task]) -> Iterator[Row]:
    """Tasks as rows; each needs case, procedure, position, unit, assignee and person at hand."""
    calendar, present = calendar_of(request.institution), now()
    for task in tasks:
        case = task.case
        yield Row(
            task=task.pk,
            url=reverse("task", args=[task.pk]),
            case_url=reverse("case", args=[case.folio]),
            folio=case.folio,
            subject=case.subject,
            applicant=case.applicant_name,
            procedure=case.procedure.name,
            activity=activity_words(task, case.version_id),
            holder=holder_words(task),
            kind=task.kind,
            kind_words=str(task.get_kind_display()),
            note=_note(task),
            light=light(task.due_at, present, calendar),
            opened_at=task.opened_at,
            due_at=task.due_at,
            done_at=task.done_at,
            answer=task.answer,
            status=task.status,
        )


def case_rows(request: Request, cases: Iterable[Case]) -> Iterator[Row]:
    """Cases as rows; where they stand comes from their tasks when these are at hand (prefetched)."""
    calendar, present = calendar_of(request.institution), now()
    for case in cases:
        standing_at = [t for t in case.tasks.all() if t.status == "open"] if _has(case, "tasks") else []
        due = min((t.due_at for t in standing_at if t.due_at), default=case.due_at)
        yield Row(
            task=0,
            url=reverse("case", args=[case.folio]),
            case_url=reverse("case", args=[case.folio]),
            folio=case.folio,
            subject=case.subject,
            applicant=case.applicant_name,
            procedure=case.procedure.name,
            activity=" · ".join(_place(t, case.version_id) for t in standing_at) or _waits(case),
            holder=" · ".join(dict.fromkeys(holder_words(t) for t in standing_at)),
            kind="case",
            kind_words=str(case.get_status_display()),
            note="",
            light=light(due, present, calendar),
            opened_at=case.opened_at,
            due_at=due,
            done_at=case.ended_at,
            answer=case.outcome,
            status=case.status,
        )


def holder_words(task: Task) -> str:
    """Who has it: the person who claimed it, or the position whose it is."""
    if task.assignee is not None:
        return str(task.assignee)
    if task.position is not None:
        return task.position.name
    return str(task.person or "")


def case_or_404(request: Request, folio: str) -> Case:
    """The case with that folio, if the reader may see it; otherwise as if there were none."""
    cases = Case.objects.visible_to(request.standing).filter(folio=folio)
    related = (
        "procedure",
        "procedure__unit",
        "version",
        "applicant",
        "applicant_unit",
        "opened_by",
        "parent",
        "institution",
    )
    found = cases.select_related(*related).first()
    if found is None:
        raise Http404
    return found


def task_or_404(request: Request, task_id: int) -> Task:
    """The task, if the reader may see its case; otherwise as if there were none."""
    tasks = Task.objects.visible_to(request.standing).filter(pk=task_id)
    related = (
        "case",
        "case__procedure",
        "case__institution",
        "position",
        "position__unit",
        "unit",
        "assignee",
        "person",
        "done_by",
        "parent",
    )
    found = tasks.select_related(*related).first()
    if found is None:
        raise Http404
    return found


@dataclass(slots=True)
class OwnTask:
    """As much of a task, and of its case, as an act by whoever does it needs. `drafted`: they have kept a draft."""

    pk: int
    case_id: int
    institution_id: int
    kind: str
    step: str
    position_id: int | None
    person_id: int | None
    assignee_id: int | None
    status: str
    version_id: int
    folio: str
    drafted: bool


def own_task(request: Request, task_id: int) -> OwnTask | None:
    """The task when it is of the reader or of a post of theirs, open or not; which is to see its case."""
    wanted = doing(task_id, request.standing.person_id)
    rows = select_often(wanted.text, wanted.params)
    found = OwnTask(task_id, *rows[0]) if rows else None
    return found if found is not None and is_theirs(found, request.standing) else None


def act_of(request: Request) -> UUID | None:
    """The key of the form that was sent, so that the same form counts once."""
    try:
        return UUID(request.POST.get("act", ""))
    except ValueError:
        return None


def sent(request: Request) -> Any:
    """What a form was sent with, or None: it is only asked for."""
    return request.POST if request.method == "POST" else None


def _note(task: Task) -> str:
    if task.waits_for:
        return _("Espera %(n)d respuesta(s) de lo turnado") % {"n": task.waits_for}
    if task.came_reason and task.status == "open":
        # Only a step that has been open before can have been sent back; on the way forward a reason is just that.
        told = _("Regresó: %(reason)s") if task.round > 1 else _("Motivo: %(reason)s")
        return told % {"reason": task.came_reason}
    if task.instruction:
        return task.instruction
    return task.element


def _place(task: Task, version_id: int) -> str:
    words = activity_words(task, version_id)
    return _("Firma: %(activity)s") % {"activity": words} if task.kind == Task.Kind.SIGN else words


def _waits(case: Case) -> str:
    if case.status == Case.Status.SUSPENDED:
        return _("Espera la respuesta de quien lo solicitó")
    if case.status == Case.Status.OPEN:
        return _("Espera otro trámite, un aviso de fuera o una fecha")
    return str(case.get_status_display())


def _has(case: Case, name: str) -> bool:
    prefetched: Any = getattr(case, "_prefetched_objects_cache", {})
    return name in prefetched


def seen_documents(case: Case, *, official: bool) -> QuerySet[CaseDocument]:
    """The case's documents in force, newest first; who asked for it sees those that are for them."""
    documents = case.documents.filter(withdrawn_at__isnull=True).select_related("file", "file__blob", "created_by")
    if not official:
        documents = documents.filter(for_applicant=True)
    return documents.prefetch_related("signatures__person", "signatures__position").order_by("-pk")
