"""The three small manuals (Huatabampo, a water organism's DF-07, Puebla's COMEREP-029): whole, clean, and doing what
their printed rules demand."""

from __future__ import annotations

import json
import re
from hashlib import sha256
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

MANUALS = Path(__file__).parents[3] / "manuales"
FOLDERS = {key: MANUALS / key for key in ("huatabampo", "agua-df07", "puebla-estado")}


def _read(folder: Path) -> Pack:
    pack = read_files(folder).pack
    assert pack is not None
    return pack


PACKS = {key: _read(folder) for key, folder in FOLDERS.items()}
PRINTED = {
    "huatabampo/atencion-solicitudes-de-servicio": "4.1.1",
    "huatabampo/atencion-denuncias-ciudadanas": "4.2.1",
    "huatabampo/traslado-a-colonias-y-comunidades": "4.3.1",
    "agua-df07/atencion-y-seguimiento-a-peticiones": "DF-07-01",
    "puebla-estado/generacion-usuarios-ciudadanos": "COMEREP-029",
}
ALL = sorted((p for pack in PACKS.values() for p in pack.procedures.values()), key=lambda p: p.id)
STORIES = [pytest.param(p, s, id=f"{p.id}: {s['nombre']}") for p in ALL for s in p.tests]
# Distinctive names of the officials whom the printed manuals name, as digests: they stay out of this repository.
PRINTED_NAMES = frozenset(
    (
        "042258ab897b 21214c19d136 5212b076936a 6664626421c3 7da0d1739e41 92cf7b38d57d "
        "a8be13a54e59 ab9232111a8f e13b0618c47c ecdc16b9b68b "
    ).split()
)


def procedure(id: str) -> Procedure:
    pack, _, key = id.partition("/")
    return PACKS[pack].procedures[key]


SOLICITUDES, DENUNCIAS, GIRAS = (procedure(id) for id in list(PRINTED)[:3])
AGUA, COMEREP = (procedure(id) for id in list(PRINTED)[3:])


def targets(activity: Activity) -> dict[str, str]:
    """Answer to where it leads: a step, or the outcome."""
    return {a.label: a.target.step or a.target.outcome or "concluido" for a in activity.answers}


def decided(pack: Pack, activity: Activity, **filled: dict[str, Any]) -> list[str]:
    data = case_data(pack.formats, {key.replace("_", "-"): values for key, values in filled.items()})
    return [a.label for a in activity.answers if condition(a.decide or "false", data)]


# --- Whole and clean ------------------------------------------------------------------


@pytest.mark.parametrize("key", FOLDERS)
def test_nothing_is_wrong_or_doubtful(key: str) -> None:
    _, findings = read_and_check(FOLDERS[key], {"casos.contar"})
    assert [str(f) for f in findings] == []


def test_the_printed_procedures_carry_their_code_and_the_others_say_that_they_are_not_printed() -> None:
    assert {p.id: p.code for p in ALL if p.id in PRINTED} == PRINTED
    for told in ALL:
        if told.id not in PRINTED:
            assert told.code.startswith("INTERNO-")
            assert told.start.schedule, "what the manuals order to be done every day or month begins by itself"


@pytest.mark.parametrize(("told", "story"), STORIES)
def test_stories_go_as_told(told: Procedure, story: dict[str, Any]) -> None:
    went = walk(told, story["respuestas"])
    assert list(went.visited) == story["pasa_por"]
    assert went.outcome == story["termina"]
    assert went.unused == ()


@pytest.mark.parametrize("told", ALL, ids=lambda p: p.id)
def test_stories_reach_every_end_and_every_activity_and_answer(told: Procedure) -> None:
    ends = {path.outcome for path in cover(told)}
    assert {story["termina"] for story in told.tests} == ends
    assert {step for story in told.tests for step in story["pasa_por"]} == set(told.by_step)
    for activity in told.activities:
        led = {a.target.step for a in activity.answers if a.target.step}
        seen = {
            after
            for story in told.tests
            for step, after in zip(story["pasa_por"], story["pasa_por"][1:], strict=False)
            if step == activity.step
        }
        assert led <= seen, activity.step


