"""The printed reading of a manual, judged; and the stories that a pack tells of its procedures."""

from __future__ import annotations

from pathlib import Path

from turna.engine.defects import KINDS, count_kinds, defects_of, report
from turna.engine.definitions import Pack
from turna.engine.reading import read_files, read_sources
from turna.engine.stories import tell, tell_all, untold

VERACRUZ = Path(__file__).parents[3] / "manuales" / "veracruz-dmiga"
INSTITUTION = """
nombre: Ayuntamiento de Ejemplo
unidades: [{clave: oficina, nombre: Oficina}]
puestos: [{clave: jefa, nombre: Jefa, unidad: oficina}, {clave: auxiliar, nombre: Auxiliar, unidad: oficina}]
"""
PROCEDURE = """
clave: P-1
nombre: Solicitud
area: oficina
objetivo: Atender.
inicio: {por: [jefa]}
defectos: [{que: No dice el plazo, arreglo: Se fija en cinco días}]
actividades:
  - paso: 1
    responsable: jefa
    actividad: Revisa la solicitud
    pregunta: ¿Procede?
    respuestas: {sí: 2, no: 3}
    impreso: {respuestas: {sí: 9, no: nada}, porque: La numeración es de otra edición.}
  - paso: 2
    responsable: auxiliar
    actividad: Archiva la solicitud
    impreso: {responsable: "", porque: La celda está vacía.}
    sigue: 4
  - paso: 3
    responsable: auxiliar
    actividad: Informa que no procede
    impreso: {falta: sí, porque: La rama no está impresa.}
    sigue: {fin: improcedente}
  - paso: 4
    responsable: auxiliar
    actividad: Guarda el expediente
    impreso: {paso: "2", porque: Repite el número.}
    sigue: fin
pruebas:
  - {nombre: Procede, respuestas: [sí], pasa_por: ["1", "2", "4"], termina: concluido}
"""


def pack(procedure: str = PROCEDURE) -> Pack:
    read = read_sources("ejemplo", {"institucion.yaml": INSTITUTION, "procedimientos/solicitud.yaml": procedure})
    assert read.pack is not None and [str(f) for f in read.findings] == []
    return read.pack


def test_the_checker_reads_the_manual_as_printed() -> None:
    found = {f.step: set(f.kinds) for f in defects_of(pack().procedures["solicitud"])}
    assert found == {
        "1": {"dangling", "no-target", "no-way-out"},
        "2": {"unreachable", "one-number", "no-responsible"},
        "3": {"missing-row"},
        "4": {"unreachable", "one-number", "silent-end"},
    }


def test_each_finding_says_why_and_how_it_runs_here() -> None:
    first, second, third, _ = defects_of(pack().procedures["solicitud"])
    assert first.why == "La numeración es de otra edición."
    assert first.mend == "¿Procede? Sí: continúa en la actividad 2. No: continúa en la actividad 3."
    assert second.mend.startswith("La hace: Auxiliar.")
    assert third.mend.startswith("La hace: Auxiliar. Informa que no procede.")


def test_what_runs_as_printed_is_not_told() -> None:
    clean = "\n".join(line for line in PROCEDURE.splitlines() if "impreso" not in line and "defectos" not in line)
    whole = pack(clean)
    assert defects_of(whole.procedures["solicitud"]) == []
    assert "No se encontró nada" in report(whole)


def test_the_report_counts_and_lists_everything() -> None:
    whole = pack()
    assert count_kinds(whole)["dangling"] == 1 and count_kinds(whole)["general"] == 1
    text = report(whole)
    assert f"{sum(count_kinds(whole).values())} hallazgos." in text
    assert "| 1 | Manda a una actividad que no existe; no dice a dónde sigue" in text
    assert "- No dice el plazo. Se fija en cinco días." in text
    assert set(count_kinds(whole)) <= {*KINDS, "general"}


def test_stories_are_walked_and_compared() -> None:
    whole = pack()
    procedure = whole.procedures["solicitud"]
    assert [t.wrong for t in tell_all(whole)] == [()]
    assert untold(procedure) == [("1", "no")]
    story = dict(procedure.tests[0])
    assert tell(whole, procedure, {**story, "termina": "improcedente"}).wrong == (
        "termina «concluido» y no «improcedente»",
    )
    assert "pasa por 1 → 2 → 4" in tell(whole, procedure, {**story, "pasa_por": ["1", "3"]}).wrong[0]
    assert "no termina" in tell(whole, procedure, {**story, "respuestas": [], "pasa_por": []}).wrong[0]
    assert "sobran" in tell(whole, procedure, {**story, "respuestas": ["sí", "no"]}).wrong[0]
    assert "no tiene la respuesta" in tell(whole, procedure, {**story, "respuestas": ["quizá"]}).wrong[0]


def test_a_story_with_data_needs_its_formats_as_they_were() -> None:
    whole = read_files(VERACRUZ).pack
    assert whole is not None
    procedure = whole.procedures["orden-de-pago"]
    story = dict(procedure.tests[0])
    assert tell(whole, procedure, {**story, "datos": {"factura": {"proveedor": "Uno"}}}).wrong == ()
    wrong = tell(whole, procedure, {**story, "datos": {"factura": {"proveedora": "Uno"}, "facturas": {}}}).wrong
    assert [w for w in wrong if "ya no tiene: proveedora" in w] and [w for w in wrong if "«facturas»" in w]
    wrong = tell(whole, procedure, {**story, "datos": {"factura": {"importe": "mucho"}}}).wrong
    assert len(wrong) == 1 and "importe" in wrong[0]
