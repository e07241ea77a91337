"""Draws the fields of a pack's format: `{% format_sheet format values errors beside %}` or one by one,
`{% format_field %}`.

Inputs are named by `web.typed`; what a value means is the engine's. A value may be a kept one or, after a refusal,
exactly what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from turna.engine.definitions import FieldDef, FormatDef
from turna.engine.filling import Filled, fill
from turna.web.typed import MOST_ROWS, PARTS, Beside, blank_rows, computed_text, errors_of, name_of, page_condition

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
}
# (type, part) -> attributes of the input of a part
PART_INPUTS: dict[str, dict[str, str]] = {
    "codigo_postal": {"inputmode": "numeric", "maxlength": "5", "css": "input-short", "flag": "data-postal"},
    "numero_exterior": {"css": "input-short"},
    "numero_interior": {"css": "input-short"},
    "colonia": {"flag": "data-colonia"},
    "lat": {"inputmode": "text", "css": "input-short", "maxlength": "20"},
    "lon": {"inputmode": "text", "css": "input-short", "maxlength": "20"},
}
HINTS = {
    "curp": _("18 letras y números."),
    "rfc": _("12 o 13 letras y números, con homoclave."),
    "clabe": _("18 dígitos."),
    "phone": _("10 dígitos."),
    "point": _("Latitud y longitud en grados; por ejemplo, 19.043719 y -98.198149."),
    "signature": _("Escriba su nombre completo: queda como constancia de que está de acuerdo."),
    "reference": _("Escriba el folio del expediente."),
}
CHOSEN = _("Empiece a escribir y elija de la lista.")
TEMPLATES = {
    "long_text": "long_text",
    "choice": "choice",
    "several": "several",
    "yes_no": "yes_no",
    "table": "table",
    "period": "parts",
    "address": "parts",
    "point": "parts",
    "file": "file",
    "image": "file",
    "signature": "signature",
    "computed": "computed",
}
NAMED = ("person", "position", "unit", "reference")
# Several inputs under one title.
GROUPS = ("several", "yes_no", "period", "address", "point", "table", "signature")


@dataclass(frozen=True)
class _Drawing:
    """A sheet being drawn: what stands beside it, how its fields stand now, and what is to be mended."""

    beside: Beside
    now: Filled
    errors: Any


def _shown(field: FieldDef, value: Any, beside: Beside) -> Any:
    """A value as its input shows it."""
    if value is None:
        return ""
    if field.type == "money":
        try:
            return f"{Decimal(str(value)):,.2f}"
        except InvalidOperation:
            return value
    if field.type == "computed":
        return computed_text(value)
    if field.type == "yes_no":
        word = str(value).lower()
        return "true" if word in {"true", "si", "sí", "1"} else "false" if word in {"false", "no", "0"} else ""
    if field.type in NAMED and field.type not in beside.options:
        return beside.names.get((field.type, str(value)), value)
    return value


def _line(field: FieldDef, value: Any) -> dict[str, str]:
    """Attributes of the one-line input. A date that is no date goes back as it was typed, to be mended."""
    if field.type == "date":
        return {"type": "date" if not value or _ISO_DATE.fullmatch(str(value)) else "text", "css": "input-short"}
    if field.type == "time":
        return {"type": "time" if not value or _HOUR.fullmatch(str(value)) else "text", "css": "input-short"}
    return ONE_LINE.get(field.type, {})


def _help(field: FieldDef, kind: str) -> str:
    texts = [field.help or HINTS.get(field.type, "")]
    if kind == "named" and field.type != "reference":
        texts.append(CHOSEN)
    if field.type in ("file", "image"):
        kinds = ", ".join(a.lstrip(".").upper() for a in field.accept)
        limit = _("Hasta %(mb)d MB.") % {"mb": settings.MAX_UPLOAD_MB}
        texts.append(f"{kinds}. {limit}" if kinds else limit)
    return " ".join(str(t) for t in texts if t)


def _control(field: FieldDef, value: Any, beside: Beside) -> str:
    if field.type in NAMED and field.type not in beside.options:
        return "named" if field.type in beside.suggest else "line"
    return TEMPLATES.get(field.type, "choice" if field.options or field.type in beside.options else "line")


def _context(field: FieldDef, value: Any, name: str, path: str, drawing: _Drawing, error: str, *, bare: bool) -> Any:
    """Everything the templates of one field need. `bare`: inside a table, the column's heading is the label."""
    kind = _control(field, value, drawing.beside)
    help_text = "" if bare else _help(field, kind)
    described = [f"{name}-ayuda"] * bool(help_text) + [f"{name}-error"] * bool(error)
    options = field.options or drawing.beside.options.get(field.type) or ()
    radios = kind == "choice" and len(options) <= FEW_OPTIONS and not bare and bool(field.options)
    value = drawing.now.computed.get(path) if field.type == "computed" else value
    context = {
        "field": field,
        "name": name,
        "value": _shown(field, value, drawing.beside),
        "raw": str(value).lower() if isinstance(value, bool) else value,
        "error": error,
        "warning": "" if error else drawing.now.warnings.get(path, ""),
        "help": help_text,
        "described": " ".join(described),
        "bare": bare,
        "hidden": path in drawing.now.hidden,
        "options": [(str(v), str(label)) for v, label in options],
        "radios": radios,
        "grouped": not bare and (radios or field.type in GROUPS),
        "line": _line(field, value),
        "control": f"web/forms/{kind}.html",
        "condition": page_condition(field.show_if),
        "accept": ",".join(f".{a.lstrip('.')}" for a in field.accept),
    }
    return context | _more(field, value, name, drawing.beside)


