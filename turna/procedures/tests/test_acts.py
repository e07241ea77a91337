"""Everything beside completing: joint work, forks, signatures, routing, corrections, clocks, supervising, children."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile

from turna.core.audit import verify
from turna.core.calendar import NEVER, add_day, clock_at, now
from turna.core.deadlines import Term
from turna.core.files import may_read
from turna.core.models import Appointment, AuditEntry, Notice, OutboxMail, Position
from turna.core.rights import system_standing
from turna.core.tests.factories import make_person, make_position, stand_in
from turna.procedures import services
from turna.procedures.actions import ACTIONS, ActionFailed, Done
from turna.procedures.models import Case, CaseDocument, DocumentSignature, DueRevision, Filing, Task
from turna.procedures.services import Applicant, Refused, complete_task

from .factories import HEAD, TEN_STEPS, World, make_world

pytestmark = pytest.mark.django_db

JOINT = """
  - paso: 1
    responsable: [secretaria, cajero]
    actividad: Analizan juntas
    pregunta: ¿Procede?
    respuestas: {sí: 2, no: fin}
  - {paso: 2, responsable: [secretaria, cajero], modo: cualquiera, actividad: Atiende quien pueda}
  - {paso: 3, responsable: solicitante, actividad: Confirma}
"""
FORK = """
  - {paso: 1, responsable: secretaria, actividad: Reparte, sigue: [2, 3]}
  - {paso: 2, responsable: secretaria, actividad: Hace una parte, sigue: 4}
  - {paso: 3, responsable: cajero, actividad: Hace otra parte, sigue: 4}
  - {paso: 4, responsable: jefe, reune: [2, 3], actividad: Junta las partes}
"""
SIGNED = """
  - paso: 1
    responsable: secretaria
    actividad: Redacta el oficio
    captura: revision
    genera: oficio
    firma: [jefe, cajero]
  - {paso: 2, responsable: secretaria, actividad: Lo envía}
"""
ISSUED_TOGETHER = """
  - {paso: 1, responsable: [secretaria, cajero], actividad: Levantan el acta, genera: oficio, accion: prueba.cuenta}
  - {paso: 2, responsable: secretaria, actividad: La archiva}
"""
TEMPLATE = """#let d = json(bytes(sys.inputs.at("data")))
= #d.documento.titulo
#d.caso.folio: #d.datos.at("revision", default: (nota: "")).nota
#for f in d.firmas [ Firmó #f.nombre ]
"""
PARENT = """
  - {paso: 1, responsable: secretaria, actividad: Pide ayuda, llama: hijo}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
EACH = """
  - {paso: 1, responsable: secretaria, actividad: Pide a cada parte, llama: hijo, por_cada: solicitud.partes}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
CHILD = """
  - {paso: 1, responsable: cajero, actividad: Ayuda}
"""
AUTOMATIC = """
  - paso: 1
    responsable: secretaria
    actividad: Revisa el importe
    pregunta: ¿Es mucho?
    respuestas:
      sí: {va: 2, decide: "solicitud.importe > 1000", automatica: sí}
      no: {va: 3, decide: "solicitud.importe <= 1000", automatica: sí}
  - {paso: 2, responsable: jefe, actividad: Autoriza lo mucho, sigue: fin}
  - {paso: 3, responsable: cajero, actividad: Paga lo poco}
"""
ACTION = """
  - {paso: 1, responsable: secretaria, actividad: Numera, captura: revision, accion: reporte.numerar}
  - {paso: 2, responsable: secretaria, actividad: Avisa a la máquina, accion: {nombre: reporte.numerar, automatica: sí}}
  - {paso: 3, responsable: jefe, actividad: Termina}
"""
WAIT = """
  - {paso: 1, responsable: secretaria, actividad: Espera el pago, espera: pago.recibido}
  - {paso: 2, responsable: cajero, actividad: Entrega}
