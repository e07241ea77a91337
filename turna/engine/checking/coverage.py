"""What the checker says of a procedure's `reglas`: every rule is met by something that exists, or says what it awaits.

`ROOMS` and `MECHANISMS` are the closed lists of what a rule may name besides the pack's own parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..definitions import Activity, Procedure, Rule
from .desk import Desk

MECHANISMS: Mapping[str, str] = {
    "acceso": "Solo quien tiene el derecho puede verlo o hacerlo",
    "archivo": "El expediente y sus documentos se conservan y no se alteran",
    "avisos": "Turna avisa a quien corresponde, en pantalla y por correo",
    "bitacora": "Cada acto queda en la historia encadenada del expediente",
    "calendario": "Los días se cuentan con el calendario de la institución",
    "calificacion": "Quien recibió el servicio lo califica",
    "expediente": "Todo lo del asunto está en un expediente digital",
    "firma": "Firma electrónica de quien ocupa el puesto",
    "folio": "Folio único de la serie, sin saltos",
    "indicadores": "El catálogo mide cuántos, cuánto tardan y dónde esperan",
    "plazos": "Los plazos se cuentan solos, avisan y vencen",
    "suplencias": "Actúa quien suple a quien está ausente",
    "turnado": "Se turna con instrucción y plazo, y se ve quién lo tiene",
}
"""What the platform does for every procedure: the key that `mecanismo` names, and what it is."""

ROOMS: Mapping[str, str] = {
    "cero-papel": "Cero Papel: oficios y firma",
    "mesas": "Mesas de atención",
    "ventanilla": "Ventanilla Digital",
    "pagos": "Pagos",
    "inventario": "Inventario y resguardos",
    "cuentas": "Cuentas y accesos",
    "datos-abiertos": "Datos abiertos",
    "participacion": "Participación ciudadana",
    "filas": "Filas",
    "compras": "Compras y contratos",
    "normas": "Normas",
    "respaldos": "Respaldos",
    "monitoreo": "Monitoreo de redes",
}
"""The domains that a rule may wait for (`espera`)."""

_OF_ACTIVITY: Mapping[str, Callable[[Activity], object]] = {
    "actividad": lambda a: a.text,
    "pregunta": lambda a: a.question,
    "plazo": lambda a: a.term,
    "firma": lambda a: a.signers,
    "aviso": lambda a: a.notice,
    "adjunta": lambda a: a.attachments,
    "llama": lambda a: a.call,
    "espera": lambda a: a.waits_for,
    "por_cada": lambda a: a.for_each,
    "modo": lambda a: len(a.responsibles) > 1,
    "documento": lambda a: a.issues or a.documents,
    "accion": lambda a: a.action,
}

_OF_PROCEDURE: Mapping[str, Callable[[Procedure], object]] = {
    "inicio": lambda p: p.start.by or p.start.schedule,
    "inicio programado": lambda p: p.start.schedule,
    "plazo": lambda p: p.term,
    "prorroga": lambda p: p.extension,
    "politica": lambda p: p.policies,
}


def check_rules(desk: Desk, procedure: Procedure) -> None:
    for rule in procedure.rules:
        if rule.waits_for is not None and rule.waits_for not in ROOMS:
            told = f"La regla espera «{rule.waits_for}», que nadie va a construir."
            desk.error(rule.place, "unknown-means", told, "Puede ser: " + ", ".join(ROOMS) + ".")
        if not rule.met_by and rule.waits_for is None:
            told = f"Nada hace cumplir la regla «{rule.text}»."
            desk.error(rule.place, "unmet-rule", told, "Diga con qué se `cumple` o qué `espera`.")
        for means in rule.met_by:
            _check_means(desk, procedure, rule, means)


def _check_means(desk: Desk, procedure: Procedure, rule: Rule, means: str) -> None:
    if exists(desk, procedure, means) or desk.torn(procedure.place.file):
        return
    told = f"La regla «{rule.text}» se cumple con «{means}», que no existe."
    desk.error(
        rule.place, "unknown-means", told, "Nombre algo que el manual tenga, como `plazo 3` o `formato factura`."
    )


def exists(desk: Desk, procedure: Procedure, means: str) -> bool:
    """Whether what a rule names as its means is there: a part of the procedure, of its pack, or of the platform."""
    if means in _OF_PROCEDURE:
        return bool(_OF_PROCEDURE[means](procedure))
    kind, _, name = means.partition(" ")
    activity = procedure.by_step.get(name)
    if activity is not None and kind in _OF_ACTIVITY:
        return bool(_OF_ACTIVITY[kind](activity))
    return bool(name) and _of_pack(desk, procedure, kind, name)


def _of_pack(desk: Desk, procedure: Procedure, kind: str, name: str) -> bool:
    key, _, field = name.partition(".")
    form = desk.pack.formats.get(key)
    known: Mapping[str, Callable[[], bool]] = {
        "formato": lambda: form is not None and (not field or form.field(field) is not None),
        "validacion": lambda: form is not None and bool(form.checks),
        "documento": lambda: name in desk.pack.templates,
        "serie": lambda: name in desk.series,
        "cuentas": lambda: any(a.key == name for a in desk.pack.institution.accounts),
        "organigrama": lambda: name in desk.positions | desk.units | desk.parties,
        "accion": lambda: any(a.action == name for a in procedure.activities),
        "procedimiento": lambda: name in desk.procedures,
        "prueba": lambda: any(t["nombre"] == name for t in procedure.tests),
        "mecanismo": lambda: name in MECHANISMS,
    }
    return kind in known and known[kind]()
