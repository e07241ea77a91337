"""What a head sees of the work below: load per person, what nobody has taken, who is away. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Value
from django.utils.translation import gettext as _

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
    """The work of the units at or below `paths`, now. What waits for a position that one person alone holds counts
    as that person's; `positions` are those that several share, or that nobody holds."""

    people: tuple[Load, ...]
    positions: tuple[Load, ...]
    total: Load
    unclaimed: int
    absences: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class _Figures:
    n: int = 0
    late: int = 0
    oldest: datetime | None = None
    waited: timedelta = timedelta()

    def __add__(self, other: _Figures) -> _Figures:
        oldest = min((at for at in (self.oldest, other.oldest) if at is not None), default=None)
        return _Figures(self.n + other.n, self.late + other.late, oldest, self.waited + other.waited)

    def load(self, key: int, name: str, note: str, absence: Substitution | None = None) -> Load:
        return Load(key, name, note, self.n, self.late, self.oldest, self.waited / (self.n or 1), absence)


@dataclass(frozen=True, slots=True)
class _Posts:
    """Who holds which position today, by names and ids."""

    names: dict[int, list[str]]
    holders: dict[int, set[int]]

    def alone(self, position_id: int | None) -> int | None:
        """The only holder of a position."""
        holders = self.holders.get(position_id or 0, set())
        return next(iter(holders)) if len(holders) == 1 else None


def team_of(institution_id: int, paths: Iterable[str], now: datetime, today: date) -> Team:
    """Reads the whole team in five statements, whatever its size."""
    below = Q()
    for path in paths:
        below |= Q(path__startswith=path)
    units = Unit.objects.filter(below, institution_id=institution_id)
    tasks = Task.objects.filter(institution_id=institution_id, unit__in=units.values("pk"), status="open")
    posts = _posts(institution_id, units, today)
    absences = _absences(institution_id, posts.names, today)
    by_person, by_position = _figures(tasks, posts, now)
    people = Person.objects.filter(pk__in={*posts.names, *by_person})
    loads = [
        by_person.get(p.pk, _Figures()).load(
            p.pk, p.full_name, ", ".join(posts.names.get(p.pk, ())), absences.get(p.pk)
        )
        for p in people
    ]
    named = Position.objects.filter(pk__in=by_position).select_related("unit")
    shared = [by_position[p.pk].load(p.pk, p.name, _note(p, posts)) for p in named]
    total = sum([*by_person.values(), *by_position.values()], _Figures())
    return Team(
        tuple(sorted(loads, key=lambda load: (-load.open, load.name))),
        tuple(sorted(shared, key=lambda load: (-load.open, load.name))),
        total.load(0, "", ""),
        sum(load.open for load in shared),
        tuple(absences.values()),
    )


def _note(position: Position, posts: _Posts) -> str:
    if not posts.holders.get(position.pk):
        return _("Vacante: nadie ocupa el puesto")
    return position.unit.name if position.unit else ""


def _figures(tasks: QuerySet[Task], posts: _Posts, now: datetime) -> tuple[dict[int, _Figures], dict[int, _Figures]]:
    """Open tasks by whoever carries them, and by position those that nobody does."""
    waiting = ExpressionWrapper(Value(now) - F("opened_at"), output_field=DurationField())
    rows = tasks.values("assignee_id", "position_id", "person_id").annotate(
        n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)), oldest=Min("opened_at"), age=Avg(waiting)
    )
    people: dict[int, _Figures] = {}
    positions: dict[int, _Figures] = {}
    for row in rows.order_by():
        figures = _Figures(row["n"], row["late"], row["oldest"], (row["age"] or timedelta()) * row["n"])
        carrier = row["assignee_id"] or posts.alone(row["position_id"])
        if carrier is not None:
            people[carrier] = people.get(carrier, _Figures()) + figures
        elif row["position_id"] is not None:
            positions[row["position_id"]] = positions.get(row["position_id"], _Figures()) + figures
    return people, positions


def _posts(institution_id: int, units: QuerySet[Unit], today: date) -> _Posts:
    current = Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    rows = Appointment.objects.filter(
        current, institution_id=institution_id, position__unit__in=units.values("pk"), person__is_active=True
    )
    posts = _Posts({}, {})
    for person_id, position_id, name in rows.order_by("position__name").values_list(
        "person_id", "position_id", "position__name"
    ):
        posts.names.setdefault(person_id, []).append(name)
        posts.holders.setdefault(position_id, set()).add(person_id)
    return posts


def _absences(institution_id: int, people: Iterable[int], today: date) -> dict[int, Substitution]:
    rows = Substitution.objects.filter(
        institution_id=institution_id,
        absent_id__in=list(people),
        starts_on__lte=today,
        ends_on__gte=today,
        cancelled_at=None,
    )
    return {row.absent_id: row for row in rows.select_related("absent", "substitute", "position")}
