"""Working days in the formats and questions of a manual are those of the institution's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from turna.core.calendar import clock_at
from turna.core.calendar.working import WorkingCalendar, calendar_of
from turna.core.models import Institution
from turna.procedures import services
from turna.procedures.services import Refused

from .factories import INSTITUTION, World, make_world

FRIDAY = datetime(2026, 11, 13, 16, tzinfo=UTC)  # the Monday after is the Revolution's holiday; Tuesday is our own
CALENDAR = """calendario:
  dias:
    - {fecha: 2026-11-17, nombre: Día del municipio, laborable: no, fuente: Gaceta 1}
"""
VISIT = """
nombre: Visita
secciones:
  - titulo: Datos
    campos:
      - {clave: dia, etiqueta: Día, tipo: fecha, obligatorio: sí}
      - {clave: limite, etiqueta: Límite, tipo: calculado, calcula: "mas_habiles(hoy, 2)"}
validaciones:
  - {cumple: "habiles(hoy, dia) >= 3", mensaje: Pídalo con tres días hábiles., campo: dia}
"""
ACTS = """
clave: PR-1
nombre: Visitas
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio: {por: [secretaria], captura: visita}
actividades:
  - paso: 1
    responsable: secretaria
    actividad: Recibe
  - paso: 2
    responsable: secretaria
    actividad: Clasifica
    pregunta: ¿Falta más de una semana hábil?
    respuestas:
      sí: {va: 3, decide: "habiles(hoy, visita.dia) > 5", automatica: sí}
      no: {va: 4, decide: "habiles(hoy, visita.dia) <= 5", automatica: sí}
  - {paso: 3, responsable: secretaria, actividad: Espera}
  - {paso: 4, responsable: secretaria, actividad: Atiende}
"""


@pytest.fixture
def world(db: None) -> World:
    text = INSTITUTION.replace("calendario:\n", CALENDAR)
    return make_world({"visita": ACTS}, **{"institucion.yaml": text, "formatos__visita.yaml": VISIT})


def test_a_format_counts_the_institutions_days(world: World) -> None:
    with clock_at(FRIDAY):
        with pytest.raises(Refused) as refused:
            world.start("visita", typed={"dia": "2026-11-19"})
        assert refused.value.fields == {"dia": "Pídalo con tres días hábiles."}
        case = world.start("visita", typed={"dia": "2026-11-20"})
    assert case.filings.get().values["limite"] == "2026-11-19"


@pytest.mark.parametrize(("day", "step"), [("2026-11-24", "4"), ("2026-11-25", "3")])
def test_a_question_is_decided_by_them(world: World, day: str, step: str) -> None:
    with clock_at(FRIDAY):
        case = world.start("visita", typed={"dia": day})
        services.complete_task(world.task(case, "1").pk, world.by("secretaria"))
        assert world.task(case).step == step


def test_counting_forward_and_back_agree(world: World) -> None:
    calendar = calendar_of(Institution.objects.get())
    first = date(2026, 11, 13)
    assert [calendar.days_after(first, n).isoformat() for n in (0, 1, 2)] == ["2026-11-13", "2026-11-18", "2026-11-19"]
    far = WorkingCalendar(calendar.zone).days_after(date(2050, 12, 30), 300)
    assert calendar.days_between(date(2050, 12, 30), far) == 300
