"""The page of a task: what to do, whence it came and why, the sheet, the question, and what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import light
from turna.core.models import Person
from turna.core.refusals import Refused
from turna.engine.definitions import Activity, FormatDef
from turna.engine.expressions import condition
from turna.engine.filling import case_data
from turna.web.requests import Request

from .. import services
from ..definitions import Definition, definition_of
from ..inbox import Wanted
from ..models import CaseDocument, Task
from ..possible import is_official, may_do, may_reassign
from ..references import file_ids
from ..services.data import last_filings
from ..services.issuing import documents_to_sign
from ..surroundings import surroundings
from .books import addresses, uploaded
from .envelopes import envelopes_of
from .explaining import explained_task
from .reading import NEEDED, OwnTask, act_of, inbox_of, own_task, seen_documents, task_or_404, task_rows
from .sheets import (
    Received,
    Sheet,
    begun,
    draft_of,
    errors_shown,
    only_shown_again,
    received,
    refreshed,
    shown,
    state_now,
)
from .telling import after_words, choices_of, doers, origin_of

# A refusal of these kinds means that the task is no longer this person's to do.
GONE = frozenset({"already_done", "claimed_by_other", "not_yours", "case_ended", "stale"})


@login_required
@require_http_methods(["GET", "POST"])
def task(request: Request, task_id: int) -> HttpResponse:
    """`/tareas/N/`: shows the task; sending its form completes it, or keeps a draft."""
    own = own_task(request, task_id) if request.method == "POST" else None
    if own is None:
        return _shown(request, task_id)
    if request.POST.get("do") == "draft" and may_do(own, request.standing):
        _save_draft(request, own)
        messages.success(request, _("Se guardó el borrador. Puede seguir cuando quiera."))
        return redirect("task", task_id=task_id)
    definition, form = _form_of(own)
    if only_shown_again(request):
        return _page(request, task_or_404(request, own.pk), refreshed(request, definition, form))
    if request.POST.get("do") == "sheet" and may_do(own, request.standing):
        sheet = uploaded(request, definition, form)
        _save_draft(request, own, sheet.values)
        return _page(request, task_or_404(request, own.pk), sheet, status=200 if sheet.told else 422)
    return _complete(request, own)


def _shown(request: Request, task_id: int) -> HttpResponse:
    """The page for reading; to whom sends what is not theirs to do (any more), with whose it is."""
    found = task_or_404(request, task_id)
    if _outsider(request, found):
        return redirect("case", folio=found.case.folio)
    if request.method == "GET":
        return _page(request, found)
    return _page(request, found, status=409, refused=_("Esta tarea no está en sus manos."))


@login_required
@require_POST
def task_draft(request: Request, task_id: int) -> HttpResponse:
    """Keeps what has been typed so far; called by the page itself while one types."""
    own = own_task(request, task_id)
    if own is None or not may_do(own, request.standing):
        task_or_404(request, task_id)
        return JsonResponse({"saved": False}, status=409)
    _save_draft(request, own)
    return JsonResponse({"saved": True, **state_now(request, _form_of(own)[1])})


def _outsider(request: Request, found: Task) -> bool:
    """Whether the reader only asked for the case: what colleagues work on is told on its page, as far as it goes."""
    if may_do(found, request.standing) or found.done_by_id == request.standing.person_id:
        return False
    return not is_official(found.case, request.standing)


def _page(
    request: Request, found: Task, sheet: Sheet | None = None, status: int = 200, refused: str = ""
) -> HttpResponse:
    definition = definition_of(found.case.version_id)
    activity = definition.procedure.by_step.get(found.step)
    doable, official = may_do(found, request.standing), is_official(found.case, request.standing)
    context: dict[str, Any] = {
        "task": found,
        "case": found.case,
        "activity": activity,
        "procedure": definition.procedure,
        "doable": doable,
        "doers": doers(activity) if activity else "",
        "light": light(found.due_at, now(), calendar_of(request.institution)),
        "explained": explained_task(found, official=official) if found.status == Task.Status.OPEN else None,
        "origin": origin_of(definition, found),
        "behalf": _behalf(request, found),
        "routed": list(found.routed.select_related("position", "assignee", "done_by").order_by("pk")),
        "can_reassign": may_reassign(found, request.standing),
        "official": official,
        "documents": _documents(request, found),
        "of_applicant": found.status == Task.Status.OPEN and services.is_applicants(definition, found.case, found),
        "envelopes": envelopes_of(found.case, request.standing) if official else (),
        "refused": refused,
    }
    if found.status == Task.Status.OPEN and doable and activity is not None:
        context |= _work(request, found, definition, activity, sheet)
    if found.status != Task.Status.OPEN:
        context |= _aftermath(request, found)
    return render(request, "procedures/task.html", context, status=status)


def _work(
    request: Request, found: Task, definition: Definition, activity: Activity, sheet: Sheet | None
) -> dict[str, Any]:
    """What the one who does the task needs: sheet, question, attachments, draft; or the document to sign."""
    if found.kind == Task.Kind.SIGN:
        return {"to_sign": documents_to_sign(found.case_id, definition, found.step)}
    if found.kind == Task.Kind.ROUTED:
        return {"parent": found.parent}
    draft = draft_of(request, f"task:{found.pk}")
    said = request.POST if sheet is not None else (draft.data if draft else {})
    return {
        "sheet": sheet or begun(request, definition, activity.form, found.case, draft),
        "book": addresses(definition.formats.get(activity.form or ""), "task", found.pk),
        "answers": choices_of(definition, activity, _proposed(found, definition, activity)),
        "after": "" if activity.is_decision else after_words(definition, activity),
        "chosen": said.get("answer", ""),
        "reason": said.get("reason", ""),
        "draft": draft,
        "attachments": _attachments(found, activity),
    }


def _complete(request: Request, found: OwnTask) -> HttpResponse:
    definition, form = _form_of(found)
    got = received(request, definition, form)
    try:
        _attach_required(request, found, definition.procedure.by_step.get(found.step))
        done = _completed(request, found, form, got)
    except Refused as refused:
        return _refused(request, found, form, got, refused)
    if found.drafted:
        services.drop_draft(f"task:{found.pk}", request.standing)
    if done.repeated:
        messages.info(request, _("Esto ya se había recibido: se contó una sola vez."))
    return HttpResponseRedirect(request.path)


def _form_of(found: OwnTask) -> tuple[Definition, FormatDef | None]:
    """The definition of the task's case, and the format that its activity fills."""
    definition = definition_of(found.version_id)
    activity = definition.procedure.by_step.get(found.step)
    return definition, definition.formats[activity.form] if activity is not None and activity.form else None


