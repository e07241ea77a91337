"""Reports that count themselves: the figures are right on cases made by hand, stand in the sheet before anybody types,
are never written over, and cost the same however many cases the institution has had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from turna.core.calendar import calendar_of, clock_at
from turna.core.models import AuditEntry
from turna.core.rights import system_standing
from turna.engine.reading import read_pack
from turna.procedures import tally
from turna.procedures.actions.counting import COUNT, prepare, rules_of
from turna.procedures.definitions import definition_of
from turna.procedures.models import Case, Filing, Task
from turna.procedures.services import complete_task
from turna.procedures.services.start import start_by_calendar
from turna.procedures.tests.factories import TEN_STEPS, World, make_world

pytestmark = pytest.mark.django_db

MONTH = """
nombre: Informe del mes
hoja: sí
campos:
  - {clave: mes, etiqueta: Mes, tipo: periodo, obligatorio: sí}
  - {clave: recibidos, etiqueta: Recibidos, tipo: entero, obligatorio: sí}
  - {clave: listos, etiqueta: Atendidos, tipo: entero}
  - {clave: pendientes, etiqueta: Pendientes, tipo: entero}
  - {clave: en_plazo, etiqueta: En plazo, tipo: entero}
  - {clave: vencidos, etiqueta: Vencidos, tipo: entero}
  - {clave: mediana_dias, etiqueta: Mediana, tipo: decimal}
  - {clave: p90_dias, etiqueta: Nueve de diez, tipo: decimal}
  - {clave: del_norte, etiqueta: Del norte, tipo: entero}
  - clave: zonas
    etiqueta: Por zona
    tipo: tabla
    columnas:
      - {clave: zona, etiqueta: Zona, tipo: opcion, opciones: {norte: Norte, sur: Sur, otra: Otra}, obligatorio: sí}
      - {clave: recibidos, etiqueta: Recibidos, tipo: entero, obligatorio: sí}
      - {clave: listos, etiqueta: Atendidos, tipo: entero, obligatorio: sí}
  - clave: abiertos
    etiqueta: Abiertos
    tipo: tabla
    columnas:
      - {clave: folio, etiqueta: Folio, tipo: texto}
      - {clave: asunto, etiqueta: Asunto, tipo: texto}
      - {clave: dias, etiqueta: Días, tipo: entero}
"""
REPORT = """
clave: PR-09
nombre: Informe mensual
area: oficina
objetivo: Contar.
inicio:
  programado: mensual 1, 09:00
actividades:
  - paso: 1
    responsable: secretaria
    actividad: Cuenta
    captura: informe
    accion:
      nombre: casos.contar
      con:
        procedimiento: pasos
        periodo: mes
        campos: "listos = atendidos; del_norte = recibidos si zona.zona es norte"
        tablas: "zonas por zona.zona o 'Otra'; abiertos por expediente pendiente con zona.zona"
"""
ZONE = """
nombre: Zona
campos:
  - {clave: zona, etiqueta: Zona, tipo: opcion, opciones: {norte: Norte, sur: Sur}}
