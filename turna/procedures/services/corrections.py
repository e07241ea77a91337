"""Prevención: the applicant is asked to correct something; the clock stands still until the answer or the term."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core.calendar import calendar_at, now
from turna.core.deadlines import Term, due
from turna.core.models import Person
from turna.core.rights import Standing
from turna.engine.flow import Stop

from ..models import Case, CorrectionNotice, Task
from .acting import lock_case, once, refuse_unless_open, seen_case
from .carrying import Entry, record, replace_case
from .clock import resume, suspend
from .moving import apply_act
from .outcomes import Refused
from .step import CaseRow, Desk, at_desk
from .telling import case_url, tell_applicant, tell_person

OUTCOME_UNANSWERED = "prevención no atendida"


def ask_correction(
    case_id: int, by: Standing, text: str, term: Term | None = None, legal_ground: str = "", *, act: UUID | None = None
) -> int:
    """Asks the applicant, who is told, and stops the clocks. Returns the notice's id. `term.on_expiry` "close": without
    an answer the case ends; otherwise it goes on as it was.

    Right: whoever has an open task in the case, or supervises it.
    Raises: Refused: not_found, not_allowed, case_ended, suspended, invalid_form.
    """

    def do() -> int:
        moment, said = now(), text.strip()
        if not said:
            raise Refused("invalid_form", _("Diga qué falta."), {"text": _("Diga qué falta o qué debe corregirse.")})
        with at_desk() as desk:
            case = seen_case(desk, case_id, by)
            refuse_unless_open(case)
            _refuse_stranger(case, by)
            calendar = calendar_at(case.institution_id, case.calendar_version, case.time_zone)
            due_at = due(term, moment, calendar) if term is not None else None
            row = CorrectionNotice.objects.create(
                institution_id=case.institution_id,
                case_id=case.id,
                text=said,
                legal_ground=legal_ground.strip()[:300],
                asked_by_id=by.person_id,
                asked_at=moment,
                term=term.to_json() if term is not None else {},
                due_at=due_at,
                next_at=due_at,
            )
            suspend(desk, case, _("prevención"), moment, row)
            data = {"correction": row.pk, "text": said, "term": term.words if term is not None else ""}
            record(desk, case, Entry("correction.asked", data, by.actor_id, None, act), moment)
            _tell_asked(case.id, said, row.pk)
        return row.pk

    return once(act, do, lambda entry: int(entry.data["correction"]))


def answer_correction(correction_id: int, by: Standing | None, text: str, *, act: UUID | None = None) -> None:
    """The applicant answers and the clocks go on; who asked is told. `by` None: whoever follows the case with its code,
    or an official who received the answer on paper.

    Raises: Refused: not_found, already_done, invalid_form.
    """

    def do() -> None:
        moment, said = now(), text.strip()
        if not said:
            raise Refused("invalid_form", _("Escriba su respuesta."), {"text": _("Escriba su respuesta.")})
        with at_desk() as desk:
            case, row = _pending(desk, correction_id, by)
            row.status, row.answer, row.answered_at = CorrectionNotice.Status.ANSWERED, said, moment
            row.answered_by_id, row.next_at = (by.actor_id if by is not None else None), None
            row.save(update_fields=["status", "answer", "answered_at", "answered_by", "next_at"])
            _go_on(desk, case, row, "correction.answered", moment, by, act, {"answer": said})
            subject = _("%(folio)s: contestaron la prevención") % {"folio": case.folio}
            _tell_asker(row, subject, said)

    once(act, do, lambda _entry: None)


def withdraw_correction(correction_id: int, by: Standing, *, act: UUID | None = None) -> None:
    """What was asked is no longer needed; the clocks go on. Raises: Refused: not_found, not_allowed, already_done."""

    def do() -> None:
        moment = now()
        with at_desk() as desk:
            case, row = _pending(desk, correction_id, by)
            _refuse_stranger(case, by)
            row.status, row.next_at = CorrectionNotice.Status.WITHDRAWN, None
            row.save(update_fields=["status", "next_at"])
            _go_on(desk, case, row, "correction.withdrawn", moment, by, act, {})

    once(act, do, lambda _entry: None)


def expire_correction(correction_id: int, by: Standing, moment: datetime) -> bool:
    """The term has run out without an answer: the case ends, or goes on. False: somebody was faster."""
    with at_desk() as desk:
        try:
            case, row = _pending(desk, correction_id, None)
        except Refused:
            return False
        if row.next_at is None or row.next_at > moment:
            return False
        if case.status not in (Case.Status.OPEN, Case.Status.SUSPENDED):  # it ended while it stood still
            row.status, row.next_at = CorrectionNotice.Status.WITHDRAWN, None
            row.save(update_fields=["status", "next_at"])
            return False
        row.status, row.next_at = CorrectionNotice.Status.EXPIRED, None
        row.save(update_fields=["status", "next_at"])
        case = _go_on(desk, case, row, "correction.expired", moment, None, None, {})
        subject = _("%(folio)s: venció la prevención sin respuesta") % {"folio": case.folio}
        _tell_asker(row, subject, row.text)
        if row.term.get("on_expiry") == "close":
            entry = Entry("case.closed_by_term", {"correction": row.pk})
            apply_act(desk, case, by, Stop(OUTCOME_UNANSWERED), entry, moment)
    return True


# --- The parts ---------------------------------------------------------------------


def _pending(desk: Desk, correction_id: int, by: Standing | None) -> tuple[CaseRow, CorrectionNotice]:
    """The case and its pending notice, locked. Raises: Refused: not_found, already_done."""
    found = CorrectionNotice.objects.filter(pk=correction_id).values_list("case_id", flat=True).first()
    if found is None:
        raise Refused("not_found", _("Esta prevención no existe."))
    case = lock_case(desk, found) if by is None else seen_case(desk, found, by)
    row = CorrectionNotice.objects.select_related("asked_by").get(pk=correction_id)
    if row.status != CorrectionNotice.Status.PENDING:
        raise Refused("already_done", _("Esta prevención ya no espera respuesta."))
    return case, row


def _go_on(
    desk: Desk,
    case: CaseRow,
    row: CorrectionNotice,
    action: str,
    moment: datetime,
    by: Standing | None,
    act: UUID | None,
    told: dict[str, str],
) -> CaseRow:
    resume(desk, case, _("fin de la prevención"), moment)
    actor = by.actor_id if by is not None else None
    data = {"correction": row.pk, **told}
    return replace_case(record(desk, case, Entry(action, data, actor, None, act), moment), status=Case.Status.OPEN)


def _refuse_stranger(case: CaseRow, by: Standing) -> None:
    """Who may ask for a correction: the holders of an open task, or who supervises the case."""
    row = Case.objects.select_related("procedure__unit").get(pk=case.id)
    unit = row.procedure.unit
    works = Task.objects.filter(case=case.id, status=Task.Status.OPEN, position__in=list(by.positions)).exists()
    if not (works or by.can("cases.move") or (unit is not None and by.heads(unit.path))):
        raise Refused("not_allowed", _("Solo puede hacerlo quien tiene el expediente en sus manos."))


def _tell_asked(case_id: int, text: str, number: int) -> None:
    case = Case.objects.select_related("applicant").get(pk=case_id)
    subject = _("%(folio)s: se le pide corregir o completar algo") % {"folio": case.folio}
    tell_applicant(case, kind="case.correction", subject=subject, body=text, dedupe=f"correction:{number}")


def _tell_asker(row: CorrectionNotice, subject: str, body: str) -> None:
    asker: Person = row.asked_by
    case = Case.objects.get(pk=row.case_id)
    key = f"correction:{row.pk}:{row.status}"
    tell_person(asker, case, kind="case.correction", subject=subject, body=body, url=case_url(case), dedupe=key)
