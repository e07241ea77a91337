"""Routing (turnar): a task goes on to another position, or parts of the matter do while the task waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Max
from django.utils.translation import gettext as _

from turna.core.calendar import calendar_at, now
from turna.core.deadlines import Term, due, warn_at
from turna.core.models import Position
from turna.core.rights import Standing

from ..models import Task
from .acting import acting_for, lock_task, once, refuse_unless_open
from .carrying import Entry, record
from .outcomes import Refused
from .placing import FAR
from .step import CaseRow, TaskRow, at_desk


@dataclass(frozen=True, slots=True)
class Routing:
    """To whom a task is routed, with what instruction and until when."""

    to: tuple[int, ...]
    instruction: str
    term: Term | None = None
    hand_over: bool = False


def route_task(
    task_id: int,
    by: Standing,
    *,
    to: Sequence[int],
    instruction: str,
    term: Term | None = None,
    hand_over: bool = False,
    act: UUID | None = None,
) -> None:
    """Routes an open task to positions. `hand_over`: the one position takes the task itself; otherwise each gets a
    part, and the task waits until all are answered.

    Raises: Refused: not_found, not_yours, already_done, case_ended, suspended, invalid_form.
    """
    routing = Routing(tuple(dict.fromkeys(to)), instruction.strip(), term, hand_over)

    def do() -> None:
        moment = now()
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            behalf = acting_for(task, by)
            refuse_unless_open(case)
            _check(routing, task, case)
            (_hand_over if hand_over else _share)(routing, task, case, moment, by)
            data = {"task": task.id, "step": task.step, "to": list(routing.to), "instruction": routing.instruction}
            if term is not None:
                data["term"] = term.words
            action = "task.handed_over" if hand_over else "task.routed"
            record(desk, case, Entry(action, data, by.actor_id, behalf, act), moment)

    once(act, do, lambda _entry: None)


def route_many(
    task_ids: Sequence[int], by: Standing, *, to: int, instruction: str, term: Term | None = None
) -> dict[int, str]:
    """Hands each task over to one position; what was refused, by task, with its message."""
    refused: dict[int, str] = {}
    for task_id in task_ids:
        try:
            route_task(task_id, by, to=[to], instruction=instruction, term=term, hand_over=True)
        except Refused as error:
            refused[task_id] = error.message
    return refused


def answer_routed(task_id: int, by: Standing, text: str, *, act: UUID | None = None) -> None:
    """Answers what was routed; the task that waits goes on when it was the last.

    Raises: Refused, also missing_reason.
    """

    def do() -> None:
        moment, answer = now(), text.strip()
        if not answer:
            raise Refused("missing_reason", _("Escriba su respuesta."), {"text": _("Escriba su respuesta.")})
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            behalf = acting_for(task, by)
            refuse_unless_open(case)
            _refuse_unless_routed(task)
            if task.waits_for:
                raise Refused("not_allowed", _("Todavía falta que respondan lo que turnó."))
            Task.objects.filter(pk=task.id).update(
                status=Task.Status.DONE,
                done_at=moment,
                done_by=by.person_id,
                on_behalf_of=behalf,
                reason=answer,
                next_at=None,
            )
            _one_less(task)
            data = {"task": task.id, "parent": task.parent_id, "step": task.step, "answer": answer}
            record(desk, case, Entry("task.routed_answered", data, by.actor_id, behalf, act), moment)

    once(act, do, lambda _entry: None)


def recall_routed(task_id: int, by: Standing, reason: str, *, act: UUID | None = None) -> None:
    """Whoever may act on the task that waits takes back a part they routed. Raises: Refused."""

    def do() -> None:
        moment = now()
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            _refuse_unless_routed(task)
            if task.status != Task.Status.OPEN:
                raise Refused("already_done", _("Ya se había respondido."))
            parent, _case = lock_task(desk, task.parent_id or 0, by, moment)
            behalf = acting_for(parent, by)
            closed = {"status": Task.Status.CLOSED, "done_at": moment, "next_at": None}
            Task.objects.filter(pk__in=_with_parts(task.id)).update(**closed)
            _one_less(task)
            data = {"task": task.id, "parent": parent.id, "step": task.step, "reason": reason.strip()}
            record(desk, case, Entry("task.recalled", data, by.actor_id, behalf, act), moment)

    once(act, do, lambda _entry: None)


# --- The parts ---------------------------------------------------------------------


def _check(routing: Routing, task: TaskRow, case: CaseRow) -> None:
    if not routing.to or (routing.hand_over and len(routing.to) > 1):
        told = _("Elija a quién se turna.") if not routing.to else _("Elija un solo puesto.")
        raise Refused("invalid_form", told, {"to": told})
    if not routing.instruction:
        raise Refused("invalid_form", _("Falta la instrucción."), {"instruction": _("Escriba qué debe hacerse.")})
    found = Position.objects.filter(institution=case.institution_id, pk__in=routing.to, is_active=True).count()
    if found != len(routing.to) or (routing.hand_over and task.position_id in routing.to):
        raise Refused("invalid_form", _("Ese puesto no puede recibirla."), {"to": _("Elija otro puesto.")})
    if routing.hand_over and (task.waits_for or task.kind == Task.Kind.SIGN):
        raise Refused("not_allowed", _("Esta tarea no puede pasarse a otro puesto ahora."))


def _hand_over(routing: Routing, task: TaskRow, case: CaseRow, moment: datetime, by: Standing) -> None:
    position = Position.objects.get(pk=routing.to[0])
    changed: dict[str, object] = {
        "position": position,
        "unit_id": position.unit_id,
        "person": None,
        "assignee": None,
        "announced_at": None,
        "instruction": routing.instruction,
    }
    Task.objects.filter(pk=task.id).update(**changed, **_term(routing, case, moment))


def _share(routing: Routing, task: TaskRow, case: CaseRow, moment: datetime, by: Standing) -> None:
    place = {"case_id": case.id, "token": task.token, "slot": task.slot, "kind": Task.Kind.ROUTED}
    last = Task.objects.filter(**place).aggregate(last=Max("serial"))["last"] or 0
    units = dict(Position.objects.filter(pk__in=routing.to).values_list("pk", "unit_id"))
    timing = {"order_at": moment + FAR, **_term(routing, case, moment)}
    Task.objects.bulk_create(
        Task(
            **place,
            institution_id=case.institution_id,
            serial=last + number,
            step=task.step,
            round=task.round,
            element=task.element,
            position_id=position_id,
            unit_id=units[position_id],
            opened_at=moment,
            instruction=routing.instruction,
            parent_id=task.id,
            **timing,
        )
        for number, position_id in enumerate(routing.to, 1)
    )
    Task.objects.filter(pk=task.id).update(waits_for=F("waits_for") + len(routing.to), assignee=by.person_id)


def _term(routing: Routing, case: CaseRow, moment: datetime) -> dict[str, object]:
    if routing.term is None:
        return {}
    calendar = calendar_at(case.institution_id, case.calendar_version, case.time_zone)
    due_at = due(routing.term, moment, calendar)
    return {
        "term": routing.term.to_json(),
        "due_at": due_at,
        "next_at": warn_at(routing.term, moment, due_at),
        "order_at": due_at,
    }


def _with_parts(task_id: int) -> list[int]:
    """The task and the open parts that were routed from it, and from them."""
    found, generation = [task_id], [task_id]
    while generation:
        rows = Task.objects.filter(parent__in=generation, status=Task.Status.OPEN)
        generation = list(rows.values_list("pk", flat=True))
        found += generation
    return found


def _one_less(task: TaskRow) -> None:
    Task.objects.filter(pk=task.parent_id or 0, waits_for__gt=0).update(waits_for=F("waits_for") - 1)


def _refuse_unless_routed(task: TaskRow) -> None:
    if task.kind != Task.Kind.ROUTED:
        raise Refused("not_allowed", _("Esta tarea no fue turnada por nadie."))
