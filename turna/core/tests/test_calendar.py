"""The working calendar: the federal base year by year, the institution's own days, time zones, amendments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turna.core.calendar import (
    NEVER,
    CalendarAmended,
    OwnDay,
    WorkingCalendar,
    add_day,
    calendar_at,
    calendar_of,
    clock_at,
    now,
    publish_calendar,
    set_hours,
    today,
    withdraw_day,
)
from turna.core.events import hearing
from turna.core.models import AuditEntry, CalendarDay, Institution
from turna.core.refusals import Refused
from turna.core.rights import Standing, system_standing

MEXICO = ZoneInfo("America/Mexico_City")
HOURS = {day: (time(8), time(15)) for day in range(5)}
PLAIN = WorkingCalendar(MEXICO, HOURS)
CARNIVAL = {
    date(2026, 2, 16): (False, "Lunes de Carnaval", "Gaceta 1"),
    date(2026, 2, 21): (True, "Sábado laborable", ""),
}
VERACRUZ = WorkingCalendar(MEXICO, HOURS, CARNIVAL)

# LFT art. 74 as it falls, weekends included (they are not moved).
FEDERAL = {
    2024: "01-01 02-05 03-18 05-01 09-16 10-01 11-18 12-25",
    2025: "01-01 02-03 03-17 05-01 09-16 11-17 12-25",
    2026: "01-01 02-02 03-16 05-01 09-16 11-16 12-25",
    2027: "01-01 02-01 03-15 05-01 09-16 11-15 12-25",
    2028: "01-01 02-07 03-20 05-01 09-16 11-20 12-25",
    2029: "01-01 02-05 03-19 05-01 09-16 11-19 12-25",
    2030: "01-01 02-04 03-18 05-01 09-16 10-01 11-18 12-25",
}


def at(*parts: int, zone: ZoneInfo = MEXICO) -> datetime:
    return datetime(*parts, tzinfo=zone)


@pytest.mark.parametrize("year", FEDERAL)
def test_federal_days_of_rest_and_nothing_else(year: int) -> None:
    law = {date.fromisoformat(f"{year}-{day}") for day in FEDERAL[year].split()}
    every = [
        date(year, 1, 1) + timedelta(days=n) for n in range(366) if (date(year, 1, 1) + timedelta(days=n)).year == year
    ]
    for day in every:
        assert PLAIN.is_working(day) == (day.weekday() < 5 and day not in law), day
        assert (PLAIN.working_days_between(day - timedelta(days=1), day) == 1) == PLAIN.is_working(day), day


def test_says_why_a_day_does_not_count() -> None:
    assert PLAIN.why_not(date(2026, 11, 16)) == "Día de la Revolución Mexicana (descanso obligatorio federal)"
    assert PLAIN.why_not(date(2026, 11, 21)) == "sábado"
    assert PLAIN.why_not(date(2030, 10, 1)).startswith("Transmisión del Poder Ejecutivo Federal")
    assert PLAIN.why_not(date(2026, 11, 17)) == ""
    assert VERACRUZ.why_not(date(2026, 2, 16)) == "Lunes de Carnaval (Gaceta 1)"
    assert VERACRUZ.is_working(date(2026, 2, 21))
    four_days = WorkingCalendar(MEXICO, {day: (time(8), time(15)) for day in range(4)})
    assert four_days.why_not(date(2026, 11, 20)) == "viernes, día sin horario de atención"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        # The day after the start is day 1; it runs out when the office closes.
        (at(2026, 11, 13, 10), 1, "working_days", at(2026, 11, 17, 15)),
        (at(2026, 11, 13, 23, 59), 1, "working_days", at(2026, 11, 17, 15)),
        (at(2026, 11, 14, 10), 1, "working_days", at(2026, 11, 17, 15)),
        (at(2026, 12, 23, 10), 3, "working_days", at(2026, 12, 29, 15)),
        (at(2024, 9, 30, 10), 1, "working_days", at(2024, 10, 2, 15)),
        (at(2025, 9, 30, 10), 1, "working_days", at(2025, 10, 1, 15)),
        (at(2026, 11, 13, 10), 3, "calendar_days", at(2026, 11, 16, 23, 59, 59)),
        (at(2026, 11, 13, 10), 24, "hours", at(2026, 11, 14, 10)),
        (at(2026, 11, 13, 10), 90, "minutes", at(2026, 11, 13, 11, 30)),
    ],
)
def test_terms_run_out(start: datetime, amount: int, unit: str, due: datetime) -> None:
    assert PLAIN.add(start, amount, unit) == due


def test_own_days_count_as_published() -> None:
    # 16 February is Carnival, Saturday 21 is worked and closes as the other days do.
    assert VERACRUZ.add(at(2026, 2, 13, 9), 6, "working_days") == at(2026, 2, 23, 15)
    assert VERACRUZ.add(at(2026, 2, 13, 9), 5, "working_days") == at(2026, 2, 21, 15)
    assert PLAIN.add(at(2026, 2, 13, 9), 5, "working_days") == at(2026, 2, 20, 15)


def test_a_term_of_centuries_is_still_counted() -> None:
    due = PLAIN.add(at(2026, 11, 20, 9), 99_999, "working_days")
    assert due.year > 2400
    assert PLAIN.add(at(2026, 11, 13, 10), 1, "working_days") == at(2026, 11, 17, 15)
    assert PLAIN.add(at(1999, 12, 31, 10), 1, "working_days") == at(2000, 1, 3, 15)
    with pytest.raises(OverflowError):
        PLAIN.add(at(2026, 11, 20, 9), 99_999_999, "working_days")
    with pytest.raises(ValueError, match="unknown unit"):
        PLAIN.add(at(2026, 11, 20, 9), 1, "weeks")


@pytest.mark.parametrize("weekday_hours", [(9, 18), (0, 23)])
def test_border_zones_change_their_clocks_and_mexico_city_does_not(weekday_hours: tuple[int, int]) -> None:
    tijuana = ZoneInfo("America/Tijuana")
    hours = {day: (time(weekday_hours[0]), time(weekday_hours[1])) for day in range(5)}
    border = WorkingCalendar(tijuana, hours)
    # Clocks go forward on 8 March 2026: closing time on the wall is one hour earlier in UTC.
    before = border.add(at(2026, 3, 5, 12, zone=tijuana), 1, "working_days")
    after = border.add(at(2026, 3, 6, 12, zone=tijuana), 1, "working_days")
    assert after - before == timedelta(days=3, hours=-1)
    assert after.astimezone(tijuana).hour == weekday_hours[1]
    # 24 hours are 24 hours, whatever the wall says.
    assert border.add(at(2026, 3, 7, 12, zone=tijuana), 24, "hours") == at(2026, 3, 8, 13, zone=tijuana)
    assert PLAIN.add(at(2026, 4, 4, 12), 24, "hours") == at(2026, 4, 5, 12)
    # Late in the evening in Mexico City it is still the day before in Tijuana.
    moment = datetime(2026, 11, 18, 6, 30, tzinfo=UTC)
    assert (PLAIN.local_day(moment), border.local_day(moment)) == (date(2026, 11, 18), date(2026, 11, 17))


def test_pauses_take_away_the_days_they_touch() -> None:
    start = at(2026, 11, 2, 9)
    assert PLAIN.add(start, 5, "working_days") == at(2026, 11, 9, 15)
    pause = (at(2026, 11, 4, 12), at(2026, 11, 6, 10))
    assert PLAIN.add(start, 5, "working_days", [pause]) == at(2026, 11, 12, 15)
    overlapping = [pause, (at(2026, 11, 5, 0), at(2026, 11, 6, 23))]
    assert PLAIN.add(start, 5, "working_days", overlapping) == at(2026, 11, 12, 15)
    assert PLAIN.add(start, 5, "calendar_days", [pause]) == at(2026, 11, 10, 23, 59, 59)
    assert PLAIN.add(start, 48, "hours", [(at(2026, 11, 3, 9), at(2026, 11, 3, 12))]) == at(2026, 11, 4, 12)
    assert PLAIN.add(start, 5, "working_days", [(at(2026, 11, 4, 12), None)]) == NEVER
    assert PLAIN.add(start, 5, "working_days", [(at(2026, 11, 20, 12), None)]) == at(2026, 11, 9, 15)


# --- properties ---

DAY = st.dates(date(2023, 1, 1), date(2033, 12, 31))
CALENDARS = st.builds(
    lambda free, worked, zone: WorkingCalendar(
        ZoneInfo(zone), HOURS, {**{d: (False, "x", "") for d in free}, **{d: (True, "y", "") for d in worked}}
    ),
    st.lists(DAY, max_size=6),
    st.lists(DAY, max_size=3),
    st.sampled_from(["America/Mexico_City", "America/Tijuana", "America/Cancun"]),
)
START = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))
AMOUNT = st.integers(1, 120)
UNIT = st.sampled_from(["working_days", "calendar_days", "hours", "minutes"])
PAUSES = st.lists(
    st.builds(lambda begin, length: (begin, begin + length), START, st.timedeltas(timedelta(0), timedelta(days=40))),
    max_size=3,
)
few = settings(max_examples=60, deadline=None)


@few
@given(CALENDARS, START, AMOUNT, PAUSES)
def test_a_term_in_working_days_ends_on_a_working_day(calendar, start, amount, pauses) -> None:
    due = calendar.add(start, amount, "working_days", pauses)
    assert calendar.is_working(calendar.local_day(due))
    assert calendar.closes_at(calendar.local_day(due)) == due


@few
@given(CALENDARS, START, AMOUNT, UNIT, PAUSES)
def test_more_time_is_never_earlier(calendar, start, amount, unit, pauses) -> None:
    due = calendar.add(start, amount, unit, pauses)
    assert start < due < calendar.add(start, amount + 1, unit, pauses)


@few
@given(CALENDARS, START, AMOUNT, UNIT, PAUSES, PAUSES)
def test_a_pause_is_never_to_the_holders_harm(calendar, start, amount, unit, pauses, more) -> None:
    assert calendar.add(start, amount, unit, [*pauses, *more]) >= calendar.add(start, amount, unit, pauses)


@few
@given(CALENDARS, START, AMOUNT, AMOUNT, UNIT)
def test_terms_add_up(calendar, start, first, second, unit) -> None:
    halfway = calendar.add(start, first, unit)
    assert calendar.add(halfway, second, unit) == calendar.add(start, first + second, unit)


@few
@given(CALENDARS, DAY, st.integers(0, 200))
def test_counting_days_agrees_with_looking_at_each(calendar, day, length) -> None:
    until = day + timedelta(days=length)
    each = sum(calendar.is_working(day + timedelta(days=n + 1)) for n in range(length))
    assert calendar.working_days_between(day, until) == each


# --- the institution's calendar in the database ---


@pytest.fixture
def institution(db) -> Institution:
    return Institution.objects.create(key="veracruz", name="Ayuntamiento de prueba")


SYSTEM = system_standing()


def test_the_clock_can_be_set(institution) -> None:
    with clock_at(datetime(2026, 11, 20, 3, tzinfo=UTC)):
        assert now() == datetime(2026, 11, 20, 3, tzinfo=UTC)
        assert today(institution) == date(2026, 11, 19)
    assert now() != datetime(2026, 11, 20, 3, tzinfo=UTC)


def test_amending_gives_a_new_calendar_and_is_told(institution, django_capture_on_commit_callbacks) -> None:
    before = calendar_of(institution)
    with hearing(CalendarAmended) as heard, django_capture_on_commit_callbacks(execute=True):
        row = add_day(institution.pk, date(2026, 11, 19), "Feria del puerto", by=SYSTEM, source="Acuerdo 7")
    assert heard == [CalendarAmended(institution.pk)]
    institution.refresh_from_db()
    amended = calendar_of(institution)
    assert amended is not before and before.is_working(row.date)
    assert amended.why_not(row.date) == "Feria del puerto (Acuerdo 7)"
    assert calendar_at(institution.pk, institution.calendar_version, institution.time_zone) is amended
    withdraw_day(row.pk, by=SYSTEM)
    institution.refresh_from_db()
    assert calendar_of(institution).is_working(row.date)
    assert CalendarDay.objects.get(pk=row.pk).withdrawn_at is not None
    assert list(AuditEntry.objects.values_list("action", flat=True)) == [
        "calendar.day_added",
        "calendar.day_withdrawn",
    ]


def test_a_known_calendar_costs_no_query(institution, django_assert_num_queries) -> None:
    calendar_of(institution)
    with django_assert_num_queries(0):
        calendar_of(institution)


def test_refusals(institution) -> None:
    add_day(institution.pk, date(2026, 11, 19), "Feria", by=SYSTEM)
    with pytest.raises(Refused) as twice:
        add_day(institution.pk, date(2026, 11, 19), "Otra", by=SYSTEM)
    assert twice.value.code == "already_done"
    with pytest.raises(Refused) as nobody:
        add_day(institution.pk, date(2026, 11, 20), "Otra", by=Standing(1, institution.pk))
    assert nobody.value.code == "not_allowed"
    stranger = Standing(1, institution.pk + 1, rights=frozenset({"calendar.manage"}))
    with pytest.raises(Refused):
        set_hours(institution.pk, HOURS, by=stranger)
    with pytest.raises(Refused) as closed:
        set_hours(institution.pk, {0: (time(15), time(8))}, by=SYSTEM)
    assert closed.value.code == "invalid_form"


def test_publishing_the_same_calendar_again_changes_nothing(institution) -> None:
    days = [OwnDay(date(2026, 2, 16), "Carnaval", "Gaceta"), OwnDay(date(2026, 2, 17), "Carnaval", "Gaceta")]
    assert publish_calendar(institution.pk, days=days, hours=HOURS, by=SYSTEM)
    institution.refresh_from_db()
    version = institution.calendar_version
    assert not publish_calendar(institution.pk, days=days, hours=HOURS, by=SYSTEM)
    institution.refresh_from_db()
    assert institution.calendar_version == version
    assert publish_calendar(institution.pk, days=days[:1], hours=HOURS, by=SYSTEM)
    institution.refresh_from_db()
    calendar = calendar_of(institution)
    assert calendar.is_working(date(2026, 2, 17)) and not calendar.is_working(date(2026, 2, 16))
    assert calendar.hours_on(date(2026, 2, 17)) == (time(8), time(15))
