"""What the checker says of a format: its expressions, its names, its limits."""

from __future__ import annotations

import re
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter

from ..definitions import FieldDef, FormatDef, Place
from ..expressions import TODAY, BadExpression, Expression, compile_expression, identifier, names_read
from .desk import Desk

ROOTS = {
    "caso": frozenset({"folio", "asunto", "fecha", "procedimiento", "estado"}),
    "persona": frozenset({"nombre", "correo", "telefono", "curp", "rfc", "puesto", "unidad"}),
    "solicitante": frozenset({"nombre", "correo", "telefono", "curp", "rfc", "puesto", "unidad"}),
}
"""What every case knows besides its formats, by the words that expressions and `precarga` use."""

_HOLE = re.compile(r"\{([^{}]*)\}")


def check_format(desk: Desk, form: FormatDef) -> None:
    if form.series is not None:
        desk.known(_at(form, "serie"), "series", form.series, desk.series)
    names = {f.key for f in form.fields}
    for key in form.public_fields:
        desk.known(_at(form, "publicos"), "field", key, names)
    for hole in _HOLE.findall(form.subject or ""):
        desk.known(_at(form, "asunto"), "field", hole.strip(), names)
    _check_checks(desk, form)
    for field in form.fields:
        _check_field(desk, field, form.fields)
        for column in field.columns:
            _check_field(desk, column, (*field.columns, *form.fields))
        _check_cycles(desk, field.columns)
    _check_cycles(desk, form.fields)


def _check_checks(desk: Desk, form: FormatDef) -> None:
    for check in form.checks:
        compiled = expression(desk, check.place, check.condition)
        for path in sorted(compiled.paths) if compiled else ():
            check_data_path(desk, check.place, path, form)
        if check.field is not None:
            desk.known(check.place, "field", check.field, {f.key for f in form.fields})


def _at(form: FormatDef, key: str) -> Place:
    return Place(form.place.file, form.lines.get(key, form.place.line))


def _check_field(desk: Desk, field: FieldDef, siblings: tuple[FieldDef, ...]) -> None:
    if field.refers is not None:
        place = Place(field.place.file, field.lines.get("refiere", field.place.line))
        desk.known(place, "procedure", field.refers, desk.procedures)
    for key, text in (("visible_si", field.show_if), ("calcula", field.computed)):
        if text is not None:
            place = Place(field.place.file, field.lines.get(key, field.place.line))
            compiled = expression(desk, place, text)
            for path in compiled.paths if compiled else ():
                check_path(desk, place, path, siblings)
    if field.prefill is not None:
        _check_prefill(desk, field)
    _check_limits(desk, field)


def expression(desk: Desk, place: Place, text: str) -> Expression | None:
    """The compiled expression, or None and a finding."""
    try:
        return compile_expression(text)
    except BadExpression as error:
        desk.error(place, "bad-expression", str(error), error.mend)
        return None


def check_path(desk: Desk, place: Place, path: tuple[str, ...], fields: tuple[FieldDef, ...]) -> None:
    """A dotted name over `fields`: the field, and the column of a table."""
    known = {f.key: f for f in reversed(fields)}
    if path == (TODAY,):
        return
    if path[0] not in known:
        desk.known(place, "field", ".".join(path), known)
    elif len(path) > 1 and known[path[0]].type == "table":
        desk.known(place, "field", ".".join(path), {f"{path[0]}.{c.key}" for c in known[path[0]].columns})
    elif len(path) > 1 and known[path[0]].type not in ("period", "point", "address"):
        told = f"El campo «{path[0]}» no tiene partes, y se pide «{'.'.join(path)}»."
        desk.error(place, "unknown-field", told, f"Escriba `{path[0]}`.")


def check_data_path(desk: Desk, place: Place, path: tuple[str, ...], own: FormatDef | None = None) -> None:
    """A dotted name over a case's data: `FORMATO.CAMPO`, `caso.folio`, or a field of the activity's own format."""
    if path == (TODAY,):
        return
    formats = {identifier(key): form for key, form in desk.pack.formats.items()}
    root, rest = identifier(path[0]), path[1:]
    if own is not None and own.field(path[0]) is not None:
        check_path(desk, place, path, own.fields)
    elif root in ROOTS:
        known: Collection[str] = {f"{root}.{name}" for name in ROOTS[root]}
        desk.known(place, "field", ".".join(path), known)
    elif root in formats and rest:
        _check_in_format(desk, place, path, formats[root])
    elif root not in {identifier(key) for key in desk.formats}:
        known = {f.key for f in own.fields} if own else set()
        known |= {f"{name}.{f.key}" for name, form in formats.items() for f in form.fields}
        desk.known(place, "field", ".".join(path), known)


def _check_in_format(desk: Desk, place: Place, path: tuple[str, ...], form: FormatDef) -> None:
    if desk.torn(form.place.file):
        return
    if form.field(path[1]) is None:
        desk.known(place, "field", ".".join(path), {f"{path[0]}.{f.key}" for f in form.fields})
    else:
        check_path(desk, place, path[1:], form.fields)


def _check_prefill(desk: Desk, field: FieldDef) -> None:
    place = Place(field.place.file, field.lines.get("precarga", field.place.line))
    path = tuple((field.prefill or "").split("."))
    if len(path) < 2 or not all(path):
        told = f"La precarga «{field.prefill}» no es una ruta."
        desk.error(place, "unknown-field", told, "Escriba `formato.campo`, `persona.nombre` o `caso.folio`.")
        return
    check_data_path(desk, place, path)


def _check_limits(desk: Desk, field: FieldDef) -> None:
    low, high = field.minimum, field.maximum
    if low is not None and high is not None and "hoy" not in (low, high) and low > high:
        place = Place(field.place.file, field.lines.get("minimo", field.place.line))
        told = f"El mínimo de «{field.key}» pasa del máximo."
        desk.error(place, "bad-limits", told, "Intercambie `minimo` y `maximo`.")
    values = {value for value, _ in field.options}
    given = field.default if isinstance(field.default, list) else [field.default] if field.default else []
    for word in given if values else ():
        if word not in values:
            place = Place(field.place.file, field.lines.get("defecto", field.place.line))
            told = f"«{word}» no es una opción de «{field.key}»."
            desk.error(place, "unknown-value", told, "Puede ser: " + ", ".join(sorted(values)) + ".")


def _check_cycles(desk: Desk, fields: tuple[FieldDef, ...]) -> None:
    """Computed fields and conditions that need each other can never be worked out."""
    known = {f.key: f for f in fields}
    graph = {f.key: sorted(names_read(f.show_if, f.computed) & set(known)) for f in fields}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        place = min((known[key].place for key in circle), key=lambda p: p.line)
        told = "Estos campos dependen unos de otros en círculo: " + " → ".join(reversed(circle)) + "."
        desk.error(place, "field-cycle", told, "Cambie `calcula` o `visible_si` de uno de ellos.")
