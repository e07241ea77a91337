"""Pages of the shell itself: home, profile, notices, preferences, errors, the theme's stylesheet.

What happens in a domain is not here. The health page belongs to the administration.
"""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from turna.core import notices as notice_services
from turna.core.models import Appointment, Institution, Notice, NoticePreference, Substitution

from . import theme as themes
from .requests import CHOSEN, Request

MOST_INSTITUTIONS = 300  # a state with all its municipalities
NOTICES_A_PAGE = 30
DAY = 86_400


def home(request: HttpRequest) -> HttpResponse:
    """The inbox for whoever works here; for everybody else what can be done without an account."""
    if request.user.is_authenticated:
        try:
            return redirect(reverse("inbox"))
        except NoReverseMatch:
            return redirect("profile")
    return render(request, "web/home.html", {"institutions": Institution.objects.order_by("name")[:MOST_INSTITUTIONS]})


@require_safe
def choose_institution(request: HttpRequest, chosen: str) -> HttpResponse:
    """A visitor looks at another institution of the install from now on."""
    institution = get_object_or_404(Institution, key=chosen)
    request.session[CHOSEN] = institution.key
    return redirect("home")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "web/accessibility.html")


@require_safe
def theme(request: HttpRequest, institution_id: int, digest: str) -> HttpResponse:
    """The institution's colours. The address changes with them, so it may be kept for long."""
    institution = Institution.objects.filter(pk=institution_id).only("theme").first()
    colours = institution.theme if institution else {}
    response = HttpResponse(themes.stylesheet(colours), content_type="text/css; charset=utf-8")
    fresh = themes.digest(colours) == digest
    response.headers["Cache-Control"] = f"public, max-age={365 * DAY}, immutable" if fresh else "no-cache"
    return response


@login_required
@require_safe
def profile(request: Request) -> HttpResponse:
    """Who I am here: positions, absences, and where the account's security is kept."""
    person = request.user
    appointments = Appointment.objects.filter(person=person.pk).select_related("position__unit").order_by("-starts_on")
    standing_in = Substitution.objects.filter(substitute=person.pk, cancelled_at=None).select_related(
        "absent", "position"
    )
    context = {"appointments": appointments[:50], "standing_in": standing_in.order_by("-ends_on")[:20]}
    return render(request, "web/profile.html", context)


def _before(request: HttpRequest) -> int | None:
    word = request.GET.get("antes", "")
    return int(word) if word.isdecimal() and len(word) < 18 else None


@login_required
@require_safe
def notices(request: Request) -> HttpResponse:
    """What I was told, newest first; keyset pages by id."""
    mine = Notice.objects.filter(person=cast(Any, request.user)).order_by("-id")
    only_unread = request.GET.get("ver") == "sin-leer"
    if only_unread:
        mine = mine.filter(read_at__isnull=True)
    before = _before(request)
    if before:
        mine = mine.filter(id__lt=before)
    rows = list(mine[: NOTICES_A_PAGE + 1])
    page = rows[:NOTICES_A_PAGE]
    following = f"?antes={page[-1].pk}{'&ver=sin-leer' if only_unread else ''}" if len(rows) > NOTICES_A_PAGE else ""
    tabs = [
        {"label": _("Todos"), "url": reverse("notices"), "current": not only_unread},
        {"label": _("Sin leer"), "url": f"{reverse('notices')}?ver=sin-leer", "current": only_unread},
    ]
    context = {"notices": page, "following": following, "tabs": tabs, "only_unread": only_unread, "paged": bool(before)}
    return render(request, "web/notices.html", context)


def _inside(request: HttpRequest, url: str) -> str:
    """The address if it is ours, the notices otherwise: a notice never leads out of the site."""
    return url if url and url_has_allowed_host_and_scheme(url, {request.get_host()}) else reverse("notices")


@login_required
@require_POST
def open_notice(request: Request, notice_id: int) -> HttpResponse:
    """Mark it read and go where it leads."""
    notice = get_object_or_404(Notice, pk=notice_id, person_id=request.user.pk)
    notice_services.mark_read(cast(Any, request.user), [notice.pk])
    return redirect(_inside(request, notice.url))


@login_required
@require_POST
def read_all_notices(request: Request) -> HttpResponse:
    notice_services.mark_read(cast(Any, request.user), None)
    messages.success(request, _("Todos los avisos quedaron como leídos."))
    return redirect("notices")


@login_required
def preferences(request: Request) -> HttpResponse:
    """How I want notices by mail."""
    person = cast(Any, request.user)
    if request.method == "POST":
        choice = request.POST.get("mail", "")
        if choice not in NoticePreference.Mail.values:
            messages.error(request, _("Elija una de las opciones."))
            return redirect("preferences")
        notice_services.set_preference(person, "", choice)
        messages.success(request, _("Preferencia guardada."))
        return redirect("preferences")
    row = NoticePreference.objects.filter(person=person, kind="").first()
    chosen = row.mail if row else NoticePreference.Mail.NOW
    return render(request, "web/preferences.html", {"choices": NoticePreference.Mail.choices, "chosen": chosen})


# --- When something is not right -----------------------------------------------------


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/errors/404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key was missing or old: mostly a page left open overnight, or cookies switched off."""
    return render(request, "web/errors/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the database, the person or the institution: any of them may be what broke."""
    page = render_to_string("web/errors/500.html", {"debug": settings.DEBUG})
    return HttpResponse(page, status=500)
