"""Kept values as Mexicans write them, for reading back. Knows nothing of how they were typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..definitions import FieldDef, FormatDef
from ..expressions import BadExpression, compile_expression
from .values import CENTS, MONTHS, empty, number_of

Naming = Callable[[str, str], str]
"""(field type, key) to the name people know: of a person, a position, a unit, a file."""

Section = tuple[str, list[tuple[str, str]]]

MISSING = "…"
_HOLE = re.compile(r"\{\s*([^{}]*?)\s*\}")


def show(format: FormatDef, values: Mapping[str, Any], naming: Naming | None = None) -> list[Section]:
    """[(section title, [(label, text)])] of what was filled; empty fields and sections are left out.

    The rows of a table are lines of one text.
    """
    found = []
    for section in format.sections:
        rows = [(f.label, _text(f, values[f.key], format, naming)) for f in section.fields if _written(values, f)]
        if rows:
            found.append((section.title, rows))
    return found


def show_value(field: FieldDef, kept: Any, format: FormatDef, naming: Naming | None = None) -> str:
    """One kept value as text; "" when there is none."""
    return "" if empty(kept) and not isinstance(kept, bool) else _text(field, kept, format, naming)


def subject(format: FormatDef, values: Mapping[str, Any]) -> str:
    """The case's subject by the format's `asunto`; "" when it has none. What is missing shows as an ellipsis."""
    if format.subject is None:
        return ""

    def filled(match: re.Match[str]) -> str:
        field = format.field(match[1])
        written = field is not None and _written(values, field)
        return _text(field, values[field.key], format, None) if field and written else MISSING

    text = " ".join(_HOLE.sub(filled, format.subject).split())
    return text if len(text) <= 200 else text[:199] + MISSING


def date_text(iso: str) -> str:
    """2026-11-20 as 20 de noviembre de 2026."""
    year, month, day = str(iso)[:10].split("-")
    return f"{int(day)} de {MONTHS[int(month) - 1]} de {year}"


def money_text(amount: Decimal) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount).quantize(CENTS):,}"


def is_money(field: FieldDef, format: FormatDef, depth: int = 0) -> bool:
    """Whether a number is an amount: by its type, or because it is worked out from amounts."""
    if field.type == "money":
        return True
    if field.type != "computed" or depth > 5:
        return False
    try:
        paths = compile_expression(field.computed or "").paths
    except BadExpression:
        return False
    read = (found for path in paths for found in _named(path, field, format))
    return any(is_money(other, format, depth + 1) for other in read)


def _named(path: tuple[str, ...], reader: FieldDef, format: FormatDef) -> Iterator[FieldDef]:
    """The field that `path` names for `reader`: a neighbour in its row, a field, or a column of a table."""
    row = next((f.columns for f in format.fields if reader in f.columns), ())
    for field in (*row, *format.fields):
        if field.key == path[0] and len(path) == 1:
            yield field
        elif field.key == path[0]:
            yield from (c for c in field.columns if c.key == path[1])


def _written(values: Mapping[str, Any], field: FieldDef) -> bool:
    return field.key in values and (isinstance(values[field.key], bool) or not empty(values[field.key]))


def _text(field: FieldDef, kept: Any, format: FormatDef, naming: Naming | None) -> str:
    if isinstance(kept, bool):
        return "Sí" if kept else "No"
    if isinstance(kept, list):
        return _list_text(field, kept, format, naming)
    if field.type in ("integer", "decimal", "money", "computed"):
        number = number_of(kept)
        if number is not None:
            return money_text(number) if is_money(field, format) else f"{number:,}"
    reader = _TEXTS.get(field.type)
    if reader is not None:
        try:
            return reader(field, kept)
        except (ValueError, KeyError, IndexError, TypeError):  # kept by an earlier version of the format
            return str(kept)
    named = naming is not None and field.type in ("person", "position", "unit", "file", "image", "reference")
    return naming(field.type, str(kept)) if named and naming else str(kept)


def _list_text(field: FieldDef, kept: list[Any], format: FormatDef, naming: Naming | None) -> str:
    if field.type != "table":
        return ", ".join(_text(field, item, format, naming) for item in kept)
    lines = []
    for row in (r for r in kept if isinstance(r, Mapping)):
        cells = [f"{c.label}: {_text(c, row[c.key], format, naming)}" for c in field.columns if _written(row, c)]
        lines.append(" · ".join(cells))
    return "\n".join(lines)


def _option(field: FieldDef, kept: Any) -> str:
    return dict(field.options).get(str(kept), str(kept))


def _date(field: FieldDef, kept: Any) -> str:
    return date_text(kept)


def _period(field: FieldDef, kept: Any) -> str:
    return f"del {date_text(kept['desde'])} al {date_text(kept['hasta'])}"


def _phone(field: FieldDef, kept: Any) -> str:
    digits = str(kept)
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def _address(field: FieldDef, kept: Any) -> str:
    """Zaragoza 12 int. 3, Centro, C.P. 91700, Veracruz, Veracruz, frente al parque."""
    if not isinstance(kept, Mapping):
        return str(kept)
    given = {"codigo_postal": kept.get("cp", ""), **kept}
    street = " ".join(str(given[part]) for part in ("calle", "numero_exterior") if given.get(part))
    inner, code = given.get("numero_interior"), given.get("codigo_postal")
    first = f"{street} int. {inner}".strip() if inner else street
    rest = [given.get("colonia"), f"C.P. {code}" if code else "", *map(given.get, ("municipio", "estado"))]
    return ", ".join(str(part) for part in (first, *rest, given.get("referencias")) if part)


def _signature(field: FieldDef, kept: Any) -> str:
    return str(kept["nombre"]) if isinstance(kept, Mapping) else str(kept)


def _point(field: FieldDef, kept: Any) -> str:
    return f"{kept['lat']:.6f}, {kept['lon']:.6f}"


_TEXTS: dict[str, Callable[[FieldDef, Any], str]] = {
    "choice": _option,
    "several": _option,
    "date": _date,
    "period": _period,
    "phone": _phone,
    "address": _address,
    "point": _point,
    "signature": _signature,
}
