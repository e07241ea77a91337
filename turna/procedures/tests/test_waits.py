"""What a case waits for: terms of waits, times, messages; each fired once, counted anew, closed when it is over."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from turna.core.audit import verify
from turna.core.calendar import NEVER, add_day, clock_at
from turna.core.deadlines import Term
from turna.core.models import AuditEntry, Notice
from turna.core.rights import system_standing
from turna.procedures.models import Case, DueRevision, Task, Wait
from turna.procedures.services import (
    Refused,
    answer_correction,
    ask_correction,
    cancel_case,
    complete_task,
    move_case,
    receive_message,
    recount_institution,
    run_due,
)

from .factories import HEAD, World, make_world

MONDAY = datetime.fromisoformat("2026-11-09T10:00:00-06:00")
MESSAGE = """
  - paso: 1
    responsable: secretaria
    actividad: Espera el depósito
    espera: pago.recibido
    plazo: {maximo: 2 días hábiles, al_vencer: %s}
    sigue: 2
  - {paso: 2, responsable: cajero, actividad: Entrega, pregunta: ¿Está completo?, respuestas: {sí: fin, no: 3}}
  - {paso: 3, responsable: secretaria, actividad: Insiste, sigue: 1}
"""
ASKING = """
  - paso: 1
    responsable: secretaria
    actividad: Espera la ratificación
    espera: ciudadano.ratificado
    plazo: {maximo: 2 días hábiles, al_vencer: %s}
    pregunta: ¿Ratificó?
    respuestas: {sí: 2, no: {fin: no ratificado}}
  - {paso: 2, responsable: cajero, actividad: Sigue}
"""
CALLING = """
  - paso: 1
    responsable: secretaria
    actividad: Pide ayuda
    llama: hijo
    plazo: {maximo: 2 días hábiles, al_vencer: 2}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
CHILD = """
  - {paso: 1, responsable: cajero, actividad: Ayuda}
"""
TIME = """
  - {paso: 1, responsable: secretaria, actividad: Publica el aviso}
  - {paso: 2, responsable: secretaria, actividad: Deja correr el aviso, espera: 3 días hábiles}
  - {paso: 3, responsable: secretaria, actividad: Retira el aviso}
"""
DATE = """
  - {paso: 1, responsable: secretaria, actividad: Fija la fecha, captura: cita}
  - {paso: 2, responsable: secretaria, actividad: Aguarda la audiencia, espera: {hasta: cita.dia}}
  - {paso: 3, responsable: secretaria, actividad: Celebra la audiencia}
"""
SINCE = """
  - {paso: 1, responsable: secretaria, actividad: Espera el depósito, espera: pago.recibido}
  - {paso: 2, responsable: secretaria, actividad: Concilia}
  - paso: 3
    responsable: cajero
    actividad: Entrega
    plazo: {maximo: 3 días hábiles, desde: pago.recibido}
"""
FORK = """
  - {paso: 1, responsable: secretaria, actividad: Reparte, sigue: [2, 3]}
  - {paso: 2, responsable: secretaria, actividad: Espera el depósito, espera: pago.recibido, sigue: 4}
  - paso: 3
    responsable: cajero
    actividad: Revisa
    pregunta: ¿Procede?
    respuestas: {sí: 4, no: {fin: improcedente}}
  - {paso: 4, responsable: jefe, reune: [2, 3], actividad: Junta}
"""
DATE_FORMAT = """
nombre: Cita
campos:
  - {clave: dia, etiqueta: Día, tipo: fecha}
"""


def world_with(**procedures: str) -> World:
    procedures.setdefault("hijo", CHILD)
    return make_world(procedures, **{"formatos/cita.yaml": DATE_FORMAT})


def at(days: float) -> datetime:
    return (MONDAY + timedelta(days=days)).astimezone(UTC)


def sweep(days: float) -> int:
    with clock_at(at(days)):
        swept = run_due(at(days))
    return swept.waits


def steps(case: Case) -> list[str]:
    return sorted(Task.objects.filter(case=case, status="open").values_list("step", flat=True))


