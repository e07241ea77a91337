"""What the worker sweeps: warnings, expiries, escalation, announcements, schedules. Each fires once.

Every item is a transaction of its own that locks its case (skipping those another worker holds), looks again whether it
is still due, acts, and says when to look next. A crash in between leaves it due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from turna.core.calendar import zone_of
from turna.core.models import Institution, StoredFile
from turna.core.rights import system_standing

from ..definitions import definition_of
from ..models import Case, CorrectionNotice, Draft, ProcedureVersion, Schedule, Task, Wait
from ..references import DRAFT_KIND, FOLLOWED_KIND
from .applicants import is_applicants
from .children import tell_children_of_end
from .corrections import expire_correction
from .expiring import fire_case, fire_task, fire_wait
from .outcomes import Refused
from .schedules import next_time, period_key
from .start import start_by_calendar
from .telling import people_of, tell_applicant, tell_applicant_of_turn, tell_of_task

R = TypeVar("R", bound=Model)
log = logging.getLogger(__name__)
DRAFTS_KEPT = timedelta(days=90)
RETRY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each fired."""

    tasks: int = 0
    cases: int = 0
    corrections: int = 0
    announced: int = 0
    ended: int = 0
    started: int = 0
    waits: int = 0

    @property
    def total(self) -> int:
        return sum(astuple(self))


def run_due(now: datetime, limit: int = 200) -> Swept:
    """Fires what is due at `now`, at most `limit` of each kind. Any number of workers may run it at once."""
    timed = Task.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    cases = Case.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    asked = CorrectionNotice.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    fresh = Task.objects.filter(status="open", announced_at__isnull=True).order_by("opened_at")
    ended = Case.objects.filter(ended_at__isnull=False, announced_at__isnull=True).order_by("ended_at")
    awaited = Wait.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    begun = Schedule.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    _drop_old_drafts(now)
    return Swept(
        tasks=_each(timed[:limit], now, fire_task),
        waits=_each(awaited[:limit], now, fire_wait),
        cases=_each(cases[:limit], now, fire_case),
        corrections=_each(asked[:limit], now, lambda n, at: expire_correction(n, system_standing(), at)),
        announced=_each(fresh.values_list("pk", flat=True)[:limit], now, announce_task),
        ended=_each(ended.values_list("pk", flat=True)[:limit], now, tell_of_end),
        started=_each(begun[:limit], now, begin_scheduled),
    )


def _each(numbers: Iterable[int], now: datetime, fire: Callable[[int, datetime], bool]) -> int:
    """Fires each; one that fails is logged and does not stop the others."""
    fired = 0
    for number in list(numbers):
        try:
            fired += bool(fire(number, now))
        except Exception:
            log.exception("No se pudo atender %s %s", getattr(fire, "__name__", "plazo"), number)
    return fired


# --- Announcements -------------------------------------------------------------------


@transaction.atomic
def announce_task(task_id: int, now: datetime) -> bool:
    """Holders and substitutes learn of a new task, but for who has just done the one before it."""
    rows = Task.objects.filter(pk=task_id, status="open", announced_at__isnull=True).select_related("case")
    task = _locked(rows).first()
    if task is None:
        return False
    Task.objects.filter(pk=task.pk).update(announced_at=now)
    zone = Institution.objects.values_list("time_zone", flat=True).get(pk=task.institution_id)
    day = now.astimezone(zone_of(zone)).date()
    before = Task.objects.filter(case=task.case_id, done_at=task.opened_at).values_list("done_by_id", flat=True)
    knows = set(before) | ({task.case.opened_by_id} if task.opened_at == task.case.opened_at else set())
    for person in people_of(task.institution_id, task.position_id, task.person_id, day):
        if person.pk not in knows:
            tell_of_task(task.pk, person, _subject(task), dedupe=f"task:{task.pk}:{task.position_id}")
    if is_applicants(definition_of(task.case.version_id), task.case, task):
        tell_applicant_of_turn(task, task.case, zone)
    return True