def _more(field: FieldDef, value: Any, name: str, beside: Beside) -> dict[str, Any]:
    """What only some types need: parts, files, suggestions, the map."""
    if field.type in PARTS:
        return {
            "parts": _parts(field, value, name),
            "part_type": "date" if field.type == "period" else "text",
            "colonias": beside.colonias if field.type == "address" else "",
            "tiles": settings.MAP_TILES if field.type == "point" else "",
            "attribution": settings.MAP_ATTRIBUTION,
        }
    if field.type == "signature":
        drawn = value.get("archivo", "") if isinstance(value, Mapping) else ""
        written = value.get("nombre", "") if isinstance(value, Mapping) else value
        return {"value": written or "", "drawn": drawn, "kept": beside.files.get(str(drawn))}
    if field.type in ("file", "image"):
        return {"kept": beside.files.get(str(value))}
    if field.type in NAMED:
        return {"suggest": beside.suggest.get(field.type, ""), "link": beside.links.get(str(value), "")}
    return {}


def _parts(field: FieldDef, value: Any, name: str) -> list[dict[str, Any]]:
    given = value if isinstance(value, Mapping) else {}
    if "cp" in given:
        given = {"codigo_postal": given["cp"], **given}
    if isinstance(value, str) and value:  # typed in one piece, or kept so before there were parts
        pieces = [p.strip() for p in value.split(",")] if field.type == "point" else [value]
        given = dict(zip((part for part, _label in PARTS[field.type]), pieces, strict=False))
    return [
        {"name": f"{name}.{part}", "label": label, "value": given.get(part, ""), "part": part}
        | PART_INPUTS.get(part, {})
        for part, label in PARTS[field.type]
    ]


def _cells(field: FieldDef, row: Mapping[str, Any], at: str, path: str, drawing: _Drawing, errors: Any) -> list[Any]:
    name = name_of(field.key)
    return [
        _context(
            c, row.get(c.key), f"{name}.{at}.{c.key}", f"{path}.{c.key}", drawing, errors.get(f"{at}.{c.key}", ""),
            bare=True,
        )
        for c in field.columns
    ]  # fmt: skip


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [r for r in value if isinstance(r, Mapping)] if isinstance(value, list | tuple) else []


def _table(field: FieldDef, value: Any, errors: Mapping[str, str], drawing: _Drawing) -> dict[str, Any]:
    given = _rows(value)
    rows = [*given, *({} for _blank in range(blank_rows(given, field.minimum)))]
    blank = f"{field.key}.{len(given)}"
    found = [
        _cells(field, row, str(at), f"{field.key}.{at}" if at < len(given) else blank, drawing, errors)
        for at, row in enumerate(rows)
    ]
    pattern = _cells(field, {}, "__i__", blank, drawing, {})
    return {"rows": found, "pattern": pattern, "most": int(field.maximum or MOST_ROWS)}


def _as_it_stands(format: FormatDef, values: Any, beside: Beside) -> Filled:
    """What conditions hide and calculations give; every table with one blank row more, as the page shows it."""
    given = dict(values) if isinstance(values, Mapping) else {}
    for f in format.fields:
        if f.type == "table":
            given[f.key] = [*_rows(given.get(f.key)), {}]
    return fill(format, given, partial=True, around=beside.around)


def _draw(field: FieldDef, value: Any, drawing: _Drawing) -> SafeString:
    own, within = errors_of(field, drawing.errors)
    name = name_of(field.key)
    context = _context(field, value, name, field.key, drawing, own, bare=False)
    if field.type == "table":
        context |= _table(field, value, within, drawing)
    return mark_safe(render_to_string("web/forms/field.html", context))  # noqa: S308 - a template's own output


@register.simple_tag
def format_field(field: FieldDef, value: Any = None, error: Any = None, beside: Any = None) -> SafeString:
    """One field with label, help and error. `error`: its text, or all errors of the sheet by path. `beside`: a
    `typed.Beside`, for fields that name people or hold files."""
    computed = {field.key: value} if field.type == "computed" else {}
    return _draw(field, value, _Drawing(beside or Beside(), Filled({}, computed=computed), error))


@register.inclusion_tag("web/forms/sheet.html")
def format_sheet(format: FormatDef, values: Any = None, errors: Any = None, beside: Any = None) -> dict[str, Any]:
    """The whole sheet: a fieldset per section. `values` and `errors` by field key (rows by path)."""
    known = beside or Beside()
    drawing = _Drawing(known, _as_it_stands(format, values, known), errors or {})
    given = values if isinstance(values, Mapping) else {}
    sections = [(s, [_draw(f, given.get(f.key), drawing) for f in s.fields]) for s in format.sections]
    return {"format": format, "sections": sections, "changes": _changes(format)}


def _changes(format: FormatDef) -> bool:
    """Whether what is typed changes what the sheet shows."""
    every = [c for f in format.fields for c in (f, *f.columns)]
    return any(f.show_if or f.type in ("computed", "table") for f in every)


@register.inclusion_tag("web/components/error_summary.html")
def format_errors(format: FormatDef, errors: Any, others: Any = None) -> dict[str, Any]:
    """All errors on top, each a link to its field. `others`: further texts that belong to no field."""
    items = [("", str(text)) for text in (others or []) if text]
    for path, text in (errors or {}).items():
        head, *rest = str(path).split(".")
        found = format.field(head)
        if found is None:
            items.append(("", str(text)))
            continue
        column = next((c for c in found.columns if rest and c.key == rest[-1]), None)
        where = f" ({_('renglón')} {int(rest[0]) + 1}, {column.label})" if column else ""
        last = column or found
        first = f".{PARTS[last.type][0][0]}" if last.type in PARTS else ""
        items.append((name_of(f"{path}{first}"), f"{found.label}{where}: {text}"))
    return {"items": items}
