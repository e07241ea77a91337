"""The language of procedures as cases live it: one small pack that uses every key, through the services."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from turna.core.audit import verify
from turna.core.calendar import clock_at
from turna.core.deadlines import Term
from turna.core.models import AuditEntry, Notice, Person, Position
from turna.core.tests.factories import make_person
from turna.procedures import services
from turna.procedures.actions import ACTIONS, ActionFailed, Done
from turna.procedures.models import Case, Filing, Suspension, Task, Wait
from turna.procedures.services import Applicant, Refused, complete_task, run_due

from .factories import HEAD, World, make_world

MONDAY = datetime.fromisoformat("2026-11-09T10:00:00-06:00")
NESTED = """
  - {paso: 1, responsable: secretaria, actividad: Reparte, sigue: [2, 3]}
  - {paso: 2, responsable: jefe, actividad: Reparte otra vez, sigue: [4, 5]}
  - paso: 3
    responsable: cajero
    actividad: Revisa el dinero
    pregunta: ¿Alcanza?
    respuestas: {sí: 7, no: 8}
  - {paso: 4, responsable: secretaria, actividad: Escribe, sigue: 6}
  - {paso: 5, responsable: cajero, actividad: Calcula, sigue: 6}
  - {paso: 6, responsable: jefe, reune: [4, 5], actividad: Junta lo de adentro, sigue: 7}
  - {paso: 7, responsable: presidente, reune: [3, 6], actividad: Decide con todo, sigue: fin}
  - {paso: 8, responsable: presidente, actividad: Explica por qué no, sigue: {fin: sin dinero}}
"""
ANY_ASKED = """
  - paso: 1
    responsable: [secretaria, cajero, jefe]
    modo: cualquiera
    actividad: Contesta quien sepa
    pregunta: ¿Procede?
    respuestas: {sí: 2, no: {fin: improcedente}}
  - {paso: 2, responsable: [secretaria, cajero, jefe], actividad: Firman todos de enterados}
"""
EACH = """
  - paso: 1
    responsable: cajero
    actividad: Revisa cada parte
    por_cada: solicitud.partes
    plazo: {maximo: 2 días hábiles, al_vencer: 2}
    sigue: 2
  - {paso: 2, responsable: secretaria, actividad: Reúne las revisiones}
"""
CALLS = """
  - paso: 1
    responsable: secretaria
    actividad: Pide el dictamen
    llama: dictamen
    pregunta: ¿Qué resultó?
    respuestas: {favorable: 2, contrario: {fin: negado}}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
OPINION = """
  - paso: 1
    responsable: cajero
    actividad: Dictamina
    pregunta: ¿Cómo?
    respuestas: {bien: {fin: favorable}, mal: {fin: contrario}, raro: {fin: sin dictamen}}
"""
CALLS_EACH = """
  - {paso: 1, responsable: secretaria, actividad: Pide a cada parte, llama: hijo, por_cada: solicitud.partes}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
GRANDPARENT = """
  - {paso: 1, responsable: secretaria, actividad: Pide, llama: cada-hijo}
"""
CHILD = """
  - {paso: 1, responsable: cajero, actividad: Ayuda}
"""
# A child that data decide has ended before its parent has finished opening it.
AT_ONCE = """
  - paso: 1
    responsable: cajero
    actividad: Decide el importe
    pregunta: ¿Es mucho?
    respuestas:
      sí: {va: 2, decide: "solicitud.importe > 1000", automatica: sí}
      no: {fin: poco, decide: "solicitud.importe <= 1000", automatica: sí}
  - {paso: 2, responsable: cajero, actividad: Revisa}
"""
CALLS_AT_ONCE = """
  - {paso: 1, responsable: secretaria, actividad: Reparte, sigue: [2, 3]}
  - {paso: 2, responsable: secretaria, actividad: Consulta, llama: al-instante, sigue: 4}
  - {paso: 3, responsable: secretaria, actividad: Numera, accion: {nombre: reporte.numerar, automatica: sí}, sigue: 4}
  - {paso: 4, responsable: jefe, reune: [2, 3], actividad: Junta}
"""
SILENT = """
  - paso: 1
    responsable: jefe
    actividad: Contesta
    plazo: {maximo: 2 días hábiles, al_vencer: %s}
    pregunta: ¿Procede?
    respuestas: {sí: 2, no: {fin: negado}}
  - {paso: 2, responsable: secretaria, actividad: Comunica}
