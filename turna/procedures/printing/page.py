"""The manual as one self-contained HTML page: its own styles, its drawings inside, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path

from turna.engine.book import Approvals, Block, Book, Box, Facts, Form, FormSheet, Items, Picture, Section, Table, Text

STYLES = Path(__file__).parent / "manual.css"


def book_html(book: Book) -> str:
    """The page. Headings in order, tables with header cells, each drawing with its words, a link over the index."""
    primary, accent = book.colours
    body = "\n".join([*_cover(book), "<main id='contenido'>", *(_section(s) for s in book.sections), "</main>"])
    return (
        '<!doctype html>\n<html lang="es-MX">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(book.title)}</title>\n"
        f"<style>:root{{--primario:{escape(primary)};--acento:{escape(accent)}}}\n{_styles()}</style>\n</head>\n"
        f'<body>\n<a class="saltar" href="#contenido">Ir al contenido</a>\n{body}\n</body>\n</html>\n'
    )


@cache
def _styles() -> str:
    return STYLES.read_text(encoding="utf-8")


def _cover(book: Book) -> Iterator[str]:
    yield f"<header><p class='institucion'>{escape(book.institution)}</p>"
    yield f"<p>{escape(book.unit)}</p>" if book.unit else ""
    yield f"<h1>{escape(book.title)}</h1><p class='edicion'>{escape(book.edition)}</p></header>"
    if book.cover:
        entries = (s for s in book.walk() if s.level < 3)
        links = (f'<li class="nivel-{s.level}"><a href="#{s.anchor}">{escape(s.title)}</a></li>' for s in entries)
        yield f"<nav aria-labelledby='indice'><h2 id='indice'>Índice</h2><ul>{''.join(links)}</ul></nav>"


def _section(section: Section) -> str:
    """`<h1>` is the title of the whole: a chapter begins with `<h2>`."""
    level = min(6, section.level + 1)
    head = f'<h{level} id="t-{section.anchor}">{escape(section.title)}</h{level}>'
    inner = "\n".join([head, *(_block(b) for b in section.blocks), *(_section(p) for p in section.parts)])
    return f'<section id="{section.anchor}" aria-labelledby="t-{section.anchor}">{inner}</section>'


def _block(block: Block) -> str:
    match block:
        case Text():
            return "".join(f"<p>{escape(p)}</p>" for p in block.paragraphs)
        case Items():
            tag = "ol" if block.numbered else "ul"
            return f"<{tag}>{''.join(f'<li>{escape(i)}</li>' for i in block.items)}</{tag}>"
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case Picture():
            return _picture(block)
        case Form():
            return _form(block.sheet)
        case Approvals():
            rows = (f"<li><span>{escape(a)}</span><strong>{escape(p)}</strong></li>" for a, p in block.rows)
            return f"<ul class='firmas'>{''.join(rows)}</ul>"


def _facts(block: Facts) -> str:
    rows = (f'<tr><th scope="row">{escape(label)}</th><td>{_lines(lines)}</td></tr>' for label, lines in block.rows)
    caption = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    return f"<table class='ficha'>{caption}<tbody>{''.join(rows)}</tbody></table>"


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(h)}</th>' for h in table.heads)
    body = []
    for row in table.rows:
        cells = []
        for column, cell in enumerate(row):
            if cell.span:
                span = f' rowspan="{cell.span}"' if cell.span > 1 else ""
                middle = ' class="centro"' if column in table.centred else ""
                cells.append(f"<td{span}{middle}>{_lines(cell.lines)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    title = f"<caption class='oculto'>{escape(table.title)}</caption>"
    scroll = f'<div class="corre" tabindex="0" role="group" aria-label="{escape(table.title)}">'
    return f"{scroll}<table>{title}<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"


def _picture(picture: Picture) -> str:
    """The drawing tells itself in words (`<title>`, `<desc>`); a box lets it scroll on a small screen."""
    label = escape(picture.caption, quote=True)
    box = f'<div class="corre" tabindex="0" role="group" aria-label="{label}">{picture.svg}</div>'
    words = f"<details><summary>El dibujo en palabras</summary><p>{escape(picture.told)}</p></details>"
    return f"<figure>{box}<figcaption>{escape(picture.caption)}</figcaption>{words}</figure>"


def _form(sheet: FormSheet) -> str:
    parts = [f"<p>Clave del formato: <strong>{escape(sheet.code)}</strong></p>"] if sheet.code else []
    for title, help_text, boxes in sheet.sections:
        parts.append(f"<p class='apartado'>{escape(title)}</p>" if title else "")
        parts.append(f"<p class='ayuda'>{escape(help_text)}</p>" if help_text else "")
        parts.append(f"<dl class='hoja'>{''.join(_box(b) for b in boxes)}</dl>")
    if sheet.signatures:
        places = "".join(f"<li><strong>{escape(s)}</strong></li>" for s in sheet.signatures)
        parts.append(f"<ul class='firmas'>{places}</ul>")
    return "".join([*parts, f"<p class='ayuda'>{escape(sheet.note)}</p>" if sheet.note else ""])


def _box(box: Box) -> str:
    wide = " class='ancho'" if box.wide or box.kind == "table" else ""
    star = " <abbr title='obligatorio'>*</abbr>" if box.required else ""
    hint = f"<span class='ayuda'>{escape(box.hint)}</span>" if box.hint else ""
    return f"<div{wide}><dt>{escape(box.label)}{star}{hint}</dt><dd>{_answer(box)}</dd></div>"


def _answer(box: Box) -> str:
    if box.options:
        marks = (f"<span class='casilla'>{'☒' if on else '☐'} {escape(label)}</span>" for label, on in box.options)
        return " ".join(marks)
    if box.parts:
        return "".join(f"<span class='parte'><i>{escape(label)}</i> {escape(t)}</span>" for label, t in box.parts)
    if box.heads:
        heads = "".join(f'<th scope="col">{escape(h)}</th>' for h in box.heads)
        rows = "".join(f"<tr>{''.join(f'<td>{escape(t)}</td>' for t in row)}</tr>" for row in box.rows)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<span class='hueco {box.kind}'>{escape(box.text)}</span>"


def _lines(lines: tuple[str, ...]) -> str:
    return "<br>".join(escape(line) for line in lines)
