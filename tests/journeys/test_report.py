"""A service report, from a call to its closing; a substitute who acts in an absence; pages without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.install import Install
from turna.core.calendar import now

from .paths import Journey, folio_of
from .visitor import Crowd

pytestmark = pytest.mark.browser

CALL = {
    "canal": "telefono",
    "servicio_telefono": "impresora",
    "resumen": "La impresora de ventanilla 2 no imprime",
    "descripcion": "Enciende pero no imprime desde ayer.",
    "ubicacion": "Palacio Municipal, planta baja",
    "contacto": "Ventanilla 2",
}
ATTENDED = {
    "fecha": "2026-01-06",
    "hora_inicio": "10:05",
    "hora_fin": "10:40",
    "atendio": "Técnico de guardia",
    "causa": "El cable estaba flojo.",
    "trabajo": "Se cambió el cable y se probó con la persona.",
}


def call(crowd: Crowd, caller: str) -> Journey:
    """The secretary takes a call and opens the report for whoever called."""
    secretary = crowd["secretaria-dmiga"]
    secretary.go("/iniciar/veracruz-dmiga/recepcion-y-seguimiento-de-reportes/")
    secretary.page.fill("#id_solicitante-person", f"{caller}@turna.example")
    secretary.fill(CALL).press("Iniciar el trámite")
    return Journey(crowd, folio_of(secretary))


def test_report_from_a_phone_call_to_its_closing(crowd: Crowd) -> None:
    report = call(crowd, "enlace-catastro")
    report.pass_on("secretaria-dmiga")
    maintenance = "mantenimiento-atencion-usuarios"
    report.pass_on(maintenance, tipo="asistencia", prioridad="normal", trabajo="Revisar la impresora en sitio.")
    report.pass_on(maintenance, "no")
    report.pass_on(maintenance, **ATTENDED)
    assert not crowd[maintenance].has(report.folio)

    caller = crowd["enlace-catastro"].take_up(report.folio)
    caller.fill({"resuelto": "si", "calificacion": "5", "firma": "Recibido de conformidad"})
    caller.press("terminar")
    assert not caller.has(report.folio)

    report.pass_on("secretaria-dmiga")
    secretary = crowd["secretaria-dmiga"].go(f"/expedientes/{report.folio}/")
    secretary.sees("Concluido", "Reporte de servicio", "RS/")
    crowd["enlace-catastro"].go(f"/expedientes/{report.folio}/").sees("Concluido")


def test_a_substitute_acts_in_an_absence(crowd: Crowd, served: Install) -> None:
    report = call(crowd, "enlace-comercio")
    report.pass_on("secretaria-dmiga")

    absent = crowd["mantenimiento-atencion-usuarios"].go("/cuenta/ausencias/")
    person = served.rows("SELECT id FROM core_person WHERE email = 'programadores@turna.example'")[0][0]
    absent.page.select_option("#id_substitute", str(person))
    day = now().astimezone().date()
    absent.page.fill("#id_starts_on", (day - timedelta(days=1)).isoformat())
    absent.page.fill("#id_ends_on", (day + timedelta(days=1)).isoformat())
    absent.press("Registrar")

    substitute = crowd["programadores"].take_up(report.folio)
    substitute.sees("en suplencia de")
    substitute.fill({"tipo": "asistencia", "prioridad": "normal", "trabajo": "Revisar en sitio."})
    substitute.press("terminar")
    crowd["secretaria-dmiga"].go(f"/expedientes/{report.folio}/").sees("en suplencia de")
    absent.go("/cuenta/ausencias/").page.get_by_role("button", name="Cancelar").first.click()
    assert not crowd["programadores"].has(report.folio)


def test_without_javascript_a_case_is_started_and_a_task_done(crowd: Crowd) -> None:
    crowd.visitor("enlace-desarrollo-social", script=False).log_in()
    asking = crowd["enlace-desarrollo-social"].go("/iniciar/veracruz-dmiga/alta-usuarios-cero-papel/")
    asking.press("Iniciar el trámite").sees("Falta corregir")
    asking.fill(
        {
            "oficio_numero": "DDS/OF/0319/2026",
            "oficio_fecha": "2026-01-05",
            "nombre": "Beatriz Olvera Zamudio",
            "numero_empleado": "22310",
            "puesto": "Auxiliar administrativa",
            "correo": "beatriz.olvera@turna.example",
            "permisos": ["redactar", "recibir"],
        }
    ).press("Iniciar el trámite")
    folio = folio_of(asking)
    crowd.visitor("secretaria-dmiga", script=False).log_in()
    Journey(crowd, folio).pass_on("secretaria-dmiga")
    assert not crowd["secretaria-dmiga"].has(folio)
