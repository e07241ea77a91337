"""The checker: each defect planted in a sound pack gives its code, on its line, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turna.engine.checking import check, check_reading, read_and_check
from turna.engine.checking import graph as g
from turna.engine.definitions import Finding
from turna.engine.reading import read_pack_sources, read_sources

from .packs import ACTIONS, PATHS, SOURCES, line_of, planted

ROOT = Path(__file__).resolve().parents[3]


def judge(sources: dict[str, str]) -> list[Finding]:
    pack, findings = read_pack_sources("prueba", sources)
    assert pack is not None, findings
    return check(pack, ACTIONS)


def test_a_sound_pack_has_no_findings() -> None:
    assert judge(SOURCES) == []


STEP_6 = "  - paso: 6\n    responsable: cajero\n    actividad: Paga al proveedor\n"
ASKS = "    pregunta: ¿Los datos son correctos?\n"
ANSWERS = '    respuestas:\n      sí: 2\n      no: {va: 1, decide: "factura.importe > 1000"}\n'
JOIN = "    reune: [3, 4]\n"

# (file, what stands there, what is put instead, code, the text on whose line the finding is)
ERRORS = [
    # names
    ("i", "padre: presidencia", "padre: precidencia", "unknown-unit", "precidencia"),
    ("i", "nombre: Presidencia}", "nombre: Presidencia, padre: egresos}", "unit-cycle", "padre: egresos"),
    ("i", "unidad: egresos}", "unidad: ingresos}", "unknown-unit", "ingresos"),
    ("i", "unidad: egresos}", "unidad: presidencia, titular: sí}", "two-heads", "clave: cajero"),
    ("f", "serie: expedientes", "serie: expediente", "unknown-series", "serie: expediente"),
    ("f", "publicos: [proveedor]", "publicos: [provedor]", "unknown-field", "provedor"),
    ("f", "{importe}", "{monto}", "unknown-field", "{monto}"),
    ("p", "area: egresos", "area: egreso", "unknown-unit", "area: egreso"),
    ("p", "serie: expedientes", "serie: oficios", "unknown-series", "serie: oficios"),
    ("p", "por: [cajero]", "por: [cajera]", "unknown-position", "cajera"),
    ("p", "captura: factura", "captura: facturas", "unknown-format", "facturas"),
    ("p", "responsable: director\n", "responsable: directora\n", "unknown-position", "directora"),
    ("p", "director@solicitante", "jefe@solicitante", "unknown-position", "jefe@"),
    ("p", "firma: [director]", "firma: [director@elemento]", "unfit-key", "director@elemento"),
    ("p", "director@solicitante", "director@factura.importe", "wrong-type", "director@"),
    ("p", "director@solicitante", "director@importe", "unknown-field", "director@"),
    ("p", "externo/aseguradora", "externo/banco", "unknown-party", "externo/banco"),
    ("p", "    registra: cajero\n", "", "external-without-recorder", "externo/"),
    ("p", "registra: cajero", "registra: nadie", "unknown-position", "nadie"),
    ("p", "firma: [director]", "firma: [tesorero]", "unknown-position", "tesorero"),
    ("p", "genera: orden", "genera: ordenes", "unknown-template", "ordenes"),
    ("p", "accion: pago.registrar", "accion: pago.registra", "unknown-action", "pago.registra"),
    ("p", "    genera: orden\n", "    genera: orden\n    llama: otro\n", "unknown-procedure", "llama: otro"),
    ("p", "    genera: orden\n", "    genera: orden\n    llama: pago\n", "endless-calls", "llama: pago"),
    ("p", "    genera: orden\n", "    genera: orden\n    espera: Algo raro\n", "bad-message", "espera:"),
    ("p", "responsable: [cajero, director]", "responsable: [cajero, cajero]", "duplicate", "[cajero, cajero]"),
    # waits
    ("p", "    genera: orden\n", "    genera: orden\n    espera: {hasta: factura.dia}\n", "unknown-field", "hasta:"),
    ("p", "    genera: orden\n", "    genera: orden\n    espera: {hasta: dia}\n", "unknown-field", "hasta:"),
    ("p", "    genera: orden\n", "    genera: orden\n    espera: {hasta: factura.importe}\n", "wrong-type", "hasta:"),
    ("p", "    plazo: 2 días hábiles\n", "    plazo: 2 días hábiles\n    espera: 1 hora\n", "unfit-key", "plazo: 2"),
    ("p", "    plazo: 2 días hábiles\n", "    llama: otro/pago\n    espera: pago.recibido\n", "unfit-key", "espera:"),
    ("p", "    genera: orden\n", "    genera: orden\n    espera: 90 días hábiles\n", "terms-do-not-fit", "{maximo"),
    ("p", "plazo: 2 días hábiles", "plazo: {maximo: 2 días hábiles, al_vencer: niega}", "unfit-key", "2 días hábiles"),
    ("p", "  captura: factura", "  programado: cuando quiera\n  captura: factura", "bad-schedule", "programado"),
    # targets and decisions
    ("p", "      sí: 2\n", "      sí: 9\n", "unknown-target", "sí: 9"),
    ("p", "sigue: [3, 4]", "sigue: [3, 8]", "unknown-target", "[3, 8]"),
    ("p", "sigue: [3, 4]", "sigue: [3, 3]", "duplicate-branch", "[3, 3]"),
    ("p", JOIN, "    reune: [3, 7]\n", "unknown-step", "[3, 7]"),
    ("p", "  - paso: 6\n", "  - paso: 5\n", "duplicate-step", "  - paso: 5\n    responsable: cajero"),
    ("p", "  - paso: 6\n", "  - paso: fin\n", "bad-key", "paso: fin"),
    ("p", ASKS, "", "answers-without-question", "respuestas:"),
    ("p", ANSWERS, "", "question-without-answers", "pregunta:"),
    ("p", "      sí: 2\n", "", "single-answer", "respuestas:"),
    ("p", "{va: 1, decide:", "{va: 1, automatica: sí, fin:", "automatic-without-rule", "automatica"),
    # reach
    ("p", "    sigue: fin\n", "    sigue: fin\n  - {paso: 7, responsable: cajero, actividad: Archiva, sigue: fin}\n",
     "unreachable", "paso: 7"),
    ("p", "    sigue: fin\n", "    sigue: 6\n", "no-way-out", "paso: 6"),
    # forks
    ("p", JOIN, "", "fork-never-joins", "sigue: [3, 4]"),
    ("p", "sigue: [3, 4]\n", "sigue: [3, 4]\n    reune: [1]\n", "join-without-fork", "reune: [1]"),
    ("p", JOIN, "    reune: [3, 2]\n", "join-not-fed", "reune"),
    # expressions
    ("f", "canal == 'oficio'", "canl == 'oficio'", "unknown-field", "canl"),
    ("f", "canal == 'oficio'", "canal = 'oficio'", "bad-expression", "canal = "),
    ("f", "canal == 'oficio'", "oficio == 'x'", "field-cycle", "oficio == "),
    ("f", "suma(partidas.monto)", "suma(partidas.montos)", "unknown-field", "montos"),
    ("f", "suma(partidas.monto)", "sumar(partidas)", "bad-expression", "sumar"),
    ("f", "precarga: persona.nombre", "precarga: persona.apodo", "unknown-field", "apodo"),
    ("f", "precarga: persona.nombre", "precarga: nombre", "unknown-field", "precarga: nombre"),
    ("f", "minimo: 0, maximo: 1000000", "minimo: 2, maximo: 1", "bad-limits", "minimo: 2"),
    ("f", "defecto: oficio", "defecto: fax", "unknown-value", "defecto: fax"),
    ("p", "factura.importe > 1000", "factura.importes > 1000", "unknown-field", "importes"),
    ("p", "factura.importe > 1000", "factur.importe > 1000", "unknown-field", "factur.importe"),
    ("p", "factura.importe > 1000", "factura.importe >", "bad-expression", "importe >"),
    ("p", "por_cada: factura.partidas", "por_cada: factura.importe", "not-a-list", "por_cada"),
    # terms
    ("p", ', fundamento: "Código Hacendario, art. 2"', "", "term-without-ground", "plazo: {maximo"),
    ("p", "maximo: 10 días hábiles", "maximo: 1 día hábil", "terms-do-not-fit", "maximo: 1 día"),
    ("p", "plazo: 2 días hábiles", "plazo: {maximo: 2 días hábiles, desde: luego}", "unknown-field", "desde: luego"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "where"), ERRORS)
def test_each_error_has_its_code_and_line(file: str, old: str, new: str, code: str, where: str) -> None:
    sources = planted(file, old, new)
    findings = [f for f in judge(sources) if f.severity == "error"]
    place = f"{PATHS[file]}:{line_of(sources[PATHS[file]], where)}"
    if new in ("sigue: [3, 8]", "sigue: [3, 3]"):  # the branch that nobody opens any more
        findings = [f for f in findings if f.code != "unreachable"]
    assert [(f.code, str(f.place)) for f in findings] == [(code, place)], "\n".join(map(str, findings))
    assert findings[0].mend


WARNINGS = [
    ("i", ", unidad: egresos}", "}", "position-without-unit", "clave: cajero"),
    ("p", "    aviso: Ya se hizo su pago.\n", "", "silent-end", "paso: 6"),
    ("p", "no: {va: 1,", "no: {fin: '',", "unsolved-end", "no: {fin"),
    ("p", "actividad: Recibe la factura\n    pregunta: ¿Los datos son correctos?\n" + ANSWERS,
     "actividad: Recibe la factura. ¿Está completa?\n", "question-in-text", "¿Está completa?"),
    ("p", "    genera: orden\n", "    documentos: [Cédula verde]\n", "loose-document", "Cédula verde"),
    ("p", 'plazo: {maximo: 10 días hábiles, fundamento: "Código Hacendario, art. 2", al_vencer: avisar}\n', "",
     "endless-loop", "paso: 1"),
    ("p", "  captura: factura\n", "", "unused-format", None),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "where"), WARNINGS)
def test_each_warning_has_its_code_and_line(file: str, old: str, new: str, code: str, where: str | None) -> None:
    if code == "unsolved-end":
        old, new = 'no: {va: 1, decide: "factura.importe > 1000"}', "no: fin"
        where = "no: fin"
    sources = planted(file, old, new)
    findings = [f for f in judge(sources) if f.severity == "warning"]
    path = PATHS[file] if where else PATHS["f"]
    line = line_of(sources[path], where) if where else 1
    assert (code, f"{path}:{line}") in [(f.code, str(f.place)) for f in findings], "\n".join(map(str, findings))
    also = {"silent-end"} if code == "unsolved-end" else set()
    assert {f.code for f in findings} <= {code} | also


def test_a_step_whose_own_term_cannot_fit() -> None:
    detour = "  - paso: 7\n    responsable: cajero\n    actividad: Aclara\n    plazo: 11 días hábiles\n    sigue: 2\n"
    sources = planted("p", "    sigue: fin\n", "    sigue: fin\n" + detour)
    path = PATHS["p"]
    sources[path] = sources[path].replace("no: {va: 1,", "no: {va: 7,")
    place = f"{path}:{line_of(sources[path], '11 días')}"
    assert [(f.code, str(f.place)) for f in judge(sources)] == [("terms-do-not-fit", place)]


@pytest.mark.parametrize(
    ("maximum", "step", "fits"),
    [
        ("10 días hábiles", "60 días naturales", False),
        ("10 días hábiles", "14 días naturales", True),
        ("10 días hábiles", "72 horas", True),
        ("1 día hábil", "96 horas", False),
        ("30 días naturales", "31 días hábiles", False),
        ("30 días naturales", "700 horas", True),
        ("24 horas", "10 días hábiles", False),
        ("24 horas", "1500 minutos", False),
        ("24 horas", "30 minutos", True),
        ("90 minutos", "2 horas", False),
    ],
)
def test_terms_of_other_units_are_compared_by_what_they_surely_take(maximum: str, step: str, fits: bool) -> None:
    sources = planted("p", "maximo: 10 días hábiles", f"maximo: {maximum}")
    path = PATHS["p"]
    sources[path] = sources[path].replace("    plazo: 2 días hábiles\n", "").replace("    plazo: 3 días hábiles\n", "")
    sources[path] = sources[path].replace("    aviso: Ya", f"    plazo: {step}\n    aviso: Ya")
    assert [f.code for f in judge(sources)] == ([] if fits else ["terms-do-not-fit"])


def test_many_faults_of_one_procedure_are_told_at_once() -> None:
    sources = planted("p", "      sí: 2\n", "      sí: 9\n")
    path = PATHS["p"]
    more = "  - {paso: 7, responsable: nadie, actividad: Archiva, modo: todas, sigue: fin}\n"
    sources[path] = sources[path].replace("    sigue: fin\n", "    sigue: fin\n" + more)
    sources[path] = sources[path].replace("plazo: 2 días hábiles", "plazo: pronto").replace(JOIN, "")
    sources[path] = sources[path].replace("nombre: Pago de una factura", "nombres: Pago de una factura")
    findings = check_reading(read_sources("prueba", sources), ACTIONS)[1]
    assert {f.code for f in findings if f.severity == "error"} == {
        "unknown-key", "missing-key", "unknown-target", "bad-term", "unknown-position", "unknown-value", "unreachable",
        "fork-never-joins",
    }  # fmt: skip


def test_did_you_mean_the_nearest_name() -> None:
    finding = judge(planted("p", "responsable: director\n", "responsable: directro\n"))[0]
    assert finding.mend == "¿Quiso decir «director»?"


def test_actions_nobody_knows_are_not_judged() -> None:
    pack, _ = read_pack_sources("prueba", SOURCES)
    assert pack is not None
    assert check(pack) == []
    assert [f.code for f in check(pack, ())] == ["unknown-action"]


def test_a_file_that_cannot_be_read_does_not_echo() -> None:
    """Names of a broken file are known; only the break itself is told."""
    reading = read_sources("prueba", {**SOURCES, PATHS["f"]: "nombre: [", PATHS["i"]: SOURCES[PATHS["i"]]})
    pack, findings = check_reading(reading, ACTIONS)
    assert pack is None
    assert [f.code for f in findings] == ["broken-yaml"]


def test_read_and_check_gives_a_pack_only_without_errors(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    pack, findings = read_and_check(tmp_path, ACTIONS)
    assert pack is not None and findings == []
    assert read_and_check(tmp_path, {"otra"})[0] is None


def test_all_errors_of_all_files_in_order() -> None:
    sources = planted("p", "genera: orden", "genera: ordenes")
    sources[PATHS["i"]] = sources[PATHS["i"]].replace("padre: presidencia", "padre: nada")
    sources[PATHS["f"]] = sources[PATHS["f"]].replace("{importe}", "{x}")
    findings = judge(sources)
    assert [f.place.file for f in findings] == [PATHS["f"], PATHS["i"], PATHS["p"]]


@pytest.mark.parametrize("folder", sorted(p.parent for p in (ROOT / "manuales").glob("*/institucion.yaml")))
def test_published_packs_have_no_errors(folder: Path) -> None:
    _, findings = read_and_check(folder)
    assert [str(f) for f in findings if f.severity == "error"] == []


# --- The graph ------------------------------------------------------------------------


def big(size: int) -> dict[str, str]:
    rows = "".join(
        f"  - {{paso: {n}, responsable: cajero, actividad: Hace, pregunta: ¿Va?, "
        f"respuestas: {{sí: {n + 1}, no: {max(1, n - 3)}}}}}\n"
        for n in range(1, size)
    )
    last = f"  - {{paso: {size}, responsable: cajero, actividad: Acaba, aviso: Listo}}\n"
    head = SOURCES[PATHS["p"]].split("actividades:\n")[0] + "actividades:\n"
    return {**SOURCES, PATHS["p"]: head + rows + last}


def test_checking_grows_in_step_with_the_procedure() -> None:
    took = []
    for size in (500, 4000):
        pack, findings = read_pack_sources("prueba", big(size))
        assert pack is not None, findings[:3]
        began = time.process_time()
        assert [f for f in check(pack) if f.severity == "error"] == []
        took.append(time.process_time() - began)
    assert took[1] < 24 * max(took[0], 0.01), "eight times the steps, not sixty-four times the work"


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"), max_size=3)))
def test_components_are_the_mutually_reachable(graph: dict[str, set[str]]) -> None:
    edges = {k: tuple(sorted(v & set(graph))) for k, v in graph.items()}
    reach = {k: set(g.distances([k], edges)) for k in edges}
    together = {frozenset(b for b in edges if b in reach[a] and a in reach[b]) for a in edges}
    parts = g.components(edges)
    assert {frozenset(part) for part in parts} == together
    seen: set[str] = set()
    for part in parts:
        seen |= set(part)
        assert all(set(edges[s]) <= seen for s in part), "each part comes after those it leads to"
