"""Small parts of every page as template tags: icons, badges, dates, hidden act, pager, empty state.

Each part that has more than one line of markup is a template in `web/components/`. Parts of forms are in `formats`.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from turna.core.calendar import now
from turna.web import demo

register = template.Library()

# Light -> (icon, class). The words come with the light; colour alone says nothing.
LIGHTS = {
    "on_time": ("check-circle", "light-on-time"),
    "soon": ("clock-fill", "light-soon"),
    "overdue": ("exclamation-triangle-fill", "light-overdue"),
    "none": ("dash-circle", "light-none"),
}
# Any stored state -> (icon, class).
STATES = {
    "open": ("play-circle", "state-open"),
    "suspended": ("pause-circle", "state-waiting"),
    "ended": ("check-circle-fill", "state-done"),
    "cancelled": ("x-circle", "state-off"),
    "withdrawn": ("arrow-return-left", "state-off"),
    "done": ("check-circle-fill", "state-done"),
    "closed": ("dash-circle", "state-off"),
    "pending": ("hourglass-split", "state-waiting"),
    "answered": ("check-circle-fill", "state-done"),
    "expired": ("exclamation-triangle-fill", "state-alert"),
    "queued": ("hourglass-split", "state-waiting"),
    "sending": ("send", "state-open"),
    "sent": ("check-circle-fill", "state-done"),
    "failed": ("exclamation-triangle-fill", "state-alert"),
}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite (`frontend/icons.txt`); without a label it is decoration."""
    classes = f"icon {css}".strip()
    address = static("vendor/icons.svg")
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', classes, label, address, name
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', classes, address, name
    )


@register.simple_tag
def light(value: Any) -> SafeString:
    """The deadline's light with its words. Takes a `core.deadlines.Light` (or None: no deadline)."""
    kind = str(getattr(value, "name", "none"))
    words = str(getattr(value, "words", "") or _("Sin plazo"))
    picture, css = LIGHTS.get(kind, LIGHTS["none"])
    return format_html('<span class="light {}">{}<span>{}</span></span>', css, icon(picture), words)


@register.simple_tag
def status(value: str, label: str = "") -> SafeString:
    """A state with its icon and its words: `{% status case.status case.get_status_display %}`."""
    picture, css = STATES.get(str(value), ("circle", "state-off"))
    return format_html('<span class="state {}">{}<span>{}</span></span>', css, icon(picture), label or value)


@register.simple_tag
def person(value: Any, note: str = "") -> SafeString:
    """A person's name with the initials; `note` is the position, or "en suplencia de …"."""
    if value is None:
        return format_html('<span class="person"><span>{}</span></span>', _("El sistema"))
    name = str(value)
    words = [w for w in name.split() if w[:1].isalpha()]
    initials = "".join(w[0] for w in (words[:1] + words[1:2])).upper()
    extra = format_html('<span class="person-note">{}</span>', note) if note else ""
    return format_html(
        '<span class="person"><span class="person-initials" aria-hidden="true">{}</span><span>{}{}</span></span>',
        initials,
        name,
        extra,
    )


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


@register.simple_tag
def moment(value: datetime | None, style: str = "") -> SafeString:
    """A date and hour in the institution's zone, as a `<time>`. `style`: "" (20 nov 2026, 09:25 h), "day", "long"."""
    if value is None:
        return mark_safe('<span class="text-secondary">—</span>')
    here = _local(value)
    day = formats.date_format(here, r"j M Y" if style != "long" else r"l j \d\e F \d\e Y").lower()
    words = day if style == "day" else f"{day}, {here:%H:%M} h"
    return format_html('<time datetime="{}">{}</time>', here.isoformat(timespec="minutes"), words)


@register.simple_tag
def day(value: date | None) -> SafeString:
    """A date without hour, as a `<time>`."""
    if value is None:
        return mark_safe('<span class="text-secondary">—</span>')
    words = formats.date_format(value, "j M Y").lower()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)


