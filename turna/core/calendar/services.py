"""How the institution's calendar is amended: published days come and go, hours change.

Every amendment gives the calendar a new version, so that what is kept in memory elsewhere is not used again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from secrets import randbelow
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import audit, events
from turna.core.models import CalendarDay, Institution, WorkingHours
from turna.core.refusals import Refused

from .clock import now

if TYPE_CHECKING:
    from turna.core.rights import Standing

Hours = Mapping[int, tuple[time, time]]


@dataclass(frozen=True, slots=True)
class CalendarAmended:
    """The calendar of an institution is another one now: deadlines counted with it must be counted again."""

    institution_id: int


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day on which the institution departs from the federal base, with where that was published."""

    date: date
    name: str
    source: str = ""
    is_working: bool = False


@transaction.atomic
def add_day(
    institution_id: int, day: date, name: str, *, by: Standing, is_working: bool = False, source: str = ""
) -> CalendarDay:
    """Publish a day of the institution's own. Right: calendar.manage.

    Raises Refused: not_allowed; invalid_form (no name); already_done (the date has a day already; withdraw it first).
    Publishes CalendarAmended.
    """
    institution = _locked(institution_id, by)
    if not name.strip():
        raise Refused("invalid_form", _("Falta el nombre del día."), {"name": _("Escriba el nombre del día.")})
    if CalendarDay.objects.filter(institution=institution, date=day, withdrawn_at=None).exists():
        told = _("Esa fecha ya está en el calendario. Retírela antes de volver a publicarla.")
        raise Refused("already_done", told, {"date": told})
    row = _insert(institution, OwnDay(day, name.strip(), source.strip(), is_working), by)
    _amended(institution, "calendar.day_added", {"date": day.isoformat(), "name": row.name, "works": is_working}, by)
    return row


@transaction.atomic
def withdraw_day(day_id: int, *, by: Standing) -> None:
    """Take back a published day; the row stays, with when it was withdrawn. Right: calendar.manage.

    Raises Refused: not_found, not_allowed, already_done. Publishes CalendarAmended.
    """
    row = CalendarDay.objects.filter(pk=day_id).first()
    if row is None or (by.institution_id and row.institution_id != by.institution_id):
        raise Refused("not_found", _("Ese día no está en el calendario."))
    institution = _locked(row.institution_id, by)
    if not CalendarDay.objects.filter(pk=day_id, withdrawn_at=None).update(withdrawn_at=now()):
        raise Refused("already_done", _("Ese día ya se había retirado."))
    _amended(institution, "calendar.day_withdrawn", {"date": row.date.isoformat(), "name": row.name}, by)


@transaction.atomic
def set_hours(institution_id: int, hours: Hours, *, by: Standing) -> None:
    """Replace the opening hours: weekday (0 Monday) -> opens, closes. Right: calendar.manage.

    Raises Refused: not_allowed; invalid_form (no day at all, or closing before opening). Publishes CalendarAmended.
    """
    institution = _locked(institution_id, by)
    _replace_hours(institution, hours)
    _amended(institution, "calendar.hours_set", {"hours": _told(hours)}, by)


@transaction.atomic
def publish_calendar(institution_id: int, *, days: Iterable[OwnDay], hours: Hours | None, by: Standing) -> bool:
    """Make the calendar say exactly this, as when a pack is installed; True when it said something else before.

    Days that stay the same keep their rows. Right: calendar.manage. Publishes CalendarAmended (when changed).
    """
    institution = _locked(institution_id, by)
    wanted = {day.date: day for day in days}
    changed = _align_days(institution, wanted, by)
    if hours is not None and _told(_present_hours(institution)) != _told(hours):
        _replace_hours(institution, hours)
        changed = True
    if changed:
        _amended(institution, "calendar.published", {"days": len(wanted)}, by)
    return changed


def _align_days(institution: Institution, wanted: dict[date, OwnDay], by: Standing) -> bool:
    present = CalendarDay.objects.filter(institution=institution, withdrawn_at=None)
    stale = []
    for row in present:
        if wanted.get(row.date) == OwnDay(row.date, row.name, row.source, row.is_working):
            del wanted[row.date]
        else:
            stale.append(row.pk)
    CalendarDay.objects.filter(pk__in=stale).update(withdrawn_at=now())
    for day in wanted.values():
        _insert(institution, day, by)
    return bool(stale or wanted)


def _locked(institution_id: int, by: Standing) -> Institution:
    by.require("calendar.manage")
    if by.institution_id and by.institution_id != institution_id:
        raise Refused("not_allowed", _("Usted no puede cambiar el calendario de otra institución."))
    return Institution.objects.select_for_update().get(pk=institution_id)


def _insert(institution: Institution, day: OwnDay, by: Standing) -> CalendarDay:
    return CalendarDay.objects.create(
        institution=institution,
        date=day.date,
        name=day.name,
        source=day.source,
        is_working=day.is_working,
        added_at=now(),
        added_by_id=by.actor_id,
    )


def _replace_hours(institution: Institution, hours: Hours) -> None:
    if not hours or any(not 0 <= day <= 6 or opens >= closes for day, (opens, closes) in hours.items()):
        raise Refused("invalid_form", _("Indique al menos un día, y una hora de cierre posterior a la de apertura."))
    WorkingHours.objects.filter(institution=institution).delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(institution=institution, weekday=day, opens=opens, closes=closes)
        for day, (opens, closes) in sorted(hours.items())
    )


def _present_hours(institution: Institution) -> Hours:
    rows = WorkingHours.objects.filter(institution=institution).values_list("weekday", "opens", "closes")
    return {day: (opens, closes) for day, opens, closes in rows}


def _told(hours: Hours) -> dict[str, str]:
    return {str(day): f"{opens:%H:%M}-{closes:%H:%M}" for day, (opens, closes) in sorted(hours.items())}


def _amended(institution: Institution, action: str, data: dict[str, object], by: Standing) -> None:
    # Not simply the next number: if this transaction is rolled back, another amendment must not get the same one,
    # or what was kept in memory under it would be taken for the new calendar.
    institution.calendar_version += 1 + randbelow(10_000)
    institution.save(update_fields=["calendar_version"])
    audit.note(institution.pk, action, data, actor=by.actor_id)
    events.publish(CalendarAmended(institution.pk))
