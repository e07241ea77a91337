"""Pages of appointments and substitutes, and everybody's own absences."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from turna.core import organization
from turna.core.calendar import today
from turna.core.models import Appointment, Person, Position, Substitution
from turna.web.requests import Request

from .access import administration_page, attempt, form_page, page, try_act
from .forms import AppointmentForm, EndForm, SubstitutionForm

manages = administration_page("organization.manage")


@manages
def appoint(request: Request, position_id: int) -> HttpResponse:
    position = get_object_or_404(Position, pk=position_id, institution=request.institution)
    initial = {"starts_on": today(request.institution), "person": request.GET.get("persona")}
    form = AppointmentForm(request.POST or None, institution=request.institution, initial=initial)

    def act(typed: dict[str, Any]) -> None:
        dates = {"starts_on": typed["starts_on"], "ends_on": typed["ends_on"]}
        organization.appoint(request.standing, typed["person"], position, **dates)

    back = reverse("admin_position", args=[position.pk])
    if request.method == "POST" and attempt(form, act):
        messages.success(request, _("El nombramiento quedó registrado."))
        return redirect(back)
    return form_page(request, "admin_units", form, _("Nombrar: %s") % position.name, back)


@manages
def end_appointment(request: Request, appointment_id: int) -> HttpResponse:
    own = Appointment.objects.select_related("person", "position").filter(institution=request.institution)
    appointment = get_object_or_404(own, pk=appointment_id)
    form = EndForm(request.POST or None, initial={"ends_on": today(request.institution)})
    back = reverse("admin_position", args=[appointment.position_id])
    if request.method == "POST" and attempt(
        form, lambda typed: organization.end_appointment(request.standing, appointment, ends_on=typed["ends_on"])
    ):
        messages.success(request, _("El nombramiento termina el día indicado."))
        return redirect(back)
    words = {"who": str(appointment.person), "what": appointment.position.name}
    return form_page(request, "admin_units", form, _("Terminar: %(who)s, %(what)s") % words, back)


@manages
@require_safe
def substitutions(request: Request) -> HttpResponse:
    day = today(request.institution)
    past = "anteriores" in request.GET
    rows = Substitution.objects.filter(institution=request.institution).select_related(
        "absent", "substitute", "position"
    )
    rows = rows.filter(ends_on__lt=day) if past else rows.filter(ends_on__gte=day)
    here = reverse("admin_substitutions")
    tabs = [
        {"label": _("Vigentes y por venir"), "url": here, "current": not past},
        {"label": _("Anteriores"), "url": f"{here}?anteriores", "current": past},
    ]
    context = {"rows": rows.order_by("-starts_on")[:300], "views": tabs, "past": past, "today": day}
    return page(request, "substitutions", "admin_substitutions", context)


@manages
def new_substitution(request: Request) -> HttpResponse:
    initial = {"starts_on": today(request.institution), "absent": request.GET.get("persona")}
    form = SubstitutionForm(request.POST or None, institution=request.institution, initial=initial)
    if request.method == "POST" and attempt(form, lambda typed: _substitute(request, typed["absent"], typed)):
        messages.success(request, _("La suplencia quedó registrada."))
        return redirect("admin_substitutions")
    return form_page(request, "admin_substitutions", form, _("Nueva suplencia"), reverse("admin_substitutions"))


def _substitute(request: Request, absent: Person, typed: dict[str, Any]) -> None:
    chosen = {name: typed[name] for name in ("starts_on", "ends_on", "position", "reason")}
    organization.substitute(request.standing, absent, typed["substitute"], **chosen)


@manages
@require_POST
def cancel(request: Request, substitution_id: int) -> HttpResponse:
    own = Substitution.objects.select_related("absent").filter(institution=request.institution)
    found = get_object_or_404(own, pk=substitution_id)
    try_act(
        request, lambda: organization.cancel_substitution(request.standing, found), _("La suplencia quedó cancelada.")
    )
    return redirect("admin_substitutions")


@login_required
def my_absences(request: Request) -> HttpResponse:
    """Everybody arranges who stands in for them."""
    person = request.user
    if not isinstance(person, Person) or person.institution is None:
        raise Http404
    form = SubstitutionForm(request.POST or None, institution=person.institution, absent=person)
    if request.method == "POST" and attempt(form, lambda typed: _substitute(request, person, typed)):
        messages.success(request, _("Su ausencia quedó registrada. Quien le suple verá sus tareas esos días."))
        return redirect("my_absences")
    rows = Substitution.objects.filter(absent=person).select_related("substitute", "position").order_by("-starts_on")
    context = {"form": form, "rows": rows[:50], "today": today(person.institution)}
    return render(request, "web/administration/my_absences.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def cancel_my_absence(request: Request, substitution_id: int) -> HttpResponse:
    found = get_object_or_404(Substitution.objects.select_related("absent"), pk=substitution_id, absent=request.user.pk)
    try_act(
        request, lambda: organization.cancel_substitution(request.standing, found), _("La suplencia quedó cancelada.")
    )
    return redirect("my_absences")
