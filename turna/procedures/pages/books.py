"""A sheet (format) as a spreadsheet: downloaded with what is filled of it, uploaded with faults told by cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from turna.core.calendar import calendar_of, now
from turna.engine.definitions import FormatDef
from turna.engine.filling import fill, show_value
from turna.web.requests import Request

from ..definitions import Definition, definition_of
from ..export import XLSX, csv_file
from ..possible import may_do
from ..references import identified, listed
from ..spreadsheets import BadBook, Uploaded, read_book, write_book
from ..surroundings import surroundings
from .reading import task_or_404
from .sheets import Sheet, begun, draft_of, received, shown

INPUT = "hoja"
"""Name of the input that carries the spreadsheet, in the sheet's own form."""


# --- Down --------------------------------------------------------------------------------


@login_required
@require_GET
def task_book(request: Request, task_id: int) -> HttpResponse:
    """`/tareas/N/hoja.xlsx`"""
    return _book(request, *_of_task(request, task_id))


@login_required
@require_GET
def task_table(request: Request, task_id: int, field: str) -> HttpResponseBase:
    """`/tareas/N/tabla/FIELD.csv`: the rows of a table."""
    return _table(request, *_of_task(request, task_id), field)


def book_of_start(request: Request, definition: Definition) -> HttpResponse:
    return _book(request, *_of_start(request, definition))


def table_of_start(request: Request, definition: Definition, field: str) -> HttpResponseBase:
    return _table(request, *_of_start(request, definition), field)


def _of_task(request: Request, task_id: int) -> tuple[Definition, Sheet]:
    found = task_or_404(request, task_id)
    definition = definition_of(found.case.version_id)
    activity = definition.procedure.by_step.get(found.step)
    if activity is None or found.status != "open" or not may_do(found, request.standing):
        raise Http404
    return definition, begun(request, definition, activity.form, found.case, draft_of(request, f"task:{task_id}"))


def _of_start(request: Request, definition: Definition) -> tuple[Definition, Sheet]:
    draft = draft_of(request, f"start:{definition.procedure_id}")
    return definition, begun(request, definition, definition.procedure.start.form, None, draft)


def _kept(request: Request, definition: Definition, sheet: Sheet) -> tuple[FormatDef, dict[str, Any]]:
    """What is right of the sheet as it stands; it must be one that can be a spreadsheet. Raises: Http404."""
    if sheet.format is None:
        raise Http404
    typed, _wrong = identified(sheet.format, sheet.values, request.standing, definition.whose)
    around = surroundings(calendar_of(request.institution), now())
    return sheet.format, fill(sheet.format, typed, partial=True, around=around).values


def _book(request: Request, definition: Definition, sheet: Sheet) -> HttpResponse:
    form, values = _kept(request, definition, sheet)
    if not form.spreadsheet:
        raise Http404
    names, choices = listed(form, values, definition.institution_id)
    answer = HttpResponse(write_book(form, values, names, choices), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{form.key}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


def _table(request: Request, definition: Definition, sheet: Sheet, key: str) -> HttpResponseBase:
    form, values = _kept(request, definition, sheet)
    table = form.field(key)
    if table is None or table.type != "table":
        raise Http404
    names, _choices = listed(form, values, definition.institution_id)
    rows = [
        [show_value(c, row.get(c.key), form, lambda kind, of: names.get((kind, of), of)) for c in table.columns]
        for row in values.get(key, [])
    ]
    return csv_file(f"{form.key}-{key}", [c.label for c in table.columns], rows)


def addresses(form: FormatDef | None, name: str, *parts: Any) -> dict[str, Any]:
    """For the page: where the spreadsheet and its tables are downloaded. `name`: "task" or "start"."""
    if form is None or not form.spreadsheet:
        return {}
    tables = [(f.label, reverse(f"{name}_table", args=[*parts, f.key])) for f in form.fields if f.type == "table"]
    return {"address": reverse(f"{name}_book", args=parts), "tables": tables}


# --- Up ------------------------------------------------------------------------------------


def uploaded(request: Request, definition: Definition, form: FormatDef | None) -> Sheet:
    """The sheet with what the spreadsheet says over what was typed on the page; every fault by its cell."""
    got = received(request, definition, form)
    if form is None or not form.spreadsheet:
        raise Http404
    file = request.FILES.get(INPUT)
    if file is None:
        return shown(request, definition, form, got.typed, got.wrong, (_("Elija primero la hoja de cálculo."),))
    try:
        found = read_book(form, cast(BinaryIO, file.file), file.size or 0)
    except BadBook as bad:
        return shown(request, definition, form, got.typed, got.wrong, (str(bad),))
    typed = _merged(got.typed, found.typed)
    errors = _by_cell(found, _errors(request, definition, form, typed))
    sheet = shown(request, definition, form, typed, {**errors, **got.wrong}, tuple(found.faults))
    return sheet if errors or found.faults else _told(sheet, found)


def _merged(typed: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """A signature that was drawn on the page stays when the spreadsheet names the same person."""
    merged = {**typed, **found}
    for key, value in typed.items():
        if isinstance(value, Mapping) and value.get("archivo") and found.get(key) in ("", value.get("nombre")):
            merged[key] = value
    return merged


def _errors(request: Request, definition: Definition, form: FormatDef, typed: Mapping[str, Any]) -> dict[str, str]:
    named, wrong = identified(form, typed, request.standing, definition.whose)
    filled = fill(form, named, around=surroundings(calendar_of(request.institution), now()))
    hidden = filled.hidden
    in_sight = {p: t for p, t in wrong.items() if p not in hidden and p.split(".")[0] not in hidden}
    return {**filled.errors, **in_sight}


def _by_cell(found: Uploaded, errors: Mapping[str, str]) -> dict[str, str]:
    """The errors of what is filled in the spreadsheet, each with its cell; what is only on the page is told later."""
    told = {path: f"{found.cells[path]}: {text}" for path, text in errors.items() if path in found.cells}
    return told | {path: text for path, text in errors.items() if path == ""}


def _told(sheet: Sheet, found: Uploaded) -> Sheet:
    cells = sum(1 for value in found.typed.values() if value not in ("", [], {}))
    words = ngettext("Se leyó %(n)d dato de la hoja.", "Se leyeron %(n)d datos de la hoja.", cells) % {"n": cells}
    text = f"{words} {_('Revíselos y termine en esta página.')}"
    return Sheet(sheet.format, sheet.values, sheet.errors, sheet.others, sheet.beside, text)
