"""What one may do with a task besides finishing it: take it, give it back, route, reassign, sign or answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from turna.core.calendar import today
from turna.core.models import Person
from turna.core.refusals import Refused
from turna.core.rights import acting_people
from turna.web.requests import Request

from .. import services
from ..forms import ActForm, AnswerForm, ReasonForm, ReassignForm, RouteForm
from ..models import Task
from ..possible import may_do, may_reassign
from .inbox import BULK_LIMIT, back_to, chosen_tasks, routing
from .reading import NEEDED, act_of, institution_id, sent, task_or_404, task_rows


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a small page that asks one thing."""

    title: str
    button: str
    icon: str
    lead: str = ""
    grave: bool = False


@login_required
@require_POST
def task_claim(request: Request, task_id: int) -> HttpResponse:
    found = task_or_404(request, task_id)
    return _at_once(
        request, found, lambda: services.claim_task(found.pk, request.standing), _("Ahora la tarea es suya.")
    )


@login_required
@require_POST
def task_release(request: Request, task_id: int) -> HttpResponse:
    found = task_or_404(request, task_id)
    said = _("La tarea quedó libre para quien comparte el puesto.")
    return _at_once(request, found, lambda: services.release_task(found.pk, request.standing), said)


@login_required
@require_POST
def task_sign(request: Request, task_id: int) -> HttpResponse:
    """Signs the document of a signing task."""
    found = task_or_404(request, task_id)
    if found.kind != Task.Kind.SIGN:
        raise Http404
    act = act_of(request)
    return _at_once(
        request, found, lambda: services.sign_task(found.pk, request.standing, act=act), _("Firmó el documento.")
    )


@login_required
@require_http_methods(["GET", "POST"])
def task_refuse(request: Request, task_id: int) -> HttpResponse:
    """Refuses to sign, saying why: the activity opens anew for its author."""
    found = _mine_or_404(request, task_id, Task.Kind.SIGN)
    asked = Asked(
        _("No firmar el documento"),
        _("Devolver sin firmar"),
        "arrow-return-left",
        _("El documento regresa a quien lo elaboró, con el motivo que escriba."),
    )
    form = ReasonForm(sent(request))

    def run() -> None:
        services.refuse_signature(found.pk, request.standing, form.cleaned_data["reason"], act=act_of(request))

    return _small_page(request, found, asked, form, run, _("Se devolvió sin firmar."))


@login_required
@require_http_methods(["GET", "POST"])
def task_answer(request: Request, task_id: int) -> HttpResponse:
    """Answers a matter that a colleague routed."""
    found = _mine_or_404(request, task_id, Task.Kind.ROUTED)
    asked = Asked(_("Contestar lo turnado"), _("Enviar la respuesta"), "reply", found.instruction)
    form = AnswerForm(sent(request))

    def run() -> None:
        services.answer_routed(found.pk, request.standing, form.cleaned_data["text"], act=act_of(request))

    return _small_page(request, found, asked, form, run, _("Se envió su respuesta."))


