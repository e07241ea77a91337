"""Procedures in the words of a manual: where an activity leads, who does it, within what time.

Spanish sentences for the exports and for the flowchart's description. Layout is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

from .definitions import Activity, Procedure, Responsible, Target, Term
from .flow import compile_procedure, expiry_target

UNITS = {
    "working_days": ("día hábil", "días hábiles"),
    "calendar_days": ("día natural", "días naturales"),
    "hours": ("hora", "horas"),
    "minutes": ("minuto", "minutos"),
}


def listed(items: Sequence[str]) -> str:
    """`a`, `a y b`, `a, b y c`; `e` before the sound of i."""
    if len(items) < 2:
        return "".join(items)
    last = items[-1]
    sound = last.lower().lstrip("«¿¡\"' ")
    joint = "e" if sound.startswith(("i", "í", "hi", "hí")) and not sound.startswith(("hie", "hia")) else "y"
    return f"{', '.join(items[:-1])} {joint} {last}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def who(responsible: Responsible) -> str:
    """The responsible as people read it."""
    if responsible.label:
        return responsible.label
    fixed = {"applicant": "Solicitante", "citizen": "Ciudadano"}
    return fixed.get(responsible.kind) or capital((responsible.key or "").replace("-", " "))


def span(term: Term) -> str:
    """`3 días hábiles`."""
    return term.text or f"{term.amount} {UNITS[term.unit][term.amount != 1]}"


def going(targets: Sequence[Target]) -> str:
    """`continúa en la actividad 5`, `termina el procedimiento (improcedente)`."""
    if len(targets) > 1:
        return f"continúa al mismo tiempo en las actividades {listed([str(t) for t in targets])}"
    target = targets[0]
    if not target.is_end:
        return f"continúa en la actividad {target.step}"
    return "termina el procedimiento" + (f" ({target.outcome})" if target.outcome else "")


def leading(procedure: Procedure, activity: Activity) -> str:
    """Where the activity leads, as the manuals write it: `¿…? Sí: continúa en la actividad 5. No: …`."""
    node = compile_procedure(procedure).nodes[activity.step]
    if activity.is_decision:
        answers = [f"{capital(a.label)}: {going([a.target])}." for a in activity.answers]
        said = " ".join([activity.question or "", *answers])
    else:
        said = f"{capital(going(node.targets))}."
    late = expiry_target(node)
    if late is not None and activity.term is not None:
        said += f" Si vence el plazo de {span(activity.term)}: {going([late])}."
    return said


def follows_plainly(procedure: Procedure, activity: Activity) -> bool:
    """It simply goes on to the next row of the manual, so that nothing needs to be said."""
    node = compile_procedure(procedure).nodes[activity.step]
    following = procedure.activities[node.index + 1 : node.index + 2]
    plain = [t.step for t in node.targets] == [a.step for a in following] and bool(following)
    return plain and expiry_target(node) is None
