"""The manual as a Word document: real headings, an index field, real tables, drawings with their words.

Word draws no SVG that every version reads: drawings travel as PNG, made by Typst in this process.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor

from turna.core.documents import drawing_size, picture_png
from turna.engine.book import Approvals, Block, Book, Facts, Form, Items, Picture, Section, Table, Text

from .word_forms import write_form
from .word_parts import field, fill, heading_row, label, repeat_header, set_widths, spanning_field

PAPER = (Cm(21.59), Cm(27.94))
MARGIN = Cm(1.9)
FONT = "Georgia"
SHARPNESS = 150  # dots per inch of the drawings


def book_docx(book: Book, at: datetime) -> bytes:
    """The document. `at` is what its properties say, so that the same book gives the same text."""
    writer = _Writer(book)
    writer.properties(at)
    if book.cover:
        writer.cover()
    for section in book.sections:
        writer.section(section)
    out = BytesIO()
    writer.document.save(out)
    return out.getvalue()


class _Writer:
    """One document being written, from top to bottom."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.primary = RGBColor.from_string(book.colours[0].lstrip("#").upper())
        self.document: Any = Document()
        self.is_turned = self.is_fresh = False  # the paper lies across; a page has just begun
        self._page()
        self._styles()
        self._running()

    # --- The frame ---

    def properties(self, at: datetime) -> None:
        core = self.document.core_properties
        core.title, core.author, core.language = self.book.title, self.book.institution, "es-MX"
        core.created = core.modified = at.replace(tzinfo=None)
        core.comments = ""

    def _page(self) -> None:
        page = self.document.sections[0]
        page.page_width, page.page_height = PAPER
        page.left_margin = page.right_margin = MARGIN
        page.top_margin, page.bottom_margin = Cm(2.7), Cm(2)

    def _styles(self) -> None:
        styles = self.document.styles
        normal = styles["Normal"]
        normal.font.name, normal.font.size = FONT, Pt(10.5)
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        lang = OxmlElement("w:lang")
        lang.set(qn("w:val"), "es-MX")
        normal.element.rPr.append(lang)
        sizes = {f"Heading {level}": size for level, size in enumerate((17, 13.5, 11.5, 10.5), 1)}
        for name, size in {**sizes, "Title": 27, "Caption": 8.5}.items():
            style = styles[name]
            style.font.name, style.font.size, style.font.bold = FONT, Pt(size), name != "Caption"
            style.font.color.rgb = RGBColor(0x55, 0x55, 0x55) if name == "Caption" else self.primary
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                style.element.rPr.get_or_add_rFonts().attrib.pop(qn(theme), None)
            style.paragraph_format.keep_with_next = name != "Caption"

    def _running(self) -> None:
        page = self.document.sections[0]
        page.different_first_page_header_footer = self.book.cover
        head = page.header.paragraphs[0]
        label(head, f"{self.book.institution} · {self.book.title}", 8, self.primary)
        foot = page.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        label(foot, f"{self.book.edition}    Página ", 8)
        field(foot, "PAGE")
        label(foot, " de ", 8)
        field(foot, "NUMPAGES")

    def cover(self) -> None:
        add = self.document.add_paragraph
        add().paragraph_format.space_before = Pt(150)
        label(add(), self.book.institution.upper(), 15, self.primary, bold=True)
        if self.book.unit:
            label(add(), self.book.unit, 12)
        title = add(style="Title")
        for border in title.style.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)
        title.add_run(self.book.title)
        label(add(), self.book.edition, 12)
        for line in self.book.contact:
            label(add(), line, 9)
        self.document.add_page_break()
        label(add(), "Índice", 17, self.primary, bold=True)
        entries = [(s.level, s.title) for s in self.book.walk() if s.level < 3]
        lines = [add() for _entry in entries]
        for line, (level, title) in zip(lines, entries, strict=True):
            line.paragraph_format.left_indent, line.paragraph_format.space_after = Cm(0.8 * (level - 1)), Pt(3)
            label(line, title, 10.5, bold=level == 1)
        spanning_field(lines[0], lines[-1], r'TOC \o "1-2" \h \z \u')
        self.document.add_page_break()

    # --- Sections ---

    def section(self, section: Section, glued: bool = False) -> None:
        """`glued`: the first part of a chapter without text stays with its title."""
        pictures = [b for b in section.blocks if isinstance(b, Picture)]
        self.turn(bool(pictures) and pictures[0].turned)
        heading = self.document.add_heading(section.title, level=min(section.level, 4))
        heading.paragraph_format.page_break_before = section.breaks and not glued and not self.is_fresh
        self.is_fresh = False
        for block in section.blocks:
            self.block(block)
        for number, part in enumerate(section.parts):
            self.section(part, glued=number == 0 and not section.blocks)

    def turn(self, turned: bool) -> None:
        """From here on upright or turned paper."""
        self.is_fresh = turned != self.is_turned
        if not self.is_fresh:
            return
        self.is_turned = turned
        page = self.document.add_section()
        page.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
        page.page_width, page.page_height = PAPER[::-1] if turned else PAPER
        page.different_first_page_header_footer = False

    def block(self, block: Block) -> None:
        if isinstance(block, Form):
            write_form(self.document, block.sheet, self.primary)
            return
        write: dict[type, Callable[[Any], None]] = {
            Text: self.text,
            Items: self.items,
            Facts: self.facts,
            Table: self.table,
            Picture: self.picture,
            Approvals: self.approvals,
        }
        write[type(block)](block)

    def text(self, block: Text) -> None:
        for text in block.paragraphs:
            self.document.add_paragraph(text)

    def items(self, block: Items) -> None:
        """Numbers are written out: Word would go on counting from the list before."""
        for number, text in enumerate(block.items, 1):
            style = None if block.numbered else "List Bullet"
            line = self.document.add_paragraph(f"{number}.\t{text}" if block.numbered else text, style=style)
            line.paragraph_format.space_after = Pt(3)
            if block.numbered:
                line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Cm(0.9), Cm(-0.9)

    def facts(self, block: Facts) -> None:
        table = self._grid(len(block.rows) + bool(block.title), 2, block.title or "Términos")
        if block.title:
            top = table.rows[0].cells[0].merge(table.rows[0].cells[1])
            fill(top, (block.title,), bold=True, ground=self.primary)
            repeat_header(table.rows[0])
        for (name, lines), row in zip(block.rows, table.rows[bool(block.title) :], strict=True):
            fill(row.cells[0], (name,), bold=True, ground=None)
            fill(row.cells[1], lines)
        set_widths(table, (1.0, 3.3), self._width())

    def table(self, block: Table) -> None:
        table = self._grid(len(block.rows) + 1, len(block.heads), block.title)
        heading_row(table.rows[0], block.heads, self.primary)
        grid = [row.cells for row in table.rows]  # asked once: each asking walks the whole table
        for at, cells in enumerate(block.rows, 1):
            for column, cell in enumerate(cells):
                if cell.span > 1:
                    grid[at][column].merge(grid[at + cell.span - 1][column])
                if cell.span:
                    fill(grid[at][column], cell.lines, centred=column in block.centred)
        set_widths(table, block.widths, self._width())

    def picture(self, block: Picture) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        png, (wide, high) = picture_png(block.svg, SHARPNESS), drawing_size(block.svg)
        page = self.document.sections[-1]
        room = page.page_height - page.top_margin - page.bottom_margin - Cm(2.6)
        scale = min(1.0, self._width() / Pt(wide), room / Pt(high))
        shape = paragraph.add_run().add_picture(BytesIO(png), width=Emu(int(Pt(wide) * scale)))
        shape._inline.docPr.set("descr", block.told)
        shape._inline.docPr.set("title", block.caption)
        caption = self.document.add_paragraph(style="Caption")
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption.add_run(block.caption)

    def approvals(self, block: Approvals) -> None:
        table = self._grid(len(block.rows) + 1, 3, "Firmas de autorización")
        heading_row(table.rows[0], ("Acción", "Puesto", "Nombre y firma"), self.primary)
        for (act, position), row in zip(block.rows, table.rows[1:], strict=True):
            fill(row.cells[0], (act,))
            fill(row.cells[1], (position,))
            row.height = Cm(2.2)
        set_widths(table, (1.2, 2.4, 3.0), self._width())

    def _grid(self, rows: int, columns: int, title: str) -> Any:
        table = self.document.add_table(rows=rows, cols=columns, style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for name in ("w:tblCaption", "w:tblDescription"):
            told = OxmlElement(name)
            told.set(qn("w:val"), title)
            table._tbl.tblPr.append(told)
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)
        return table

    def _width(self) -> int:
        page = self.document.sections[-1]
        return int(page.page_width - page.left_margin - page.right_margin)
