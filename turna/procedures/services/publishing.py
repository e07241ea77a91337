"""Publishing what a pack says of the institution: units, positions, series, external parties, calendar.

Created or updated, never deleted; what an administrator has added stays. Procedures are `packs`' business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time

from turna.core import audit, calendar, organization
from turna.core.models import ExternalParty, FolioSeries, Institution, Position, Unit
from turna.core.rights import RIGHTS, Standing
from turna.engine.definitions import InstitutionDef, PositionDef, UnitDef


def publish_institution(told: InstitutionDef, by: Standing) -> tuple[Institution, list[str]]:
    """The institution as the pack says it, and what changed, in words."""
    institution = Institution.objects.filter(key=told.key).first()
    changes: list[str] = []
    if institution is None:
        institution = organization.create_institution(
            replace(by, administers=True), key=told.key, name=told.name, **_facts(told)
        )
        changes.append(f"institución {told.name}")
    else:
        _update_facts(institution, told, by, changes)
    able = replace(by, institution_id=institution.pk, rights=frozenset(RIGHTS))
    units = _publish_units(institution, told, able, changes.append)
    _publish_positions(institution, told, units, able, changes.append)
    _publish_series(institution, told, able, changes.append)
    _publish_parties(institution, told, changes.append)
    _publish_calendar(institution, told, able, changes.append)
    institution.refresh_from_db()
    return institution, changes


Tell = Callable[[str], None]


def _facts(told: InstitutionDef) -> dict[str, object]:
    return {"acronym": told.acronym, "time_zone": told.time_zone, "theme": told.theme, "contact": told.contact}


def _update_facts(institution: Institution, told: InstitutionDef, by: Standing, changes: list[str]) -> None:
    wanted = {"name": told.name, **_facts(told)}
    former = {name: getattr(institution, name) for name, value in wanted.items() if getattr(institution, name) != value}
    if not former:
        return
    for name in former:
        setattr(institution, name, wanted[name])
    institution.save(update_fields=list(former))
    audit.note(institution.pk, "institution.changed", {"former": former}, actor=by.actor_id)
    changes.append("datos de la institución")


def _publish_units(institution: Institution, told: InstitutionDef, by: Standing, tell: Tell) -> dict[str, Unit]:
    units = {unit.key: unit for unit in Unit.objects.filter(institution=institution)}
    for unit in _parents_first(told.units):
        parent = units.get(unit.parent or "")
        row = units.get(unit.key)
        if row is None:
            units[unit.key] = organization.create_unit(by, institution, key=unit.key, name=unit.name, parent=parent)
            tell(f"unidad {unit.name}")
            continue
        if row.name != unit.name:
            tell(f"unidad {row.name}, ahora {unit.name}")
            organization.rename_unit(by, row, unit.name)
        if row.parent_id != (parent.pk if parent else None):
            tell(f"unidad {unit.name} cambia de lugar")
            organization.move_unit(by, row, parent)
    return {unit.key: unit for unit in Unit.objects.filter(institution=institution)}


def _parents_first(units: tuple[UnitDef, ...]) -> list[UnitDef]:
    """Units in an order in which each comes after its parent. The checker has refused circles."""
    left, ordered = list(units), list[UnitDef]()
    done: set[str | None] = {None}
    while left:
        ready = [u for u in left if u.parent in done] or left
        ordered += ready
        done |= {u.key for u in ready}
        left = [u for u in left if u not in ready]
    return ordered


def _publish_positions(
    institution: Institution, told: InstitutionDef, units: dict[str, Unit], by: Standing, tell: Tell
) -> None:
    rows = {row.key: row for row in Position.objects.filter(institution=institution)}
    for position in told.positions:
        row, unit = rows.get(position.key), units.get(position.unit or "")
        if row is None:
            organization.create_position(
                by, institution, key=position.key, name=position.name, unit=unit, is_head=position.heads
            )
            tell(f"puesto {position.name}")
        elif _differs(row, position, unit):
            tell(f"puesto {row.name}, ahora {position.name}" if row.name != position.name else f"puesto {row.name}")
            organization.change_position(
                by, row, name=position.name, unit=unit, is_head=position.heads, is_active=row.is_active
            )


def _differs(row: Position, told: PositionDef, unit: Unit | None) -> bool:
    return (row.name, row.unit_id, row.is_head) != (told.name, unit.pk if unit else None, told.heads)


def _publish_series(institution: Institution, told: InstitutionDef, by: Standing, tell: Tell) -> None:
    """A series once published belongs to the institution's administrators: the pack only adds what is missing."""
    present = set(FolioSeries.objects.filter(institution=institution).values_list("key", flat=True))
    for series in told.series:
        if series.key not in present:
            FolioSeries.objects.create(
                institution=institution,
                key=series.key,
                kind=series.kind,
                pattern=series.pattern,
                is_yearly=series.yearly,
            )
            audit.note(institution.pk, "folios.series_created", {"key": series.key}, actor=by.actor_id)
            tell(f"serie {series.key}")


def _publish_parties(institution: Institution, told: InstitutionDef, tell: Tell) -> None:
    for party in told.parties:
        row, created = ExternalParty.objects.get_or_create(
            institution=institution, key=party.key, defaults={"name": party.name}
        )
        if not created and row.name != party.name:
            row.name = party.name
            row.save(update_fields=["name"])
        if created:
            tell(f"parte externa {party.name}")


def _publish_calendar(institution: Institution, told: InstitutionDef, by: Standing, tell: Tell) -> None:
    """Adds the pack's days to those that the institution has published itself; the pack wins on the same date."""
    own = {row.date: row for row in institution.days.filter(withdrawn_at__isnull=True)}
    days = {day: calendar.OwnDay(day, row.name, row.source, row.is_working) for day, row in own.items()}
    for told_day in told.calendar.days:
        day = date.fromisoformat(told_day.date)
        days[day] = calendar.OwnDay(day, told_day.name, told_day.source, told_day.working)
    hours = {weekday: (time.fromisoformat(a), time.fromisoformat(b)) for weekday, a, b in told.calendar.hours}
    if calendar.publish_calendar(institution.pk, days=days.values(), hours=hours or None, by=by):
        tell("calendario")
