"""Which acts a page offers a person on a case or a task: a courtesy, so that nobody is led to a refusal.

The guarantee is the services', which judge each act again with the rows locked.
"""

from __future__ import annotations

from datetime import timedelta

from turna.core.calendar import now
from turna.core.rights import Standing

from .definitions import definition_of
from .models import Case, CorrectionNotice, Task

RUNNING = {Case.Status.OPEN, Case.Status.SUSPENDED}


def possible_acts(case: Case, standing: Standing) -> frozenset[str]:
    """Names of the acts on a case that make sense for this person now. Expects that they may see the case."""
    official = is_official(case, standing)
    names = {"comment"} | (_running(case, standing, official) if case.status in RUNNING else _ended(case, standing))
    if official:
        names.add("reissue_code")
    return frozenset(names)


def is_official(case: Case, standing: Standing) -> bool:
    """Whether the person looks at the case from a post of its institution, not only as whoever asked for it."""
    return bool(
        standing.institution_id == case.institution_id and (standing.positions or standing.can("cases.see_all"))
    )


def supervises(case: Case, standing: Standing) -> bool:
    """Whether the person heads the area responsible for the case."""
    unit = case.procedure.unit
    return unit is not None and standing.heads(unit.path)


def may_do(task: Task, standing: Standing) -> bool:
    """Whether the task can be done by this person now: theirs, or free in a position of theirs."""
    if task.status != Task.Status.OPEN:
        return False
    if task.assignee_id not in (None, standing.person_id, standing.on_behalf_of(task.position_id)):
        return False
    return task.person_id == standing.person_id or standing.acts_for(task.position_id)


def may_reassign(task: Task, standing: Standing) -> bool:
    """Whether the person heads the unit that has the task."""
    if task.status != Task.Status.OPEN or task.unit is None:
        return False
    return standing.institution_id == task.institution_id and standing.heads(task.unit.path)


def _running(case: Case, standing: Standing, official: bool) -> set[str]:
    names = {"attach"}
    pending = case.corrections.filter(status=CorrectionNotice.Status.PENDING).exists()
    applicant = case.applicant_id == standing.person_id
    if pending and (applicant or official):
        names.add("answer_correction")
    if applicant:
        names.add("withdraw")
    if official:
        names.add("withdraw_correction" if pending else "ask_correction")
    if supervises(case, standing) or standing.can("cases.move"):
        if definition_of(case.version_id).extension is not None and not hasattr(case, "extension"):
            names.add("extend")
    if supervises(case, standing) or standing.can("cases.cancel"):
        names.add("cancel")
    if supervises(case, standing) or standing.can("cases.move"):
        names.add("move")
    return names


def _ended(case: Case, standing: Standing) -> set[str]:
    days = definition_of(case.version_id).procedure.reopen_days
    fresh = case.ended_at is not None and now() <= case.ended_at + timedelta(days=days)
    allowed = supervises(case, standing) or case.applicant_id == standing.person_id
    return {"reopen"} if days and fresh and allowed else set()
