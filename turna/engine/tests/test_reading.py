"""The reader: what a pack says, and every way in which its files can be written wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turna.engine.checking import check_reading
from turna.engine.definitions import Pack, Target
from turna.engine.reading import read_files, read_pack, read_pack_sources, read_sources

from .packs import PATHS, SOURCES, line_of, planted

ROOT = Path(__file__).resolve().parents[3]
VERACRUZ = ROOT / "manuales" / "veracruz-dmiga"


def read(sources: dict[str, str]) -> Pack:
    pack, findings = read_pack_sources("prueba", sources)
    assert findings == []
    assert pack is not None
    return pack


def test_a_sound_pack_reads_without_findings() -> None:
    pack = read(SOURCES)
    assert pack.key == "prueba"
    assert pack.sources == SOURCES
    assert pack.templates == {"orden"}
    assert pack.institution.calendar.hours[5] == (5, "09:00", "13:00")
    assert [(d.date, d.working) for d in pack.institution.calendar.days] == [("2026-02-16", False)]
    assert pack.institution.positions[0].heads and not pack.institution.positions[1].heads


def test_no_is_a_word_and_an_answer() -> None:
    first = read(SOURCES).procedures["pago"].first
    assert [(a.label, a.target) for a in first.answers] == [("sí", Target("2")), ("no", Target("1"))]
    assert first.answers[1].decide == "factura.importe > 1000"


def test_activities_say_who_and_where_next() -> None:
    steps = read(SOURCES).procedures["pago"].by_step
    assert [t.step for t in steps["2"].targets] == ["3", "4"]
    outside = steps["3"].responsibles[0]
    assert (outside.kind, outside.key, outside.recorder, outside.label) == (
        "external", "aseguradora", "cajero", "La aseguradora",
    )  # fmt: skip
    assert steps["4"].responsibles[0].label == "Directora General del área solicitante"
    assert steps["5"].targets == (Target("6"),), "without `sigue`, the next of the list"
    assert steps["5"].joins == ("3", "4")
    assert steps["6"].targets == (Target(None),)


@pytest.mark.parametrize(
    ("words", "name", "span", "until"),
    [
        ("pago.recibido", "pago.recibido", None, None),
        ("3 días hábiles", "3 días hábiles", (3, "working_days"), None),
        ("{hasta: factura.dia}", "factura.dia", None, "factura.dia"),
    ],
)
def test_a_wait_is_for_a_message_a_time_or_a_date(
    words: str, name: str, span: tuple[int, str] | None, until: str | None
) -> None:
    sources = planted("p", "    genera: orden\n", f"    genera: orden\n    espera: {words}\n")
    activity = read(sources).procedures["pago"].by_step["5"]
    pause = activity.pause
    assert activity.waits_for == name and (pause is None) == (words == name == "pago.recibido")
    assert (pause and pause.term and (pause.term.amount, pause.term.unit)) == span
    assert (pause and pause.until) == until


def test_numbers_stay_as_written() -> None:
    sources = planted("p", "  - paso: 6\n", "  - paso: 6.10\n")
    assert [a.step for a in read(sources).procedures["pago"].activities][-1] == "6.10"


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("3 días hábiles", 3, "working_days"),
        ("1 día hábil", 1, "working_days"),
        ("90 dias naturales", 90, "calendar_days"),
        ("24 horas", 24, "hours"),
        ("30  minutos", 30, "minutes"),
        ("un día hábil", 1, "working_days"),
    ],
)
def test_terms(text: str, amount: int, unit: str) -> None:
    term = read(planted("p", "plazo: 2 días hábiles", f"plazo: {text}")).procedures["pago"].by_step["3"].term
    assert term is not None
    assert (term.amount, term.unit, term.text) == (amount, unit, text)


@pytest.mark.parametrize(
    ("word", "expiry", "target"),
    [
        ("avisar", "warn", None),
        ("escalar", "escalate", None),
        ("acepta", "accept", None),
        ("niega", "deny", None),
        ("cerrar", "close", Target(None, "vencido")),
        ("{fin: improcedente}", "close", Target(None, "improcedente")),
        ("{fin: {resultado: improcedente}}", "close", Target(None, "improcedente")),
        ("1", "go", Target("1")),
    ],
)
def test_what_happens_when_a_term_runs_out(word: str, expiry: str, target: Target | None) -> None:
    sources = planted("p", "plazo: 2 días hábiles", f"plazo: {{maximo: 2 días hábiles, al_vencer: {word}}}")
    term = read(sources).procedures["pago"].by_step["3"].term
    assert term is not None
    assert (term.on_expiry, term.target) == (expiry, target)


# (file, what stands there, what is put instead, code, the text on whose line the finding is)
DEFECTS = [
    ("i", "siglas: HAP", "siglas: [HAP]", "wrong-type", "siglas: [HAP]"),
    ("i", "siglas: HAP", "\tsiglas: HAP", "tab", "\tsiglas"),
    ("i", "siglas: HAP", "siglas: HAP\nnombre: Otro", "duplicate-key", "nombre: Otro"),
    ("i", "siglas: HAP", "sigla: HAP", "unknown-key", "sigla: HAP"),
    ("i", "siglas: HAP", "siglas: &a HAP\ncontacto: {telefono: *a}", "anchor", "contacto:"),
    ("i", "siglas: HAP", "siglas: 'HAP", "broken-yaml", None),
    ("i", "nombre: H. Ayuntamiento de Prueba", "nombre:", "missing-key", "nombre:"),
    ("i", "America/Mexico_City", "America/Mexico", "unknown-value", "zona_horaria"),
    ("i", "clave: cajero", "clave: Cajero General", "bad-key", "Cajero General"),
    ("i", "clave: cajero", "clave: director", "duplicate", "clave: director, nombre: Cajero"),
    ("i", "titular: sí", "titular: quizá", "wrong-type", "titular: quizá"),
    ("i", "2026-02-16", "2026-02-30", "bad-date", "2026-02-30"),
    ("i", "laborable: no, fuente: Gaceta 12", "laborable: no", "missing-key", "Lunes de Carnaval"),
    ("i", '"08:00-15:00"', '"15:00-08:00"', "bad-hours", "15:00-08:00"),
    ("i", "lunes a viernes", "lunes a vierne", "bad-hours", "vierne"),
    ("i", "{año}/{n:05}", "{year}/{n:05}", "bad-series", "{year}"),
    ("f", "tipo: dinero, minimo: 0, maximo", "tipo: dineros, minimo: 0, maximo", "unknown-value", "dineros"),
    ("f", "clave: importe", "clave: importe-total", "bad-key", "importe-total"),
    ("f", "clave: oficio, etiqueta", "clave: canal, etiqueta", "duplicate", "clave: canal, etiqueta: Número"),
    ("f", "minimo: 0", "minimo: cero", "wrong-type", "cero"),
    ("f", "opciones: [oficio, teléfono]", "opciones: [oficio, oficio]", "bad-options", "[oficio, oficio]"),
    ("f", 'calcula: "suma(partidas.monto)"', "ayuda: x", "missing-key", "clave: total"),
    ("f", "obligatorio: sí, precarga", "columnas: [], precarga", "unfit-key", "columnas: []"),
    ("f", "tipo: dinero}", "tipo: tabla}", "wrong-type", "tipo: tabla}"),
    ("p", "area: egresos\n", "", "missing-key", "clave: PR-01"),
    ("p", "actividad: Recibe la factura", "actividades: Recibe", "unknown-key", "actividades: Recibe"),
    ("p", "plazo: 2 días hábiles", "plazo: dos semanas", "bad-term", "dos semanas"),
    ("p", "plazo: 2 días hábiles", "plazo: 2 días", "bad-term", "plazo: 2 días"),
    ("p", "modo: todos", "modo: todas", "unknown-value", "todas"),
    ("p", "sigue: fin", "sigue: {final: x}", "bad-target", "{final: x}"),
    ("p", "      sí: 2\n", "      sí: 2\n      sí: 3\n", "duplicate-key", "sí: 3"),
    ("p", "    respuestas:\n", "    sigue: 2\n    respuestas:\n", "unfit-key", "sigue: 2\n    respuestas"),
    ("p", "    respuestas:\n      sí: 2\n", "    respuestas:\n      sí:\n", "bad-target", "      sí:"),
    ("p", "inicio:\n", "inicia:\n", "unknown-key", "inicia:"),
    ("p", "actividades:\n", "actividad:\n", "unknown-key", "actividad:"),
    ("p", "clave: PR-01\n", "clave: PR-01\n---\nclave: x\n", "several-documents", "---"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "where"), DEFECTS)
def test_each_defect_has_its_code_and_line(file: str, old: str, new: str, code: str, where: str | None) -> None:
    sources = planted(file, old, new)
    pack, findings = read_pack_sources("prueba", sources)
    assert pack is None
    found = {(f.code, f.place.file, f.place.line) for f in findings}
    codes = [f.code for f in findings]
    if where is not None:
        assert (code, PATHS[file], line_of(sources[PATHS[file]], where)) in found, findings
    else:
        assert code in codes
    allowed = {code, "missing-key"} if code in ("unknown-key", "unfit-key") else {code}
    assert set(codes) <= allowed, "one defect, one code: " + "\n".join(map(str, findings))
    assert all(f.mend for f in findings), "every finding says how to mend it"


def test_every_fault_at_once() -> None:
    sources = planted("p", "plazo: 2 días hábiles", "plazo: pronto")
    sources["institucion.yaml"] = sources["institucion.yaml"].replace("titular: sí", "titular: tal vez")
    sources["formatos/factura.yaml"] = sources["formatos/factura.yaml"].replace("tipo: opcion", "tipo: lista")
    files = {f.place.file for f in read_pack_sources("prueba", sources)[1]}
    assert files == set(PATHS.values())


def test_did_you_mean() -> None:
    findings = read_pack_sources("prueba", planted("p", "responsable: cajero\n    actividad: Recibe",
                                                   "responsabe: cajero\n    actividad: Recibe"))[1]  # fmt: skip
    assert any(f.code == "unknown-key" and "«responsable»" in f.mend for f in findings)


def test_a_missing_institution_is_told_once() -> None:
    sources = {k: v for k, v in SOURCES.items() if k != "institucion.yaml"}
    pack, findings = read_pack_sources("prueba", sources)
    assert pack is None
    assert [(f.code, str(f.place)) for f in findings] == [("missing-file", "institucion.yaml:1")]


@pytest.mark.parametrize("name", ["procedimientos/x.yml", "formato/x.yaml", "procedimentos/x.yaml", "instituto.yaml"])
def test_a_file_that_would_be_ignored_is_told(name: str) -> None:
    _, findings = read_pack_sources("prueba", {**SOURCES, name: "nombre: x"})
    assert [(f.code, f.place.file) for f in findings] == [("unknown-file", name)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-file"),
        ("# solo un comentario\n", "empty-file"),
        ("- una\n- lista\n", "wrong-type"),
        ("hola", "wrong-type"),
        ("a: [1, 2", "broken-yaml"),
        ("{a: b}: c", "broken-yaml"),
        ("a: \x01", "broken-yaml"),
        ("- " * 2000, "too-deep"),
        ("[" * 900 + "]" * 900, "too-deep"),
        ("x" * 1_000_001, "too-large"),
        ("[" + "a," * 100_001 + "]", "too-large"),
        ("a: &x [1]\nb: [*x, *x]", "anchor"),
        ("%YAML 9.9\n---\na", "broken-yaml"),
    ],
)
def test_hostile_files_are_findings(text: str, code: str) -> None:
    began = time.perf_counter()
    findings = read_pack_sources("prueba", {**SOURCES, "formatos/malo.yaml": text})[1]
    assert [f.code for f in findings] == [code]
    assert findings[0].place.file == "formatos/malo.yaml"
    assert time.perf_counter() - began < 3


def test_a_folder_reads_as_its_texts(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "formatos" / "roto.yaml").write_bytes(b"nombre: uno\nayuda: a\xf1o\n")
    pack, findings = read_pack(tmp_path)
    assert pack is None
    assert [(f.code, str(f.place)) for f in findings] == [("not-utf8", "formatos/roto.yaml:2")]
    (tmp_path / "formatos" / "roto.yaml").unlink()
    pack, findings = read_pack(tmp_path)
    assert findings == []
    assert pack is not None and pack.sources == SOURCES and pack.key == tmp_path.name


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert [f.code for f in read_pack(tmp_path / "nada")[1]] == ["missing-file"]


@pytest.mark.skipif(not (VERACRUZ / "institucion.yaml").exists(), reason="the pack is not there")
def test_veracruz_reads_and_checks_quickly() -> None:
    check_reading(read_files(VERACRUZ))
    took = []
    for _ in range(3):
        began = time.process_time()
        check_reading(read_files(VERACRUZ))
        took.append(time.process_time() - began)
    assert min(took) < 0.3


# --- Nothing raises ------------------------------------------------------------------

REAL = sorted(VERACRUZ.glob("procedimientos/*.yaml"))[:1] + sorted(VERACRUZ.glob("formatos/*.yaml"))[:1]
TEXTS = {**SOURCES, **{p.relative_to(VERACRUZ).as_posix(): p.read_text(encoding="utf-8") for p in REAL}}
SCRAPS = [
    "\t",
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "&a ",
    "*a",
    "'",
    '"',
    "#",
    "|",
    "fin",
    "no",
    "\x00",
    "ñ",
    "  ",
    "? ",
]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        gone = draw(st.integers(0, 40))
        scrap = draw(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=8)))
        text = text[:at] + scrap + text[at + gone :]
    return {**SOURCES, name: text}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_a_mutated_pack_never_raises(sources: dict[str, str]) -> None:
    pack, findings = check_reading(read_sources("prueba", sources), {"pago.registrar"})
    assert (pack is None) == any(f.severity == "error" for f in findings)
    for finding in findings:
        text = sources.get(finding.place.file, "")
        assert 1 <= finding.place.line <= len(text.splitlines()) + 1
        assert finding.message and finding.mend