def ago_words(seconds: float) -> str:
    """How long ago, in words: "hace 5 minutos"."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return _("hace un momento")
    if minutes < 60:
        return ngettext("hace %(n)d minuto", "hace %(n)d minutos", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 24:
        return ngettext("hace %(n)d hora", "hace %(n)d horas", hours) % {"n": hours}
    days = hours // 24
    return ngettext("hace %(n)d día", "hace %(n)d días", days) % {"n": days}


@register.simple_tag
def ago(value: datetime | None) -> SafeString:
    """How long ago, with the exact moment as the title."""
    if value is None:
        return mark_safe("—")
    exact = f"{_local(value):%Y-%m-%d %H:%M} h"
    words = ago_words((now() - value).total_seconds())
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, words)


@register.simple_tag
def act_field() -> SafeString:
    """The hidden key that makes sending the same form twice count once. Read it with `uuid.UUID(POST["act"])`."""
    return format_html('<input type="hidden" name="act" value="{}">', uuid.uuid4())


@register.inclusion_tag("web/components/empty.html")
def empty(title: str, text: str = "", icon: str = "inbox", url: str = "", action: str = "") -> dict[str, str]:
    """What stands where a list has nothing: what that means and what to do."""
    return {"title": title, "text": text, "icon": icon, "url": url, "action": action}


@register.inclusion_tag("web/components/pager.html")
def pager(previous: str = "", following: str = "", note: str = "") -> dict[str, str]:
    """Links to the pages before and after; `note` says what is shown ("1–40 de 312"). Empty addresses are left out."""
    return {"previous": previous, "following": following, "note": note}


@register.inclusion_tag("web/components/tabs.html")
def tabs(items: Any, label: str = "") -> dict[str, Any]:
    """Tabs that are links. `items`: dicts (or objects) with label, url, current, and perhaps count and icon."""
    return {"items": items, "label": label or _("Vistas")}


@register.inclusion_tag("web/components/timeline.html")
def timeline(entries: Any) -> dict[str, Any]:
    """History, newest or oldest first as given. Each entry: at, title, and perhaps text, person, note, icon, kind."""
    return {"entries": entries}


@register.inclusion_tag("web/components/field.html")
def field(bound: BoundField, wide: bool = False, label: str = "", help: Any = None) -> dict[str, Any]:
    """A field of a Django form with label, help and error tied to it. `label`, `help`: instead of the form's own."""
    help_text = bound.help_text if help is None else help
    described = []
    if help_text:
        described.append(f"{bound.auto_id}-ayuda")
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "") or type(widget).__name__.lower()
    css = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select"}.get(
        kind, "form-control"
    )
    attrs: dict[str, Any] = {"class": f"{css} is-invalid" if bound.errors else css, "placeholder": False}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    group = type(widget).__name__ in {"RadioSelect", "CheckboxSelectMultiple"}
    return {
        "bound": bound,
        "label": label or bound.label,
        "help_text": help_text,
        "kind": kind,
        "group": group,
        "wide": wide,
        "control": bound.as_widget(attrs=attrs),
    }


@register.inclusion_tag("web/components/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """All errors of a Django form on top, each a link to its field. Nothing when there is none."""
    items = []
    if form is not None and form.is_bound and form.errors:
        items = [("", str(e)) for e in form.non_field_errors()]
        items += [(b.auto_id, f"{b.label}: {e}") for b in form if b.errors for e in b.errors]
    return {"items": items}


@register.filter
def money(value: Any) -> str:
    """An amount in pesos: $1,234.50."""
    try:
        return f"${float(value):,.2f}"
    except (TypeError, ValueError):
        return str(value or "")


@register.inclusion_tag("web/components/breadcrumbs.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """Where this page stands: `{% crumbs "Inicio" url_home "Procedimientos" url_catalogue procedure.name "" %}`:
    a label and its address in turns; the last one, the page itself, has an empty address."""
    items = [{"label": label, "url": url} for label, url in zip(pairs[::2], pairs[1::2], strict=True)]
    return {"crumbs": items}


@register.simple_tag
def demo_accounts() -> demo.Demo:
    """Accounts for the log-in page; empty outside the demo."""
    return demo.shown()


@register.filter
def inline_svg(drawing: str) -> SafeString:
    """A drawing made by our own code (flowchart, QR code) for use inside the page: without the XML prologue.
    Never for a drawing that somebody uploaded."""
    start = drawing.find("<svg")
    return mark_safe(drawing[start:] if start >= 0 else "")  # noqa: S308 - made by our own code
