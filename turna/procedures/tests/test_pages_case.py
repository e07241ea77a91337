"""The page of a case and the acts on it, starting, the team and the search, as people meet them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from turna.core.calendar import now
from turna.core.models import Person, Position, PositionRight
from turna.core.tests.factories import make_institution, make_person, make_position, make_unit, stand_in
from turna.procedures.definitions import definition_of
from turna.procedures.models import Case, Comment, CorrectionNotice, Draft, Task
from turna.procedures.pages.case import passed
from turna.procedures.services import complete_task
from turna.procedures.tests.test_pages_task import PDF

from .factories import HEAD, TEN_STEPS, World, make_world

pytestmark = pytest.mark.django_db

TERMS = """plazo: {maximo: 15 días hábiles, fundamento: "Reglamento, artículo 9"}
reapertura: 5 días hábiles
prorroga: {maximo: 5 días hábiles, fundamento: "Reglamento, artículo 10"}
inicio:"""
LONG = HEAD.format(code=1, name="Pasos").replace("inicio:", TERMS).replace(
    "captura: solicitud", "captura: solicitud\n  en_nombre_de: servidor-publico"
) + TEN_STEPS.lstrip("\n")


@pytest.fixture
def world() -> World:
    return make_world({"pasos": LONG})


def enter(world: World, position: str) -> Client:
    return entered(world.people[position])


def entered(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def for_cashier(world: World) -> Case:
    """A case that the secretary has opened for the cashier."""
    from_them = {"solicitante-person": "cajero@prueba.mx", "f-cosa": "sillas", "channel": "ventanilla"}
    address = reverse("start", args=["prueba", "pasos"])
    assert enter(world, "secretaria").post(address, from_them).status_code == 302
    return Case.objects.latest("pk")


def case_page(client: Client, case: Case) -> str:
    return client.get(reverse("case", args=[case.folio])).content.decode()


def act(client: Client, case: Case, slug: str, **typed: object):
    return client.post(reverse("case_act", args=[case.folio, slug]), typed, follow=True)


def test_the_page_tells_where_it_stands_and_why_it_is_due_then(world: World) -> None:
    case = for_cashier(world)
    page = case_page(enter(world, "secretaria"), case)
    assert case.folio in page and "Solicitud de sillas" in page and "Recibe la solicitud" in page
    assert "Plazo de 15 días hábiles" in page and "Reglamento, artículo 9" in page
    assert "día 15" in page and "no cuenta, sábado" in page
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page and "Aquí está" in page
    assert "Se abrió el expediente." in page and "Atender la tarea" in page


def test_the_history_is_in_words_with_who_in_which_post(world: World) -> None:
    case = for_cashier(world)
    complete_task(world.task(case).pk, world.by("secretaria"))
    substitute = make_person(world.institution, given_names="Suplente")
    stand_in(world.people["secretaria"], substitute)
    url = reverse("task", args=[world.task(case).pk])
    entered(substitute).post(url, {"answer": "no", "reason": "Falta el sello", "f-nota": "x"})
    page = case_page(enter(world, "jefe"), case)
    assert "Terminó 2. Revisa. ¿Está bien? No." in page and "Falta el sello" in page
    assert f"Secretaria · en suplencia de {world.people['secretaria'].full_name}" in page


def test_strangers_get_the_same_as_if_there_were_none(world: World) -> None:
    case = for_cashier(world)
    elsewhere = make_institution("otra")
    stranger = make_person(elsewhere, make_position(make_unit(elsewhere), is_head=True))
    for path in ("case", "receipt", "case_flowchart"):
        assert entered(stranger).get(reverse(path, args=[case.folio])).status_code == 404
    assert entered(stranger).get(reverse("case_act", args=[case.folio, "comentar"])).status_code == 404
    assert entered(stranger).get(reverse("task", args=[world.task(case).pk])).status_code == 404
    found = entered(stranger).get(reverse("case_search"), {"q": case.folio}).content.decode()
    assert reverse("case", args=[case.folio]) not in found


def test_an_internal_comment_never_reaches_the_applicant(world: World) -> None:
    case = for_cashier(world)
    act(enter(world, "secretaria"), case, "comentar", audience="internal", text="Ojo con este")
    act(enter(world, "secretaria"), case, "comentar", audience="applicant", text="Vamos bien")
    assert Comment.objects.count() == 2
    page = case_page(enter(world, "cajero"), case)
    assert "Ojo con este" not in page and "Vamos bien" in page
    assert "Ojo con este" in case_page(enter(world, "jefe"), case)


def test_attached_files_are_listed_and_lies_are_told(world: World) -> None:
    case = for_cashier(world)
    client = enter(world, "secretaria")
    lie = SimpleUploadedFile("oficio.pdf", b"MZ\x90\x00" * 50)
    refused = client.post(reverse("case_act", args=[case.folio, "adjuntar"]), {"kind": "Oficio", "upload": lie})
    assert refused.status_code == 422 and not case.documents.exists()
    act(client, case, "adjuntar", kind="Oficio", title="Oficio 12", upload=SimpleUploadedFile("oficio.pdf", PDF))
    assert "Oficio 12" in case_page(client, case)
    assert "Oficio 12" not in case_page(enter(world, "cajero"), case)


def test_a_correction_is_asked_answered_and_told(world: World) -> None:
    case = for_cashier(world)
    asked = {"text": "Falta la firma", "legal_ground": "Artículo 3", "amount": 5, "unit_of_time": "working_days"}
    act(enter(world, "secretaria"), case, "prevenir", **asked)
    case.refresh_from_db()
    assert case.status == "suspended" and CorrectionNotice.objects.get().text == "Falta la firma"
    client = enter(world, "cajero")
    assert "Falta la firma" in case_page(client, case)
    page = act(client, case, "contestar", text="Aquí está firmado").content.decode()
    case.refresh_from_db()
    assert case.status == "open" and "El plazo vuelve a correr" in page


def test_only_the_head_moves_extends_and_cancels(world: World) -> None:
    case = for_cashier(world)
    for slug in ("mover", "prorrogar", "cancelar", "reabrir"):
        address = reverse("case_act", args=[case.folio, slug])
        for position in ("secretaria", "cajero"):
            assert enter(world, position).get(address).status_code == 404
            assert enter(world, position).post(address, {"reason": "x"}).status_code == 404
    head = enter(world, "jefe")
    due = case.due_at
    act(head, case, "prorrogar", amount=5, unit_of_time="working_days", reason="Obra", legal_ground="Artículo 10")
    act(head, case, "mover", to_step="4", reason="Se capturó mal")
    case.refresh_from_db()
    assert case.due_at > due and world.task(case).step == "4"
    act(head, case, "cancelar", reason="Duplicado")
    act(head, case, "reabrir", reason="No era duplicado")
    case.refresh_from_db()
    page = case_page(head, case)
    assert (
        case.status == "open" and "Se canceló el expediente." in page and "Se movió el expediente a 4. Prepara" in page
    )


def test_the_applicant_may_desist(world: World) -> None:
    case = for_cashier(world)
    act(enter(world, "cajero"), case, "desistir", reason="Ya no hace falta")
    case.refresh_from_db()
    assert case.status == "withdrawn"


def test_a_new_code_is_shown_once(world: World) -> None:
    case = for_cashier(world)
    client = enter(world, "secretaria")
    before = case.code_digest
    page = client.post(reverse("case_act", args=[case.folio, "nuevo-codigo"]), follow=True).content.decode()
    case.refresh_from_db()
    assert case.code_digest != before and "Código secreto" in page
    assert "Código secreto" not in client.get(reverse("receipt", args=[case.folio])).content.decode()


def test_what_may_be_started_is_offered_and_nothing_else(world: World) -> None:
    page = enter(world, "secretaria").get(reverse("start_catalogue")).content.decode()
    assert "Pasos" in page and "Cosa" in page
    assert "Pasos" not in enter(world, "secretaria").get(reverse("start_catalogue"), {"q": "zzz"}).content.decode()
    elsewhere = make_institution("otra")
    stranger = entered(make_person(elsewhere, make_position(make_unit(elsewhere))))
    assert "Su puesto no inicia trámites" in stranger.get(reverse("start_catalogue")).content.decode()
    for method in (stranger.get, stranger.post):
        assert method(reverse("start", args=["prueba", "pasos"])).status_code == 404


def test_starting_on_behalf_shows_the_code_once_on_the_receipt(world: World) -> None:
    client = enter(world, "secretaria")
    typed = {"solicitante-person": "cajero@prueba.mx", "f-cosa": "mesas", "channel": "correo"}
    page = client.post(reverse("start", args=["prueba", "pasos"]), typed, follow=True).content.decode()
    case = Case.objects.get()
    assert case.folio in page and "Código secreto" in page
    assert (case.applicant, case.channel, case.subject) == (world.people["cajero"], "correo", "Solicitud de mesas")
    assert "Código secreto" not in client.get(reverse("receipt", args=[case.folio])).content.decode()


def test_starting_for_somebody_without_account(world: World) -> None:
    typed = {"solicitante-name": "Persona Inventada", "solicitante-email": "p@ejemplo.mx", "f-cosa": "agua"}
    enter(world, "secretaria").post(reverse("start", args=["prueba", "pasos"]), typed)
    case = Case.objects.get()
    assert (case.applicant, case.applicant_name, case.applicant_email) == (None, "Persona Inventada", "p@ejemplo.mx")


def test_an_applicant_may_be_named_when_only_one_has_that_name(world: World) -> None:
    address = reverse("start", args=["prueba", "pasos"])
    client = enter(world, "secretaria")
    assert client.post(address, {"solicitante-person": "inventada", "f-cosa": "agua"}).status_code == 422
    client.post(address, {"solicitante-person": "cajero inventada", "f-cosa": "agua"})
    assert Case.objects.get().applicant == world.people["cajero"]


def test_a_refused_start_keeps_what_was_typed(world: World) -> None:
    client = enter(world, "secretaria")
    address = reverse("start", args=["prueba", "pasos"])
    answer = client.post(address, {"solicitante-name": "Persona Inventada", "f-importe": "mil"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "mil" in page and 'href="#f-cosa"' in page and "Persona Inventada" in page
    answer = client.post(address, {"f-cosa": "agua"})
    assert answer.status_code == 422 and "Diga para quién es" in answer.content.decode()
    assert "agua" in answer.content.decode() and not Case.objects.exists()


def test_the_same_start_twice_opens_one_case(world: World) -> None:
    typed = {"solicitante-name": "Persona", "f-cosa": "agua", "act": "0a0a0a0a-0000-4000-8000-000000000001"}
    for _time in range(2):
        enter(world, "secretaria").post(reverse("start", args=["prueba", "pasos"]), typed)
    assert Case.objects.count() == 1


def test_a_start_can_wait_as_a_draft(world: World) -> None:
    client = enter(world, "secretaria")
    client.post(reverse("start_draft", args=["prueba", "pasos"]), {"f-cosa": "medio", "solicitante-name": "Alguien"})
    page = client.get(reverse("start", args=["prueba", "pasos"])).content.decode()
    assert "medio" in page and "Alguien" in page and Draft.objects.count() == 1


def test_people_are_suggested_to_officials_only(world: World) -> None:
    address = reverse("start_people")
    found = enter(world, "secretaria").get(address, {"solicitante-person": "caj"}).content.decode()
    assert "cajero@prueba.mx" in found
    outsider = make_person(make_institution("otra"))
    assert "@" not in entered(outsider).get(address, {"solicitante-person": "caj"}).content.decode()


def test_the_team_shows_load_and_every_number_leads_to_its_list(world: World) -> None:
    case = for_cashier(world)
    late = now().replace(year=2020)
    Task.objects.filter(case=case).update(due_at=late, order_at=late)
    page = enter(world, "jefe").get(reverse("team")).content.decode()
    person = world.people["secretaria"]
    link = f"{reverse('inbox')}?vista=unit&amp;persona={person.pk}&amp;plazo=overdue"
    assert person.full_name in page and link in page
    listed = enter(world, "jefe").get(link.replace("&amp;", "&")).content.decode()
    assert case.folio in listed and f"Las tiene: {person.full_name}" in listed
    make_person(world.institution, Position.objects.get(key="secretaria"))
    shared = enter(world, "jefe").get(reverse("team")).content.decode()
    position = Position.objects.get(key="secretaria")
    assert f"vista=unit&amp;libres=1&amp;puesto={position.pk}" in shared
    assert case.folio in enter(world, "jefe").get(reverse("inbox") + "?vista=unit&libres=1").content.decode()
    assert enter(world, "secretaria").get(reverse("team")).status_code == 404


def test_the_team_names_the_absent_and_their_substitutes(world: World) -> None:
    substitute = make_person(world.institution, given_names="Suplente")
    stand_in(world.people["secretaria"], substitute)
    assert substitute.full_name in enter(world, "jefe").get(reverse("team")).content.decode()


def test_a_head_reassigns_marked_tasks(world: World) -> None:
    tasks = [world.task(for_cashier(world)) for _one in range(2)]
    colleague = make_person(world.institution, tasks[0].position)
    typed = {"task": [t.pk for t in tasks], "to_person": colleague.pk, "reason": "Vacaciones"}
    enter(world, "secretaria").post(reverse("inbox_reassign"), typed)
    assert not Task.objects.filter(assignee=colleague).exists()
    enter(world, "jefe").post(reverse("inbox_reassign"), typed)
    assert Task.objects.filter(assignee=colleague).count() == 2


def test_marked_tasks_are_routed_to_another_position(world: World) -> None:
    tasks = [world.task(for_cashier(world)) for _one in range(2)]
    target = Position.objects.get(key="cajero")
    typed = {"task": [t.pk for t in tasks], "to": target.pk, "instruction": "Atiéndanlas", "unit_of_time": "hours"}
    page = enter(world, "secretaria").post(reverse("inbox_route"), typed, follow=True).content.decode()
    assert "Se turnaron 2 tareas." in page
    assert set(Task.objects.filter(pk__in=typed["task"]).values_list("position", flat=True)) == {target.pk}


def test_a_routed_part_is_answered_and_the_task_goes_on(world: World) -> None:
    case = for_cashier(world)
    task = world.task(case)
    target = Position.objects.get(key="cajero")
    typed = {"to": [target.pk], "instruction": "¿Hay dinero?", "hand_over": "mine", "unit_of_time": "working_days"}
    enter(world, "secretaria").post(reverse("task_route", args=[task.pk]), typed)
    part = Task.objects.get(case=case, kind="routed")
    assert "Espera 1 respuesta" in enter(world, "secretaria").get(reverse("task", args=[task.pk])).content.decode()
    assert "¿Hay dinero?" in enter(world, "cajero").get(reverse("task", args=[part.pk])).content.decode()
    enter(world, "cajero").post(reverse("task_answer", args=[part.pk]), {"text": "Sí hay"})
    page = enter(world, "secretaria").get(reverse("task", args=[task.pk])).content.decode()
    assert "Sí hay" in page and "Terminar la actividad" in page


def test_search_finds_by_number_word_and_applicant_within_ones_rights(world: World) -> None:
    case = for_cashier(world)
    number = case.folio.rsplit("/", 1)[1].lstrip("0")
    client = enter(world, "secretaria")
    for words in (number, "silla", "SÍLLAS", case.folio[:8].lower(), world.people["cajero"].surname1):
        assert case.folio in client.get(reverse("case_search"), {"q": words}).content.decode(), words
    assert client.get(reverse("case_search"), {"q": case.folio})["Location"] == reverse("case", args=[case.folio])
    assert "No hay expedientes" in client.get(reverse("case_search"), {"q": "zanahoria"}).content.decode()
    other = make_person(world.institution, make_position(None, institution=world.institution))
    assert case.folio not in entered(other).get(reverse("case_search"), {"q": "silla"}).content.decode()
    PositionRight.objects.create(
        institution=world.institution, position=Position.objects.get(key="cajero"), right="cases.see_all"
    )
    second = world.start()
    assert second.folio in enter(world, "cajero").get(reverse("case_search"), {"q": "silla"}).content.decode()


@pytest.mark.parametrize(
    "words", ["'", '"', "%", "_", "a", "(", "AND", "NEAR", "*", ":*", "\0", "é" * 500, "1 2 3 4 5 6 7 8 9"]
)
def test_no_word_breaks_the_search(world: World, words: str) -> None:
    world.start()
    for page in ("case_search", "inbox"):
        assert enter(world, "secretaria").get(reverse(page), {"q": words}).status_code in {200, 302}


WHO = """
nombre: Solicitud
asunto: "Solicitud de {cosa}"
secciones:
  - titulo: Datos
    campos:
      - {clave: cosa, etiqueta: Cosa, tipo: texto, obligatorio: sí}
      - {clave: espera, etiqueta: Quién espera, tipo: texto, precarga: solicitante.nombre}
