"""A format and what is filled of it as an XLSX file: instructions, a tab per section, lists to choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from turna.engine.definitions import FieldDef, FormatDef

from .cells import NO, YES, escaped, option_text, piece_of, to_cell
from .layout import GUIDE, LISTS, MARK, MOST_ROWS, Line, Tab, tabs_of

Names = Mapping[tuple[str, str], str]
Choices = Mapping[str, Sequence[str]]
"""Field type to what may be chosen: names of units, of positions."""

_BOLD, _BIG, _SOFT = Font(bold=True), Font(bold=True, size=14), Font(italic=True, color="555555")
_FILL, _HEAD = PatternFill("solid", fgColor="FFF8E1"), PatternFill("solid", fgColor="E8EAED")
_WRAP = Alignment(wrap_text=True, vertical="top")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WIDTHS = {"long_text": 60, "text": 32, "address": 24, "several": 32}


def write_book(form: FormatDef, values: Mapping[str, Any], names: Names, choices: Choices) -> bytes:
    """The file. `values`: kept ones; `names` say what ids stand for; `choices` are offered as lists."""
    book = Workbook()
    tabs = tabs_of(form)
    guide = book.active
    guide.title = GUIDE
    lists = _Lists(book.create_sheet(LISTS), choices)
    for tab in tabs:
        _write_tab(book.create_sheet(tab.title), tab, values, names, lists)
    _write_guide(guide, form, tabs)
    book.move_sheet(lists.sheet, len(tabs))
    lists.sheet.sheet_state = "hidden"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


class _Lists:
    """The hidden tab that holds what may be chosen, a column per list."""

    def __init__(self, sheet: Any, choices: Choices) -> None:
        self.sheet, self.choices = sheet, choices
        self.ranges: dict[tuple[str, ...], str] = {}

    def validation(self, field: FieldDef) -> DataValidation | None:
        """A list for a field that is chosen; None for one that is written, or of which several may be chosen."""
        texts = self._texts(field)
        if not texts:
            return None
        if texts not in self.ranges:
            column = get_column_letter(len(self.ranges) + 1)
            for number, text in enumerate(texts, 1):
                _put(self.sheet[f"{column}{number}"], text)
            self.ranges[texts] = f"{quote_sheetname(LISTS)}!${column}$1:${column}${len(texts)}"
        rule = DataValidation("list", formula1=self.ranges[texts], allow_blank=True)
        rule.errorTitle, rule.error = _("Elija de la lista"), _("Elija una de las opciones de la lista.")
        rule.showErrorMessage = True
        return rule

    def _texts(self, field: FieldDef) -> tuple[str, ...]:
        if field.type == "yes_no":
            return YES, NO
        if field.type == "choice":
            return tuple(option_text(field, value) for value, _label in field.options)
        return tuple(self.choices.get(field.type, ()))


def _write_guide(sheet: Any, form: FormatDef, tabs: list[Tab]) -> None:
    texts = [
        _("Llene cada pestaña y guarde el archivo como hoja de cálculo de Excel (.xlsx)."),
        _("Después súbalo en la misma página de donde lo descargó. Lo que falte o esté mal se dirá por celda."),
        _("Escriba solo en las celdas de color. No cambie los encabezados. Puede agregar renglones a las tablas."),
        _("Un asterisco (*) señala lo obligatorio. Las fechas se escriben como 2026-11-20 o 20/11/2026."),
        _("Donde caben varias opciones, escriba una por línea o sepárelas con punto y coma."),
        _("Los archivos, los trazos y los cálculos no van aquí: se completan en la página."),
    ]
    heading = [form.name, *([form.code] if form.code else [])]
    contents = [_("Pestañas:"), *(f"• {tab.title}" + (f". {tab.help}" if tab.help else "") for tab in tabs)]
    _put(sheet["A1"], f"{MARK}{form.key}")
    for row, text in enumerate([*heading, "", *texts, "", *contents, *([form.note] if form.note else [])], 1):
        _put(sheet[f"B{row}"], text, _BIG if row == 1 else None)
    sheet.column_dimensions["A"].hidden = True
    sheet.column_dimensions["B"].width = 100


def _write_tab(sheet: Any, tab: Tab, values: Mapping[str, Any], names: Names, lists: _Lists) -> None:
    sheet.column_dimensions["A"].hidden = True
    for letter, width in (("B", 36), ("C", 48), ("D", 60)):
        sheet.column_dimensions[letter].width = width
    _put(sheet["B1"], tab.title, _BIG)
    _put(sheet["B2"], tab.help, _SOFT)
    row = 4
    for line in tab.lines:
        kept = values.get(line.field.key)
        _put(sheet.cell(row, 1), line.key)
        _put(sheet.cell(row, 2), _label(line), _BOLD)
        _fill(sheet.cell(row, 3), line, kept, names)
        _put(sheet.cell(row, 4), _hint(line), _SOFT)
        _validate(sheet, line, f"C{row}", lists)
        row += 1
    if tab.table is not None:
        _write_table(sheet, tab, tab.table, row + 1 if tab.lines else row, values, names, lists)


def _write_table(
    sheet: Any, tab: Tab, table: FieldDef, top: int, values: Mapping[str, Any], names: Names, lists: _Lists
) -> None:
    """The table's title, its row of keys (hidden), its headings with help, and its rows."""
    _put(sheet.cell(top, 2), table.label + (" *" if table.required else ""), _BOLD)
    if table.help:
        _put(sheet.cell(top, 3), table.help, _SOFT)
    keys, heads, first = top + 1, top + 2, top + 3
    _put(sheet.cell(keys, 1), f"{MARK}tabla:{table.key}")
    sheet.row_dimensions[keys].hidden = True
    rows = values.get(table.key) or []
    for at, line in enumerate(tab.columns, 2):
        letter = get_column_letter(at)
        _put(sheet.cell(keys, at), line.key)
        head = sheet.cell(heads, at)
        hint = _hint(line)
        _put(head, _label(line) + (f"\n{hint}" if hint else ""), _BOLD)
        head.fill, head.alignment = _HEAD, _WRAP
        wide = _WIDTHS.get(line.field.type, 18)
        sheet.column_dimensions[letter].width = max(wide, sheet.column_dimensions[letter].width if tab.lines else wide)
        _validate(sheet, line, f"{letter}{first}:{letter}{first + MOST_ROWS - 1}", lists)
        for number in range(max(len(rows) + 5, 20)):
            kept = rows[number].get(line.field.key) if number < len(rows) else None
            _fill(sheet.cell(first + number, at), line, kept, names)
    if not tab.lines:
        sheet.freeze_panes = sheet.cell(first, 2)