@pytest.mark.parametrize("told", ALL, ids=lambda p: p.id)
def test_only_what_sends_back_leads_to_an_earlier_row(told: Procedure) -> None:
    """Going back asks for a reason, which nobody should be asked for who only goes on."""
    order = {a.step: at for at, a in enumerate(told.activities)}
    back = {
        f"{a.step} {answer.label}"
        for a in told.activities
        for answer in a.answers
        if answer.target.step and order[answer.target.step] <= order[a.step]
    }
    assert back <= {f"{a.step} {word}" for a in told.activities for word in ("no", "pendiente")}
    assert told is AGUA or list(order) == sorted(order, key=_natural), "as printed, but where the print is out of order"


def _natural(step: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d+)([a-z]*)", step)
    assert match
    return int(match[1]), match[2]


@pytest.mark.parametrize("told", ALL, ids=lambda p: p.id)
def test_people_find_it_and_are_helped(told: Procedure) -> None:
    assert len(told.keywords) >= 5
    assert told.first.notice, "whoever asked hears that it was received"
    assert all(len(a.text) <= 130 for a in told.activities), "one short sentence"


@pytest.mark.parametrize("key", FOLDERS)
def test_no_real_person_is_named(key: str) -> None:
    words = set(re.findall(r"\w+", "\n".join(PACKS[key].sources.values()).casefold()))
    assert [w for w in words if sha256(w.encode()).hexdigest()[:12] in PRINTED_NAMES] == []


@pytest.mark.parametrize("key", FOLDERS)
def test_no_password_is_ever_written_down(key: str) -> None:
    keys = {f"{form.key}.{f.key}" for form in PACKS[key].formats.values() for f in form.fields}
    assert not [key for key in keys if "contrasena" in key.split(".")[1] or "clave_acceso" in key]


# --- Huatabampo -----------------------------------------------------------------------


def test_a_request_that_does_not_proceed_is_answered_with_reasons() -> None:
    assert targets(SOLICITUDES.by_step["3"]) == {"sí": "4", "no": "3no"}
    refusal = SOLICITUDES.by_step["3no"]
    assert refusal.notice and refusal.signers == ("coordinador",)
    assert {"motivo", "alternativa"} <= set(fill(PACKS["huatabampo"].formats["improcedencia"], {}).errors)


def test_nobody_is_left_without_an_answer() -> None:
    for path in cover(SOLICITUDES):
        assert {"3no", "5b"} & set(path.visited), "answered by a signed oficio whatever happens"
    for path in cover(DENUNCIAS):
        assert path.visited[-1] == "6a"


def test_what_was_not_granted_does_not_count_as_granted() -> None:
    last = SOLICITUDES.by_step["7"]
    assert all(a.automatic for a in last.answers)
    assert decided(PACKS["huatabampo"], last, cumplimiento={"cumplido": "no"}) == ["no"]
    assert targets(last)["no"] == "no otorgada"


def test_legal_advice_goes_to_who_needs_it() -> None:
    asks = SOLICITUDES.by_step["2"]
    for needs, answer in ((True, "sí"), (False, "no")):
        assert decided(PACKS["huatabampo"], asks, analisis_solicitud={"requiere_juridica": needs}) == [answer]
    assert SOLICITUDES.by_step["2a"].form == "asesoria-juridica"


def test_a_denunciation_stands_in_the_log_before_anything_else() -> None:
    assert DENUNCIAS.first.form == "bitacora-denuncias"
    assert PACKS["huatabampo"].formats["bitacora-denuncias"].series == "bitacora"


def test_a_tour_has_a_day_a_place_and_a_team_and_waits_for_its_day() -> None:
    form = PACKS["huatabampo"].formats["programa-gira"]
    missing = set(fill(form, {}).errors)
    assert {"fecha", "colonia", "lugar", "punto", "equipo", "hora_inicio", "hora_fin"} <= missing
    wait = GIRAS.by_step["1a"].pause
    assert wait is not None and wait.until == "programa-gira.fecha"


def test_each_matter_of_a_tour_opens_its_own_case() -> None:
    calls = {a.step: (a.call.procedure, a.call.waits) for a in GIRAS.activities if a.call}
    assert calls == {
        "4a": ("atencion-solicitudes-de-servicio", False),
        "4b": ("atencion-denuncias-ciudadanas", False),
    }
    assert all(GIRAS.by_step[step].for_each for step in calls)


