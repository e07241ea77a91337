"""Words of the desk pages: spans of time."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def span(value: timedelta | None) -> str:
    """How long, in the unit that says most: "3 días", "5 horas"."""
    if not value:
        return "—"
    minutes = int(value.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(n)d minuto", "%(n)d minutos", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)d hora", "%(n)d horas", hours) % {"n": hours}
    days = hours // 24
    return ngettext("%(n)d día", "%(n)d días", days) % {"n": days}
