"""The manual of Veracruz's DMIGA: whole, clean, and saying what the printed rules demand."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from turna.engine.checking import read_and_check
from turna.engine.definitions import Activity, Issue, Pack, Procedure
from turna.engine.expressions import condition
from turna.engine.filling import case_data, fill, prefill, visible_fields
from turna.engine.reading import read_files
from turna.engine.walking import cover, walk

FOLDER = Path(__file__).parents[3] / "manuales" / "veracruz-dmiga"
PACK = read_files(FOLDER).pack
assert PACK is not None
TEMPLATES = FOLDER / "plantillas"

CODES = {
    "PR-DMIGA-01": "recepcion-y-seguimiento-de-reportes",
    "PR-DMIGA-02": "mantenimiento-lineas-telefonicas-y-datos",
    "PR-DMIGA-03": "dictamen-tecnico-baja-equipo",
    "PR-DMIGA-04": "orden-de-pago",
    "PR-DMIGA-05": "desarrollo-de-aplicativos",
    "PR-DMIGA-06": "actualizacion-mejora-o-correccion-de-aplicativos",
    "PR-DMIGA-07": "creacion-de-usuario-as400",
    "PR-DMIGA-08": "apertura-de-procesos-decide-veracruz",
    "PR-DMIGA-09": "alta-usuarios-cero-papel",
    "PR-DMIGA-10": "implementacion-cero-filas",
    "PR-DMIGA-11": "desarrollo-portal-web-o-micrositios",
}
BY_OFICIO = [key for code, key in CODES.items() if code not in ("PR-DMIGA-01", "PR-DMIGA-02", "PR-DMIGA-04")]
ALL = sorted(PACK.procedures.values(), key=lambda p: p.code)
STORIES = [pytest.param(p, s, id=f"{p.code}: {s['nombre']}") for p in ALL for s in p.tests]
# Distinctive names of the officials whom the printed manual names, as digests: they stay out of this repository.
PRINTED_NAMES = frozenset(
    "7202c5918cb9 8934599066c7 8bcd48d514ea 98e23550bdf2 9aa3d151417c a457259a7b90 b16b03c9dbda ccbb4d1ed8dc".split()
)
DOCUMENTS = sorted(p.stem for p in TEMPLATES.glob("*.typ") if not p.stem.startswith("_"))


@pytest.fixture
def pack() -> Pack:
    assert PACK is not None
    return PACK


def procedure(code: str) -> Procedure:
    assert PACK is not None
    return PACK.procedures[CODES[code]]


def targets(activity: Activity) -> dict[str, str]:
    """Answer to where it leads: a step, or the outcome."""
    return {a.label: a.target.step or a.target.outcome or "concluido" for a in activity.answers}


# --- Whole and clean ------------------------------------------------------------------


def test_nothing_is_wrong_or_doubtful() -> None:
    _, findings = read_and_check(
        FOLDER, {"reporte.numerar", "oficio.responder", "cuenta.asignar", "cuenta.baja", "sobre.entregar"}
    )
    assert [str(f) for f in findings] == []


def test_the_eleven_procedures_and_no_other(pack: Pack) -> None:
    assert {p.code: p.key for p in pack.procedures.values()} == CODES


@pytest.mark.parametrize(("told", "story"), STORIES)
def test_stories_go_as_told(told: Procedure, story: dict[str, Any]) -> None:
    went = walk(told, story["respuestas"])
    assert list(went.visited) == story["pasa_por"]
    assert went.outcome == story["termina"]
    assert went.unused == ()


@pytest.mark.parametrize("told", ALL, ids=lambda p: p.code)
def test_stories_reach_every_end_and_every_activity(told: Procedure) -> None:
    ends = {path.outcome for path in cover(told)}
    assert {story["termina"] for story in told.tests} == ends
    assert {step for story in told.tests for step in story["pasa_por"]} == set(told.by_step)


@pytest.mark.parametrize("told", ALL, ids=lambda p: p.code)
def test_activities_stand_in_the_order_of_their_numbers(told: Procedure) -> None:
    def natural(step: str) -> tuple[int, str]:
        match = re.fullmatch(r"(\d+)([a-z]*)", step)
        assert match
        return int(match[1]), match[2]

    steps = [a.step for a in told.activities]
    assert steps == sorted(steps, key=natural)


@pytest.mark.parametrize("told", ALL, ids=lambda p: p.code)
def test_people_find_it_and_are_helped(told: Procedure) -> None:
    assert len(told.keywords) >= 5
    assert told.first.notice, "the applicant hears that it was received"
    assert all(len(a.text) <= 130 for a in told.activities), "one short sentence"


def test_no_real_person_is_named(pack: Pack) -> None:
    words = set(re.findall(r"\w+", "\n".join(pack.sources.values()).casefold()))
    assert [w for w in words if sha256(w.encode()).hexdigest()[:12] in PRINTED_NAMES] == []


def test_the_calendar_says_that_it_is_an_example(pack: Pack) -> None:
    days = pack.institution.calendar.days
    assert {d.date[:4] for d in days} == {"2025", "2026", "2027"}
    assert all("ejemplo" in d.source and not d.working for d in days)
    federal = {"01-01", "05-01", "09-16", "12-25"}
    assert not [d.date for d in days if d.date[5:] in federal], "federal days come from the base"


# --- The rules of the procedures ------------------------------------------------------


def test_a_payment_order_goes_back_to_3_from_each_of_the_four_validations() -> None:
    steps = procedure("PR-DMIGA-04").by_step
    validations = {"4": "subdireccion-adquisiciones", "7": "contraloria-interna", "10": "subdireccion-presupuestos"}
    for step, position in {**validations, "12": "comision-hacienda"}.items():
        assert [r.key for r in steps[step].responsibles] == [position]
        assert targets(steps[step])["no"] == "3"
    assert targets(steps["1"]) == {"sí": "2", "no": "1"}
    assert targets(steps["2"]) == {"sí": "3", "no": "1"}
    assert steps["3"].issues == (Issue("orden-de-pago"),)
    assert steps["3"].signers == ("director-dmiga",)
    assert (steps["13"].form, steps["13"].targets[0].is_end) == ("transferencia", True)


def test_data_propose_what_the_budget_allows(pack: Pack) -> None:
    form, told = pack.formats["orden-de-pago"], procedure("PR-DMIGA-04").by_step["10"]

    def proposed(available: str, automatic: str = "") -> tuple[list[str], str]:
        row = {"partida": "31701", "nombre": "Internet", "disponible": available, "importe": "100"}
        filled = fill(form, {"importe": "100", "partidas": [row], "ampliacion": automatic}, partial=True).values
        data = case_data(pack.formats, {form.key: filled})
        return [a.label for a in told.answers if condition(a.decide or "false", data)], filled["diferencia"]

    assert proposed("100") == (["sí"], "0.00")
    assert proposed("99.99", "no") == (["no"], "0.00")
    assert proposed("99.99", "sí") == (["sí"], "0.00")


def test_an_invoice_that_does_not_add_up_is_proposed_for_return(pack: Pack) -> None:
    typed = {"subtotal": "100", "iva": "16", "otros": "0"}
    for total, answer in (("116", "sí"), ("118", "no")):
        filled = fill(pack.formats["factura"], {**typed, "importe": total}, partial=True).values
        data = case_data(pack.formats, {"factura": filled})
        first = procedure("PR-DMIGA-04").first
        assert [a.label for a in first.answers if condition(a.decide or "false", data)] == [answer]


def test_the_most_affected_come_first(pack: Pack) -> None:
    form = pack.formats["solicitud-linea"]
    for people, stopped, priority in (("2", "no", "normal"), ("2", "sí", "alta"), ("10", "no", "alta")):
        filled = fill(form, {"personas_afectadas": people, "atencion_publico": stopped}, partial=True).values
        assert filled["prioridad"] == priority
        begun = prefill(pack.formats["reporte-servicio"], {"solicitud-linea": filled})
        assert begun["prioridad"] == priority
    assert prefill(pack.formats["reporte-servicio"], {})["prioridad"] == "normal"


def test_payment_is_reached_only_through_all_validations() -> None:
    for path in cover(procedure("PR-DMIGA-04")):
        last_order = len(path.visited) - 1 - path.visited[::-1].index("3")
        assert path.visited[last_order:] == tuple(str(n) for n in range(3, 14))


def test_the_user_signs_and_rates_before_an_attended_report_is_closed(pack: Pack) -> None:
    reports = procedure("PR-DMIGA-01")
    rating = reports.by_step["5"]
    assert [r.kind for r in rating.responsibles] == ["applicant"]
    assert rating.form == "calificacion-servicio"
    fields = {f.key: f for f in pack.formats["calificacion-servicio"].fields}
    assert fields["firma"].type == "signature"
    assert fields["firma"].required and fields["calificacion"].required
    for path in cover(reports):
        assert (path.outcome == "concluido") == ("5" in path.visited)


def test_only_the_secretary_closes_a_report() -> None:
    enders = [a for a in procedure("PR-DMIGA-01").activities if any(t.is_end for t in a.all_targets)]
    assert [[r.key for r in a.responsibles] for a in enders] == [["secretaria-dmiga"]]


def test_data_tell_how_a_report_came_and_how_it_ends(pack: Pack) -> None:
    steps = procedure("PR-DMIGA-01").by_step
    assert all(a.automatic for a in (*steps["2"].answers, *steps["6"].answers))

    def decided(step: str, **filled: dict[str, Any]) -> list[str]:
        data = case_data(pack.formats, {key.replace("_", "-"): values for key, values in filled.items()})
        return [a.label for a in steps[step].answers if condition(a.decide or "false", data)]

    assert decided("2", solicitud_asistencia={"canal": "oficio"}) == ["sí"]
    assert decided("2", solicitud_asistencia={"canal": "telefono"}) == ["no"]
    assert decided("6", calificacion_servicio={"resuelto": "si"}) == ["sí"]
    assert decided("6", material_faltante={"materiales": [{"cantidad": "1"}]}) == ["no"]


def test_services_that_demand_an_oficio_cannot_be_asked_by_telephone(pack: Pack) -> None:
    form = pack.formats["solicitud-asistencia"]
    by_telephone = {f.key for f in visible_fields(form, {"canal": "telefono"})}
    by_oficio = {f.key for f in visible_fields(form, {"canal": "oficio"})}
    assert "servicio_oficio" not in by_telephone and "oficio_numero" not in by_telephone
    assert {"servicio_oficio", "oficio_numero", "oficio_fecha"} <= by_oficio
    asked = fill(form, {"canal": "telefono", "servicio_telefono": "cableado"})
    assert "servicio_telefono" in asked.errors
    options = {key for f in form.fields if f.key == "servicio_telefono" for key, _ in f.options}
    assert options.isdisjoint(
        {"sistemas", "portal", "usuarios", "cableado", "internet", "linea", "liberacion", "reubicacion", "preventivo"}
    )


def test_missing_material_is_asked_for_by_oficio_and_signed() -> None:
    asking = procedure("PR-DMIGA-01").by_step["2b"]
    assert (asking.form, asking.issues, asking.signers) == (
        "solicitud-material",
        (Issue("solicitud-material"),),
        ("director-dmiga",),
    )


def test_the_suppliers_report_number_cannot_be_left_out(pack: Pack) -> None:
    lines = procedure("PR-DMIGA-02").by_step
    assert lines["2a"].form == "reporte-proveedor"
    assert "numero_reporte" in fill(pack.formats["reporte-proveedor"], {}).errors
    waiting = lines["2b"].responsibles[0]
    assert (waiting.kind, waiting.recorder) == ("external", "mantenimiento-atencion-usuarios")
    assert [r.kind for r in lines["3c"].responsibles] == ["applicant"], "the affected unit asks for the material"


def test_having_material_leads_to_the_repair_not_to_the_closing() -> None:
    lines = procedure("PR-DMIGA-02").by_step
    assert lines["3a"].targets[0].step == "4"


def test_an_oficio_is_answered_when_there_was_one() -> None:
    closing = procedure("PR-DMIGA-02").by_step["5"]
    assert targets(closing) == {"oficio": "5a", "teléfono": "concluido"}
    assert all(a.automatic for a in closing.answers)


def test_a_dictamen_is_signed_before_the_report_is_closed() -> None:
    dictamen = procedure("PR-DMIGA-03")
    assert len(dictamen.by_step["5a"].signers) == 3
    for path in cover(dictamen):
        assert path.visited[-2:] == ("5a", "6")


@pytest.mark.parametrize("key", BY_OFICIO)
def test_the_request_is_an_oficio(pack: Pack, key: str) -> None:
    start = pack.procedures[key].start
    assert start.by_oficio and start.by == ("servidor-publico",)
    missing = fill(pack.formats[start.form or ""], {}).errors
    assert {"oficio_numero", "oficio_fecha"} <= set(missing)


@pytest.mark.parametrize("code", ["05", "06", "07", "08", "09", "10", "11"])
def test_a_refusal_is_answered_by_a_reasoned_and_signed_oficio(pack: Pack, code: str) -> None:
    refused = procedure(f"PR-DMIGA-{code}")
    director = next(a for a in refused.activities if a.is_decision and a.responsibles[0].key == "director-dmiga")
    answer = refused.by_step[targets(director)["no"]]
    assert (answer.form, answer.issues, answer.action) == (
        "oficio-negativa",
        (Issue("oficio-negativa"),),
        "oficio.responder",
    )
    assert answer.signers == ("director-dmiga",)
    assert answer.targets[0].outcome == "improcedente"
    assert {"motivo", "fundamento"} <= set(fill(pack.formats["oficio-negativa"], {}).errors)


def test_failed_tests_go_back_to_the_phase_that_mends_them() -> None:
    assert targets(procedure("PR-DMIGA-05").by_step["10a"]) == {"sí": "8", "no": "11"}
    assert targets(procedure("PR-DMIGA-06").by_step["6a"]) == {"sí": "5", "no": "7"}
    assert targets(procedure("PR-DMIGA-11").by_step["9"]) == {"sí": "6", "no": "9a"}


def test_analysis_waits_for_both_interviews() -> None:
    for path in cover(procedure("PR-DMIGA-05")):
        if "7" in path.visited:
            before = path.visited[: path.visited.index("7")]
            assert {"5", "6a"} <= set(before)


def test_as400_needs_both_authorisations_and_tells_joining_from_leaving() -> None:
    users = procedure("PR-DMIGA-07")
    for path in cover(users):
        if path.outcome == "concluido":
            assert ("3", "4") == path.visited[2:4]
    assert targets(users.by_step["5a"]) == {"alta": "6", "baja": "6b"}
    assert users.by_step["6"].action == "cuenta.asignar"
    assert users.by_step["6"].action_with == {"cuenta": "as400", "sobre": "sí"}
    assert [users.by_step[step].action for step in ("6b", "7")] == ["cuenta.baja", "sobre.entregar"]
    assert users.by_step["7"].issues == (Issue("oficio-entrega-usuario"),)


def test_no_password_is_ever_written_down(pack: Pack) -> None:
    keys = {f"{form.key}.{f.key}" for form in pack.formats.values() for f in form.fields}
    assert not [key for key in keys if "contrasena" in key.split(".")[1] or "password" in key]


def test_training_comes_before_access() -> None:
    for code, training, access in (("08", "3", "5"), ("09", "3", "4")):
        for path in cover(procedure(f"PR-DMIGA-{code}")):
            if access in path.visited:
                assert path.visited.index(training) < path.visited.index(access)


def test_cero_filas_is_installed_only_where_it_fits() -> None:
    queues = procedure("PR-DMIGA-10")
    assert targets(queues.by_step["3"]) == {"sí": "4", "no": "6"}
    for path in cover(queues):
        assert (path.outcome == "concluido") == ("5a" in path.visited)
        assert {"6", "2c"} & set(path.visited), "answered by oficio whatever happens"


# --- Documents ------------------------------------------------------------------------


def test_every_document_has_a_sample(pack: Pack) -> None:
    issued = {issue.template for p in pack.procedures.values() for a in p.activities for issue in a.issues}
    assert issued == set(DOCUMENTS)
    assert {p.stem for p in (TEMPLATES / "muestras").glob("*.json")} == set(DOCUMENTS)


# --- The demo's answers ---------------------------------------------------------------


def test_every_format_has_demo_answers_that_it_takes(pack: Pack) -> None:
    text = (FOLDER / "demostracion.yaml").read_text("utf-8").replace('"{importe}"', '"1.00"').replace("{n}", "3")
    samples: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)["formatos"]
    assert set(samples) == set(pack.formats)
    for key, answers in samples.items():
        names = {f.key for f in pack.formats[key].fields}
        for answer in answers:
            assert set(answer) - {"_de", "_en"} <= names, key
            assert fill(pack.formats[key], answer, partial=True, around={"hoy": "2026-11-20"}).errors == {}, key