def _completed(request: Request, found: OwnTask, form: FormatDef | None, got: Received) -> services.Completed:
    """Completes the task; the files of its sheet become the case's with it, or not at all. Raises: Refused."""
    files = file_ids(form, got.typed) if form is not None else {}
    with transaction.atomic() if files or got.wrong else nullcontext():
        if files:
            services.adopt_files(found.case_id, request.standing, files, task_id=found.pk)
        done = services.complete_task(
            found.pk,
            request.standing,
            answer=request.POST.get("answer") or None,
            reason=request.POST.get("reason", "").strip(),
            typed=got.typed,
            act=act_of(request),
        )
        if got.wrong:  # a file was not taken: everything else was right, and nothing of it is done
            raise Refused("invalid_form", _("Revise los datos marcados."), got.wrong)
    return done


def _refused(request: Request, own: OwnTask, form: FormatDef | None, got: Received, refused: Refused) -> HttpResponse:
    """The page again with what was typed; or, when the task is no longer theirs, the page that says whose it was."""
    found = task_or_404(request, own.pk)
    if refused.code in GONE:
        return _page(request, found, status=409, refused=refused.message)
    errors, others = errors_shown(form, refused)
    others = tuple(dict.fromkeys([*others, *_unanswered(request, found)]))
    definition = definition_of(found.case.version_id)
    sheet = shown(request, definition, form, got.typed, {**errors, **got.wrong}, others)
    return _page(request, found, sheet, status=422)


