"""What a person may do today: it follows from positions held, positions stood in for, and units headed.

Nothing here changes anything; who holds what is changed in `organization`, accounts in `people`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from turna.core.calendar import now
from turna.core.database import select_often
from turna.core.models import Appointment, Person, Substitution
from turna.core.refusals import Refused
from turna.core.registry import Registry

# Name of the right -> its label. A position may be given any of them beyond its own tasks.
RIGHTS: Registry[Any] = Registry("derechos")
for _name, _label in (
    ("organization.manage", _("Organigrama, nombramientos y suplencias")),
    ("calendar.manage", _("Calendario y folios")),
    ("accounts.manage", _("Personas y cuentas")),
    ("packs.install", _("Instalar manuales")),
    ("cases.see_all", _("Ver todos los expedientes")),
    ("cases.move", _("Mover expedientes de actividad")),
    ("cases.cancel", _("Cancelar expedientes")),
    ("audit.read", _("Leer la auditoría")),
    ("mail.read", _("Ver el correo saliente")),
):
    RIGHTS.add(_name, _label)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who acts, and with which powers, on one day.

    `positions`: position id -> None when held, or the absent person's id when standing in for them.
    `headed_paths`: paths of the units headed; everything below is seen too. `institution_id` 0: of no institution.
    `person_id` 0: the system itself (installing a pack, the worker).
    """

    person_id: int
    institution_id: int
    positions: Mapping[int, int | None] = field(default_factory=dict)
    headed_paths: tuple[str, ...] = ()
    unit_ids: frozenset[int] = frozenset()
    rights: frozenset[str] = frozenset()
    administers: bool = False

    def can(self, right: str) -> bool:
        """Whether this right is held. Administering the install opens every right except those over cases."""
        return right in self.rights or (self.administers and not right.startswith("cases."))

    def acts_for(self, position_id: int | None) -> bool:
        """Whether this person holds the position or stands in for a holder."""
        return position_id in self.positions

    def on_behalf_of(self, position_id: int | None) -> int | None:
        """The absent holder's person id when this person acts "en suplencia de"; None when they hold it themselves."""
        return self.positions.get(position_id) if position_id is not None else None

    def heads(self, unit_path: str) -> bool:
        """Whether a unit with this path is headed by this person, or lies below one that is."""
        return any(unit_path.startswith(path) for path in self.headed_paths)

    def require(self, right: str) -> None:
        """Raises Refused("not_allowed") without the right."""
        if not self.can(right):
            raise Refused("not_allowed", str(_("Usted no tiene permiso para hacer esto.")))

    @property
    def actor_id(self) -> int | None:
        """For the audit: the person, or None for the system."""
        return self.person_id or None


def system_standing(institution_id: int = 0) -> Standing:
    """The system acting by itself: every right, no person. For installing packs, the worker, commands."""
    return Standing(0, institution_id, rights=frozenset(RIGHTS), administers=True)


def standing_of(person: Person, at: datetime | None = None) -> Standing:
    """What `person` may do at that moment (now by default), in one query.

    Days are the institution's own. Standing in is not passed on: a substitute's substitute gets nothing of it.
    """
    if not person.is_active:
        return Standing(person.pk, person.institution_id or 0)
    if person.institution_id is None:
        return Standing(person.pk, 0, administers=person.administers)
    return _standing(person, _rows(person, at or now()))


def acting_people(institution_id: int, position_ids: Iterable[int], day: date) -> dict[int, tuple[int, ...]]:
    """Active people who hold each position on that day, or stand in for a holder, by position id. Two queries."""
    wanted = set(position_ids)
    found: dict[int, set[int]] = {position_id: set() for position_id in wanted}
    active = Appointment.objects.filter(institution_id=institution_id, position_id__in=wanted).filter(
        _running(day, day)
    )
    holders = dict[int, set[int]]()
    for position_id, person_id, is_active in active.values_list("position_id", "person_id", "person__is_active"):
        holders.setdefault(person_id, set()).add(position_id)
        if is_active:
            found[position_id].add(person_id)
    for absent, substitute, only in Substitution.objects.filter(
        institution_id=institution_id,
        absent_id__in=holders,
        starts_on__lte=day,
        ends_on__gte=day,
        cancelled_at=None,
        substitute__is_active=True,
    ).values_list("absent_id", "substitute_id", "position_id"):
        for position_id in holders[absent] if only is None else holders[absent] & {only}:
            found[position_id].add(substitute)
    return {position_id: tuple(sorted(people)) for position_id, people in found.items()}


