"""What the checker says of a procedure's names: positions, formats, templates, actions, expressions."""

from __future__ import annotations

import re

from ..definitions import Activity, FieldType, FormatDef, Place, Procedure, Responsible, Term
from ..expressions import identifier
from ..seats import APPLICANT_UNIT, ELEMENT_UNIT, HEAD, seat
from ..suggest import plain
from .desk import Desk
from .formats import check_data_path, expression

ANYBODY = frozenset({"servidor-publico", "titular", "ciudadano"})
CASE_BEGINS = "inicio"
_SCHEDULE = re.compile(
    r"\b(diari[oa]|cada dia|cada mes|seman(al|a)|lunes|martes|miercoles|jueves|viernes|sabado|domingo|mensual|bimestral"
    r"|trimestral|cuatrimestral|semestral|anual|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    r"|noviembre|diciembre)\b"
)
"""The words by which a schedule is understood (`procedures.services.schedules`)."""
_MESSAGE = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def check_procedure(desk: Desk, procedure: Procedure) -> None:
    """Names only: these hold although other parts of the file are wrong."""
    _check_frame(desk, procedure)
    for activity in procedure.activities:
        _check_who(desk, activity)
        _check_with_what(desk, activity)
        _check_expressions(desk, procedure, activity)
        if activity.term is not None:
            _check_silence(desk, activity, activity.term)
            _check_term(desk, procedure, activity.term, f"la actividad {activity.step}")
    for story in procedure.tests:
        for step in story["pasa_por"]:
            place = Place(procedure.place.file, story["line"])
            desk.known(place, "step", step, procedure.by_step)


def _at(procedure: Procedure, key: str) -> Place:
    return Place(procedure.place.file, procedure.lines.get(key, procedure.place.line))


def _check_frame(desk: Desk, procedure: Procedure) -> None:
    if procedure.unit:
        desk.known(_at(procedure, "area"), "unit", procedure.unit, desk.units)
    if procedure.series is not None:
        desk.known(_at(procedure, "serie"), "series", procedure.series, desk.series)
    for key, term in (("plazo", procedure.term), ("prorroga", procedure.extension)):
        if term is not None and term.legal_ground is None:
            told = f"«{key}» del procedimiento no dice su fundamento."
            desk.error(term.place, "term-without-ground", told, "Agregue `fundamento: ley y artículo`.")
    if procedure.term is not None:
        _check_since(desk, procedure, procedure.term)
    _check_start(desk, procedure)


def _check_start(desk: Desk, procedure: Procedure) -> None:
    start = procedure.start
    if start.schedule is not None and not _SCHEDULE.search(plain(start.schedule)):
        place = Place(procedure.place.file, start.lines.get("programado", procedure.place.line))
        told = f"No se entiende cuándo empieza: «programado: {start.schedule}»."
        desk.error(place, "bad-schedule", told, "Escriba como `mensual 5, 09:00`, `semanal lunes` o `cada día hábil`.")
    for word in start.by:
        place = Place(procedure.place.file, start.lines.get("por", procedure.place.line))
        if word not in ANYBODY and not word.startswith("mesa/"):
            desk.known(place, "position", word, desk.positions | ANYBODY)
    if start.form is not None:
        place = Place(procedure.place.file, start.lines.get("captura", procedure.place.line))
        desk.known(place, "format", start.form, desk.formats)


# --- Who --------------------------------------------------------------------------------


def _check_who(desk: Desk, activity: Activity) -> None:
    for who in activity.responsibles:
        _check_responsible(desk, activity, who)
    for word in activity.signers:
        signer = seat(word)
        if signer.kind != "applicant":
            _check_position(desk, activity, signer, activity.place_of("firma"))
    seen = [(who.kind, who.key, who.where) for who in activity.responsibles]
    if len(set(seen)) < len(seen):
        told = f"La actividad {activity.step} nombra dos veces al mismo responsable."
        desk.error(activity.place_of("responsable"), "duplicate", told, "Déjelo una vez.")


