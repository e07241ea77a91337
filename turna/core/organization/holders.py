"""Who holds a position and from when to when (nombramientos), and who stands in during an absence (suplencias)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import audit, events
from turna.core.calendar import now, today
from turna.core.models import Appointment, Person, Position, Substitution
from turna.core.refusals import Refused
from turna.core.rights import Standing

from .checks import MANAGE, invalid, own, unless_taken


@dataclass(frozen=True, slots=True)
class HoldersChanged:
    """Somebody began or ceased to hold a position, or to stand in for a holder."""

    institution_id: int
    person_id: int


def appoint(
    by: Standing, person: Person, position: Position, *, starts_on: date, ends_on: date | None = None
) -> Appointment:
    """Give a position to a person, both days included. Several people may hold one.

    Raises Refused (not_allowed, invalid_form). Publishes HoldersChanged.
    """
    by.require(MANAGE)
    own(by, position.institution_id)
    _check_dates(starts_on, ends_on)
    if person.institution_id != position.institution_id:
        raise invalid("person", _("La persona es de otra institución."))
    if not position.is_active:
        raise invalid("position", _("Ese puesto está cerrado."))
    _check_free(person, position, starts_on, ends_on)
    with unless_taken("starts_on", _("Ya tiene un nombramiento en ese puesto desde ese día.")):
        made = Appointment.objects.create(
            institution_id=position.institution_id,
            person=person,
            position=position,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        _note(by, position.institution_id, "appointment.made", person.pk, position=position.key, **_span(made))
    return made


def end_appointment(by: Standing, appointment: Appointment, *, ends_on: date) -> Appointment:
    """Set an appointment's last day. One that had not begun ends on its first day at the earliest.

    Raises Refused (not_allowed, invalid_form). Publishes HoldersChanged.
    """
    by.require(MANAGE)
    own(by, appointment.institution_id)
    _check_dates(appointment.starts_on, ends_on)
    with transaction.atomic():
        appointment.ends_on = ends_on
        appointment.save(update_fields=["ends_on"])
        key = appointment.position.key
        _note(
            by,
            appointment.institution_id,
            "appointment.ended",
            appointment.person_id,
            position=key,
            **_span(appointment),
        )
    return appointment


def substitute(
    by: Standing,
    absent: Person,
    stand_in: Person,
    *,
    starts_on: date,
    ends_on: date,
    position: Position | None = None,
    reason: str = "",
) -> Substitution:
    """Let `stand_in` act for `absent` in one position, or in all. People may arrange their own absence.

    `reason` is an administrative word, never a diagnosis. Raises Refused (not_allowed, invalid_form).
    Publishes HoldersChanged.
    """
    _may_arrange(by, absent)
    _check_dates(starts_on, ends_on)
    if absent.pk == stand_in.pk:
        raise invalid("substitute", _("Nadie puede suplirse a sí mismo."))
    if stand_in.institution_id != absent.institution_id or not stand_in.is_active:
        raise invalid("substitute", _("Quien suple debe tener una cuenta activa en la misma institución."))
    if position and not Appointment.objects.filter(person=absent, position=position).exists():
        raise invalid("position", _("La persona ausente no ocupa ese puesto."))
    if ends_on < _day_of(absent):
        raise invalid("ends_on", _("Ese periodo ya pasó."))
    with transaction.atomic():
        made = Substitution.objects.create(
            institution_id=absent.institution_id or 0,
            absent=absent,
            substitute=stand_in,
            position=position,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip(),
        )
        data = {"position": position.key if position else None, "substitute": stand_in.pk, **_span(made)}
        _note(by, made.institution_id, "substitution.made", absent.pk, **data)
    events.publish(HoldersChanged(made.institution_id, stand_in.pk))
    return made


def cancel_substitution(by: Standing, substitution: Substitution) -> Substitution:
    """End a substitution at once; what was done in it stays. Raises Refused (not_allowed, already_done).
    Publishes HoldersChanged."""
    _may_arrange(by, substitution.absent)
    with transaction.atomic():
        done = Substitution.objects.filter(pk=substitution.pk, cancelled_at=None).update(cancelled_at=now())
        if not done:
            raise Refused("already_done", _("Esa suplencia ya estaba cancelada."))
        data = {"substitute": substitution.substitute_id, **_span(substitution)}
        _note(by, substitution.institution_id, "substitution.cancelled", substitution.absent_id, **data)
    events.publish(HoldersChanged(substitution.institution_id, substitution.substitute_id))
    substitution.refresh_from_db()
    return substitution


def end_all(by: Standing, person: Person) -> None:
    """End what somebody holds or stands in for, as they leave; part of `people.deactivate`, which checks the right."""
    day = _day_of(person)
    for row in Appointment.objects.select_related("position").filter(person=person):
        if row.ends_on is None or row.ends_on >= day:
            end_appointment(by, row, ends_on=max(day - timedelta(days=1), row.starts_on))
    rows = Substitution.objects.filter(substitute=person, cancelled_at=None, ends_on__gte=day)
    for substitution in rows.select_related("absent"):
        cancel_substitution(by, substitution)


def _day_of(person: Person) -> date:
    return today(person.institution) if person.institution else now().date()


def _may_arrange(by: Standing, absent: Person) -> None:
    """Oneself, who keeps the org chart, and the head of a unit in which the absent person stands."""
    own(by, absent.institution_id)
    if by.person_id == absent.pk or by.can(MANAGE):
        return
    paths = Appointment.objects.filter(person=absent, position__unit__isnull=False)
    if not any(by.heads(path) for path in paths.values_list("position__unit__path", flat=True)):
        by.require(MANAGE)


def _check_dates(starts_on: date, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        raise invalid("ends_on", _("La fecha final es anterior a la inicial."))


def _check_free(person: Person, position: Position, starts_on: date, ends_on: date | None) -> None:
    others = Appointment.objects.filter(person=person, position=position)
    for other in others:
        after = other.ends_on is not None and other.ends_on < starts_on
        before = ends_on is not None and ends_on < other.starts_on
        if not (after or before):
            raise invalid("starts_on", _("Ya ocupa ese puesto en parte de esas fechas."))


def _span(row: Appointment | Substitution) -> dict[str, str | None]:
    return {"from": row.starts_on.isoformat(), "to": row.ends_on.isoformat() if row.ends_on else None}


def _note(by: Standing, institution_id: int, action: str, person_id: int, **data: object) -> None:
    audit.note(institution_id, action, {"person": person_id, **data}, actor=by.actor_id)
    events.publish(HoldersChanged(institution_id, person_id))