@login_required
@require_http_methods(["GET", "POST"])
def task_recall(request: Request, task_id: int) -> HttpResponse:
    """Takes back a matter that one has routed and that has not been answered."""
    found = task_or_404(request, task_id)
    if found.kind != Task.Kind.ROUTED or found.parent is None or not may_do(found.parent, request.standing):
        raise Http404
    asked = Asked(_("Retirar lo turnado"), _("Retirar"), "arrow-counterclockwise", found.instruction)
    form = ReasonForm(sent(request))

    def run() -> None:
        services.recall_routed(found.pk, request.standing, form.cleaned_data["reason"])

    return _small_page(request, found, asked, form, run, _("Se retiró lo turnado."), back=found.parent_id or found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def task_route(request: Request, task_id: int) -> HttpResponse:
    """Routes (turna) the task to other positions, with an instruction."""
    found = _mine_or_404(request, task_id, None)
    asked = Asked(
        _("Turnar la tarea"),
        _("Turnar"),
        "signpost-split",
        _("Pida a otro puesto su parte, o pásele la actividad completa."),
    )
    form = RouteForm(sent(request), institution_id=institution_id(request))

    def run() -> None:
        services.route_task(found.pk, request.standing, **routing(form), act=act_of(request))

    return _small_page(request, found, asked, form, run, _("Se turnó la tarea."))


@login_required
@require_http_methods(["GET", "POST"])
def task_reassign(request: Request, task_id: int) -> HttpResponse:
    """A head hands the task to another holder of its position."""
    found = task_or_404(request, task_id)
    if not may_reassign(found, request.standing):
        raise Http404
    asked = Asked(_("Reasignar la tarea"), _("Reasignar"), "person-check")
    form = ReassignForm(sent(request), people=_takers(request, [found]))

    def run() -> None:
        data = form.cleaned_data
        services.reassign_task(found.pk, request.standing, data["to_person"], data["reason"], act=act_of(request))

    return _small_page(request, found, asked, form, run, _("Se reasignó la tarea."))


@login_required
@require_http_methods(["GET", "POST"])
def inbox_reassign(request: Request) -> HttpResponse:
    """A head hands several tasks to one person."""
    asked = request.POST if request.method == "POST" else request.GET
    rows = Task.objects.visible_to(request.standing).filter(pk__in=chosen_tasks(asked.getlist("task")), status="open")
    tasks = [t for t in rows.select_related("case", "case__procedure", *NEEDED)[:BULK_LIMIT]]
    tasks = [t for t in tasks if may_reassign(t, request.standing)]
    if not tasks:
        raise Http404
    form = ReassignForm(sent(request), people=_takers(request, tasks))
    back = back_to(request)
    if request.method == "POST" and form.is_valid():
        _reassign_all(request, tasks, form.cleaned_data)
        return redirect(back)
    context = {"form": form, "rows": list(task_rows(request, tasks)), "back": back}
    return render(request, "procedures/inbox_reassign.html", context, status=422 if form.errors else 200)


def _reassign_all(request: Request, tasks: list[Task], data: dict[str, Any]) -> None:
    done, refused = 0, set()
    for one in tasks:
        try:
            services.reassign_task(one.pk, request.standing, data["to_person"], data["reason"])
            done += 1
        except Refused as error:
            refused.add(error.message)
    if done:
        said = ngettext("Se reasignó %(n)d tarea.", "Se reasignaron %(n)d tareas.", done) % {"n": done}
        messages.success(request, said)
    for text in sorted(refused):
        messages.warning(request, text)


def _takers(request: Request, tasks: list[Task]) -> list[tuple[int, str]]:
    """Who acts today in the positions of these tasks: the people who may take them."""
    positions = {task.position_id for task in tasks if task.position_id}
    acting = acting_people(institution_id(request), positions, today(request.institution))
    people = Person.objects.filter(pk__in={p for group in acting.values() for p in group})
    return [(person.pk, person.full_name) for person in people.order_by("given_names", "surname1")]


def _mine_or_404(request: Request, task_id: int, kind: str | None) -> Task:
    found = task_or_404(request, task_id)
    if not may_do(found, request.standing) or (kind is not None and found.kind != kind):
        raise Http404
    return found


def _at_once(request: Request, found: Task, run: Callable[[], object], said: str) -> HttpResponse:
    """An act without a form: do it, say so, show the task."""
    try:
        run()
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
    return redirect("task", task_id=found.pk)


def _small_page(
    request: Request,
    found: Task,
    asked: Asked,
    form: ActForm,
    run: Callable[[], object],
    said: str,
    *,
    back: int = 0,
) -> HttpResponse:
    """A page that asks one thing: refused with what was typed, or done and back at the task."""
    place = reverse("task", args=[back or found.pk])
    if request.method == "POST" and form.is_valid():
        try:
            run()
        except Refused as refused:
            form.explain(refused.message, refused.fields)
        else:
            messages.success(request, said)
            return redirect(place)
    context = {
        "act": asked,
        "form": form,
        "case": found.case,
        "back": place,
        "route": isinstance(form, RouteForm),
        "search_address": reverse("case_search"),
    }
    return render(request, "procedures/act.html", context, status=422 if form.errors else 200)
