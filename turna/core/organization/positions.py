"""Positions, and the rights they give beyond their own tasks."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import audit
from turna.core.models import Institution, Position, PositionRight, Unit
from turna.core.refusals import Refused
from turna.core.rights import RIGHTS, Standing

from .checks import MANAGE, invalid, own, unless_taken


def create_position(
    by: Standing, institution: Institution, *, key: str, name: str, unit: Unit | None = None, is_head: bool = False
) -> Position:
    """Add a position to a unit (or to none). Raises Refused (not_allowed, invalid_form)."""
    by.require(MANAGE)
    own(by, institution.pk)
    _check_unit(institution.pk, unit)
    with unless_taken("key", _("Ya existe un puesto con esa clave.")):
        position = Position.objects.create(
            institution=institution, key=key, name=name.strip(), unit=unit, is_head=is_head
        )
        _note(by, position, "position.created", unit=unit.key if unit else None, is_head=is_head)
    return position


def change_position(
    by: Standing, position: Position, *, name: str, unit: Unit | None, is_head: bool, is_active: bool = True
) -> Position:
    """Rename, move, open or close a position. Raises Refused (not_allowed, invalid_form)."""
    by.require(MANAGE)
    own(by, position.institution_id)
    _check_unit(position.institution_id, unit)
    with transaction.atomic():
        former = {"name": position.name, "is_head": position.is_head, "is_active": position.is_active}
        position.name, position.unit = name.strip(), unit
        position.is_head, position.is_active = is_head, is_active
        position.save(update_fields=["name", "unit", "is_head", "is_active"])
        _note(
            by,
            position,
            "position.changed",
            former=former,
            unit=unit.key if unit else None,
            is_head=is_head,
            is_active=is_active,
        )
    return position


def set_rights(by: Standing, position: Position, rights: Iterable[str]) -> None:
    """Make a position give exactly these rights. Nobody hands out a right they do not hold themselves.

    Raises Refused (not_allowed), NotRegistered for an unknown right.
    """
    by.require(MANAGE)
    own(by, position.institution_id)
    wanted = set(rights)
    for right in wanted:
        RIGHTS.get(right)
    with transaction.atomic():
        Position.objects.select_for_update().get(pk=position.pk)
        present = set(PositionRight.objects.filter(position=position).values_list("right", flat=True))
        _check_may_give(by, wanted ^ present)
        PositionRight.objects.filter(position=position, right__in=present - wanted).delete()
        PositionRight.objects.bulk_create(
            PositionRight(institution_id=position.institution_id, position=position, right=right)
            for right in sorted(wanted - present)
        )
        if wanted != present:
            _note(by, position, "position.rights_set", rights=sorted(wanted), former=sorted(present))


def _check_may_give(by: Standing, rights: set[str]) -> None:
    beyond = [str(RIGHTS.get(right)) for right in sorted(rights) if not by.can(right) and not by.administers]
    if beyond:
        words = _("Usted no puede dar ni quitar un derecho que no tiene: %s.") % ", ".join(beyond)
        raise Refused("not_allowed", words, {"rights": words})


def _check_unit(institution_id: int, unit: Unit | None) -> None:
    if unit and unit.institution_id != institution_id:
        raise invalid("unit", _("La unidad es de otra institución."))


def _note(by: Standing, position: Position, action: str, **data: object) -> None:
    content = {"position": position.key, "name": position.name, **data}
    audit.note(position.institution_id, action, content, actor=by.actor_id)
