"""The checker's warnings: what runs, but a careful reader of the manual would ask about."""

from __future__ import annotations

from collections import Counter

from ..definitions import Activity, Pack, Place, Procedure
from ..suggest import plain
from .desk import Desk

_REFUSALS = ("no", "rechaz", "improced", "niega", "negad", "cancel", "desech")


def advise(desk: Desk, procedure: Procedure) -> None:
    if desk.torn(procedure.place.file):
        return
    _oficio_not_asked(desk, procedure)
    for activity in procedure.activities:
        _silent_end(desk, activity)
        _unsolved(desk, activity)
        if "¿" in activity.text and activity.question is None:
            told = f"El texto de la actividad {activity.step} pregunta, pero no hay decisión."
            desk.warn(activity.place_of("actividad"), "question-in-text", told, "Use `pregunta` y `respuestas`.")
    _loose_documents(desk, procedure)


def _oficio_not_asked(desk: Desk, procedure: Procedure) -> None:
    """What is asked by oficio says which one: its number and its date stand in the start's format."""
    form = desk.pack.formats.get(procedure.start.form or "")
    if not procedure.start.by_oficio or (form is not None and any("oficio" in f.key for f in form.fields)):
        return
    told = "Se pide por oficio, pero al iniciar nadie anota cuál."
    mend = "Agregue al formato de `inicio` los campos `oficio_numero` y `oficio_fecha`."
    desk.warn(
        Place(procedure.place.file, procedure.lines.get("inicio", procedure.place.line)), "oficio-not-asked", told, mend
    )


def _silent_end(desk: Desk, activity: Activity) -> None:
    ends = any(t.is_end for t in activity.all_targets)
    told_already = activity.notice or any(r.kind in ("applicant", "citizen") for r in activity.responsibles)
    if ends and not told_already:
        told = f"El caso termina en la actividad {activity.step} y nadie avisa al solicitante."
        desk.warn(activity.place, "silent-end", told, "Agregue `aviso: …`.")


def _unsolved(desk: Desk, activity: Activity) -> None:
    for answer in activity.answers:
        refuses = plain(answer.label).split(" ")[0].startswith(_REFUSALS)
        if refuses and answer.target.is_end and answer.target.outcome is None:
            told = f"Con la respuesta «{answer.label}» el caso termina como concluido, sin haberse resuelto."
            desk.warn(answer.place, "unsolved-end", told, "Escriba `{fin: improcedente}` u otro resultado.")


def _loose_documents(desk: Desk, procedure: Procedure) -> None:
    """A document named once, in the middle, that its activity neither issues, captures nor attaches."""
    uses = Counter(plain(d.name) for a in procedure.activities for d in a.documents)
    for activity in procedure.activities[1:-1]:
        makes = activity.issues or activity.form or activity.attachments or activity.call or activity.waits_for
        for document in activity.documents:
            if uses[plain(document.name)] == 1 and not makes:
                told = f"Nadie emite ni recibe «{document.name}», de la actividad {activity.step}."
                mend = "Use `genera`, `captura` o `adjunta`, o nómbrelo donde llega."
                desk.warn(activity.place_of("documentos"), "loose-document", told, mend)


def advise_pack(desk: Desk) -> None:
    """Formats and templates that nobody uses."""
    pack = desk.pack
    if any(f.place.file.startswith("procedimientos/") for f in desk.read):
        return
    used = _used_formats(pack)
    for key, form in pack.formats.items():
        if key not in used:
            told = f"Ningún procedimiento captura el formato «{key}»."
            desk.warn(form.place, "unused-format", told, "Nómbrelo en `captura` o quite el archivo.")


def _used_formats(pack: Pack) -> set[str]:
    activities = [a for p in pack.procedures.values() for a in p.activities]
    starts = {p.start.form for p in pack.procedures.values()}
    issued = {issue.template for a in activities for issue in a.issues}
    return {name for name in starts | issued | {a.form for a in activities} if name}
