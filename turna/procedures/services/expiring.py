"""A term that warns or runs out: of one task, of a wait, or of a whole case. Called by the worker's sweep (`due`)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext as _

from turna.core.calendar import zone_of
from turna.core.deadlines import Term
from turna.core.models import Person, Position, Unit
from turna.core.rights import Standing, acting_people, system_standing
from turna.engine.flow import Expire, Jump, Receive, Stop

from ..definitions import definition_of
from ..models import Case, Task, Wait
from .applicants import is_applicants
from .carrying import Entry, record
from .moving import apply_act
from .placing import Scene, owners_of
from .step import CaseRow, Desk, at_desk
from .telling import case_url, people_of, tell_applicant_of_turn, tell_of_task, tell_person

MOVES = frozenset({"go", "close", "accept", "deny"})
OUTCOMES = {"close": "vencido", "accept": "afirmativa ficta", "deny": "negativa ficta"}


def fire_task(task_id: int, now: datetime) -> bool:
    """Warns of a task's term, or does what its rule says once it has run out. False: somebody was faster."""
    case_id = Task.objects.filter(pk=task_id).values_list("case_id", flat=True).first()
    with at_desk() as desk:
        case = locked_or_none(desk, case_id)
        task = Task.objects.filter(pk=task_id, status="open", next_at__lte=now).first() if case is not None else None
        if case is None or task is None or case.status != Case.Status.OPEN:
            return False
        if task.due_at is not None and now < task.due_at:
            _warn_task(desk, case, task, now)
        else:
            _expire_task(desk, case, task, now)
    return True


def fire_wait(wait_id: int, now: datetime) -> bool:
    """Warns of a wait's term, does what its rule says once it has run out, or goes on when the time that was waited
    for has come. False: somebody was faster."""
    case_id = Wait.objects.filter(pk=wait_id).values_list("case_id", flat=True).first()
    with at_desk() as desk:
        case = locked_or_none(desk, case_id)
        rows = Wait.objects.filter(pk=wait_id, closed_at__isnull=True, next_at__lte=now)
        wait = rows.first() if case is not None else None
        if case is None or wait is None or case.status != Case.Status.OPEN:
            return False
        if wait.due_at is not None and now < wait.due_at:
            _warn_wait(desk, case, wait, now)
        elif wait.kind == Wait.Kind.TIME:
            told = {"step": wait.step, "token": wait.token, "until": wait.name}
            apply_act(desk, case, _nobody(case), Receive(wait.token, wait.name), Entry("wait.over", told), now)
        else:
            _expire_wait(desk, case, wait, now)
    return True


def fire_case(case_id: int, now: datetime) -> bool:
    """Warns of the whole procedure's term, or does what its rule says. False: somebody was faster."""
    with at_desk() as desk:
        case = locked_or_none(desk, case_id)
        row = Case.objects.filter(pk=case_id, status="open", next_at__lte=now).first() if case is not None else None
        if case is None or row is None:
            return False
        if row.due_at is not None and now < row.due_at:
            Case.objects.filter(pk=case.id).update(next_at=row.due_at)
            subject = _("%(folio)s: el expediente está por vencer") % {"folio": case.folio}
            told = _tell_workers(row, subject, now, f"warn:{row.due_at.isoformat()}")
            record(desk, case, Entry("case.warned", {"told": told}), now)
        else:
            _expire_case(desk, case, row, now)
    return True


def locked_or_none(desk: Desk, case_id: int | None) -> CaseRow | None:
    """The case, locked, unless it is gone or another worker holds it."""
    if case_id is None:
        return None
    if connection.features.has_select_for_update_skip_locked:
        free = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=case_id)
        if not free.values_list("pk", flat=True).first():
            return None
    return desk.lock_case(case_id)


# --- Tasks -------------------------------------------------------------------------


def _warn_task(desk: Desk, case: CaseRow, task: Task, now: datetime) -> None:
    Task.objects.filter(pk=task.pk).update(next_at=task.due_at)
    subject = _("%(folio)s: una tarea está por vencer") % {"folio": case.folio}
    told = _tell_holders(case, task, subject, now, "warn")
    if is_applicants(definition_of(case.version_id), case, task):
        row = Case.objects.select_related("applicant").get(pk=case.id)
        tell_applicant_of_turn(task, row, case.time_zone, again=True)
    record(desk, case, Entry("task.warned", {"task": task.pk, "step": task.step, "told": told}), now)