def _validate(sheet: Any, line: Line, cells: str, lists: _Lists) -> None:
    rule = lists.validation(line.field)
    if rule is not None:
        rule.add(cells)
        sheet.add_data_validation(rule)


def _fill(cell: Any, line: Line, kept: Any, names: Names) -> None:
    value, how = to_cell(line, piece_of(line, kept), names)
    _put(cell, value)
    cell.number_format, cell.fill, cell.alignment = how, _FILL, _WRAP
    cell.protection = Protection(locked=False)


def _put(cell: Any, value: Any, font: Font | None = None) -> None:
    """A text stays a text, whatever it begins with."""
    if isinstance(value, str):
        value = escaped(_CONTROL.sub("", value))
    cell.value = value or None if isinstance(value, str) else value
    if isinstance(value, str) and value:
        cell.data_type = "s"
        cell.alignment = _WRAP
    if font is not None:
        cell.font = font


def _label(line: Line) -> str:
    return line.label + (" *" if line.field.required else "")


def _hint(line: Line) -> str:
    """The field's help, and the options where several may be chosen."""
    options = [option_text(line.field, value) for value, _label in line.field.options]
    several = _("Opciones: %s.") % "; ".join(options) if line.field.type == "several" else ""
    return " ".join(text for text in (line.field.help, several) if text)
