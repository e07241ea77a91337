"""Completing a task: the act that the whole house turns on.

Two desks do the same work. On PostgreSQL the quick one carries a plain step (rows of the case itself) in one statement;
whatever needs more (documents, actions, children, data) begins anew at the common one. What is refused is refused there
too, so that the words of a refusal may ask the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core import events
from turna.core.calendar import now
from turna.core.rights import Standing
from turna.engine.definitions import Activity
from turna.engine.flow import Complete, IllegalAct, Move, advance

from ..definitions import Definition, definition_of
from ..events import CaseEnded, TaskCompleted
from ..models import Task
from .acting import (
    acting_for,
    completed_before,
    lock_task,
    once,
    opened_tasks,
    refuse_unless_open,
    state_of,
)
from .applicants import is_applicants, refuse_unless_applicants
from .carrying import Acted, Carried, Entry, Filed, carry_out, refusal
from .data import CaseData
from .effects import Work, after_effects, before_completing
from .forms import fill_form
from .outcomes import Completed, Refused
from .placing import Scene
from .quick import QuickDesk, at_quick_desk
from .step import CaseRow, Changed, Desk, NeedsMore, TaskRow, at_desk
from .waits import WAITING


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody asks to be done."""

    task_id: int
    by: Standing
    answer: str | None
    reason: str
    typed: Mapping[str, Any] | None
    act: UUID | None
    as_applicant: bool = False


def complete_task(
    task_id: int,
    by: Standing,
    *,
    answer: str | None = None,
    reason: str = "",
    typed: Mapping[str, Any] | None = None,
    act: UUID | None = None,
) -> Completed:
    """Completes the task with its answer, the reason for it and what was typed into its format.

    An answer that leads back needs a reason and lets the format be incomplete. The same `act` twice is done once.

    Raises: Refused: not_found, not_yours, claimed_by_other, already_done, case_ended, suspended, invalid_form,
    wrong_answer, missing_reason, missing_file, action_failed, not_allowed (routed parts are still out).
    Publishes: TaskCompleted, CaseEnded.
    """
    return _do(_Wish(task_id, by, answer or None, reason.strip(), typed, act))


def complete_as_applicant(
    task_id: int,
    institution_id: int,
    *,
    answer: str | None = None,
    reason: str = "",
    typed: Mapping[str, Any] | None = None,
    act: UUID | None = None,
) -> Completed:
    """The applicant without an account does their own task, having shown folio and code (the caller has checked them).

    Raises: Refused, as `complete_task`; not_yours: it is not the applicant's to do. Publishes: as `complete_task`.
    """
    by = Standing(0, institution_id)
    return _do(_Wish(task_id, by, answer or None, reason.strip(), typed, act, as_applicant=True))


def _do(wish: _Wish) -> Completed:
    return once(wish.act, lambda: _either_desk(wish), lambda entry: completed_before(entry, task_id=wish.task_id))


def _either_desk(wish: _Wish) -> Completed:
    for _attempt in range(2):
        try:
            return _complete(wish, at_quick_desk)
        except Changed:
            continue  # what was remembered is forgotten now, so the second time it is read
        except (NeedsMore, Refused):
            break
    return _complete(wish, at_desk)


def _complete(wish: _Wish, open_desk: Callable[[], AbstractContextManager[Desk]]) -> Completed:
    moment = now()
    with open_desk() as desk:
        task, case = lock_task(desk, wish.task_id, wish.by, moment)
        definition = definition_of(case.version_id)
        behalf = None if wish.as_applicant else acting_for(task, wish.by)
        if wish.as_applicant:
            refuse_unless_applicants(definition, case, task)
        refuse_unless_open(case)
        carried = _step(desk, Scene(case, definition, moment, wish.reason), task, wish, behalf)
    events.publish(TaskCompleted(task.id, case.id, case.institution_id, task.step))
    if carried.outcome is not None:
        events.publish(CaseEnded(case.id, case.institution_id, carried.outcome))
    return Completed(case.id, opened_tasks(definition, carried.tasks, carried.ids), carried.outcome)