"""
PACK = {
    "pasos": TEN_STEPS, "junta": JOINT, "rama": FORK, "firmado": SIGNED, "padre": PARENT, "cada": EACH,
    "hijo": CHILD, "solo": AUTOMATIC, "accion": ACTION, "espera": WAIT, "acta": ISSUED_TOGETHER,
}  # fmt: skip
LIMITED = HEAD.format(code=77, name="Limitado").replace(
    "inicio:\n",
    "plazo: {maximo: 40 días hábiles, fundamento: Art. 8, al_vencer: avisar}\n"
    "prorroga: {maximo: 5 días hábiles, fundamento: Art. 9}\n"
    "reapertura: 3 días hábiles\ninicio:\n  en_nombre_de: servidor-publico\n",
)


@pytest.fixture
def world() -> World:
    limited = LIMITED + TEN_STEPS.lstrip("\n")
    return make_world(PACK | {"limitado": limited}, **{"plantillas/oficio.typ": TEMPLATE})


def steps(case: Case) -> list[str]:
    return sorted(Task.objects.filter(case=case, status="open").values_list("step", flat=True))


def test_joint_work_waits_for_everybody_but_a_no_takes_effect_at_once(world: World) -> None:
    case = world.start("junta")
    assert steps(case) == ["1", "1"]
    complete_task(world.task(case, position__key="cajero").pk, world.by("cajero"), answer="sí")
    assert steps(case) == ["1"]
    complete_task(world.task(case).pk, world.by("secretaria"), answer="sí")
    assert steps(case) == ["2", "2"]
    other = world.start("junta")
    done = complete_task(world.task(other, position__key="cajero").pk, world.by("cajero"), answer="no")
    assert done.outcome == "concluido" and steps(other) == []
    assert Task.objects.filter(case=other, status="closed").count() == 1


def test_any_of_several_is_enough_and_the_applicant_gets_a_task(world: World) -> None:
    case = world.start("junta", by="jefe")
    for who in ("cajero", "secretaria"):
        complete_task(world.task(case, position__key=who).pk, world.by(who), answer="sí")
    complete_task(world.task(case, position__key="cajero").pk, world.by("cajero"))
    task = world.task(case)
    assert (task.step, task.person, task.position) == ("3", world.people["jefe"], None)
    complete_task(task.pk, world.by("jefe"))
    case.refresh_from_db()
    assert case.status == "ended"


def test_a_fork_runs_both_and_joins(world: World) -> None:
    case = world.start("rama")
    complete_task(world.task(case).pk, world.by("secretaria"))
    assert steps(case) == ["2", "3"]
    complete_task(world.task(case, "2").pk, world.by("secretaria"))
    assert steps(case) == ["3"]
    complete_task(world.task(case, "3").pk, world.by("cajero"))
    assert steps(case) == ["4"]


def test_a_document_is_issued_signed_and_issued_with_signatures(world: World) -> None:
    case = world.start("firmado")
    complete_task(world.task(case).pk, world.by("secretaria"), typed={"nota": "hola"})
    document = CaseDocument.objects.get(case=case)
    assert document.file.blob.media_type == "application/pdf" and document.sha256 == document.file.blob_id
    assert may_read(document.file, world.by("jefe")) and not may_read(document.file, None)
    stranger = make_person(world.institution, make_position(None, institution=world.institution))
    world.people["nadie"] = stranger
    assert not may_read(document.file, world.by("nadie"))
    services.sign_task(world.task(case, position__key="jefe").pk, world.by("jefe"))
    services.sign_task(world.task(case, position__key="cajero").pk, world.by("cajero"))
    assert steps(case) == ["2"]
    assert DocumentSignature.objects.filter(document=document, sha256=document.sha256).count() == 2
    assert CaseDocument.objects.filter(case=case).count() == 2
    assert list(verify()) == []


def test_what_several_do_together_is_issued_once(world: World) -> None:
    calls = []

    def counts(context: object) -> Done:
        calls.append(1)
        return Done()

    with ACTIONS.temporarily("prueba.cuenta", counts):
        case = world.start("acta")
        for who in ("cajero", "secretaria"):
            assert CaseDocument.objects.filter(case=case).count() == len(calls) == 0
            complete_task(world.task(case, "1", position__key=who).pk, world.by(who))
    assert CaseDocument.objects.filter(case=case).count() == len(calls) == 1 and steps(case) == ["2"]


def test_who_stands_in_for_another_signer_signs_for_both_posts(world: World) -> None:
    stand_in(world.people["cajero"], world.people["jefe"])
    case = world.start("firmado")
    complete_task(world.task(case).pk, world.by("secretaria"), typed={"nota": "hola"})
    for who in ("jefe", "cajero"):
        services.sign_task(world.task(case, position__key=who).pk, world.by("jefe"))
    rows = DocumentSignature.objects.order_by("pk").values_list("position__key", "person", "on_behalf_of")
    boss, cashier = world.people["jefe"].pk, world.people["cajero"].pk
    assert list(rows) == [("jefe", boss, None), ("cajero", boss, cashier)] and steps(case) == ["2"]


def test_a_refused_signature_goes_back_to_its_author(world: World) -> None:
    case = world.start("firmado")
    complete_task(world.task(case).pk, world.by("secretaria"), typed={"nota": "hola"})
    task = world.task(case, position__key="jefe")
    with pytest.raises(Refused, match="firma"):
        complete_task(task.pk, world.by("jefe"))
    services.refuse_signature(task.pk, world.by("jefe"), "Falta la fecha")
    again = world.task(case)
    assert (again.step, again.kind, again.round, again.came_reason) == ("1", "work", 2, "Falta la fecha")


def test_the_parent_goes_on_when_its_child_ends(world: World) -> None:
    case = world.start("padre")
    child = Case.objects.get(parent=case)
    assert steps(case) == [] and child.folio != case.folio
    complete_task(world.task(child).pk, world.by("cajero"))
    assert steps(case) == ["2"]
    assert list(verify()) == []


def test_one_child_per_element(world: World) -> None:
    case = world.start("cada", typed={"cosa": "x", "partes": ["norte", "sur"]})
    children = list(Case.objects.filter(parent=case).order_by("pk"))
    assert [c.subject.rpartition(": ")[2] for c in children] == ["norte", "sur"]
    complete_task(world.task(children[0]).pk, world.by("cajero"))
    assert steps(case) == []
    complete_task(world.task(children[1]).pk, world.by("cajero"))
    assert steps(case) == ["2"]


@pytest.mark.parametrize(("amount", "step"), [("1500", "2"), ("10", "3")])
def test_data_decide(world: World, amount: str, step: str) -> None:
    case = world.start("solo", typed={"cosa": "x", "importe": amount})
    assert steps(case) == [step]


def test_an_action_numbers_once_and_automatic_ones_run_alone(world: World) -> None:
    case = world.start("accion")
    done = complete_task(world.task(case).pk, world.by("secretaria"), typed={"nota": "x"})
    assert Filing.objects.get(case=case, format="revision").number.startswith("RS/")
    assert [t.step for t in done.opened] == ["3"] and steps(case) == ["3"]
    actions = AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq")
    assert [e.action for e in actions] == ["case.started", "task.completed", "task.automatic"]
    assert list(verify()) == []


def test_a_failing_action_leaves_the_task_open_and_nothing_half_done(world: World) -> None:
    case = world.start("accion")

    def fails(context: object) -> Done:
        raise ActionFailed("La impresora no responde.")

    with ACTIONS.temporarily("reporte.numerar", fails), pytest.raises(Refused) as refused:
        complete_task(world.task(case).pk, world.by("secretaria"), typed={"nota": "x"})
    assert (refused.value.code, refused.value.message) == ("action_failed", "La impresora no responde.")
    assert steps(case) == ["1"] and not Filing.objects.filter(format="revision").exists()


def test_a_message_moves_the_case(world: World) -> None:
    case = world.start("espera")
    with pytest.raises(Refused):
        services.receive_message(case.pk, "otra.cosa", by=system_standing())
    services.receive_message(case.pk, "pago.recibido", {"monto": 5}, by=system_standing())
    assert steps(case) == ["2"]


# --- Claims and routing --------------------------------------------------------------


def test_claim_release_reassign(world: World) -> None:
    case = world.start()
    task = world.task(case)
    world.people["otra"] = make_person(world.institution, Position.objects.get(key="secretaria"))
    services.claim_task(task.pk, world.by("secretaria"))
    with pytest.raises(Refused) as refused:
        services.claim_task(task.pk, world.by("otra"))
    assert refused.value.code == "claimed_by_other"
    with pytest.raises(Refused):
        services.reassign_task(task.pk, world.by("otra"), world.people["otra"].pk, "quiero")
    services.reassign_task(task.pk, world.by("jefe"), world.people["otra"].pk, "Está de comisión")
    assert world.task(case).assignee == world.people["otra"]
    assert Notice.objects.filter(person=world.people["otra"]).count() == 1
    with pytest.raises(Refused) as refused:
        services.reassign_task(task.pk, world.by("jefe"), world.people["cajero"].pk, "x")
    assert refused.value.code == "not_yours"
    services.release_task(task.pk, world.by("otra"))
    assert world.task(case).assignee is None


def test_who_leaves_a_post_leaves_its_tasks(world: World) -> None:
    case = world.start()
    services.claim_task(world.task(case).pk, world.by("secretaria"))
    assert services.release_lost(world.institution.pk, world.people["secretaria"].pk) == 0
    Appointment.objects.filter(person=world.people["secretaria"]).update(ends_on=date(2020, 2, 1))
    assert services.release_lost(world.institution.pk, world.people["secretaria"].pk) == 1
    assert world.task(case).assignee is None and list(verify()) == []


def test_routed_parts_come_back(world: World) -> None:
    case = world.start()
    task, cashier = world.task(case), Position.objects.get(key="cajero")
    boss = Position.objects.get(key="jefe")
    act = uuid4()
    for _ in range(2):
        services.route_task(
            task.pk, world.by("secretaria"), to=[cashier.pk, boss.pk], instruction="Opine",
            term=Term(2, "working_days"), act=act,
        )  # fmt: skip
    assert Task.objects.filter(case=case, kind="routed").count() == 2
    with pytest.raises(Refused, match="turnó"):
        complete_task(task.pk, world.by("secretaria"))
    part = world.task(case, kind="routed", position=cashier)
    assert part.due_at is not None and part.instruction == "Opine"
    services.answer_routed(part.pk, world.by("cajero"), "De acuerdo")
    services.recall_routed(world.task(case, kind="routed").pk, world.by("secretaria"), "Ya no hace falta")
    complete_task(task.pk, world.by("secretaria"))
    assert steps(case) == ["2"]


def test_handing_over_moves_the_task(world: World) -> None:
    case = world.start()
    cashier = Position.objects.get(key="cajero")
    services.route_task(
        world.task(case).pk, world.by("secretaria"), to=[cashier.pk], instruction="Suyo", hand_over=True
    )
    with pytest.raises(Refused):
        complete_task(world.task(case).pk, world.by("secretaria"))
    complete_task(world.task(case).pk, world.by("cajero"))


# --- Clocks ----------------------------------------------------------------------------


def test_a_correction_stops_the_clock_and_an_answer_starts_it(world: World) -> None:
    monday = datetime.fromisoformat("2026-11-09T10:00:00-06:00")
    with clock_at(monday):
        case = world.start("limitado", applicant=Applicant(name="Ana Ruiz", email="ana@ejemplo.mx"))
        due = world.task(case).due_at
        number = services.ask_correction(case.pk, world.by("secretaria"), "Falta la firma", Term(5, "working_days"))
    assert OutboxMail.objects.filter(to="ana@ejemplo.mx").exists()
    case.refresh_from_db()
    assert case.status == "suspended" and world.task(case).due_at == NEVER and world.task(case).next_at is None
    with pytest.raises(Refused) as refused:
        complete_task(world.task(case).pk, world.by("secretaria"))
    assert refused.value.code == "suspended"
    with clock_at(monday + timedelta(days=7)):
        services.answer_correction(number, None, "Aquí está")
        with pytest.raises(Refused):
            services.answer_correction(number, None, "otra vez")
    case.refresh_from_db()
    assert case.status == "open" and world.task(case).due_at > due
    assert DueRevision.objects.filter(case=case, task=None).count() == 2
    assert Notice.objects.filter(person=world.people["secretaria"], kind="case.correction").count() == 1
    assert list(verify()) == []


def test_an_extension_once_within_its_limit(world: World) -> None:
    case = world.start("limitado", applicant=Applicant(name="Ana"))
    before = Case.objects.get(pk=case.pk).due_at
    with pytest.raises(Refused) as refused:
        services.extend_case(case.pk, world.by("jefe"), Term(9, "working_days"), "mucho")
    assert refused.value.code == "invalid_form"
    with pytest.raises(Refused):
        services.extend_case(case.pk, world.by("secretaria"), Term(5, "working_days"), "x")
    after = services.extend_case(case.pk, world.by("jefe"), Term(5, "working_days"), "Falta un dictamen")
    assert after > before
    with pytest.raises(Refused) as refused:
        services.extend_case(case.pk, world.by("jefe"), Term(1, "working_days"), "otra")
    assert refused.value.code == "already_done"


def test_an_amended_calendar_recounts(world: World) -> None:
    case = world.start()
    task = world.task(case)
    local = task.due_at.astimezone(datetime.fromisoformat("2026-01-01T00:00:00-06:00").tzinfo).date()
    add_day(world.institution.pk, local, "Día del pueblo", by=system_standing(world.institution.pk), source="Gaceta")
    services.recount_institution(world.institution.pk)
    task.refresh_from_db()
    revision = DueRevision.objects.get(task=task)
    assert revision.former < revision.present == task.due_at == task.order_at


# --- Supervising -------------------------------------------------------------------------


def test_cancel_takes_children_along_and_reopen_brings_back(world: World) -> None:
    case = world.start("padre")
    with pytest.raises(Refused):
        services.cancel_case(case.pk, world.by("secretaria"), "porque sí")
    services.cancel_case(case.pk, world.by("jefe"), "Se duplicó")
    child = Case.objects.get(parent=case)
    case.refresh_from_db()
    assert (case.status, case.outcome, child.status) == ("cancelled", "cancelado", "cancelled")
    assert steps(child) == []
    with pytest.raises(Refused):
        services.reopen_case(case.pk, world.by("jefe"), "error")  # the procedure has no window
    other = world.start("limitado", applicant=Applicant(name="Ana"))
    services.cancel_case(other.pk, world.by("presidente"), "prueba")
    services.reopen_case(other.pk, world.by("jefe"), "Fue un error", to_step="3")
    assert steps(other) == ["3"]
    with clock_at(now() + timedelta(days=30)):
        services.cancel_case(other.pk, world.by("jefe"), "otra vez")
    with clock_at(now() + timedelta(days=60)), pytest.raises(Refused):
        services.reopen_case(other.pk, world.by("jefe"), "tarde")
    assert list(verify()) == []


def test_the_applicant_withdraws(world: World) -> None:
    case = world.start(by="cajero")
    with pytest.raises(Refused):
        services.withdraw_case(case.pk, world.by("secretaria"), "x")
    services.withdraw_case(case.pk, world.by("cajero"), "Ya no lo necesito")
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("withdrawn", "desistido")


def test_a_supervisor_moves_the_case(world: World) -> None:
    case = world.start()
    services.move_case(case.pk, world.by("jefe"), "5", "Se hizo en papel")
    assert steps(case) == ["5"] and world.task(case).came_reason == "Se hizo en papel"
    with pytest.raises(Refused):
        services.move_case(case.pk, world.by("jefe"), "99", "x")


def test_a_new_code_replaces_the_old(world: World) -> None:
    started = services.start_case(world.procedure("pasos").pk, world.by("secretaria"), typed={"cosa": "x"})
    case = Case.objects.get(pk=started.case_id)
    assert len(started.code) == 10 and case.code_digest == services.code_digest(started.code.lower())
    code = services.reissue_code(case.pk, world.by("secretaria"))
    case.refresh_from_db()
    assert case.code_digest == services.code_digest(code) != services.code_digest(started.code)


# --- Saying ------------------------------------------------------------------------------


def test_comments_and_files(world: World) -> None:
    case = world.start("limitado", applicant=Applicant(name="Ana", email="ana@ejemplo.mx"))
    services.comment(case.pk, world.by("secretaria"), "Ojo con esto")
    assert not OutboxMail.objects.filter(to="ana@ejemplo.mx").exists()
    services.comment(case.pk, world.by("secretaria"), "Pase por su respuesta", "applicant")
    assert OutboxMail.objects.filter(to="ana@ejemplo.mx").count() == 1
    with pytest.raises(Refused) as refused:
        services.comment(case.pk, world.by("cajero"), "hola")
    assert refused.value.code == "not_found"
    upload = ContentFile(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", name="prueba.pdf")
    document = services.attach(case.pk, world.by("secretaria"), upload, kind="Identificación", title="INE")
    assert document.version == 1 and document.origin == "attached"
    services.withdraw_document(document.pk, world.by("secretaria"), "Era otro")
    document.refresh_from_db()
    assert document.withdrawn_at is not None


# --- Seeing ------------------------------------------------------------------------------


def test_who_sees_a_case(world: World) -> None:
    case = world.start(by="cajero")
    seen = {key for key in world.people if Case.objects.visible_to(world.by(key)).filter(pk=case.pk).exists()}
    assert seen == {"cajero", "secretaria", "jefe", "presidente"}
    works = {key for key in world.people if Case.objects.worked_by(world.by(key)).filter(pk=case.pk).exists()}
    assert works == {"secretaria", "jefe", "presidente"}
    assert Task.objects.visible_to(world.by("cajero")).count() == 1
    stranger = make_person(world.institution)
    world.people["nadie"] = stranger
    assert not Case.objects.visible_to(world.by("nadie")).exists()
