"""The working calendar as a pure value: built once per version of an institution's calendar, then only looked up.

How each unit counts:
- working days: the day after the start is day 1; the term runs out at closing time of the last day;
- calendar days: the day after the start is day 1, every day counts; it runs out at the end of the last day (23:59:59);
- hours and minutes: real time, nights and weekends included.
A pause (suspension) takes away every day it touches from a term in days, and its real length from one in hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from turna.core.models import CalendarDay, Institution, WorkingHours
from turna.core.wording import WEEKDAYS

from .clock import zone_of
from .federal import LAW, federal_days

UNITS = ("working_days", "calendar_days", "hours", "minutes")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a term runs out whose clock stands still."""
Pause = tuple[datetime, datetime | None]
"""A stretch in which the clock stands still; None: still."""
Own = tuple[bool, str, str]
"""A day of the institution's own: whether it is worked, its name, where it was published."""
DEFAULT_HOURS: Mapping[int, tuple[time, time]] = MappingProxyType({day: (time(9), time(18)) for day in range(5)})
FIRST_YEAR, LAST_YEAR, FURTHEST_YEAR = 2005, 2050, 9990
_END_OF_DAY = time(23, 59, 59)


class WorkingCalendar:
    """Which days an institution works, from when to when, and why it does not work the others."""

    def __init__(
        self,
        zone: ZoneInfo,
        hours: Mapping[int, tuple[time, time]] = DEFAULT_HOURS,
        own: Mapping[date, Own] = MappingProxyType({}),
    ) -> None:
        """`hours`: opening and closing time by weekday (0 Monday); `own`: the published days by date."""
        self.zone = zone
        self._hours = dict(hours or DEFAULT_HOURS)
        self._own = dict(own)
        # A Saturday worked by decree has no hours of its own: it closes as the other days do.
        self._usual = max(self._hours.values(), key=lambda pair: pair[1])
        self._closes = tuple(self._hours.get(day, self._usual)[1] for day in range(7))
        self._tabulate(FIRST_YEAR, LAST_YEAR)

    def _tabulate(self, first_year: int, last_year: int) -> None:
        """Lay out every working day of those years as ordinals, so that counting is one look-up."""
        federal = {day.toordinal() for day in federal_days(first_year, last_year)}
        own = {day.toordinal(): rule[0] for day, rule in self._own.items()}
        open_days = frozenset(self._hours)
        start, end = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
        # ordinal 1 (0001-01-01) was a Monday, hence the 6.
        self._table: tuple[int, int, tuple[int, ...]] = (
            start,
            end,
            tuple(n for n in range(start, end + 1) if own.get(n, (n + 6) % 7 in open_days and n not in federal)),
        )

    def _days_for(self, ordinal: int, more: int = 0) -> tuple[int, ...]:
        """The table, made longer first when `ordinal` or the `more` working days after it lie outside of it."""
        start, end, days = self._table
        if start <= ordinal and (ordinal <= end and bisect_right(days, ordinal) + more <= len(days)):
            return days
        # Only ever longer: another thread may be counting with the present one.
        first = min(date.fromordinal(max(ordinal, 366)).year, date.fromordinal(start).year)
        last = max(date.fromordinal(ordinal).year + more // 150 + 2, date.fromordinal(end).year)
        if last > FURTHEST_YEAR:
            raise OverflowError("the term is longer than the calendar")
        self._tabulate(first, last)
        return self._table[2]

    def is_working(self, day: date) -> bool:
        own = self._own.get(day)
        if own is not None:
            return own[0]
        return day.weekday() in self._hours and day not in federal_days(*_years_around(day))

    def why_not(self, day: date) -> str:
        """Why the day does not count, in words; empty when it does."""
        if self.is_working(day):
            return ""
        own = self._own.get(day)
        if own is not None:
            return f"{own[1]} ({own[2]})" if own[2] else own[1]
        name = federal_days(*_years_around(day)).get(day)
        if name:
            return f"{name} ({_(LAW)})"
        weekday = _(WEEKDAYS[day.weekday()])
        return weekday if day.weekday() > 4 else _("%s, día sin horario de atención") % weekday

    def local_day(self, moment: datetime) -> date:
        """The day on the wall of the institution's offices."""
        return moment.astimezone(self.zone).date()

    def hours_on(self, day: date) -> tuple[time, time]:
        """Opening and closing time of a working day."""
        return self._hours.get(day.weekday(), self._usual)

    def opens_at(self, day: date) -> datetime:
        return datetime.combine(day, self.hours_on(day)[0], self.zone).astimezone(UTC)

    def closes_at(self, day: date) -> datetime:
        """When a term in working days runs out whose last day is `day`."""
        return datetime.combine(day, self._closes[day.weekday()], self.zone).astimezone(UTC)

    def ends_at(self, day: date) -> datetime:
        """When a term in calendar days runs out whose last day is `day`."""
        return datetime.combine(day, _END_OF_DAY, self.zone).astimezone(UTC)

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and including `until`; negative the other way round."""
        low, high = after.toordinal(), until.toordinal()
        self._days_for(min(low, high))
        days = self._days_for(max(low, high))
        return bisect_right(days, high) - bisect_right(days, low)

    def days_between(self, first: date, last: date) -> int:
        """`working_days_between`, in the words of `engine.expressions.WorkingDays`."""
        return self.working_days_between(first, last)

    def days_after(self, first: date, days: int) -> date:
        """The working day that is `days` working days after `first`; with 0, `first` itself."""
        if days <= 0:
            return first
        start = first.toordinal()
        table = self._days_for(start, days)
        return date.fromordinal(table[bisect_right(table, start) + days - 1])

    def add(self, start: datetime, amount: int, unit: str, pauses: Sequence[Pause] = ()) -> datetime:
        """When `amount` of `unit` counted from `start` (aware) runs out, in UTC; NEVER if a pause has no end yet.
        Raises ValueError for an unknown unit or an amount below 1, OverflowError beyond the year 9990."""
        if amount < 1:
            raise ValueError("a term has at least one unit")
        if unit == "working_days":
            return self._add_working(start, amount, pauses)
        if unit == "calendar_days":
            return self._add_calendar(start, amount, pauses)
        if unit == "hours":
            return _add_real(start, timedelta(hours=amount), pauses)
        if unit == "minutes":
            return _add_real(start, timedelta(minutes=amount), pauses)
        raise ValueError(f"unknown unit {unit!r}; known: {', '.join(UNITS)}")

    def _add_working(self, start: datetime, amount: int, pauses: Sequence[Pause]) -> datetime:
        first = start.astimezone(self.zone).toordinal()
        days = self._days_for(first, amount)
        paused = self._paused_days(first, pauses)
        if paused:
            days = self._days_for(max(end or begin for begin, end in paused), amount)
        last = bisect_right(days, first) + amount - 1
        for begin, end in paused:
            if begin > days[last]:
                break
            if end is None:
                return NEVER
            last += bisect_right(days, end) - bisect_right(days, begin - 1)
        return self.closes_at(date.fromordinal(days[last]))

    def _add_calendar(self, start: datetime, amount: int, pauses: Sequence[Pause]) -> datetime:
        first = start.astimezone(self.zone).toordinal()
        last = first + amount
        for begin, end in self._paused_days(first, pauses):
            if begin > last:
                break
            if end is None:
                return NEVER
            last += end - begin + 1
        if last > date.max.toordinal():
            raise OverflowError("the term is longer than the calendar")
        return self.ends_at(date.fromordinal(last))

    def _paused_days(self, first: int, pauses: Sequence[Pause]) -> list[tuple[int, int | None]]:
        """The days after `first` that pauses touch, as stretches without overlap, in order."""
        if not pauses:
            return []
        touched = [
            (
                max(begin.astimezone(self.zone).toordinal(), first + 1),
                None if end is None else end.astimezone(self.zone).toordinal(),
            )
            for begin, end in sorted_pauses(pauses)
        ]
        stretches: list[tuple[int, int | None]] = []
        for begin, end in touched:
            if stretches and stretches[-1][1] is None:
                break
            floor = max(begin, (stretches[-1][1] or 0) + 1) if stretches else begin
            if end is None or end >= floor:
                stretches.append((floor, end))
        return stretches


def sorted_pauses(pauses: Iterable[Pause]) -> list[Pause]:
    """By their beginning; of two that begin together the one without an end comes last."""
    return sorted(pauses, key=lambda pause: (pause[0], pause[1] or NEVER))


def _add_real(start: datetime, length: timedelta, pauses: Sequence[Pause]) -> datetime:
    due = start.astimezone(UTC) + length
    counted_to = start
    for begin, end in sorted_pauses(pauses):
        begin = max(begin, counted_to)
        if begin >= due:
            break
        if end is None:
            return NEVER
        if end > begin:
            due += end - begin
            counted_to = end
    return due


def _years_around(day: date) -> tuple[int, int]:
    return (FIRST_YEAR, LAST_YEAR) if FIRST_YEAR <= day.year <= LAST_YEAR else (day.year, day.year)


def _load(institution: Institution) -> WorkingCalendar:
    hours = {
        weekday: (opens, closes)
        for weekday, opens, closes in WorkingHours.objects.filter(institution=institution).values_list(
            "weekday", "opens", "closes"
        )
    }
    days = CalendarDay.objects.filter(institution=institution, withdrawn_at=None)
    own = {day: (works, name, source) for day, works, name, source in days.values_list(*_DAY_FIELDS)}
    return WorkingCalendar(zone_of(institution.time_zone), hours, own)


_DAY_FIELDS = ("date", "is_working", "name", "source")
_KEPT = 256
_calendars: dict[tuple[int, int, str], WorkingCalendar] = {}
_lock = Lock()


def calendar_of(institution: Institution) -> WorkingCalendar:
    """The institution's calendar, kept in memory by its `calendar_version`: no query once it is there.
    `institution` must have been read recently: its version says which calendar is meant."""
    key = (institution.pk, institution.calendar_version, institution.time_zone)
    known = _calendars.get(key)
    if known is None:
        known = _load(institution)
        with _lock:
            if len(_calendars) >= _KEPT:
                _calendars.clear()
            _calendars[key] = known
    return known


def calendar_at(institution_id: int, version: int, time_zone: str) -> WorkingCalendar:
    """The same for who has only read these three columns, beside a case for example."""
    known = _calendars.get((institution_id, version, time_zone))
    return known or calendar_of(Institution.objects.get(pk=institution_id))


def forget_calendars() -> None:
    """Empty the memory; tests do, since a rolled back institution leaves its number to the next one."""
    _calendars.clear()
