"""Figures of a procedure: right on cases made by hand, the same cost whatever there is, open to whom they may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from turna.core.calendar import calendar_of, now
from turna.core.models import Position
from turna.procedures import figures
from turna.procedures.definitions import definition_of
from turna.procedures.figures import FEWEST, amount_words, cases_behind, figures_of, promises_of
from turna.procedures.models import Case, ProcedureVersion, Task
from turna.procedures.tests.factories import HEAD, TEN_STEPS, World, make_world

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 9, 16, tzinfo=UTC)  # ten in the morning in Mexico
PROMISED = HEAD.format(code=1, name="Pasos").replace(
    "inicio:",
    "tiempo_promedio: {de: 1, a: 3, unidad: días hábiles}\n"
    "plazo: {maximo: 5 días hábiles, fundamento: Reglamento de prueba, al_vencer: avisar}\ninicio:",
)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def world() -> World:
    return make_world({"pasos": PROMISED + TEN_STEPS.lstrip("\n")})


def drawn(world: World) -> Any:
    version = ProcedureVersion.objects.get(procedure=world.procedure("pasos"), valid_until=None)
    return definition_of(version.pk).procedure


def made(world: World, number: int, *, took: float | None = None, late: bool = False) -> Case:
    """A case opened on a Monday; `took` days later it ended."""
    case = world.start()
    end = None if took is None else MONDAY + days(took)
    Case.objects.filter(pk=case.pk).update(
        opened_at=MONDAY,
        status="open" if end is None else "ended",
        ended_at=end,
        due_at=MONDAY + days(1 if late else 20),
        folio=f"AP/2026/9{number:04}",
    )
    return case


def work(case: Case, world: World, step: str, *, took: float | None, answer: str = "", token: int = 900) -> None:
    position = Position.objects.get(institution=world.institution, key="secretaria")
    done = None if took is None else MONDAY + days(took)
    Task.objects.create(
        institution=world.institution,
        case=case,
        token=token,
        step=step,
        position=position,
        unit=position.unit,
        opened_at=MONDAY,
        order_at=MONDAY,
        status="open" if done is None else "done",
        done_at=done,
        answer=answer,
    )


def look(world: World) -> Any:
    return figures_of(world.procedure("pasos"), drawn(world), calendar_of(world.institution))


def test_without_cases_there_is_nothing_to_say(world: World) -> None:
    assert look(world) is None


def test_durations_are_counted_as_the_manual_promises(world: World) -> None:
    """Monday to Wednesday is two working days; to Tuesday of the next week five, for its Monday is a holiday."""
    for number, took in enumerate((1, 2, 2, 3, 8)):
        made(world, number, took=took, late=number == 4)
    made(world, 8)
    found = look(world)
    assert (found.opened, found.running, found.ended) == (6, 1, 5)
    assert (found.spell.median, found.spell.p90, found.spell.unit) == (2, 5, "working_days")
    assert found.spell.median_words == "2 días hábiles"
    assert [(p.name, p.most, kept) for p, kept in found.promises] == [("tiempo_promedio", 3, 80), ("plazo", 5, 100)]
    assert found.in_time == 80


def test_where_cases_wait_and_which_way_they_went(world: World) -> None:
    Task.objects.all().delete()
    cases = [made(world, number) for number in range(4)]
    Task.objects.all().delete()
    for case, answer, took in zip(cases, ("sí", "sí", "no", "sí"), (0, 1, 2, 4), strict=True):
        work(case, world, "2", took=took, answer=answer)
    work(cases[0], world, "3", took=None, token=901)
    found = look(world)
    by_step = {one.activity.step: one for one in found.activities}
    assert set(by_step) == {"2", "3"}
    assert (by_step["2"].done, by_step["2"].spell.median, by_step["2"].waiting) == (4, 1.5, 0)
    assert (by_step["3"].done, by_step["3"].spell, by_step["3"].waiting) == (0, None, 1)
    [(activity, ways)] = found.ways
    assert activity.step == "2"
    assert [(w.answer, w.count, w.percent) for w in ways] == [("sí", 3, 75), ("no", 1, 25)]


def test_every_number_opens_exactly_the_cases_that_it_counts(world: World) -> None:
    quick, slow, open_ = made(world, 1, took=1), made(world, 2, took=9, late=True), made(world, 3)
    Task.objects.all().delete()
    work(quick, world, "2", took=1, answer="sí")
    work(slow, world, "2", took=1, answer="no")
    work(open_, world, "4", took=None)
    row = world.procedure("pasos")
    for what, step, answer, wanted in (
        ("abiertos", "", "", {quick.pk, slow.pk, open_.pk}),
        ("en-tramite", "", "", {open_.pk}),
        ("concluidos", "", "", {quick.pk, slow.pk}),
        ("a-tiempo", "", "", {quick.pk}),
        ("tarde", "", "", {slow.pk}),
        ("hechas", "2", "", {quick.pk, slow.pk}),
        ("esperan", "4", "", {open_.pk}),
        ("respuesta", "2", "no", {slow.pk}),
        ("otra-cosa", "2", "", set()),
    ):
        assert set(cases_behind(row, what, step, answer)) == wanted, what


def test_only_so_many_cases_are_looked_at_in_two_statements(
    world: World, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(figures, "LOOK_BACK", 3)
    for number in range(5):
        made(world, number)
    row, version, calendar = world.procedure("pasos"), drawn(world), calendar_of(world.institution)
    with django_assert_num_queries(2):
        found = figures_of(row, version, calendar)
    assert found is not None and found.opened == 3 and found.is_cut


def test_a_window_leaves_out_what_was_opened_before(world: World) -> None:
    made(world, 1)
    row = world.procedure("pasos")
    assert figures_of(row, drawn(world), calendar_of(world.institution), now() + days(1)) is None
    assert cases_behind(row, "abiertos", since=MONDAY + days(1)) == []


@pytest.mark.parametrize(
    ("text", "most", "unit"),
    [
        ("de 1 a 5 días hábiles", 5, "working_days"),
        ("3 días hábiles", 3, "working_days"),
        ("1 día", 1, "calendar_days"),
        ("24 horas", 24, "hours"),
        ("Variable", None, None),
        ("", None, None),
    ],
)
def test_a_printed_time_is_a_promise_if_it_is_a_time(world: World, text: str, most: int | None, unit: Any) -> None:
    procedure = drawn(world)
    object.__setattr__(procedure, "average_time", text)
    found = [p for p in promises_of(procedure) if p.name == "tiempo_promedio"]
    assert [(p.most, p.unit) for p in found] == ([(most, unit)] if most else [])


def test_amounts_are_worded() -> None:
    assert amount_words(0, "working_days") == "el mismo día"
    assert amount_words(1, "working_days") == "1 día hábil"
    assert amount_words(2.5, "hours") == "2.5 horas"


def test_few_cases_are_shown_to_those_who_work_here_and_to_nobody_else(client: Client, world: World) -> None:
    for number in range(FEWEST - 1):
        made(world, number, took=1)
    address = reverse("procedure", args=["prueba", "pasos"]) + "?periodo=todo"
    assert "En la práctica" not in client.get(address).content.decode()
    client.force_login(world.people["cajero"])
    assert "En la práctica" in client.get(address).content.decode()
    client.logout()
    made(world, 9, took=1)
    public = client.get(address).content.decode()
    assert "En la práctica" in public and reverse("procedure_cases", args=["prueba", "pasos"]) not in public


def test_the_cases_behind_a_number_are_those_one_may_see(client: Client, world: World) -> None:
    case = made(world, 1, took=1)
    address = reverse("procedure_cases", args=["prueba", "pasos"]) + "?cifra=abiertos&periodo=todo"
    assert client.get(address).status_code == 302
    for who, seen in (("secretaria", True), ("jefe", True), ("cajero", False)):
        client.force_login(world.people[who])
        html = client.get(address).content.decode()
        assert ("AP/2026/90001" in html) is seen, who
    assert case.pk
