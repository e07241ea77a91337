"""What activities issue: numbers without a gap, bytes that never change, codes that anybody may check."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pypdf import PdfReader

from turna.core.audit import verify
from turna.core.calendar import now
from turna.core.documents import shown_code
from turna.core.files import open_file
from turna.core.refusals import Refused
from turna.procedures import documents, services
from turna.procedures.models import Case, CaseDocument, DocumentSignature, Task
from turna.procedures.pages.verify import TRIES
from turna.procedures.services import complete_task

from .factories import World, make_world

pytestmark = pytest.mark.django_db

AT_ISSUE = """
  - paso: 1
    responsable: secretaria
    actividad: Elabora el dictamen
    captura: revision
    genera: {plantilla: dictamen, serie: oficios}
  - {paso: 2, responsable: jefe, actividad: Lo revisa, pregunta: ¿Está bien?, respuestas: {sí: fin, no: 1}}
"""
AT_SIGNATURE = """
  - paso: 1
    responsable: secretaria
    actividad: Elabora el dictamen y su anexo
    captura: revision
    genera: [{plantilla: dictamen, serie: oficios, numera: firmar}, anexo]
    firma: [jefe, cajero]
  - {paso: 2, responsable: secretaria, actividad: Lo entrega}
"""
FAILING = """
  - paso: 1
    responsable: secretaria
    actividad: Elabora
    captura: revision
    genera: [{plantilla: dictamen, serie: oficios}, roto]
  - {paso: 2, responsable: secretaria, actividad: Archiva}