def _expire_task(desk: Desk, case: CaseRow, task: Task, now: datetime) -> None:
    rule = Term.from_json(task.term).on_expiry if task.term else "warn"
    Task.objects.filter(pk=task.pk).update(next_at=None)
    data: dict[str, object] = {"task": task.pk, "step": task.step, "rule": rule}
    subject = _("%(folio)s: venció una tarea") % {"folio": case.folio}
    data["told"] = _tell_holders(case, task, subject, now, "due")
    if rule == "escalate":
        data["escalated"] = _escalate(case, task, now)
    if rule in MOVES and task.kind != Task.Kind.ROUTED:
        entry = Entry("task.expired", data)
        why = _("Venció el plazo de la actividad %(step)s") % {"step": task.step}
        apply_act(desk, case, _nobody(case), Expire(task.token), entry, now, reason=why)
        return
    record(desk, case, Entry("task.expired", data), now)


def _escalate(case: CaseRow, task: Task, now: datetime) -> list[int]:
    """The head of the unit (of a person's task: of the responsible area) is told and may do the task of a position too.
    Returns who."""
    area = Case.objects.values_list("procedure__unit_id", flat=True).get(pk=case.id)
    heads = heads_above(task.unit_id or area, _day(case, now), {task.position_id})
    if heads and task.person_id is None:
        Task.objects.filter(pk=task.pk).update(person=heads[0])
    subject = _("%(folio)s: se le escala una tarea vencida") % {"folio": case.folio}
    for person in heads:
        tell_of_task(task.pk, person, subject, dedupe=f"escalate:{task.pk}:{task.due_at}")
    return [person.pk for person in heads]


def heads_above(unit_id: int | None, day: date, but: set[int | None]) -> list[Person]:
    """Who heads the unit today, else the nearest unit above that has a head; positions in `but` do not count."""
    unit = Unit.objects.filter(pk=unit_id or 0).first()
    for number in [int(part) for part in unit.path.split("/") if part][::-1] if unit is not None else []:
        heads = Position.objects.filter(unit=number, is_head=True, is_active=True).exclude(pk__in=[n for n in but if n])
        found = [person for row in heads for person in _people(row, day)]
        if found:
            return found
    return []


def _people(position: Position, day: date) -> list[Person]:
    ids = acting_people(position.institution_id, [position.pk], day)[position.pk]
    return list(Person.objects.filter(pk__in=ids, is_active=True))


def _tell_holders(case: CaseRow, task: Task, subject: str, now: datetime, what: str) -> list[int]:
    people = people_of(task.institution_id, task.position_id, task.person_id, _day(case, now))
    if task.assignee_id is not None:
        people = [p for p in people if p.pk == task.assignee_id] or people
    people += [p for p in _who_routed(task) if p not in people]
    for person in people:
        tell_of_task(task.pk, person, subject, dedupe=f"{what}:{task.pk}:{task.due_at}")
    return [person.pk for person in people]


def _who_routed(task: Task) -> list[Person]:
    """Whoever routed the task waits for its answer."""
    if task.parent_id is None:
        return []
    return list(Person.objects.filter(claimed_tasks=task.parent_id, is_active=True))


# --- Waits -------------------------------------------------------------------------


def _warn_wait(desk: Desk, case: CaseRow, wait: Wait, now: datetime) -> None:
    Wait.objects.filter(pk=wait.pk).update(next_at=wait.due_at)
    subject = _("%(folio)s: lo que se espera está por vencer") % {"folio": case.folio}
    told = _tell_awaiting(case, wait, _answerable(case, wait, now), subject, "warn")
    record(desk, case, Entry("wait.warned", {"step": wait.step, "token": wait.token, "told": told}), now)