"""
WHO = """
  - {paso: 1, responsable: externo/proveedor, registra: cajero, actividad: Entrega el material}
  - {paso: 2, responsable: jefe@solicitante, actividad: Recibe el material}
  - {paso: 3, responsable: solicitante, actividad: Confirma}
  - {paso: 4, responsable: ciudadano, actividad: Contesta la encuesta, plazo: {maximo: 1 día hábil, al_vencer: escalar}}
"""
SIGNED = """
  - paso: 1
    responsable: secretaria
    actividad: Redacta
    firma: [jefe, presidente]
    pregunta: ¿Se firma?
    respuestas: {sí: 2, no: {fin: archivado}}
  - {paso: 2, responsable: secretaria, actividad: Envía}
"""
ALONE = """
  - {paso: 1, responsable: secretaria, actividad: Numera, accion: {nombre: prueba.falla, automatica: sí}}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
LIMITED = HEAD.format(code=77, name="Limitado").replace(
    "inicio:\n",
    "plazo: {maximo: 5 días hábiles, fundamento: Art. 8, al_vencer: niega}\nreapertura: 20 días hábiles\ninicio:\n",
) + SILENT.lstrip("\n").replace("%s", "avisar").replace("2 días hábiles", "1 día hábil")


@pytest.fixture
def world() -> World:
    return build()


def build() -> World:
    def done(context: object) -> Done:
        return Done()

    with ACTIONS.temporarily("prueba.falla", done):
        return make_world(
            {
                "anidado": NESTED, "cualquiera": ANY_ASKED, "por-cada": EACH, "consulta": CALLS, "dictamen": OPINION,
                "cada-hijo": CALLS_EACH, "abuelo": GRANDPARENT, "hijo": CHILD, "al-instante": AT_ONCE,
                "pregunta-al-instante": CALLS_AT_ONCE, "silencio-si": SILENT % "acepta",
                "silencio-no": SILENT % "niega", "quien": WHO, "firmado": SIGNED, "solo": ALONE, "limitado": LIMITED,
            }
        )  # fmt: skip


def steps(case: Case) -> list[str]:
    return sorted(Task.objects.filter(case=case, status="open").values_list("step", flat=True))


def do(world: World, case: Case, step: str, who: str, answer: str | None = None, **conditions: object) -> None:
    complete_task(world.task(case, step, **conditions).pk, world.by(who), answer=answer)


def at(days: float) -> datetime:
    return (MONDAY + timedelta(days=days)).astimezone(UTC)


def sweep(days: float) -> None:
    with clock_at(at(days)):
        run_due(at(days))


def outcome(case: Case) -> tuple[str, str]:
    case.refresh_from_db()
    return case.status, case.outcome


# --- Forks ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_nested_forks_join_from_the_inside_out(world: World) -> None:
    case = world.start("anidado")
    do(world, case, "1", "secretaria")
    do(world, case, "2", "jefe")
    assert steps(case) == ["3", "4", "5"]
    do(world, case, "5", "cajero")
    do(world, case, "3", "cajero", "sí")
    assert steps(case) == ["4"]
    do(world, case, "4", "secretaria")
    assert steps(case) == ["6"]
    do(world, case, "6", "jefe")
    assert steps(case) == ["7"]
    do(world, case, "7", "presidente")
    assert outcome(case) == ("ended", "concluido") and list(verify()) == []


@pytest.mark.django_db
def test_an_answer_that_leaves_the_fork_closes_what_the_others_have(world: World) -> None:
    case = world.start("anidado")
    do(world, case, "1", "secretaria")
    do(world, case, "2", "jefe")
    do(world, case, "3", "cajero", "no")
    assert steps(case) == ["8"]
    assert Task.objects.filter(case=case, status="closed").count() == 2
    do(world, case, "8", "presidente")
    assert outcome(case) == ("ended", "sin dinero")


@pytest.mark.django_db
def test_a_supervisor_moves_one_branch_within_a_fork_or_out_of_it(world: World) -> None:
    case = world.start("anidado")
    do(world, case, "1", "secretaria")
    do(world, case, "2", "jefe")
    written = world.task(case, "4")
    services.move_case(case.pk, world.by("jefe"), "6", "Ya estaba escrito", token=written.token)
    assert steps(case) == ["3", "5"]
    do(world, case, "5", "cajero")
    assert steps(case) == ["3", "6"]
    services.move_case(case.pk, world.by("jefe"), "1", "Se repartió mal", token=world.task(case, "6").token)
    assert steps(case) == ["1"] and world.task(case).round == 2
    with pytest.raises(Refused) as refused:
        services.move_case(case.pk, world.by("jefe"), "2", "otra vez", token=written.token)
    assert refused.value.code == "already_done" and list(verify()) == []


