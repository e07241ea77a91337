"""Plain functions that make rows for tests: an institution, its units, positions and people, all invented."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any

from turna.core.models import (
    Appointment,
    FolioSeries,
    Institution,
    Person,
    Position,
    PositionRight,
    Substitution,
    Unit,
    WorkingHours,
)
from turna.core.rights import Standing, standing_of

LONG_AGO = date(2020, 1, 1)
PASSWORD = "maíz-y-frijol-2026"
_number = count(1)


def make_institution(key: str = "", **fields: Any) -> Institution:
    """An institution that opens Monday to Friday, 9:00 to 18:00."""
    key = key or f"institucion-{next(_number)}"
    institution = Institution.objects.create(key=key, name=fields.pop("name", f"Municipio {key}"), **fields)
    WorkingHours.objects.bulk_create(
        WorkingHours(institution=institution, weekday=day, opens="09:00", closes="18:00") for day in range(5)
    )
    return institution


def make_unit(institution: Institution, key: str = "", parent: Unit | None = None, **fields: Any) -> Unit:
    key = key or f"unidad-{next(_number)}"
    unit = Unit.objects.create(
        institution=institution,
        key=key,
        parent=parent,
        name=fields.pop("name", key.replace("-", " ").title()),
        **fields,
    )
    unit.path = f"{parent.path if parent else ''}{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def make_position(
    unit: Unit | None,
    key: str = "",
    *,
    institution: Institution | None = None,
    rights: Iterable[str] = (),
    **fields: Any,
) -> Position:
    """A position of a unit; `institution` is only needed without one."""
    key = key or f"puesto-{next(_number)}"
    owner = institution or (unit.institution if unit else None)
    position = Position.objects.create(
        institution=owner, unit=unit, key=key, name=fields.pop("name", key.replace("-", " ").title()), **fields
    )
    for right in rights:
        PositionRight.objects.create(institution=position.institution, position=position, right=right)
    return position


def make_person(
    institution: Institution | None, *positions: Position, email: str = "", password: str | None = None, **fields: Any
) -> Person:
    """A person who has held `positions` for long. Without a password they cannot log in (hashing takes time)."""
    number = next(_number)
    person = Person.objects.create_user(
        email or f"persona{number}@ejemplo.mx",
        password,
        institution=institution,
        given_names=fields.pop("given_names", "Persona"),
        surname1=fields.pop("surname1", f"Inventada {number}"),
        **fields,
    )
    for position in positions:
        appoint(person, position)
    return person


def appoint(person: Person, position: Position, starts_on: date = LONG_AGO, ends_on: date | None = None) -> Appointment:
    return Appointment.objects.create(
        institution=position.institution, person=person, position=position, starts_on=starts_on, ends_on=ends_on
    )


def stand_in(absent: Person, substitute: Person, position: Position | None = None, **fields: Any) -> Substitution:
    """A substitution; by default of all positions, for a century."""
    return Substitution.objects.create(
        institution=absent.institution,
        absent=absent,
        substitute=substitute,
        position=position,
        starts_on=fields.pop("starts_on", LONG_AGO),
        ends_on=fields.pop("ends_on", date(2120, 1, 1)),
        **fields,
    )


def make_series(
    institution: Institution, key: str = "expedientes", pattern: str = "TEST/{año}/{n:05}", **fields: Any
) -> FolioSeries:
    return FolioSeries.objects.create(
        institution=institution, key=key, kind=fields.pop("kind", "case"), pattern=pattern, **fields
    )


def standing(person: Person) -> Standing:
    """The person's standing now, read afresh."""
    return standing_of(Person.objects.get(pk=person.pk))


def make_official(*rights: str, institution: Institution | None = None, **fields: Any) -> tuple[Person, Standing]:
    """A person in a unit of their own whose position gives `rights`, and their standing."""
    owner = institution or make_institution()
    position = make_position(make_unit(owner), rights=rights)
    person = make_person(owner, position, **fields)
    return person, standing_of(person)
