"""Which acts a page offers a person on a case or a task: a courtesy, so that nobody is led to a refusal.

The guarantee is the services', which judge each act again with the rows locked.
"""

from __future__ import annotations

from typing import Protocol

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import Term, due
from turna.core.rights import Standing

from .definitions import definition_of
from .models import Case, CorrectionNotice, Task
from .services import messages_awaited

RUNNING = {Case.Status.OPEN, Case.Status.SUSPENDED}


def possible_acts(case: Case, standing: Standing) -> frozenset[str]:
    """Names of the acts on a case that make sense for this person now. Expects that they may see the case."""
    ending = _running(case, standing) if case.status in RUNNING else _ended(case, standing)
    names = {"comment"} | ending
    if standing.person_id in {case.opened_by_id, case.applicant_id} or oversees(case, standing):
        names.add("reissue_code")
    return frozenset(names)


def is_official(case: Case, standing: Standing) -> bool:
    """Whether the person stands on the institution's side of the desk in this case, not only on the applicant's."""
    return Case.objects.worked_by(standing).filter(pk=case.pk).exists()


def oversees(case: Case, standing: Standing, right: str = "cases.move") -> bool:
    """Whether the person heads the area responsible for the case, or holds the right that stands for it."""
    if standing.institution_id != case.institution_id:
        return False
    unit = case.procedure.unit
    return standing.can(right) or (unit is not None and standing.heads(unit.path))


class Doable(Protocol):
    """What tells whose a task is."""

    status: str
    position_id: int | None
    person_id: int | None
    assignee_id: int | None


def is_theirs(task: Doable, standing: Standing) -> bool:
    """Whether the task is of this person or of a position they act in, whatever has become of it."""
    return standing.person_id in (task.person_id, task.assignee_id) or standing.acts_for(task.position_id)


def may_do(task: Doable, standing: Standing) -> bool:
    """Whether the task can be done by this person now: theirs, or free in a position of theirs."""
    if task.status != Task.Status.OPEN:
        return False
    if task.person_id == standing.person_id:
        return True
    if task.assignee_id not in (None, standing.person_id, standing.on_behalf_of(task.position_id)):
        return False
    return standing.acts_for(task.position_id)


def may_reassign(task: Task, standing: Standing) -> bool:
    """Whether the person heads the unit that has the task."""
    if task.status != Task.Status.OPEN or task.unit is None:
        return False
    return standing.institution_id == task.institution_id and standing.heads(task.unit.path)


def _running(case: Case, standing: Standing) -> set[str]:
    names = {"attach"}
    pending = case.corrections.filter(status=CorrectionNotice.Status.PENDING).exists()
    applicant = case.applicant_id == standing.person_id
    if (case.applicant_id or case.opened_by_id) == standing.person_id:
        names.add("withdraw")
    if pending and (applicant or is_official(case, standing)):
        names.add("answer_correction")
    if _has_it(case, standing) or oversees(case, standing):
        names |= {"withdraw_correction"} if pending else {"ask_correction"}
    if case.status == Case.Status.OPEN and messages_awaited(case, standing):
        names.add("record_message")
    return names | _overseen(case, standing)


def _overseen(case: Case, standing: Standing) -> set[str]:
    """What only whoever answers for the case may do."""
    names = {"cancel"} if oversees(case, standing, "cases.cancel") else set()
    if oversees(case, standing) and case.status == Case.Status.OPEN:
        names.add("move")
    if oversees(case, standing) and definition_of(case.version_id).extension is not None:
        names |= set() if hasattr(case, "extension") else {"extend"}
    return names


def _has_it(case: Case, standing: Standing) -> bool:
    """Whether an open task of the case is of the person's positions."""
    return case.tasks.filter(status="open", position__in=list(standing.positions)).exists()


def _ended(case: Case, standing: Standing) -> set[str]:
    days = definition_of(case.version_id).procedure.reopen_days
    if not days or case.ended_at is None or not oversees(case, standing):
        return set()
    last = due(Term(days, "working_days"), case.ended_at, calendar_of(case.institution))
    return {"reopen"} if now() <= last else set()
