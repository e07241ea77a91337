"""Filling a format: what a person typed to kept values, or to what must be mended.

Pure: no clock (`hoy` comes in `around`), no tables, no files. Kept values are JSON-ready and stable: filling with what
was kept gives the same again. Types one by one are in `values`, reading back in `texts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..definitions import CheckDef, FieldDef, FormatDef
from ..expressions import (
    MAX_ELEMENTS,
    TODAY,
    BadExpression,
    Unknown,
    compile_expression,
    condition,
    identifier,
    names_read,
    value,
)  # fmt: skip
from .texts import Naming, date_text, is_money, money_text, show, show_value, subject
from .values import CENTS, Refused, empty, number_of, plain_number, read_value

__all__ = [
    "Filled", "Naming", "case_data", "data_of", "date_text", "fill", "money_text", "prefill", "show", "show_value",
    "subject", "visible_fields",
]  # fmt: skip
_NUMBERS = ("integer", "decimal", "money", "computed")


@dataclass(frozen=True)
class Filled:
    """The outcome of filling. `errors` and `warnings`: path ("importe", "partidas.0.importe") to Spanish text.

    `values` holds only what is right and visible; a field with an error is not in it. An error of the whole sheet
    stands under "". `hidden`: paths of the fields whose condition does not hold. `computed`: what was worked out, by
    path, also in rows.
    """

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    computed: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors


def fill(
    format: FormatDef, typed: Mapping[str, Any], *, partial: bool = False, around: Mapping[str, Any] | None = None
) -> Filled:
    """What may be kept of `typed`, and what must be mended.

    `partial` (a draft): nothing is required. `around`: other data that conditions may ask, such as `hoy`
    (ISO text) and those of `case_data`. Keys that the format does not know are dropped. Never raises.
    """
    sheet = _Sheet(format, partial, dict(around or {}))
    values = sheet.fill(format.fields, typed, "", {})
    ordered = {f.key: values[f.key] for f in format.fields if f.key in values}
    if not partial:
        sheet.judge(ordered)
    return Filled(ordered, sheet.errors, sheet.warnings, frozenset(sheet.hidden), sheet.results)


def visible_fields(
    format: FormatDef, values: Mapping[str, Any], around: Mapping[str, Any] | None = None
) -> tuple[FieldDef, ...]:
    """The fields that `values` show."""
    data = {**(around or {}), **data_of(format, values)}
    return tuple(f for f in format.fields if f.show_if is None or condition(f.show_if, data))


# --- Data for expressions ------------------------------------------------------------


def data_of(format: FormatDef, values: Mapping[str, Any]) -> dict[str, Any]:
    """Kept values as expressions take them: amounts and numbers as Decimal."""
    return {f.key: _datum(f, values[f.key]) for f in format.fields if f.key in values}


def case_data(
    formats: Mapping[str, FormatDef], filled: Mapping[str, Mapping[str, Any]], **around: Any
) -> dict[str, Any]:
    """What expressions of a procedure read: every filled format by its name, and `around` (`caso`, `hoy`…)."""
    data = {identifier(key): data_of(formats[key], values) for key, values in filled.items() if key in formats}
    return {**data, **around}


def _datum(field: FieldDef, kept: Any) -> Any:
    if field.type in _NUMBERS and not isinstance(kept, bool):
        number = number_of(kept)
        return kept if number is None else number
    if field.type == "table" and isinstance(kept, list):
        return [{c.key: _datum(c, row[c.key]) for c in field.columns if c.key in row} for row in kept]
    return kept


# --- Filling -------------------------------------------------------------------------


class _Sheet:
    """One filling: gathers errors and warnings while the fields are gone through."""

    def __init__(self, format: FormatDef, partial: bool, around: dict[str, Any]) -> None:
        self.format, self.partial, self.around = format, partial, around
        self.errors: dict[str, str] = {}
        self.warnings: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.results: dict[str, Any] = {}

    def fill(
        self, fields: tuple[FieldDef, ...], typed: Mapping[str, Any], path: str, outer: dict[str, Any]
    ) -> dict[str, Any]:
        """The kept values of `fields`; `outer` are the data around a row."""
        values: dict[str, Any] = {}
        data = {**self.around, **outer}
        for f in fields:
            data.pop(f.key, None)
        for f in _in_order(fields):
            if f.show_if is not None and not condition(f.show_if, data):
                self.hidden.add(path + f.key)
                continue
            kept = self.field(f, typed.get(f.key), path + f.key, data, fields)
            if kept is not None:
                values[f.key] = kept
                data[f.key] = _datum(f, kept)
        return {f.key: values[f.key] for f in fields if f.key in values}

    def field(
        self, field: FieldDef, typed: Any, path: str, data: dict[str, Any], siblings: tuple[FieldDef, ...]
    ) -> Any:
        """The kept value, or None and perhaps an error."""
        if field.type == "computed":
            self.results[path] = self.computed(field, data, siblings)
            return self.results[path]
        if field.type == "table":
            return self.table(field, typed, path, data)
        if empty(typed):
            self.require(field, path)
            return None

        def warn(text: str) -> None:
            self.warnings[path] = text

        try:
            return read_value(field, typed, self.around.get(TODAY), warn)
        except Refused as refused:
            self.errors[path] = str(refused)
            return None

    def require(self, field: FieldDef, path: str) -> None:
        if field.required and not self.partial:
            self.errors[path] = "Falta este dato."

    def computed(self, field: FieldDef, data: dict[str, Any], siblings: tuple[FieldDef, ...]) -> Any:
        """Worked out from what there is; an empty number counts as zero, an empty table as no rows."""
        blanks: dict[str, Any] = {f.key: Decimal(0) for f in siblings if f.type in _NUMBERS}
        blanks |= {f.key: [] for f in siblings if f.type == "table"}
        result = value(field.computed or "", {**blanks, **data})
        if not isinstance(result, Decimal):
            return result
        if is_money(field, self.format):
            return str(result.quantize(CENTS, ROUND_HALF_UP) + 0)
        return plain_number(result.quantize(Decimal("0.000001"), ROUND_HALF_UP))

    def table(self, field: FieldDef, typed: Any, path: str, data: dict[str, Any]) -> list[dict[str, Any]] | None:
        rows = _rows(typed)
        if rows is None or len(rows) > MAX_ELEMENTS:
            self.errors[path] = f"Escriba a lo más {MAX_ELEMENTS} renglones." if rows else "Escriba los renglones."
            return None
        told = len(self.errors)
        read = (self.row(field, row, f"{path}.{at}.", data) for at, row in enumerate(rows))
        kept = [row for row in read if row]
        if not kept:
            if len(self.errors) == told:
                self.require(field, path)
            return None
        self.count(field, len(kept), path)
        return kept

    def row(self, field: FieldDef, typed: Mapping[str, Any], path: str, data: dict[str, Any]) -> dict[str, Any]:
        """The kept values of one row; of a row in which nothing was typed only what it hides is noted."""
        if _typed(field, typed):
            return self.fill(field.columns, typed, path, data)
        blank = _Sheet(self.format, True, self.around)
        blank.fill(field.columns, {}, path, data)
        self.hidden |= blank.hidden
        return {}

    def judge(self, values: dict[str, Any]) -> None:
        """The rules between fields; one is not judged while anything it reads is missing."""
        data = {**self.around, **data_of(self.format, values)}
        for check in self.format.checks:
            if not _broken(check, data):
                continue
            path = check.field or ""
            told = self.errors.get(path)
            if not (told and path):
                self.errors[path] = f"{told} {check.message}" if told else check.message

    def count(self, field: FieldDef, count: int, path: str) -> None:
        if field.minimum is not None and count < field.minimum and not self.partial:
            self.errors[path] = f"Escriba al menos {field.minimum} renglones."
        if field.maximum is not None and count > field.maximum:
            self.errors[path] = f"Escriba a lo más {field.maximum} renglones."


def _broken(check: CheckDef, data: Mapping[str, Any]) -> bool:
    """Whether the rule can be judged and does not hold."""
    try:
        rule = compile_expression(check.condition)
        return all(path[0] in data for path in rule.paths) and rule.run(data) is False
    except (BadExpression, Unknown):
        return False


def _typed(field: FieldDef, row: Mapping[str, Any]) -> bool:
    """Whether anything was typed in a row, besides what is worked out."""
    return not all(empty(row.get(c.key)) for c in field.columns if c.type != "computed")


def _rows(typed: Any) -> list[Mapping[str, Any]] | None:
    if empty(typed):
        return []
    if isinstance(typed, Mapping):
        typed = list(typed.values())
    if not isinstance(typed, list | tuple) or not all(isinstance(row, Mapping) for row in typed):
        return None
    return list(typed)


def _in_order(fields: tuple[FieldDef, ...]) -> Iterable[FieldDef]:
    """Each field after those that its condition and its calculation read; as printed when they go in circles."""
    if not any(f.show_if or f.computed for f in fields):
        return fields
    known = {f.key: f for f in fields}
    graph = {f.key: [key for key in names_read(f.show_if, f.computed) if key in known] for f in fields}
    try:
        return [known[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError:
        return fields


# --- Beginning ------------------------------------------------------------------------


def prefill(format: FormatDef, sources: Mapping[str, Any]) -> dict[str, Any]:
    """What a fresh sheet begins with: `precarga` from `sources`, else `defecto`; what does not fit is left out.

    `sources`: `persona`, `caso`, `solicitante`, `hoy`, and the values of other formats by their keys.
    """
    begun: dict[str, Any] = {}
    for f in format.fields:
        for offered in (_found(f.prefill, sources), _default(f, sources)):
            kept = None if empty(offered) else _fitting(format, f, offered, sources)
            if kept is not None:
                begun[f.key] = kept
                break
    return begun


def _default(field: FieldDef, sources: Mapping[str, Any]) -> Any:
    return sources.get(TODAY) if field.default == TODAY else field.default


def _fitting(format: FormatDef, field: FieldDef, offered: Any, sources: Mapping[str, Any]) -> Any:
    """What of `offered` fits; of a table the rows that do."""
    if field.type == "computed":
        return None
    if field.type == "table":
        rows = (_fits(format, field, [row], sources) for row in _rows(offered) or [])
        return [row for kept in rows if kept for row in kept][: field.maximum] or None
    return _fits(format, field, offered, sources)


def _fits(format: FormatDef, field: FieldDef, offered: Any, sources: Mapping[str, Any]) -> Any:
    sheet = _Sheet(format, True, {TODAY: sources.get(TODAY)})
    kept = sheet.field(field, offered, field.key, {}, format.fields)
    return None if sheet.errors else kept


def _found(path: str | None, sources: Mapping[str, Any]) -> Any:
    """What stands at `factura.proveedor`, formats by either spelling of their key."""
    if path is None:
        return None
    root, *rest = path.split(".")
    at: Any = sources.get(root)
    if at is None:
        at = next((v for k, v in sources.items() if identifier(k) == identifier(root)), None)
    for part in rest:
        at = at.get(part) if isinstance(at, Mapping) else None
    return at
