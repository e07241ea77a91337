"""How a format of a pack travels in a form: names of its inputs, and reading them back as `engine.filling` takes them.

Names: `f-KEY`; parts of a value `f-KEY.desde`; rows of a table `f-KEY.0.COLUMN`. Nothing is judged here: the engine
says what is right. Drawing the inputs is in `templatetags/formats.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from turna.engine.definitions import FieldDef, FormatDef
from turna.engine.expressions import MAX_ELEMENTS
from turna.engine.filling import fill
from turna.engine.filling.values import empty

PREFIX = "f-"
PERIOD = (("desde", "Desde"), ("hasta", "Hasta"))
ADDRESS = (
    ("calle", "Calle"),
    ("numero_exterior", "Número exterior"),
    ("numero_interior", "Número interior"),
    ("codigo_postal", "Código postal"),
    ("colonia", "Colonia"),
    ("municipio", "Municipio"),
    ("estado", "Estado"),
    ("referencias", "Referencias"),
)
POINT = (("lat", "Latitud"), ("lon", "Longitud"))
PARTS: dict[str, tuple[tuple[str, str], ...]] = {"period": PERIOD, "address": ADDRESS, "point": POINT}
MOST_ROWS = MAX_ELEMENTS
FILES = ("file", "image")
DRAWING = "trazo"
"""The part of a signature that carries its drawing, a picture made by the page."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a field holds: what to call it, where it is, whether it can be shown as a picture."""

    name: str
    url: str
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What a sheet needs to know that the format does not say.

    `options`: the choices of a type when they are few: (id, name). `suggest`: where the page asks for names while one
    types. `names`: (type, id) to name. `files` by id. `links`: a folio to its page. `around`: data for conditions, such
    as `hoy`. `colonias`: where the page asks what lies at a postal code.
    """

    options: Mapping[str, list[tuple[int, str]]] = field(default_factory=dict)
    suggest: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    files: Mapping[str, KeptFile] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)
    colonias: str = ""


def name_of(key: str) -> str:
    """The name, and id, of a field's input."""
    return f"{PREFIX}{key}"


# --- Reading -------------------------------------------------------------------------


def read_typed(format: FormatDef, data: QueryDict, files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What was typed, by field key, as it came: texts, lists, parts and rows. A file's entry is the id in `files` (by
    the name of its input: what has just been stored), else of the one kept before."""
    sent = files or {}
    return {f.key: value for f in format.fields if (value := _read(f, name_of(f.key), data, sent)) is not None}


def _read(field: FieldDef, name: str, data: QueryDict, files: Mapping[str, str]) -> Any:
    if field.type == "computed":
        return None
    if field.type == "table":
        return _read_rows(field, name, data, files)
    if field.type in PARTS:
        parts = {part: data.get(f"{name}.{part}", "") for part, _label in PARTS[field.type]}
        return parts if any(parts.values()) else data.get(name)
    if field.type == "several":
        return data.getlist(name) or None
    if field.type in FILES:
        # A browser sends an input without a file as an empty text, after the hidden one with the file kept before.
        kept = next((text for text in data.getlist(name) if text), None)
        return files.get(name) or (None if data.get(f"{name}.quitar") else kept)
    if field.type == "signature":
        return _read_signature(name, data, files)
    return data.get(name)


def _read_signature(name: str, data: QueryDict, files: Mapping[str, str]) -> Any:
    kept = "" if data.get(f"{name}.quitar") else data.get(f"{name}.archivo", "")
    drawn = files.get(f"{name}.{DRAWING}") or kept
    return {"nombre": data.get(name, ""), "archivo": drawn} if drawn else data.get(name)


def row_numbers(field: FieldDef, data: QueryDict) -> list[int]:
    """The numbers of the rows that were sent, in the order in which they stand on the page."""
    pattern = re.compile(re.escape(name_of(field.key)) + r"\.([0-9]{1,4})\.")
    return list(dict.fromkeys(int(match[1]) for key in data if (match := pattern.match(key))))[:MOST_ROWS]


def _read_rows(field: FieldDef, name: str, data: QueryDict, files: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows in their order on the page; those left empty stand, but for the last ones."""
    rows = []
    for number in row_numbers(field, data):
        row = {c.key: _read(c, f"{name}.{number}.{c.key}", data, files) for c in field.columns}
        rows.append({key: value for key, value in row.items() if value not in (None, "", [])})
    while rows and not rows[-1]:
        rows.pop()
    return rows


def errors_of(field: FieldDef, errors: Mapping[str, str] | str | None) -> tuple[str, dict[str, str]]:
    """The field's own error, and those within it by path ("0.importe")."""
    if not errors:
        return "", {}
    if isinstance(errors, str):
        return errors, {}
    within = {path.split(".", 1)[1]: text for path, text in errors.items() if path.startswith(f"{field.key}.")}
    return errors.get(field.key, ""), within