def _check_responsible(desk: Desk, activity: Activity, who: Responsible) -> None:
    place = activity.place_of("responsable")
    if who.kind in ("position", "applicant_position"):
        _check_position(desk, activity, who, place)
    elif who.kind == "external":
        desk.known(place, "party", who.key or "", desk.parties)
        if who.recorder is None:
            told = f"La actividad {activity.step} la hace un externo y nadie la registra."
            desk.error(place, "external-without-recorder", told, "Agregue `registra: puesto`.")
    if who.recorder is not None and who.kind in ("external", "applicant", "citizen"):
        desk.known(activity.place_of("registra"), "position", who.recorder, desk.positions)


def _check_position(desk: Desk, activity: Activity, who: Responsible, place: Place) -> None:
    """The position, and the unit in which it is looked for."""
    if who.kind == "position":
        desk.known(place, "position", who.key or "", desk.positions | {"solicitante", "ciudadano"})
        return
    desk.known(place, "position", who.key or "", desk.positions | {HEAD})
    if who.where == ELEMENT_UNIT and activity.for_each is None:
        told = f"«{who.key}@{ELEMENT_UNIT}» pide un elemento y la actividad {activity.step} no lleva `por_cada`."
        desk.error(place, "unfit-key", told, "Agregue `por_cada` con una lista de unidades.")
    elif who.where not in (APPLICANT_UNIT, ELEMENT_UNIT):
        _check_field_type(desk, place, who.where, "unit", "una unidad")


# --- With what --------------------------------------------------------------------------


def _check_with_what(desk: Desk, activity: Activity) -> None:
    if activity.form is not None:
        desk.known(activity.place_of("captura"), "format", activity.form, desk.formats)
    for issue in activity.issues:
        desk.known(activity.place_of("genera"), "template", issue.template, desk.pack.templates)
        if issue.series is not None:
            desk.known(activity.place_of("genera"), "series", issue.series, desk.series)
        elif issue.number_at == "signature":
            told = f"«{issue.template}» se numera al firmar, pero no dice de qué serie."
            desk.error(activity.place_of("genera"), "missing-key", told, "Agregue `serie: …`.")
    if activity.call is not None and "/" not in activity.call.procedure:
        desk.known(activity.place_of("llama"), "procedure", activity.call.procedure, desk.procedures)
    if activity.action is not None and desk.actions is not None:
        desk.known(activity.place_of("accion"), "action", activity.action, desk.actions)
    if activity.waits_for is not None:
        _check_wait(desk, activity, activity.waits_for)


def _check_wait(desk: Desk, activity: Activity, waits: str) -> None:
    place, pause = activity.place_of("espera"), activity.pause
    if pause is None and not _MESSAGE.fullmatch(waits):
        told = f"«espera: {waits}» no es un mensaje ni un tiempo."
        desk.error(place, "bad-message", told, "Escriba como `pago.recibido` o `3 días hábiles`.")
    if pause is not None and activity.term is not None:
        told = f"La actividad {activity.step} espera un tiempo y además tiene plazo."
        desk.error(activity.term.place, "unfit-key", told, "Quite `plazo`: lo que espera un tiempo sigue solo.")
    if activity.call is not None:
        told = f"La actividad {activity.step} llama a otro procedimiento y además espera."
        desk.error(place, "unfit-key", told, "Ponga la espera en otra actividad.")
    if pause is not None and pause.until is not None:
        _check_field_type(desk, place, pause.until, "date", "una fecha")


def _check_field_type(desk: Desk, place: Place, path: str, kind: FieldType, told_as: str) -> None:
    """`path` (`formato.campo`) names a field of that type."""
    names = path.split(".")
    if len(names) != 2:
        told = f"«{path}» no nombra un campo."
        desk.error(place, "unknown-field", told, f"Escriba `formato.campo`, un campo que sea {told_as}.")
        return
    check_data_path(desk, place, (identifier(names[0]), names[1]))
    form = next((f for key, f in desk.pack.formats.items() if identifier(key) == identifier(names[0])), None)
    field = form.field(names[1]) if form is not None else None
    if field is not None and field.type != kind:
        told = f"El campo «{path}» no es {told_as}."
        desk.error(place, "wrong-type", told, f"Nombre un campo que sea {told_as}.")


