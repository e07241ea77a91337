"""Which tabs a format has as a spreadsheet, and what is filled in each. Knows nothing of files.

Column A is hidden and carries the keys by which an uploaded sheet is read: rows may be moved, and the words may change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from turna.engine.definitions import FieldDef, FormatDef
from turna.web.typed import PARTS

MOST_ROWS = 500
TITLE = 31
"""Letters that the name of a tab may have."""
GUIDE, LISTS = "Instrucciones", "Listas"
MARK = "turna:"
"""Before the format's key, in the guide's first cell; and `turna:tabla:KEY` where a table begins."""
ABSENT = frozenset({"file", "image", "computed"})
"""Types that are not filled in a spreadsheet: files are attached on the page, calculations come by themselves."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to fill: a field, or a part of one. `key`: "importe", "periodo.desde"."""

    key: str
    field: FieldDef
    part: str
    label: str


@dataclass(frozen=True, slots=True)
class Tab:
    """`table`: the field whose rows stand below the lines, `columns` what each row has."""

    title: str
    help: str
    lines: tuple[Line, ...]
    table: FieldDef | None = None
    columns: tuple[Line, ...] = ()


def tabs_of(form: FormatDef) -> list[Tab]:
    """A tab per section, in order; a second table of a section has a tab of its own after it."""
    taken = {GUIDE.lower(), LISTS.lower()}
    found: list[Tab] = []
    for section in form.sections:
        lines = tuple(line for f in section.fields if f.type != "table" for line in _lines(f))
        tables = [f for f in section.fields if f.type == "table"]
        first = tables[0] if tables else None
        if lines or first:
            found.append(Tab(_title(section.title or form.name, taken), section.help, lines, first, _columns(first)))
        for table in tables[1:]:
            found.append(Tab(_title(table.label, taken), table.help, (), table, _columns(table)))
    return found


def _columns(table: FieldDef | None) -> tuple[Line, ...]:
    return tuple(line for column in table.columns for line in _lines(column)) if table else ()


def _lines(field: FieldDef) -> Iterator[Line]:
    if field.type in ABSENT:
        return
    if field.type not in PARTS:
        yield Line(field.key, field, "", field.label)
    for part, label in PARTS.get(field.type, ()):
        yield Line(f"{field.key}.{part}", field, part, f"{field.label}: {label.lower()}")


def _title(text: str, taken: set[str]) -> str:
    """A name that spreadsheets accept and no other tab has."""
    base = " ".join(_FORBIDDEN.sub(" ", text).split()).strip("'")[:TITLE].strip() or "Datos"
    title, number = base, 2
    while title.lower() in taken:
        title = f"{base[: TITLE - 4]} ({number})"
        number += 1
    taken.add(title.lower())
    return title