def input_names(format: FormatDef, data: QueryDict) -> Iterator[tuple[str, str, FieldDef]]:
    """(name of the input, path in the sheet, field) of every field and of every cell of the rows that were sent."""
    for f in format.fields:
        yield name_of(f.key), f.key, f
        for at, number in enumerate(row_numbers(f, data) if f.type == "table" else ()):
            for c in f.columns:
                yield f"{name_of(f.key)}.{number}.{c.key}", f"{f.key}.{at}.{c.key}", c


def upload_names(format: FormatDef, data: QueryDict) -> dict[str, tuple[str, FieldDef]]:
    """Names of the inputs that may carry files, with the path and the field that they fill."""
    found: dict[str, tuple[str, FieldDef]] = {}
    for name, path, f in input_names(format, data):
        if f.type in FILES:
            found[name] = path, f
        elif f.type == "signature":
            found[f"{name}.{DRAWING}"] = path, f
    return found


# --- As it stands ---------------------------------------------------------------------------


def computed_text(value: Any) -> str:
    """What was worked out, as people write it: yes or no, thousands apart where there are cents."""
    if isinstance(value, bool):
        return _("Sí") if value else _("No")
    if value is None:
        return ""
    return f"{Decimal(value):,.2f}" if re.fullmatch(r"-?\d+\.\d\d", str(value)) else str(value)


def live_state(format: FormatDef, data: QueryDict, around: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the page shows by what was typed so far, by name of input: which fields apply, what is worked out, and
    what is odd without being wrong."""
    filled = fill(format, read_typed(format, data), partial=True, around=around)
    inputs = [(name, path, f) for name, path, f in input_names(format, data)]
    return {
        "shown": {name: path not in filled.hidden for name, path, f in inputs if f.show_if},
        "computed": {
            name: computed_text(filled.computed.get(path)) for name, path, f in inputs if f.type == "computed"
        },
        "warnings": {name: filled.warnings.get(path, "") for name, path, f in inputs if f.type == "rfc"},
    }


# --- Rows without a script -----------------------------------------------------------------


def with_row_act(typed: Mapping[str, Any], act: str) -> dict[str, Any]:
    """What was typed after the button of a row: `TABLE:NUMBER:arriba|abajo|quitar`, the number as it stands."""
    key, number, what = [*act.split(":"), "", ""][:3]
    rows = typed.get(key)
    if not isinstance(rows, list) or not number.isdigit() or int(number) >= len(rows):
        return dict(typed)
    at, moved = int(number), list(rows)
    if what == "quitar":
        del moved[at]
    else:
        to = max(0, min(len(moved) - 1, at + (-1 if what == "arriba" else 1)))
        moved.insert(to, moved.pop(at))
    return {**typed, key: moved}


def blank_rows(rows: Iterable[Any], minimum: int | None) -> int:
    """How many empty rows to offer: three, and at least the minimum in all."""
    have = len(list(rows))
    return max(3, int(minimum or 0) - have)


# --- Conditions, as far as the page can follow them by itself --------------------------------

_COMPARES = re.compile(r"(\w+)\s*(==|!=)\s*('[^']*'|\"[^\"]*\"|true|false)")
_ONE_OF = re.compile(r"(\w+)\s+in\s+\[(.*)\]")
_BARE = re.compile(r"(!?)\s*(\w+)")


def _literal(text: str) -> str:
    return text.strip().strip("'\"")


def _rule(text: str) -> dict[str, Any] | None:
    text = text.strip()
    if match := _COMPARES.fullmatch(text):
        kind = "in" if match[2] == "==" else "not"
        return {"field": match[1], "op": kind, "values": [_literal(match[3])]}
    if match := _ONE_OF.fullmatch(text):
        return {"field": match[1], "op": "in", "values": [_literal(v) for v in match[2].split(",")]}
    if match := _BARE.fullmatch(text):
        return {"field": match[2], "op": "not" if match[1] else "in", "values": ["true"]}
    return None


def page_condition(show_if: str | None) -> str:
    """A condition as JSON for the page: any of lists of rules that must all hold. "" when the page cannot follow it by
    itself; then it asks the server, which decides in every case."""
    if not show_if or "(" in show_if:
        return ""
    ways = [[_rule(part) for part in way.split("&&")] for way in show_if.split("||")]
    if any(rule is None for way in ways for rule in way):
        return ""
    return json.dumps(ways, ensure_ascii=False)


def is_blank(value: Any) -> bool:
    """Whether a typed or kept value is none."""
    return not isinstance(value, bool) and empty(value)
