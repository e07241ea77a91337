"""Who may see an administration page, and how a refusal of a service comes back to its form."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from turna.core.refusals import Refused
from turna.web.requests import Request

View = Callable[..., HttpResponse]

# Name of the first page of a section, its label, icon and the rights of which any opens it.
Section = tuple[str, Any, str, tuple[str, ...]]
SECTIONS: list[Section] = [
    ("admin_units", _("Organigrama"), "diagram-3", ("organization.manage",)),
    ("admin_substitutions", _("Suplencias"), "person-workspace", ("organization.manage",)),
    ("admin_people", _("Personas"), "people", ("accounts.manage",)),
    ("admin_calendar", _("Calendario"), "calendar-week", ("calendar.manage",)),
    ("admin_series", _("Folios"), "hash", ("calendar.manage",)),
    ("admin_mail", _("Correo"), "envelope-at", ("mail.read",)),
    ("admin_audit", _("Auditoría"), "shield-lock", ("audit.read",)),
    ("admin_health", _("Salud"), "heart-pulse", ("audit.read",)),
]
"""A room above adds its own with `add_section` in its `hooks.py`."""
ANY_RIGHT = tuple(sorted({right for *_rest, rights in SECTIONS for right in rights} | {"packs.install"}))


def add_section(section: Section, *, after: str) -> None:
    """Adds a section of a room above, behind the one named `after`; the same name again is no harm."""
    names = [name for name, *_rest in SECTIONS]
    if section[0] not in names:
        SECTIONS.insert(names.index(after) + 1, section)


def administration_page(*rights: str) -> Callable[[View], View]:
    """The page exists only for whoever holds one of the rights; for everybody else with an account it is not found."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.institution or not any(request.standing.can(right) for right in rights):
                raise Http404
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return wrap


def sections(request: Request, current: str = "") -> list[dict[str, Any]]:
    """The sections this person may open, as tabs."""
    return [
        {"label": label, "url": reverse(name), "icon": icon, "current": name == current}
        for name, label, icon, rights in SECTIONS
        if any(request.standing.can(right) for right in rights)
    ]


def page(request: Request, template: str, section: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """An administration page with its tabs."""
    tabs = sections(request, section)
    return render(request, f"web/administration/{template}.html", {"sections": tabs, **context}, status=status)


def form_page(request: Request, section: str, form: Form, title: Any, back: str, **context: Any) -> HttpResponse:
    """A page that is one form; refused forms answer 422 and keep what was typed."""
    content = {"form": form, "title": title, "back": back, **context}
    return page(request, "form", section, content, 422 if form.is_bound and form.errors else 200)


def attempt(form: Form, service: Callable[[dict[str, Any]], Any]) -> bool:
    """Call the service with what was typed; its refusal becomes the form's errors. True when it was done."""
    if not form.is_valid():
        return False
    try:
        service(form.cleaned_data)
    except Refused as refusal:
        told = [name for name in refusal.fields if name in form.fields]
        for name in told:
            form.add_error(name, refusal.fields[name])
        if not told:
            form.add_error(None, refusal.message)
        return False
    return True


def try_act(request: Request, service: Callable[[], Any], done: Any) -> bool:
    """Call a service that a button asks for, and say how it went."""
    try:
        service()
    except Refused as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, done)
    return True