"""


@pytest.mark.parametrize("on_behalf", [True, False])
def test_the_starter_is_not_taken_for_the_applicant(on_behalf: bool) -> None:
    text = LONG if on_behalf else LONG.replace("\n  en_nombre_de: servidor-publico", "")
    world = make_world({"pasos": text}, **{"formatos__solicitud.yaml": WHO})
    page = enter(world, "secretaria").get(reverse("start", args=["prueba", "pasos"]))
    begun = page.context["sheet"].values.get("espera")
    assert begun == (None if on_behalf else world.people["secretaria"].full_name)


def test_what_was_done_before_a_return_is_ahead_again(world: World) -> None:
    case = for_cashier(world)
    told = {}
    walk = (("1", None), ("2", "sí"), ("3", None), ("4", None), ("5", None), ("6", "no"), ("3", None))
    for turn, (step, answer) in enumerate(walk):
        task = Task.objects.get(case=case, status="open", step=step)
        typed = {"nota": "Bien"} if step == "2" else {}
        reason = "Falta un dato" if answer == "no" else ""
        complete_task(task.pk, world.by(task.position.key), answer=answer, reason=reason, typed=typed)
        told[turn] = passed(case, definition_of(case.version_id))

    assert told[4] == {"1", "2", "3", "4", "5"}
    assert told[5] == {"1", "2"}, "sent back to 3: what comes after it is still to be done"
    assert told[6] == {"1", "2", "3"}
