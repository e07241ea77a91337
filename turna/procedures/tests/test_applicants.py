"""An applicant without an account does what is theirs with folio and code, or somebody records it for them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from turna.core.calendar import now
from turna.core.models import Appointment, AuditEntry, OutboxMail, StoredFile
from turna.procedures import services
from turna.procedures.definitions import definition_of
from turna.procedures.models import Case, CaseDocument, Filing, Task
from turna.procedures.pages.follow_task import ACTS
from turna.procedures.services import Applicant, Refused, Started, start_case
from turna.procedures.services.due import run_due

from .factories import World, make_world

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PROOF = """
nombre: Prueba de propiedad
secciones:
  - titulo: Datos
    campos:
      - {clave: placas, etiqueta: Placas, tipo: texto, obligatorio: sí, precarga: solicitud.cosa}
      - {clave: quien, etiqueta: Quién, tipo: texto, precarga: solicitante.nombre}
      - {clave: factura, etiqueta: Factura, tipo: archivo, obligatorio: sí, acepta: [pdf]}
"""
ACTS_OF = """
clave: PR-1
nombre: Siniestro
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio: {por: [secretaria], en_nombre_de: ciudadano, captura: solicitud}
actividades:
  - {paso: 1, responsable: secretaria, actividad: Recibe el aviso}
  - paso: 2
    responsable: ciudadano
    actividad: Demuestra la propiedad
    captura: prueba
    adjunta: [Identificación]
    plazo: 3 días hábiles
    pregunta: ¿Acepta el convenio?
    respuestas: {sí: 3, no: {fin: improcedente}}
  - {paso: 3, responsable: solicitante, registra: cajero, actividad: Recoge el cheque}
  - {paso: 4, responsable: jefe, actividad: Archiva, aviso: Terminó}
"""


@pytest.fixture
def world(db: None) -> World:
    return make_world({"siniestro": ACTS_OF}, **{"formatos__prueba.yaml": PROOF})


@pytest.fixture
def started(world: World) -> Started:
    citizen = Applicant(name="Rosa Inventada", email="rosa@ejemplo.mx")
    done = start_case(
        world.procedure("siniestro").pk, world.by("secretaria"), typed={"cosa": "ABC-123"}, applicant=citizen
    )
    services.complete_task(Task.objects.get(case=done.case_id, status="open").pk, world.by("secretaria"))
    return done


@pytest.fixture
def citizen(client: Client, started: Started) -> Client:
    client.post("/seguimiento/", {"folio": started.folio, "code": started.code})
    return client


def open_task(started: Started) -> Task:
    return Task.objects.get(case=started.case_id, status="open")


def url(started: Started) -> str:
    return f"/seguimiento/tramite/tareas/{open_task(started).pk}/"


def filled(**more: Any) -> dict[str, Any]:
    paper = BytesIO(PDF)
    paper.name = "factura.pdf"
    identity = BytesIO(PDF)
    identity.name = "ine.pdf"
    typed = {"c.placas": "ABC-123", "c.factura": paper, "adjunto-0": identity, "answer": "sí", "do": "complete"}
    return {**typed, **more}


def names(client: Client, started: Started) -> dict[str, Any]:
    """The sheet's inputs carry a prefix: what is typed under the plain key is renamed to it."""
    html = client.get(url(started)).content.decode()
    prefix = html.split('placas"', 1)[0].rsplit('"', 1)[1]
    return {f"{prefix}placas": "ABC-123", "prefix": prefix}


def sent(client: Client, started: Started, **more: Any) -> Any:
    prefix = names(client, started)["prefix"]
    data = {
        key.replace("c.", prefix, 1) if key.startswith("c.") else key: value for key, value in filled(**more).items()
    }
    return client.post(url(started), {key: value for key, value in data.items() if value is not None})


def test_the_page_says_that_it_is_their_turn_and_the_mail_too(world: World, started: Started, citizen: Client) -> None:
    html = citizen.get("/seguimiento/tramite/").content.decode()
    assert "Le toca a usted" in html and "Demuestra la propiedad" in html
    run_due(now())
    told = OutboxMail.objects.get(to="rosa@ejemplo.mx", subject__contains="le toca a usted")
    assert "Tiene hasta el" in told.body and started.folio in told.subject and not mail.outbox
    run_due(now())
    assert OutboxMail.objects.filter(subject__contains="le toca a usted").count() == 1
    warned_at = open_task(started).next_at
    assert warned_at is not None
    run_due(warned_at)
    assert OutboxMail.objects.filter(subject__contains="todavía le toca a usted").count() == 1


def test_what_is_known_stands_there_already(started: Started, citizen: Client) -> None:
    html = citizen.get(url(started)).content.decode()
    assert 'value="ABC-123"' in html and 'value="Rosa Inventada"' in html and "¿Acepta el convenio?" in html


def test_they_fill_attach_and_answer(started: Started, citizen: Client) -> None:
    task = open_task(started)
    assert sent(citizen, started).status_code == 302
    task.refresh_from_db()
    assert (task.status, task.answer, task.done_by) == ("done", "sí", None)
    filing = Filing.objects.get(format="prueba")
    assert filing.filed_by is None and filing.values["placas"] == "ABC-123"
    papers = CaseDocument.objects.filter(case=started.case_id)
    assert sorted(papers.values_list("kind", flat=True)) == ["Factura", "Identificación"]
    assert all(papers.values_list("for_applicant", flat=True))
    assert not StoredFile.objects.filter(owner_kind="followed").exists()
    entry = AuditEntry.objects.get(action="task.completed", data__task=task.pk)
    assert entry.actor is None and entry.data["applicant"] == "self"