def _subject(task: Task) -> str:
    words = {
        Task.Kind.SIGN: _("%(folio)s: un documento espera su firma"),
        Task.Kind.ROUTED: _("%(folio)s: le turnaron un asunto"),
    }
    told = words.get(Task.Kind(task.kind), _("%(folio)s: tiene una tarea nueva"))
    if task.came_reason:
        told = _("%(folio)s: le regresaron una tarea")
    return told % {"folio": task.case.folio}


def tell_of_end(case_id: int, now: datetime) -> bool:
    """Whoever works on a child that nobody waits for any more learns of the end, then the applicant."""
    tell_children_of_end(case_id, now)
    return announce_end(case_id, now)


@transaction.atomic
def announce_end(case_id: int, now: datetime) -> bool:
    """The applicant learns how their case ended."""
    rows = Case.objects.filter(pk=case_id, ended_at__isnull=False, announced_at__isnull=True)
    case = _locked(rows.select_related("applicant", "procedure")).first()
    if case is None:
        return False
    Case.objects.filter(pk=case.pk).update(announced_at=now)
    subject = _("%(folio)s: su trámite terminó") % {"folio": case.folio}
    body = _("%(name)s terminó con el resultado: %(outcome)s.") % {
        "name": case.procedure.name,
        "outcome": case.outcome,
    }
    tell_applicant(case, kind="case.ended", subject=subject, body=body, dedupe=f"end:{case.pk}:{case.rev}")
    return True


def _locked(rows: QuerySet[R]) -> QuerySet[R]:
    """The rows locked, without those that another worker has in its hands."""
    skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skip, of=("self",)) if skip else rows


# --- Schedules -----------------------------------------------------------------------


@transaction.atomic
def begin_scheduled(schedule_id: int, now: datetime) -> bool:
    """Starts the case of a period, once, and says when the next one is."""
    rows = Schedule.objects.filter(pk=schedule_id, next_at__lte=now).select_related("procedure", "institution")
    schedule = _locked(rows).first()
    if schedule is None or schedule.next_at is None:
        return False
    key = period_key(schedule.rule, schedule.next_at, schedule.institution)
    version = ProcedureVersion.objects.filter(procedure=schedule.procedure, valid_until__isnull=True).first()
    begun = False
    if version is not None and key != schedule.last_key:
        try:
            with transaction.atomic():
                by = system_standing(schedule.institution_id)
                start_by_calendar(definition_of(version.pk), by, now, schedule.next_at)
            begun = True
        except Refused:
            log.exception("No se pudo iniciar %s por calendario", schedule.procedure_id)
            Schedule.objects.filter(pk=schedule.pk).update(next_at=now + RETRY)
            return False
    after = next_time(schedule.rule, max(now, schedule.next_at), schedule.institution)
    Schedule.objects.filter(pk=schedule.pk).update(last_key=key, next_at=after)
    return begun


# --- Drafts --------------------------------------------------------------------------


def _drop_old_drafts(now: datetime) -> None:
    """Drafts and files of sheets never sent that are older than 90 days, and drafts of tasks no longer open."""
    Draft.objects.filter(saved_at__lt=now - DRAFTS_KEPT).delete()
    StoredFile.objects.filter(owner_kind__in=(DRAFT_KIND, FOLLOWED_KIND), uploaded_at__lt=now - DRAFTS_KEPT).delete()
    keys = Draft.objects.filter(key__startswith="task:").values_list("pk", "key")[:500]
    numbers = {pk: int(key[5:]) for pk, key in keys if key[5:].isdigit()}
    still = set(Task.objects.filter(pk__in=numbers.values(), status="open").values_list("pk", flat=True))
    Draft.objects.filter(pk__in=[pk for pk, number in numbers.items() if number not in still]).delete()
