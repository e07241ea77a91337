"""One procedure as the manual prints it: its sheet, policies, activities, flowchart and formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..definitions import FormatDef, Pack, Procedure, Term
from ..flowchart import Page, draw
from ..wording import capital, listed, span
from .forms import Parts, form_sheet, instructions
from .parts import Facts, Form, Items, Picture, Section
from .rows import activity_table

PAPER = Page(width=690.0, height=790.0, margin=0.0, turned=(930.0, 590.0))
"""What a letter page leaves for a flowchart below the header, upright and turned, in pixels of 1/96 inch."""
STARTERS = {
    "servidor-publico": "Cualquier persona servidora pública",
    "ciudadano": "Cualquier persona",
    "titular": "La persona titular de un área",
}
EXPIRY = {
    "warn": "Al vencer se avisa a quien lo atiende.",
    "escalate": "Al vencer se avisa a quien encabeza el área.",
    "close": "Al vencer, el asunto se cierra.",
    "accept": "Si vence sin respuesta se entiende en sentido afirmativo.",
    "deny": "Si vence sin respuesta se entiende en sentido negativo.",
    "go": "",
}


@dataclass
class Shelf:
    """What procedures of one manual share. `printed`: formats already printed, and with which procedure."""

    formats: Mapping[str, FormatDef]
    names: Mapping[str, str]
    calls: Mapping[str, str]
    parts: Parts
    printed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, pack: Pack, parts: Parts) -> Shelf:
        names = {p.key: p.name for p in pack.institution.positions}
        names |= {f"externo/{p.key}": p.name for p in pack.institution.parties}
        return cls(pack.formats, names, {p.key: p.name for p in pack.procedures.values()}, parts)


def procedure_section(procedure: Procedure, shelf: Shelf, number: str, level: int = 2) -> Section:
    """A procedure's part of the manual; formats that an earlier one printed are only named."""
    below = level + 1
    key = procedure.key
    parts = [
        *_policies(procedure, below),
        Section(
            below,
            f"{key}-actividades",
            "Descripción del procedimiento",
            (activity_table(procedure, shelf.formats, shelf.names, shelf.calls),),
        ),
        Section(below, f"{key}-diagrama", "Diagrama de flujo", flowchart(procedure, shelf.names)),
        *_formats(procedure, shelf, below),
    ]
    sheet = Facts("Datos del procedimiento", sheet_rows(procedure, shelf.names, shelf.formats))
    title = f"{number}{procedure.name}"
    return Section(level, f"procedimiento-{key}", title, (sheet,), tuple(parts), procedure.code, breaks=True)


def sheet_rows(
    procedure: Procedure, names: Mapping[str, str], formats: Mapping[str, FormatDef]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The data sheet: what the procedure is for, whom it binds, on what ground, how long it takes, who begins it."""
    form = formats.get(procedure.start.form or "")
    rows: list[tuple[str, tuple[str, ...]]] = [
        ("Clave", (procedure.code,)),
        ("Nombre del procedimiento", (procedure.name,)),
        ("Área responsable", (procedure.unit_name or procedure.unit,)),
        ("Objetivo", (procedure.objective,)),
        ("Alcance", (procedure.scope,)),
        ("Fundamento legal", procedure.legal_ground),
        ("Frecuencia", (procedure.frequency,)),
        ("Tiempo promedio de gestión", (capital(procedure.average_time),)),
        ("Plazo máximo", _term(procedure.term)),
        ("Prórroga", _term(procedure.extension)),
        ("Quién lo inicia", (starters(procedure, names),)),
        ("Por dónde se recibe", (capital(listed(procedure.start.channels)),)),
        ("Con qué formato inicia", (_named(form),) if form else ()),
        ("Inicio programado", (procedure.start.schedule or "",)),
        ("Fecha impresa", (procedure.printed_date,)),
    ]
    return tuple((label, kept) for label, lines in rows if (kept := tuple(line for line in lines if line)))


def starters(procedure: Procedure, names: Mapping[str, str]) -> str:
    """Who may begin it, as people read it."""
    known = {**names, **STARTERS}
    said = []
    for key in procedure.start.by:
        desk = key.removeprefix("mesa/")
        said.append(known.get(key) or (f"Mesa {desk}" if desk != key else capital(key.replace("-", " "))))
    return listed(list(dict.fromkeys(said)))


def flowchart(procedure: Procedure, names: Mapping[str, str]) -> tuple[Picture, ...]:
    """The pages of its flowchart, each with its caption and told in words."""
    drawn = draw(procedure, page=PAPER, names=names)
    count = len(drawn.pages)
    title = f"Diagrama de flujo del procedimiento «{procedure.name}»"
    return tuple(
        Picture(
            key=f"{procedure.key}-{number}",
            svg=svg,
            caption=f"{title}, hoja {number} de {count}" if count > 1 else title,
            told=f"{title}. {told}",
            turned=drawn.is_turned,
        )
        for number, (svg, told) in enumerate(zip(drawn.pages, drawn.told, strict=True), 1)
    )


def formats_of(procedure: Procedure, formats: Mapping[str, FormatDef]) -> list[FormatDef]:
    """The formats that the procedure fills in, in the order in which they appear."""
    named = [procedure.start.form, *(a.form for a in procedure.activities)]
    return [formats[key] for key in dict.fromkeys(named) if key and key in formats]


def _policies(procedure: Procedure, level: int) -> list[Section]:
    if not procedure.policies:
        return []
    block = Items(tuple(" ".join(p.split()) for p in procedure.policies), numbered=True)
    return [Section(level, f"{procedure.key}-politicas", "Políticas de operación", (block,))]


def _formats(procedure: Procedure, shelf: Shelf, level: int) -> list[Section]:
    """The formats not printed yet, blank and with their instructions; then where the others stand."""
    sections, elsewhere = [], []
    for form in formats_of(procedure, shelf.formats):
        if form.key in shelf.printed:
            elsewhere.append(f"{_named(form)}: se encuentra en el procedimiento «{shelf.printed[form.key]}».")
            continue
        shelf.printed[form.key] = procedure.name
        sections.append(_format(form, shelf.parts, level))
    if elsewhere:
        named = (Items(tuple(elsewhere)),)
        sections.append(Section(level, f"{procedure.key}-otros-formatos", "Otros formatos que usa", named))
    return sections


def _format(form: FormatDef, parts: Parts, level: int) -> Section:
    blank = Form(form_sheet(form, parts))
    filling = Items(instructions(form), numbered=True)
    how = Section(level + 1, f"formato-{form.key}-instructivo", "Instructivo de llenado", (filling,))
    # An official form is a sheet to be copied; what has no code of its own follows on.
    title = f"Formato: {_named(form)}"
    return Section(level, f"formato-{form.key}", title, (blank,), (how,), breaks=bool(form.code))


def _named(form: FormatDef) -> str:
    return f"{form.name} ({form.code})" if form.code else form.name


def _term(term: Term | None) -> tuple[str, ...]:
    if term is None:
        return ()
    ground = f"Fundamento: {term.legal_ground.rstrip('.')}." if term.legal_ground else ""
    return tuple(t for t in (capital(span(term)) + ".", ground, EXPIRY[term.on_expiry]) if t)
