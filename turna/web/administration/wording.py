"""The audit's entries in words that people read. What an act is called in the chain never changes; its words may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from turna.core.models import AuditEntry, Person
from turna.core.rights import RIGHTS

ACTS = {
    "institution.created": _("Alta de la institución"),
    "unit.created": _("Alta de una unidad"),
    "unit.renamed": _("Cambio de nombre de una unidad"),
    "unit.moved": _("Cambio de lugar de una unidad"),
    "unit.opened": _("Reapertura de una unidad"),
    "unit.closed": _("Cierre de una unidad"),
    "position.created": _("Alta de un puesto"),
    "position.changed": _("Cambio de un puesto"),
    "position.rights_set": _("Derechos de un puesto"),
    "appointment.made": _("Nombramiento"),
    "appointment.ended": _("Término de un nombramiento"),
    "substitution.made": _("Suplencia"),
    "substitution.cancelled": _("Cancelación de una suplencia"),
    "person.created": _("Alta de una cuenta"),
    "person.invited": _("Invitación"),
    "person.accepted": _("Invitación aceptada"),
    "person.changed": _("Cambio de datos de una persona"),
    "person.deactivated": _("Cierre de una cuenta"),
    "person.reactivated": _("Reapertura de una cuenta"),
    "person.must_change_password": _("Se pidió otra contraseña"),
    "person.link_issued": _("Enlace para elegir contraseña, entregado en persona"),
    "person.administers": _("Permiso de administrar la instalación"),
    "person.second_factor_removed": _("Retiro del segundo factor"),
    "login.succeeded": _("Entrada"),
    "login.failed": _("Intento fallido de entrar"),
    "logout": _("Salida"),
    "password.changed": _("Cambio de contraseña"),
    "second_factor.added": _("Alta de un segundo factor"),
    "second_factor.removed": _("Baja de un segundo factor"),
    "second_factor.renewed": _("Códigos de recuperación nuevos"),
    "second_factor.failed": _("Segundo factor equivocado"),
    "address.confirmed": _("Correo confirmado"),
    "address.changed": _("Cambio de correo"),
    "calendar.day_added": _("Publicación de un día"),
    "calendar.day_withdrawn": _("Retiro de un día"),
    "calendar.hours_set": _("Cambio del horario"),
    "calendar.published": _("Publicación del calendario"),
    "folios.series_created": _("Alta de una serie de folios"),
    "folios.pattern_changed": _("Cambio del formato de una serie"),
    "mail.retried": _("Reintento de un correo"),
    "envelope.sealed": _("Sobre cerrado con una contraseña de primera vez"),
    "envelope.opened": _("Impresión de un sobre"),
    "envelope.ended": _("Entrega o destrucción de un sobre"),
}
NAMES = {
    "person": _("persona"),
    "substitute": _("suplente"),
    "position": _("puesto"),
    "unit": _("unidad"),
    "parent": _("depende de"),
    "name": _("nombre"),
    "former": _("antes"),
    "from": _("desde"),
    "to": _("hasta"),
    "date": _("fecha"),
    "works": _("es hábil"),
    "series": _("serie"),
    "pattern": _("formato"),
    "kind": _("numera"),
    "is_yearly": _("anual"),
    "is_head": _("titular"),
    "is_active": _("vigente"),
    "administers": _("administra la instalación"),
    "fields": _("datos cambiados"),
    "rights": _("derechos"),
    "count": _("cuántos"),
    "hours": _("horario"),
    "days": _("días"),
    "key": _("clave"),
    "mail": _("correo"),
    "given_names": _("nombre(s)"),
    "surname1": _("primer apellido"),
    "surname2": _("segundo apellido"),
    "phone": _("teléfono"),
    "curp": "CURP",
}
_WEEK = (_("lun"), _("mar"), _("mié"), _("jue"), _("vie"), _("sáb"), _("dom"))
_PEOPLE = ("person", "substitute")


@dataclass(frozen=True, slots=True)
class Told:
    """An entry and its words: what was done, and each thing it says as (name, value)."""

    entry: AuditEntry
    act: Any
    facts: list[tuple[Any, str]]


def tell(entries: Iterable[AuditEntry]) -> list[Told]:
    """Words for entries, the people they mention by name, in one query."""
    rows = list(entries)
    mentioned = {row.data.get(name) for row in rows for name in _PEOPLE}
    people = {person.pk: str(person) for person in Person.objects.filter(pk__in=mentioned - {None})}
    return [Told(row, ACTS.get(row.action, row.action), _facts(row.data, people)) for row in rows]


def _facts(data: dict[str, Any], people: dict[int, str]) -> list[tuple[Any, str]]:
    told = []
    for name, value in data.items():
        if value is None or value == [] or value == "":
            continue
        words = people.get(value, str(value)) if name in _PEOPLE else _value(name, value)
        told.append((NAMES.get(name, name), words))
    return told


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("sí") if value else _("no"))
    if name == "hours" and isinstance(value, dict):
        return ", ".join(f"{_WEEK[int(day)]} {span}" for day, span in sorted(value.items()))
    if isinstance(value, dict):
        return "; ".join(f"{NAMES.get(key, key)}: {_value(key, item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(str(RIGHTS.find(item) or NAMES.get(item, item)) for item in value)
    return str(value)
