"""What somebody without an account may know of a case: only what concerns the applicant. Reads only.

No person's name, no internal comment, no reason between officials leaves here. The activity's text and the unit's name
are in the published manual anyway.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from turna.core.models import Institution
from turna.engine.filling import show_value

from .definitions import Definition, definition_of
from .models import Case, CaseDocument, Comment, CorrectionNotice, Filing, Task, Wait
from .services import code_digest, is_applicants

NOBODY = code_digest("")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the case stands: the activity and who answers for it (a unit or a position, never a person)."""

    text: str
    who: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that the applicant must do: its task, the activity, until when, and why it came back, if it did."""

    task_id: int
    text: str
    due_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class News:
    """Something the applicant was told. In the shape of `web/components/timeline.html`."""

    at: datetime
    title: str
    text: str = ""
    icon: str = "circle"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PublicCase:
    """What the page shows. `status` and `words`: the state and what it means; `facts`: fields the format publishes."""

    case: Case
    status: str
    words: str
    stages: Sequence[Stage]
    turns: Sequence[Turn]
    correction: CorrectionNotice | None
    documents: Sequence[CaseDocument]
    news: Sequence[News]
    facts: Sequence[tuple[str, str]]


def find_case(folio: str, code: str) -> Case | None:
    """The case with this folio and this secret code, of whichever institution of the install; None whichever of the two
    is wrong. Takes as long either way."""
    typed = " ".join(folio.replace("\0", "").split())[:60]
    given = code_digest(code[:60])
    found = None
    everywhere = Institution.objects.values("pk")  # named, so that the index by institution and folio is used
    rows = Case.objects.filter(institution__in=everywhere, folio__in={typed, typed.upper()})
    for case in rows.select_related("institution"):
        if case.code_digest and hmac.compare_digest(case.code_digest, given):
            found = case
    hmac.compare_digest(NOBODY, given)
    return found


def public_case(case_id: int) -> PublicCase | None:
    """The case as its applicant may read it; None when it is gone."""
    case = Case.objects.select_related("procedure__unit", "institution").filter(pk=case_id).first()
    if case is None:
        return None
    definition = definition_of(case.version_id)
    tasks = list(
        Task.objects.filter(case=case).exclude(kind=Task.Kind.ROUTED).select_related("position__unit").order_by("id")
    )
    waits = list(Wait.objects.filter(case=case).order_by("id"))
    corrections = list(CorrectionNotice.objects.filter(case=case).order_by("asked_at"))
    pending = next((c for c in corrections if c.status == CorrectionNotice.Status.PENDING), None)
    turns = _turns(case, definition, tasks)
    return PublicCase(
        case=case,
        status=case.status,
        words=_words(case, pending, turns),
        stages=_stages(case, definition, tasks, waits) if case.ended_at is None else (),
        turns=turns,
        correction=pending,
        documents=list(documents_for_applicant(case)),
        news=_news(case, _told_on_the_way(definition, tasks, waits), corrections),
        facts=_facts(case, definition),
    )


def followed_task(case_id: int, task_id: int) -> Task | None:
    """An open task of the case that its applicant may do with folio and code; None: there is none (any more)."""
    rows = Task.objects.filter(pk=task_id, case=case_id, status=Task.Status.OPEN)
    task = rows.select_related("case__institution", "case__procedure", "case__applicant_unit").first()
    if task is None or not _is_theirs(task.case, definition_of(task.case.version_id), task):
        return None
    return task


def _is_theirs(case: Case, definition: Definition, task: Task) -> bool:
    return case.status == Case.Status.OPEN and is_applicants(definition, case, task)


def _turns(case: Case, definition: Definition, tasks: Sequence[Task]) -> list[Turn]:
    mine = (t for t in tasks if t.status == Task.Status.OPEN and _is_theirs(case, definition, t))
    return [Turn(t.pk, definition.activity(t.step).text, t.due_at, t.came_reason) for t in mine]


def documents_for_applicant(case: Case) -> QuerySet[CaseDocument]:
    """Documents that the applicant may read."""
    mine = CaseDocument.objects.filter(case=case, for_applicant=True, withdrawn_at__isnull=True)
    return mine.select_related("file__blob").order_by("-created_at", "-pk")


def _words(case: Case, pending: CorrectionNotice | None, turns: Sequence[Turn]) -> str:
    if pending is not None:
        return _("Hace falta algo de su parte: mire abajo qué es y conteste. Mientras tanto el plazo no corre.")
    if turns:
        return _("Para seguir hace falta algo de su parte.")
    said = {
        "open": _("Su trámite sigue su curso."),
        "suspended": _("Su trámite está en pausa."),
        "cancelled": _("La institución canceló este trámite. Si tiene dudas, pregunte en la ventanilla."),
        "withdrawn": _("Usted pidió no continuar con este trámite."),
    }
    ended = _("Resultado: %(outcome)s.") % {"outcome": case.outcome} if case.outcome else _("Su trámite terminó.")
    return said.get(case.status, ended)


def _stages(case: Case, definition: Definition, tasks: Sequence[Task], waits: Sequence[Wait]) -> list[Stage]:
    """The open activities, each once, in the order in which they opened; then those that only wait."""
    stages: dict[tuple[str, str], Stage] = {}
    for task in tasks:
        activity = definition.procedure.by_step.get(task.step)
        if task.status != Task.Status.OPEN or activity is None:
            continue
        who = _("Usted") if is_applicants(definition, case, task) else _answering(task)
        stages.setdefault((task.step, who), Stage(activity.text, who))
    for wait in waits:
        activity = definition.procedure.by_step.get(wait.step)
        if wait.closed_at is None and activity is not None:
            stages.setdefault((wait.step, ""), Stage(activity.text, _("En espera")))
    return list(stages.values())


def _answering(task: Task) -> str:
    """The unit that answers for a task, or its position; never a person."""
    if task.position is None:
        return _("Usted")
    return task.position.unit.name if task.position.unit else task.position.name


def _news(case: Case, told: Sequence[News], corrections: Sequence[CorrectionNotice]) -> list[News]:
    news = [News(case.opened_at, _("Recibimos su solicitud"), icon="folder-plus")]
    news += told
    for comment in Comment.objects.filter(case=case, audience=Comment.Audience.APPLICANT).order_by("at"):
        news.append(News(comment.at, _("Mensaje de la institución"), comment.text, "chat-left-text"))
    for correction in corrections:
        news.append(News(correction.asked_at, _("Le pedimos corregir algo"), correction.text, "pencil-square", "alert"))
        if correction.answered_at is not None:
            news.append(News(correction.answered_at, _("Usted contestó"), correction.answer, "reply"))
    if case.ended_at is not None:
        outcome = case.get_status_display() if not case.outcome else f"{case.get_status_display()}: {case.outcome}"
        news.append(News(case.ended_at, str(outcome), icon="check-circle-fill", kind="done"))
    return sorted(news, key=lambda item: item.at)[::-1]


def _told_on_the_way(definition: Definition, tasks: Sequence[Task], waits: Sequence[Wait]) -> list[News]:
    """The manual's own notices (`aviso`), once for each time the case got there."""
    told: dict[tuple[str, int], News] = {}
    for task in tasks:
        activity = definition.procedure.by_step.get(task.step)
        if activity is not None and activity.notice and task.kind == Task.Kind.WORK:
            told.setdefault((task.step, task.round), News(task.opened_at, activity.notice, icon="bell"))
    for wait in waits:
        activity = definition.procedure.by_step.get(wait.step)
        if activity is not None and activity.notice:
            told.setdefault((wait.step, wait.round), News(wait.opened_at, activity.notice, icon="bell"))
    return list(told.values())


def _facts(case: Case, definition: Definition) -> list[tuple[str, str]]:
    """The fields that their format publishes (`publicos`), as filled last."""
    public = {key: form for key, form in definition.formats.items() if form.public_fields}
    if not public:
        return []
    last: dict[str, dict[str, Any]] = {}
    for form_key, values in (
        Filing.objects.filter(case=case, format__in=public).order_by("id").values_list("format", "values")
    ):
        last[form_key] = values
    facts = []
    for form_key, values in last.items():
        form = public[form_key]
        for key in form.public_fields:
            field = form.field(key)
            if field is not None and values.get(key) not in (None, "", []):
                facts.append((field.label, show_value(field, values[key], form)))
    return facts
