"""Chapter VI of Puebla's manual, infrastructure, goods and claims: what its printed rules demand of the pack."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from turna.engine.definitions import Activity, FormatDef, Pack, Procedure
from turna.engine.expressions import WORKING_DAYS, condition
from turna.engine.filling import case_data, fill, prefill
from turna.engine.reading import read_files
from turna.engine.walking import cover, walk

FOLDER = Path(__file__).parents[3] / "manuales" / "puebla-dge"
PACK = read_files(FOLDER).pack
assert PACK is not None
KEYS = (
    "mantenimiento-preventivo", "mantenimiento-correctivo", "monitoreo-redes", "data-center", "usuarios-cctv",
    "internet-gratuito", "diagnostico-hardware-software", "solicitud-bienes", "recepcion-registro-bienes",
    "administracion-bienes", "baja-bienes-sap", "siniestros", "respaldo-mensual-configuracion",
)  # fmt: skip
OURS = [PACK.procedures[key] for key in KEYS]
STORIES = [pytest.param(p, s, id=f"{p.key}: {s['nombre']}") for p in OURS for s in p.tests]


class Weekdays:
    """A calendar in which only Saturdays and Sundays rest."""

    def days_between(self, first: date, last: date) -> int:
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(1 for day in days if day.weekday() < 5)

    def days_after(self, first: date, days: int) -> date:
        return next(d for n in range(days, 3 * days + 5) if self.days_between(first, d := first + timedelta(n)) == days)


TODAY: dict[str, Any] = {"hoy": "2026-11-20", WORKING_DAYS: Weekdays()}  # a Friday


@pytest.fixture
def pack() -> Pack:
    assert PACK is not None
    return PACK


def steps(key: str) -> dict[str, Activity]:
    assert PACK is not None
    return PACK.procedures[key].by_step


def form(key: str) -> FormatDef:
    assert PACK is not None
    return PACK.formats[key]


def targets(activity: Activity) -> dict[str, str]:
    """Answer to where it leads: a step, or the outcome."""
    return {a.label: a.target.step or a.target.outcome or "concluido" for a in activity.answers}


def who(activity: Activity) -> list[str]:
    return [r.key or r.kind for r in activity.responsibles]


def decided(activity: Activity, **filled: dict[str, Any]) -> list[str]:
    """The answers whose condition holds with these formats."""
    assert PACK is not None
    data = case_data(PACK.formats, {key.replace("_", "-"): values for key, values in filled.items()})
    return [a.label for a in activity.answers if condition(a.decide or "false", data)]


def faults(key: str, typed: dict[str, Any]) -> set[str]:
    """The fields in which what was typed is refused, its rules included; not those that are only missing."""
    errors = fill(form(key), typed, around=TODAY).errors
    return {name for name, told in errors.items() if told != "Falta este dato."}


def missing(key: str, typed: dict[str, Any]) -> set[str]:
    return {name for name, told in fill(form(key), typed, around=TODAY).errors.items() if told == "Falta este dato."}


# --- Whole ------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "story"), STORIES)
def test_stories_go_as_told(told: Procedure, story: dict[str, Any]) -> None:
    went = walk(told, story["respuestas"])
    assert list(went.visited) == story["pasa_por"]
    assert went.outcome == story["termina"]
    assert went.unused == ()


@pytest.mark.parametrize("told", OURS, ids=lambda p: p.key)
def test_applicants_are_told_and_helped(told: Procedure) -> None:
    assert told.unit == "administracion-infraestructura"
    assert len(told.keywords) >= 5
    assert told.first.notice
    assert all(len(a.text) <= 130 for a in told.activities), "one short sentence"


@pytest.mark.parametrize("told", OURS, ids=lambda p: p.key)
def test_every_term_says_where_it_comes_from(told: Procedure) -> None:
    assert all(a.term.legal_ground for a in told.activities if a.term is not None)


def test_every_format_has_demo_answers_that_it_takes(pack: Pack) -> None:
    text = (FOLDER / "demostracion" / "infraestructura.yaml").read_text("utf-8").replace("{n}", "3")
    samples: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)["formatos"]
    captured = {f for p in OURS for f in (p.start.form, *(a.form for a in p.activities)) if f}
    shared = {"reporte-mesa-servicio"}
    assert captured - shared <= set(samples)
    for key, answers in samples.items():
        names = {f.key for f in pack.formats[key].fields}
        for answer in answers:
            assert set(answer) - {"_de", "_en"} <= names, key
            typed = {name: value for name, value in answer.items() if name in names}
            assert faults(key, typed) == set(), key


# --- Telecommunications -------------------------------------------------------------------


def test_monthly_and_daily_duties_begin_by_the_calendar(pack: Pack) -> None:
    told = {key: pack.procedures[key].start.schedule or "" for key in KEYS}
    assert told["mantenimiento-preventivo"].startswith("mensual")
    assert told["respaldo-mensual-configuracion"].startswith("mensual")
    assert told["monitoreo-redes"].startswith("cada día hábil")


def test_the_preventive_report_tells_what_to_mend_and_begins_it_without_waiting() -> None:
    preventive = steps("mantenimiento-preventivo")
    assert preventive["2"].for_each == "calendario_preventivo.sitios"
    assert who(preventive["1a"]) == ["analista-consultivo-a-infraestructura"]
    assert who(preventive["4c"]) == ["subdirector-infraestructura"]
    call = preventive["4b"].call
    assert call is not None and (call.procedure, call.waits) == ("mantenimiento-correctivo", False)
    assert preventive["4a"].form == "incidencia-telecom", "the child begins with this sheet"
    rows = [{"sitio": "A", "equipo": "B", "fecha": "2026-11-09", "resultado": r} for r in ("realizado", "pendiente")]
    filled = fill(form("reporte-preventivo"), {"sitios": rows}, partial=True, around=TODAY).values
    assert decided(preventive["3"], reporte_preventivo=filled) == ["no"]


def test_the_network_is_watched_five_minutes_before_a_report_is_made() -> None:
    network = steps("monitoreo-redes")
    pause = network["2"].pause
    assert pause is not None and pause.term is not None
    assert (pause.term.amount, pause.term.unit) == (5, "minutes")
    for path in cover(OURS[KEYS.index("monitoreo-redes")]):
        if "4" in path.visited:
            assert path.visited.index("2") < path.visited.index("4")
    assert targets(network["2a"]) == {"sí": "1", "no": "3"}


def test_what_cannot_be_mended_is_claimed_or_bought_and_waited_for() -> None:
    corrective = steps("mantenimiento-correctivo")
    called = {a.call.procedure for a in corrective.values() if a.call is not None and a.call.waits}
    assert called == {"siniestros", "requisiciones-siam"}
    assert targets(corrective["8no"]) == {"requisición": "8e", "garantía": "8b", "seguro": "8c"}
    assert targets(corrective["6"]) == {} and corrective["6"].targets[0].step == "9", "the printed target stays"
    ends = {path.outcome for path in cover(OURS[KEYS.index("siniestros")])}
    assert {"recuperado", "pérdida total", "reclamación denegada"} <= ends
    assert set(targets(corrective["8d"])) <= ends, "a child's outcome answers the question"


# --- Access ------------------------------------------------------------------------------


ACCESS = [("oficio-acceso-data-center", "fecha_acceso"), ("oficio-acceso-cctv", "fecha_requerida")]


@pytest.mark.parametrize(("key", "when"), ACCESS)
def test_access_is_asked_three_working_days_ahead(key: str, when: str) -> None:
    asked = {"tipo": "alta"} if key == "oficio-acceso-cctv" else {}
    assert when in faults(key, {**asked, when: "2026-11-24"}), "Saturday and Sunday do not count"
    assert when not in faults(key, {**asked, when: "2026-11-25"})


def test_only_direction_or_subdirection_let_into_the_data_center() -> None:
    centre = steps("data-center")
    assert who(centre["4"]) == ["director-gobierno-electronico", "subdirector-infraestructura"]
    assert centre["4"].mode == "any"
    assert targets(centre["4"]) == {"sí": "4a", "no": "4d"}
    assert centre["4b"].form == "bitacora-data-center"
    assert centre["4d"].targets[0].outcome == "improcedente"


def test_cctv_is_asked_by_heads_and_delivered_sealed_within_three_days(pack: Pack) -> None:
    cctv = pack.procedures["usuarios-cctv"]
    assert cctv.start.by == ("titular",) and cctv.start.by_oficio
    assert targets(cctv.by_step["3"]) == {"alta": "4", "modificación": "8", "baja": "10"}
    assert decided(cctv.by_step["3"], oficio_acceso_cctv={"tipo": "baja"}) == ["baja"]
    assert (cctv.by_step["6"].action, cctv.by_step["7"].action) == ("cuenta.asignar", "sobre.entregar")
    assert cctv.by_step["10"].action == "cuenta.baja"
    for step in ("6", "7"):
        term = cctv.by_step[step].term
        assert term is not None and (term.amount, term.unit, term.since) == (3, "working_days", "inicio")
    assert targets(cctv.by_step["4"])["no"] == "5"
    assert cctv.by_step["5a"].targets[0].outcome == "improcedente"


def test_no_password_stands_in_a_format(pack: Pack) -> None:
    used = {a.form for p in OURS for a in p.activities if a.form}
    keys = {f.key for name in used for f in pack.formats[name].fields}
    assert not [key for key in keys if "contrasena" in key or "password" in key]


# --- Internet points and servers ----------------------------------------------------------


def test_a_point_is_installed_only_if_both_studies_allow_it() -> None:
    refused = faults("autorizacion-internet", {"viable_social": "sí", "viable_tecnica": "no", "autoriza": "sí"})
    assert "autoriza" in refused
    points = steps("internet-gratuito")
    assert targets(points["4"]) == {"sí": "4a", "no": "4b"}
    assert points["10"].targets[0].step == "7", "after a repair the point is watched again"


def test_an_incident_of_hardware_ends_with_a_report() -> None:
    told = OURS[KEYS.index("diagnostico-hardware-software")]
    for path in cover(told):
        assert path.visited[-1] in ("4", "7")
    assert {told.by_step[s].form for s in ("4", "7")} == {"reporte-observaciones"}


# --- Goods -------------------------------------------------------------------------------


def test_goods_are_handed_over_when_the_voucher_is_signed() -> None:
    goods = steps("solicitud-bienes")
    assert [d.copies for d in goods["6"].documents] == ["3 originales"]
    assert who(goods["6"]) == ["applicant"]
    signature = form("recepcion-bien").field("firma")
    assert signature is not None and signature.type == "signature" and signature.required
    assert goods["7a"].signers == ("director-gobierno-electronico",)
    assert targets(goods["3.1a"]) == {"sí": "4", "no": "9"}
    stock = {"bienes": [{"bien": "Radio", "cantidad": "6", "hay": "2"}]}
    assert fill(form("existencia-bienes"), stock, partial=True, around=TODAY).values["existe"] is False


def test_papers_are_asked_by_where_the_good_comes_from() -> None:
    bought = missing("documentos-registro-bien", {"origen": "licitacion"})
    given = missing("documentos-registro-bien", {"origen": "donacion"})
    assert {"fallo", "dictamen", "factura"} <= bought
    assert {"fallo", "dictamen", "factura"}.isdisjoint(given) and "documento_origen" in given
    assert targets(steps("recepcion-registro-bienes")["3"]) == {"sí": "3si", "no": "5"}


def test_two_goods_cannot_have_one_inventory_number() -> None:
    row = {"numero_inventario": "DGE-1", "bien": "Radio", "serie": "A"}
    assert "bienes" in faults("etiqueta-inventario", {"bienes": [row, row]})
    assert faults("etiqueta-inventario", {"bienes": [row, {**row, "numero_inventario": "DGE-2"}]}) == set()


def test_the_inventory_is_reviewed_area_by_area_and_guarded_goods_are_signed_for() -> None:
    review = steps("administracion-bienes")
    assert review["2"].for_each == "cronograma_inventario.areas"
    assert targets(review["8"]) == {"sí": "9", "no": "8a"}
    assert review["8a"].form == "aviso-cambios-resguardo"
    assert [a.required for a in review["9"].attachments] == [True]
    assert review["11"].signers == ("director-gobierno-electronico",)


def test_goods_leave_only_by_cabildo_and_are_taken_out_of_sap() -> None:
    told = OURS[KEYS.index("baja-bienes-sap")]
    for path in cover(told):
        assert (path.outcome == "concluido") == ("11a" in path.visited)
    assert told.by_step["11"].attachments[0].kind == "Acta de Cabildo"
    good = {"inventario_conac": "1", "descripcion": "A", "causa": "B"}
    mixed = [{**good, "estado": state} for state in ("inservible", "servible")]
    assert "conclusion" in faults("diagnostico-bienes", {"bienes": mixed, "conclusion": "inservibles"})
    listed = {c.label for f in form("lista-bienes").fields if f.key == "bienes" for c in f.columns}
    assert listed == {
        "Descripción del equipo", "Marca", "Modelo", "Número de inventario Conac", "Serie", "Resguardante",
    }  # fmt: skip


# --- Claims ------------------------------------------------------------------------------

FACT = {"fecha_hecho": "2026-11-18", "hora_hecho": "18:30"}


NOTICES = [("18", "19:00", True), ("19", "18:30", True), ("19", "18:31", False), ("20", "08:00", False)]


@pytest.mark.parametrize(("day", "hour", "in_time"), NOTICES)
def test_a_late_notice_is_told_not_refused(day: str, hour: str, in_time: bool) -> None:
    typed = {**FACT, "fecha_aviso": f"2026-11-{day}", "hora_aviso": hour}
    assert faults("expediente-siniestro", typed) == set()
    filled = fill(form("expediente-siniestro"), typed, partial=True, around=TODAY)
    assert filled.values["aviso_en_tiempo"] is in_time
    review = prefill(form("revision-expediente-siniestro"), {"expediente-siniestro": filled.values})
    assert review["en_tiempo"] is in_time


def test_the_24_hours_run_from_the_moment_of_the_fact() -> None:
    filled = fill(form("expediente-siniestro"), FACT, partial=True, around=TODAY).values
    assert filled["momento_hecho"] == "2026-11-18 18:30"
    term = steps("siniestros")["1"].term
    assert term is not None
    assert (term.amount, term.unit, term.since) == (24, "hours", "expediente-siniestro.momento_hecho")


def test_a_notice_before_the_fact_is_a_mistake() -> None:
    assert "hora_aviso" in faults("expediente-siniestro", {**FACT, "fecha_aviso": "2026-11-18", "hora_aviso": "10:00"})


def test_a_claim_goes_on_only_with_its_two_lists_complete() -> None:
    claims = steps("siniestros")
    whole = {"oficio": "bien", "acta": "no_aplica", "resguardo": "bien", "identificacion": "bien"}
    for lacking in (None, "oficio", "acta", "resguardo", "identificacion"):
        typed = {**whole, **({lacking: "falta"} if lacking else {})}
        seen = fill(form("revision-expediente-siniestro"), typed, partial=True, around=TODAY).values
        assert decided(claims["3"], revision_expediente_siniestro=seen) == (["no"] if lacking else ["sí"])
    assert targets(claims["3"])["no"] == "16" and claims["16a"].targets[0].step == "2"
    needed = {"carta_reclamacion", "identificacion_resguardante", "cotizacion", "factura"}
    assert needed <= missing("expediente-aseguradora", {})


def test_the_acta_is_asked_where_it_applies() -> None:
    assert "acta" in missing("expediente-siniestro", {"aplica_acta": "sí"})
    assert "acta" not in missing("expediente-siniestro", {"aplica_acta": "no"})


def test_the_deductible_is_known_to_contraloria_and_sindicatura() -> None:
    assert "copias" in faults("requerimiento-deducible", {"copias": ["contraloria"]})
    assert prefill(form("requerimiento-deducible"), {})["copias"] == ["contraloria", "sindicatura"]
    unpaid = steps("siniestros")["12"].term
    assert unpaid is not None and unpaid.target is not None and unpaid.target.step == "12a"
    assert who(steps("siniestros")["12b"]) == ["contraloria-municipal"]


def test_only_a_total_loss_takes_the_good_out() -> None:
    claims = OURS[KEYS.index("siniestros")]
    assert decided(claims.by_step["14"], dictamen_aseguradora={"resultado": "reparacion"}) == ["no"]
    call = claims.by_step["15b"].call
    assert call is not None and (call.procedure, call.waits) == ("baja-bienes-sap", True)
    for path in cover(claims):
        assert ("15b" in path.visited) == (path.outcome == "pérdida total")
        if "15b" in path.visited:
            assert "14a" in path.visited, "the Contraloría has decided before"
