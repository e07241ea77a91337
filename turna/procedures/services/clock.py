"""The clocks of a case: recounting its deadlines, standing still, extending. Every former date is kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core.calendar import NEVER, now
from turna.core.deadlines import Term, due, warn_at
from turna.core.rights import Standing

from ..definitions import definition_of
from ..models import Case, CorrectionNotice, DueRevision, Extension, Suspension, Task, Wait
from .acting import lock_case, once, refuse_unless_open
from .carrying import Entry, record
from .data import CaseData
from .opening import as_row
from .outcomes import Refused
from .placing import FAR, Scene, counted_from, pauses_of
from .step import CaseRow, Desk, at_desk
from .waits import Pauses, count


def extend_case(
    case_id: int, by: Standing, term: Term, reason: str, legal_ground: str = "", *, act: UUID | None = None
) -> datetime:
    """Grants the prórroga that the procedure allows, once. Returns the new due date.

    Right: the head of the responsible area, or cases.move.
    Raises: Refused: not_found, not_allowed, already_done, missing_reason, invalid_form, case_ended.
    """

    def do() -> datetime:
        moment = now()
        with at_desk() as desk:
            case = supervised_case(desk, case_id, by)
            _check_extension(case, term, reason)
            allowed = definition_of(case.version_id).extension
            ground = legal_ground.strip() or (allowed.legal_ground if allowed else "")
            Extension.objects.create(
                institution_id=case.institution_id,
                case_id=case.id,
                term=term.to_json(),
                reason=reason.strip(),
                legal_ground=ground[:300],
                granted_by_id=by.person_id,
                granted_at=moment,
            )
            recount(case, _("prórroga"), moment)
            data = {"term": term.words, "reason": reason.strip(), "legal_ground": ground}
            record(desk, case, Entry("case.extended", data, by.actor_id, None, act), moment)
        return Case.objects.values_list("due_at", flat=True).get(pk=case_id) or moment

    return once(act, do, lambda _e: Case.objects.values_list("due_at", flat=True).get(pk=case_id) or now())


def supervised_case(desk: Desk, case_id: int, by: Standing, right: str = "cases.move") -> CaseRow:
    """The locked case, when this person heads its area or holds the right. Raises: Refused: not_found, not_allowed."""
    case = lock_case(desk, case_id)
    row = Case.objects.select_related("procedure__unit").get(pk=case_id)
    unit = row.procedure.unit
    if by.institution_id == case.institution_id:
        if by.can(right) or (unit is not None and by.heads(unit.path)):
            return case
        if Case.objects.visible_to(by).filter(pk=case_id).exists():
            raise Refused("not_allowed", _("Esto lo decide quien dirige el área responsable."))
    raise Refused("not_found", _("Este expediente no existe."))


def _check_extension(case: CaseRow, term: Term, reason: str) -> None:
    allowed = definition_of(case.version_id).extension
    if case.status not in ("open", "suspended"):
        refuse_unless_open(case)
    if allowed is None:
        raise Refused("not_allowed", _("Este procedimiento no admite prórroga."))
    if Extension.objects.filter(case=case.id).exists():
        raise Refused("already_done", _("La prórroga se concede una sola vez."))
    if not reason.strip():
        raise Refused("missing_reason", _("Diga por qué se amplía el plazo."), {"reason": _("Falta el motivo.")})
    if term.unit != allowed.unit or term.amount > allowed.amount:
        told = _("A lo más %(term)s.") % {"term": allowed.words}
        raise Refused("invalid_form", told, {"term": told})


# --- Standing still -----------------------------------------------------------------


def suspend(desk: Desk, case: CaseRow, reason: str, moment: datetime, correction: CorrectionNotice | None) -> None:
    """The clocks of a locked case stop."""
    Suspension.objects.create(
        institution_id=case.institution_id,
        case_id=case.id,
        starts_at=moment,
        reason=reason[:300],
        correction=correction,
    )
    Case.objects.filter(pk=case.id).update(status=Case.Status.SUSPENDED)
    recount(case, reason, moment)


def resume(desk: Desk, case: CaseRow, reason: str, moment: datetime) -> None:
    """The clocks go on; what stood still is not counted."""
    Suspension.objects.filter(case=case.id, ends_at__isnull=True).update(ends_at=moment)
    Case.objects.filter(pk=case.id, status=Case.Status.SUSPENDED).update(status=Case.Status.OPEN)
    recount(case, reason, moment)


def restart(case: CaseRow, ended_at: datetime, moment: datetime) -> None:
    """The clocks of a case that is being reopened go on where they stopped: while it was over nothing is counted."""
    still = Suspension.objects.filter(case=case.id, ends_at__isnull=True)
    if not still.update(ends_at=moment):
        Suspension.objects.create(
            institution_id=case.institution_id,
            case_id=case.id,
            starts_at=ended_at,
            ends_at=moment,
            reason=_("el expediente estaba terminado"),
        )
    recount(case, _("reapertura"), moment)
    row, term = Case.objects.get(pk=case.id), definition_of(case.version_id).term
    if term is not None and row.due_at is not None and row.next_at is None:
        since = counted_from(_scene(case, moment), term.since, row.opened_at)
        Case.objects.filter(pk=case.id).update(next_at=_next(term, since, row.due_at, moment))


def counts_from(case: Case, term: Term, otherwise: datetime) -> datetime:
    """The moment from which a term of the case counts, for who explains it."""
    if term.since is None:
        return otherwise
    return counted_from(_scene(as_row(case, case.institution), now()), term.since, otherwise)


def _scene(case: CaseRow, moment: datetime) -> Scene:
    definition = definition_of(case.version_id)
    return Scene(case, definition, moment, "", CaseData(definition, case, moment))


# --- Recounting -----------------------------------------------------------------------


def recount(case: CaseRow, reason: str, moment: datetime) -> int:
    """Counts every running deadline of a locked case anew; former dates are kept. Returns how many changed."""
    pauses = pauses_of(case.id)
    scene = _scene(case, moment)
    changed = _recount_case(scene, pauses, reason)
    for task in Task.objects.filter(case=case.id, status=Task.Status.OPEN, term__isnull=False):
        changed += _recount_task(scene, task, pauses, reason)
    for wait in Wait.objects.filter(case=case.id, closed_at__isnull=True, due_at__isnull=False):
        changed += _recount_wait(scene, wait, pauses, reason)
    return changed


def _recount_task(scene: Scene, task: Task, pauses: Pauses, reason: str) -> int:
    term = Term.from_json(task.term or {})
    since = counted_from(scene, term.since, task.opened_at)
    due_at = due(term, since, scene.calendar, pauses)
    if due_at == task.due_at:
        return 0
    Task.objects.filter(pk=task.pk).update(
        due_at=due_at,
        order_at=due_at if due_at < NEVER else scene.now + FAR,
        next_at=_next(term, since, due_at, scene.now),
    )
    _keep(scene, task.due_at, due_at, reason, task=task)
    return 1


def _recount_wait(scene: Scene, wait: Wait, pauses: Pauses, reason: str) -> int:
    former = wait.due_at
    count(scene, wait, pauses)
    if wait.due_at is None or wait.due_at == former:
        return 0
    wait.save(update_fields=["counts_from", "due_at", "next_at"])
    _keep(scene, former, wait.due_at, reason, wait=wait)
    return 1


def _recount_case(scene: Scene, pauses: Pauses, reason: str) -> int:
    term = scene.definition.term
    row = Case.objects.get(pk=scene.case.id)
    if term is None or row.due_at is None:
        return 0
    granted = Extension.objects.filter(case=row.pk).first()
    more = Term.from_json(granted.term) if granted is not None else None
    since = counted_from(scene, term.since, row.opened_at)
    due_at = due(term, since, scene.calendar, pauses, more)
    if due_at == row.due_at:
        return 0
    Case.objects.filter(pk=row.pk).update(due_at=due_at, next_at=_next(term, since, due_at, scene.now))
    _keep(scene, row.due_at, due_at, reason)
    return 1


def _next(term: Term, since: datetime, due_at: datetime, moment: datetime) -> datetime | None:
    """When the worker must look again: at the warning, or at the end when the warning's time has gone by."""
    if due_at >= NEVER:
        return None
    warning = warn_at(term, since, due_at)
    return warning if warning > moment else due_at