"""
SHEET = """// Título: Dictamen técnico
#import "turna.typ": *
#show: documento
Dice: #campo("revision", "nota")
#firmas()
"""
ANNEX = '#import "turna.typ": *\n#show: documento.with(titulo: "Anexo")\nVea el dictamen.\n'
BROKEN = '#import "turna.typ": *\n#if campo("revision", "nota") == "romper" { panic("no") }\n= Roto\n'
NUMBERS = ["OF/0001", "OF/0002"]


@pytest.fixture
def world() -> World:
    return build()


def build() -> World:
    templates = {"dictamen": SHEET, "anexo": ANNEX, "roto": BROKEN}
    files = {f"plantillas__{name}.typ": text for name, text in templates.items()}
    return make_world({"emite": AT_ISSUE, "firma": AT_SIGNATURE, "falla": FAILING}, **files)


def issue(world: World, case: Case, note: str = "hola") -> None:
    complete_task(world.task(case, "1").pk, world.by("secretaria"), typed={"nota": note})


def sign(world: World, case: Case, who: str) -> None:
    services.sign_task(world.task(case, position__key=who, kind=Task.Kind.SIGN).pk, world.by(who))


def issued(case: Case, kind: str = "dictamen") -> list[CaseDocument]:
    return list(CaseDocument.objects.filter(case=case, kind=kind).order_by("version"))


def words(document: CaseDocument) -> str:
    with open_file(document.file) as file:
        return "\n".join(page.extract_text() for page in PdfReader(file).pages)


def numbers() -> list[str]:
    return [n.rpartition("/")[0] for n in CaseDocument.objects.exclude(number="").values_list("number", flat=True)]


# --- Numbers -----------------------------------------------------------------------


def test_a_document_takes_its_number_when_it_is_issued_and_keeps_it(world: World) -> None:
    first, second = world.start("emite"), world.start("emite")
    issue(world, first)
    complete_task(world.task(first, "2").pk, world.by("jefe"), answer="no", reason="Falta la causa")
    issue(world, first, "corregido")
    issue(world, second)
    assert [(d.version, d.number[:7]) for d in issued(first)] == [(1, NUMBERS[0]), (2, NUMBERS[0])]
    assert [d.number[:7] for d in issued(second)] == [NUMBERS[1]]
    last = issued(first)[-1]
    assert (last.title, last.number in words(last), "Dice: corregido" in words(last)) == (
        "Dictamen técnico",
        True,
        True,
    )


def test_a_document_takes_its_number_at_the_first_signature(world: World) -> None:
    case = world.start("firma")
    issue(world, case)
    assert [d.number for d in issued(case)] == [""]
    sign(world, case, "jefe")
    unnumbered, numbered = issued(case)
    assert (unnumbered.number, numbered.number[:7]) == ("", NUMBERS[0]) and numbered.number in words(numbered)
    sign(world, case, "cajero")
    signatures = DocumentSignature.objects.filter(document__kind="dictamen")
    assert {s.sha256 for s in signatures} == {numbered.sha256} and len(signatures) == 2
    final = issued(case)[-1]
    assert (final.version, final.number) == (3, numbered.number) and "Firmado electrónicamente" in words(final)
    assert list(verify()) == []


def test_all_the_documents_of_an_activity_are_signed(world: World) -> None:
    case = world.start("firma")
    issue(world, case)
    sign(world, case, "jefe")
    sign(world, case, "cajero")
    annex = issued(case, "anexo")
    assert [(d.version, d.title, d.number) for d in annex] == [(1, "Anexo", ""), (2, "Anexo", "")]
    assert annex[0].signatures.count() == 2


def test_what_is_sent_back_after_a_signature_keeps_its_number(world: World) -> None:
    case = world.start("firma")
    issue(world, case)
    sign(world, case, "jefe")
    task = world.task(case, position__key="cajero", kind=Task.Kind.SIGN)
    services.refuse_signature(task.pk, world.by("cajero"), "Falta la causa")
    issue(world, case, "corregido")
    sign(world, case, "jefe")
    assert {d.number[:7] for d in issued(case)} == {"", NUMBERS[0]} and issued(case)[-1].number[:7] == NUMBERS[0]


def test_an_act_that_fails_burns_no_number(world: World) -> None:
    case, other = world.start("falla"), world.start("falla")
    with pytest.raises(Refused, match="roto.typ, renglón 2"):
        issue(world, case, "romper")
    assert not CaseDocument.objects.exists() and world.task(case).step == "1"
    issue(world, other)
    issue(world, case)
    assert sorted(n[:7] for n in numbers()) == NUMBERS


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_numbers_without_a_gap() -> None:
    world = build()
    cases = [world.start("emite") for _ in range(20)]
    tasks, by = [world.task(case).pk for case in cases], world.by("secretaria")
    gate, wrong = threading.Barrier(len(tasks)), list[Exception]()

    def work(task_id: int) -> None:
        try:
            gate.wait(30)
            complete_task(task_id, by, typed={"nota": "hola"})
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == [] and sorted(numbers()) == [f"OF/{n:04}" for n in range(1, 21)]


# --- Bytes that never change -------------------------------------------------------


def test_a_document_can_be_made_again_from_what_is_kept_of_it(world: World) -> None:
    case = world.start("firma")
    issue(world, case)
    sign(world, case, "jefe")
    sign(world, case, "cajero")
    for document in CaseDocument.objects.filter(case=case):
        assert sha256(documents.made_again(document)).hexdigest() == document.sha256 == document.file.blob_id
        assert document.maker.startswith("typst 0.") and document.created_by_id is not None


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"number": "X"}, {"data": "{}"}, {"code": "0" * 12}])
def test_the_database_lets_nobody_change_a_document(world: World, change: dict[str, str]) -> None:
    case = world.start("emite")
    issue(world, case)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseDocument.objects.filter(case=case).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseDocument.objects.filter(case=case).delete()


# --- Checking a document -----------------------------------------------------------


@pytest.fixture
def paper(world: World) -> Iterator[CaseDocument]:
    case = world.start("emite")
    issue(world, case)
    yield issued(case)[0]


def look(code: str) -> tuple[int, str]:
    answer = Client().get(f"/verificar/{code}/")
    return answer.status_code, answer.content.decode()


def test_the_address_on_the_paper_tells_what_it_is_and_nothing_of_what_it_says(paper: CaseDocument) -> None:
    code = shown_code(paper.code)
    assert documents.verification_address(paper.code).endswith(f"/verificar/{code}/") and code in words(paper)
    status, page = look(code)
    assert status == 200
    for told in ("Vigente", "Dictamen técnico", paper.number, paper.case.folio, paper.sha256):
        assert told in page
    assert "hola" not in page and paper.created_by is not None and str(paper.created_by) not in page


def test_the_code_is_found_however_it_is_typed(paper: CaseDocument) -> None:
    typed = shown_code(paper.code).lower().replace("-", " ")
    answer = Client().get("/verificar/", {"code": typed}, follow=True)
    assert answer.status_code == 200 and "Vigente" in answer.content.decode()


def test_a_corrected_document_is_told_to_be_replaced_and_a_withdrawn_one_withdrawn(paper: CaseDocument) -> None:
    CaseDocument.objects.filter(pk=paper.pk).update(withdrawn_at=now(), withdrawn_reason="Error")
    assert "Retirado" in look(paper.code)[1]
    CaseDocument.objects.filter(pk=paper.pk).update(withdrawn_at=None)
    CaseDocument.objects.create(
        institution=paper.institution,
        case=paper.case,
        origin="issued",
        kind=paper.kind,
        title=paper.title,
        version=2,
        file=paper.file,
        sha256=paper.sha256,
        created_at=paper.created_at + timedelta(minutes=1),
    )
    assert "Sustituido" in look(paper.code)[1]


@pytest.mark.parametrize("code", ["0000-0000-0000", "corto", "x" * 60])
def test_a_code_that_was_never_given_is_not_found(paper: CaseDocument, code: str) -> None:
    status, page = look(code)
    assert status == 404 and paper.sha256 not in page


def test_what_cannot_be_a_code_is_told_before_looking(paper: CaseDocument) -> None:
    answer = Client().get("/verificar/", {"code": "corto"})
    assert answer.status_code == 422 and "doce letras y números" in answer.content.decode()
    assert Client().get("/verificar/").status_code == 200


def test_tries_are_limited(paper: CaseDocument) -> None:
    for _ in range(TRIES["limit"]):
        assert look("0000-0000-0000")[0] == 404
    status, page = look(paper.code)
    assert status == 429 and paper.sha256 not in page
