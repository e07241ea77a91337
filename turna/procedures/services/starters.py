"""Who may begin a procedure, and on whose behalf. Opening the case is `start`'s business."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from turna.core.models import Person, Position
from turna.core.rights import Standing, standing_of
from turna.core.wording import listing

from ..definitions import Definition
from .opening import Applicant
from .outcomes import Refused

OFFICIAL, HEAD, CITIZEN = "servidor-publico", "titular", "ciudadano"


def may_start(definition: Definition, by: Standing) -> bool:
    """Whether this person may begin the procedure, by their positions or as a citizen."""
    starters = definition.procedure.start.by
    if CITIZEN in starters and (definition.procedure.start.public or by.institution_id == 0):
        return bool(by.person_id)
    if by.institution_id != definition.institution_id:
        return False
    if OFFICIAL in starters and by.positions:
        return True
    if HEAD in starters and by.headed_paths:
        return True
    return any(definition.positions.get(key) in by.positions for key in starters)


def who_starts(definition: Definition) -> str:
    """Who may begin it, as people read it."""
    fixed = {
        OFFICIAL: _("cualquier persona servidora pública"),
        HEAD: _("quien encabeza una unidad, o quien le suple"),
        CITIZEN: _("cualquier persona"),
    }
    return listing([fixed.get(key) or definition.names.get(key, key) for key in definition.procedure.start.by])


def refuse_unless_starter(definition: Definition, by: Standing) -> None:
    """Raises: Refused("not_allowed"), saying who may."""
    if not may_start(definition, by):
        told = _("Su puesto no inicia este procedimiento. Lo inicia: %(who)s.")
        raise Refused("not_allowed", told % {"who": who_starts(definition)})


def starter(definition: Definition, by: Standing) -> Applicant:
    """Whoever starts is the applicant, with the unit of the position by which they may."""
    person = Person.objects.filter(pk=by.person_id).first()
    if person is None:
        return Applicant()
    return Applicant(person.pk, person.full_name, person.email, person.phone, _unit_of(definition, by))


def _unit_of(definition: Definition, by: Standing) -> int | None:
    """The unit of the position held; where only heads may ask, of the one headed, also in somebody's place."""
    rows = Position.objects.filter(pk__in=list(by.positions), unit__isnull=False).order_by("pk")
    if HEAD in definition.procedure.start.by:
        rows = rows.filter(is_head=True)
        found = {row.pk: row.unit_id for row in rows}
        own = [pk for pk in found if by.positions[pk] is None]
        return next((found[pk] for pk in (*own, *found)), None)
    held = [position for position, absent in by.positions.items() if absent is None]
    return rows.filter(pk__in=held).values_list("unit_id", flat=True).first()


def named(applicant: Applicant, definition: Definition) -> Applicant:
    """The applicant as the starter names them, completed from their account.

    Where only heads may ask, whoever records it for them (an oficio that has come) names a head: a person who is one,
    or, for one without an account, the unit that they head. Raises: Refused("invalid_form").
    """
    if applicant.person_id is None:
        if not applicant.name.strip():
            raise _unfit(_("Diga a nombre de quién se inicia."))
        _refuse_unless_unit_has_head(applicant, definition)
        return replace(applicant, name=applicant.name.strip()[:250])
    person = Person.objects.filter(pk=applicant.person_id, is_active=True).first()
    if person is None or person.institution_id not in (None, definition.institution_id):
        raise _unfit(_("Esa persona no tiene cuenta aquí."))
    unit_id = applicant.unit_id or _unit_of_person(person, definition)
    email, phone = applicant.email or person.email, applicant.phone or person.phone
    return Applicant(person.pk, person.full_name, email, phone, unit_id)


def _unit_of_person(person: Person, definition: Definition) -> int | None:
    """The unit of the person's present position. Raises: Refused("invalid_form"): they head none and only heads ask."""
    if HEAD in definition.procedure.start.by:
        standing = standing_of(person)
        if not standing.headed_paths:
            told = _("%(name)s no encabeza una unidad, y esto solo lo pide quien encabeza una: nombre a quien firma.")
            raise _unfit(told % {"name": person.full_name})
        return _unit_of(definition, standing)
    posts = person.appointments.filter(ends_on__isnull=True, position__unit__isnull=False).order_by("-starts_on")
    return posts.values_list("position__unit_id", flat=True).first()


def _refuse_unless_unit_has_head(applicant: Applicant, definition: Definition) -> None:
    if HEAD not in definition.procedure.start.by:
        return
    heads = Position.objects.filter(institution=definition.institution_id, is_head=True, is_active=True)
    if applicant.unit_id is None or not heads.filter(unit=applicant.unit_id).exists():
        raise _unfit(_("Esto solo lo pide quien encabeza una unidad: diga de cuál es titular quien firma."))


def _unfit(told: str) -> Refused:
    return Refused("invalid_form", told, {"applicant": told})
