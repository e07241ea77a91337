"""Puebla's chapters VII and VIII (support, service desk, e-mail, dictamen, norms, contracts, requisitions): the printed
numbers are kept, every rule holds, and the documents say what their forms demand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from turna.engine.checking import read_and_check
from turna.engine.definitions import Activity, Pack, Procedure
from turna.engine.expressions import condition
from turna.engine.filling import case_data, fill, prefill
from turna.engine.reading import read_files
from turna.engine.walking import cover, walk

FOLDER = Path(__file__).parents[3] / "manuales" / "puebla-dge"
CODES = {
    "soporte-tecnico": "DGE-VII-01",
    "reemplazo-refacciones": "DGE-VII-02",
    "soporte-tercer-nivel": "DGE-VII-03",
    "mesa-de-servicio": "DGE-VII-04",
    "estadistica-mensual-incidentes": "DGE-VII-04-E",
    "correo-institucional": "DGE-VII-05",
    "dictamen-tecnico": "DGE-VIII-01",
    "normas-lineamientos": "DGE-VIII-02",
    "seguimiento-contratos": "DGE-VIII-03",
    "requisiciones-siam": "DGE-VIII-04",
}
PRINTED_ROWS = {
    "soporte-tecnico": 9,
    "reemplazo-refacciones": 10,
    "soporte-tercer-nivel": 7,
    "mesa-de-servicio": 18,  # the 19th is monthly: a procedure of its own
    "correo-institucional": 7,
    "dictamen-tecnico": 6,
    "normas-lineamientos": 31,
    "seguimiento-contratos": 5,
    "requisiciones-siam": 8,
}
FORMS = {
    "FORM.300/SECATI/012224": "autorizacion-salida-bienes",
    "FORM.314/SECATI/012224": "dictamen-tecnico",
    "FORM.315/SECATI/012224": "solicitud-dictamen-tecnico",
    "FORM.321/SECATI/012224": "anexo-tecnico",
}
TODAY = "2026-11-20"


def _read() -> Pack:
    pack = read_files(FOLDER).pack
    assert pack is not None
    return pack


PACK = _read()
TOLD = [PACK.procedures[key] for key in CODES]
STORIES = [pytest.param(p, s, id=f"{p.key}: {s['nombre']}") for p in TOLD for s in p.tests]


def targets(activity: Activity) -> dict[str, str]:
    """Answer to where it leads: a step, or the outcome."""
    return {a.label: a.target.step or a.target.outcome or "concluido" for a in activity.answers}


def step(key: str, number: str) -> Activity:
    return PACK.procedures[key].by_step[number]


def errors(key: str, **typed: Any) -> dict[str, str]:
    """What is refused of a sheet on which only this was typed."""
    return fill(PACK.formats[key], typed, around={"hoy": TODAY}).errors


def proposed(key: str, number: str, **filled: dict[str, Any]) -> list[str]:
    """The answers that what was filled proposes."""
    data = case_data(PACK.formats, {name.replace("_", "-"): values for name, values in filled.items()}, hoy=TODAY)
    return [a.label for a in step(key, number).answers if condition(a.decide or "false", data)]


# --- Whole and clean ------------------------------------------------------------------


def test_nothing_is_wrong_or_doubtful_in_these_chapters() -> None:
    files = {f"procedimientos/{key}.yaml" for key in CODES}
    _, findings = read_and_check(FOLDER, {"casos.contar", "cuenta.asignar", "sobre.entregar"})
    assert [str(f) for f in findings if f.place.file in files] == []


def test_each_carries_its_code() -> None:
    assert {p.key: p.code for p in TOLD} == CODES


@pytest.mark.parametrize("key", PRINTED_ROWS)
def test_every_printed_number_is_there(key: str) -> None:
    steps = {a.step for a in PACK.procedures[key].activities}
    assert {str(n) for n in range(1, PRINTED_ROWS[key] + 1)} <= steps
    added = [a for a in PACK.procedures[key].activities if not a.step.isdigit()]
    assert [a.step for a in added if a.printed is None] == [], "what the manual does not number says why it is there"


@pytest.mark.parametrize(("told", "story"), STORIES)
def test_stories_go_as_told(told: Procedure, story: dict[str, Any]) -> None:
    went = walk(told, story["respuestas"])
    assert (list(went.visited), went.outcome, went.unused) == (story["pasa_por"], story["termina"], ())


@pytest.mark.parametrize("told", TOLD, ids=lambda p: p.key)
def test_stories_take_every_answer_and_reach_every_end(told: Procedure) -> None:
    assert {s["termina"] for s in told.tests} == {way.outcome for way in cover(told)}
    assert {number for s in told.tests for number in s["pasa_por"]} == set(told.by_step)
    for activity in told.activities:
        after = {
            then
            for s in told.tests
            for number, then in zip(s["pasa_por"], s["pasa_por"][1:], strict=False)
            if number == activity.step
        }
        assert {a.target.step for a in activity.answers if a.target.step} <= after, activity.step


@pytest.mark.parametrize("told", TOLD, ids=lambda p: p.key)
def test_people_find_it_and_are_helped(told: Procedure) -> None:
    assert len(told.keywords) >= 5
    assert told.first.notice or told.start.schedule, "whoever asked hears that it was received"
    assert all(len(a.text) <= 130 for a in told.activities), "one short sentence"


# --- Support ------------------------------------------------------------------------


def test_a_report_is_resolved_only_with_its_solution() -> None:
    assert {"solucion", "causa"} <= set(errors("solucion-reporte", estado="resuelto"))
    assert "solucion" in errors("solucion-reporte", solucion="listo")
    resolved = {"con_folio_anterior": "sí", "estado": "resuelto", "descripcion": "No abre", "prioridad": "alta"}
    assert "solucion" in errors("reporte-mesa-servicio", **resolved)
    assert "solucion" not in errors("reporte-mesa-servicio", **{**resolved, "estado": "asignado"})
    told = errors("reporte-mesa-servicio", **resolved, folio="MS-1", asignado="soporte", solucion="Se cambió el cable.")
    assert set(told) == {"acciones"}


def test_what_another_area_has_to_solve_comes_back_before_it_is_resolved() -> None:
    assert targets(step("soporte-tecnico", "7")) == {"sí": "8", "no": "9"}
    assert step("soporte-tecnico", "8").targets[0].step == "8a"
    assert targets(step("soporte-tecnico", "8a")) == {"sí": "9", "no": "4"}
    for way in cover(PACK.procedures["soporte-tecnico"]):
        assert way.visited[-2:] == ("9", "9a"), "documented, then confirmed"


def test_a_spare_part_goes_only_into_the_municipalitys_own_goods() -> None:
    needed = {"inventario": "DGE-1", "marca": "HP", "serie": "1", "hallazgo": "Disco dañado", "necesario": "sí"}
    assert "activo_fijo" in errors("validacion-refaccion", **needed, refaccion="Disco", activo_fijo="no")
    assert errors("validacion-refaccion", **needed, refaccion="Disco", activo_fijo="sí") == {}


def test_form_300_is_signed_by_who_receives_and_by_the_guard_without_an_account() -> None:
    missing = set(errors("autorizacion-salida-bienes"))
    assert {"recibe_nombre", "recibe_cargo", "recibe_firma", "vigilante_nombre", "vigilante_firma"} <= missing
    handing = step("reemplazo-refacciones", "6")
    assert [d.copies for d in handing.documents] == ["3 originales"]
    assert [(i.template, i.series) for i in handing.issues] == [("autorizacion-salida-bienes", "salidas-edificio")]


def test_without_stock_one_waits_or_goes_on_without() -> None:
    assert targets(step("reemplazo-refacciones", "5a")) == {"sí": "6", "no": "9"}
    assert targets(step("reemplazo-refacciones", "9")) == {"sí": "9a", "no": "10"}
    waiting = step("reemplazo-refacciones", "9a")
    assert waiting.waits_for == "refaccion.recibida"
    assert waiting.term is not None and waiting.term.target is not None and waiting.term.target.step == "10"


def test_the_supplier_has_its_own_report_number_and_term() -> None:
    assert "numero" in errors("ticket-proveedor")
    waiting = step("soporte-tercer-nivel", "6a")
    assert (waiting.responsibles[0].kind, waiting.responsibles[0].recorder) == ("external", "jefe-soporte-tecnico")
    assert waiting.term is not None and waiting.term.amount == 5


def test_an_oficio_is_answered_by_oficio() -> None:
    assert proposed("soporte-tercer-nivel", "7a", solicitud_tercer_nivel={"canal": "oficio"}) == ["oficio"]
    assert step("soporte-tercer-nivel", "7b").signers == ("jefe-soporte-tecnico",)
    for way in cover(PACK.procedures["correo-institucional"]):
        assert {"7", "3b"} & set(way.visited), "whatever the channel, there is an oficio"


# --- The service desk ----------------------------------------------------------------


def test_without_an_earlier_folio_the_seven_data_are_asked() -> None:
    seven = {"nombre", "telefono", "extension", "cargo", "dependencia", "direccion", "area"}
    assert set(errors("datos-usuario-mesa")) == seven
    asked = set(errors("reporte-mesa-servicio", con_folio_anterior="no"))
    assert seven <= asked
    assert not seven & set(errors("reporte-mesa-servicio", con_folio_anterior="sí"))
    assert targets(step("mesa-de-servicio", "6")) == {"sí": "7", "no": "6no"}


def test_calls_open_and_close_with_their_script() -> None:
    for number in ("2", "11", "15"):
        assert "«" in step("mesa-de-servicio", number).hint, "the words to say"


@pytest.mark.parametrize(
    ("whom", "how", "level"),
    [
        ("persona", "por_completo", "media"),
        ("persona", "no", "baja"),
        ("area", "por_completo", "alta"),
        ("area", "en_parte", "media"),
        ("edificio", "no", "alta"),
    ],
)
def test_priority_follows_from_whom_and_how_much(whom: str, how: str, level: str) -> None:
    kept = fill(PACK.formats["prioridad-incidencia"], {"alcance": whom, "detiene": how}).values
    assert kept["nivel"] == level
    assert prefill(PACK.formats["reporte-mesa-servicio"], {"prioridad-incidencia": kept})["prioridad"] == level


def test_only_what_the_person_confirms_is_closed() -> None:
    desk = PACK.procedures["mesa-de-servicio"]
    assert targets(step("mesa-de-servicio", "16")) == {"sí": "17", "no": "9"}
    assert targets(step("mesa-de-servicio", "14")) == {"sí": "15", "no": "14a"}
    for way in cover(desk):
        before = way.visited[way.visited.index("17") - 1]
        assert before in ("5", "16"), "solved on the telephone, or confirmed"


def test_statistics_are_monthly_and_add_up() -> None:
    monthly = PACK.procedures["estadistica-mensual-incidentes"]
    assert monthly.start.schedule is not None and monthly.start.schedule.startswith("mensual")
    rows = [{"departamento": "soporte", "recibidos": "30", "atendidos": "27"}]
    month = {"desde": "2026-10-01", "hasta": "2026-10-31"}
    sheet = {"mes": month, "recibidos": "30", "atendidos": "27", "departamentos": rows}
    assert errors("estadistica-mensual-incidentes", **sheet) == {}
    assert "departamentos" in errors("estadistica-mensual-incidentes", **{**sheet, "recibidos": "31"})
    kept = fill(PACK.formats["estadistica-mensual-incidentes"], sheet).values
    assert kept["cumplimiento"] == "90"


# --- E-mail ------------------------------------------------------------------------


def test_an_address_is_name_dot_surname_and_its_password_stays_in_the_envelope() -> None:
    rule = next(a for a in PACK.institution.accounts if a.key == "correo")
    assert (rule.domain, rule.forms[0]) == ("ayuntamientopuebla.gob.mx", "{nombre}.{apellido}")
    assert step("correo-institucional", "4").action == "cuenta.asignar"
    assert step("correo-institucional", "8").action == "sobre.entregar"
    assert step("correo-institucional", "6").signers == ("jefe-soporte-tecnico",)
    assert "firma" in errors("entrega-correo")
    forms = {a.form for a in PACK.procedures["correo-institucional"].activities if a.form}
    keys = [f.key for form in forms for f in PACK.formats[form].fields]
    assert [key for key in keys if "contrasena" in key] == []


def test_who_may_not_have_an_address_is_told_why() -> None:
    assert targets(step("correo-institucional", "3a"))["no"] == "3b"
    assert step("correo-institucional", "3b").targets[0].outcome == "improcedente"
    assert set(errors("procedencia-correo", procede="no")) == {"motivo"}


# --- Dictamen ------------------------------------------------------------------------


def test_the_four_forms_carry_their_printed_code() -> None:
    assert {PACK.formats[key].code: key for key in FORMS.values()} == FORMS
    for code, key in FORMS.items():
        assert code in (FOLDER / "plantillas" / f"{key}.typ").read_text("utf-8")


def test_only_heads_ask_and_corrections_go_back_to_the_format() -> None:
    assert PACK.procedures["dictamen-tecnico"].start.by == ("titular",)
    assert targets(step("dictamen-tecnico", "3")) == {"no": "4", "sí": "1", "no es viable": "3a"}


def test_a_dictamen_is_made_validated_and_issued_by_three_within_five_working_days() -> None:
    made, validated, issued = (step("dictamen-tecnico", n) for n in ("6", "6a", "6b"))
    assert issued.signers == tuple(a.responsibles[0].key for a in (made, validated, issued))
    assert [(i.template, i.series, i.number_at) for i in issued.issues] == [
        ("dictamen-tecnico", "dictamenes", "signature")
    ]
    for activity in (made, validated, issued):
        term = activity.term
        assert term is not None and (term.amount, term.unit) == (5, "working_days")
        assert term.since == "recepcion-oficio-dictamen.fecha"
    series = next(s for s in PACK.institution.series if s.key == "dictamenes")
    assert (series.pattern, series.yearly) == ("SECATI/DGE/{n:03}/{año}", True)


def test_a_dictamen_is_good_for_ninety_calendar_days() -> None:
    kept = fill(PACK.formats["emision-dictamen"], {"recibido": "2026-11-04", "fecha": "2026-11-10"}).values
    assert kept["vence"] == "2027-02-08"
    assert "fecha" in errors("emision-dictamen", recibido="2026-11-12", fecha="2026-11-10")


def test_the_projects_name_is_that_of_the_budget() -> None:
    named = {"proyecto": "Cámaras", "proyecto_suficiencia": "Cámaras de video"}
    assert "proyecto" in errors("solicitud-dictamen-tecnico", **named)
    assert "proyecto" not in errors("solicitud-dictamen-tecnico", **{**named, "proyecto_suficiencia": "Cámaras"})


def test_the_fifth_section_cannot_be_left_empty() -> None:
    assert "" in errors("solicitud-dictamen-tecnico")
    rows = [{"equipo": "avanzado", "cantidad": "2"}]
    assert "" not in errors("solicitud-dictamen-tecnico", computadoras=rows)


def test_the_oficio_brings_all_that_the_disc_must_hold() -> None:
    whole = {
        "numero": "A/1", "fecha": TODAY, "suscribe": "Titular", "cargo": "Director", "dependencia": "Secretaría",
        "solicitud_incluida": "sí", "anexo_incluido": "sí", "medio": "usb", "catalogos": "sí", "cotizacion": "sí",
        "aplica_croquis": "no",
    }  # fmt: skip
    assert errors("oficio-dictamen", **whole) == {}
    assert "cotizacion" in errors("oficio-dictamen", **{**whole, "cotizacion": "no"})
    assert "ubicacion" in errors("oficio-dictamen", **{**whole, "aplica_croquis": "sí"})
    needed = {a.kind for a in step("dictamen-tecnico", "4").attachments if a.required}
    assert len(needed) == 3 and not any("Croquis" in kind for kind in needed)


# --- Requisitions ---------------------------------------------------------------------


def test_an_expired_dictamen_or_budget_stops_the_requisition() -> None:
    def refused(dictamen: str, budget: str) -> set[str]:
        return set(errors("envio-requisicion", dictamen_fecha=dictamen, suficiencia_vence=budget))

    assert "dictamen_fecha" in refused("2026-08-21", "2026-12-31")  # the 91st day
    assert "dictamen_fecha" not in refused("2026-08-22", "2026-12-31")  # the 90th
    assert "suficiencia_vence" in refused("2026-11-01", "2026-11-19")
    assert "dictamen_vence" in errors("expediente-requisicion", dictamen_vence="2026-11-19")


def test_the_file_of_a_requisition_is_complete() -> None:
    asked = {a.kind for number in ("1", "3") for a in step("requisiciones-siam", number).attachments if a.required}
    five = {"Requisición", "Dictamen técnico autorizado", "Dictamen de excepción", "Cotización base"}
    assert five | {"Suficiencia presupuestal"} <= asked


def test_only_adjudicaciones_makes_it_final_and_it_is_signed_after() -> None:
    told = PACK.procedures["requisiciones-siam"]
    final = [a for a in told.activities if a.form == "requisicion-definitiva"]
    assert [[r.key for r in a.responsibles] for a in final] == [["adjudicaciones"]]
    offered = {value for f in PACK.formats["expediente-requisicion"].fields for value, _ in f.options}
    assert "definitiva" not in offered
    assert step("requisiciones-siam", "7").signers == ("secretario-secati", "director-gobierno-electronico")
    for way in cover(told):
        assert way.visited[-3:] == ("6", "7", "8")


# --- Contracts ------------------------------------------------------------------------


def test_the_term_is_each_contracts_and_corrections_have_a_limit() -> None:
    waiting = step("seguimiento-contratos", "1a").pause
    assert waiting is not None and waiting.until == "contrato.fecha_entrega"
    for number, since in (("1b", "contrato.fecha_entrega"), ("3a", "observaciones-contrato.limite")):
        term = step("seguimiento-contratos", number).term
        assert term is not None and (term.since, term.target and term.target.step) == (since, "3b")
    late = {"observaciones": "Falta", "termino": "2026-12-01", "limite": "2026-12-02"}
    assert "limite" in errors("observaciones-contrato", **late)
    assert proposed("seguimiento-contratos", "3", verificacion_contrato={"todo_cumple": False, "vuelta": 4}) == [
        "incumplimiento"
    ]


# --- Norms ---------------------------------------------------------------------------


def test_both_tracks_end_published() -> None:
    told = PACK.procedures["normas-lineamientos"]
    assert targets(step("normas-lineamientos", "16a")) == {"lineamiento": "17", "norma": "26"}
    for way in cover(told):
        assert way.visited[-1] == "25"
        last = way.visited[way.visited.index("16a") :]
        assert {"24", "31a"} & set(last), "signed, or published"


def test_what_others_send_back_is_mended_by_the_analyst() -> None:
    assert targets(step("normas-lineamientos", "28"))["no"] == "21no"
    assert step("normas-lineamientos", "21no").targets[0].step == "9"
    assert targets(step("normas-lineamientos", "9a"))["no"] == "6"
    assert targets(step("normas-lineamientos", "30"))["no"] == "28"


def test_the_joint_review_needs_both() -> None:
    joint = step("normas-lineamientos", "28")
    assert (joint.mode, {r.key for r in joint.responsibles}) == (
        "all",
        {"secretaria-ayuntamiento", "contraloria-municipal"},
    )
    assert step("normas-lineamientos", "24").signers == ("director-gobierno-electronico", "secretario-secati")


# --- Documents and the demo's answers --------------------------------------------------


def test_samples_name_fields_that_exist() -> None:
    issued = {i.template for p in TOLD for a in p.activities for i in a.issues}
    for name in issued:
        sample = json.loads((FOLDER / "plantillas" / "muestras" / f"{name}.json").read_text("utf-8"))
        for part in ("datos", "crudo"):
            for key, fields in sample[part].items():
                assert set(fields) <= {f.key for f in PACK.formats[key].fields}, (name, key)


def test_the_demos_answers_are_taken() -> None:
    text = (FOLDER / "demostracion" / "soporte-normatividad.yaml").read_text("utf-8").replace("{n}", "3")
    samples: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)["formatos"]
    used = {p.start.form for p in TOLD} | {a.form for p in TOLD for a in p.activities}
    assert {key for key in used if key} <= set(samples)
    for key, answers in samples.items():
        for answer in answers:
            told = {k: v for k, v in answer.items() if not re.fullmatch(r"_de|_en", k)}
            assert set(told) <= {f.key for f in PACK.formats[key].fields}, key
            assert fill(PACK.formats[key], told, partial=True, around={"hoy": TODAY}).errors == {}, key