def test_faults_are_told_and_nothing_typed_is_lost(started: Started, citizen: Client) -> None:
    page = sent(citizen, started, **{"c.placas": "", "c.quien": "Yo misma"})
    html = page.content.decode()
    assert page.status_code == 422 and "Yo misma" in html and "Elija una respuesta" not in html
    assert open_task(started).step == "2"
    assert StoredFile.objects.filter(owner_kind="followed", owner_id=started.case_id).count() == 1
    kept = StoredFile.objects.get(owner_kind="followed")
    assert sent(citizen, started, **{"c.factura": str(kept.pk), "adjunto-0": None}).status_code == 302
    assert Filing.objects.get(format="prueba").values["factura"] == str(kept.pk)


def test_everything_that_is_missing_is_told_at_once(started: Started, citizen: Client) -> None:
    html = citizen.post(url(started), {"do": "complete"}).content.decode()
    for told in ("Falta este dato", "Falta adjuntar: Identificación", "Elija una respuesta: ¿Acepta el convenio?"):
        assert told in html


def test_the_same_form_twice_counts_once(started: Started, citizen: Client) -> None:
    act = "11111111-1111-4111-8111-111111111111"
    sent(citizen, started, act=act)
    again = citizen.post(f"/seguimiento/tramite/tareas/{Task.objects.get(step='2').pk}/", {"act": act, "answer": "sí"})
    assert again.status_code == 302 and AuditEntry.objects.filter(data__applicant="self").count() == 1


def test_another_cases_files_and_tasks_are_out_of_reach(world: World, started: Started, citizen: Client) -> None:
    other = world.start("siniestro", applicant=Applicant(name="Otro"))
    theirs = services.keep_sent(other, BytesIO(PDF), _field(other), "ajena.pdf")
    page = sent(citizen, started, **{"c.factura": str(theirs.pk)})
    assert page.status_code == 422 and "ajena.pdf" not in page.content.decode()
    assert citizen.get(f"/seguimiento/tramite/tareas/{world.task(other).pk}/").status_code == 302
    services.complete_task(world.task(other).pk, world.by("secretaria"))
    assert citizen.get(f"/seguimiento/tramite/tareas/{world.task(other).pk}/").status_code == 302


def _field(case: Case) -> Any:
    return definition_of(case.version_id).formats["prueba"].field("factura")


def test_officials_work_is_not_theirs(world: World, started: Started, citizen: Client) -> None:
    sent(citizen, started)
    services.complete_task(open_task(started).pk, world.by("cajero"))
    task = open_task(started)
    assert task.step == "4"
    assert citizen.get(url(started)).status_code == 302
    with pytest.raises(Refused):
        services.complete_as_applicant(task.pk, task.institution_id)


def test_too_many_tries_must_wait(started: Started, citizen: Client) -> None:
    address = url(started)
    for _try in range(ACTS["limit"]):
        citizen.post(address, {"do": "refresh"})
    assert citizen.post(address, {"answer": "sí"}).status_code == 429


def test_at_the_counter_it_is_recorded_for_them(world: World, started: Started) -> None:
    task = open_task(started)
    assert task.position is not None and task.position.key == "secretaria", "whoever attended them"
    services.attach(
        started.case_id, world.by("secretaria"), BytesIO(PDF), name="ine.pdf", kind="Identificación", task_id=task.pk
    )
    kept = services.keep_upload(
        world.by("secretaria"), BytesIO(PDF), _field(Case.objects.get(pk=started.case_id)), "f.pdf",
        institution_id=world.institution.pk,
    )  # fmt: skip
    typed = {"placas": "ABC-123", "factura": str(kept.pk)}
    services.complete_task(task.pk, world.by("secretaria"), answer="sí", typed=typed)
    entry = AuditEntry.objects.get(action="task.completed", data__task=task.pk)
    assert entry.actor == world.people["secretaria"] and entry.data["applicant"] == "recorded"
    client = Client()
    client.force_login(world.people["secretaria"])
    page = client.get(f"/expedientes/{started.folio}/").content.decode()
    assert "lo registró a nombre de quien lo solicitó" in page
    following = open_task(started)
    assert following.position is not None and following.position.key == "cajero", "the one that `registra` names"


def test_the_task_does_not_leave_with_the_clerk(world: World) -> None:
    done = start_case(
        world.procedure("siniestro").pk, world.by("secretaria"), typed={"cosa": "x"}, applicant=Applicant(name="Rosa")
    )
    Appointment.objects.filter(person=world.people["secretaria"]).update(ends_on="2020-12-31")
    task = Task.objects.get(case=done.case_id)
    Task.objects.filter(pk=task.pk).update(person=world.people["secretaria"])
    services.complete_task(task.pk, world.by("secretaria"))
    position = open_task(done).position
    assert position is not None and position.key == "jefe", "the head of the area"
