"""Draws the fields of a pack's format: `{% format_sheet format values errors %}` or one by one, `{% format_field %}`.

Inputs are named by `web.typed`; what a value means is the engine's. A value may be a kept one or, after a refusal,
exactly what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from turna.engine.definitions import FieldDef, FormatDef
from turna.web.typed import PARTS, blank_rows, errors_of, name_of, page_condition

register = template.Library()

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"\d{2}:\d{2}")
FEW_OPTIONS = 6
# type -> attributes of its one-line input
ONE_LINE: dict[str, dict[str, str]] = {
    "integer": {"inputmode": "numeric", "css": "input-short"},
    "decimal": {"inputmode": "decimal", "css": "input-short"},
    "money": {"inputmode": "decimal", "flag": "data-money"},
    "email": {"type": "email", "inputmode": "email", "autocapitalize": "none"},
    "phone": {"type": "tel", "inputmode": "tel", "css": "input-medium"},
    "curp": {"css": "input-medium upper", "autocapitalize": "characters", "flag": "data-upper", "maxlength": "30"},
    "rfc": {"css": "input-medium upper", "autocapitalize": "characters", "flag": "data-upper", "maxlength": "20"},
    "clabe": {"inputmode": "numeric", "css": "input-medium", "maxlength": "30"},
    "point": {"inputmode": "text", "css": "input-medium"},
}
HINTS = {
    "curp": _("18 letras y números."),
    "rfc": _("12 o 13 letras y números, con homoclave."),
    "clabe": _("18 dígitos."),
    "phone": _("10 dígitos."),
    "point": _("Latitud, longitud."),
    "signature": _("Escriba su nombre completo: queda como constancia de que está de acuerdo."),
}
TEMPLATES = {
    "long_text": "long_text",
    "choice": "choice",
    "several": "several",
    "yes_no": "yes_no",
    "table": "table",
    "period": "parts",
    "address": "parts",
    "file": "file",
    "image": "file",
    "computed": "computed",
}


def _shown(kind: str, value: Any) -> Any:
    """A value as the input shows it."""
    if value is None:
        return ""
    if kind == "money":
        try:
            return f"{Decimal(str(value)):,.2f}"
        except InvalidOperation:
            return value
    if kind == "computed":
        return _computed(value)
    if kind == "yes_no":
        word = str(value).lower()
        return "true" if word in {"true", "si", "sí", "1"} else "false" if word in {"false", "no", "0"} else ""
    if kind == "point" and isinstance(value, Mapping):
        return f"{value.get('lat', '')}, {value.get('lon', '')}"
    return value


def _computed(value: Any) -> Any:
    """What was worked out, as people write it: yes or no, thousands apart where there are cents."""
    if isinstance(value, bool):
        return _("Sí") if value else _("No")
    return f"{Decimal(value):,.2f}" if re.fullmatch(r"-?\d+\.\d\d", str(value)) else value


def _line(field: FieldDef, value: Any) -> dict[str, str]:
    """Attributes of the one-line input. A date that is no date goes back as it was typed, to be mended."""
    if field.type == "date":
        return {"type": "date" if not value or _ISO_DATE.fullmatch(str(value)) else "text", "css": "input-short"}
    if field.type == "time":
        return {"type": "time" if not value or _HOUR.fullmatch(str(value)) else "text", "css": "input-short"}
    return ONE_LINE.get(field.type, {})


def _help(field: FieldDef) -> str:
    texts = [field.help or HINTS.get(field.type, "")]
    if field.type in ("file", "image"):
        kinds = ", ".join(a.lstrip(".").upper() for a in field.accept)
        limit = _("Hasta %(mb)d MB.") % {"mb": settings.MAX_UPLOAD_MB}
        texts.append(f"{kinds}. {limit}" if kinds else limit)
    return " ".join(str(t) for t in texts if t)


def _context(field: FieldDef, value: Any, name: str, error: str, *, bare: bool, sources: Any) -> dict[str, Any]:
    """Everything the templates of one field need. `bare`: inside a table, the column's heading is the label."""
    help_text = "" if bare else _help(field)
    described = [f"{name}-ayuda"] * bool(help_text) + [f"{name}-error"] * bool(error)
    options = field.options or ((sources or {}).get(field.type) or ())
    kind = TEMPLATES.get(field.type, "choice" if options else "line")
    if bare and kind in ("parts", "table"):  # a row has no room for parts: one line, as the engine also reads it
        kind = "line"
    return {
        "field": field,
        "name": name,
        "value": _shown(field.type, value),
        "raw": str(value).lower() if isinstance(value, bool) else value,
        "error": error,
        "help": help_text,
        "described": " ".join(described),
        "bare": bare,
        "options": [(str(v), str(label)) for v, label in options],
        "radios": kind == "choice" and len(options) <= FEW_OPTIONS and not bare and bool(field.options),
        "line": _line(field, value),
        "control": f"web/forms/{kind}.html",
        "condition": page_condition(field.show_if),
        "accept": ",".join(f".{a.lstrip('.')}" for a in field.accept),
    }