# --- The water organism ---------------------------------------------------------------


def test_every_visitor_is_registered_before_being_attended() -> None:
    assert AGUA.start.form == "control-usuarios"
    assert PACKS["agua-df07"].formats["control-usuarios"].code == "ON-GAU-12"
    assert PACKS["agua-df07"].formats["control-usuarios"].series == "usuarios"


def test_nothing_goes_to_another_area_before_it_is_in_the_control() -> None:
    assert AGUA.by_step["06"].form == "control-peticiones"
    for path in cover(AGUA):
        for step in ("05", "09a"):
            if step in path.visited:
                assert path.visited.index("06") < path.visited.index(step)


def test_fifteen_working_days_by_law() -> None:
    term = AGUA.term
    assert term is not None and (term.amount, term.unit) == (15, "working_days")
    assert "Código de Procedimientos Administrativos" in (term.legal_ground or "")


def test_what_is_resolved_at_once_is_decided_by_what_is_required() -> None:
    pack, asks = PACKS["agua-df07"], AGUA.by_step["03"]
    for kind in ("liquidacion", "descuento", "correccion"):
        assert decided(pack, asks, determinacion={"requerimiento": kind}) == ["sí"]
    assert decided(pack, asks, determinacion={"requerimiento": "otra_area"}) == ["no"]
    pays = AGUA.by_step["05a"]
    assert decided(pack, pays, servicio_inmediato={"importe": "338.50"}) == ["sí"]
    assert decided(pack, pays, servicio_inmediato={"importe": "0.00"}) == ["no"]


def test_a_third_party_has_three_working_days_from_reception_and_then_it_closes_by_itself() -> None:
    proof = AGUA.by_step["14"]
    term = proof.term
    assert term is not None and (term.amount, term.unit, term.since) == (
        3,
        "working_days",
        "notificacion.fecha_recepcion",
    )
    assert "118 y 119" in (term.legal_ground or "")
    assert term.on_expiry == "close" and term.target and term.target.outcome == "cerrada sin acreditar"
    assert "iniciarla de nuevo" in (proof.notice or "")
    assert AGUA.by_step["06a"].signers == ("gerencia-atencion-usuarios",)
    owner = {"propietario": "no", "representante": "no", "tercero": "sí"}
    for quality, answer in owner.items():
        assert decided(PACKS["agua-df07"], AGUA.by_step["06"], peticion={"calidad": quality}) == [answer]


def test_the_answer_needs_the_approval_of_direccion_comercial() -> None:
    assert targets(AGUA.by_step["12a"]) == {"sí": "12b", "no": "12"}
    assert [r.key for r in AGUA.by_step["12a"].responsibles] == ["direccion-comercial"]
    for path in cover(AGUA):
        if "13" in path.visited:
            assert "12a" in path.visited[: path.visited.index("13")]


def test_the_signed_copy_and_all_three_copies_are_kept() -> None:
    assert [a.required for a in AGUA.by_step["13"].attachments] == [True]
    form = PACKS["agua-df07"].formats["entrega-respuesta"]
    typed = {"hora": "10:00", "recibe": "X", "identificacion": "Pasaporte", "fecha": "2026-11-20"}
    assert "copias" in fill(form, {**typed, "copias": ["oficialia", "direccion"]}).errors
    assert fill(form, {**typed, "copias": ["oficialia", "direccion", "gerencia"]}).errors == {}


def test_a_critical_matter_goes_by_oficio() -> None:
    form = PACKS["agua-df07"].formats["canalizacion"]
    typed = {
        "area": "medicion",
        "folio_sccan": "1",
        "destinatario": "X",
        "cargo": "Y",
        "solicitud": "Z",
        "limite": "2026-11-25",
    }
    around = {"hoy": "2026-11-20"}
    assert "via" in fill(form, {**typed, "criticidad": "alta", "via": "sccan"}, around=around).errors
    assert fill(form, {**typed, "criticidad": "normal", "via": "sccan"}, around=around).errors == {}


# --- Puebla's COMEREP -----------------------------------------------------------------


def test_who_has_a_user_goes_straight_to_the_matter() -> None:
    assert targets(COMEREP.by_step["3"]) == {"sí": "10", "no": "4"}


