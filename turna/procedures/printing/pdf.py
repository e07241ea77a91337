"""The manual and its formats as PDF/A-2a and PDF/UA-1, by Typst, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from turna.core.documents import drawing_size, render
from turna.engine.book import Block, Book, FormSheet, Picture, Section, colours_of
from turna.engine.definitions import InstitutionDef

SHEETS = Path(__file__).parent / "typst"


def book_pdf(book: Book, at: datetime) -> bytes:
    """The whole book. The same book and moment give the same bytes. Raises: Refused("not_allowed")."""
    files = {f"dibujos/{p.key}.svg": p.svg.encode() for p in _pictures(book)}
    return render("manual.typ", {**_sources(), **files}, json.dumps(_told(book), ensure_ascii=False), at=at)


def form_pdf(sheet: FormSheet, institution: InstitutionDef, folio: str, at: datetime) -> bytes:
    """One format alone, blank or filled, under the institution's letterhead. `folio`: the case in which it was filled.
    Its `nota` is left out: it tells readers of the manual what the printed one lacks, not who fills the sheet.

    Raises: Refused("not_allowed").
    """
    data = {
        "institution": institution.name,
        "unit": institution.contact.get("dependencia", ""),
        "colours": colours_of(institution.theme),
        "sheet": {**asdict(sheet), "note": ""},
        "folio": folio,
    }
    return render("formato.typ", _sources(), json.dumps(data, ensure_ascii=False), at=at)


@cache
def _sources() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(SHEETS.glob("*.typ"))}


def _pictures(book: Book) -> Iterator[Picture]:
    for section in book.walk():
        yield from (b for b in section.blocks if isinstance(b, Picture))


def _told(book: Book) -> dict[str, Any]:
    names = ("title", "institution", "unit", "edition", "colours", "contact", "cover")
    return {**{name: getattr(book, name) for name in names}, "sections": [_section(s) for s in book.sections]}


def _section(section: Section) -> dict[str, Any]:
    return {
        "level": section.level,
        "anchor": section.anchor,
        "title": section.title,
        "code": section.code,
        "breaks": section.breaks,
        "blocks": [_block(b) for b in section.blocks],
        "parts": [_section(part) for part in section.parts],
    }


def _block(block: Block) -> dict[str, Any]:
    told = {"kind": type(block).__name__, **asdict(block)}
    if isinstance(block, Picture):
        del told["svg"]  # the drawing travels as a file
        told["size"] = drawing_size(block.svg)
    return told
