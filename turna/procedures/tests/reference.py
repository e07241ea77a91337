"""A step done slowly with the ORM: what the hot path must leave. For tests only; it knows plain steps."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from turna.core.audit import entry_hash
from turna.core.calendar import calendar_of, now
from turna.core.deadlines import due, warn_at
from turna.core.models import AuditEntry, Position
from turna.core.rights import Standing
from turna.engine.filling import fill
from turna.engine.flow import Complete, State, advance
from turna.procedures.definitions import definition_of
from turna.procedures.models import Case, Filing, Task
from turna.procedures.services.complete import digest_of
from turna.procedures.services.placing import FAR


@transaction.atomic
def complete_slowly(
    task_id: int, by: Standing, *, answer: str | None = None, reason: str = "", typed: dict[str, Any] | None = None
) -> None:
    task = Task.objects.select_related("case").select_for_update().get(pk=task_id)
    case: Case = task.case
    assert task.status == "open" and by.acts_for(task.position_id)
    definition, moment = definition_of(case.version_id), now()
    activity = definition.activity(task.step)
    move = advance(definition.procedure, State.from_json(case.state), Complete(task.token, task.slot, answer))
    data: dict[str, Any] = {"task": task.pk, "step": task.step, "round": task.round, "token": task.token}
    if answer:
        data["answer"] = answer
    if reason:
        data["reason"] = reason
    if activity.form:
        values = fill(definition.formats[activity.form], typed or {}, partial=bool(reason)).values
        Filing.objects.create(
            institution=case.institution, case=case, task=task, format=activity.form, step=task.step,
            round=task.round, values=values, filed_by_id=by.person_id, filed_at=moment,
        )  # fmt: skip
        data["filed"] = {activity.form: digest_of(values)}
    task.status, task.done_at, task.done_by_id = "done", moment, by.person_id
    task.on_behalf_of_id = by.on_behalf_of(task.position_id)
    task.answer, task.reason, task.next_at = answer or "", reason, None
    task.save()
    for token in move.opened:
        _open(case, token, reason, moment)
    if move.opened:
        data["opened"] = [t.step for t in move.opened]
    if move.state.ended:
        data["outcome"] = move.state.outcome
        case.status, case.ended_at, case.outcome, case.next_at = "ended", moment, move.state.outcome, None
    _note(case, data, by, task.on_behalf_of_id, moment)
    case.state = move.state.to_json()
    case.rev += 1
    case.save()


def _open(case: Case, token: Any, reason: str, moment: Any) -> None:
    definition = definition_of(case.version_id)
    activity = definition.activity(token.step)
    position = Position.objects.get(institution=case.institution, key=activity.responsibles[0].key)
    term, due_at, next_at = None, None, None
    if activity.term is not None:
        rule = definition.terms[token.step].term
        due_at = due(rule, moment, calendar_of(case.institution))
        term, next_at = rule.to_json(), warn_at(rule, moment, due_at)
    Task.objects.create(
        institution=case.institution, case=case, token=token.id, slot=0, kind="work", step=token.step,
        round=token.round, position=position, unit=position.unit, opened_at=moment, term=term, due_at=due_at,
        next_at=next_at, order_at=due_at or moment + FAR, came_from=token.came_from or "", came_reason=reason,
    )  # fmt: skip


def _note(case: Case, data: dict[str, Any], by: Standing, behalf: int | None, moment: Any) -> None:
    sealed = {"chain_kind": "case", "chain_id": case.pk, "seq": case.head_seq + 1, "at": moment}
    sealed |= {"action": "task.completed", "data": data, "act": None}
    seal = entry_hash(case.head_hash, actor_id=by.person_id, on_behalf_of_id=behalf, **sealed)
    AuditEntry.objects.create(
        institution=case.institution, actor_id=by.person_id, on_behalf_of_id=behalf, previous=case.head_hash,
        hash=seal, **sealed,
    )  # fmt: skip
    case.head_seq, case.head_hash = case.head_seq + 1, seal
