"""What every template knows. Nothing here reads the database before a template asks for it."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from turna.core.models import Notice

from . import theme
from .navigation import MENU, Link


def _use_its_time_zone(institution: Any) -> None:
    """Dates on the page are the institution's."""
    name = getattr(institution, "time_zone", "") or settings.TIME_ZONE
    try:
        timezone.activate(zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        timezone.deactivate()


def _unread(request: HttpRequest) -> int:
    if not request.user.is_authenticated:
        return 0
    return Notice.objects.filter(person_id=request.user.pk, read_at__isnull=True)[:100].count()


def _theme_address(institution: Any) -> str:
    colours = getattr(institution, "theme", None) or {}
    try:
        return reverse("theme", args=[getattr(institution, "pk", None) or 0, theme.digest(colours)])
    except NoReverseMatch:
        return ""


def shell(request: HttpRequest) -> dict[str, object]:
    """The frame of the page: institution, menu, unread notices, mode of the install."""
    institution = getattr(request, "institution", None)
    _use_its_time_zone(institution)
    menu: list[Link] | SimpleLazyObject = SimpleLazyObject(lambda: MENU.links(request))
    return {
        "institution": institution,
        "menu": menu,
        "unread_notices": SimpleLazyObject(lambda: _unread(request)),
        "theme_address": SimpleLazyObject(lambda: _theme_address(institution)),
        "is_demo": settings.TURNA_MODE == "demo",
    }
