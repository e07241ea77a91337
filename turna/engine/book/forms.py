"""A format as paper: the same sections, labels, options and tables as on the screen, empty or filled.

Two columns as the screen has them; what is long, a table or a group of parts takes both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..definitions import FieldDef, FormatDef
from ..filling import show_value
from ..filling.texts import Naming

BoxKind = Literal["line", "lines", "options", "parts", "table", "place"]
Parts = Mapping[str, tuple[tuple[str, str], ...]]
"""Field type to its parts, (key, label): of an address, of a period."""

WIDE = frozenset({"long_text", "table", "several", "address"})
PLACES = {"file": "Se adjunta", "image": "Se adjunta", "signature": "Nombre y firma"}
YES_NO = (("true", "Sí"), ("false", "No"))
FEWEST_ROWS = 4
"""Empty rows of a table on paper, unless the format asks for more."""


@dataclass(frozen=True, slots=True)
class Box:
    """A field on paper. `options`: (label, whether it is marked); `parts`: (label, text); `rows`: of a table under
    `heads`. `conditional`: it is filled in only if another field says so."""

    kind: BoxKind
    label: str
    text: str = ""
    hint: str = ""
    wide: bool = False
    required: bool = False
    conditional: bool = False
    options: tuple[tuple[str, bool], ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A format ready to be printed. `number`: the one it took when it was filled. `sections`: (title, help, boxes)."""

    key: str
    name: str
    code: str
    sections: tuple[tuple[str, str, tuple[Box, ...]], ...]
    signatures: tuple[str, ...]
    note: str = ""
    validity: str = ""
    number: str = ""
    filled: bool = False


def form_sheet(
    form: FormatDef,
    parts: Parts,
    values: Mapping[str, Any] | None = None,
    naming: Naming | None = None,
    number: str = "",
) -> FormSheet:
    """`form` as paper: empty, or with `values` as they are kept. `parts`: how the screen divides addresses and periods.

    On a filled sheet the fields that were not asked (their condition did not hold) are left out, as on the screen.
    """
    given = {} if values is None else values
    blank = values is None
    sections = []
    for section in form.sections:
        shown = [f for f in section.fields if blank or f.show_if is None or f.key in given]
        if shown:
            boxes = tuple(_box(f, given.get(f.key), form, parts, naming, blank) for f in shown)
            sections.append((section.title, section.help, boxes))
    return FormSheet(
        key=form.key,
        name=form.name,
        code=form.code or "",
        sections=tuple(sections),
        signatures=form.signatures,
        note=form.note,
        validity=form.validity or "",
        number=number,
        filled=not blank,
    )


def instructions(form: FormatDef) -> tuple[str, ...]:
    """What the manual says of each field: its help, or what kind of answer it takes."""
    said = []
    for one in form.fields:
        words = one.help or _expected(one)
        optional = "" if one.required or one.type == "computed" else " Opcional."
        when = " Solo si corresponde." if one.show_if else ""
        said.append(f"{one.label.rstrip(':')}: {words.rstrip('.')}.{when or optional}")
    return tuple(said)


def _box(one: FieldDef, kept: Any, form: FormatDef, parts: Parts, naming: Naming | None, blank: bool) -> Box:
    kind = _kind(one, parts, kept)
    box = Box(
        kind,
        one.label,
        hint=one.help,
        wide=one.type in WIDE or _is_long(one),
        required=one.required and blank,
        conditional=one.show_if is not None and blank,
    )
    if kind == "options":
        return replace(box, options=_options(one, kept))
    if kind == "parts":
        return replace(box, parts=_parts(one, kept, parts))
    if kind == "table":
        return replace(box, heads=tuple(c.label for c in one.columns), rows=_rows(one, kept, form, naming, blank))
    return replace(box, text=PLACES.get(one.type, "") if blank else show_value(one, kept, form, naming))


def _kind(one: FieldDef, parts: Parts, kept: Any) -> BoxKind:
    if one.type == "table":
        return "table"
    if one.type in parts and (kept is None or isinstance(kept, Mapping)):
        return "parts"
    if one.type == "yes_no" or (one.options and one.type in ("choice", "several")):
        return "options"
    if one.type == "long_text":
        return "lines"
    return "place" if one.type in PLACES else "line"


def _is_long(one: FieldDef) -> bool:
    """Options that do not fit into half a line."""
    return sum(len(label) + 6 for _value, label in one.options) > 60 or len(one.label) > 70


def _options(one: FieldDef, kept: Any) -> tuple[tuple[str, bool], ...]:
    chosen = {str(k) for k in kept} if isinstance(kept, list) else {str(kept)}
    if isinstance(kept, bool):
        chosen = {str(kept).lower()}
    options = YES_NO if one.type == "yes_no" else one.options
    return tuple((str(label), kept is not None and str(value) in chosen) for value, label in options)


def _parts(one: FieldDef, kept: Any, parts: Parts) -> tuple[tuple[str, str], ...]:
    given = kept if isinstance(kept, Mapping) else {}
    return tuple((str(label), str(given.get(part, ""))) for part, label in parts[one.type])


def _rows(one: FieldDef, kept: Any, form: FormatDef, naming: Naming | None, blank: bool) -> tuple[tuple[str, ...], ...]:
    if blank:
        wanted = one.minimum if isinstance(one.minimum, int) else 0
        return tuple(("",) * len(one.columns) for _row in range(max(wanted, FEWEST_ROWS)))
    given = [row for row in kept if isinstance(row, Mapping)] if isinstance(kept, list) else []
    return tuple(tuple(show_value(c, row.get(c.key), form, naming) for c in one.columns) for row in given)


EXPECTED: dict[str, str] = {
    "text": "se escribe",
    "long_text": "se describe con el detalle necesario",
    "integer": "se anota la cantidad",
    "decimal": "se anota la cantidad",
    "money": "se anota el importe en pesos",
    "date": "se anota día, mes y año",
    "period": "se anota la fecha de inicio y la de término",
    "time": "se anota la hora",
    "person": "se escribe el nombre de la persona",
    "position": "se escribe el puesto",
    "unit": "se escribe el área",
    "curp": "se anotan los 18 caracteres",
    "rfc": "se anota con homoclave",
    "clabe": "se anotan los 18 dígitos",
    "email": "se escribe completa, con su dominio",
    "phone": "se anotan los 10 dígitos",
    "address": "se anota calle, número, colonia y código postal",
    "point": "se anota latitud y longitud, o se señala en el mapa",
    "file": "se adjunta el archivo",
    "image": "se adjunta la imagen",
    "signature": "se escribe el nombre completo y se firma",
    "reference": "se anota el folio",
    "computed": "lo calcula el sistema; en papel se anota el resultado",
    "yes_no": "se marca sí o no",
    "choice": "se marca una opción",
    "several": "se marcan las que correspondan",
}


def _expected(one: FieldDef) -> str:
    if one.type == "table":
        return f"un renglón por cada uno, con {', '.join(c.label.lower() for c in one.columns)}"
    return EXPECTED.get(one.type, "se escribe")
