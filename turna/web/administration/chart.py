"""Pages of the org chart: the tree of units, positions and their rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from turna.core import organization
from turna.core.calendar import today
from turna.core.models import Appointment, Position, PositionRight, Unit
from turna.core.rights import RIGHTS
from turna.web.requests import Request

from .access import administration_page, attempt, form_page, page
from .forms import PositionForm, RightsForm, UnitForm

SECTION = "admin_units"
manages = administration_page("organization.manage")


def _running(request: Request) -> Any:
    day = today(request.institution)
    present = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    return Appointment.objects.filter(present, starts_on__lte=day).select_related("person")


@manages
@require_safe
def units(request: Request) -> HttpResponse:
    """The whole tree in three queries: units in order of path, positions of each, who holds them today."""
    holders = Prefetch("appointments", _running(request), to_attr="running")
    positions = Position.objects.filter(is_active=True).order_by("-is_head", "name").prefetch_related(holders)
    rows = list(
        Unit.objects.filter(institution=request.institution).prefetch_related(
            Prefetch("positions", positions, to_attr="in_force")
        )
    )
    loose = positions.filter(institution=request.institution, unit=None)
    return page(request, "units", SECTION, {"roots": _tree(rows), "loose": loose})


def _tree(units: Sequence[Unit]) -> list[dict[str, Any]]:
    nodes: dict[int, dict[str, Any]] = {unit.pk: {"unit": unit, "below": []} for unit in units}
    roots: list[dict[str, Any]] = []
    for unit in sorted(units, key=lambda unit: unit.name):
        above = nodes.get(unit.parent_id or 0)
        (above["below"] if above else roots).append(nodes[unit.pk])
    return roots


@manages
def new_unit(request: Request) -> HttpResponse:
    form = UnitForm(request.POST or None, institution=request.institution, initial={"parent": request.GET.get("en")})
    if request.method == "POST" and attempt(
        form, lambda typed: organization.create_unit(request.standing, request.institution, **typed)
    ):
        messages.success(request, _("La unidad quedó en el organigrama."))
        return redirect(SECTION)
    return form_page(request, SECTION, form, _("Nueva unidad"), reverse(SECTION))


@manages
def edit_unit(request: Request, unit_id: int) -> HttpResponse:
    unit = get_object_or_404(Unit, pk=unit_id, institution=request.institution)
    initial = {"name": unit.name, "parent": unit.parent_id, "is_active": unit.is_active}
    form = UnitForm(request.POST or None, institution=request.institution, unit=unit, initial=initial)
    if request.method == "POST" and attempt(form, lambda typed: _change_unit(request, unit, typed)):
        messages.success(request, _("Los cambios quedaron guardados."))
        return redirect(SECTION)
    return form_page(request, SECTION, form, unit.name, reverse(SECTION))


def _change_unit(request: Request, unit: Unit, typed: dict[str, Any]) -> None:
    """Only what differs is done, each as the act that it is."""
    if typed["name"] != unit.name:
        organization.rename_unit(request.standing, unit, typed["name"])
    if typed["parent"] != unit.parent:
        organization.move_unit(request.standing, unit, typed["parent"])
    if typed["is_active"] != unit.is_active:
        organization.change_unit(request.standing, unit, is_active=typed["is_active"])


@manages
def new_position(request: Request) -> HttpResponse:
    initial = {"unit": request.GET.get("en")}
    form = PositionForm(request.POST or None, institution=request.institution, is_new=True, initial=initial)
    if request.method == "POST" and attempt(
        form, lambda typed: organization.create_position(request.standing, request.institution, **typed)
    ):
        messages.success(request, _("El puesto quedó en el organigrama."))
        return redirect(SECTION)
    return form_page(request, SECTION, form, _("Nuevo puesto"), reverse(SECTION))


def _position(request: Request, position_id: int) -> Position:
    own = Position.objects.select_related("unit").filter(institution=request.institution)
    return get_object_or_404(own, pk=position_id)


@manages
@require_safe
def position(request: Request, position_id: int) -> HttpResponse:
    """One position: who holds it, held it and will hold it, and what it may do."""
    found = _position(request, position_id)
    rights = PositionRight.objects.filter(position=found).values_list("right", flat=True)
    context = {
        "position": found,
        "appointments": Appointment.objects.filter(position=found).select_related("person").order_by("-starts_on"),
        "rights": [RIGHTS.find(right) or right for right in rights],
        "today": today(request.institution),
    }
    return page(request, "position", SECTION, context)


@manages
def edit_position(request: Request, position_id: int) -> HttpResponse:
    found = _position(request, position_id)
    initial = {name: getattr(found, name) for name in ("name", "unit", "is_head", "is_active")}
    form = PositionForm(request.POST or None, institution=request.institution, is_new=False, initial=initial)
    if request.method == "POST" and attempt(
        form, lambda typed: organization.change_position(request.standing, found, **typed)
    ):
        messages.success(request, _("Los cambios quedaron guardados."))
        return redirect("admin_position", found.pk)
    return form_page(request, SECTION, form, found.name, reverse("admin_position", args=[found.pk]))


@manages
def rights(request: Request, position_id: int) -> HttpResponse:
    found = _position(request, position_id)
    present = list(PositionRight.objects.filter(position=found).values_list("right", flat=True))
    form = RightsForm(request.POST if request.method == "POST" else None, by=request.standing, present=present)
    if request.method == "POST" and attempt(
        form, lambda typed: organization.set_rights(request.standing, found, form.fixed | set(typed["rights"]))
    ):
        messages.success(request, _("Los derechos del puesto quedaron guardados."))
        return redirect("admin_position", found.pk)
    title = _("Derechos de: %s") % found.name
    return form_page(request, SECTION, form, title, reverse("admin_position", args=[found.pk]))
