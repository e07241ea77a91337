"""Procedures for others: JSON by the contract of the language, and Markdown as the manual prints it.

The flowchart is in `flowchart`. Both exports are pure: the same definition gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .book.rows import said
from .definitions import Activity, Procedure, Target
from .flow import compile_procedure, expiry_target
from .wording import span, who

MODES = {"all": "todos", "any": "cualquiera"}


# --- JSON --------------------------------------------------------------------------


def to_json(procedure: Procedure, version: int | None) -> dict[str, Any]:
    """The stable contract. Keys keep their order. `version` None: read from files, never installed.

    Every activity has paso, responsables, modo, actividad, documentos, tipo and then either `pregunta` with
    `respuestas` ("decision") or `sigue` ("tarea"). Only where the definition says so, there follow `resultado` (the
    named outcome of an end), `reune` (the steps a join waits for) and `vence` (where its term leads).
    """
    return {
        "id": procedure.id,
        "clave": procedure.code,
        "nombre": procedure.name,
        "area": procedure.unit,
        "version": version,
        "actividades": [_activity(procedure, a) for a in procedure.activities],
    }


def _activity(procedure: Procedure, activity: Activity) -> dict[str, Any]:
    node = compile_procedure(procedure).nodes[activity.step]
    out: dict[str, Any] = {
        "paso": activity.step,
        "responsables": [who(r) for r in activity.responsibles],
        "modo": MODES[activity.mode],
        "actividad": activity.text,
        "documentos": [{"nombre": d.name, "tantos": d.copies} for d in activity.documents],
    }
    if activity.is_decision:
        out["tipo"] = "decision"
        out["pregunta"] = activity.question
        out["respuestas"] = [
            {"respuesta": a.label, "destino": str(a.target), **_outcome(a.target)} for a in activity.answers
        ]
    else:
        out["tipo"] = "tarea"
        out["sigue"] = [str(t) for t in node.targets]
        out |= _outcome(node.targets[0])
    if activity.joins:
        out["reune"] = list(activity.joins)
    late = expiry_target(node)
    if late is not None:
        out["vence"] = {"destino": str(late), **_outcome(late)}
    return out


def _outcome(target: Target) -> dict[str, str]:
    return {"resultado": target.outcome} if target.is_end and target.outcome else {}


# --- Markdown ----------------------------------------------------------------------


def to_markdown(procedure: Procedure, version: int | None, names: Mapping[str, str] | None = None) -> str:
    """The page of the manual: data sheet, policies, and the table of activities. `names`: positions by key."""
    title = f"# {procedure.name}\n"
    parts = [title, _sheet(procedure, version), *_policies(procedure), _table(procedure, names or {})]
    return "\n".join(parts).rstrip() + "\n"


def _sheet(procedure: Procedure, version: int | None) -> str:
    rows = [
        ("Clave", procedure.code),
        ("Nombre", procedure.name),
        ("Área", procedure.unit_name or procedure.unit),
        ("Objetivo", procedure.objective),
        ("Alcance", procedure.scope),
        ("Fundamento", "<br>".join(_cell(g) for g in procedure.legal_ground)),
        ("Frecuencia", procedure.frequency),
        ("Tiempo promedio", procedure.average_time),
        ("Plazo", span(procedure.term) if procedure.term else ""),
        ("Versión", "" if version is None else str(version)),
    ]
    lines = [f"| {name} | {text if name == 'Fundamento' else _cell(text)} |" for name, text in rows if text]
    return "\n".join(["| Dato | |", "| --- | --- |", *lines, ""])


def _policies(procedure: Procedure) -> list[str]:
    if not procedure.policies:
        return []
    lines = [f"{number}. {_plain(text)}" for number, text in enumerate(procedure.policies, 1)]
    return ["## Políticas\n", "\n".join([*lines, ""])]


def _table(procedure: Procedure, names: Mapping[str, str]) -> str:
    head = [
        "## Actividades\n",
        "| Responsable | No. | Actividad | Documento | Tantos |",
        "| --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *(_row(procedure, a, names) for a in procedure.activities), ""])


def _row(procedure: Procedure, activity: Activity, names: Mapping[str, str]) -> str:
    cells = [
        "<br>".join(_cell(who(r)) for r in activity.responsibles),
        activity.step,
        "<br>".join(_cell(text) for text in said(procedure, activity, names, {})),
        "<br>".join(_cell(d.name) for d in activity.documents),
        "<br>".join(_cell(d.copies) for d in activity.documents) if any(d.copies for d in activity.documents) else "",
    ]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return _plain(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _plain(text: str) -> str:
    return " ".join(text.split())
