"""`formatos/*.yaml`: sections, fields, columns. Whether names in expressions exist is for `checking`."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from ..definitions import CheckDef, FieldDef, FieldType, FormatDef, SectionDef
from ..suggest import plain
from .nodes import Mapping, Node, Scalar, Sequence
from .tables import Report, Table

KEYS = (
    "nombre", "clave", "serie", "asunto", "vigencia", "nota", "publicos", "firmas", "secciones", "campos",
    "validaciones", "hoja",
)  # fmt: skip
FIELD_KEYS = (
    "clave", "etiqueta", "tipo", "obligatorio", "ayuda", "opciones", "visible_si", "calcula", "precarga",
    "defecto", "minimo", "maximo", "columnas", "acepta", "refiere",
)  # fmt: skip
_SPANISH = (
    "texto", "texto_largo", "entero", "decimal", "dinero", "fecha", "periodo", "hora", "opcion", "varios",
    "tabla", "persona", "puesto", "unidad", "curp", "rfc", "clabe", "correo", "telefono", "domicilio", "punto",
    "archivo", "imagen", "firma", "referencia", "calculado", "si_no",
)  # fmt: skip
FIELD_TYPES: dict[str, FieldType] = dict(zip(_SPANISH, get_args(FieldType), strict=True))
_FIELD_KEY = re.compile(r"[a-z][a-z0-9_]*")
_AMOUNTS = ("decimal", "money", "computed")
_COUNTS = ("integer", "text", "long_text", "table", "several")


def read_format(key: str, node: Node, report: Report) -> FormatDef | None:
    """One format, with every fault told to `report`; None when it is no mapping at all."""
    if not isinstance(node, Mapping):
        report.error(node.line, "wrong-type", "El archivo debe ser un bloque de claves.", "Empiece con `nombre: …`.")
        return None
    table = Table(node, "el formato", report, KEYS)
    return FormatDef(
        key=key,
        name=table.text("nombre", required=True),
        code=table.optional("clave"),
        sections=_sections(table),
        signatures=table.texts("firmas"),
        place=table.place,
        subject=table.optional("asunto"),
        series=table.optional("serie"),
        validity=table.optional("vigencia"),
        note=table.text("nota"),
        public_fields=table.texts("publicos"),
        checks=_checks(table),
        spreadsheet=table.flag("hoja"),
        lines=table.node.lines,
    )


def _sections(table: Table) -> tuple[SectionDef, ...]:
    seen: dict[str, int] = {}
    found = []
    if table.get("campos") is not None:
        found.append(SectionDef("", _fields(table, "campos", seen)))
    needed = not found
    for row in table.tables("secciones", "una sección", ("titulo", "ayuda", "campos"), required=needed):
        title = row.text("titulo", required=True)
        found.append(SectionDef(title, _fields(row, "campos", seen), row.text("ayuda")))
    return tuple(found)


def _checks(table: Table) -> tuple[CheckDef, ...]:
    rows = table.tables("validaciones", "una validación", ("cumple", "mensaje", "campo"))
    return tuple(_check(row) for row in rows)


def _check(row: Table) -> CheckDef:
    condition, message = row.text("cumple", required=True), row.text("mensaje", required=True)
    return CheckDef(condition, message, row.place, row.optional("campo"))


def _fields(table: Table, key: str, seen: dict[str, int], *, columns: bool = False) -> tuple[FieldDef, ...]:
    what = "una columna" if columns else "un campo"
    rows = table.tables(key, what, FIELD_KEYS, required=True)
    return tuple(_field(row, seen, columns=columns) for row in rows)


def _field(row: Table, seen: dict[str, int], *, columns: bool) -> FieldDef:
    key = _field_key(row, seen)
    if key:
        row.what = f"el campo «{key}»"
    kind = row.choice("tipo", FIELD_TYPES, "text")
    if row.get("tipo", required=True) is not None and columns and kind == "table":
        row.report.error(row.line("tipo"), "wrong-type", "Una tabla no cabe dentro de otra.", "Cambie el tipo.")
    return FieldDef(
        key=key,
        label=row.text("etiqueta", required=True),
        type=kind,
        required=row.flag("obligatorio"),
        place=row.place,
        help=row.text("ayuda"),
        options=_options(row, kind),
        show_if=row.optional("visible_si"),
        computed=_computed(row, kind),
        prefill=row.optional("precarga"),
        default=_default(row),
        minimum=_limit(row, "minimo", kind),
        maximum=_limit(row, "maximo", kind),
        columns=_columns(row, kind, columns=columns),
        accept=tuple(a.lower().lstrip(".") for a in row.texts("acepta")),
        refers=_refers(row, kind),
        lines=row.node.lines,
    )


def _field_key(row: Table, seen: dict[str, int]) -> str:
    word = row.text("clave", required=True)
    line = row.line("clave")
    if word and not _FIELD_KEY.fullmatch(word):
        near = re.sub(r"[^a-z0-9]+", "_", plain(word)).strip("_")
        told = f"La clave de campo «{word}» lleva otros signos."
        row.report.error(line, "bad-key", told, f"Use minúsculas sin acento y guion bajo: `{near}`.")
    elif word in seen:
        told = f"El campo «{word}» ya está en el renglón {seen[word]}."
        row.report.error(line, "duplicate", told, "Dé otra clave a uno de los dos.")
    seen.setdefault(word, line)
    return word


def _columns(row: Table, kind: FieldType, *, columns: bool) -> tuple[FieldDef, ...]:
    if kind == "table" and not columns:
        return _fields(row, "columnas", {}, columns=True)
    _unfit(row, "columnas", "tabla")
    return ()


def _computed(row: Table, kind: FieldType) -> str | None:
    if kind == "computed":
        return row.text("calcula", required=True) or None
    _unfit(row, "calcula", "calculado")
    return None


def _refers(row: Table, kind: FieldType) -> str | None:
    if kind == "reference":
        return row.optional("refiere")
    _unfit(row, "refiere", "referencia")
    return None


def _unfit(row: Table, key: str, kinds: str) -> None:
    if row.get(key) is not None:
        told = f"«{key}» solo cabe en un campo de tipo {kinds}."
        row.report.error(row.line(key), "unfit-key", told, "Cambie el tipo o quite la clave.")


def _options(row: Table, kind: FieldType) -> tuple[tuple[str, str], ...]:
    if kind not in ("choice", "several"):
        _unfit(row, "opciones", "opcion o varios")
        return ()
    node = row.get("opciones", required=True)
    if isinstance(node, Mapping):
        return _pairs(node)
    found: list[tuple[str, str]] = []
    for item in node.items if isinstance(node, Sequence) else []:
        found += _pairs(item) if isinstance(item, Mapping) else []
        found += [(item.text, item.text)] if isinstance(item, Scalar) else []
    if node is not None and len({value for value, _ in found}) < max(1, len(found)):
        told = f"Las opciones de {row.what} faltan o se repiten."
        row.report.error(row.line("opciones"), "bad-options", told, "Escriba `[una, otra]`, cada una distinta.")
    return tuple(found)


def _pairs(node: Mapping) -> tuple[tuple[str, str], ...]:
    return tuple((k, v.text) for k, v in node.entries.items() if isinstance(v, Scalar))


def _default(row: Table) -> Any:
    node = row.get("defecto")
    if isinstance(node, Sequence):
        return list(row.texts("defecto"))
    return row.optional("defecto") if node is not None else None


def _limit(row: Table, key: str, kind: FieldType) -> Any:
    """A limit in the field's own terms: an amount, a count, a length, or a date as ISO text."""
    word = row.text(key)
    if not word:
        return None
    try:
        if kind in _AMOUNTS:
            return _amount(word)
        if kind in _COUNTS:
            return int(word)
        if kind == "date":
            return word if word == "hoy" else datetime.date.fromisoformat(word).isoformat()
        if kind == "time":
            return datetime.time.fromisoformat(word).strftime("%H:%M")
    except (ValueError, InvalidOperation):
        row.wrong(key, "un límite del mismo tipo que el campo")
        return None
    _unfit(row, key, "número, texto, fecha, hora o tabla")
    return None


def _amount(word: str) -> Decimal:
    amount = Decimal(word.replace(",", ""))
    if not amount.is_finite() or abs(amount.adjusted()) > 18:
        raise ValueError(word)
    return amount