@pytest.mark.django_db
def test_one_of_several_decides_and_all_of_several_are_waited_for(world: World) -> None:
    case = world.start("cualquiera")
    assert len(steps(case)) == 3
    do(world, case, "1", "cajero", "sí", position__key="cajero")
    assert steps(case) == ["2", "2", "2"]
    for who in ("jefe", "secretaria"):
        do(world, case, "2", who, position__key=who)
    assert outcome(case)[0] == "open"
    do(world, case, "2", "cajero")
    assert outcome(case) == ("ended", "concluido")
    other = world.start("cualquiera")
    do(world, other, "1", "jefe", "no", position__key="jefe")
    assert outcome(other) == ("ended", "improcedente")


# --- Once for each ---------------------------------------------------------------------


@pytest.mark.django_db
def test_one_task_for_each_and_on_with_what_has_come_when_the_term_runs_out(world: World) -> None:
    with clock_at(MONDAY):
        case = world.start("por-cada", typed={"cosa": "x", "partes": ["norte", "sur", "centro"]})
        tasks = Task.objects.filter(case=case, status="open").order_by("slot")
        assert [t.element for t in tasks] == ["norte", "sur", "centro"]
        do(world, case, "1", "cajero", element="sur")
        assert steps(case) == ["1", "1"]
    sweep(2)
    sweep(3)
    assert steps(case) == ["2"] and Task.objects.filter(case=case, status="closed").count() == 2
    whole = world.start("por-cada", typed={"cosa": "x", "partes": ["norte"]})
    do(world, whole, "1", "cajero")
    assert steps(whole) == ["2"]
    none = world.start("por-cada")
    assert steps(none) == ["2"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "status", "open_steps"),
    [("bien", ("open", ""), ["2"]), ("mal", ("ended", "negado"), []), ("raro", ("open", ""), ["1"])],
)
def test_the_outcome_of_a_child_answers_its_parent(
    world: World, answer: str, status: tuple[str, str], open_steps: list[str]
) -> None:
    case = world.start("consulta")
    do(world, Case.objects.get(parent=case), "1", "cajero", answer)
    assert outcome(case) == status and steps(case) == open_steps  # what is no answer asks a person
    assert not Wait.objects.filter(case=case, closed_at__isnull=True).exists()


