"""An uploaded XLSX file to what was typed, and in which cell. A file that is none, too large or dangerous is refused
whole; everything else is read as far as it can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from turna.core.file_types import detect
from turna.engine.definitions import FormatDef

from .cells import from_cell
from .layout import GUIDE, MARK, MOST_ROWS, Line, Tab, tabs_of

MAX_MB = 5
MAX_EXPANDED = 60 * 1024 * 1024
MAX_PARTS = 500
FIRST_COLUMNS, MOST_LINES = 80, 2_000
_CHUNK = 256 * 1024
_DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))


class BadBook(ValueError):
    """The file is not taken; the text says why, in Spanish."""


@dataclass
class Uploaded:
    """What a spreadsheet says. `cells`: path ("tabla.0.columna") to its cell ("Dataset!C7"); `faults`: what could not
    be read of cells or tabs."""

    typed: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_book(form: FormatDef, file: BinaryIO, size: int) -> Uploaded:
    """What the file says of the format. `size` in bytes. Raises: BadBook."""
    _refuse_dangerous(file, size)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # noqa: BLE001 - whatever the library stumbles over, the file is not a workbook
        raise BadBook(_("No se puede abrir la hoja de cálculo. Guárdela otra vez como .xlsx.")) from error
    try:
        return _read(form, book)
    except BadBook:
        raise
    except Exception as error:  # noqa: BLE001 - tabs are parsed while they are read
        raise BadBook(_("La hoja de cálculo está dañada. Guárdela otra vez como .xlsx.")) from error
    finally:
        book.close()


def _read(form: FormatDef, book: Any) -> Uploaded:
    found = Uploaded()
    key = _key_of(book)
    if key != form.key:
        raise BadBook(_("Esta hoja no es la de «%(name)s». Descárguela en esta página.") % {"name": form.name})
    for tab in tabs_of(form):
        if tab.title in book.sheetnames:
            _read_tab(tab, book[tab.title], found)
        else:
            found.faults.append(_("Falta la pestaña «%(tab)s».") % {"tab": tab.title})
    return found


def _key_of(book: Any) -> str:
    if GUIDE not in book.sheetnames:
        return ""
    first = next(_rows(book[GUIDE]), [])
    text = str(first[0].value or "") if first else ""
    return text.removeprefix(MARK) if text.startswith(MARK) else ""


# --- Safety ----------------------------------------------------------------------------


def _refuse_dangerous(file: BinaryIO, size: int) -> None:
    """Size, kind, macros, what it swells to, and XML that defines entities. Nothing is kept of what is expanded."""
    if size > MAX_MB * 1024 * 1024:
        raise BadBook(_("La hoja es demasiado grande: se admiten hasta %(mb)d MB.") % {"mb": MAX_MB})
    found = detect(file)
    if found.has_macros:
        raise BadBook(_("La hoja contiene macros. Guárdela sin macros (.xlsx)."))
    if not any(kind.endswith("spreadsheetml.sheet") for kind in found.kinds):
        raise BadBook(_("El archivo no es una hoja de cálculo .xlsx."))
    try:
        with ZipFile(file) as archive:
            _refuse_swollen(archive)
    except (BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, BadBook):
            raise
        raise BadBook(_("El archivo está dañado.")) from error
    finally:
        file.seek(0)


def _refuse_swollen(archive: ZipFile) -> None:
    """Counts the bytes that really come out, whatever the directory promises."""
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise BadBook(_("La hoja tiene demasiadas partes."))
    expanded = 0
    for entry in entries:
        with archive.open(entry) as part:
            tail = b""
            while chunk := part.read(_CHUNK):
                expanded += len(chunk)
                if expanded > MAX_EXPANDED:
                    raise BadBook(_("La hoja ocupa demasiado al abrirse."))
                if any(mark in tail + chunk for mark in _DOCTYPES):
                    raise BadBook(_("La hoja trae definiciones que no se admiten. Guárdela otra vez como .xlsx."))
                tail = chunk[-32:]


# --- Cells -----------------------------------------------------------------------------


def _rows(sheet: Any) -> Iterator[list[Any]]:
    sheet.reset_dimensions()
    yield from (list(row) for row in sheet.iter_rows(max_row=MOST_LINES, max_col=FIRST_COLUMNS))


def _read_tab(tab: Tab, sheet: Any, found: Uploaded) -> None:
    """The lines by their keys in column A; below the table's mark its headings and its rows, until the tab ends."""
    lines = {line.key: line for line in tab.lines}
    columns: list[tuple[int, Line]] = []
    below: list[tuple[int, list[Any]]] = []
    mark = f"{MARK}tabla:{tab.table.key}" if tab.table else ""
    for number, row in enumerate(_rows(sheet), 1):
        key = str(row[0].value or "") if row else ""
        if mark and key == mark:
            columns = _columns(tab, row)
        elif columns:
            below.append((number, row))
        elif key in lines:
            _take(lines.pop(key), row[2] if len(row) > 2 else None, found.typed, "", f"{tab.title}!C{number}", found)
    _tell_missing(tab, lines, columns, found)
    if tab.table is not None and columns:
        filled = [(number, row) for number, row in below[1:] if _has_something(columns, row)]  # the first has headings
        found.typed[tab.table.key] = _take_rows(tab.title, tab.table.key, columns, filled, found)