def _expire_wait(desk: Desk, case: CaseRow, wait: Wait, now: datetime) -> None:
    """Who answers for the activity is told, the head of their unit too when the rule escalates, and the case goes where
    the rule leads. Child cases go on by themselves."""
    rule = Term.from_json(wait.term).on_expiry if wait.term else "warn"
    Wait.objects.filter(pk=wait.pk).update(next_at=None)
    data: dict[str, object] = {"step": wait.step, "token": wait.token, "rule": rule}
    subject = _("%(folio)s: venció lo que se esperaba") % {"folio": case.folio}
    data["told"] = _tell_awaiting(case, wait, _answerable(case, wait, now), subject, "due")
    if rule == "escalate":
        subject = _("%(folio)s: se le escala una espera vencida") % {"folio": case.folio}
        data["escalated"] = _tell_awaiting(case, wait, _heads(case, wait, now), subject, "escalate")
    if rule in MOVES:
        why = _("Venció el plazo de la actividad %(step)s") % {"step": wait.step}
        apply_act(desk, case, _nobody(case), Expire(wait.token), Entry("wait.expired", data), now, reason=why)
        return
    record(desk, case, Entry("wait.expired", data), now)


def _owners(case: CaseRow, wait: Wait, now: datetime) -> list[tuple[int | None, int | None]]:
    definition = definition_of(case.version_id)
    return owners_of(Scene(case, definition, now), definition.activity(wait.step))


def _answerable(case: CaseRow, wait: Wait, now: datetime) -> list[Person]:
    """Who holds the positions that answer for the activity."""
    day = _day(case, now)
    owners = _owners(case, wait, now)
    found = [p for position, person in owners for p in people_of(wait.institution_id, position, person, day)]
    return list({p.pk: p for p in found}.values())


def _heads(case: CaseRow, wait: Wait, now: datetime) -> list[Person]:
    ids = {position for position, _person in _owners(case, wait, now) if position is not None}
    units = Position.objects.filter(pk__in=ids).order_by("pk").values_list("unit_id", flat=True)
    found = [p for unit in units for p in heads_above(unit, _day(case, now), {*ids})]
    return list({p.pk: p for p in found}.values())


def _tell_awaiting(case: CaseRow, wait: Wait, people: list[Person], subject: str, what: str) -> list[int]:
    row = Case.objects.get(pk=case.id)
    body = f"{row.subject}\n{definition_of(case.version_id).activity(wait.step).text}"
    key = f"wait:{what}:{wait.pk}:{wait.due_at}"
    for person in people:
        tell_person(person, row, kind="case.due", subject=subject, body=body, url=case_url(row), dedupe=key)
    return [person.pk for person in people]


# --- Cases -------------------------------------------------------------------------


def _expire_case(desk: Desk, case: CaseRow, row: Case, now: datetime) -> None:
    term = definition_of(case.version_id).term
    rule = term.on_expiry if term is not None else "warn"
    Case.objects.filter(pk=case.id).update(next_at=None)
    subject = _("%(folio)s: venció el plazo del expediente") % {"folio": case.folio}
    data: dict[str, object] = {"rule": rule, "told": _tell_workers(row, subject, now, f"due:{row.due_at}")}
    if rule not in MOVES:
        record(desk, case, Entry("case.expired", data), now)
        return
    target = term.target if term is not None else None
    act = (
        Jump(target) if rule == "go" and target not in (None, "fin") and target else Stop(OUTCOMES.get(rule, "vencido"))
    )
    why = _("Venció el plazo del expediente")
    apply_act(desk, case, _nobody(case), act, Entry("case.expired", data), now, reason=why)


def _tell_workers(row: Case, subject: str, now: datetime, key: str) -> list[int]:
    """Who has an open task, and the head of the responsible area."""
    case = Case.objects.select_related("procedure", "institution").get(pk=row.pk)
    day = now.astimezone(zone_of(case.institution.time_zone)).date()
    people = {p.pk: p for p in heads_above(case.procedure.unit_id, day, set())}
    for task in Task.objects.filter(case=case.pk, status="open"):
        people |= {p.pk: p for p in people_of(task.institution_id, task.position_id, task.person_id, day)}
    for person in people.values():
        tell_person(
            person,
            case,
            kind="case.due",
            subject=subject,
            body=case.subject,
            url=case_url(case),
            dedupe=f"{key}:{case.pk}",
        )
    return sorted(people)


def _nobody(case: CaseRow) -> Standing:
    return system_standing(case.institution_id)


def _day(case: CaseRow, now: datetime) -> date:
    return now.astimezone(zone_of(case.time_zone)).date()
