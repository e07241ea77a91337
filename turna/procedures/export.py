"""Lists as CSV and XLSX files, written while they are read, safe to open in a spreadsheet.

Only the shape of files. Which rows there are is the caller's business, and the caller gives only rows that the
reader may see.
"""

from __future__ import annotations

import codecs
import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import IO, Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

Cell = str | int | float | datetime | None
Row = Sequence[Cell]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_576
# A spreadsheet takes a text that begins so for a formula, and runs it (OWASP, CSV injection).
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def harmless(value: Cell) -> str:
    """The cell as text that no spreadsheet takes for a formula: an apostrophe goes before what looks like one."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = CONTROL.sub("", str(value))
    if isinstance(value, str) and text.lstrip(" ").startswith(DANGEROUS):
        return f"'{text}"
    return text


def csv_file(name: str, header: Row, rows: Iterable[Row]) -> HttpResponseBase:
    """A download in UTF-8 with its mark, so that spreadsheets read the accents; rows leave as they come."""
    response = StreamingHttpResponse(_csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def xlsx_file(name: str, header: Row, rows: Iterable[Row]) -> HttpResponseBase:
    """A download; the sheet is written to a temporary file row by row, never whole in memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    _write_sheet(file, header, rows)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    response["Cache-Control"] = "no-store"
    return response


class _Echo:
    """What csv.writer writes to: hands every line straight on."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(header: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    writer = csv.writer(_Echo())
    yield codecs.BOM_UTF8
    for row in chain([header], rows):
        yield writer.writerow([harmless(cell) for cell in row]).encode()


def _write_sheet(file: IO[bytes], header: Row, rows: Iterable[Row]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Turna")
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, value) for value in header])
    for number, row in enumerate(rows, start=2):
        if number > SHEET_ROWS:
            break
        sheet.append([_cell(sheet, value) for value in row])
    book.save(file)


def _cell(sheet: Any, value: Cell) -> WriteOnlyCell:
    """A text stays a text, whatever it begins with; moments become dates of the sheet, without a zone."""
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value.replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    cell = WriteOnlyCell(sheet, CONTROL.sub("", value)[:32_767] if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