def _columns(tab: Tab, row: list[Any]) -> list[tuple[int, Line]]:
    known = {line.key: line for line in tab.columns}
    return [(at, known[key]) for at, cell in enumerate(row) if (key := str(cell.value or "")) in known and at]


def _has_something(columns: list[tuple[int, Line]], row: list[Any]) -> bool:
    return any(at < len(row) and row[at].value not in (None, "") for at, _line in columns)


def _take_rows(
    title: str, key: str, columns: list[tuple[int, Line]], filled: list[tuple[int, list[Any]]], found: Uploaded
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, row in filled[:MOST_ROWS]:
        values: dict[str, Any] = {}
        found.cells.setdefault(key, f"{title}!B{number}")
        for at, line in columns:
            place = f"{title}!{get_column_letter(at + 1)}{number}"
            _take(line, row[at] if at < len(row) else None, values, f"{key}.{len(rows)}.", place, found)
        rows.append(values)
    if len(filled) > MOST_ROWS:
        told = _("%(cell)s: hay más de %(most)d renglones; desde aquí no se leyeron.")
        found.faults.append(told % {"cell": f"{title}!B{filled[MOST_ROWS][0]}", "most": MOST_ROWS})
    return rows


def _take(line: Line, cell: Any, into: dict[str, Any], path: str, place: str, found: Uploaded) -> None:
    """Puts what stands in the cell where a form would have put it."""
    key = line.field.key
    found.cells.setdefault(f"{path}{key}", place)
    if getattr(cell, "data_type", "") == "e":
        found.faults.append(_("%(cell)s: la fórmula da un error.") % {"cell": place})
        return
    value = from_cell(line, getattr(cell, "value", None))
    if not line.part:
        into[key] = value if value is not None else ""
    elif value is not None:
        into.setdefault(key, {})[line.part] = value
    else:
        into.setdefault(key, {})


def _tell_missing(tab: Tab, lines: dict[str, Line], columns: list[tuple[int, Line]], found: Uploaded) -> None:
    told = _("%(tab)s: falta «%(label)s»; descargue la hoja de nuevo si cambió sus renglones.")
    for line in lines.values():
        found.faults.append(told % {"tab": tab.title, "label": line.label})
    if tab.table is None:
        return
    there = {line.key for _at, line in columns}
    for line in tab.columns:
        if line.key not in there:
            found.faults.append(told % {"tab": tab.title, "label": line.label})
