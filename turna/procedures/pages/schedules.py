"""What begins by the calendar: an administration page with the next dates and what began last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from turna.core.calendar import now
from turna.web.administration.access import administration_page, sections
from turna.web.requests import Request

from ..models import Case, Schedule
from ..services.schedules import next_time

SECTION = "admin_schedules"
AHEAD = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A procedure that begins by the calendar. `times`: the next ones; empty: its rule names none. `late`: the first is
    past, so the background work has not come by. `last`: the case that began last."""

    schedule: Schedule
    times: tuple[datetime, ...]
    late: bool
    last: Case | None


@administration_page("calendar.manage")
@require_safe
def schedules(request: Request) -> HttpResponse:
    """`/administracion/programados/`: soonest first."""
    rows = Schedule.objects.filter(institution=request.institution).select_related("procedure", "institution")
    lines = [_line(schedule) for schedule in rows.order_by("next_at", "pk")]
    return render(request, "procedures/schedules.html", {"sections": sections(request, SECTION), "lines": lines})


def _line(schedule: Schedule) -> Line:
    times: list[datetime] = []
    moment = schedule.next_at
    while moment is not None and len(times) < AHEAD:
        times.append(moment)
        moment = next_time(schedule.rule, moment, schedule.institution)
    begun = Case.objects.filter(institution=schedule.institution_id, procedure=schedule.procedure_id, opened_by=None)
    last = begun.filter(parent=None).order_by("-opened_at", "-pk").first()
    return Line(schedule, tuple(times), bool(times) and times[0] < now(), last)
