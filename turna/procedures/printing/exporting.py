"""From a manual, a procedure or a format in hand to a file, by the name of its kind. What commands and pages call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from turna.engine.book import Book, Change, Parts, book_of, form_sheet, leaflet_of
from turna.engine.definitions import FormatDef, Pack, Procedure
from turna.engine.filling.texts import Naming
from turna.web.typed import PARTS

from .markdown import book_markdown
from .page import book_html
from .pdf import book_pdf, form_pdf
from .word import book_docx

Writer = Callable[[Book, datetime], bytes]
WRITERS: Mapping[str, Writer] = {
    "pdf": book_pdf,
    "docx": book_docx,
    "html": lambda book, at: book_html(book).encode(),
    "md": lambda book, at: book_markdown(book).encode(),
}
TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}


def manual_file(pack: Pack, kind: str, at: datetime, edition: str = "", changes: Sequence[Change] = ()) -> bytes:
    """The whole manual as `kind` (a key of WRITERS). `edition` and `changes`: as `book_of` takes them.

    Raises: Refused("not_allowed"): it cannot be rendered.
    """
    return WRITERS[kind](book_of(pack, _parts(), edition, changes), at)


def procedure_file(pack: Pack, procedure: Procedure, kind: str, at: datetime, edition: str = "") -> bytes:
    """One procedure alone. Raises: Refused("not_allowed")."""
    return WRITERS[kind](leaflet_of(pack, procedure, _parts(), edition), at)


def format_file(
    pack: Pack,
    form: FormatDef,
    at: datetime,
    *,
    values: Mapping[str, Any] | None = None,
    naming: Naming | None = None,
    number: str = "",
    folio: str = "",
) -> bytes:
    """A format as PDF: blank, or with `values` as they are kept. Raises: Refused("not_allowed")."""
    sheet = form_sheet(form, _parts(), values, naming, number)
    return form_pdf(sheet, pack.institution, folio, at)


def _parts() -> Parts:
    return {kind: tuple((key, str(label)) for key, label in parts) for kind, parts in PARTS.items()}
