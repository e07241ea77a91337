"""Puebla's chapters III to V (Subdirección de Sistemas): the printed numbers are kept, every rule holds, and what is
filled in obeys the manual."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from turna.engine.checking import read_and_check
from turna.engine.definitions import Activity, Pack, Procedure
from turna.engine.expressions import value
from turna.engine.filling import case_data, fill
from turna.engine.reading import read_files
from turna.engine.walking import cover, walk

FOLDER = Path(__file__).parents[3] / "manuales" / "puebla-dge"
CODES = {
    "desarrollo-de-sistemas-de-software": "DGE-III-01",
    "mantenimiento-modulos-sap": "DGE-III-02",
    "copia-de-seguridad-backups": "DGE-III-03",
    "restauracion-de-respaldos": "DGE-III-03-R",
    "revision-de-bitacora-de-backups": "DGE-III-03-B",
    "asignacion-de-cuentas-de-usuario": "DGE-III-04",
    "baja-o-cambio-de-cuentas": "DGE-III-04-B",
    "desarrollo-de-sitios-y-micrositios": "DGE-IV-01",
    "actualizacion-y-mantenimiento-de-sitios": "DGE-IV-02",
    "alta-de-conjunto-de-datos": "DGE-IV-03",
    "registro-y-canalizacion-de-incidentes-072": "DGE-V-01",
    "reporte-mensual-072": "DGE-V-01-M",
    "programa-anual-de-adquisiciones-tic": "DGE-V-02",
    "proposicion-y-administracion-de-metodologias": "DGE-V-03",
}
PRINTED_ROWS = {
    "desarrollo-de-sistemas-de-software": 25,
    "mantenimiento-modulos-sap": 9,
    "copia-de-seguridad-backups": 7,
    "asignacion-de-cuentas-de-usuario": 8,
    "desarrollo-de-sitios-y-micrositios": 20,
    "actualizacion-y-mantenimiento-de-sitios": 15,
    "alta-de-conjunto-de-datos": 5,
    "registro-y-canalizacion-de-incidentes-072": 4,  # the 5th and 6th are monthly: a procedure of their own
    "programa-anual-de-adquisiciones-tic": 5,
    "proposicion-y-administracion-de-metodologias": 5,
}
FORMS = {
    "FORM.293/SECATI/012224": "acta-cuenta",
    "FORM.296/SECATI/012224": "protocolo-entrega",
    "FORM.297/SECATI/012224": "protocolo-transporte",
    "FORM.316/SECATI/012224": "liberacion-sitio",
    "FORM.317/SECATI/012224": "registro-conjunto-datos",
    "FORM.318/SECATI/012224": "mantenimiento-sitio",
}
TODAY = "2026-11-20"


def _read() -> Pack:
    pack = read_files(FOLDER).pack
    assert pack is not None
    return pack


PACK = _read()
TOLD = [PACK.procedures[key] for key in CODES]
STORIES = [pytest.param(p, s, id=f"{p.code}: {s['nombre']}") for p in TOLD for s in p.tests]
ANSWERS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (FOLDER / "demostracion" / "sistemas.yaml").read_text("utf-8")
)["formatos"]


def step(procedure: str, number: str) -> Activity:
    return PACK.procedures[procedure].by_step[number]


def targets(activity: Activity) -> dict[str, str]:
    return {a.label: a.target.step or a.target.outcome or "fin" for a in activity.answers}


def refused(form: str, **typed: Any) -> dict[str, str]:
    """What is wrong with an answer of the demo, changed by `typed`, by field."""
    return fill(PACK.formats[form], {**ANSWERS[form][0], **typed}, around={"hoy": TODAY}).errors


# --- The whole ---------------------------------------------------------------------------


def test_the_checker_finds_nothing_in_these_chapters() -> None:
    files = {f"procedimientos/{key}.yaml" for key in CODES}
    _, findings = read_and_check(FOLDER)
    assert [str(f) for f in findings if f.place.file in files] == []


def test_codes_and_printed_numbers() -> None:
    assert {p.key: p.code for p in TOLD} == CODES
    for key, rows in PRINTED_ROWS.items():
        assert {str(n) for n in range(1, rows + 1)} <= set(PACK.procedures[key].by_step), key


@pytest.mark.parametrize(("procedure", "story"), STORIES)
def test_stories_go_the_way_they_say(procedure: Procedure, story: dict[str, Any]) -> None:
    walked = walk(procedure, story["respuestas"])
    assert list(walked.visited) == list(story["pasa_por"])
    assert walked.outcome == story["termina"]


def test_every_answer_is_taken_by_a_story() -> None:
    for procedure in TOLD:
        questions = {a.step: a for a in procedure.activities if a.is_decision}
        taken = set()
        for story in procedure.tests:
            answers = iter(story["respuestas"])
            taken |= {(s, next(answers)) for s in story["pasa_por"] if s in questions}
        assert taken == {(s, a.label) for s, found in questions.items() for a in found.answers}, procedure.key


def test_every_way_ends() -> None:
    assert all(way.outcome for procedure in TOLD for way in cover(procedure))


def test_forms_keep_their_printed_code() -> None:
    assert {code: PACK.formats[key].code for code, key in FORMS.items()} == {code: code for code in FORMS}


def test_every_document_has_a_sample_with_fields_that_exist() -> None:
    for name in {i.template for p in TOLD for a in p.activities for i in a.issues}:
        sample = json.loads((FOLDER / "plantillas" / "muestras" / f"{name}.json").read_text("utf-8"))
        for part in ("datos", "crudo", "leidos"):
            for key, fields in sample.get(part, {}).items():
                assert set(fields) <= {f.key for f in PACK.formats[key].fields}, (name, key)


@pytest.mark.parametrize("form", sorted(ANSWERS))
def test_the_demos_answers_name_fields_that_exist(form: str) -> None:
    known = {f.key for f in PACK.formats[form].fields}
    assert all({key for key in answer if not key.startswith("_")} <= known for answer in ANSWERS[form])


# --- Chapter III -------------------------------------------------------------------------


def test_software_is_not_released_without_its_backup_documented() -> None:
    assert targets(step("desarrollo-de-sistemas-de-software", "22"))["sí"] == "22a"
    assert step("desarrollo-de-sistemas-de-software", "22a").form == "documentacion-respaldo"
    assert "respaldo" in refused("liberacion-sistema", respaldo="no")
    assert "respaldo" not in refused("liberacion-sistema", respaldo="sí")


def test_the_applicant_signs_the_delivery_and_the_head_answers_what_is_not_viable() -> None:
    assert step("desarrollo-de-sistemas-de-software", "25").signers == ("solicitante",)
    refusal = step("desarrollo-de-sistemas-de-software", "3no")
    assert refusal.signers == ("director-gobierno-electronico",) and refusal.targets[0].outcome == "no viable"


def test_missing_information_is_looked_at_again_and_the_plan_is_not_skipped() -> None:
    assert targets(step("desarrollo-de-sistemas-de-software", "5a")) == {"sí": "8", "no": "6"}
    assert step("desarrollo-de-sistemas-de-software", "7").targets[0].step == "5"


def test_nothing_is_transported_before_both_have_signed() -> None:
    signed = step("mantenimiento-modulos-sap", "8si")
    assert signed.signers == ("solicitante", "analista-consultivo-a-sap") and signed.targets[0].step == "8b"
    into = [
        a.step for a in PACK.procedures["mantenimiento-modulos-sap"].activities for t in a.all_targets if t.step == "8b"
    ]
    assert into == ["8si"]
    assert targets(step("mantenimiento-modulos-sap", "8"))["no"] == "6"


def test_a_second_copy_is_verified_too() -> None:
    again = step("copia-de-seguridad-backups", "5si")
    assert again.targets[0].step == "3" and step("copia-de-seguridad-backups", "7").form == "bitacora-backups"
    assert PACK.procedures["copia-de-seguridad-backups"].start.schedule == "cada día hábil, 08:00"
    assert PACK.procedures["revision-de-bitacora-de-backups"].start.schedule == "mensual 1, 09:00"


@pytest.mark.parametrize("column", ["fecha", "hora", "frecuencia", "tipo", "sistema", "lugar"])
def test_the_log_demands_what_the_policy_demands(column: str) -> None:
    whole = {**ANSWERS["bitacora-backups"][0]["registros"][0], "fecha": TODAY}
    assert refused("bitacora-backups", registros=[whole]) == {}
    lacking = {key: told for key, told in whole.items() if key != column}
    assert set(refused("bitacora-backups", registros=[lacking])) == {f"registros.0.{column}"}


def test_a_restoration_suspends_the_application_and_is_noted() -> None:
    assert {"suspension", "bitacora"} <= set(refused("plan-recuperacion", suspension="no", bitacora="no"))


def test_an_account_is_made_by_the_convention_and_its_password_stands_in_no_format() -> None:
    made = step("asignacion-de-cuentas-de-usuario", "6")
    assert (made.action, made.action_with) == ("cuenta.asignar", {"cuenta": "sistemas", "sobre": "sí"})
    rule = next(a for a in PACK.institution.accounts if a.key == "sistemas")
    assert rule.forms[:3] == (
        "{inicial}{apellido}",
        "{inicial}{apellido}{inicial2}",
        "{inicial}{apellido}{inicial2}{n}",
    )
    kept = PACK.formats["acta-cuenta"].field("contrasena")
    assert kept is not None and [key for key, _ in kept.options] == ["sobre"]
    last = step("asignacion-de-cuentas-de-usuario", "8a")
    assert (last.action, last.signers) == ("sobre.entregar", ("jefe-ingenieria-aplicaciones", "solicitante"))


def test_only_the_head_of_an_area_asks_for_an_account_with_all_its_data() -> None:
    assert PACK.procedures["asignacion-de-cuentas-de-usuario"].start.by == ("titular",)
    demanded = {f.key for f in PACK.formats["solicitud-acceso"].fields if f.required}
    asked = {
        "nombres",
        "primer_apellido",
        "adscripcion",
        "cargo",
        "numero_control",
        "correo_usuario",
        "perfil",
        "sistema",
    }
    assert asked | {"justificacion", "avala"} <= demanded and "segundo_apellido" not in demanded


# --- Chapter IV --------------------------------------------------------------------------


def test_the_structure_the_sketch_and_the_site_may_be_sent_back() -> None:
    back = {s: targets(step("desarrollo-de-sitios-y-micrositios", s))["no"] for s in ("7a", "11", "15a")}
    assert back == {"7a": "5", "11": "9", "15a": "15"}
    order = [a.targets[0].step for s in ("17", "16") for a in [step("desarrollo-de-sitios-y-micrositios", s)]]
    assert order == ["16", "18"]  # the handbook first, then the training


def test_a_release_is_agreed_by_all_and_signed_as_the_form_says() -> None:
    release = step("desarrollo-de-sitios-y-micrositios", "19")
    assert release.mode == "all" and len(release.responsibles) == 3
    assert release.signers == ("jefe-servicios-web", "subdirector-sistemas", "solicitante")


def test_forbidden_contents_are_not_let_through() -> None:
    assert refused("validacion-contenidos", comentarios="no", veraces="sí") == {}
    assert "prohibidos" in refused("validacion-contenidos", comentarios="no", prohibidos=["derechos"])
    assert "comentarios" in refused("validacion-contenidos", comentarios="no", veraces="no")


def test_an_update_is_published_only_when_the_link_person_allows_it() -> None:
    assert targets(step("actualizacion-y-mantenimiento-de-sitios", "13")) == {"sí": "13si", "no": "13a"}
    assert step("actualizacion-y-mantenimiento-de-sitios", "13si").targets[0].step == "7"
    assert [r.label for r in step("actualizacion-y-mantenimiento-de-sitios", "13a").responsibles] == [
        "Enlace del sitio web del área solicitante"
    ]


def test_the_data_set_form_is_a_spreadsheet_of_five_tabs_that_agree() -> None:
    form = PACK.formats["registro-conjunto-datos"]
    assert form.spreadsheet and [s.title for s in form.sections] == [
        "Dependencia", "Dataset", "Recurso", "Diccionario de datos", "Tipos de datos"
    ]  # fmt: skip
    one = ANSWERS["registro-conjunto-datos"][0]
    assert refused("registro-conjunto-datos") == {}
    assert "recursos" in refused("registro-conjunto-datos", recursos=[{**one["recursos"][0], "id_dataset": "2"}])
    assert "diccionario" in refused(
        "registro-conjunto-datos", diccionario=[{**one["diccionario"][0], "id_dataset": "9"}]
    )
    assert "datasets" in refused("registro-conjunto-datos", datasets=[{**one["datasets"][0], "id_dependencia": "3"}])
    long = {**one["datasets"][0], "nombre": " ".join(["palabra"] * 16)}
    assert "datasets" in refused("registro-conjunto-datos", datasets=[long])
    late = {**one["recursos"][0], "inicio": "2026-12-01"}
    assert "recursos" in refused("registro-conjunto-datos", recursos=[late])


def test_both_validations_of_a_data_set_may_refuse() -> None:
    legal, technical = step("alta-de-conjunto-de-datos", "3"), step("alta-de-conjunto-de-datos", "5")
    assert (targets(legal)["no"], targets(technical)["no"]) == ("1", "1") and legal.mode == "all"
    assert step("alta-de-conjunto-de-datos", "6").signers == ("director-gobierno-electronico",)


# --- Chapter V ---------------------------------------------------------------------------


def test_072_takes_calls_and_the_web_and_routes_at_once() -> None:
    start = PACK.procedures["registro-y-canalizacion-de-incidentes-072"].start
    assert start.public and set(start.by) == {"operador-072", "ciudadano"}
    by_web = set(refused("reporte-072", medio="web", correo=""))
    by_telephone = set(refused("reporte-072", medio="telefono", telefono=""))
    assert (by_web, by_telephone) == ({"correo"}, {"telefono"})
    routed = step("registro-y-canalizacion-de-incidentes-072", "4").term
    assert routed is not None and (routed.amount, routed.unit) == (15, "minutes")


def test_072_is_attended_by_the_unit_that_the_operator_chose_within_its_own_time() -> None:
    for number in ("4a", "4b"):
        (who,) = step("registro-y-canalizacion-de-incidentes-072", number).responsibles
        assert (who.key, who.where) == ("enlace-072", "registro-072.dependencia")
    term = step("registro-y-canalizacion-de-incidentes-072", "4b").term
    assert term is not None and term.since == "verificacion-072.compromiso"
    told = step("registro-y-canalizacion-de-incidentes-072", "1no")
    assert told.form == "orientacion-072" and told.targets[0].outcome == "orientado"


def test_the_monthly_report_reaches_each_unit_and_adds_up() -> None:
    report = PACK.procedures["reporte-mensual-072"]
    assert report.start.schedule == "mensual 1, 09:00" and report.by_step["6a"].responsibles[0].where == "elemento"
    form = PACK.formats["reporte-mensual-072"]
    typed = {**ANSWERS["reporte-mensual-072"][0], "mes": {"desde": "2026-10-01", "hasta": "2026-10-31"}}
    filled = fill(form, typed, around={"hoy": TODAY})
    assert filled.ok and (filled.values["total_pendientes"], filled.values["total_concluidos"]) == ("130", "1116")
    data = case_data(PACK.formats, {"reporte-mensual-072": filled.values}, hoy=TODAY)
    assert len(value(report.by_step["6a"].for_each or "", data)) == 3


def test_only_the_unit_that_left_something_out_is_asked_again() -> None:
    programme = "programa-anual-de-adquisiciones-tic"
    assert targets(step(programme, "3")) == {"sí": "4", "no": "3a"} and step(programme, "3b").targets[0].step == "3"
    everybody, again = ANSWERS["peticion-requerimientos-tic"][0], ANSWERS["revision-requerimientos-tic"][1]
    kept = {"peticion-requerimientos-tic": everybody, "revision-requerimientos-tic": again}
    data = case_data(PACK.formats, kept, hoy=TODAY)
    asked = {s: [r["dependencia"] for r in value(step(programme, s).for_each or "", data)] for s in ("2", "3b")}
    assert asked == {"2": ["seguridad-ciudadana", "servicios-publicos", "bienestar"], "3b": ["bienestar"]}
    assert PACK.procedures[programme].start.schedule == "anual 1 de septiembre, 09:00"


def test_the_programme_and_the_methodologies_are_validated_and_authorized() -> None:
    for procedure, number in (
        ("programa-anual-de-adquisiciones-tic", "5c"),
        ("proposicion-y-administracion-de-metodologias", "5a"),
    ):
        assert step(procedure, number).signers == ("subdirector-sistemas", "director-gobierno-electronico")
    said = step("proposicion-y-administracion-de-metodologias", "2a")
    assert said.mode == "all" and len(said.responsibles) == 7
    assert targets(step("proposicion-y-administracion-de-metodologias", "2b"))["sí"] == "1"
