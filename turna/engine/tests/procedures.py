"""Procedures for the engine's tests: short builders, a hand-made real one, and a strategy of random valid ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from turna.engine.definitions import (
    Activity,
    Answer,
    Call,
    DocumentUse,
    Place,
    Procedure,
    Responsible,
    Start,
    Target,
    Term,
)

PLACE = Place("procedimientos/prueba.yaml", 1)


def target(value: str) -> Target:
    """`"3"`, `"fin"`, or `"fin:improcedente"`."""
    if value == "fin" or value.startswith("fin:"):
        return Target(None, value[4:] or None)
    return Target(value)


def position(key: str) -> Responsible:
    return Responsible("position", key, label=key.replace("-", " ").capitalize())


def act(
    step: str,
    to: str | Sequence[str] | dict[str, str] = "fin",
    *,
    by: str | Sequence[str] = "analista",
    **more: Any,
) -> Activity:
    """An activity: `to` a step, several (a fork), or answers with their targets (a decision)."""
    keys = [by] if isinstance(by, str) else list(by)
    values: dict[str, Any] = {
        "step": step,
        "responsibles": tuple(position(k) for k in keys),
        "mode": "all",
        "text": f"Hace lo de la actividad {step}",
        "place": PLACE,
    }
    if isinstance(to, dict):
        automatic = bool(more.pop("automatic", False))
        values["question"] = more.pop("question", f"¿Sale bien la {step}?")
        values["answers"] = tuple(
            Answer(label, target(t), PLACE, decide="true" if automatic else None, automatic=automatic)
            for label, t in to.items()
        )
    else:
        values["targets"] = tuple(target(t) for t in ([to] if isinstance(to, str) else to))
    return Activity(**{**values, **more})


def procedure(*activities: Activity, **more: Any) -> Procedure:
    values: dict[str, Any] = {
        "key": "prueba",
        "pack": "pruebas",
        "code": "PR-01",
        "name": "Procedimiento de prueba",
        "unit": "direccion",
        "unit_name": "Dirección de Pruebas",
        "objective": "Probar.",
        "scope": "Las pruebas.",
        "activities": activities,
        "start": Start(("analista",)),
        "place": PLACE,
    }
    return Procedure(**{**values, **more})


def term(go: str | None = None, on_expiry: str = "go", amount: int = 3) -> Term:
    where = None if go is None else target(go)
    return Term(amount, "working_days", PLACE, on_expiry=on_expiry, target=where)  # type: ignore[arg-type]


def call(key: str, waits: bool = True) -> Call:
    return Call(key, waits)


def document(name: str, copies: str = "") -> DocumentUse:
    return DocumentUse(name, copies)