class _Row(NamedTuple):
    """A position, how one comes to act for it, and one right it gives."""

    position_id: int
    absent_id: int | None
    starts_on: str
    ends_on: str
    away_from: str
    away_to: str
    zone: str
    unit_id: int | None
    path: str | None
    is_head: bool
    right: str | None

    def covers(self, day: str) -> bool:
        return self.starts_on <= day <= (self.ends_on or day) and (self.away_from or day) <= day <= (
            self.away_to or day
        )


# Every request of somebody with an account asks this, so it is one statement, spelled out: positions held, and
# positions of people stood in for. Days are compared as text; on a day's edge the zone decides (`covers`).
_ACTS_FOR = """
SELECT a.position_id, {absent}, a.starts_on, a.ends_on, {away}, i.time_zone, p.unit_id, u.path, p.is_head, r."right"
FROM {source}
JOIN core_position p ON p.id = a.position_id AND p.is_active
JOIN core_institution i ON i.id = a.institution_id
LEFT JOIN core_unit u ON u.id = p.unit_id
LEFT JOIN core_positionright r ON r.position_id = p.id
WHERE a.starts_on <= %(last)s AND (a.ends_on IS NULL OR a.ends_on >= %(first)s) AND {whose}
"""
_HELD = _ACTS_FOR.format(
    absent="NULL",
    away="NULL, NULL",
    source="core_appointment a",
    whose="a.institution_id = %(institution)s AND a.person_id = %(person)s",
)
_STOOD_IN = _ACTS_FOR.format(
    absent="a.person_id",
    away="s.starts_on, s.ends_on",
    source="""core_substitution s JOIN core_appointment a ON a.institution_id = s.institution_id
    AND a.person_id = s.absent_id AND (s.position_id IS NULL OR s.position_id = a.position_id)""",
    whose="""s.institution_id = %(institution)s AND s.substitute_id = %(person)s AND s.cancelled_at IS NULL
    AND s.ends_on >= %(first)s AND s.starts_on <= %(last)s""",
)


def _rows(person: Person, moment: datetime) -> list[_Row]:
    """What the person acts for at that moment, held positions first: one both held and stood in for counts as held."""
    span = {"first": (moment - timedelta(days=1)).date(), "last": (moment + timedelta(days=1)).date()}
    whose = {"institution": person.institution_id, "person": person.pk}
    params = {**whose, **{name: day.isoformat() for name, day in span.items()}}
    found = [_row(values) for values in select_often(f"{_HELD} UNION ALL {_STOOD_IN}", params)]
    acting = [row for row in found if row.covers(moment.astimezone(ZoneInfo(row.zone)).date().isoformat())]
    return sorted(acting, key=lambda row: row.absent_id is not None)


def _row(values: Sequence[Any]) -> _Row:
    """Days come as dates from one database and as text from the other."""
    return _Row(*values[:2], *(str(day or "") for day in values[2:6]), *values[6:])


def _running(first: date, last: date) -> Q:
    return Q(starts_on__lte=last) & (Q(ends_on__isnull=True) | Q(ends_on__gte=first))


def _standing(person: Person, rows: list[_Row]) -> Standing:
    positions: dict[int, int | None] = {}
    for row in rows:
        positions.setdefault(row.position_id, row.absent_id)
    paths = sorted({row.path for row in rows if row.is_head and row.path})
    top = tuple(path for path in paths if not any(path != other and path.startswith(other) for other in paths))
    return Standing(
        person_id=person.pk,
        institution_id=person.institution_id or 0,
        positions=positions,
        headed_paths=top,
        unit_ids=frozenset(row.unit_id for row in rows if row.unit_id),
        rights=frozenset(row.right for row in rows if row.right),
        administers=person.administers,
    )