def test_every_datum_is_compared_and_all_must_agree() -> None:
    form = PACKS["puebla-estado"].formats["cotejo"]
    data = [f.key for f in form.fields if f.type == "yes_no"]
    assert {"curp", "nombre", "nacimiento", "domicilio", "correo", "telefono"} <= set(data)
    for wrong in (None, *data):
        typed = {key: "no" if key == wrong else "sí" for key in data}
        filled = fill(form, typed, partial=True).values
        assert filled["cumple"] is (wrong is None)
        answer = decided(PACKS["puebla-estado"], COMEREP.by_step["7"], cotejo=filled)
        assert answer == ["sí" if wrong is None else "no"]


def test_who_does_not_comply_is_told_why_and_may_mend_it() -> None:
    assert targets(COMEREP.by_step["7"])["no"] == "7a"
    assert {"dato", "como"} <= set(fill(PACKS["puebla-estado"].formats["observaciones-cotejo"], {}).errors)
    mend = COMEREP.by_step["7b"]
    assert mend.notice and mend.form == "pre-registro" and mend.targets[0].step == "7"


def test_a_user_only_after_ratifying_in_person() -> None:
    for path in cover(COMEREP):
        if "8" in path.visited:
            assert {"6", "7"} <= set(path.visited[: path.visited.index("8")])


def test_an_authority_resolves_between_paying_and_receiving() -> None:
    assert COMEREP.by_step["14"].waits_for == "pago.recibido"
    for path in cover(COMEREP):
        if "15" in path.visited:
            assert path.visited[-4:] == ("14", "14a", "14b", "15")


def test_pre_registration_refuses_two_different_addresses_and_minors() -> None:
    form = PACKS["puebla-estado"].formats["pre-registro"]
    typed = {
        "correo": "a@correo.example",
        "correo_otra_vez": "b@correo.example",
        "nacimiento": "2015-01-01",
        "acepta": "no",
    }
    errors = fill(form, typed, partial=True, around={"hoy": "2026-11-20"}).errors
    assert not errors, "nothing is judged while a person is still typing"
    whole = {
        **typed,
        "curp": "XEXX010101HNEXXXA4",
        "nombres": "X",
        "primer_apellido": "Y",
        "telefono": "2221230101",
        "domicilio": "Z",
    }
    assert {"correo_otra_vez", "nacimiento", "acepta"} <= set(fill(form, whole, around={"hoy": "2026-11-20"}).errors)


def test_the_reference_costs_what_the_authority_fixed() -> None:
    begun = prefill(
        PACKS["puebla-estado"].formats["referencia-pago"],
        {"revision-requisitos": {"importe": "160.00", "concepto": "Acta"}, "hoy": "2026-11-20"},
    )
    assert (begun["importe"], begun["concepto"]) == ("160.00", "Acta")


# --- Documents and the demo's answers -------------------------------------------------


@pytest.mark.parametrize("key", FOLDERS)
def test_every_document_is_issued_somewhere_and_has_a_sample(key: str) -> None:
    pack = PACKS[key]
    issued = {i.template for p in pack.procedures.values() for a in p.activities for i in a.issues}
    samples = {p.stem: p for p in (FOLDERS[key] / "plantillas" / "muestras").glob("*.json")}
    assert issued == set(pack.templates) == set(samples)
    for path in samples.values():
        told = json.loads(path.read_text("utf-8"))
        for form, values in {**told["datos"], **told["crudo"]}.items():
            known = {f.key for f in pack.formats[form].fields}
            assert set(values) <= known, (path.name, form)


@pytest.mark.parametrize("key", FOLDERS)
def test_every_format_has_demo_answers_that_it_takes(key: str) -> None:
    pack = PACKS[key]
    text = (FOLDERS[key] / "demostracion.yaml").read_text("utf-8").replace("{n}", "3")
    samples: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)["formatos"]
    assert set(samples) == set(pack.formats)
    for form, answers in samples.items():
        names = {f.key for f in pack.formats[form].fields}
        for answer in answers:
            typed = {k: answer["correo"] if v == "{correo}" else v for k, v in answer.items()}
            assert set(typed) - {"_de", "_en"} <= names, form
            assert fill(pack.formats[form], typed, partial=True, around={"hoy": "2026-11-20"}).errors == {}, form
