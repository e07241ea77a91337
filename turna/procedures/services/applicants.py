"""The tasks of an applicant without an account: done by themselves with folio and code, or recorded for them.

Such a task belongs to the position that attends them; here is told which ones are theirs as well. Doing one is
`complete`'s business.
"""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _

from ..definitions import Definition
from ..models import Task
from .outcomes import Refused


class OfCase(Protocol):
    """A case, as a model or as the locked row."""

    @property
    def applicant_id(self) -> int | None: ...
    @property
    def opened_by_id(self) -> int | None: ...
    @property
    def reachable(self) -> bool: ...


class OfTask(Protocol):
    """A task, as a model or as the locked row."""

    @property
    def kind(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def slot(self) -> int: ...
    @property
    def element(self) -> str: ...
    @property
    def status(self) -> str: ...


def is_applicants(definition: Definition, case: OfCase, task: OfTask) -> bool:
    """Whether the manual gives this task to an applicant who has no account. What began by the calendar has none."""
    if case.opened_by_id is None and not case.reachable:
        return False
    activity = definition.procedure.by_step.get(task.step)
    if case.applicant_id is not None or task.kind != Task.Kind.WORK or activity is None:
        return False
    if not activity.responsibles:
        return True
    index = 0 if activity.for_each else min(task.slot, len(activity.responsibles) - 1)
    return activity.responsibles[index].kind in ("applicant", "citizen")


def refuse_unless_applicants(definition: Definition, case: OfCase, task: OfTask) -> None:
    """Raises: Refused: not_yours, already_done."""
    if not is_applicants(definition, case, task):
        raise Refused("not_yours", _("Esto no le toca a usted: lo hace la institución."))
    if task.status != Task.Status.OPEN:
        raise Refused("already_done", _("Esto ya se hizo o ya no hace falta."))
