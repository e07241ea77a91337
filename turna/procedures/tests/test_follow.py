"""Following a folio without an account: both right or nothing, few tries, and only what concerns the applicant."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from turna.core.calendar import clock_at, now
from turna.core.files import store_bytes
from turna.core.models import Institution, Person
from turna.procedures.documents import OWNER_KIND
from turna.procedures.models import Case, CaseDocument, Comment, CorrectionNotice, Suspension, Task
from turna.procedures.pages.follow import TRIES
from turna.procedures.services import Started, complete_task, start_case
from turna.procedures.tests.factories import World, make_world

pytestmark = pytest.mark.django_db

WRONG = "El folio y el código no coinciden"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def started(world: World) -> Started:
    return start_case(world.procedure("pasos").pk, world.by("secretaria"), typed={"cosa": "sillas", "importe": "99.50"})


@pytest.fixture
def followed(client: Client, started: Started) -> Client:
    ask(client, started.folio, started.code)
    return client


def ask(client: Client, folio: str, code: str, **more: Any) -> Any:
    return client.post(reverse("follow"), {"folio": folio, "code": code}, **more)


def read(client: Client) -> str:
    response = client.get(reverse("follow_case"))
    assert response.status_code == 200
    return response.content.decode()


def document(case_id: int, name: str, *, for_applicant: bool, **more: Any) -> CaseDocument:
    case = Case.objects.get(pk=case_id)
    stored = store_bytes(
        b"%PDF-1.7\n" + name.encode(), institution_id=case.institution_id, name=f"{name}.pdf", owner_kind=OWNER_KIND,
        owner_id=case.pk,
    )  # fmt: skip
    return CaseDocument.objects.create(
        institution_id=case.institution_id, case=case, origin="attached", kind="oficio", title=name, file=stored,
        sha256=stored.blob_id, for_applicant=for_applicant, created_at=now(), **more,
    )  # fmt: skip


def correction(case_id: int, world: World, text: str = "Falta su identificación") -> CorrectionNotice:
    case = Case.objects.get(pk=case_id)
    Case.objects.filter(pk=case_id).update(status="suspended")
    row = CorrectionNotice.objects.create(
        institution_id=case.institution_id, case=case, text=text, asked_by=world.people["jefe"], asked_at=now(),
        due_at=now(), legal_ground="Artículo 9",
    )  # fmt: skip
    Suspension.objects.create(
        institution_id=case.institution_id, case=case, starts_at=now(), reason="Prevención", correction=row
    )
    return row


def test_folio_and_code_open_the_case(client: Client, started: Started) -> None:
    response = ask(client, started.folio, started.code)
    assert response.status_code == 302
    html = read(client)
    assert started.folio in html and "En trámite" in html and "Recibe la solicitud" in html and "Oficina" in html
    assert started.code not in html


def test_they_are_typed_as_people_type(client: Client, started: Started) -> None:
    sloppy = f" {started.folio.lower()} ", f" {started.code.lower()[:5]} {started.code.lower()[5:]} "
    assert ask(client, *sloppy).status_code == 302


def test_nothing_tells_which_of_the_two_was_wrong(client: Client, started: Started) -> None:
    wrong_code = ask(client, started.folio, "AAAAAAAAAA")
    wrong_folio = ask(client, "AP/1999/00001", started.code)
    assert wrong_code.status_code == wrong_folio.status_code == 422
    one, other = (
        r.content.decode().split('<div class="error-summary"')[1].split("</form>")[0] for r in (wrong_code, wrong_folio)
    )
    assert WRONG in one and WRONG in other
    assert (
        one.replace(started.folio, "X").replace("AAAAAAAAAA", "Y").split("csrf")[0]
        == other.replace("AP/1999/00001", "X").replace(started.code, "Y").split("csrf")[0]
    )
    assert client.get(reverse("follow_case")).status_code == 302


@pytest.mark.parametrize(("folio", "code"), [("", ""), ("AP/2026/00001", ""), ("\0", "\0"), ("x" * 500, "y" * 500)])
def test_nonsense_is_refused_in_words(client: Client, world: World, folio: str, code: str) -> None:
    response = ask(client, folio, code)
    assert response.status_code == 422
    assert "Falta corregir algo" in response.content.decode()


def test_a_case_without_code_is_followed_by_nobody(client: Client, started: Started) -> None:
    Case.objects.filter(pk=started.case_id).update(code_digest="")
    for code in ("", " ", "-", started.code):
        assert ask(client, started.folio, code).status_code == 422


def test_tries_are_limited_even_for_the_right_code(client: Client, started: Started) -> None:
    for _number in range(TRIES["limit"]):
        assert ask(client, started.folio, "AAAAAAAAAA").status_code == 422
    late = ask(client, started.folio, started.code)
    assert late.status_code == 429
    assert "demasiados intentos" in late.content.decode()
    assert ask(Client(), started.folio, started.code, REMOTE_ADDR="203.0.113.7").status_code == 302


def test_a_folio_is_guarded_from_many_addresses(started: Started) -> None:
    for number in range(30):
        ask(Client(), started.folio, "AAAAAAAAAA", REMOTE_ADDR=f"203.0.113.{number}")
    assert ask(Client(), started.folio, started.code, REMOTE_ADDR="203.0.113.200").status_code == 429


def test_it_is_over_after_two_hours_and_when_one_says_so(followed: Client) -> None:
    later = now().replace(year=now().year + 1)
    with clock_at(later):
        assert followed.get(reverse("follow_case")).status_code == 302
    assert read(followed)
    followed.post(reverse("follow_end"))
    assert followed.get(reverse("follow_case")).status_code == 302


def test_only_what_concerns_the_applicant_is_told(followed: Client, started: Started, world: World) -> None:
    case = Case.objects.get(pk=started.case_id)
    author = world.people["jefe"]
    for audience, text in (("internal", "Esto es entre nosotros"), ("applicant", "Pase por su respuesta")):
        Comment.objects.create(
            institution=world.institution, case=case, author=author, audience=audience, text=text, at=now()
        )
    Task.objects.filter(case=case).update(came_reason="Razón interna", instruction="Instrucción interna")
    document(case.pk, "Respuesta oficial", for_applicant=True)
    document(case.pk, "Papel interno", for_applicant=False)
    document(case.pk, "Papel retirado", for_applicant=True, withdrawn_at=now())
    html = read(followed)
    for told in ("Pase por su respuesta", "Respuesta oficial", "sillas"):
        assert told in html, told
    for hidden in (
        "entre nosotros",
        "Razón interna",
        "Instrucción interna",
        "Papel interno",
        "Papel retirado",
        "99.50",
    ):
        assert hidden not in html, hidden
    for person in Person.objects.all():
        assert person.full_name not in html and person.email not in html


def test_the_page_costs_few_queries_and_is_never_kept(
    followed: Client, started: Started, django_assert_max_num_queries: Any
) -> None:
    read(followed)
    with django_assert_max_num_queries(12):
        response = followed.get(reverse("follow_case"))
    assert "no-store" in response["Cache-Control"]


def test_documents_are_given_to_whoever_follows_this_case_only(
    followed: Client, started: Started, world: World
) -> None:
    mine = document(started.case_id, "Para usted", for_applicant=True)
    internal = document(started.case_id, "Interno", for_applicant=False)
    other = document(world.start().pk, "De otro", for_applicant=True)
    response = followed.get(reverse("follow_file", args=[mine.pk]))
    assert response.status_code == 200 and b"Para usted" in b"".join(response.streaming_content)
    assert response["X-Content-Type-Options"] == "nosniff"
    for row in (internal, other):
        assert followed.get(reverse("follow_file", args=[row.pk])).status_code == 404
    assert Client().get(reverse("follow_file", args=[mine.pk])).status_code == 404


def test_a_pending_correction_is_answered_here(followed: Client, started: Started, world: World) -> None:
    pending = correction(started.case_id, world)
    html = read(followed)
    assert "Falta su identificación" in html and "Artículo 9" in html and "el plazo no corre" in html
    empty = followed.post(reverse("follow_answer"), {"text": " "})
    assert empty.status_code == 422 and "Falta corregir algo" in empty.content.decode()
    paper = BytesIO(b"%PDF-1.7\nmi identificacion\n%%EOF")
    paper.name = "identificacion.pdf"
    sent = followed.post(reverse("follow_answer"), {"text": "Aquí está", "upload": paper})
    assert sent.status_code == 302
    pending.refresh_from_db()
    assert (pending.status, pending.answer) == ("answered", "Aquí está")
    assert Case.objects.get(pk=started.case_id).status == "open"
    assert CaseDocument.objects.get(case=started.case_id).title == "identificacion.pdf"
    again = followed.post(reverse("follow_answer"), {"text": "Otra vez"}, follow=True)
    assert "Ya no hay nada pendiente" in again.content.decode()


def test_a_file_that_is_not_what_it_says_keeps_what_was_typed(followed: Client, started: Started, world: World) -> None:
    pending = correction(started.case_id, world)
    lie = BytesIO(b"MZ\x90\x00 esto es un programa")
    lie.name = "identificacion.pdf"
    response = followed.post(reverse("follow_answer"), {"text": "Mi respuesta larga", "upload": lie})
    assert response.status_code == 422 and "Mi respuesta larga" in response.content.decode()
    pending.refresh_from_db()
    assert pending.status == "pending" and not CaseDocument.objects.filter(case=started.case_id).exists()


def test_nobody_answers_without_having_shown_the_code(client: Client, started: Started, world: World) -> None:
    pending = correction(started.case_id, world)
    assert client.post(reverse("follow_answer"), {"text": "Soy otro"}).status_code == 302
    pending.refresh_from_db()
    assert pending.status == "pending"


def test_the_end_is_told_with_its_outcome_and_the_manuals_own_notice(
    followed: Client, started: Started, world: World
) -> None:
    case = Case.objects.get(pk=started.case_id)
    for position, step, answer in (
        ("secretaria", "1", None), ("secretaria", "2", "sí"), ("jefe", "3", None), ("secretaria", "4", None),
        ("secretaria", "5", None), ("cajero", "6", "sí"), ("cajero", "7", None), ("secretaria", "8", None),
        ("jefe", "9", None), ("secretaria", "10", None),
    ):  # fmt: skip
        typed = {"nota": "bien"} if step == "2" else None
        complete_task(world.task(case, step).pk, world.by(position), answer=answer, typed=typed)
    html = read(followed)
    assert "Su solicitud quedó atendida" in html and "Concluido" in html
    assert "Debe resolverse" not in html and "Ahora" not in html


# --- Several institutions ---------------------------------------------------------------


@pytest.fixture
def first() -> Institution:
    """An institution that is older than the one of the case."""
    return Institution.objects.create(pk=1, key="primera", name="Ayuntamiento Primero")


def test_a_folio_of_any_institution_of_the_install_is_found(client: Client, first: Institution) -> None:
    world = make_world()
    assert world.institution.pk > first.pk
    by = world.by("secretaria")
    started = start_case(world.procedure("pasos").pk, by, typed={"cosa": "sillas", "importe": "99.50"})
    assert "Ayuntamiento Primero" in client.get("/").content.decode()
    assert ask(client, started.folio, started.code).status_code == 302
    assert world.institution.name in read(client)
    assert WRONG in ask(client, started.folio, "nada").content.decode()


def test_a_visitor_chooses_whose_manual_to_read(client: Client, first: Institution) -> None:
    world = make_world()
    page = reverse("procedure", args=["prueba", "pasos"])
    assert client.get(page).status_code == 200  # the address itself names the institution
    assert "pasos" not in client.get(reverse("catalogue")).content.decode()
    home = client.get("/").content.decode()
    there = reverse("choose_institution", args=[world.institution.key])
    assert there in home
    assert client.get(there, follow=True).redirect_chain[-1][0] == "/"
    assert reverse("procedure", args=["prueba", "pasos"]) in client.get(reverse("catalogue")).content.decode()
    assert client.get(reverse("choose_institution", args=["ninguna"])).status_code == 404


def test_an_official_stays_in_their_own(client: Client, first: Institution) -> None:
    world = make_world()
    client.force_login(world.people["secretaria"])
    client.get(reverse("choose_institution", args=[first.key]))
    assert reverse("procedure", args=["prueba", "pasos"]) in client.get(reverse("catalogue")).content.decode()
