"""What the applicant without an account must do themselves: the activity's format, files and question, behind folio
and code (`follow`). The same service as at a desk does it, and keeps who typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import light
from turna.core.limits import allow, client_address
from turna.core.models import StoredFile
from turna.core.refusals import Refused
from turna.core.rights import Standing, system_standing
from turna.engine.definitions import Activity, FormatDef
from turna.engine.filling import prefill
from turna.web.requests import Request
from turna.web.typed import Beside, read_typed, upload_names, with_row_act

from .. import services
from ..definitions import Definition, definition_of
from ..documents import OWNER_KIND
from ..following import followed_task
from ..models import Filing, Task
from ..references import FOLLOWED_KIND, beside, file_ids
from ..services.data import last_filings
from ..surroundings import surroundings
from .follow import followed
from .reading import act_of
from .sheets import Received, Sheet, errors_shown, only_shown_again
from .telling import Choice, choices_of

ACTS = {"limit": 30, "seconds": 600}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow_task(request: Request, task_id: int) -> HttpResponse:
    """`/seguimiento/tramite/tareas/N/`: shows what is asked; sending it does the activity."""
    case_id = followed(request)
    if not case_id:
        messages.error(request, _("Pasó mucho tiempo. Escriba otra vez su folio y su código para continuar."))
        return redirect("follow")
    task = followed_task(case_id, task_id)
    if task is None:
        messages.info(request, _("Eso ya se hizo o ya no hace falta."))
        return redirect("follow_case")
    if request.method != "POST":
        return _page(request, task, _begun(task))
    if not _may_send(request, case_id):
        told = _("Se enviaron demasiadas veces los datos. Espere unos minutos y vuelva a intentar.")
        return _page(request, task, _shown(task, _typed(request, task), others=(told,)), 429)
    return _sent(request, task)


def _sent(request: Request, task: Task) -> HttpResponse:
    form = _form(task)
    got = _received(request, task, form)
    if only_shown_again(request):
        typed = with_row_act(got.typed, request.POST.get("row", ""))
        return _page(request, task, _shown(task, typed, got.wrong))
    try:
        _attach(request, task)
        _complete(request, task, form, got)
    except Refused as refused:
        if refused.code in ("already_done", "case_ended", "stale", "not_found"):
            messages.error(request, refused.message)
            return redirect("follow_case")
        errors, others = errors_shown(form, refused)
        others = tuple(dict.fromkeys([*others, *_still_missing(request, task)]))
        return _page(request, task, _shown(task, got.typed, {**errors, **got.wrong}, others), 422)
    messages.success(request, _("Listo, lo recibimos. Su trámite sigue su curso."))
    return redirect("follow_case")


def _complete(request: Request, task: Task, form: FormatDef | None, got: Received) -> None:
    """The activity, with the files of its sheet: both or neither. Raises: Refused."""
    with transaction.atomic():
        if form is not None:
            services.adopt_sent(task.case_id, file_ids(form, got.typed), task_id=task.pk)
        services.complete_as_applicant(
            task.pk,
            task.institution_id,
            answer=request.POST.get("answer") or None,
            reason=request.POST.get("reason", "").strip()[:4000],
            typed=got.typed,
            act=act_of(request),
        )
        if got.wrong:  # a file was not taken: nothing of the rest is done either
            raise Refused("invalid_form", _("Revise los datos marcados."), got.wrong)


def _still_missing(request: Request, task: Task) -> list[str]:
    """The answer and the papers that are not there yet: told together with what is wrong in the sheet, not after it."""
    _definition, activity = _manual(task)
    papers = [one["wanted"].kind for one in _attachments(task, activity) if one["wanted"].required and not one["there"]]
    told = [_("Falta adjuntar: %(kind)s.") % {"kind": kind} for kind in papers]
    if activity.question is not None and not request.POST.get("answer"):
        told.append(_("Elija una respuesta: %(question)s") % {"question": activity.question})
    return told


def _may_send(request: Request, case_id: int) -> bool:
    by_address = allow("follow.act", client_address(request), **ACTS)
    return allow("follow.act.case", str(case_id), **ACTS) and by_address


# --- The sheet ------------------------------------------------------------------------------


def _form(task: Task) -> FormatDef | None:
    definition, activity = _manual(task)
    return definition.formats[activity.form] if activity.form else None


def _manual(task: Task) -> tuple[Definition, Activity]:
    definition = definition_of(task.case.version_id)
    return definition, definition.activity(task.step)


def _begun(task: Task) -> Sheet:
    """What the applicant said before in this format, or what the case knows of them."""
    form = _form(task)
    if form is None:
        return Sheet(None)
    definition, _activity = _manual(task)
    theirs = Q(step="") | Q(step__in=definition.applicants)
    last = Filing.objects.filter(theirs, case=task.case, format=form.key).order_by("-pk").first()
    if last is not None:
        return _shown(task, last.values)
    case = task.case
    known: dict[str, Any] = dict(last_filings(case.pk))
    known["solicitante"] = {
        "nombre": case.applicant_name,
        "correo": case.applicant_email,
        "telefono": case.applicant_phone,
        "unidad": case.applicant_unit.name if case.applicant_unit else "",
    }
    known["caso"] = {"folio": case.folio, "asunto": case.subject, "procedimiento": case.procedure.name}
    return _shown(task, prefill(form, known | {"hoy": _around(task)["hoy"]}))


def _shown(
    task: Task, values: Mapping[str, Any], errors: Mapping[str, str] | None = None, others: tuple[str, ...] = ()
) -> Sheet:
    form = _form(task)
    if form is None:
        return Sheet(None, others=others)
    outside = Standing(0, task.institution_id)
    around = beside(form, values, outside, (task.institution_id, ""), _around(task))
    return Sheet(form, values, errors or {}, others, _for_outside(around, task))


def _for_outside(all_of_it: Beside, task: Task) -> Beside:
    """What stands beside the sheet, without names, lists and addresses that are for people with an account; of files
    only the case's own."""
    ids = [int(number) for number in all_of_it.files]
    theirs = Q(owner_kind=FOLLOWED_KIND, owner_id=task.case_id) | Q(owner_kind=OWNER_KIND, owner_id=task.case_id)
    own = set(StoredFile.objects.filter(theirs, pk__in=ids).values_list("pk", flat=True)) if ids else set()
    files = {
        number: replace(file, url="", picture=False) for number, file in all_of_it.files.items() if int(number) in own
    }
    return replace(all_of_it, names={}, suggest={}, links={}, files=files)


