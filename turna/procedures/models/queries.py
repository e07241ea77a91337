"""Reads of cases and tasks: who may see what, as conditions that stay on an index.

The rule is one for page, list, search, count, export, file and API: the applicant, whoever opened the case, whoever
has or had a task in it (own positions, positions stood in for), the heads above those positions or above the
responsible area, and whoever holds `cases.see_all`.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from turna.core.models import Position, Unit
from turna.core.rights import Standing


def _below(standing: Standing, prefix: str) -> Q:
    """A unit path at or below one that this person heads."""
    condition = Q()
    for path in standing.headed_paths:
        condition |= Q(**{f"{prefix}__startswith": path})
    return condition


def _had_a_part(standing: Standing, *, personal: bool) -> Q:
    """Conditions on a task: it is or was this person's, of their positions, or of a unit they head. `personal`: tasks
    addressed to the person itself, such as an applicant, count too."""
    me = standing.person_id
    condition = Q(done_by=me, position__isnull=False) | Q(assignee=me)
    if personal:
        condition |= Q(person=me)
    if standing.positions:
        condition |= Q(position__in=list(standing.positions))
    if standing.headed_paths:
        headed = Position.objects.filter(_below(standing, "unit__path"), institution=standing.institution_id)
        condition |= Q(position__in=headed.values("pk"))
    return condition


def _part(standing: Standing, *, personal: bool) -> Q:
    tasks: Any = apps.get_model("procedures", "Task").objects
    return Q(Exists(tasks.filter(_had_a_part(standing, personal=personal), case=OuterRef("pk"))))


class CaseQuerySet(models.QuerySet[Any]):
    def visible_to(self, standing: Standing) -> CaseQuerySet:
        """The cases this person may read."""
        me = standing.person_id
        return self._where(standing, Q(applicant=me) | Q(opened_by=me) | _part(standing, personal=True))

    def worked_by(self, standing: Standing) -> CaseQuerySet:
        """Those of them in which this person stands on the institution's side of the desk, not only the applicant's."""
        opened = Q(opened_by=standing.person_id) & (Q(applicant=None) | ~Q(applicant=standing.person_id))
        return self._where(standing, opened | _part(standing, personal=False))

    def _where(self, standing: Standing, condition: Q) -> CaseQuerySet:
        if standing.can("cases.see_all"):
            return self.filter(institution=standing.institution_id)
        if not standing.person_id:
            return self.none()
        if standing.headed_paths:
            areas = Unit.objects.filter(_below(standing, "path"), institution=standing.institution_id)
            condition |= Q(procedure__unit__in=areas.values("pk"))
        if standing.institution_id:
            condition &= Q(institution=standing.institution_id)
        return self.filter(condition)

    def running(self) -> CaseQuerySet:
        return self.filter(status__in=["open", "suspended"])


class TaskQuerySet(models.QuerySet[Any]):
    def visible_to(self, standing: Standing) -> TaskQuerySet:
        """The tasks of the cases this person may read."""
        cases: Any = apps.get_model("procedures", "Case").objects
        seen = cases.visible_to(standing).filter(pk=OuterRef("case_id"))
        return self.filter(Exists(seen))

    def open(self) -> TaskQuerySet:
        return self.filter(status="open")

    def claimed_by(self, standing: Standing) -> TaskQuerySet:
        """Open tasks that this person has claimed. Index `task_mine`."""
        return self.filter(institution=standing.institution_id, assignee=standing.person_id, status="open")

    def unclaimed_for(self, standing: Standing) -> TaskQuerySet:
        """Open tasks of this person's positions that nobody has claimed. Index `task_unclaimed`."""
        return self.filter(
            institution=standing.institution_id,
            position__in=list(standing.positions),
            status="open",
            assignee__isnull=True,
        )

    def personal_to(self, standing: Standing) -> TaskQuerySet:
        """Open tasks addressed to the person itself, such as an applicant. Index `task_person`."""
        return self.filter(institution=standing.institution_id, person=standing.person_id, status="open")

    def doable_by(self, standing: Standing) -> TaskQuerySet:
        """Everything this person could do now: claimed, unclaimed in their positions, personal."""
        mine = Q(assignee=standing.person_id) | Q(person=standing.person_id)
        mine |= Q(position__in=list(standing.positions), assignee__isnull=True)
        return self.filter(mine, institution=standing.institution_id, status="open")

    def of_units_headed_by(self, standing: Standing) -> TaskQuerySet:
        """Tasks of the units that this person heads, and below. Index `task_unit`."""
        if not standing.headed_paths:
            return self.none()
        units = Unit.objects.filter(_below(standing, "path"), institution=standing.institution_id)
        return self.filter(institution=standing.institution_id, unit__in=units.values("pk"))

    def done_by_person(self, standing: Standing) -> TaskQuerySet:
        """What this person has done, for `-done_at`. Index `task_done_by`."""
        return self.filter(institution=standing.institution_id, done_by=standing.person_id, status="done")
