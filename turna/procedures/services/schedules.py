"""When a procedure that begins by the calendar (`inicio.programado`) begins next. Pure; the sweep is in `due`.

Rules, in the words of a manual, with accents or without: "diario", "cada día hábil", "semanal lunes",
"lunes a viernes", "martes y jueves", "mensual 1", "mensual último día hábil", "mensual tercer día hábil",
"primer lunes de cada mes", "trimestral", "semestral", "anual 15 de enero"; with an hour if wanted ("mensual 5, 09:00").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from turna.core.calendar import WorkingCalendar, calendar_of
from turna.core.models import Institution
from turna.engine.suggest import plain

WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
PERIODS = {
    "mensual": 1, "cada mes": 1, "bimestral": 2, "trimestral": 3, "cuatrimestral": 4, "semestral": 6, "anual": 12,
}  # fmt: skip
ORDINALS = {
    "primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "quinto": 5, "sexto": 6, "septimo": 7, "octavo": 8,
    "noveno": 9, "decimo": 10, "ultimo": -1,
}  # fmt: skip
_HOUR = re.compile(r"(\d{1,2}):(\d{2})")
_DAY = re.compile(r"\b(\d{1,2})\b")
_FURTHEST = 800  # days ahead that are looked through

Fits = Callable[[date], bool]


def next_time(rule: str, after: datetime, institution: Institution) -> datetime | None:
    """The first moment after `after` that the rule names; None: the rule is not understood."""
    calendar = calendar_of(institution)
    words = plain(rule)
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


# --- Reading the words ---------------------------------------------------------------


def _reading(words: str, calendar: WorkingCalendar) -> Fits | None:
    """Whether a day fits the rule; None: it is not understood."""
    said = _HOUR.sub("", words)
    if "cada dia habil" in said or ("diari" in said and "habil" in said):
        return calendar.is_working
    if "diari" in said or "cada dia" in said:
        return lambda day: True
    months, weekdays, nth = _months(said), _weekdays(said), _ordinal(said)
    if weekdays and nth is not None and (months or " mes" in said):
        return _in_months(months or _every(1), lambda days: [d for d in days if d.weekday() in weekdays], nth)
    if weekdays and not months:
        return lambda day: day.weekday() in weekdays
    if "seman" in said:
        return lambda day: day.weekday() in (weekdays or {0})
    if not months:
        return None
    if nth is not None:
        wanted = calendar.is_working if "habil" in said else _any_day
        return _in_months(months, lambda days: [d for d in days if wanted(d)], nth)
    found = _DAY.search(said)
    number = int(found[1]) if found else 1
    return _in_months(months, lambda days: days[number - 1 :] or days[-1:], 1)


def _in_months(months: frozenset[int], choose: Callable[[list[date]], list[date]], nth: int) -> Fits:
    """The nth (-1: last) of the days that `choose` leaves of a month."""

    def fits(day: date) -> bool:
        if day.month not in months:
            return False
        days = [day.replace(day=1) + timedelta(days=n) for n in range(31)]
        left = choose([d for d in days if d.month == day.month])
        at = nth - 1 if nth > 0 else len(left) - 1
        return 0 <= at < len(left) and left[at] == day

    return fits


def _any_day(day: date) -> bool:
    return True


def _every(step: int) -> frozenset[int]:
    return frozenset(range(1, 13, step))


def _months(said: str) -> frozenset[int]:
    named = frozenset(n for n, name in enumerate(MONTHS, 1) if re.search(rf"\b{name}\b", said))
    if named:
        return named
    period = next((PERIODS[name] for name in sorted(PERIODS, key=len, reverse=True) if name in said), None)
    return _every(period) if period else frozenset()


def _weekdays(said: str) -> frozenset[int]:
    """The weekdays named; "lunes a viernes" is all that lie between."""
    named = [n for n, name in enumerate(WEEKDAYS) if re.search(rf"\b{name}\b", said)]
    if len(named) == 2 and f"{WEEKDAYS[named[0]]} a {WEEKDAYS[named[1]]}" in said:
        return frozenset(range(named[0], named[1] + 1))
    return frozenset(named)


def _ordinal(said: str) -> int | None:
    return next((n for word, n in ORDINALS.items() if re.search(rf"\b{word}\b", said)), None)