def _parts(field: FieldDef, value: Any, name: str) -> list[dict[str, Any]]:
    given = value if isinstance(value, Mapping) else {}
    return [
        {"name": f"{name}.{part}", "label": label, "value": given.get(part, ""), "part": part}
        for part, label in PARTS[field.type]
    ]


def _cells(field: FieldDef, row: Mapping[str, Any], at: str, errors: Mapping[str, str], sources: Any) -> list[Any]:
    name = name_of(field.key)
    return [
        _context(c, row.get(c.key), f"{name}.{at}.{c.key}", errors.get(f"{at}.{c.key}", ""), bare=True, sources=sources)
        for c in field.columns
    ]


def _table(field: FieldDef, value: Any, errors: Mapping[str, str], sources: Any) -> dict[str, Any]:
    given = [r for r in value if isinstance(r, Mapping)] if isinstance(value, list | tuple) else []
    rows = [*given, *({} for _blank in range(blank_rows(given, field.minimum)))]
    return {
        "rows": [_cells(field, row, str(at), errors, sources) for at, row in enumerate(rows)],
        "pattern": _cells(field, {}, "__i__", {}, sources),
        "most": int(field.maximum or 200),
    }


@register.simple_tag
def format_field(field: FieldDef, value: Any = None, error: Any = None, sources: Any = None) -> SafeString:
    """One field with label, help and error. `error`: its text, or all errors of the sheet by path.
    `sources`: choices by field type, for those that name people, positions or units: {"unit": [(id, label)]}."""
    own, within = errors_of(field, error)
    name = name_of(field.key)
    context = _context(field, value, name, own, bare=False, sources=sources)
    if field.type in PARTS:
        context["parts"] = _parts(field, value, name)
        context["part_type"] = "date" if field.type == "period" else "text"
    if field.type == "table":
        context |= _table(field, value, within, sources)
    return mark_safe(render_to_string("web/forms/field.html", context))  # noqa: S308 - a template's own output


@register.inclusion_tag("web/forms/sheet.html")
def format_sheet(format: FormatDef, values: Any = None, errors: Any = None, sources: Any = None) -> dict[str, Any]:
    """The whole sheet: a fieldset per section. `values` and `errors` by field key (rows by path)."""
    return {"format": format, "values": values or {}, "errors": errors or {}, "sources": sources}


@register.inclusion_tag("web/components/error_summary.html")
def format_errors(format: FormatDef, errors: Any, others: Any = None) -> dict[str, Any]:
    """All errors on top, each a link to its field. `others`: further texts that belong to no field."""
    items = [("", str(text)) for text in (others or []) if text]
    for path, text in (errors or {}).items():
        head = str(path).split(".", 1)[0]
        found = format.field(head)
        label = f"{found.label}: {text}" if found else str(text)
        first = f".{PARTS[found.type][0][0]}" if found and found.type in PARTS else ""
        items.append((name_of(f"{path}{first}") if found else "", label))
    return {"items": items}


@register.filter
def value_of(values: Any, key: str) -> Any:
    """`values[key]`, or None."""
    return values.get(key) if isinstance(values, Mapping) else None