def _keep(
    scene: Scene,
    former: datetime | None,
    present: datetime,
    reason: str,
    *,
    task: Task | None = None,
    wait: Wait | None = None,
) -> None:
    DueRevision.objects.create(
        institution_id=scene.case.institution_id,
        case_id=scene.case.id,
        task=task,
        wait=wait,
        former=former if former is None or former < NEVER else None,
        present=present if present < NEVER else None,
        reason=reason[:300],
        at=scene.now,
    )


def recount_institution(institution_id: int) -> int:
    """The calendar was amended: every running deadline in working days is counted anew. Returns how many changed."""
    rows = Case.objects.filter(institution=institution_id, status__in=["open", "suspended"])
    timed = rows.filter(due_at__isnull=False) | rows.filter(tasks__status="open", tasks__due_at__isnull=False)
    timed |= rows.filter(waits__closed_at__isnull=True, waits__due_at__isnull=False)
    ids = list(timed.order_by("pk").distinct().values_list("pk", flat=True))
    return sum(_recount_one(case_id) for case_id in ids)


def _recount_one(case_id: int) -> int:
    with at_desk() as desk:
        case = lock_case(desk, case_id)
        if case.status not in ("open", "suspended"):
            return 0
        return recount(case, _("cambio en el calendario"), now())