# --- Expressions and terms ----------------------------------------------------------------


def _check_expressions(desk: Desk, procedure: Procedure, activity: Activity) -> None:
    own = desk.pack.formats.get(activity.form or procedure.start.form or "")
    for answer in activity.answers:
        if answer.decide is not None:
            _check_paths(desk, answer.place, answer.decide, own)
    if activity.for_each is not None:
        place = activity.place_of("por_cada")
        _check_paths(desk, place, activity.for_each, own)
        _check_is_list(desk, place, activity.for_each, own)


def _check_paths(desk: Desk, place: Place, text: str, own: FormatDef | None) -> None:
    compiled = expression(desk, place, text)
    for path in sorted(compiled.paths) if compiled else ():
        check_data_path(desk, place, path, own)


def _check_is_list(desk: Desk, place: Place, text: str, own: FormatDef | None) -> None:
    """`por_cada` over a plain field goes through nothing: only a table or a list of options has elements."""
    path = text.strip().split(".")
    form = own if len(path) == 1 else desk.pack.formats.get(path[0]) or desk.pack.formats.get(path[0].replace("_", "-"))
    field = form.field(path[-1]) if form is not None and len(path) <= 2 else None
    if field is not None and field.type not in ("table", "several"):
        told = f"«por_cada» recorre «{text}», que no es una lista."
        desk.error(place, "not-a-list", told, "Use un campo de tipo tabla o varios.")


def _check_term(desk: Desk, procedure: Procedure, term: Term, what: str) -> None:
    if term.legal_ground is None and not procedure.legal_ground:
        told = f"El plazo de {what} no dice su fundamento, ni el procedimiento tiene uno."
        desk.error(term.place, "term-without-ground", told, "Agregue `fundamento` al plazo o al procedimiento.")
    _check_since(desk, procedure, term)


def _check_silence(desk: Desk, activity: Activity, term: Term) -> None:
    if term.on_expiry in ("accept", "deny") and not activity.answers:
        told = f"Al vencer la actividad {activity.step} se contesta sola, pero no pregunta nada."
        mend = "Agregue la pregunta, o diga a qué actividad se va."
        desk.error(term.place, "unfit-key", told, mend)


def _check_since(desk: Desk, procedure: Procedure, term: Term) -> None:
    since = term.since
    messages = {a.waits_for for a in procedure.activities}
    if since is None or since == CASE_BEGINS or since in messages:
        return
    check_data_path(desk, term.place, tuple(since.split(".")), desk.pack.formats.get(procedure.start.form or ""))


# --- Procedures that call each other --------------------------------------------------------


def check_calls(desk: Desk) -> None:
    """A procedure that ends up waiting for itself never ends."""
    calls = {key: _called(procedure) for key, procedure in desk.pack.procedures.items()}
    settled: set[str] = set()
    for start in calls:
        path: list[str] = [start]
        pending = [iter(calls[start])]
        while pending and start not in settled:
            name, activity = next(pending[-1], (None, None))
            if name is None or activity is None:
                settled.add(path.pop())
                pending.pop()
            elif name in path:
                told = f"Los procedimientos se llaman en círculo: {' → '.join([*path[path.index(name) :], name])}."
                desk.error(activity.place_of("llama"), "endless-calls", told, "Quite una de las llamadas.")
            elif name in calls and name not in settled:
                path.append(name)
                pending.append(iter(calls[name]))


def _called(procedure: Procedure) -> list[tuple[str, Activity]]:
    return [(a.call.procedure, a) for a in procedure.activities if a.call is not None]
