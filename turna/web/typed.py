"""How a format of a pack travels in a form: names of its inputs, and reading them back as `engine.filling` takes them.

Names: `f-KEY`; parts of a value `f-KEY.desde`; rows of a table `f-KEY.0.COLUMN`. Nothing is judged here: the engine
says what is right. Drawing the inputs is in `templatetags/formats.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from turna.engine.definitions import FieldDef, FormatDef

PREFIX = "f-"
PERIOD = (("desde", "Desde"), ("hasta", "Hasta"))
ADDRESS = (
    ("calle", "Calle y número"),
    ("colonia", "Colonia"),
    ("cp", "Código postal"),
    ("municipio", "Municipio"),
    ("estado", "Estado"),
    ("referencias", "Referencias"),
)
PARTS: dict[str, tuple[tuple[str, str], ...]] = {"period": PERIOD, "address": ADDRESS}
MOST_ROWS = 200
FILES = ("file", "image")


def name_of(key: str) -> str:
    """The name, and id, of a field's input."""
    return f"{PREFIX}{key}"


def read_typed(format: FormatDef, data: QueryDict) -> dict[str, Any]:
    """What was typed, by field key, as it came: texts, lists, parts and rows. A file's entry is the one kept before
    (its id as text), if any: storing what was just uploaded is the caller's."""
    return {f.key: value for f in format.fields if (value := _read(f, name_of(f.key), data)) is not None}


def _read(field: FieldDef, name: str, data: QueryDict) -> Any:
    if field.type == "computed":
        return None
    if field.type == "table":
        return _read_rows(field, name, data)
    if field.type in PARTS:
        parts = {part: data.get(f"{name}.{part}", "") for part, _label in PARTS[field.type]}
        return parts if any(parts.values()) else None
    if field.type == "several":
        return data.getlist(name) or None
    return data.get(name)


def _read_rows(field: FieldDef, name: str, data: QueryDict) -> list[dict[str, Any]]:
    """Rows in the order of their numbers; the rows left empty are the engine's to drop."""
    pattern = re.compile(re.escape(name) + r"\.([0-9]{1,4})\.")
    numbers = sorted({int(match[1]) for key in data if (match := pattern.match(key))})[:MOST_ROWS]
    rows = []
    for number in numbers:
        row = {c.key: _read(c, f"{name}.{number}.{c.key}", data) for c in field.columns}
        kept = {key: value for key, value in row.items() if value not in (None, "", [])}
        if kept:
            rows.append(kept)
    return rows


def errors_of(field: FieldDef, errors: Mapping[str, str] | str | None) -> tuple[str, dict[str, str]]:
    """The field's own error, and those within it by path ("0.importe")."""
    if not errors:
        return "", {}
    if isinstance(errors, str):
        return errors, {}
    within = {path.split(".", 1)[1]: text for path, text in errors.items() if path.startswith(f"{field.key}.")}
    return errors.get(field.key, ""), within


def upload_names(format: FormatDef) -> dict[str, FieldDef]:
    """Names of the inputs that carry files, with their fields."""
    return {name_of(f.key): f for f in format.fields if f.type in FILES}


# --- Conditions, as far as the page can follow them ---------------------------------------

_COMPARES = re.compile(r"(\w+)\s*(==|!=)\s*('[^']*'|\"[^\"]*\"|true|false|-?\d+)")
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
    """A condition as JSON for the page: any of lists of rules that must all hold. "" when the page cannot follow it;
    then the field simply stays in sight and the server decides, as it always does."""
    if not show_if or "(" in show_if:
        return ""
    ways = [[_rule(part) for part in way.split("&&")] for way in show_if.split("||")]
    if any(rule is None for way in ways for rule in way):
        return ""
    return json.dumps(ways, ensure_ascii=False)


def blank_rows(rows: Iterable[Any], minimum: int | None) -> int:
    """How many empty rows to offer: three, and at least the minimum in all."""
    have = len(list(rows))
    return max(3, int(minimum or 0) - have)