def actions(case: Case) -> list[str]:
    rows = AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq")
    return list(rows.values_list("action", flat=True))


def told(world: World, who: str) -> list[str]:
    rows = Notice.objects.filter(person=world.people[who], kind="case.due").order_by("pk")
    return [subject.split(": ")[1] for subject in rows.values_list("subject", flat=True)]


# --- A message with a term -----------------------------------------------------------


@pytest.mark.django_db
def test_a_wait_is_written_down_and_closed_when_the_message_comes() -> None:
    world = world_with(pago=MESSAGE % "avisar")
    with clock_at(MONDAY):
        case = world.start("pago")
        wait = Wait.objects.get(case=case)
        assert (wait.kind, wait.name, wait.step, wait.closed_at) == ("message", "pago.recibido", "1", None)
        assert wait.due_at == datetime.fromisoformat("2026-11-11T18:00:00-06:00")
        receive_message(case.pk, "pago.recibido", by=system_standing())
    wait.refresh_from_db()
    assert wait.closed_at == MONDAY and wait.next_at is None
    assert sweep(9) == 0 and steps(case) == ["2"]


@pytest.mark.django_db
def test_who_answers_is_warned_before_and_told_when_it_runs_out_each_once() -> None:
    world = world_with(pago=MESSAGE % "avisar")
    with clock_at(MONDAY):
        case = world.start("pago")
    assert sweep(1) == 0
    assert sweep(2) == 1 and sweep(2) == 0
    assert sweep(3) == 1 and sweep(3) == 0 and sweep(60) == 0
    assert told(world, "secretaria") == ["lo que se espera está por vencer", "venció lo que se esperaba"]
    assert actions(case) == ["case.started", "wait.warned", "wait.expired"]
    with clock_at(at(4)):
        receive_message(case.pk, "pago.recibido", by=system_standing())  # late, and still welcome
    assert steps(case) == ["2"] and list(verify()) == []


@pytest.mark.django_db
def test_escalating_a_wait_tells_the_head_of_who_answers() -> None:
    world = world_with(pago=MESSAGE % "escalar")
    with clock_at(MONDAY):
        case = world.start("pago")
    sweep(2)
    sweep(3)
    assert told(world, "jefe") == ["se le escala una espera vencida"]
    with clock_at(at(3)):
        move_case(case.pk, world.by("jefe"), "2", "El depósito consta en el estado de cuenta")
    assert steps(case) == ["2"] and Wait.objects.get(case=case).closed_at == at(3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "open_steps", "outcome"),
    [("3", ["3"], ""), ("cerrar", [], "vencido"), ("fin", [], "vencido"), ("{fin: no pagado}", [], "no pagado")],
)
def test_the_term_of_a_wait_moves_the_case(rule: str, open_steps: list[str], outcome: str) -> None:
    world = world_with(pago=MESSAGE.replace("sigue: 1}", "sigue: 2}") % rule)
    with clock_at(MONDAY):
        case = world.start("pago")
    sweep(2)
    assert steps(case) == []
    assert sweep(3) == 1 and sweep(4) == 0
    case.refresh_from_db()
    assert steps(case) == open_steps and case.outcome == outcome
    if open_steps:
        assert world.task(case).came_reason == "Venció el plazo de la actividad 1"
    assert Wait.objects.get(case=case).closed_at is not None and list(verify()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "open_steps", "outcome"), [("acepta", ["2"], ""), ("niega", [], "no ratificado")])
def test_silence_answers_the_question_of_a_wait(rule: str, open_steps: list[str], outcome: str) -> None:
    world = world_with(pago=ASKING % rule)
    with clock_at(MONDAY):
        case = world.start("pago")
    sweep(2)
    sweep(3)
    case.refresh_from_db()
    assert (steps(case), case.outcome) == (open_steps, outcome)


@pytest.mark.django_db
def test_a_message_to_a_question_asks_its_responsible_and_the_wait_is_over() -> None:
    world = world_with(pago=ASKING % "niega")
    with clock_at(MONDAY):
        case = world.start("pago")
        receive_message(case.pk, "ciudadano.ratificado", by=system_standing())
        assert steps(case) == ["1"] and Wait.objects.get(case=case).closed_at == MONDAY
        assert world.task(case).due_at is not None  # the same term counts for who must answer
        complete_task(world.task(case).pk, world.by("secretaria"), answer="sí")
    assert steps(case) == ["2"] and sweep(9) == 0


