"""The org chart: units as boxes, each below the one it belongs to and one step to the right, with its positions.

An institution of fifty units stays legible so, at any depth; a tree from the top down would be wider than the paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ..definitions import InstitutionDef, UnitDef
from ..flowchart.text import wrap
from .parts import Picture

WIDTH, HEIGHT = 690.0, 830.0
INDENT, GAP, PAD = 26.0, 9.0, 8.0
BOLD, SMALL, LEADING, TIGHT = 11.5, 10.0, 14.5, 13.0
FONT = 'font-family="Helvetica, Arial, sans-serif"'


@dataclass(frozen=True, slots=True)
class _Placed:
    unit: UnitDef
    depth: int
    name: list[str]
    seats: list[str]
    height: float


def org_chart(institution: InstitutionDef, colour: str) -> list[Picture]:
    """One picture per page of paper; none when the institution names no units."""
    placed = [_size(unit, depth, institution) for unit, depth in tree(institution.units)]
    pages: list[list[_Placed]] = []
    room = 0.0
    for one in placed:
        if not pages or room + one.height + GAP > HEIGHT:
            pages.append([])
            room = 0.0
        pages[-1].append(one)
        room += one.height + GAP
    count = len(pages)
    return [
        Picture(
            key=f"organigrama-{number}",
            svg=_draw(some, colour),
            caption="Organigrama" + (f", hoja {number} de {count}" if count > 1 else ""),
            told=_told(some, institution),
        )
        for number, some in enumerate(pages, 1)
    ]


def tree(units: Sequence[UnitDef]) -> list[tuple[UnitDef, int]]:
    """Units with their depth, each followed by those below it, in the order of the file."""
    known = {u.key for u in units}
    below: dict[str | None, list[UnitDef]] = {}
    for unit in units:
        below.setdefault(unit.parent if unit.parent in known else None, []).append(unit)
    out: list[tuple[UnitDef, int]] = []

    def add(unit: UnitDef, depth: int) -> None:
        out.append((unit, depth))
        for child in below.get(unit.key, []):
            add(child, depth + 1)

    for root in below.get(None, []):
        add(root, 0)
    return out


def seats_of(institution: InstitutionDef) -> Mapping[str, list[str]]:
    """Position names by unit, the head first."""
    out: dict[str, list[str]] = {}
    for position in sorted(institution.positions, key=lambda p: not p.heads):
        if position.unit is not None:
            out.setdefault(position.unit, []).append(position.name)
    return out


def _size(unit: UnitDef, depth: int, institution: InstitutionDef) -> _Placed:
    room = WIDTH - depth * INDENT - 2 * PAD - 4
    name = wrap(unit.name, room / 1.06, BOLD)  # bold letters are a little wider
    seats = [n for n in seats_of(institution).get(unit.key, []) if n != unit.name]
    lines = wrap(" · ".join(seats), room, SMALL) if seats else []
    return _Placed(unit, depth, name, lines, 2 * PAD + len(name) * LEADING + len(lines) * TIGHT)


def _draw(placed: Sequence[_Placed], colour: str) -> str:
    parts: list[str] = []
    y = 2.0
    spine: dict[int, float] = {}  # depth -> where the line to the units below it begins
    for one in placed:
        x = 2 + one.depth * INDENT
        if one.depth:
            rail, middle = x - INDENT / 2, y + PAD + LEADING / 2
            top = spine.get(one.depth - 1, 0.0)
            parts.append(
                f'<path d="M{rail:g} {top:g}V{middle:g}H{x:g}" fill="none" stroke="{colour}" stroke-width="1.2"/>'
            )
        parts.append(_box(one, x, y, colour))
        spine[one.depth] = y + one.height
        y += one.height + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:g} {y:g}" width="{WIDTH:g}" '
        f'height="{y:g}" aria-label="Organigrama" {FONT}>\n' + "\n".join(parts) + "\n</svg>"
    )


def _box(one: _Placed, x: float, y: float, colour: str) -> str:
    wide = WIDTH - one.depth * INDENT - 4
    out = [
        f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{one.height:g}" rx="3" fill="#ffffff" stroke="#3d4a57" '
        f'stroke-width="0.9"/>',
        f'<rect x="{x:g}" y="{y:g}" width="4" height="{one.height:g}" fill="{colour}"/>',
    ]
    line = y + PAD + 10.5
    for text in one.name:
        out.append(_words(text, x + PAD + 4, line, BOLD, ' font-weight="bold"'))
        line += LEADING
    for text in one.seats:
        out.append(_words(text, x + PAD + 4, line - 1, SMALL))
        line += TIGHT
    return "".join(out)


def _words(text: str, x: float, y: float, size: float, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="#1f2933"{more}>{escape(text)}</text>'


def _told(placed: Sequence[_Placed], institution: InstitutionDef) -> str:
    names = {u.key: u.name for u in institution.units}
    seats = seats_of(institution)
    said = []
    for one in placed:
        above = names.get(one.unit.parent or "")
        where = f", depende de {above}" if above else ""
        held = seats.get(one.unit.key)
        said.append(f"{one.unit.name}{where}" + (f". Puestos: {', '.join(held)}." if held else "."))
    return " ".join(said)