def _unanswered(request: Request, found: Task) -> list[str]:
    """That the question has no answer yet: told together with what is wrong in the sheet, not after it."""
    activity = definition_of(found.case.version_id).procedure.by_step.get(found.step)
    if activity is None or activity.question is None or request.POST.get("answer"):
        return []
    return [_("Elija una respuesta: %(question)s") % {"question": activity.question}]


def _attach_required(request: Request, found: OwnTask, activity: Activity | None) -> None:
    """Attaches the files sent for the documents that the activity asks for. Raises: FileRefused, Refused."""
    for number, wanted in enumerate(activity.attachments if activity else ()):
        sent = request.FILES.get(f"adjunto-{number}")
        if sent is not None:
            title = (sent.name or wanted.kind)[:250]
            services.attach(
                found.case_id,
                request.standing,
                sent,
                name=sent.name or wanted.kind,
                kind=wanted.kind,
                title=title,
                task_id=found.pk,
            )


def _save_draft(request: Request, found: OwnTask, typed: Mapping[str, Any] | None = None) -> None:
    if typed is None:
        typed = received(request, *_form_of(found)).typed
    said = {name: request.POST.get(name, "")[:4000] for name in ("answer", "reason", "text")}
    kept = {"typed": dict(typed), **said}
    services.save_draft(f"task:{found.pk}", request.standing, kept, institution_id=found.institution_id)


def _behalf(request: Request, found: Task) -> Person | None:
    """The absent holder for whom this person acts on the task."""
    absent = request.standing.on_behalf_of(found.position_id)
    return Person.objects.filter(pk=absent).first() if absent else None


def _attachments(found: Task, activity: Activity) -> list[dict[str, Any]]:
    """The documents that the activity asks for, with those of the case that already are such."""
    if not activity.attachments:
        return []
    there: dict[str, list[CaseDocument]] = {}
    for document in found.case.documents.filter(withdrawn_at__isnull=True).select_related("file"):
        there.setdefault(document.kind, []).append(document)
    return [
        {
            "name": f"adjunto-{number}",
            "wanted": wanted,
            "there": there.get(wanted.kind, []),
            "accept": ",".join(f".{ending}" for ending in wanted.accept),
        }
        for number, wanted in enumerate(activity.attachments)
    ]


def _proposed(found: Task, definition: Definition, activity: Activity) -> str | None:
    """The answer that the case's data suggest. Not while the sheet that the rule reads is still to be filled here."""
    rules = [(a.label, a.decide) for a in activity.answers if a.decide]
    if not rules or activity.form:
        return None
    around = surroundings(calendar_of(found.case.institution), now())
    data = case_data(definition.formats, last_filings(found.case_id), **around)
    return next((label for label, rule in rules if condition(rule, data)), None)


def _documents(request: Request, found: Task) -> list[CaseDocument]:
    """The last version of each document of the case."""
    last: dict[tuple[str, str], CaseDocument] = {}
    for document in seen_documents(found.case, official=is_official(found.case, request.standing))[:60]:
        last.setdefault((document.kind, document.title), document)
    return list(last.values())


def _aftermath(request: Request, found: Task) -> dict[str, Any]:
    """Where the case stands now, who has it, and the next task of one's own."""
    standing_at = found.case.tasks.filter(status="open").select_related("case", "case__procedure", *NEEDED)
    box = inbox_of(request)
    waiting = box.page("mine", Wanted(), size=1).tasks or (
        box.page("unclaimed", Wanted(), size=1).tasks if "unclaimed" in box.tabs else ()
    )
    return {
        "now_at": list(task_rows(request, standing_at.order_by("order_at", "pk"))),
        "next_task": next(iter(task_rows(request, waiting)), None),
        "by_me": found.done_by_id == request.standing.person_id,
    }