@pytest.mark.django_db
def test_waiting_again_is_a_new_wait() -> None:
    world = world_with(pago=MESSAGE % "3")
    with clock_at(MONDAY):
        case = world.start("pago")
    sweep(2)
    sweep(3)
    with clock_at(at(4)):
        complete_task(world.task(case).pk, world.by("secretaria"))
    rows = list(Wait.objects.filter(case=case).order_by("pk"))
    assert [w.round for w in rows] == [1, 2] and [w.closed_at is None for w in rows] == [False, True]


# --- A child case, a time, a date -------------------------------------------------------


@pytest.mark.django_db
def test_a_case_goes_on_when_its_child_takes_too_long() -> None:
    world = world_with(padre=CALLING)
    with clock_at(MONDAY):
        case = world.start("padre")
        child = Case.objects.get(parent=case)
    assert Wait.objects.get(case=case).kind == "child"
    sweep(2)
    sweep(3)
    child.refresh_from_db()
    assert steps(case) == ["2"] and child.status == "open"
    with clock_at(at(5)):
        complete_task(world.task(child).pk, world.by("cajero"))
    assert steps(case) == ["2"] and list(verify()) == []


@pytest.mark.django_db
def test_the_wait_closes_when_the_child_ends() -> None:
    world = world_with(padre=CALLING)
    with clock_at(MONDAY):
        case = world.start("padre")
        complete_task(world.task(Case.objects.get(parent=case)).pk, world.by("cajero"))
    assert Wait.objects.get(case=case).closed_at == MONDAY and steps(case) == ["2"]
    assert sweep(9) == 0


@pytest.mark.django_db
def test_a_time_passes_and_the_case_goes_on_by_itself() -> None:
    world = world_with(aviso=TIME)
    with clock_at(MONDAY):
        case = world.start("aviso")
        complete_task(world.task(case).pk, world.by("secretaria"))
    assert steps(case) == [] and sweep(2.9) == 0
    with pytest.raises(Refused):
        receive_message(case.pk, "3 días hábiles", by=system_standing())
    assert sweep(4) == 1 and sweep(4) == 0
    assert steps(case) == ["3"] and actions(case)[-1] == "wait.over"


@pytest.mark.django_db
def test_a_case_waits_until_the_date_somebody_filled() -> None:
    world = world_with(cita=DATE)
    with clock_at(MONDAY):
        case = world.start("cita")
        complete_task(world.task(case).pk, world.by("secretaria"), typed={"dia": "20/11/2026"})
        other = world.start("cita")
        complete_task(world.task(other).pk, world.by("secretaria"), typed={"dia": ""})
    assert Wait.objects.get(case=case).due_at == datetime.fromisoformat("2026-11-20T00:00:00-06:00")
    assert sweep(0) == 1 and steps(other) == ["3"]  # no date: nothing to wait for
    assert sweep(10) == 0 and steps(case) == []
    assert sweep(11) == 1 and steps(case) == ["3"]


@pytest.mark.django_db
def test_a_term_counts_from_the_arrival_of_a_message() -> None:
    world = world_with(pago=SINCE)
    with clock_at(MONDAY):
        case = world.start("pago")
        receive_message(case.pk, "pago.recibido", by=system_standing())
    with clock_at(at(1)):
        complete_task(world.task(case).pk, world.by("secretaria"))
    assert world.task(case).due_at == datetime.fromisoformat("2026-11-12T18:00:00-06:00")


LATER = HEAD.format(code=78, name="Tarde").replace(
    "inicio:\n",
    "plazo: {maximo: 5 días hábiles, fundamento: Art. 8, desde: cita.dia, al_vencer: avisar}\ninicio:\n",
) + DATE.replace("{hasta: cita.dia}", "2 horas").lstrip("\n")


