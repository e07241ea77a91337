"""Pages of people and their accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from turna.core import entrance
from turna.core import people as core_people
from turna.core.calendar import today
from turna.core.models import Appointment, Person, Substitution
from turna.core.refusals import Refused
from turna.core.rights import Standing
from turna.web.requests import Request

from .access import administration_page, attempt, form_page, page, try_act
from .forms import CloseAccountForm, PersonForm

SECTION = "admin_people"
PAGE = 50
NAMES = ("given_names", "surname1", "surname2", "phone", "curp")
FACTORS = {
    "totp": gettext_lazy("Aplicación de códigos"),
    "webauthn": gettext_lazy("Llave de acceso"),
    "recovery_codes": gettext_lazy("Códigos de recuperación"),
}
manages = administration_page("accounts.manage")

# What a button on a person's page does, and what is said afterwards.
ACTS: dict[str, tuple[Callable[[Standing, Person], Any], Any]] = {
    "invitar": (core_people.send_invitation, gettext_lazy("La invitación va en camino.")),
    "reabrir": (core_people.reactivate, gettext_lazy("La cuenta está abierta otra vez.")),
    "pedir-contrasena": (
        core_people.require_new_password,
        gettext_lazy("Al entrar se le pedirá que elija otra contraseña."),
    ),
    "sobre": (
        entrance.seal_password,
        gettext_lazy("Hay una contraseña nueva en un sobre: imprímalo y entréguelo en persona."),
    ),
    "quitar-segundo-factor": (core_people.remove_second_factor, gettext_lazy("Su segundo factor quedó retirado.")),
}


@manages
@require_safe
def people(request: Request) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    closed = request.GET.get("estado") == "cerradas"
    factor = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type="recovery_codes")
    rows = Person.objects.filter(institution=request.institution, is_active=not closed).annotate(factor=Exists(factor))
    for word in query.split():
        named = Q(given_names__icontains=word) | Q(surname1__icontains=word) | Q(surname2__icontains=word)
        rows = rows.filter(named | Q(email__icontains=word))
    pages = Paginator(rows.order_by("surname1", "surname2", "given_names", "pk"), PAGE)
    here = reverse(SECTION)
    views = [
        {"label": _("Activas"), "url": here, "current": not closed},
        {"label": _("Cerradas"), "url": f"{here}?estado=cerradas", "current": closed},
    ]
    context = {"rows": pages.get_page(request.GET.get("pagina")), "query": query, "closed": closed, "views": views}
    return page(request, "people", SECTION, context)


@manages
def new_person(request: Request) -> HttpResponse:
    form = PersonForm(request.POST or None, is_new=True)
    made: list[Person] = []
    if request.method == "POST" and attempt(form, lambda typed: made.append(_open_account(request, **typed))):
        invited = _("La cuenta quedó abierta y la invitación va en camino.")
        sealed = _("La cuenta quedó abierta. Imprima el sobre con su primera contraseña y entréguelo en persona.")
        messages.success(request, invited if made[0].has_mail else sealed)
        return redirect("admin_person", made[0].pk)
    return form_page(request, SECTION, form, _("Invitar a una persona"), reverse(SECTION), verb=_("Invitar"))


def _open_account(request: Request, *, email: str, **names: Any) -> Person:
    if email:
        return core_people.create_person(request.standing, request.institution, email=email, **names)
    return entrance.create_person_without_mail(request.standing, request.institution, **names)


def _person(request: Request, person_id: int) -> Person:
    return get_object_or_404(Person, pk=person_id, institution=request.institution)


@manages
@require_safe
def person(request: Request, person_id: int) -> HttpResponse:
    found = _person(request, person_id)
    absences = Substitution.objects.filter(
        Q(absent=found) | Q(substitute=found), ends_on__gte=today(request.institution)
    )
    types = Authenticator.objects.filter(user=found).values_list("type", flat=True)
    context = {
        "person": found,
        "invited": not found.has_usable_password(),
        "confirmed": EmailAddress.objects.filter(user=found, verified=True, email__iexact=found.email).exists(),
        "factors": [FACTORS.get(kind, kind) for kind in sorted(set(types))],
        "appointments": Appointment.objects.filter(person=found)
        .select_related("position__unit")
        .order_by("-starts_on"),
        "absences": absences.filter(cancelled_at=None).select_related("absent", "substitute", "position"),
        "today": today(request.institution),
        "envelopes": entrance.envelopes_of(found),
    }
    return page(request, "person", SECTION, context)


@manages
@never_cache
@require_POST
def print_envelope(request: Request, person_id: int, envelope_id: int) -> HttpResponse:
    """The letter with the first password, to be printed at once: by POST, because it is noted who opened it."""
    found = _person(request, person_id)
    try:
        letter = entrance.print_password(request.standing, found, envelope_id)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("admin_person", found.pk)
    response = HttpResponse(letter, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="sobre-{envelope_id}.pdf"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


@manages
def edit_person(request: Request, person_id: int) -> HttpResponse:
    found = _person(request, person_id)
    form = PersonForm(request.POST or None, is_new=False, initial={name: getattr(found, name) for name in NAMES})
    if request.method == "POST" and attempt(
        form, lambda typed: core_people.change_person(request.standing, found, **typed)
    ):
        messages.success(request, _("Los cambios quedaron guardados."))
        return redirect("admin_person", found.pk)
    return form_page(request, SECTION, form, str(found), reverse("admin_person", args=[found.pk]))


@manages
def close_account(request: Request, person_id: int) -> HttpResponse:
    found = _person(request, person_id)
    form = CloseAccountForm(request.POST if request.method == "POST" else None)
    if not request.standing.can("organization.manage"):
        form.fields["end_positions"].disabled = True
        form.fields["end_positions"].initial = False
    if request.method == "POST" and attempt(
        form, lambda typed: core_people.deactivate(request.standing, found, end_positions=typed["end_positions"])
    ):
        messages.success(request, _("La cuenta quedó cerrada. Lo que hizo sigue en los expedientes."))
        return redirect("admin_person", found.pk)
    back = reverse("admin_person", args=[found.pk])
    return form_page(request, SECTION, form, _("Cerrar la cuenta de %s") % found, back, verb=_("Cerrar la cuenta"))


@manages
@require_POST
def act(request: Request, person_id: int, act: str) -> HttpResponse:
    found = _person(request, person_id)
    if act not in ACTS:
        raise Http404
    service, done = ACTS[act]
    try_act(request, lambda: service(request.standing, found), done)
    return redirect("admin_person", found.pk)
