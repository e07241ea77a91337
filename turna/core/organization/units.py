"""Institutions and their units, a tree."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from turna.core import audit
from turna.core.models import Institution, Position, Unit
from turna.core.refusals import Refused
from turna.core.rights import Standing

from .checks import MANAGE, invalid, own, unless_taken

_DEEPEST = 200  # characters of Unit.path


def create_institution(by: Standing, *, key: str, name: str, **fields: Any) -> Institution:
    """Found an institution; only who administers the install may. Raises Refused (not_allowed, invalid_form)."""
    if not by.administers:
        raise Refused("not_allowed", _("Solo quien administra la instalación puede dar de alta una institución."))
    if fields.get("time_zone") and fields["time_zone"] not in available_timezones():
        raise invalid("time_zone", _("Esa zona horaria no existe; por ejemplo America/Mexico_City."))
    with unless_taken("key", _("Ya existe una institución con esa clave.")):
        institution = Institution.objects.create(key=key, name=name, **fields)
        audit.note(institution.pk, "institution.created", {"key": key, "name": name}, actor=by.actor_id)
    return institution


def create_unit(by: Standing, institution: Institution, *, key: str, name: str, parent: Unit | None = None) -> Unit:
    """Add a unit, below `parent` or at the top. Raises Refused (not_allowed, invalid_form)."""
    by.require(MANAGE)
    own(by, institution.pk)
    _check_parent(institution.pk, parent)
    with unless_taken("key", _("Ya existe una unidad con esa clave.")):
        unit = Unit.objects.create(institution=institution, key=key, name=name.strip(), parent=parent)
        unit.path = _path(unit, parent)
        unit.save(update_fields=["path"])
        _note(by, unit, "unit.created", parent=parent.key if parent else None)
    return unit


def rename_unit(by: Standing, unit: Unit, name: str) -> Unit:
    """Give a unit another name; what was written with the former keeps it. Raises Refused (not_allowed)."""
    by.require(MANAGE)
    own(by, unit.institution_id)
    with transaction.atomic():
        former, unit.name = unit.name, name.strip()
        unit.save(update_fields=["name"])
        _note(by, unit, "unit.renamed", former=former)
    return unit


def move_unit(by: Standing, unit: Unit, parent: Unit | None) -> Unit:
    """Hang a unit, with all below it, under another. Raises Refused (not_allowed, invalid_form below itself)."""
    by.require(MANAGE)
    own(by, unit.institution_id)
    _check_parent(unit.institution_id, parent)
    with transaction.atomic():
        # The tree is moved by one at a time: two moves at once could hang each of two units below the other.
        Institution.objects.select_for_update().get(pk=unit.institution_id)
        unit.refresh_from_db()
        if parent:
            parent.refresh_from_db()
            if parent.path.startswith(unit.path):
                raise invalid("parent", _("Una unidad no puede depender de sí misma ni de una que depende de ella."))
        former, new = unit.path, _path(unit, parent)
        unit.parent = parent
        unit.save(update_fields=["parent"])
        below = Unit.objects.filter(institution_id=unit.institution_id, path__startswith=former)
        below.update(path=Concat(Value(new), Substr(F("path"), len(former) + 1)))
        unit.path = new
        _note(by, unit, "unit.moved", parent=parent.key if parent else None)
    return unit


def change_unit(by: Standing, unit: Unit, *, is_active: bool) -> Unit:
    """Close a unit, or open it again. Raises Refused (not_allowed, invalid_form while it has positions in force)."""
    by.require(MANAGE)
    own(by, unit.institution_id)
    if not is_active and _in_use(unit):
        raise invalid("is_active", _("Primero reubique o cierre sus puestos y las unidades que dependen de ella."))
    with transaction.atomic():
        unit.is_active = is_active
        unit.save(update_fields=["is_active"])
        _note(by, unit, "unit.opened" if is_active else "unit.closed")
    return unit


def _in_use(unit: Unit) -> bool:
    positions = Position.objects.filter(unit=unit, is_active=True)
    return positions.exists() or Unit.objects.filter(parent=unit, is_active=True).exists()


def _check_parent(institution_id: int, parent: Unit | None) -> None:
    if parent and parent.institution_id != institution_id:
        raise invalid("parent", _("La unidad superior es de otra institución."))


def _path(unit: Unit, parent: Unit | None) -> str:
    path = f"{parent.path if parent else ''}{unit.pk}/"
    if len(path) > _DEEPEST:
        raise invalid("parent", _("El organigrama tiene demasiados niveles."))
    return path


def _note(by: Standing, unit: Unit, action: str, **data: object) -> None:
    audit.note(unit.institution_id, action, {"unit": unit.key, "name": unit.name, **data}, actor=by.actor_id)
