"""What an institution's own cases say of a period that has passed: how many came, ended, wait, and how long they took.

Reads only. It reads the cases of the period and those that waited at its end, each group by its index, so it costs the
same however many the institution has had before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from statistics import mean, median
from typing import Any

from django.db.models import Q

from turna.core.calendar import WorkingCalendar

from .models import Case, Filing

MOST = 20_000
"""Cases counted at once; of more nothing is said rather than something wrong."""
PERIODS = ("dia", "semana", "mes")
FIGURES = (
    "recibidos", "atendidos", "pendientes", "en_plazo", "vencidos", "promedio_dias", "mediana_dias", "p90_dias",
    "maximo_dias", "promedio_horas",
)  # fmt: skip
_COLUMNS = (
    "pk", "procedure__key", "folio", "subject", "channel", "status", "outcome", "opened_at", "ended_at", "due_at",
    "applicant_unit_id", "applicant_unit__name",
)  # fmt: skip
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to `end` (not included): the local days `first` to `last`."""

    first: date
    last: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """A case as it is counted. `filed`: the last values of the formats that were asked for."""

    pk: int
    procedure: str
    folio: str
    subject: str
    channel: str
    status: str
    outcome: str
    opened_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    unit_id: int | None
    unit: str | None
    filed: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def came(self, period: Period) -> bool:
        return period.start <= self.opened_at < period.end

    def ended(self, period: Period) -> bool:
        """Whether it was brought to an end in the period; who withdrew or cancelled was not attended."""
        return self.status == "ended" and self.ended_at is not None and period.start <= self.ended_at < period.end

    def waited(self, period: Period) -> bool:
        """Whether it was still open when the period ended."""
        return self.opened_at < period.end and (self.ended_at is None or self.ended_at >= period.end)

    def late(self, period: Period) -> bool:
        """Whether its term ran out before it ended, or before the period did."""
        until = self.ended_at if self.ended(period) else period.end
        return self.due_at is not None and until is not None and self.due_at < until


def period_of(word: str, moment: datetime, calendar: WorkingCalendar) -> Period:
    """The period that a case opened at `moment` reports on: its own day, the week (Monday to Sunday) or the month
    before. Raises: KeyError: another word."""
    day = calendar.local_day(moment)
    monday, month = day - timedelta(days=day.weekday()), day.replace(day=1)
    before = month - timedelta(days=1)
    first, last = {
        "dia": (day, day),
        "semana": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "mes": (before.replace(day=1), before),
    }[word]
    start, end = (datetime.combine(d, time(0), calendar.zone) for d in (first, last + timedelta(days=1)))
    return Period(first, last, start, end)


def cases_of(
    institution_id: int, procedures: Collection[int], period: Period, formats: Collection[str] = ()
) -> list[Counted] | None:
    """The cases that came, ended or waited in the period, oldest first, with what was filled in `formats`; None: more
    than MOST. One statement, and one for every 2,000 cases if formats are asked for."""
    # Each group has its index, and they are put together: one condition with "or" could be read from the whole table.
    groups = (
        Q(opened_at__gte=period.start, opened_at__lt=period.end),
        Q(opened_at__lt=period.end, ended_at__gte=period.start),
        Q(opened_at__lt=period.end, ended_at__isnull=True),
    )
    base = Case.objects.filter(institution_id=institution_id, procedure__in=procedures).order_by()
    asked = [base.filter(group).values_list(*_COLUMNS) for group in groups]
    rows = list(asked[0].union(*asked[1:])[: MOST + 1])
    if len(rows) > MOST:
        return None
    cases = sorted((Counted(*row) for row in rows), key=lambda case: (case.opened_at, case.pk))
    _read_filings(cases, formats)
    return cases


def _read_filings(cases: Sequence[Counted], formats: Collection[str]) -> None:
    by_id = {case.pk: case for case in cases}
    ids = list(by_id)
    for start in range(0, len(ids) if formats else 0, _AT_ONCE):
        rows = Filing.objects.filter(case__in=ids[start : start + _AT_ONCE], format__in=formats).order_by("pk")
        for case_id, key, values in rows.values_list("case_id", "format", "values"):
            by_id[case_id].filed[key] = values


def figures_of(cases: Sequence[Counted], period: Period, calendar: WorkingCalendar) -> dict[str, float | None]:
    """The FIGURES of these cases; a time is None where nothing ended. Days are working days, as a term counts them."""
    ended = [case for case in cases if case.ended(period)]
    spans = [(case.opened_at, case.ended_at) for case in ended if case.ended_at is not None]
    days = sorted(days_between(start, end, calendar) for start, end in spans)
    hours = [(end - start).total_seconds() / 3600 for start, end in spans]
    return {
        "recibidos": sum(case.came(period) for case in cases),
        "atendidos": len(ended),
        "pendientes": sum(case.waited(period) for case in cases),
        "en_plazo": sum(case.due_at is not None and not case.late(period) for case in ended),
        "vencidos": sum(case.late(period) for case in cases if case.ended(period) or case.waited(period)),
        "promedio_dias": round(mean(days), 1) if days else None,
        "mediana_dias": round(median(days), 1) if days else None,
        "p90_dias": days[ceil(0.9 * len(days)) - 1] if days else None,
        "maximo_dias": days[-1] if days else None,
        "promedio_horas": round(mean(hours), 1) if hours else None,
    }


def days_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> int:
    """Working days from one moment to the other: the day after the first is day 1."""
    return calendar.working_days_between(calendar.local_day(start), calendar.local_day(end))


def grouped(cases: Sequence[Counted], values: Sequence[Any]) -> dict[Any, list[Counted]]:
    """The cases by their values, the most frequent first; those without a value are in no group."""
    groups: dict[Any, list[Counted]] = defaultdict(list)
    for case, value in zip(cases, values, strict=True):
        if value not in (None, ""):
            groups[value].append(case)
    return dict(sorted(groups.items(), key=lambda pair: -len(pair[1])))