def _around(task: Task) -> dict[str, Any]:
    return surroundings(calendar_of(task.case.institution), now())


def _typed(request: Request, task: Task) -> dict[str, Any]:
    form = _form(task)
    return read_typed(form, request.POST) if form is not None else {}


def _received(request: Request, task: Task, form: FormatDef | None) -> Received:
    """What was typed. Files are kept at once as the case's, so that no other fault asks for them again."""
    if form is None:
        return Received()
    kept: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, (path, field) in upload_names(form, request.POST).items():
        sent = request.FILES.get(name)
        if sent is None:
            continue
        try:
            kept[name] = str(services.keep_sent(task.case, sent, field, sent.name or field.label).pk)
        except Refused as refused:
            wrong[path] = refused.message
    return Received(read_typed(form, request.POST, kept), wrong)


def _attach(request: Request, task: Task) -> None:
    """The files that the activity asks for besides its format. Raises: FileRefused, Refused."""
    for number, wanted in enumerate(_manual(task)[1].attachments):
        sent = request.FILES.get(f"adjunto-{number}")
        if sent is not None:
            services.attach(
                task.case_id,
                system_standing(task.institution_id),
                sent,
                name=sent.name or wanted.kind,
                kind=wanted.kind,
                title=(sent.name or wanted.kind)[:250],
                task_id=task.pk,
                for_applicant=True,
            )


# --- The page -------------------------------------------------------------------------------


def _page(request: Request, task: Task, sheet: Sheet, status: int = 200) -> HttpResponse:
    definition, activity = _manual(task)
    context = {
        "task": task,
        "case": task.case,
        "activity": activity,
        "sheet": sheet,
        "light": light(task.due_at, now(), calendar_of(task.case.institution)),
        "answers": _answers(definition, activity),
        "attachments": _attachments(task, activity),
        "chosen": request.POST.get("answer", ""),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "procedures/follow/task.html", context, status=status)


def _answers(definition: Definition, activity: Activity) -> list[Choice]:
    """The answers; of what follows only whether the matter ends there: the rest is the institution's own business."""
    ends = [answer.target.is_end for answer in activity.answers]
    choices = choices_of(definition, activity)
    return [one if last else replace(one, next="") for one, last in zip(choices, ends, strict=True)]


def _attachments(task: Task, activity: Activity) -> list[dict[str, Any]]:
    """The files that the activity asks for, with those of them that are there."""
    there: dict[str, list[str]] = {}
    if activity.attachments:
        rows = task.case.documents.filter(withdrawn_at__isnull=True, for_applicant=True)
        for kind, title in rows.values_list("kind", "title"):
            there.setdefault(kind, []).append(title)
    return [
        {
            "name": f"adjunto-{number}",
            "wanted": wanted,
            "there": there.get(wanted.kind, []),
            "accept": ",".join(f".{ending}" for ending in wanted.accept),
        }
        for number, wanted in enumerate(activity.attachments)
    ]
