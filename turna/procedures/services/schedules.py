"""When a procedure that begins by the calendar (`inicio.programado`) begins next. Pure; the sweep is in `due`.

Rules, in the words of a manual: "diario", "cada día hábil", "semanal lunes", "mensual 1", "mensual último día hábil",
"trimestral", "semestral", "anual 15 de enero"; with an hour if wanted ("mensual 5, 09:00").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from turna.core.calendar import WorkingCalendar, calendar_of
from turna.core.models import Institution

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_HOUR = re.compile(r"(\d{1,2}):(\d{2})")
_DAY = re.compile(r"\b(\d{1,2})\b(?!:)")
_FURTHEST = 800  # days ahead that are looked through


def next_time(rule: str, after: datetime, institution: Institution) -> datetime | None:
    """The first moment after `after` that the rule names; None: the rule is not understood."""
    calendar = calendar_of(institution)
    words = rule.lower().strip()
    fits = _reading(words, calendar)
    if fits is None:
        return None
    hour = _HOUR.search(words)
    first = calendar.local_day(after)
    for ahead in range(_FURTHEST):
        day = first + timedelta(days=ahead)
        if fits(day):
            at = time(int(hour[1]) % 24, int(hour[2]) % 60) if hour else calendar.hours_on(day)[0]
            moment = datetime.combine(day, at, calendar.zone)
            if moment > after:
                return moment
    return None


def period_key(rule: str, moment: datetime, institution: Institution) -> str:
    """The name of the period that begins then: what keeps it from beginning twice."""
    return calendar_of(institution).local_day(moment).isoformat()


class _Rule:
    """A day fits when its month is one of `months` and `day` says so."""

    def __init__(self, words: str, calendar: WorkingCalendar, months: frozenset[int]) -> None:
        self.words, self.calendar, self.months = words, calendar, months
        found = _DAY.search(_HOUR.sub("", words))
        self.day = int(found[1]) if found else 1

    def __call__(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        if "último" in self.words:
            return self._is_last(day)
        if "primer" in self.words and "hábil" in self.words:
            return self._is_first_working(day)
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return day.day == min(self.day, last.day)

    def _is_last(self, day: date) -> bool:
        later = (day + timedelta(days=n) for n in range(1, 32))
        rest = [d for d in later if d.month == day.month]
        if "hábil" not in self.words:
            return not rest
        return self.calendar.is_working(day) and not any(self.calendar.is_working(d) for d in rest)

    def _is_first_working(self, day: date) -> bool:
        before = (day.replace(day=n) for n in range(1, day.day))
        return self.calendar.is_working(day) and not any(self.calendar.is_working(d) for d in before)


def _reading(words: str, calendar: WorkingCalendar) -> Callable[[date], bool] | None:
    if "hábil" in words and ("cada" in words or "diari" in words):
        return calendar.is_working
    if "diari" in words or words.startswith("cada día"):
        return lambda day: True
    weekday = next((n for n, name in enumerate(WEEKDAYS) if name in words), None)
    if "seman" in words or (weekday is not None and "mes" not in words):
        wanted = weekday or 0
        return lambda day: day.weekday() == wanted
    months = _months(words)
    return _Rule(words, calendar, months) if months else None


def _months(words: str) -> frozenset[int]:
    named = frozenset(n for n, name in enumerate(MONTHS, 1) if name in words)
    if named:
        return named
    every = {"mensual": 1, "cada mes": 1, "bimestral": 2, "trimestral": 3, "cuatrimestral": 4}
    every |= {"semestral": 6, "anual": 12}
    step = next((n for name, n in sorted(every.items(), key=lambda p: -len(p[0])) if name in words), None)
    return frozenset(range(1, 13, step)) if step else frozenset()
