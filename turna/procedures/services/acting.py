"""Who may act on a task or a case, and the same act twice. Shared by every service; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from turna.core.calendar import zone_of
from turna.core.models import AuditEntry, Person
from turna.core.rights import Standing
from turna.engine.definitions import Activity
from turna.engine.flow import State

from ..definitions import Definition
from ..models import Case, Task
from .carrying import CHAIN
from .outcomes import Completed, OpenedTask, Refused
from .placing import NewTask
from .step import NOBODY, CaseRow, Desk, TaskRow

T = TypeVar("T")


# --- Locking -----------------------------------------------------------------------

_zones: dict[int, str] = {}  # institution -> time zone, as last seen in a locked case
_DEFAULT_ZONE = "America/Mexico_City"


def lock_task(desk: Desk, task_id: int, by: Standing, now: datetime) -> tuple[TaskRow, CaseRow]:
    """The task and its case, locked. Raises: Refused("not_found")."""
    zone = _zones.get(by.institution_id, _DEFAULT_ZONE)
    day = _day(now, zone)
    found = desk.lock_task(task_id, by.person_id, day)
    if found is not None and found[1].time_zone != zone:
        _zones[found[1].institution_id] = zone = found[1].time_zone
        if _day(now, zone) != day:
            found = desk.lock_task(task_id, by.person_id, _day(now, zone))
    if found is None:
        raise Refused("not_found", _("Esta tarea no existe."))
    return found


def lock_case(desk: Desk, case_id: int) -> CaseRow:
    """The case, locked. Raises: Refused("not_found")."""
    case = desk.lock_case(case_id)
    if case is None:
        raise Refused("not_found", _("Este expediente no existe."))
    return case


def seen_case(desk: Desk, case_id: int, by: Standing) -> CaseRow:
    """The case, locked, when this person may read it. Raises: Refused("not_found"), alike when it does not exist."""
    case = lock_case(desk, case_id)
    if by.person_id and not Case.objects.visible_to(by).filter(pk=case_id).exists():
        raise Refused("not_found", _("Este expediente no existe."))
    return case


def state_of(case: CaseRow) -> State:
    return State.from_json(json.loads(case.state))


def _day(now: datetime, zone: str) -> date:
    return now.astimezone(zone_of(zone)).date()


# --- Rights ------------------------------------------------------------------------


def acting_for(task: TaskRow, by: Standing) -> int | None:
    """Whether this person may act on the task; the absent person they stand in for, or None.

    Raises: Refused: not_yours, already_done (naming who did it), claimed_by_other.
    """
    mine = task.person_id is not None and task.person_id == by.person_id
    if not mine and task.acting == NOBODY:
        raise Refused("not_yours", _("Esta tarea es de otro puesto."))
    behalf = task.acting if task.acting > 0 and not mine else None
    if task.status != Task.Status.OPEN:
        raise Refused("already_done", _already(task))
    # A task escalated to its head may be done by them although somebody had claimed it.
    if not mine and task.assignee_id not in (None, by.person_id, behalf):
        name = _name(task.assignee_id)
        raise Refused("claimed_by_other", _("La tomó %(name)s.") % {"name": name})
    return behalf


def refuse_unless_open(case: CaseRow) -> None:
    """Raises: Refused: suspended, case_ended."""
    if case.status == Case.Status.SUSPENDED:
        raise Refused("suspended", _("El expediente espera la respuesta de quien lo solicitó; su plazo está detenido."))
    if case.status != Case.Status.OPEN:
        raise Refused("case_ended", _("El expediente ya terminó."))


def supervises(case: CaseRow, by: Standing, unit_path: str | None = None) -> bool:
    """Whether this person heads the unit at `unit_path`."""
    return unit_path is not None and by.institution_id == case.institution_id and by.heads(unit_path)


def stale() -> Refused:
    """The key of this act was used for another one: a page sent twice with different contents."""
    return Refused("stale", _("Esta página es de otra cosa que ya se hizo. Vuelva a abrirla."))


def _already(task: TaskRow) -> str:
    if task.status == Task.Status.DONE and task.done_by_id is None:
        return _("Esta tarea ya se hizo: por sí sola, o la hizo quien lo solicitó.")
    if task.status == Task.Status.CLOSED or task.done_by_id is None:
        return _("Esta tarea se cerró: el expediente siguió por otro camino.")
    return _("Esta tarea ya la hizo %(name)s.") % {"name": _name(task.done_by_id)}


def _name(person_id: int | None) -> str:
    person = Person.objects.filter(pk=person_id or 0).first()
    return person.full_name if person is not None else _("otra persona")


# --- The same act twice ------------------------------------------------------------


def once(act: UUID | None, do: Callable[[], T], again: Callable[[AuditEntry], T]) -> T:
    """Does it, unless `act` has been done: then what `again` makes of its entry. The database refuses a double."""
    if act is None:
        return do()
    try:
        return do()
    except (Refused, IntegrityError) as error:
        done = entry_of(act)
        if done is None:
            raise
        if isinstance(error, Refused) and error.code not in _REPEATABLE:
            raise
        return again(done)


_REPEATABLE = frozenset({"already_done", "case_ended", "not_found", "not_yours", "suspended", "not_allowed", "stale"})


def entry_of(act: UUID) -> AuditEntry | None:
    """The entry of an act that has been done, whoever asks."""
    return AuditEntry.objects.filter(act=act).first()


def completed_before(entry: AuditEntry, *, task_id: int | None = None) -> Completed:
    """What an act on a case answered the first time. Raises: Refused("stale"): it was an act on something else."""
    if entry.chain_kind != CHAIN or (task_id is not None and entry.data.get("task") != task_id):
        raise stale()
    rows = Task.objects.filter(case=entry.chain_id, opened_at=entry.at).order_by("id")
    opened = tuple(
        OpenedTask(t.pk, t.step, "", t.kind, "", t.position_id, t.person_id) for t in rows if t.kind != Task.Kind.ROUTED
    )
    return Completed(entry.chain_id, opened, entry.data.get("outcome"), repeated=True)


# --- Answers -----------------------------------------------------------------------


def opened_tasks(definition: Definition, tasks: Sequence[NewTask], ids: Sequence[int]) -> tuple[OpenedTask, ...]:
    """The tasks that an act has opened, in people's words."""
    return tuple(
        OpenedTask(number, t.step, _text(definition, t.step), t.kind, _label(definition, t), t.position_id, t.person_id)
        for t, number in zip(tasks, ids, strict=True)
    )


def _text(definition: Definition, step: str) -> str:
    return definition.activity(step).text


def _label(definition: Definition, task: NewTask) -> str:
    activity: Activity = definition.activity(task.step)
    if task.kind == "sign" or not activity.responsibles:
        return ""
    return activity.responsibles[min(task.slot, len(activity.responsibles) - 1)].label