@pytest.mark.django_db
def test_a_child_that_ends_while_it_opens_moves_its_parent_once(world: World) -> None:
    case = world.start("pregunta-al-instante", typed={"cosa": "x", "importe": "10"})
    do(world, case, "1", "secretaria")
    assert steps(case) == ["4"]
    child = Case.objects.get(parent=case)
    assert (child.status, child.outcome) == ("ended", "poco")
    actions = list(AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq"))
    assert [e.action for e in actions] == ["case.started", "task.completed", "child.ended", "task.automatic"]
    assert list(verify()) == []
    slow = world.start("pregunta-al-instante", typed={"cosa": "x", "importe": "5000"})
    do(world, slow, "1", "secretaria")
    assert steps(slow) == []
    do(world, Case.objects.get(parent=slow), "2", "cajero")
    assert steps(slow) == ["4"] and list(verify()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("ends", ["cancel", "withdraw"])
def test_what_ends_a_case_ends_its_children_and_theirs(world: World, ends: str) -> None:
    case = world.start("abuelo", typed={"cosa": "x", "partes": ["norte", "sur"]})
    middle = Case.objects.get(parent=case)
    assert Case.objects.filter(parent=middle).count() == 2
    if ends == "cancel":
        services.cancel_case(case.pk, world.by("jefe"), "Se duplicó")
    else:
        services.withdraw_case(case.pk, world.by("secretaria"), "Ya no hace falta")
    assert not Case.objects.filter(status__in=["open", "suspended"]).exists()
    assert not Task.objects.filter(status="open").exists()
    assert not Wait.objects.filter(closed_at__isnull=True).exists() and list(verify()) == []


@pytest.mark.django_db
def test_a_child_that_ends_while_its_parent_is_suspended_starts_no_clock(world: World) -> None:
    with clock_at(MONDAY):
        case = world.start("consulta")
        number = services.ask_correction(case.pk, world.by("jefe"), "Falta algo")
        do(world, Case.objects.get(parent=case), "1", "cajero", "bien")
    assert steps(case) == ["2"] and outcome(case)[0] == "suspended"
    with clock_at(at(1)):
        services.answer_correction(number, None, "Aquí está")
        do(world, case, "2", "secretaria")
    assert outcome(case) == ("ended", "concluido") and list(verify()) == []


@pytest.mark.django_db
def test_a_correction_of_a_case_that_has_ended_bothers_nobody(world: World) -> None:
    with clock_at(MONDAY):
        case = world.start("consulta")
        close = Term(2, "working_days", on_expiry="close")
        services.ask_correction(case.pk, world.by("jefe"), "Falta algo", close)
        do(world, Case.objects.get(parent=case), "1", "cajero", "mal")
    assert outcome(case) == ("ended", "negado")
    sweep(9)
    assert outcome(case) == ("ended", "negado") and case.corrections.get().status == "withdrawn"
    assert list(verify()) == []


# --- Silence, who, signatures --------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "open_steps", "ended"), [("silencio-si", ["2"], ""), ("silencio-no", [], "negado")])
def test_silence_answers_by_the_first_or_the_last_answer(
    world: World, key: str, open_steps: list[str], ended: str
) -> None:
    with clock_at(MONDAY):
        case = world.start(key)
    sweep(2)
    sweep(3)
    assert steps(case) == open_steps and outcome(case)[1] == ended
    assert Task.objects.get(case=case, step="1").status == "closed" and list(verify()) == []


@pytest.mark.django_db
def test_each_kind_of_responsible_gets_its_task(world: World) -> None:
    applicant = Person.objects.get(pk=world.people["secretaria"].pk)
    with clock_at(MONDAY):
        case = world.start("quien")
        assert world.task(case).position.key == "cajero"  # who records for the supplier
        do(world, case, "1", "cajero")
        assert world.task(case).position.key == "jefe"  # the head of the applicant's own unit
        do(world, case, "2", "jefe")
        assert (world.task(case).person, world.task(case).position) == (applicant, None)
        with pytest.raises(Refused):
            complete_task(world.task(case).pk, world.by("jefe"))
        do(world, case, "3", "secretaria")
        assert world.task(case, "4").person == applicant
    sweep(1)
    sweep(2)
    told = Notice.objects.filter(person=world.people["jefe"], subject__contains="escala")
    assert told.count() == 1  # a citizen has no head: the area's is told


@pytest.mark.django_db
def test_signatures_are_asked_for_the_first_answer_and_one_refusal_sends_it_back(world: World) -> None:
    case = world.start("firmado")
    do(world, case, "1", "secretaria", "sí")
    assert sorted(t.position.key for t in Task.objects.filter(case=case, kind="sign")) == ["jefe", "presidente"]
    services.sign_task(world.task(case, position__key="jefe").pk, world.by("jefe"))
    with pytest.raises(Refused) as refused:
        services.refuse_signature(world.task(case).pk, world.by("presidente"), " ")
    assert refused.value.code == "missing_reason"
    services.refuse_signature(world.task(case).pk, world.by("presidente"), "Sin fecha")
    again = world.task(case)
    assert (again.kind, again.round, again.came_reason) == ("work", 2, "Sin fecha")
    do(world, case, "1", "secretaria", "sí")
    for who in ("presidente", "jefe"):  # both again: what the first one signed has changed
        services.sign_task(world.task(case, position__key=who).pk, world.by(who))
    assert steps(case) == ["2"]
    other = world.start("firmado")
    do(world, other, "1", "secretaria", "no")
    assert outcome(other) == ("ended", "archivado")


# --- Acting alone ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_action_that_fails_alone_is_tried_again_by_a_person(world: World) -> None:
    works = []

    def fails_first(context: object) -> Done:
        works.append(1)
        if len(works) < 3:
            raise ActionFailed("El servicio no responde.")
        return Done(number="RS/9")

    with ACTIONS.temporarily("prueba.falla", fails_first):
        case = world.start("solo")
        assert steps(case) == ["1"] and world.task(case).instruction == "El servicio no responde."
        with pytest.raises(Refused) as refused:
            do(world, case, "1", "secretaria")
        assert refused.value.code == "action_failed" and steps(case) == ["1"]
        do(world, case, "1", "secretaria")
    assert steps(case) == ["2"] and Filing.objects.get(case=case, format="prueba.falla").number == "RS/9"
    actions = AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq")
    assert [e.action for e in actions] == ["case.started", "action.failed", "task.completed"]
    assert list(verify()) == []


# --- Reopening -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_reopened_case_has_its_clock_again_without_the_time_it_was_over(world: World) -> None:
    with clock_at(MONDAY):
        case = world.start("limitado", applicant=Applicant(name="Ana"))
        due = Case.objects.get(pk=case.pk).due_at
        do(world, case, "1", "jefe", "no")
    assert outcome(case)[0] == "ended" and case.next_at is None
    with clock_at(at(9)):
        services.reopen_case(case.pk, world.by("jefe"), "Faltó un dato")
    case.refresh_from_db()
    assert (case.status, case.outcome, steps(case)) == ("open", "", ["2"])
    assert case.next_at is not None and case.due_at > due and case.due_at > at(9)
    assert Suspension.objects.filter(case=case, ends_at__isnull=True).count() == 0
    sweep(10)
    sweep(25)
    assert outcome(case) == ("ended", "negativa ficta") and list(verify()) == []


# --- Routing with a term -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_routed_a_matter_learns_that_its_term_ran_out(world: World) -> None:
    with clock_at(MONDAY):
        case = world.start("hijo")
        task = world.task(case)
        boss, clerk = (Position.objects.get(key=key) for key in ("jefe", "secretaria"))
        services.route_task(
            task.pk, world.by("cajero"), to=[boss.pk, clerk.pk], instruction="Opinen", term=Term(1, "working_days"),
            hand_over=False,
        )  # fmt: skip
        services.answer_routed(world.task(case, kind="routed", position=boss).pk, world.by("jefe"), "De acuerdo")
    sweep(1)
    sweep(2)
    for who in ("secretaria", "cajero"):
        assert Notice.objects.filter(person=world.people[who], subject__contains="venció una tarea").count() == 1
    assert steps(case) == ["1", "1"]  # it still waits for the answer
    with clock_at(at(3)):
        services.answer_routed(world.task(case, kind="routed").pk, world.by("secretaria"), "También")
        do(world, case, "1", "cajero")
    assert outcome(case)[0] == "ended"


# --- Several people at once ------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> list[Exception]:
    """Every act in a thread of its own, all beginning together. Returns what was raised."""
    gate, wrong = threading.Barrier(len(acts)), list[Exception]()

    def run(act: Callable[[], object]) -> None:
        try:
            gate.wait(20)
            act()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return wrong


@pytest.mark.django_db(transaction=True)
def test_everybody_of_a_joint_activity_at_once() -> None:
    world = build()
    case = world.start("cualquiera")
    do(world, case, "1", "cajero", "sí", position__key="cajero")
    tasks = {t.position.key: t.pk for t in Task.objects.filter(case=case, status="open").select_related("position")}
    by = {who: world.by(who) for who in tasks}
    wrong = at_once(*[partial(complete_task, tasks[who], by[who]) for who in tasks])
    assert wrong == [] and outcome(case) == ("ended", "concluido") and list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_any_of_several_at_once_is_one_success_and_clear_refusals() -> None:
    world = build()
    case = world.start("cualquiera")
    tasks = {t.position.key: t.pk for t in Task.objects.filter(case=case, status="open").select_related("position")}
    by = {who: world.by(who) for who in tasks}
    wrong = at_once(*[partial(complete_task, tasks[who], by[who], answer="sí") for who in tasks])
    assert [getattr(e, "code", e) for e in wrong] == ["already_done", "already_done"]
    assert steps(case) == ["2", "2", "2"] and list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_the_branches_of_a_fork_at_once() -> None:
    world = build()
    case = world.start("anidado")
    do(world, case, "1", "secretaria")
    do(world, case, "2", "jefe")
    tasks = {t.step: t.pk for t in Task.objects.filter(case=case, status="open")}
    clerk, cashier = world.by("secretaria"), world.by("cajero")
    wrong = at_once(
        lambda: complete_task(tasks["4"], clerk),
        lambda: complete_task(tasks["5"], cashier),
        lambda: complete_task(tasks["3"], cashier, answer="sí"),
    )
    assert wrong == [] and steps(case) == ["6"] and list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_children_that_end_at_once_while_the_parent_is_cancelled_or_goes_on() -> None:
    world = build()
    world.people["otra"] = make_person(world.institution, Position.objects.get(key="cajero"))
    for cancels in (False, True):
        case = world.start("cada-hijo", typed={"cosa": "x", "partes": ["norte", "sur", "centro"]})
        tasks = list(Task.objects.filter(case__parent=case, status="open").values_list("pk", flat=True))
        cashier, boss = world.by("cajero"), world.by("jefe")
        acts: list[Callable[[], object]] = [partial(complete_task, n, cashier) for n in tasks]
        if cancels:
            acts.append(partial(services.cancel_case, case.pk, boss, "Se duplicó"))
        wrong = at_once(*acts)
        assert all(isinstance(e, Refused) for e in wrong), wrong
        assert cancels or wrong == []
        assert (steps(case) == []) if cancels else (steps(case) == ["2"])
        assert not Case.objects.filter(parent=case, status__in=["open", "suspended"]).exists()
    assert list(verify()) == []
