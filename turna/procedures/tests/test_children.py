"""A procedure that another one calls: what it knows at birth, how each finds the other, and the end of who called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from turna.core.audit import verify
from turna.core.calendar import clock_at, now
from turna.core.models import AuditEntry, Notice
from turna.procedures import services
from turna.procedures.models import Case, Filing
from turna.procedures.services.due import run_due

from .factories import World, make_world

MONDAY = datetime(2026, 6, 1, 16, tzinfo=UTC)
LATER = datetime(2026, 6, 20, 16, tzinfo=UTC)
GOODS = """
nombre: Bienes
campos:
  - {clave: cosa, etiqueta: Cosa, tipo: texto}
  - {clave: importe, etiqueta: Importe, tipo: texto}
  - {clave: area, etiqueta: Área, tipo: texto}
  - clave: bienes
    etiqueta: Bienes
    tipo: tabla
    columnas:
      - {clave: marca, etiqueta: Marca, tipo: texto}
      - {clave: serie, etiqueta: Serie, tipo: texto}
"""
LABEL = """
nombre: Etiqueta
campos:
  - {clave: marca, etiqueta: Marca, tipo: texto, obligatorio: sí}
  - {clave: serie, etiqueta: Serie, tipo: texto}
  - {clave: area, etiqueta: Área, tipo: texto}
  - {clave: importe, etiqueta: Importe, tipo: dinero}
  - {clave: nota, etiqueta: Nota, tipo: texto, obligatorio: sí}
"""
HEAD = """
clave: PR-{code}
nombre: {name}
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio: {{por: [secretaria], captura: {form}}}
actividades:
"""
PARENT = (
    HEAD.format(code=1, name="Entrega", form="vale")
    + """
  - {paso: 1, responsable: secretaria, actividad: Recibe}
  - {paso: 2, responsable: cajero, actividad: Etiqueta cada bien, por_cada: vale.bienes, llama: etiquetado}
  - {paso: 3, responsable: secretaria, actividad: Entrega}
"""
)
TIMED = (
    HEAD.format(code=2, name="Con plazo", form="vale")
    + """
  - paso: 1
    responsable: secretaria
    actividad: Espera la etiqueta
    llama: etiquetado
    plazo: {maximo: 2 días hábiles, al_vencer: {fin: vencido}}
"""
)
APART = (
    HEAD.format(code=3, name="Sin esperar", form="vale")
    + """
  - {paso: 1, responsable: secretaria, actividad: Pide la etiqueta, llama: {procedimiento: etiquetado, espera: no}}
  - {paso: 2, responsable: secretaria, actividad: Sigue}
"""
)
CHILD = (
    HEAD.format(code=4, name="Etiquetado", form="etiqueta")
    + """
  - {paso: 1, responsable: cajero, actividad: Imprime la etiqueta, sigue: {fin: etiquetado}}
"""
)
GOOD = [{"marca": "HP", "serie": "A1"}, {"marca": "Dell", "serie": "B2"}]
ROWS = {"area": "Catastro", "importe": "10", "bienes": GOOD}


@pytest.fixture
def world(db: None) -> World:
    called = {"entrega": PARENT, "plazo": TIMED, "aparte": APART, "etiquetado": CHILD}
    return make_world(called, **{"formatos__vale.yaml": GOODS, "formatos__etiqueta.yaml": LABEL})


def called(world: World) -> tuple[Case, list[Case]]:
    case = world.start("entrega", typed=ROWS)
    services.complete_task(world.task(case, "1").pk, world.by("secretaria"))
    return case, list(Case.objects.filter(parent=case).order_by("pk"))


def test_a_child_knows_the_applicant_the_subject_its_row_and_the_fields_of_the_same_key(world: World) -> None:
    case, children = called(world)
    assert [c.subject for c in children] == [f"{case.subject}: HP", f"{case.subject}: Dell"]
    assert {c.applicant for c in children} == {case.applicant}
    filed = [Filing.objects.get(case=child).values for child in children]
    assert filed == [
        {"marca": "HP", "serie": "A1", "area": "Catastro"},
        {"marca": "Dell", "serie": "B2", "area": "Catastro"},
    ], "`importe` is of another type there, and nobody knows `nota`"


def test_each_page_leads_to_the_other_and_tells_the_outcome(world: World) -> None:
    case, children = called(world)
    services.complete_task(world.task(children[0]).pk, world.by("cajero"))
    client = Client()
    client.force_login(world.people["cajero"])
    page = client.get(f"/expedientes/{children[0].folio}/").content.decode()
    assert case.folio in page and "Pidió este trámite" in page
    client.force_login(world.people["secretaria"])
    page = client.get(f"/expedientes/{case.folio}/").content.decode()
    assert page.count("Lo pidió este expediente") == 2 and "Etiquetado" in page
    assert f"Terminó el trámite relacionado {children[0].folio}: etiquetado." in page
    services.complete_task(world.task(children[1]).pk, world.by("cajero"))
    assert world.task(case).step == "3"


def test_officials_of_the_parent_read_of_children_that_they_may_not_open(world: World) -> None:
    case, children = called(world)
    Case.objects.filter(pk=children[0].pk).update(applicant=None, opened_by=None)
    client = Client()
    client.force_login(world.people["secretaria"])
    page = client.get(f"/expedientes/{case.folio}/").content.decode()
    assert f'<span class="folio">{children[0].folio}</span>' in page
    assert client.get(f"/expedientes/{children[0].folio}/").status_code == 404


def test_when_the_term_ends_the_parent_the_childs_people_are_told_once(world: World) -> None:
    with clock_at(MONDAY):
        case = world.start("plazo", typed=ROWS)
    child = Case.objects.get(parent=case)
    for _sweep in range(3):
        with clock_at(LATER):
            run_due(LATER)
    case.refresh_from_db()
    child.refresh_from_db()
    assert (case.outcome, child.status) == ("vencido", "open")
    assert AuditEntry.objects.filter(chain_kind="case", chain_id=child.pk, action="parent.ended").count() == 1
    assert Notice.objects.filter(person=world.people["cajero"], subject__contains="terminó el trámite").count() == 1
    client = Client()
    client.force_login(world.people["cajero"])
    page = client.get(f"/expedientes/{child.folio}/").content.decode()
    assert "Terminó el expediente que pidió este, que sigue su curso." in page and f"{case.folio}: vencido" in page
    services.complete_task(world.task(child).pk, world.by("cajero"))
    assert list(verify()) == []


def test_a_child_that_nobody_waits_for_is_not_told(world: World) -> None:
    case = world.start("aparte", typed=ROWS)
    services.complete_task(world.task(case, "2").pk, world.by("secretaria"))
    run_due(now())
    child = Case.objects.get(parent=case)
    assert child.status == "open"
    assert not AuditEntry.objects.filter(chain_id=child.pk, action="parent.ended").exists()
