"""Deadlines: they tell the same they compute, and say in words how they stand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from turna.core.calendar import NEVER, WorkingCalendar
from turna.core.deadlines import Term, due, explain, light, warn_at
from turna.core.tests.test_calendar import AMOUNT, CALENDARS, PAUSES, START

MEXICO = ZoneInfo("America/Mexico_City")
CALENDAR = WorkingCalendar(MEXICO, {day: (time(8), time(15)) for day in range(5)})


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=MEXICO)


def test_explains_day_by_day() -> None:
    told = explain(Term(2, "working_days", legal_ground="art. 8"), at(2026, 11, 13, 10), CALENDAR, event="Se turnó")
    assert [day.words for day in told.days] == [
        "sábado 14 de noviembre: no cuenta, sábado",
        "domingo 15 de noviembre: no cuenta, domingo",
        "lunes 16 de noviembre: no cuenta, Día de la Revolución Mexicana (descanso obligatorio federal)",
        "martes 17 de noviembre: día 1",
        "miércoles 18 de noviembre: día 2",
    ]
    assert told.rule == "2 días hábiles" and told.legal_ground == "art. 8"
    assert told.starting_event == "Se turnó: viernes 13 de noviembre de 2026, 10:00 h"
    assert told.summary == "Plazo de 2 días hábiles; vence el miércoles 18 de noviembre de 2026, 15:00 h."
    assert told.due_at == at(2026, 11, 18, 15)


def test_explains_suspension_and_extension() -> None:
    pause = (at(2026, 11, 18, 9), at(2026, 11, 19, 9))
    told = explain(Term(2, "working_days"), at(2026, 11, 13, 10), CALENDAR, [pause], Term(1, "working_days"))
    words = [day.words for day in told.days]
    assert "miércoles 18 de noviembre: no cuenta, plazo suspendido" in words
    assert words[-1] == "lunes 23 de noviembre: día 1 de la prórroga"
    assert told.pauses == ("Suspendido del 18 nov 2026 al 19 nov 2026",)
    assert told.due_at == at(2026, 11, 23, 15)


def test_explains_a_clock_that_stands_still() -> None:
    told = explain(Term(5, "working_days"), at(2026, 11, 17, 10), CALENDAR, [(at(2026, 11, 19, 9), None)])
    assert told.due_at == NEVER and "suspendido" in told.summary
    assert [day.counted for day in told.days] == [True, False]
    assert light(told.due_at, at(2026, 11, 20, 9), CALENDAR).words == "Plazo suspendido"


@settings(max_examples=60, deadline=None)
@given(CALENDARS, START, AMOUNT, PAUSES)
def test_the_explanation_counts_the_term_and_ends_when_due(calendar, start, amount, pauses) -> None:
    for unit in ("working_days", "calendar_days"):
        term = Term(amount, unit)
        told = explain(term, start, calendar, pauses)
        assert told.due_at == due(term, start, calendar, pauses)
        assert told.counted == amount
        assert told.days[-1].counted and told.days[-1].number == amount
        assert told.days[-1].date == calendar.local_day(told.due_at)
        assert [day.date for day in told.days] == [told.days[0].date + timedelta(days=n) for n in range(len(told.days))]


@pytest.mark.parametrize(
    ("due_at", "moment", "name", "words"),
    [
        (None, at(2026, 11, 20, 9), "none", "Sin plazo"),
        (at(2026, 11, 20, 15), at(2026, 11, 20, 9), "soon", "Vence hoy a las 15:00 h"),
        (at(2026, 11, 20, 15), at(2026, 11, 19, 9), "soon", "Vence mañana"),
        (at(2026, 11, 24, 15), at(2026, 11, 20, 9), "soon", "Vence en 2 días hábiles"),
        (at(2026, 11, 23, 15), at(2026, 11, 20, 9), "soon", "Vence en 1 día hábil"),
        (at(2026, 11, 25, 15), at(2026, 11, 20, 9), "on_time", "Vence en 3 días hábiles"),
        (at(2026, 11, 22, 23, 59, 59), at(2026, 11, 20, 9), "soon", "Vence el domingo 22 de noviembre"),
        (at(2026, 11, 20, 15), at(2026, 11, 20, 15, 1), "overdue", "Venció hoy"),
        (at(2026, 11, 13, 15), at(2026, 11, 14, 9), "overdue", "Venció el viernes 13 de noviembre"),
        (at(2026, 11, 13, 15), at(2026, 11, 18, 9), "overdue", "Venció hace 2 días hábiles"),
    ],
)
def test_light_says_it_in_words(due_at, moment, name, words) -> None:
    assert light(due_at, moment, CALENDAR) == light(due_at, moment, CALENDAR)
    told = light(due_at, moment, CALENDAR)
    assert (told.name, told.words) == (name, words)


def test_warns_when_four_fifths_have_gone() -> None:
    term, start = Term(10, "hours"), datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert warn_at(term, start, due(term, start, CALENDAR)) == start + timedelta(hours=8)
    assert warn_at(term, start, NEVER) == NEVER


def test_a_term_goes_to_json_and_back() -> None:
    terms = [Term(3, "working_days"), Term(24, "hours", "un día", "art. 1", "go", "7", "pago.recibido")]
    assert [Term.from_json(term.to_json()) for term in terms] == terms
    assert Term.from_json({"amount": 1, "unit": "hours", "unheard_of": 1}) == Term(1, "hours")
    for amount, unit in ((0, "hours"), (1, "weeks")):
        with pytest.raises(ValueError, match="not a term"):
            Term(amount, unit)


def test_due_is_quick_enough_for_the_hot_path() -> None:
    term, start = Term(15, "working_days"), datetime(2026, 11, 20, 15, tzinfo=UTC)
    due(term, start, CALENDAR)
    best = min(_microseconds(lambda: due(term, start, CALENDAR)) for _ in range(20))
    assert best < 30, f"{best:.1f} µs"


def _microseconds(call, repeat: int = 200) -> float:
    begin = process_time()
    for _ in range(repeat):
        call()
    return (process_time() - begin) / repeat * 1e6
