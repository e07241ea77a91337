"""Small things of Word that python-docx leaves to its XML: fields, repeated header rows, cell grounds and widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Pt, RGBColor

WHITE = RGBColor(0xFF, 0xFF, 0xFF)
SMALL = 9.3


def label(paragraph: Any, text: str, size: float, colour: RGBColor | None = None, bold: bool = False) -> None:
    """A run of text; `size` in points."""
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    if colour is not None:
        run.font.color.rgb = colour


def field(paragraph: Any, code: str) -> None:
    """A number that Word works out: of the page, of the pages."""
    run = paragraph.add_run()
    for part in (*_opening(code), _text("1"), _char("end")):
        run._r.append(part)
    run.font.size = Pt(8)


def spanning_field(first: Any, last: Any, code: str) -> None:
    """A field whose result are the paragraphs from `first` to `last`; Word brings it up to date when it opens."""
    opening = _opening(code)
    opening[0].set(qn("w:dirty"), "true")
    run = OxmlElement("w:r")
    for part in opening:
        run.append(part)
    at = 1 if first._p.pPr is not None else 0
    first._p.insert(at, run)
    last.add_run()._r.append(_char("end"))


def _opening(code: str) -> list[Any]:
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = code
    return [_char("begin"), instruction, _char("separate")]


def _text(words: str) -> Any:
    text = OxmlElement("w:t")
    text.text = words
    return text


def _char(kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    return mark


def fill(
    cell: Any, lines: Sequence[str], *, bold: bool = False, centred: bool = False, ground: RGBColor | None = None
) -> None:
    """The lines of a cell, one paragraph each. `ground`: its colour, under white letters."""
    for number, text in enumerate(lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        label(paragraph, text, SMALL, WHITE if ground is not None else None, bold)
    if ground is not None:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), str(ground))
        cell._tc.get_or_add_tcPr().append(shade)


def heading_row(row: Any, heads: Sequence[str], ground: RGBColor) -> None:
    """The row with the names of the columns, repeated on every page."""
    for cell, text in zip(row.cells, heads, strict=True):
        fill(cell, (text,), bold=True, centred=True, ground=ground)
    repeat_header(row)


def repeat_header(row: Any) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def set_widths(table: Any, widths: Sequence[float], whole: int) -> None:
    """Columns as parts of `whole` (EMU); rows stay whole over page breaks."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(int(whole * width / sum(widths)))
    shares = [Emu(int(whole * width / sum(widths))) for width in widths]
    for row in table._tbl.tr_lst:
        keep = OxmlElement("w:cantSplit")
        row.get_or_add_trPr().append(keep)
        at = 0
        for cell in row.tc_lst:
            cell.width = Emu(sum(shares[at : at + cell.grid_span]))
            at += cell.grid_span
