"""Whose a task or a signature is when the post is looked for in a unit, and how rows that name units are told."""

from __future__ import annotations

import pytest
from pypdf import PdfReader

from turna.core.files import open_file
from turna.core.rights import standing_of
from turna.procedures.models import Case, CaseDocument, DocumentSignature, Task
from turna.procedures.services import complete_task, sign_task

from .factories import World, make_world

ASKED = """nombre: Áreas
campos:
  - {clave: areas, etiqueta: Áreas, tipo: tabla, columnas: [{clave: area, etiqueta: Área, tipo: unidad}]}
  - {clave: atiende, etiqueta: Atiende, tipo: unidad}
"""
STEPS = """
  - {paso: 1, responsable: secretaria, actividad: Elige las áreas, captura: areas}
  - {paso: 2, responsable: titular@elemento, actividad: Contesta, por_cada: areas.areas}
  - {paso: 3, responsable: jefe@areas.atiende, actividad: Atiende}
  - {paso: 4, responsable: cajero, actividad: Emite el acta, genera: acta, firma: [solicitante, titular@solicitante]}
"""

ACT = """#import "turna.typ": *
#show: documento
#leidos("areas", "areas").map(a => a.area).join(" y ")
"""


@pytest.fixture
def world() -> World:
    return make_world({"areas": STEPS}, **{"formatos__areas.yaml": ASKED, "plantillas__acta.typ": ACT})


def finish(world: World, case: Case, who: str, **typed: object) -> None:
    complete_task(world.task(case, position__key=who).pk, world.by(who), **typed)


@pytest.mark.django_db
def test_each_area_asked_answers_by_its_own_post_and_the_one_named_in_a_field_attends(world: World) -> None:
    case = world.start("areas")
    finish(
        world, case, "secretaria", typed={"areas": [{"area": "oficina"}, {"area": "presidencia"}], "atiende": "oficina"}
    )
    asked = Task.objects.filter(case=case, step="2", status="open").order_by("slot")
    assert [(t.element, t.position.key) for t in asked] == [("Oficina", "jefe"), ("Presidencia", "presidente")]
    finish(world, case, "presidente")
    finish(world, case, "jefe")
    assert world.task(case).step == "3" and world.task(case).position.key == "jefe"


@pytest.mark.django_db
def test_the_applicant_and_the_head_of_their_area_sign_in_the_order_of_the_manual(world: World) -> None:
    case = world.start("areas")
    finish(world, case, "secretaria", typed={"areas": [], "atiende": "oficina"})
    finish(world, case, "jefe")
    finish(world, case, "cajero")
    first, second = Task.objects.filter(case=case, kind="sign", status="open").order_by("slot")
    assert (first.person_id, second.position.key) == (case.applicant_id, "jefe")
    sign_task(second.pk, world.by("jefe"))
    sign_task(first.pk, world.by("secretaria"))
    assert DocumentSignature.objects.filter(document__case=case).count() == 2
    signed = CaseDocument.objects.filter(case=case).order_by("-version")[0]
    assert signed.version == 2
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("ended", "concluido")


@pytest.mark.django_db
def test_a_document_tells_the_rows_of_a_table_by_their_names(world: World) -> None:
    case = world.start("areas")
    finish(world, case, "secretaria", typed={"areas": [{"area": "oficina"}, {"area": "caja"}], "atiende": "oficina"})
    for task in Task.objects.filter(case=case, step="2", status="open"):
        holder = next(p for p in world.people.values() if p.appointments.filter(position=task.position_id).exists())
        complete_task(task.pk, standing_of(holder))
    finish(world, case, "jefe")
    finish(world, case, "cajero")
    with open_file(CaseDocument.objects.get(case=case).file) as file:
        assert "Oficina y Caja" in PdfReader(file).pages[0].extract_text()