@pytest.mark.django_db
def test_a_term_that_counts_from_a_date_begins_when_the_date_is_filled() -> None:
    world = world_with(tarde=LATER)
    with clock_at(MONDAY):
        case = world.start("tarde")
        assert case.due_at == datetime.fromisoformat("2026-11-17T18:00:00-06:00")  # the 16th is a holiday
        complete_task(world.task(case).pk, world.by("secretaria"), typed={"dia": "20/11/2026"})
    case.refresh_from_db()
    assert case.due_at == datetime.fromisoformat("2026-11-27T18:00:00-06:00")
    assert DueRevision.objects.get(case=case, task=None, wait=None).reason.startswith("se llenó la fecha")


# --- Counted anew ------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_amended_calendar_moves_the_term_of_a_wait() -> None:
    world = world_with(pago=MESSAGE % "cerrar", aviso=TIME)
    with clock_at(MONDAY):
        case = world.start("pago")
        add_day(
            world.institution.pk,
            at(1).date(),
            "Día del pueblo",
            by=system_standing(world.institution.pk),
            source="Gaceta",
        )
        recount_institution(world.institution.pk)
    wait = Wait.objects.get(case=case)
    assert wait.due_at == datetime.fromisoformat("2026-11-12T18:00:00-06:00")
    assert DueRevision.objects.get(wait=wait).reason == "cambio en el calendario"
    sweep(2.5)
    sweep(3)
    case.refresh_from_db()
    assert case.status == "open"
    sweep(3.5)
    case.refresh_from_db()
    assert case.status == "ended"


@pytest.mark.django_db
def test_a_suspended_wait_stands_still() -> None:
    world = world_with(
        pago=FORK.replace("pago.recibido, sigue", "pago.recibido, plazo: 2 días hábiles, sigue"), cita=DATE
    )
    with clock_at(MONDAY):
        case = world.start("pago")
        complete_task(world.task(case).pk, world.by("secretaria"))
        number = ask_correction(case.pk, world.by("cajero"), "Falta el comprobante", Term(20, "working_days"))
    wait = Wait.objects.get(case=case)
    assert wait.due_at == NEVER and wait.next_at is None and sweep(9) == 0
    with clock_at(at(7)):
        answer_correction(number, None, "Aquí está")
    wait.refresh_from_db()
    assert wait.due_at > at(7) and wait.next_at is not None
    assert DueRevision.objects.filter(wait=wait).count() == 2


# --- Elsewhere ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_jump_out_of_a_fork_or_a_cancellation_closes_the_wait() -> None:
    world = world_with(rama=FORK)
    for ends in ("answer", "cancel"):
        case = world.start("rama")
        complete_task(world.task(case).pk, world.by("secretaria"))
        assert Wait.objects.filter(case=case, closed_at__isnull=True).count() == 1
        if ends == "answer":
            complete_task(world.task(case).pk, world.by("cajero"), answer="no")
        else:
            cancel_case(case.pk, world.by("jefe"), "Se duplicó")
        assert not Wait.objects.filter(case=case, closed_at__isnull=True).exists()


@pytest.mark.django_db
def test_only_who_answers_or_supervises_records_a_message() -> None:
    world = world_with(pago=MESSAGE % "avisar")
    case = world.start("pago")
    with pytest.raises(Refused) as refused:
        receive_message(case.pk, "pago.recibido", by=world.by("cajero"))
    assert refused.value.code in ("not_found", "not_allowed")
    act = uuid4()
    first = receive_message(case.pk, "pago.recibido", {"note": "Depósito 5"}, by=world.by("secretaria"), act=act)
    again = receive_message(case.pk, "pago.recibido", {"note": "Depósito 5"}, by=world.by("secretaria"), act=act)
    assert not first.repeated and again.repeated and steps(case) == ["2"]
    entry = AuditEntry.objects.get(action="message.received")
    assert entry.actor == world.people["secretaria"] and entry.data["data"] == {"note": "Depósito 5"}


