"""Claiming a task from a shared position, giving it back, and handing it to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core.calendar import now, zone_of
from turna.core.models import Person, Position
from turna.core.rights import Standing, acting_people, standing_of, system_standing

from ..models import Task
from .acting import acting_for, lock_task, once, refuse_unless_open
from .carrying import Entry, record
from .outcomes import Refused
from .step import CaseRow, Desk, TaskRow, at_desk
from .telling import tell_of_task


def claim_task(task_id: int, by: Standing, *, act: UUID | None = None) -> None:
    """The task is this person's until they give it back. Claiming one's own again is no harm.

    Raises: Refused: not_found, not_yours, claimed_by_other, already_done, case_ended, suspended.
    """

    def do() -> None:
        moment = now()
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            behalf = acting_for(task, by)
            refuse_unless_open(case)
            if task.assignee_id != by.person_id:
                _assign(desk, task, case, by.person_id, Entry("task.claimed", {}, by.actor_id, behalf, act), moment)

    once(act, do, lambda _entry: None)


def claim_many(task_ids: Sequence[int], by: Standing) -> dict[int, str]:
    """Claims each; what was refused, by task, with its message. Each is a transaction of its own."""
    refused: dict[int, str] = {}
    for task_id in task_ids:
        try:
            claim_task(task_id, by)
        except Refused as error:
            refused[task_id] = error.message
    return refused


def release_task(task_id: int, by: Standing, *, act: UUID | None = None) -> None:
    """The task goes back to its position. Its assignee gives it back, or who supervises the unit takes it away.

    Raises: Refused: not_found, not_yours, already_done.
    """

    def do() -> None:
        moment = now()
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            if task.status != Task.Status.OPEN:
                acting_for(task, by)
            if task.assignee_id != by.person_id and not _supervises(task, by):
                raise Refused("not_yours", _("Solo puede devolverla quien la tomó o quien dirige la unidad."))
            if task.assignee_id is not None:
                _assign(desk, task, case, None, Entry("task.released", {}, by.actor_id, act=act), moment)

    once(act, do, lambda _entry: None)


def reassign_task(task_id: int, by: Standing, to_person_id: int, reason: str, *, act: UUID | None = None) -> None:
    """Who heads the unit hands an open task to another holder of its position (or their substitute), who is told.

    Raises: Refused: not_found, not_allowed, already_done, missing_reason, not_yours (that person does not act there).
    """

    def do() -> None:
        moment = now()
        if not reason.strip():
            raise Refused("missing_reason", _("Diga por qué la reasigna."), {"reason": _("Falta el motivo.")})
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            if not _supervises(task, by):
                raise Refused("not_allowed", _("Solo reasigna quien dirige la unidad."))
            if task.status != Task.Status.OPEN:
                raise Refused("already_done", _("Esta tarea ya no está pendiente."))
            _refuse_stranger(task, case, to_person_id, moment)
            data = {"to": to_person_id, "reason": reason.strip()}
            _assign(desk, task, case, to_person_id, Entry("task.reassigned", data, by.actor_id, act=act), moment)
            tell_of_task(task.id, Person.objects.get(pk=to_person_id), _("Le asignaron una tarea"))

    once(act, do, lambda _entry: None)


def release_lost(institution_id: int, person_id: int) -> int:
    """Somebody's posts have changed: what they had claimed in positions they no longer act for goes back to those.
    Returns how many tasks."""
    moment, person = now(), Person.objects.get(pk=person_id)
    kept = standing_of(person).positions
    rows = Task.objects.filter(institution=institution_id, assignee=person_id, status=Task.Status.OPEN)
    lost = list(rows.exclude(position__in=list(kept)).exclude(person=person_id).values_list("pk", flat=True))
    for task_id in lost:
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, system_standing(institution_id), moment)
            if task.assignee_id == person_id and task.status == Task.Status.OPEN:
                _assign(desk, task, case, None, Entry("task.released", {"lost_by": person_id}), moment)
    return len(lost)


def _assign(desk: Desk, task: TaskRow, case: CaseRow, person_id: int | None, entry: Entry, moment: datetime) -> None:
    Task.objects.filter(pk=task.id).update(assignee=person_id)
    told = {"task": task.id, "step": task.step, **entry.data}
    record(desk, case, Entry(entry.action, told, entry.actor_id, entry.on_behalf_of, entry.act), moment)


def _supervises(task: TaskRow, by: Standing) -> bool:
    position = Position.objects.select_related("unit").filter(pk=task.position_id or 0).first()
    return position is not None and position.unit is not None and by.heads(position.unit.path)


def _refuse_stranger(task: TaskRow, case: CaseRow, person_id: int, moment: datetime) -> None:
    day = moment.astimezone(zone_of(case.time_zone)).date()
    position = task.position_id
    if position is None or person_id not in acting_people(case.institution_id, [position], day)[position]:
        raise Refused("not_yours", _("Esa persona no ocupa el puesto ni lo suple hoy."))