"""
USES_ZONE = TEN_STEPS.replace("paso: 3, responsable: jefe,", "paso: 3, responsable: jefe, captura: zona,")
FIRST = datetime(2026, 11, 2, 15, tzinfo=UTC)  # nine in the morning of the first working day, in Mexico
"""A month is that of Mexico: October ends on November 1, six in the morning UTC."""


def at(month: int, day: int, hour: int = 16) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    files = {"formatos/informe.yaml": MONTH, "formatos/zona.yaml": ZONE}
    return make_world({"pasos": USES_ZONE, "informe-mensual": REPORT}, **files)


def made(
    world: World, opened: datetime, ended: datetime | None = None, *, due: datetime | None = None, zone: str = "",
    status: str = "ended",
) -> Case:  # fmt: skip
    case = world.start()
    Case.objects.filter(pk=case.pk).update(
        opened_at=opened, ended_at=ended, status="open" if ended is None else status, due_at=due
    )
    if zone:
        row = {"institution": world.institution, "case": case, "step": "3", "filed_at": opened}
        Filing.objects.create(format="zona", values={"zona": "sur" if zone == "norte" else "norte"}, **row)
        Filing.objects.create(format="zona", values={"zona": zone}, **row)
    return case


def october(world: World) -> dict[str, Case]:
    """Four came in October, two ended in it (one late, one of September), one was withdrawn."""
    return {
        "old": made(world, at(9, 28), at(10, 2), due=at(10, 20), zone="sur"),
        "quick": made(world, at(10, 5), at(10, 6), due=at(10, 20), zone="norte"),
        "late": made(world, at(10, 5), at(10, 19), due=at(10, 9), zone="norte"),
        "waits": made(world, at(10, 30), due=at(11, 30), zone="sur"),
        "ended later": made(world, at(10, 12), at(11, 2, 14), due=at(10, 20)),
        "withdrawn": made(world, at(10, 1, 14), at(10, 2), status="withdrawn"),
        "last evening": made(world, at(11, 1, 5), at(11, 1, 23)),
        "november": made(world, at(11, 1, 7)),
        "september": made(world, at(9, 3), at(9, 30)),
    }


def report(world: World, moment: datetime = FIRST) -> Task:
    version = world.procedure("informe-mensual").versions.get(valid_until=None)
    with clock_at(moment):
        begun = start_by_calendar(definition_of(version.pk), system_standing(world.institution.pk), moment)
    return Task.objects.select_related("case__institution").get(case=begun.case_id)


def prepared(task: Task) -> dict[str, Any]:
    definition = definition_of(task.case.version_id)
    return dict(prepare(definition, definition.activity("1"), task.case, FIRST).values)


def test_the_figures_are_those_of_the_month_that_has_passed(world: World) -> None:
    cases = october(world)
    found = prepared(report(world))
    assert found["mes"] == {"desde": "2026-10-01", "hasta": "2026-10-31"}
    # Came: quick, late, waits, ended later, withdrawn and the one of the last evening of October in Mexico.
    assert (found["recibidos"], found["listos"], found["pendientes"]) == (6, 3, 3)
    assert (found["en_plazo"], found["vencidos"]) == (2, 2)  # late, and the one that ended later
    assert (found["mediana_dias"], found["p90_dias"]) == ("4", "10")
    assert found["del_norte"] == 2
    zones = {row["zona"]: (row["recibidos"], row["listos"]) for row in found["zonas"]}
    assert zones == {"otra": (3, 0), "sur": (1, 1), "norte": (2, 2)}  # the last zone that was filled counts
    assert found["abiertos"] == [{"folio": cases["waits"].folio, "asunto": "Solicitud de sillas", "dias": 0}]


def test_a_month_without_cases_counts_nothing_and_leaves_times_open(world: World) -> None:
    found = prepared(report(world))
    assert (found["recibidos"], found["listos"], found["pendientes"]) == (0, 0, 0)
    assert "mediana_dias" not in found and "zonas" not in found


def test_another_institutions_cases_are_not_counted(world: World) -> None:
    october(world)
    period = tally.period_of("mes", FIRST, calendar_of(world.institution))
    assert tally.cases_of(world.institution.pk + 1, [world.procedure("pasos").pk], period) == []


def test_the_sheet_opens_with_them_and_what_is_typed_stays(world: World) -> None:
    october(world)
    task = report(world)
    browser = Client()
    browser.force_login(world.people["secretaria"])
    with clock_at(FIRST):
        page = browser.get(reverse("task", args=[task.pk])).content.decode()
    assert "Turna llenó las cifras con los expedientes del 1 de octubre de 2026 al 31 de octubre de 2026" in page
    assert 'name="f-recibidos"' in page and 'value="6"' in page
    typed = {"mes": {"desde": "2026-10-01", "hasta": "2026-10-31"}, "recibidos": "7", "listos": "3", "pendientes": "3"}
    typed |= {"en_plazo": "2", "vencidos": "2", "mediana_dias": "4", "p90_dias": "10", "del_norte": "2"}
    typed["zonas"] = [
        {"zona": "norte", "recibidos": "2", "listos": "1"},
        {"zona": "otra", "recibidos": "3", "listos": "0"},
    ]
    with clock_at(FIRST + timedelta(hours=1)):
        complete_task(task.pk, world.by("secretaria"), typed=typed)
    assert Filing.objects.get(case=task.case_id, format="informe").values["recibidos"] == 7
    told = [str(data) for data in AuditEntry.objects.filter(chain_id=task.case_id).values_list("data", flat=True)]
    [noted] = [data for data in told if "Recibidos: se anotó 7; Turna contó 6" in data]
    assert "Norte, Atendidos: se anotó 1; Turna contó 2" in noted and "Sur, Recibidos: se anotó —" in noted
    assert "Otra" not in noted and "Mediana" not in noted


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [("dia", "2026-11-04", "2026-11-04"), ("semana", "2026-10-26", "2026-11-01"), ("mes", "2026-10-01", "2026-10-31")],
)
def test_the_period_is_the_one_that_has_passed(world: World, word: str, first: str, last: str) -> None:
    """Eleven at night in Mexico of Wednesday the fourth is already Thursday in UTC."""
    found = tally.period_of(word, datetime(2026, 11, 5, 5, tzinfo=UTC), calendar_of(world.institution))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert (found.end - found.start).days == (found.last - found.first).days + 1


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"procedimiento": "pasos", "periodo": "siglo"},
        {"procedimiento": "pasos", "otra": "x"},
        {"procedimiento": "pasos", "campos": "listos"},
        {"procedimiento": "pasos", "campos": "listos = folio si canal es web"},
        {"procedimiento": "pasos", "tablas": "zonas por expediente raro"},
        {"procedimiento": "pasos", "tablas": "zonas por lunas"},
    ],
)
def test_what_is_not_understood_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        rules_of(told)


def test_every_manual_says_well_what_to_count() -> None:
    """The procedures, formats and fields that the packs name exist, and so do the tables and fields that are filled."""
    seen = 0
    for folder in sorted(settings.MANUALS_DIR.iterdir()):
        pack, _findings = read_pack(folder)
        for procedure in pack.procedures.values() if pack else ():
            for activity in (a for a in procedure.activities if a.action == COUNT):
                rules, form = rules_of(activity.action_with), pack.formats[activity.form]
                columns = {c.key for key in rules.tables for c in form.field(key).columns}
                assert set(rules.procedures) <= set(pack.procedures)
                assert set(rules.fields) <= {f.key for f in form.fields} | columns, procedure.key
                for source in (s for s in rules.sources if len(s) == 2 and s[0]):
                    assert pack.formats[source[0]].field(source[1]) is not None, source
                seen += 1
    assert seen >= 7


def fill(model: Case, numbers: range, opened: datetime) -> None:
    """So many cases of another time, which ended then."""
    told = {"opened_at": opened, "ended_at": opened + timedelta(days=2), "status": "ended", "subject": "x"}
    whose = {"institution": model.institution, "procedure": model.procedure, "version": model.version}
    Case.objects.bulk_create(Case(folio=f"X/{n:06}", **told, **whose) for n in numbers)


def test_it_costs_the_same_with_a_thousand_cases_and_with_twenty_thousand(world: World) -> None:
    model = october(world)["quick"]
    task = report(world)
    fill(model, range(1_000), at(3, 2))
    with CaptureQueriesContext(connection) as few:
        before = prepared(task)
    fill(model, range(1_000, 20_000), at(4, 6))
    with CaptureQueriesContext(connection) as many:
        assert prepared(task) == before
    assert len(few) == len(many) <= 6
    period = tally.period_of("mes", FIRST, calendar_of(world.institution))
    assert len(tally.cases_of(world.institution.pk, [world.procedure("pasos").pk], period) or ()) == 7
    union = next(q["sql"] for q in many if "UNION" in q["sql"])
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute("ANALYZE")
        cursor.execute(explain + union)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "case_ended" in plan and "SCAN procedures_case\n" not in plan and "Seq Scan on procedures_case" not in plan


def test_too_many_are_not_counted_wrongly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    october(world)
    monkeypatch.setattr(tally, "MOST", 3)
    task = report(world)
    definition = definition_of(task.case.version_id)
    offered = prepare(definition, definition.activity("1"), task.case, FIRST)
    assert not offered.values and "demasiados" in offered.told
