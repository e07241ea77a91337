"""What changed between two versions of a procedure, activity by activity, in the words of the manual. Pure.

Activities are matched by their printed number (paso), which is what people cite.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from turna.engine.definitions import Activity, FormatDef, Procedure
from turna.engine.wording import leading, span, who

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both versions, only in the later one, or only in the earlier one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that reads differently: its label, and the text with its marks."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ActivityChange:
    """An activity that was added, removed or changed. `title` is its present text, or its last one."""

    kind: Literal["added", "removed", "changed"]
    step: str
    title: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    sheet: tuple[FieldChange, ...]
    activities: tuple[ActivityChange, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.sheet or self.activities)


def marked(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as one, word by word, with what went and what came."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            pieces.append(Piece("removed", "".join(old[a:b])))
        if d > c:
            pieces.append(Piece("added", "".join(new[c:d])))
    return tuple(pieces)


def _form(formats: dict[str, FormatDef], key: str | None) -> str:
    return formats[key].name if key in formats else (key or "")


def sheet_texts(procedure: Procedure) -> dict[str, str]:
    """The data sheet as labelled texts, in printed order."""
    return {
        "Nombre": procedure.name,
        "Clave": procedure.code,
        "Área responsable": procedure.unit_name or procedure.unit,
        "Objetivo": procedure.objective,
        "Alcance": procedure.scope,
        "Fundamento": "; ".join(procedure.legal_ground),
        "Políticas": "; ".join(procedure.policies),
        "Frecuencia": procedure.frequency,
        "Tiempo promedio": procedure.average_time,
        "Plazo máximo": span(procedure.term) if procedure.term else "",
    }


def activity_texts(procedure: Procedure, activity: Activity, formats: dict[str, FormatDef]) -> dict[str, str]:
    """An activity as labelled texts."""
    documents = (f"{d.name} ({d.copies})" if d.copies else d.name for d in activity.documents)
    return {
        "Responsable": "; ".join(who(r) for r in activity.responsibles),
        "Actividad": activity.text,
        "Qué sigue": leading(procedure, activity),
        "Documentos": "; ".join(documents),
        "Formato": _form(formats, activity.form),
        "Documento que emite": ", ".join(issue.template for issue in activity.issues),
        "Plazo": span(activity.term) if activity.term else "",
        "Aviso a quien solicita": activity.notice or "",
    }


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[FieldChange, ...]:
    labels = [label for label in before if before[label] != after[label]]
    return tuple(FieldChange(label, marked(before[label], after[label])) for label in labels)


def _whole(kind: Literal["added", "removed"], texts: dict[str, str]) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(label, (Piece(kind, text),)) for label, text in texts.items() if text)


def compare(
    before: Procedure, after: Procedure, formats_before: dict[str, FormatDef], formats_after: dict[str, FormatDef]
) -> Comparison:
    """Everything that reads differently in `after`."""

    def old(step: str) -> dict[str, str]:
        return activity_texts(before, before.by_step[step], formats_before)

    def new(step: str) -> dict[str, str]:
        return activity_texts(after, after.by_step[step], formats_after)

    changes = [change for step in _steps(before, after) if (change := _activity(step, before, after, old, new))]
    both = sum(step in after.by_step for step in before.by_step)
    unchanged = both - sum(change.kind == "changed" for change in changes)
    return Comparison(_changes(sheet_texts(before), sheet_texts(after)), tuple(changes), unchanged)


def _steps(before: Procedure, after: Procedure) -> list[str]:
    """Steps of the later version in order, each removed one after the step it used to follow."""
    steps = [a.step for a in after.activities]
    last: str | None = None
    for activity in before.activities:
        if activity.step not in steps:
            steps.insert(steps.index(last) + 1 if last is not None else 0, activity.step)
        last = activity.step
    return steps


def _activity(
    step: str,
    before: Procedure,
    after: Procedure,
    old: Callable[[str], dict[str, str]],
    new: Callable[[str], dict[str, str]],
) -> ActivityChange | None:
    if step not in before.by_step:
        return ActivityChange("added", step, after.by_step[step].text, _whole("added", new(step)))
    if step not in after.by_step:
        return ActivityChange("removed", step, before.by_step[step].text, _whole("removed", old(step)))
    fields = _changes(old(step), new(step))
    return ActivityChange("changed", step, after.by_step[step].text, fields) if fields else None
