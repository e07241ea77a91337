"""One kept value as a cell of a spreadsheet, and a cell as something typed. Numbers and dates are such where a
spreadsheet holds them exactly, else text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from turna.engine.definitions import FieldDef

from .layout import Line

Cell = str | int | float | datetime.date | datetime.time | None

TEXT = "@"
FORMATS = {"date": "yyyy-mm-dd", "period": "yyyy-mm-dd", "time": "hh:mm", "integer": "0", "money": "#,##0.00"}
FIRST_DAY = datetime.date(1900, 3, 1)
"""Spreadsheets count a 29 February 1900 that never was."""
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
YES, NO = "Sí", "No"


def piece_of(line: Line, kept: Any) -> Any:
    """What stands in the line's cell of a kept value: the whole of it, or one part."""
    if line.part:
        first = isinstance(kept, str) and line.part == "calle"  # an address kept in one piece, before there were parts
        return kept.get(line.part) if isinstance(kept, Mapping) else kept if first else None
    return kept.get("nombre") if isinstance(kept, Mapping) else kept


def to_cell(line: Line, piece: Any, names: Mapping[tuple[str, str], str]) -> tuple[Cell, str]:
    """The value of the cell and its number format. `names`: (type, id) to name."""
    kind = line.field.type
    if piece is None or piece == "":
        return None, FORMATS.get(kind, TEXT)
    if kind in ("integer", "decimal", "money", "point"):
        return _number(piece), FORMATS.get(kind, "General")
    if kind in ("date", "period"):
        return _date(str(piece))
    if kind == "time":
        return datetime.time.fromisoformat(str(piece)), FORMATS[kind]
    if kind == "yes_no":
        return (YES if piece else NO), TEXT
    if line.field.options:
        chosen = piece if isinstance(piece, list) else [piece]
        return "\n".join(option_text(line.field, str(value)) for value in chosen), TEXT
    if isinstance(piece, list):
        return "\n".join(str(item) for item in piece), TEXT
    return names.get((kind, str(piece)), str(piece)), TEXT


def _number(piece: Any) -> Cell:
    """The number, if a double holds it exactly as it is written."""
    exact = Decimal(str(piece))
    if exact == exact.to_integral_value() and abs(exact) < 2**53:
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else str(piece)


def _date(text: str) -> tuple[Cell, str]:
    day = datetime.date.fromisoformat(text)
    return (day, FORMATS["date"]) if day >= FIRST_DAY else (text, TEXT)


def option_text(field: FieldDef, value: str) -> str:
    """The option's label; its value where the label could mean another option."""
    labels = dict(field.options)
    label = labels.get(value, value)
    others = [word for v, text in field.options if v != value for word in (v, text)]
    return value if label in others or "\n" in label else label


def from_cell(line: Line, cell: Any) -> Any:
    """What somebody typed into the cell, as a form would send it; None when it is empty."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, bool):
        return YES if cell else NO
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return _moment(cell, line.field.type)
    if isinstance(cell, int | float):
        return _digits(cell, line)
    text = _unescaped(str(cell))
    if line.field.type == "several":
        return _several(line.field, text)
    return text


def _moment(cell: datetime.datetime | datetime.date | datetime.time, kind: str) -> str:
    if isinstance(cell, datetime.time):
        return cell.strftime("%H:%M")
    if isinstance(cell, datetime.datetime) and kind == "time":
        return cell.strftime("%H:%M")
    return cell.isoformat()[:10]


def _digits(number: float, line: Line) -> str:
    """A number as it would be typed; a postal code gets back the zero that spreadsheets take away."""
    exact = Decimal(repr(number))
    text = f"{exact:f}" if exact != exact.to_integral_value() else str(int(exact))
    return text.zfill(5) if line.part == "codigo_postal" else text


def _several(field: FieldDef, text: str) -> list[str]:
    """One option per line; or separated by semicolons or commas, when no option holds them."""
    words = {word for pair in field.options for word in pair}
    chosen: list[str] = []
    for line in text.split("\n"):
        for mark in ("", ";", ","):
            parts = [p.strip() for p in (line.split(mark) if mark else [line]) if p.strip()]
            if all(p in words for p in parts) or mark == ",":
                chosen += parts
                break
    return chosen


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def escaped(text: str) -> str:
    """A text as the file holds it: `_x0041_` would be read as a letter."""
    return _ESCAPE.sub(lambda match: f"_x005F_x{match[1]}_", text)
