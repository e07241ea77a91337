"""From a pack to its manual: the chapters, in the order in which official manuals print them.

A short manual has a chapter per subject and one with all procedures (Introducción … Procedimientos). One whose many
procedures belong to several areas presents them first and then gives each area a chapter of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..definitions import Pack, Procedure, UnitDef
from ..filling import date_text
from .chart import org_chart, tree
from .forms import Parts
from .parts import Approvals, Block, Book, Cell, Facts, Items, Section, Table, Text
from .sheets import Shelf, procedure_section

MANY = 12
"""From so many procedures on, spread over several areas, each area has its chapter."""
COLOURS = ("#26435e", "#7d8b99")


Change = tuple[str, str, str]
"""A row of the change control: version, date (ISO or words), what changed."""


def book_of(pack: Pack, parts: Parts, edition: str = "", changes: Sequence[Change] = ()) -> Book:
    """The whole manual of `pack`. `parts`: how addresses and periods are divided. `edition`: as the cover tells it.
    `changes`: since the manual was printed, after those that it tells itself."""
    shelf = Shelf.of(pack, parts)
    areas = _areas(pack)
    by_area = len(areas) > 1 and len(pack.procedures) >= MANY
    closing = _closing(pack, changes)
    chapters = _by_area(pack, shelf, areas, closing) if by_area else _by_subject(pack, shelf, closing)
    numbered = [_numbered(chapter, number) for number, chapter in enumerate(chapters, 1)]
    return _frame(
        pack, pack.manual.get("titulo") or f"Manual de Procedimientos, {pack.institution.name}", edition, numbered
    )


def leaflet_of(pack: Pack, procedure: Procedure, parts: Parts, edition: str = "") -> Book:
    """One procedure alone, as the manual prints it, with every format it uses."""
    section = procedure_section(procedure, Shelf.of(pack, parts), "", level=1)
    return _frame(pack, procedure.name, edition, [section], cover=False)


def _frame(pack: Pack, title: str, edition: str, sections: Iterable[Section], cover: bool = True) -> Book:
    institution = pack.institution
    contact = (institution.contact.get(k, "") for k in ("domicilio", "telefono", "correo"))
    return Book(
        title=title,
        institution=institution.name,
        unit=institution.contact.get("dependencia", ""),
        acronym=institution.acronym,
        edition=edition or _edition(pack.manual),
        colours=colours_of(institution.theme),
        contact=tuple(c for c in contact if c),
        sections=tuple(sections),
        cover=cover,
    )


def colours_of(theme: Mapping[str, str]) -> tuple[str, str]:
    """Primary and accent of the institution."""
    return theme.get("primario", COLOURS[0]), theme.get("acento", COLOURS[1])


def _edition(manual: Mapping[str, Any]) -> str:
    changes: Sequence[Mapping[str, str]] = manual.get("control_de_cambios") or ()
    if not changes:
        return ""
    return f"Versión {changes[-1]['version']}, {_day(changes[-1]['fecha'])}"


def _day(text: str) -> str:
    return date_text(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text


# --- The two ways of laying out ------------------------------------------------------


def _by_subject(pack: Pack, shelf: Shelf, closing: Sequence[Section]) -> list[Section]:
    manual = pack.manual
    procedures = [procedure_section(p, shelf, f"{n}. ") for n, p in enumerate(_ordered(pack), 1)]
    found = [
        _prose("introduccion", "Introducción", manual),
        _prose("objetivo", "Objetivo", manual),
        _prose("alcance", "Alcance", manual),
        _glossary(manual, "Definiciones"),
        _laws(manual, 1),
        _policies(manual, 1),
        Section(1, "procedimientos", "Procedimientos", (), tuple(procedures), breaks=True),
        *closing,
    ]
    return [section for section in found if section is not None]


def _by_area(
    pack: Pack, shelf: Shelf, areas: Sequence[tuple[UnitDef, list[Procedure]]], closing: Sequence[Section]
) -> list[Section]:
    manual = pack.manual
    within = [
        _prose("objetivo", "Objetivo", manual, 2),
        _prose("alcance", "Alcance", manual, 2),
        _laws(manual, 2),
        _policies(manual, 2),
    ]
    opening = _prose("introduccion", "Introducción", manual) or Section(1, "introduccion", "Introducción")
    opening = Section(1, opening.anchor, opening.title, opening.blocks, tuple(s for s in within if s), breaks=True)
    chapters = [opening, _presentation(areas)]
    for unit, some in areas:
        sections = [procedure_section(p, shelf, f"{n}. ") for n, p in enumerate(some, 1)]
        chapters.append(Section(1, f"area-{unit.key}", unit.name, (), tuple(sections), breaks=True))
    glossary = _glossary(manual, "Glosario de términos")
    return [*chapters, *([glossary] if glossary else []), *closing]


def _closing(pack: Pack, since: Sequence[Change]) -> list[Section]:
    manual = pack.manual
    pictures = org_chart(pack.institution, colours_of(pack.institution.theme)[0])
    found = [Section(1, "organigrama", "Organigrama", tuple(pictures), breaks=True)] if pictures else []
    printed = [(c["version"], c["fecha"], c["cambio"]) for c in manual.get("control_de_cambios") or ()]
    changes = [*printed, *since]
    if changes:
        rows = tuple((Cell((version,)), Cell((_day(day),)), Cell((what,))) for version, day, what in changes)
        table = Table("Control de cambios", ("Versión", "Fecha", "Cambio"), (1.0, 2.0, 5.0), rows, centred=(0,))
        found.append(Section(1, "control-de-cambios", "Control de cambios", (table,), breaks=True))
    approvals = manual.get("aprobaciones") or ()
    if approvals:
        names = {p.key: p.name for p in pack.institution.positions}
        rows_ = tuple((a["accion"], names.get(a["puesto"], a["puesto"])) for a in approvals)
        found.append(Section(1, "firmas", "Firmas de autorización", (Approvals(rows_),), breaks=not changes))
    return found


# --- Chapters ------------------------------------------------------------------------


def _prose(key: str, title: str, manual: Mapping[str, Any], level: int = 1) -> Section | None:
    text = str(manual.get(key) or "").strip()
    if not text:
        return None
    breaks = level == 1 and key == "introduccion"
    return Section(level, key, title, (Text(paragraphs(text)),), breaks=breaks)


def paragraphs(text: str) -> tuple[str, ...]:
    """Paragraphs apart by an empty line; lines within one are joined."""
    return tuple(" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip())


def _glossary(manual: Mapping[str, Any], title: str) -> Section | None:
    terms = manual.get("definiciones") or ()
    if not terms:
        return None
    ordered = sorted(terms, key=lambda t: t["termino"].casefold())
    rows = tuple((t["termino"], (t["definicion"],)) for t in ordered)
    return Section(1, "glosario", title, (Facts("", rows),))


def _laws(manual: Mapping[str, Any], level: int) -> Section | None:
    laws = manual.get("marco_juridico") or ()
    if not laws:
        return None
    blocks: list[Block] = []
    for law in laws:
        blocks += [Text((f"{law['ambito']}:",)), Items(tuple(law["normas"]))]
    return Section(level, "marco-juridico", "Marco jurídico", tuple(blocks))


def _policies(manual: Mapping[str, Any], level: int) -> Section | None:
    said = tuple(" ".join(p.split()) for p in manual.get("politicas") or ())
    if not said:
        return None
    block: Block = Text(said) if len(said) == 1 else Items(said, numbered=True)
    return Section(level, "politicas", "Políticas", (block,))


def _presentation(areas: Sequence[tuple[UnitDef, list[Procedure]]]) -> Section:
    blocks: list[Block] = [
        Table(
            unit.name,
            ("No.", unit.name),
            (0.6, 8.0),
            tuple((Cell((str(n),)), Cell((p.name,))) for n, p in enumerate(some, 1)),
            centred=(0,),
        )
        for unit, some in areas
    ]
    return Section(1, "presentacion", "Presentación de los procedimientos", tuple(blocks), breaks=True)


def _areas(pack: Pack) -> list[tuple[UnitDef, list[Procedure]]]:
    """Areas that have procedures, in the order of the org chart."""
    ordered = _ordered(pack)
    found = [(unit, [p for p in ordered if p.unit == unit.key]) for unit, _depth in tree(pack.institution.units)]
    return [(unit, some) for unit, some in found if some]


def _ordered(pack: Pack) -> list[Procedure]:
    """By code, numbers as numbers, so that 2 comes before 10."""

    def key(procedure: Procedure) -> list[Any]:
        return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", procedure.code) if p]

    return sorted(pack.procedures.values(), key=key)


ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(number: int) -> str:
    """1 to 39 as the manuals number their chapters."""
    out = ""
    for worth, letters in ROMAN:
        while number >= worth:
            out, number = out + letters, number - worth
    return out


def _numbered(chapter: Section, number: int) -> Section:
    title = f"{roman(number)}. {chapter.title}"
    return Section(1, chapter.anchor, title, chapter.blocks, chapter.parts, chapter.code, chapter.breaks)
