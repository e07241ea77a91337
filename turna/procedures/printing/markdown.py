"""The manual as one Markdown text with GitHub's tables: to be read as it is, compared line by line, or published."""

from __future__ import annotations

from collections.abc import Iterator

from turna.engine.book import Approvals, Block, Book, Box, Facts, Form, FormSheet, Items, Picture, Section, Table, Text


def book_markdown(book: Book) -> str:
    """Headings, tables and lists; drawings in words, since a text holds no pictures."""
    parts = [f"# {plain(book.title)}", plain(book.institution)] if book.cover else []
    if book.edition and book.cover:
        parts.append(plain(book.edition))
    if book.cover:
        parts.append(_index(book))
    for section in book.walk():
        parts += _section(section, book.cover)
    return "\n\n".join(part for part in parts if part) + "\n"


def _index(book: Book) -> str:
    lines = ["## Índice", ""]
    for section in book.walk():
        if section.level < 3:
            lines.append(f"{'  ' * (section.level - 1)}- [{plain(section.title)}](#{section.anchor})")
    return "\n".join(lines)


def _section(section: Section, below_cover: bool) -> Iterator[str]:
    yield f'<a id="{section.anchor}"></a>'
    yield f"{'#' * min(6, section.level + below_cover)} {plain(section.title)}"
    for block in section.blocks:
        yield _block(block)


def _block(block: Block) -> str:
    match block:
        case Text():
            return "\n\n".join(plain(p) for p in block.paragraphs)
        case Items():
            return _items(block)
        case Facts():
            return _grid(("Dato", ""), [(plain(label), _lines(lines)) for label, lines in block.rows])
        case Table():
            return _table(block)
        case Picture():
            return f"*{plain(block.caption)}.* {plain(block.told)}"
        case Form():
            return _form(block.sheet)
        case Approvals():
            return _grid(("Acción", "Puesto", "Firma"), [(plain(a), plain(p), "") for a, p in block.rows])


def _items(block: Items) -> str:
    marks = (f"{n}." if block.numbered else "-" for n in range(1, len(block.items) + 1))
    return "\n".join(f"{mark} {plain(item)}" for mark, item in zip(marks, block.items, strict=True))


def _table(table: Table) -> str:
    """Covered cells repeat what covers them: a row must be understood alone."""
    above = [""] * len(table.heads)
    rows = []
    for row in table.rows:
        above = [_lines(c.lines) if c.span else above[n] for n, c in enumerate(row)]
        rows.append(tuple(above))
    return _grid(table.heads, rows)


def _form(sheet: FormSheet) -> str:
    parts = [f"Clave: {plain(sheet.code)}"] if sheet.code else []
    for title, help_text, boxes in sheet.sections:
        parts += [f"**{plain(title)}**"] if title else []
        parts += [plain(help_text)] if help_text else []
        parts.append(_grid(("Dato", "Respuesta"), [(_asked(box), _answer(box)) for box in boxes]))
    if sheet.signatures:
        parts.append("Firmas: " + "; ".join(plain(s) for s in sheet.signatures) + ".")
    return "\n\n".join([*parts, *([plain(sheet.note)] if sheet.note else [])])


def _asked(box: Box) -> str:
    return plain(box.label) + (" \\*" if box.required else "")


def _answer(box: Box) -> str:
    if box.options:
        return "<br>".join(f"{'☒' if marked else '☐'} {plain(label)}" for label, marked in box.options)
    if box.parts:
        return "<br>".join(f"{plain(label)}: {plain(text)}" for label, text in box.parts)
    if box.heads:
        rows = [" · ".join(plain(t) for t in row) for row in box.rows if any(row)]
        return "<br>".join(["Renglones: " + ", ".join(plain(h) for h in box.heads), *rows])
    return plain(box.text)


def _grid(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _head in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _lines(lines: tuple[str, ...]) -> str:
    return "<br>".join(plain(line) for line in lines)


def plain(text: str) -> str:
    """Text that Markdown shows as it is written."""
    joined = " ".join(text.split())
    return joined.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