def _step(desk: Desk, scene: Scene, task: TaskRow, wish: _Wish, behalf: int | None) -> Carried:
    definition, case = scene.definition, scene.case
    _refuse_wrong_kind(task)
    activity = definition.activity(task.step)
    if desk.hot and task.step not in definition.plain:
        raise NeedsMore
    back = _leads_back(definition, activity, wish.answer)
    if back and not wish.reason:
        raise Refused("missing_reason", _("Diga por qué regresa: quien lo reciba necesita saberlo."), {"reason": ""})
    filed = fill_form(
        definition, activity, task, wish.typed, partial=back, now=scene.now, calendar=scene.calendar, by=wish.by
    )
    fresh = {filed.format: filed.values} if filed is not None else {}
    data = CaseData(definition, case, scene.now, fresh, hot=desk.hot)
    before = desk.state or state_of(case)
    try:
        move = advance(definition.procedure, before, Complete(task.token, task.slot, wish.answer), data)
    except IllegalAct as error:
        raise refusal(error) from None
    if desk.hot and needs_more(case, definition, move):
        raise NeedsMore
    work = Work(desk, Scene(case, definition, scene.now, scene.reason, data), wish.by, behalf)
    if task.step not in definition.plain:
        rest = move.state.token(task.token)  # others of a joint activity have still to do their part
        last = rest is None or rest.kind != "work" or bool(rest.elements)
        filed = before_completing(work, task, activity, filed, back=back, last=last)
    entry = _entry(task, wish, behalf, filed, of_applicant=is_applicants(definition, case, task))
    filings = () if filed is None else (filed,)
    answer = wish.answer or (data.decide(activity) if activity.is_decision else "") or ""
    carried = carry_out(
        desk, work.scene, move, entry, before=before, acted=Acted(task, answer, wish.reason), filed=filings
    )
    if isinstance(desk, QuickDesk):
        desk.remember(carried.case, move.state, carried.tasks)
        return carried
    return after_effects(work, move, carried)


def needs_more(case: CaseRow, definition: Definition, move: Move) -> bool:
    """Whether a move has effects beyond the case's own rows."""
    if any(t.kind in WAITING for t in move.closed):
        return True
    if move.calls or (move.state.outcome is not None and case.parent_id is not None):
        return True
    arrived = [t.step for t in (*move.opened, *move.changed)]
    if case.applicant_id is None and any(step in definition.applicants for step in arrived):
        return True
    if case.reachable and any(step in definition.announced for step in arrived):
        return True
    return any(step in definition.involved for step in arrived)


def _refuse_wrong_kind(task: TaskRow) -> None:
    if task.kind == Task.Kind.SIGN:
        raise Refused("not_allowed", _("Esta tarea es una firma: firme el documento o rechácelo."))
    if task.kind == Task.Kind.ROUTED:
        raise Refused("not_allowed", _("Esto le fue turnado: responda a quien lo turnó."))
    if task.waits_for:
        raise Refused("not_allowed", _("Todavía falta que respondan lo que turnó."))


def _leads_back(definition: Definition, activity: Activity, answer: str | None) -> bool:
    """Whether an answer goes to this activity or an earlier one."""
    chosen = activity.answer(answer) if answer else None
    if chosen is None or chosen.target.step is None:
        return False
    nodes = definition.compiled.nodes
    target = nodes.get(chosen.target.step)
    return target is not None and target.index <= nodes[activity.step].index


def _entry(task: TaskRow, wish: _Wish, behalf: int | None, filed: Filed | None, *, of_applicant: bool) -> Entry:
    data: dict[str, Any] = {"task": task.id, "step": task.step, "round": task.round, "token": task.token}
    if task.slot:
        data["slot"] = task.slot
    if wish.answer:
        data["answer"] = wish.answer
    if wish.reason:
        data["reason"] = wish.reason
    if of_applicant:  # who typed what an applicant without an account had to do: they, or an official for them
        data["applicant"] = "self" if wish.as_applicant else "recorded"
    if filed is not None:
        data["filed"] = {filed.format: digest_of(filed.values)}
        if filed.note:
            data["note"] = filed.note
    return Entry("task.completed", data, wish.by.actor_id, behalf, wish.act)


def digest_of(values: Mapping[str, Any]) -> str:
    """The sha256 of filled values, so that the history tells when a filing was changed behind its back."""
    return sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
