"""The page of a task: what to do, whence it came and why, the sheet, the question, and what happens next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
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
from turna.web.typed import read_typed

from .. import services
from ..definitions import Definition, definition_of
from ..inbox import Wanted
from ..models import CaseDocument, Task
from ..possible import is_official, may_do, may_reassign
from ..services.data import last_filings
from ..services.issuing import documents_to_sign
from .envelopes import envelopes_of
from .explaining import explained_task
from .reading import NEEDED, OwnTask, act_of, inbox_of, own_task, seen_documents, task_or_404, task_rows
from .sheets import Sheet, attach_sent, begun, draft_of, sources_of, typed_in
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
    return JsonResponse({"saved": True})


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
        "answers": choices_of(definition, activity, _proposed(found, definition, activity)),
        "after": "" if activity.is_decision else after_words(definition, activity),
        "chosen": said.get("answer", ""),
        "reason": said.get("reason", ""),
        "draft": draft,
        "attachments": _attachments(found, activity),
    }


def _complete(request: Request, found: OwnTask) -> HttpResponse:
    definition = definition_of(found.version_id)
    activity = definition.procedure.by_step.get(found.step)
    form = definition.formats[activity.form] if activity is not None and activity.form else None
    typed = typed_in(request, form)
    try:
        typed |= attach_sent(request, form, found.case_id, found.pk)
        _attach_required(request, found, activity)
        done = services.complete_task(
            found.pk,
            request.standing,
            answer=request.POST.get("answer") or None,
            reason=request.POST.get("reason", "").strip(),
            typed=typed,
            act=act_of(request),
        )
    except Refused as refused:
        return _refused(request, found, form, typed, refused)
    if found.drafted:
        services.drop_draft(f"task:{found.pk}", request.standing)
    if done.repeated:
        messages.info(request, _("Esto ya se había recibido: se contó una sola vez."))
    return HttpResponseRedirect(request.path)


def _refused(
    request: Request, own: OwnTask, form: FormatDef | None, typed: dict[str, Any], refused: Refused
) -> HttpResponse:
    """The page again with what was typed; or, when the task is no longer theirs, the page that says whose it was."""
    found = task_or_404(request, own.pk)
    if refused.code in GONE:
        return _page(request, found, status=409, refused=refused.message)
    known = {path.split(".", 1)[0] for path in refused.fields} & {f.key for f in form.fields} if form else set()
    errors = {path: text for path, text in refused.fields.items() if path.split(".", 1)[0] in known}
    others = dict.fromkeys([*(() if errors else (refused.message,)), *_unanswered(request, found)])
    sources = sources_of(form, found.institution_id) if form is not None else {}
    return _page(request, found, Sheet(form, typed, errors, tuple(others), sources), status=422)


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


def _save_draft(request: Request, found: OwnTask) -> None:
    definition = definition_of(found.version_id)
    activity = definition.procedure.by_step.get(found.step)
    form = definition.formats[activity.form] if activity is not None and activity.form else None
    typed = read_typed(form, request.POST) if form is not None else {}
    said = {name: request.POST.get(name, "")[:4000] for name in ("answer", "reason", "text")}
    kept = {"typed": typed, **said}
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
    data = case_data(definition.formats, last_filings(found.case_id))
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
