"""What every request passes: the content security policy, and which institution it concerns.

What a person may do is not judged here (core.rights, services); here it is only made reachable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from turna.core.models import Institution
from turna.core.rights import standing_of

from .requests import CHOSEN

Handler = Callable[[HttpRequest], HttpResponse]

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
PERMISSIONS = "camera=(), microphone=(), geolocation=(self), payment=(), usb=()"
# Where somebody who must change the password may still go.
FREE_TO_PASS = ("account_change_password", "account_logout", "account_reauthenticate")


def identity_origins() -> list[str]:
    """Origins of the configured identity providers: browsers apply `form-action` to where a log-in form leads, too."""
    providers = getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}).get("openid_connect", {})
    servers = [urlsplit(app.get("settings", {}).get("server_url", "")) for app in providers.get("APPS", [])]
    return sorted({f"{s.scheme}://{s.netloc}" for s in servers if s.netloc})


def tile_origins() -> list[str]:
    """Where maps take their pictures; `{s}` stands for any subdomain."""
    tiles = urlsplit(settings.MAP_TILES.replace("{s}", "*"))
    return [f"{tiles.scheme}://{tiles.netloc}"] if tiles.netloc else []


def policy_text() -> str:
    """The header's value."""
    policy = POLICY | {
        "form-action": " ".join(["'self'", *identity_origins()]),
        "img-src": " ".join(["'self'", *tile_origins()]),
    }
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def content_security_policy(get_response: Handler) -> Handler:
    """Put the policy on every answer, errors included; a view may only set a stricter one of its own."""
    policy = policy_text()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def _institution_of(request: HttpRequest) -> Institution | None:
    """The person's own institution. For everybody else the one whose manual the address names, the one they chose, or
    the first of the install."""
    person = request.user
    if person.is_authenticated and person.institution_id:
        return person.institution
    match = request.resolver_match
    named = (match.kwargs.get("pack") if match else None) or request.session.get(CHOSEN)
    found = Institution.objects.filter(key=named).first() if named else None
    return found or Institution.objects.order_by("id").first()


def _must_stop(request: HttpRequest) -> bool:
    person = request.user
    if not person.is_authenticated or not getattr(person, "must_change_password", False):
        return False
    return request.path not in {reverse(name) for name in FREE_TO_PASS}


def _whole_page(response: HttpResponse) -> HttpResponse:
    """A part of a page that was asked for after the session ended: the whole page goes to the log-in, not the part."""
    where = response.headers.get("Location", "")
    if response.status_code != 302 or not where.startswith(reverse(settings.LOGIN_URL)):
        return response
    return HttpResponse(status=204, headers={"HX-Redirect": where})


def institution(get_response: Handler) -> Handler:
    """Make `request.institution`, `request.standing` and `request.htmx` reachable; lead whoever entered with a
    password given by somebody else to change it first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.htmx = request.headers.get("HX-Request") == "true"  # type: ignore[attr-defined]
        request.institution = SimpleLazyObject(lambda: _institution_of(request))  # type: ignore[attr-defined]
        person = cast(Any, request.user)
        known = person.is_authenticated
        request.standing = SimpleLazyObject(lambda: standing_of(person)) if known else None  # type: ignore[attr-defined]
        if known and _must_stop(request):
            return redirect("account_change_password")
        try:
            response = get_response(request)
        finally:
            timezone.deactivate()
        if known:  # nobody reads it afterwards with the back button of a shared computer
            response.headers.setdefault("Cache-Control", "private, no-store")
        return _whole_page(response) if request.htmx else response  # type: ignore[attr-defined]

    return middleware
