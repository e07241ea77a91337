"""The worker's sweep: warnings, expiries, escalation, announcements, schedules; each once, also with two workers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from turna.core.audit import verify
from turna.core.calendar import clock_at, now
from turna.core.deadlines import Term
from turna.core.models import AuditEntry, Notice, OutboxMail, Position
from turna.core.tests.factories import make_person, stand_in
from turna.procedures.models import Case, Schedule, Task
from turna.procedures.possible import may_do
from turna.procedures.services import Applicant, claim_task, complete_task, run_due
from turna.procedures.services.corrections import ask_correction
from turna.procedures.services.schedules import next_time

from .factories import HEAD, TEN_STEPS, World, make_world

TIMED = """
  - paso: 1
    responsable: secretaria
    actividad: Contesta
    plazo: {maximo: 2 días hábiles, al_vencer: %s}
    sigue: 2
  - {paso: 2, responsable: cajero, actividad: Sigue}
"""
MONTHLY = (
    HEAD.format(code=50, name="Mensual").replace("  captura: solicitud\n", '  programado: "mensual 5, 09:00"\n')
    + """
  - {paso: 1, responsable: secretaria, actividad: Informa}
"""
)
LIMITED = HEAD.format(code=51, name="Limitado").replace(
    "inicio:\n",
    "plazo: {maximo: 4 días hábiles, fundamento: Art. 8, al_vencer: niega}\n"
    "inicio:\n  en_nombre_de: servidor-publico\n",
)
MONDAY = datetime.fromisoformat("2026-11-09T10:00:00-06:00")


def world_with(**procedures: str) -> World:
    return make_world({"pasos": TEN_STEPS, **procedures})


def sweep(days: float) -> int:
    moment = (MONDAY + timedelta(days=days)).astimezone(UTC)
    with clock_at(moment):
        return run_due(moment).total


def told(world: World, who: str, kind: str = "task.opened") -> list[str]:
    return list(
        Notice.objects.filter(person=world.people[who], kind=kind).order_by("pk").values_list("subject", flat=True)
    )


@pytest.mark.django_db
def test_a_task_is_announced_once_to_holders_and_substitutes_but_not_to_who_caused_it() -> None:
    world = world_with()
    stand_in(world.people["secretaria"], world.people["cajero"])
    with clock_at(MONDAY):
        world.start(by="jefe")
    assert sweep(0) == 1 and sweep(0) == 0
    assert len(told(world, "secretaria")) == len(told(world, "cajero")) == 1
    with clock_at(MONDAY):
        case = world.start(by="secretaria")
    sweep(0)
    assert len(told(world, "secretaria")) == 1 and len(told(world, "cajero")) == 2
    assert world.task(case).announced_at is not None


@pytest.mark.django_db
def test_warned_at_four_fifths_and_told_when_due_each_once() -> None:
    world = world_with(plazo=TIMED % "avisar")
    with clock_at(MONDAY):
        case = world.start("plazo")
    sweep(0)
    assert sweep(1) == 0
    assert sweep(2) == 1 and sweep(2) == 0
    assert sweep(3) == 1 and sweep(3) == 0 and sweep(30) == 0
    assert [s.split(": ")[1] for s in told(world, "secretaria")] == ["una tarea está por vencer", "venció una tarea"]
    actions = AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq")
    assert [e.action for e in actions] == ["case.started", "task.warned", "task.expired"]
    assert list(verify()) == []


@pytest.mark.django_db
def test_escalation_tells_the_head_who_may_then_do_it() -> None:
    world = world_with(plazo=TIMED % "escalar")
    with clock_at(MONDAY):
        case = world.start("plazo")
        claim_task(world.task(case).pk, world.by(world.task(case).position.key))
    sweep(2)
    sweep(3)
    assert any("escala" in subject for subject in told(world, "jefe"))
    assert may_do(world.task(case), world.by("jefe"))
    complete_task(world.task(case).pk, world.by("jefe"))  # although its holder had claimed it
    assert world.task(case).step == "2"


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "status", "step"), [("2", "open", "2"), ("cerrar", "ended", None)])
def test_a_term_can_move_or_close_the_case(rule: str, status: str, step: str | None) -> None:
    world = world_with(plazo=TIMED % rule)
    with clock_at(MONDAY):
        case = world.start("plazo")
    sweep(2)
    sweep(4)
    case.refresh_from_db()
    assert case.status == status
    assert list(Task.objects.filter(case=case, status="open").values_list("step", flat=True)) == (
        [step] if step else []
    )


@pytest.mark.django_db
def test_the_term_of_the_whole_case_denies_by_silence_and_the_applicant_is_told() -> None:
    world = world_with(limitado=LIMITED + TEN_STEPS.lstrip("\n").replace(", plazo: 2 días hábiles", ""))
    with clock_at(MONDAY):
        case = world.start("limitado", applicant=Applicant(name="Ana", email="ana@ejemplo.mx"))
    sweep(4)
    sweep(8)
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("ended", "negativa ficta")
    sweep(8)
    assert OutboxMail.objects.filter(to="ana@ejemplo.mx", subject__contains="terminó").count() == 1


@pytest.mark.django_db
def test_a_suspended_case_neither_warns_nor_expires() -> None:
    world = world_with(plazo=TIMED % "cerrar")
    with clock_at(MONDAY):
        case = world.start("plazo")
        ask_correction(case.pk, world.by("secretaria"), "Falta algo")
    sweep(0)
    assert sweep(30) == 0
    case.refresh_from_db()
    assert case.status == "suspended"


@pytest.mark.django_db
def test_an_unanswered_correction_expires() -> None:
    world = world_with(plazo=TIMED % "avisar")
    with clock_at(MONDAY):
        case = world.start("plazo")
        ask_correction(case.pk, world.by("secretaria"), "Falta algo", Term(3, "working_days", on_expiry="close"))
    sweep(0)
    assert sweep(7) >= 1
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("ended", "prevención no atendida")
    assert list(verify()) == []


@pytest.mark.django_db
def test_a_schedule_begins_each_period_once() -> None:
    with clock_at(MONDAY):
        world = world_with(mensual=MONTHLY)
    schedule = Schedule.objects.get()
    assert schedule.next_at == datetime.fromisoformat("2026-12-05T09:00:00-06:00")
    rows = Case.objects.filter(procedure__key="mensual")
    sweep(20)
    assert rows.count() == 0
    sweep(27)
    sweep(27)
    begun = rows.get()
    assert begun.opened_by is None and begun.folio.startswith("AP/2026/")
    assert begun.subject == "Mensual, 5 de diciembre de 2026"
    assert (begun.applicant, begun.applicant_name, str(begun.applicant_unit)) == (None, "Oficina", "Oficina")
    sweep(58)
    assert rows.count() == 2
    assert world.institution.pk == rows.first().institution_id


@pytest.mark.django_db
def test_periods_missed_while_the_server_was_off_begin_once_when_it_is_back() -> None:
    with clock_at(MONDAY):
        world_with(mensual=MONTHLY.replace("mensual 5, 09:00", "diario, 09:00"))
    for _worker in range(3):
        sweep(20)
    assert Case.objects.filter(procedure__key="mensual").count() == 1
    assert Schedule.objects.get().next_at == datetime.fromisoformat("2026-11-30T09:00:00-06:00")
    sweep(21)
    assert Case.objects.filter(procedure__key="mensual").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("diario", "2026-11-10T09:00:00-06:00"),
        ("cada día hábil, 08:30", "2026-11-10T08:30:00-06:00"),
        ("semanal viernes", "2026-11-13T09:00:00-06:00"),
        ("semanal", "2026-11-16T09:00:00-06:00"),
        ("miercoles", "2026-11-11T09:00:00-06:00"),
        ("martes y jueves", "2026-11-10T09:00:00-06:00"),
        ("jueves a sábado", "2026-11-12T09:00:00-06:00"),
        ("cada dia habil", "2026-11-10T09:00:00-06:00"),
        ("mensual", "2026-12-01T09:00:00-06:00"),
        ("mensual 31, 10:00", "2026-11-30T10:00:00-06:00"),
        ("mensual primer día hábil, 09:00", "2026-12-01T09:00:00-06:00"),
        ("cada mes, tercer día hábil", "2026-12-03T09:00:00-06:00"),
        ("primer lunes de cada mes", "2026-12-07T09:00:00-06:00"),
        ("último viernes del mes", "2026-11-27T09:00:00-06:00"),
        ("mensual último día", "2026-11-30T09:00:00-06:00"),
        ("bimestral 8", "2027-01-08T09:00:00-06:00"),
        ("cuatrimestral", "2027-01-01T09:00:00-06:00"),
        ("semestral", "2027-01-01T09:00:00-06:00"),
        ("anual", "2027-01-01T09:00:00-06:00"),
        ("anual primer día hábil de septiembre", "2027-09-01T09:00:00-06:00"),
        ("1 de febrero y 1 de agosto", "2027-02-01T09:00:00-06:00"),
        ("mensual último día hábil", "2026-11-30T09:00:00-06:00"),
        ("trimestral 15", "2027-01-15T09:00:00-06:00"),
        ("anual 2 de enero", "2027-01-02T09:00:00-06:00"),
        ("cuando quiera", None),
    ],
)
def test_rules_of_schedules(rule: str, expected: str | None) -> None:
    world = world_with()
    found = next_time(rule, MONDAY, world.institution)
    assert found == (datetime.fromisoformat(expected) if expected else None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_fire_each_thing_once() -> None:
    world = world_with(plazo=TIMED % "escalar")
    world.people["otra"] = make_person(world.institution, Position.objects.get(key="secretaria"))
    with clock_at(MONDAY):
        cases = [world.start("plazo", by="jefe") for _ in range(6)]
    gate, moment = threading.Barrier(2), (MONDAY + timedelta(days=2)).astimezone(UTC)

    def work() -> None:
        try:
            gate.wait(10)
            with clock_at(moment):
                run_due(moment)
        finally:
            connection.close()

    for _sweep in range(2):
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        gate.reset()
    for case in cases:
        actions = [e.action for e in AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq")]
        assert actions == ["case.started", "task.warned"]
    for who in ("secretaria", "otra"):
        assert len(told(world, who)) == 12  # each case: announced, warned
    assert list(verify()) == []
    assert now() is not None


@pytest.mark.django_db
def test_the_administration_shows_the_next_dates_and_what_began_last() -> None:
    with clock_at(MONDAY):
        world = world_with(mensual=MONTHLY)
    client = Client()
    client.force_login(make_person(world.institution, administers=True))
    with clock_at(MONDAY):
        page = client.get("/administracion/programados/").content.decode()
    for told in ("mensual 5, 09:00", "5 dic 2026", "5 ene 2027", "5 feb 2027", "Ninguno"):
        assert told in page
    assert "Debió empezar" not in page
    sweep(27)
    with clock_at(MONDAY + timedelta(days=70)):
        page = client.get("/administracion/programados/").content.decode()
    assert Case.objects.get(procedure__key="mensual").folio in page and "Debió empezar" in page
