"""A format as a table of Word: the label at the left, room to fill it in at the right."""

from __future__ import annotations

from typing import Any

from docx.shared import Cm, Pt, RGBColor

from turna.engine.book import Box, FormSheet

from .word_parts import fill, heading_row, label, set_widths

HEIGHTS = {"line": 0.8, "lines": 2.2, "place": 1.4}
"""Room to write by hand, in centimetres."""


def write_form(document: Any, sheet: FormSheet, primary: RGBColor) -> None:
    """The sections of `sheet`, its tables, its places to sign and its note."""
    page = document.sections[-1]
    width = int(page.page_width - page.left_margin - page.right_margin)
    if sheet.code:
        label(document.add_paragraph(), f"Clave del formato: {sheet.code}", 9)
    for title, help_text, boxes in sheet.sections:
        if title:
            label(document.add_paragraph(), title, 10.5, primary, bold=True)
        if help_text:
            label(document.add_paragraph(), help_text, 8.5)
        _pairs(document, [b for b in boxes if b.kind != "table"], width)
        for box in (b for b in boxes if b.kind == "table"):
            _rows(document, box, primary, width)
    if sheet.signatures:
        _places(document, sheet.signatures, width)
    if sheet.note:
        label(document.add_paragraph(), sheet.note, 8.5)


def _pairs(document: Any, boxes: list[Box], width: int) -> None:
    if not boxes:
        return
    table = document.add_table(rows=len(boxes), cols=2, style="Table Grid")
    for box, row in zip(boxes, table.rows, strict=True):
        fill(row.cells[0], (box.label + (" *" if box.required else ""), *([box.hint] if box.hint else [])), bold=False)
        fill(row.cells[1], _answer(box))
        if box.kind in HEIGHTS:
            row.height = Cm(HEIGHTS[box.kind])
    set_widths(table, (2.0, 3.4), width)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _answer(box: Box) -> tuple[str, ...]:
    if box.options:
        return tuple(f"{'☒' if marked else '☐'} {text}" for text, marked in box.options)
    if box.parts:
        return tuple(f"{name}: {text}" for name, text in box.parts)
    return (box.text,)


def _rows(document: Any, box: Box, primary: RGBColor, width: int) -> None:
    label(document.add_paragraph(), box.label + (" *" if box.required else ""), 9.5, bold=True)
    table = document.add_table(rows=len(box.rows) + 1, cols=len(box.heads), style="Table Grid")
    heading_row(table.rows[0], box.heads, primary)
    for texts, row in zip(box.rows, table.rows[1:], strict=True):
        for text, cell in zip(texts, row.cells, strict=True):
            fill(cell, (text,))
        row.height = Cm(0.7)
    set_widths(table, (1.0,) * len(box.heads), width)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _places(document: Any, signatures: tuple[str, ...], width: int) -> None:
    table = document.add_table(rows=1, cols=len(signatures), style="Table Grid")
    for text, cell in zip(signatures, table.rows[0].cells, strict=True):
        fill(cell, ("", "", "", text), centred=True)
    set_widths(table, (1.0,) * len(signatures), width)
