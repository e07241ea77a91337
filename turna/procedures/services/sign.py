"""Signing the document that an activity issued, or refusing to.

A simple electronic signature: the history seals who vouched for which bytes. When the last one has signed, the document
is issued once more with its signatures printed; what was signed stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core.calendar import now
from turna.core.rights import Standing
from turna.engine.flow import RefuseSignature, Sign

from ..definitions import definition_of
from ..models import CaseDocument, DocumentSignature, Task
from .acting import acting_for, completed_before, lock_task, once, refuse_unless_open
from .carrying import Acted, Entry
from .issuing import Desk as IssuingDesk
from .issuing import documents_to_sign, issue_signed, numbered
from .moving import apply_act
from .outcomes import Completed, Refused
from .step import CaseRow, TaskRow, at_desk

SIGNED, REFUSED = "firmado", "rechazado"


@dataclass(frozen=True, slots=True)
class _Pen:
    task: TaskRow
    case: CaseRow
    by: Standing
    behalf: int | None
    now: datetime


def sign_task(task_id: int, by: Standing, *, act: UUID | None = None) -> Completed:
    """Signs. Raises: Refused: not_found, not_yours, claimed_by_other, already_done, not_allowed, suspended."""

    def do() -> Completed:
        moment = now()
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            pen = _Pen(task, case, by, acting_for(task, by), moment)
            refuse_unless_open(case)
            _refuse_unless_signature(task)
            desk_ = _issuing(pen)
            documents = [numbered(desk_, one) for one in documents_to_sign(case.id, desk_.definition, task.step)]
            data = _told(task)
            for document in documents:
                _sign(pen, document)
            if documents:  # the first as the history has always told it; all of them, each with its bytes
                data["document"], data["sha256"] = documents[0].pk, documents[0].sha256
                data["documents"] = {str(one.pk): one.sha256 for one in documents}
            entry = Entry("task.signed", data, by.actor_id, pen.behalf, act)
            act_ = Sign(task.token, task.slot)
            done = apply_act(desk, case, by, act_, entry, moment, acted=Acted(task, SIGNED))
            for document in documents if not _awaited(task) else ():
                issue_signed(desk_, document)
        return done

    return once(act, do, lambda entry: completed_before(entry, task_id=task_id))


def refuse_signature(task_id: int, by: Standing, reason: str, *, act: UUID | None = None) -> Completed:
    """Refuses to sign: the activity opens anew for its author, with the reason.

    Raises: Refused, also missing_reason.
    """

    def do() -> Completed:
        moment, why = now(), reason.strip()
        if not why:
            raise Refused("missing_reason", _("Diga por qué no lo firma."), {"reason": _("Falta el motivo.")})
        with at_desk() as desk:
            task, case = lock_task(desk, task_id, by, moment)
            behalf = acting_for(task, by)
            refuse_unless_open(case)
            _refuse_unless_signature(task)
            entry = Entry("task.signature_refused", {**_told(task), "reason": why}, by.actor_id, behalf, act)
            acted = Acted(task, REFUSED, why)
            act_ = RefuseSignature(task.token, task.slot)
            return apply_act(desk, case, by, act_, entry, moment, reason=why, acted=acted)

    return once(act, do, lambda entry: completed_before(entry, task_id=task_id))


def _sign(pen: _Pen, document: CaseDocument) -> None:
    DocumentSignature.objects.get_or_create(
        document=document,
        task_id=pen.task.id,  # one person may sign for two posts: their own and the one they stand in for
        defaults={
            "institution_id": pen.case.institution_id,
            "person_id": pen.by.person_id,
            "position_id": pen.task.position_id,
            "on_behalf_of_id": pen.behalf,
            "sha256": document.sha256,
            "signed_at": pen.now,
        },
    )


def _awaited(task: TaskRow) -> bool:
    rows = Task.objects.filter(case=task.case_id, token=task.token, kind=Task.Kind.SIGN, status=Task.Status.OPEN)
    return rows.exists()


def _issuing(pen: _Pen) -> IssuingDesk:
    task = pen.task
    return IssuingDesk(pen.case.id, definition_of(pen.case.version_id), task.step, task.id, pen.by.actor_id, pen.now)


def _told(task: TaskRow) -> dict[str, object]:
    return {"task": task.id, "step": task.step, "token": task.token, "slot": task.slot}


def _refuse_unless_signature(task: TaskRow) -> None:
    if task.kind != Task.Kind.SIGN:
        raise Refused("not_allowed", _("Esta tarea no es una firma."))
