"""What a head sees of the work below: load per person, what nobody has taken, who is away. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Value

from turna.core.models import Appointment, Person, Position, Substitution, Unit

from .models import Task


@dataclass(frozen=True, slots=True)
class Load:
    """Open tasks of one person or one position. `age`: how long they have been waiting on average."""

    id: int
    name: str
    note: str
    open: int = 0
    overdue: int = 0
    oldest: datetime | None = None
    age: timedelta = timedelta()
    absence: Substitution | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """The work of the units at or below `paths`, now."""

    people: tuple[Load, ...]
    positions: tuple[Load, ...]
    open: int
    overdue: int
    unclaimed: int
    age: timedelta
    absences: tuple[Substitution, ...]


def team_of(institution_id: int, paths: Iterable[str], now: datetime, today: date) -> Team:
    """Reads the whole team in six statements, whatever its size."""
    below = Q()
    for path in paths:
        below |= Q(path__startswith=path)
    units = Unit.objects.filter(below, institution_id=institution_id)
    tasks = Task.objects.filter(institution_id=institution_id, unit__in=units.values("pk"), status="open")
    held = _held(institution_id, units, today)
    absences = _absences(institution_id, held, today)
    people = _people(tasks, held, absences, now)
    positions = _positions(tasks, now)
    everything = tasks.aggregate(**_figures(now))
    return Team(
        people,
        positions,
        everything["n"],
        everything["late"],
        sum(p.open for p in positions),
        everything["age"] or timedelta(),
        tuple(absences.values()),
    )


def _figures(now: datetime) -> dict[str, Any]:
    waiting = ExpressionWrapper(Value(now) - F("opened_at"), output_field=DurationField())
    return {
        "n": Count("pk"),
        "late": Count("pk", filter=Q(due_at__lt=now)),
        "oldest": Min("opened_at"),
        "age": Avg(waiting),
    }


def _held(institution_id: int, units: QuerySet[Unit], today: date) -> dict[int, list[str]]:
    """Positions by person, of those who hold one in the units today."""
    current = Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    rows = Appointment.objects.filter(
        current, institution_id=institution_id, position__unit__in=units.values("pk"), person__is_active=True
    )
    held: dict[int, list[str]] = {}
    for person_id, name in rows.order_by("position__name").values_list("person_id", "position__name"):
        held.setdefault(person_id, []).append(name)
    return held


def _absences(institution_id: int, people: Iterable[int], today: date) -> dict[int, Substitution]:
    rows = Substitution.objects.filter(
        institution_id=institution_id,
        absent_id__in=list(people),
        starts_on__lte=today,
        ends_on__gte=today,
        cancelled_at=None,
    )
    return {row.absent_id: row for row in rows.select_related("absent", "substitute", "position")}


def _people(
    tasks: QuerySet[Task], held: dict[int, list[str]], absences: dict[int, Substitution], now: datetime
) -> tuple[Load, ...]:
    """Everybody with a post in the units or a task of theirs, most loaded first."""
    rows = tasks.filter(assignee__isnull=False).values("assignee_id").annotate(**_figures(now)).order_by()
    figures = {row["assignee_id"]: row for row in rows}
    people = Person.objects.filter(pk__in={*held, *figures}).order_by("given_names", "surname1")
    loads = [
        _load(p.pk, p.full_name, ", ".join(held.get(p.pk, ())), figures.get(p.pk), absences.get(p.pk)) for p in people
    ]
    return tuple(sorted(loads, key=lambda load: (-load.open, load.name)))


def _positions(tasks: QuerySet[Task], now: datetime) -> tuple[Load, ...]:
    """Positions whose tasks nobody has taken."""
    rows = tasks.filter(assignee__isnull=True, position__isnull=False).values("position_id").annotate(**_figures(now))
    figures = {row["position_id"]: row for row in rows.order_by()}
    named = Position.objects.filter(pk__in=figures).select_related("unit")
    loads = [_load(p.pk, p.name, p.unit.name if p.unit else "", figures[p.pk], None) for p in named]
    return tuple(sorted(loads, key=lambda load: (-load.open, load.name)))


def _load(key: int, name: str, note: str, row: dict[str, Any] | None, absence: Substitution | None) -> Load:
    if row is None:
        return Load(key, name, note, absence=absence)
    return Load(key, name, note, row["n"], row["late"], row["oldest"], row["age"] or timedelta(), absence)