@pytest.mark.django_db
def test_the_case_page_tells_what_it_waits_for_and_takes_its_arrival(client: Client) -> None:
    world = world_with(pago=MESSAGE % "escalar", padre=CALLING, aviso=TIME, cita=DATE)
    with clock_at(MONDAY):
        case, parent = world.start("pago"), world.start("padre")
        notice, date = world.start("aviso"), world.start("cita")
        complete_task(world.task(notice).pk, world.by("secretaria"))
        complete_task(world.task(date).pk, world.by("secretaria"), typed={"dia": "20/11/2026"})
    client.force_login(world.people["secretaria"])
    pages = {}
    with clock_at(MONDAY):
        for one in (case, parent, notice, date):
            pages[one.pk] = client.get(reverse("case", args=[one.folio])).content.decode()
    assert "pago recibido" in pages[case.pk] and "Vence en 2 días hábiles" in pages[case.pk]
    assert "martes 10 de noviembre: día 1" in pages[case.pk]
    assert "Al vencer se avisa a quien dirige el área" in pages[case.pk]
    assert "que termine «Hijo»" in pages[parent.pk] and "que pasen 3 días hábiles" in pages[notice.pk]
    assert "hasta el viernes 20 de noviembre de 2026" in pages[date.pk]
    address = reverse("case_act", args=[case.folio, "registrar-llegada"])
    assert address in pages[case.pk]
    assert reverse("case_act", args=[parent.folio, "registrar-llegada"]) not in pages[parent.pk]
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "pago.recibido", "note": ""}).status_code == 422
    assert client.post(address, {"name": "pago.recibido", "note": "Recibo 7"}).status_code == 302
    page = client.get(reverse("case", args=[case.folio])).content.decode()
    assert "Recibo 7" in page and "Espera:" not in page and steps(case) == ["2"]
    client.force_login(world.people["cajero"])
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_a_task_explains_its_deadline_and_who_was_warned_when(client: Client) -> None:
    world = world_with(pago=SINCE)
    with clock_at(MONDAY):
        case = world.start("pago")
        receive_message(case.pk, "pago.recibido", by=system_standing())
    with clock_at(at(1)):
        complete_task(world.task(case).pk, world.by("secretaria"))
    sweep(3)
    client.force_login(world.people["cajero"])
    with clock_at(at(3)):
        page = client.get(reverse("task", args=[world.task(case).pk])).content.decode()
    assert "Se cuenta desde: lunes 9 de noviembre de 2026, 10:00 h" in page
    assert "martes 10 de noviembre: día 1" in page and "se avisó a Cajero" in page
    assert "Al vencer se avisa a quien responde por la actividad." in page


@pytest.mark.django_db
def test_another_system_delivers_a_message_by_the_command() -> None:
    world = world_with(pago=MESSAGE % "avisar")
    case, out, act = world.start("pago"), StringIO(), str(uuid4())
    with pytest.raises(CommandError, match="no espera"):
        call_command("message", case.folio, "otra.cosa")
    with pytest.raises(CommandError, match="no existe"):
        call_command("message", "AP/1999/1", "pago.recibido")
    with pytest.raises(CommandError, match="JSON"):
        call_command("message", case.folio, "pago.recibido", data="[1")
    for _ in range(2):
        call_command("message", case.folio, "pago.recibido", "--data", '{"monto": 5}', "--act", act, stdout=out)
    assert out.getvalue().splitlines() == [f"{case.folio}: 2", f"{case.folio}: ya se había entregado"]
    assert steps(case) == ["2"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_fire_a_wait_once() -> None:
    world = world_with(pago=MESSAGE % "3", aviso=TIME)
    with clock_at(MONDAY):
        cases = [world.start("pago") for _ in range(4)]
        notices = [world.start("aviso") for _ in range(4)]
        for one in notices:
            complete_task(world.task(one).pk, world.by("secretaria"))
    sweep(2)
    gate = threading.Barrier(2)

    def work() -> None:
        try:
            gate.wait(10)
            with clock_at(at(4)):
                run_due(at(4))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for case in cases:
        assert actions(case) == ["case.started", "wait.warned", "wait.expired"] and steps(case) == ["3"]
    for one in notices:
        assert actions(one) == ["case.started", "task.completed", "wait.over"] and steps(one) == ["3"]
    assert list(verify()) == []
