"""What a person may do today: it follows from positions held, positions stood in for, and units headed.

Nothing here changes anything; who holds what is changed in `organization`, accounts in `people`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from turna.core.calendar import now
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
    """What `person` may do at that moment (now by default), in at most two queries.

    Days are the institution's own. Standing in is not passed on: a substitute's substitute gets nothing of it.
    """
    if not person.is_active:
        return Standing(person.pk, person.institution_id or 0)
    if person.institution_id is None:
        return Standing(person.pk, 0, administers=person.administers)
    moment = at or now()
    held = [(row, None) for row in _held(person, moment)]
    stood_in = [(row, row["absent"]) for row in _stood_in(person, moment)]
    return _standing(person, [*held, *stood_in])


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


_COLUMNS = {
    "starts": F("starts_on"),
    "ends": F("ends_on"),
    "zone": F("institution__time_zone"),
    "unit": F("position__unit_id"),
    "path": F("position__unit__path"),
    "is_head": F("position__is_head"),
    "right": F("position__rights__right"),
}


def _running(first: date, last: date) -> Q:
    return Q(starts_on__lte=last) & (Q(ends_on__isnull=True) | Q(ends_on__gte=first))


def _span(moment: datetime) -> tuple[date, date]:
    """The days it may be anywhere: the exact day depends on the institution's zone, which comes with the rows."""
    return (moment - timedelta(days=1)).date(), (moment + timedelta(days=1)).date()


def _held(person: Person, moment: datetime) -> list[dict[str, Any]]:
    rows = Appointment.objects.filter(
        _running(*_span(moment)),
        institution=person.institution_id,
        person_id=person.pk,
        position__is_active=True,
    ).values("position_id", **_COLUMNS)
    return [dict(row) for row in rows if _covers(row, moment)]


def _stood_in(person: Person, moment: datetime) -> list[dict[str, Any]]:
    first, last = _span(moment)
    rows = Appointment.objects.filter(
        _running(first, last),
        Q(person__absences__position=None) | Q(person__absences__position=F("position")),
        institution=person.institution_id,
        position__is_active=True,
        person__absences__substitute_id=person.pk,
        person__absences__institution=person.institution_id,
        person__absences__cancelled_at=None,
        person__absences__starts_on__lte=last,
        person__absences__ends_on__gte=first,
    ).values(
        "position_id",
        absent=F("person_id"),
        away_from=F("person__absences__starts_on"),
        away_to=F("person__absences__ends_on"),
        **_COLUMNS,
    )
    return [dict(row) for row in rows if _covers(row, moment)]


def _covers(row: Mapping[str, Any], moment: datetime) -> bool:
    day = moment.astimezone(ZoneInfo(row["zone"])).date()
    if not (row["starts"] <= day and (row["ends"] is None or day <= row["ends"])):
        return False
    return "away_from" not in row or row["away_from"] <= day <= row["away_to"]


def _standing(person: Person, rows: list[tuple[dict[str, Any], int | None]]) -> Standing:
    """Held rows come first, so that a position both held and stood in for counts as held."""
    positions: dict[int, int | None] = {}
    for row, absent in rows:
        positions.setdefault(row["position_id"], absent)
    paths = sorted({row["path"] for row, _absent in rows if row["is_head"] and row["path"]})
    top = tuple(path for path in paths if not any(path != other and path.startswith(other) for other in paths))
    return Standing(
        person_id=person.pk,
        institution_id=person.institution_id or 0,
        positions=positions,
        headed_paths=top,
        unit_ids=frozenset(row["unit"] for row, _absent in rows if row["unit"]),
        rights=frozenset(row["right"] for row, _absent in rows if row["right"]),
        administers=person.administers,
    )
