"""The page of a task, as people meet it: what it shows, what it refuses, what it does once."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from turna.core.models import AuditEntry
from turna.core.tests.factories import make_person, stand_in
from turna.procedures.models import Case, Draft, Filing, Task
from turna.procedures.services import claim_task, complete_task

from .factories import World, make_world

pytestmark = pytest.mark.django_db

PAPERS = """
  - paso: 1
    responsable: secretaria
    actividad: Recibe la solicitud
    ayuda: Compare los datos con el oficio.
    adjunta: [{tipo: Oficio, obligatorio: sí, max_mb: 1, acepta: [pdf]}]
    sigue: fin
"""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def world() -> World:
    return make_world()


def enter(world: World, position: str) -> Client:
    client = Client()
    client.force_login(world.people[position])
    return client


def at_review(world: World) -> Case:
    """A case whose second activity, with a sheet and a question, is open."""
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    return case


def page_of(client: Client, task: Task) -> str:
    return client.get(reverse("task", args=[task.pk])).content.decode()


def test_the_page_says_what_to_do_and_what_each_answer_leads_to(world: World) -> None:
    case = at_review(world)
    page = page_of(enter(world, "secretaria"), world.task(case))
    assert "Revisa" in page and "¿Está bien?" in page and case.folio in page
    assert "Continúa en la actividad 3, Jefe de la oficina." in page
    assert re.search(r"Regresa\..{0,40}Continúa en la actividad 1", page, re.S)
    assert 'name="f-nota"' in page


def test_answering_goes_on_and_says_where_the_case_is_now(world: World) -> None:
    case = at_review(world)
    task = world.task(case)
    client = enter(world, "secretaria")
    answer = client.post(reverse("task", args=[task.pk]), {"answer": "sí", "f-nota": "todo bien"}, follow=True)
    page = answer.content.decode()
    assert "Usted terminó esta tarea" in page and "Autoriza" in page and "Jefe de la oficina" in page
    assert Filing.objects.get(task=task).values == {"nota": "todo bien"}


def test_the_result_leads_to_the_next_task_of_ones_inbox(world: World) -> None:
    case, other = at_review(world), world.start()
    client = enter(world, "secretaria")
    url = reverse("task", args=[world.task(case).pk])
    page = client.post(url, {"answer": "sí", "f-nota": "bien"}, follow=True).content.decode()
    assert "Siguiente tarea" in page and reverse("task", args=[world.task(other).pk]) in page


def test_a_refused_form_keeps_what_was_typed(world: World) -> None:
    case = at_review(world)
    task = world.task(case)
    client = enter(world, "secretaria")
    answer = client.post(reverse("task", args=[task.pk]), {"answer": "sí", "f-nota": "", "reason": "por si acaso"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'href="#f-nota"' in page and "por si acaso" in page
    assert re.search(r'value="sí"[^>]*checked', page)
    task.refresh_from_db()
    assert task.status == "open"


def test_everything_missing_is_told_at_once(world: World) -> None:
    case = at_review(world)
    url = reverse("task", args=[world.task(case).pk])
    page = enter(world, "secretaria").post(url, {"f-nota": ""}).content.decode()
    assert 'href="#f-nota"' in page and "Elija una respuesta: ¿Está bien?" in page


def test_going_back_asks_for_the_reason_and_shows_it_to_who_gets_it(world: World) -> None:
    case = at_review(world)
    task = world.task(case)
    client = enter(world, "secretaria")
    url = reverse("task", args=[task.pk])
    refused = client.post(url, {"answer": "no", "f-nota": "falta"})
    assert refused.status_code == 422 and "Diga por qué regresa" in refused.content.decode()
    client.post(url, {"answer": "no", "f-nota": "falta", "reason": "Falta la firma del oficio"})
    page = page_of(client, world.task(case))
    assert "Regresó para corregirse" in page and "Falta la firma del oficio" in page and "Vuelta 2" in page


def test_the_same_form_twice_counts_once(world: World) -> None:
    case = at_review(world)
    task, act = world.task(case), str(uuid4())
    client = enter(world, "secretaria")
    for _time in range(2):
        typed = {"answer": "sí", "f-nota": "bien", "act": act}
        assert client.post(reverse("task", args=[task.pk]), typed).status_code == 302
    assert AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk, action="task.completed").count() == 2
    assert world.task(case).step == "3"


def test_of_two_people_the_second_is_told_who_did_it_and_when(world: World) -> None:
    case = at_review(world)
    task = world.task(case)
    colleague = make_person(world.institution, task.position)
    other = Client()
    other.force_login(colleague)
    enter(world, "secretaria").post(reverse("task", args=[task.pk]), {"answer": "sí", "f-nota": "bien"})
    answer = other.post(reverse("task", args=[task.pk]), {"answer": "no", "f-nota": "x", "reason": "y"})
    page = answer.content.decode()
    assert answer.status_code == 409 and world.people["secretaria"].full_name in page and "no cambió nada" in page
    assert world.task(case).step == "3"


def test_what_another_has_claimed_is_not_offered(world: World) -> None:
    case = at_review(world)
    task = world.task(case)
    colleague = make_person(world.institution, task.position)
    Task.objects.filter(pk=task.pk).update(assignee=colleague)
    page = page_of(enter(world, "secretaria"), task)
    assert "La atiende otra persona" in page and colleague.full_name in page and 'name="f-nota"' not in page


def test_a_draft_survives_and_comes_back(world: World) -> None:
    case = at_review(world)
    task = world.task(case)
    client = enter(world, "secretaria")
    saved = client.post(reverse("task_draft", args=[task.pk]), {"f-nota": "a medias", "reason": "lo pienso"})
    assert saved.status_code == 200 and Draft.objects.get().data["typed"] == {"nota": "a medias"}
    page = page_of(client, task)
    assert "a medias" in page and "lo pienso" in page and "Borrador guardado" in page
    client.post(reverse("task", args=[task.pk]), {"do": "draft", "f-nota": "otra vez"})
    assert Draft.objects.get().data["typed"] == {"nota": "otra vez"} and world.task(case).pk == task.pk
    client.post(reverse("task", args=[task.pk]), {"answer": "sí", "f-nota": "ya"})
    assert not Draft.objects.exists()


def test_a_draft_of_a_task_that_is_not_mine_is_not_kept(world: World) -> None:
    case = at_review(world)
    jefe = enter(world, "jefe")
    assert jefe.post(reverse("task_draft", args=[world.task(case).pk]), {"f-nota": "x"}).status_code == 409
    assert not Draft.objects.exists()


def test_claim_and_release(world: World) -> None:
    case = world.start()
    task = world.task(case)
    client = enter(world, "secretaria")
    assert "Tomar la tarea" in page_of(client, task)
    client.post(reverse("task_claim", args=[task.pk]))
    assert "Soltar la tarea" in page_of(client, task)
    client.post(reverse("task_release", args=[task.pk]))
    task.refresh_from_db()
    assert task.assignee is None


def test_a_substitute_is_told_for_whom_they_act(world: World) -> None:
    case = world.start()
    substitute = make_person(world.institution)
    stand_in(world.people["secretaria"], substitute)
    client = Client()
    client.force_login(substitute)
    page = page_of(client, world.task(case))
    assert f"en suplencia de {world.people['secretaria'].full_name}" in page and "Terminar la actividad" in page


def test_a_head_reassigns_with_a_reason(world: World) -> None:
    case = world.start()
    task = world.task(case)
    colleague = make_person(world.institution, task.position)
    url = reverse("task_reassign", args=[task.pk])
    assert enter(world, "secretaria").get(url).status_code == 404
    client = enter(world, "jefe")
    assert colleague.full_name in client.get(url).content.decode()
    assert client.post(url, {"to_person": colleague.pk, "reason": ""}).status_code == 422
    client.post(url, {"to_person": colleague.pk, "reason": "Carga de trabajo"})
    task.refresh_from_db()
    assert task.assignee == colleague


def test_required_papers_are_asked_for_and_kept_when_something_else_is_wrong() -> None:
    world = make_world({"pasos": PAPERS})
    case = world.start()
    task = world.task(case)
    client = enter(world, "secretaria")
    page = page_of(client, task)
    assert "Compare los datos con el oficio." in page and 'name="adjunto-0"' in page
    refused = client.post(reverse("task", args=[task.pk]), {})
    assert refused.status_code == 422 and "Falta adjuntar: Oficio" in refused.content.decode()
    lying = SimpleUploadedFile("oficio.pdf", b"MZ\x90\x00 no soy un PDF" * 20)
    assert client.post(reverse("task", args=[task.pk]), {"adjunto-0": lying}).status_code == 422
    assert not case.documents.exists()
    sent = SimpleUploadedFile("oficio.pdf", PDF)
    client.post(reverse("task", args=[task.pk]), {"adjunto-0": sent})
    case.refresh_from_db()
    assert case.status == "ended" and case.documents.get().kind == "Oficio"


def test_a_claimed_task_of_an_ended_case_is_closed_for_good(world: World) -> None:
    case = world.start()
    task = world.task(case)
    claim_task(task.pk, world.by("secretaria"))
    complete_task(task.pk, world.by("secretaria"))
    page = page_of(enter(world, "jefe"), task)
    assert f"Esta tarea ya la hizo {world.people['secretaria'].full_name}" in page
