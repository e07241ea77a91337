"""Acts on the whole case, by who supervises it or by its applicant: cancel, withdraw, reopen, move."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core import deadlines
from turna.core.calendar import calendar_at, now
from turna.core.rights import Standing
from turna.engine.flow import Jump, Reopen, Stop

from ..definitions import definition_of
from ..models import Case, CorrectionNotice
from .acting import completed_before, lock_case, once, refuse_unless_open
from .carrying import Entry, record, replace_case
from .clock import restart, resume, supervised_case
from .moving import apply_act
from .opening import code_digest, new_code
from .outcomes import Completed, Refused
from .step import CaseRow, Desk, at_desk

CANCELLED, WITHDRAWN = "cancelado", "desistido"


def cancel_case(case_id: int, by: Standing, reason: str, *, act: UUID | None = None) -> Completed:
    """Ends a running case and its running children. Right: cases.cancel, or the head of the area.

    Raises: Refused: not_found, not_allowed, missing_reason, case_ended.
    """

    def do() -> Completed:
        moment, why = now(), _reason(reason, _("Diga por qué se cancela."))
        with at_desk() as desk:
            children = _lock_children(desk, case_id)
            case = supervised_case(desk, case_id, by, "cases.cancel")
            case = _running(desk, case, moment)
            entry = Entry("case.cancelled", {"reason": why}, by.actor_id, None, act)
            done = apply_act(desk, case, by, Stop(CANCELLED), entry, moment, ended_as=Case.Status.CANCELLED)
            _cancel_children(desk, children, by, case.folio, moment)
        return done

    return once(act, do, completed_before)


def withdraw_case(case_id: int, by: Standing, reason: str, *, act: UUID | None = None) -> Completed:
    """The applicant desists; running children are cancelled. Raises: Refused: not_found, not_allowed, missing_reason,
    case_ended."""

    def do() -> Completed:
        moment, why = now(), _reason(reason, _("Diga por qué se desiste."))
        with at_desk() as desk:
            children = _lock_children(desk, case_id)
            case = lock_case(desk, case_id)
            applicant = case.applicant_id if case.applicant_id is not None else case.opened_by_id
            if applicant != by.person_id:
                seen = Case.objects.visible_to(by).filter(pk=case_id).exists()
                code = "not_allowed" if seen else "not_found"
                raise Refused(code, _("Solo puede desistirse quien lo solicitó."))
            case = _running(desk, case, moment)
            entry = Entry("case.withdrawn", {"reason": why}, by.actor_id, None, act)
            done = apply_act(desk, case, by, Stop(WITHDRAWN), entry, moment, ended_as=Case.Status.WITHDRAWN)
            _cancel_children(desk, children, by, case.folio, moment)
        return done

    return once(act, do, completed_before)


def reopen_case(
    case_id: int, by: Standing, reason: str, *, to_step: str | None = None, act: UUID | None = None
) -> Completed:
    """An ended case stands again on a step (None: the last), within the procedure's window of working days.

    Right: cases.move, or the head of the area. Raises: Refused: not_found, not_allowed, missing_reason.
    """

    def do() -> Completed:
        moment, why = now(), _reason(reason, _("Diga por qué se reabre."))
        with at_desk() as desk:
            case = supervised_case(desk, case_id, by)
            if case.status in ("open", "suspended"):
                raise Refused("not_allowed", _("El expediente no ha terminado."))
            ended_at = _check_window(case, moment)
            Case.objects.filter(pk=case.id).update(announced_at=None)
            case = replace_case(case, status=Case.Status.OPEN)
            entry = Entry("case.reopened", {"reason": why}, by.actor_id, None, act)
            done = apply_act(desk, case, by, Reopen(to_step), entry, moment, reason=why)
            restart(case, ended_at, moment)
            return done

    return once(act, do, completed_before)


def move_case(
    case_id: int, by: Standing, to_step: str, reason: str, token: int | None = None, *, act: UUID | None = None
) -> Completed:
    """A supervisor moves the case (or one branch of it) to another activity. Right: cases.move, or the area's head.

    Raises: Refused: not_found, not_allowed, missing_reason, case_ended, already_done (the branch has gone on).
    """

    def do() -> Completed:
        moment, why = now(), _reason(reason, _("Diga por qué se mueve."))
        with at_desk() as desk:
            case = supervised_case(desk, case_id, by)
            refuse_unless_open(case)
            entry = Entry("case.moved", {"to": to_step, "reason": why, "moved": token}, by.actor_id, None, act)
            return apply_act(desk, case, by, Jump(to_step, token), entry, moment, reason=why)

    return once(act, do, completed_before)


def reissue_code(case_id: int, by: Standing) -> str:
    """A new secret code; the former stops working. Right: whoever opened the case, or who supervises it. Told once.

    Raises: Refused: not_found, not_allowed.
    """
    moment, code = now(), new_code()
    with at_desk() as desk:
        case = lock_case(desk, case_id)
        if case.opened_by_id != by.person_id and case.applicant_id != by.person_id:
            case = supervised_case(desk, case_id, by)
        Case.objects.filter(pk=case.id).update(code_digest=code_digest(code))
        record(desk, case, Entry("case.code_reissued", {}, by.actor_id), moment)
    return code


# --- The parts ---------------------------------------------------------------------


def _reason(given: str, told: str) -> str:
    if not given.strip():
        raise Refused("missing_reason", told, {"reason": _("Falta el motivo.")})
    return given.strip()


def _running(desk: Desk, case: CaseRow, moment: datetime) -> CaseRow:
    """The case with its clock going, whatever stopped it: it is about to end. Raises: Refused("case_ended")."""
    if case.status == Case.Status.SUSPENDED:
        pending = CorrectionNotice.objects.filter(case=case.id, status=CorrectionNotice.Status.PENDING)
        pending.update(status=CorrectionNotice.Status.WITHDRAWN, next_at=None)
        resume(desk, case, _("fin del expediente"), moment)
        return replace_case(case, status=Case.Status.OPEN)
    refuse_unless_open(case)
    return case


def _lock_children(desk: Desk, case_id: int) -> list[int]:
    """The running children and theirs, locked, the deepest first: every act locks a child before its parent."""
    generation, found = [case_id], list[int]()
    while generation:
        rows = Case.objects.running().filter(parent__in=generation).exclude(pk__in=found).order_by("pk")
        generation = list(rows.values_list("pk", flat=True))
        found = generation + found
    for child_id in found:
        lock_case(desk, child_id)
    return found


def _cancel_children(desk: Desk, children: list[int], by: Standing, folio: str, moment: datetime) -> None:
    for child_id in children:
        child = lock_case(desk, child_id)
        if child.status in ("open", "suspended"):
            _cancel_child(desk, child, by, folio, moment)


def _cancel_child(desk: Desk, child: CaseRow, by: Standing, folio: str, moment: datetime) -> None:
    child = replace_case(_running(desk, child, moment), parent_id=None)  # the parent has ended: it gets no turn
    entry = Entry("case.cancelled", {"reason": folio, "with": folio}, by.actor_id)
    apply_act(desk, child, by, Stop(CANCELLED), entry, moment, ended_as=Case.Status.CANCELLED)


def _check_window(case: CaseRow, moment: datetime) -> datetime:
    """When the case ended. Raises: Refused("not_allowed"): too long ago."""
    days = definition_of(case.version_id).procedure.reopen_days
    ended_at = Case.objects.values_list("ended_at", flat=True).get(pk=case.id)
    if not days or ended_at is None:
        raise Refused("not_allowed", _("Este procedimiento no se reabre: inicie otro."))
    calendar = calendar_at(case.institution_id, case.calendar_version, case.time_zone)
    last = deadlines.due(deadlines.Term(days, "working_days"), ended_at, calendar)
    if moment > last:
        raise Refused("not_allowed", _("Ya pasó el plazo para reabrirlo (%(days)d días hábiles).") % {"days": days})
    return ended_at
