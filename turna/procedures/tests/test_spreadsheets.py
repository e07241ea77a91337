"""A format as a spreadsheet and back: what is exported is imported; faults are told by cell; no trap is opened."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from turna.engine.definitions import FieldDef, FormatDef
from turna.engine.filling import fill
from turna.engine.reading import read_files, read_pack_sources
from turna.procedures.spreadsheets import BadBook, read_book, write_book
from turna.procedures.spreadsheets.cells import option_text
from turna.procedures.tests.factories import pack_sources

# The shape of FORM.317: instructions and a tab for each part.
DATASET = """
nombre: Registro y/o actualización de conjuntos de datos
clave: FORM.317/SECATI/012224
hoja: sí
secciones:
  - titulo: Dependencia
    ayuda: Quién publica.
    campos:
      - {clave: id_dependencia, etiqueta: ID de Dependencia, tipo: entero, obligatorio: sí}
      - {clave: nombre, etiqueta: Nombre de la Dependencia, tipo: texto, obligatorio: sí}
      - {clave: funciones, etiqueta: Breve descripción de las funciones, tipo: texto_largo}
      - {clave: logotipo, etiqueta: Logotipo, tipo: imagen}
  - titulo: Dataset
    campos:
      - {clave: dataset, etiqueta: Nombre del Dataset, tipo: texto, obligatorio: sí, maximo: 120}
      - {clave: tema, etiqueta: Tema, tipo: opcion, opciones: [{fin: Finanzas}, {tur: "Turismo, cultura"}, otro]}
      - {clave: etiquetas, etiqueta: Etiquetas, tipo: varios, opciones: [gasto, obra, "a; b"]}
      - {clave: correo, etiqueta: Correo, tipo: correo}
      - {clave: periodo, etiqueta: Periodo, tipo: periodo}
      - {clave: domicilio, etiqueta: Domicilio, tipo: domicilio}
      - {clave: lugar, etiqueta: Lugar, tipo: punto}
      - {clave: costo, etiqueta: Costo, tipo: dinero}
      - {clave: medida, etiqueta: Medida, tipo: decimal}
      - {clave: hora, etiqueta: Hora, tipo: hora}
      - {clave: publico, etiqueta: ¿Es público?, tipo: si_no}
  - titulo: Recurso
    campos:
      - clave: recursos
        etiqueta: Recursos
        tipo: tabla
        columnas:
          - {clave: archivo, etiqueta: Nombre del archivo, tipo: texto, obligatorio: sí}
          - {clave: formato, etiqueta: Formato, tipo: opcion, opciones: [CSV, KML, XLS], obligatorio: sí}
          - {clave: inicio, etiqueta: Fecha inicial, tipo: fecha}
          - {clave: vistas, etiqueta: Visualización, tipo: varios, opciones: [tabla, mapa, gráfico]}
  - titulo: "Diccionario de datos"
    campos:
      - clave: terminos
        etiqueta: Diccionario de datos
        tipo: tabla
        minimo: 1
        columnas:
          - {clave: termino, etiqueta: Término, tipo: texto, obligatorio: sí}
          - {clave: descripcion, etiqueta: Descripción, tipo: texto_largo, obligatorio: sí}
      - {clave: total, etiqueta: Cuántos, tipo: calculado, calcula: "cuenta(terminos)"}
      - clave: notas
        etiqueta: "Notas: [de quien llena]"
        tipo: tabla
        columnas: [{clave: nota, etiqueta: Nota, tipo: texto}]
"""


def the_format() -> FormatDef:
    sources = pack_sources({"pasos": "  - {paso: 1, responsable: secretaria, actividad: Recibe}\n"})
    pack, findings = read_pack_sources("prueba", sources | {"formatos/datos.yaml": DATASET})
    assert pack is not None, findings
    return pack.formats["datos"]


FORM = the_format()
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")


def text(most: int) -> st.SearchStrategy[str]:
    hard = st.sampled_from(["=1+1", "+52", "@a", "_x0041_", "'x", "0012", "TRUE", "1e5", "2026-01-01", "a; b", "<b>&"])
    return hard | st.text(LETTERS, min_size=1, max_size=most)


def days() -> st.SearchStrategy[str]:
    return st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(lambda d: d.isoformat())


def typed_of(field: FieldDef) -> st.SearchStrategy[Any]:
    """Something that may be typed into the field."""
    options = [value for value, _label in field.options]
    number = st.decimals(-(10**14), 10**14, places=2).map(str)
    kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "text": lambda: text(60),
        "long_text": lambda: text(300),
        "integer": lambda: st.integers(-(10**15) + 1, 10**15 - 1).map(str),
        "decimal": lambda: st.decimals(-(10**14), 10**14, places=6).map(lambda n: f"{n:f}"),
        "money": lambda: number,
        "date": days,
        "period": lambda: st.tuples(days(), days()).map(lambda two: {"desde": min(two), "hasta": max(two)}),
        "time": lambda: st.times().map(lambda t: t.strftime("%H:%M")),
        "choice": lambda: st.sampled_from(options),
        "several": lambda: st.lists(st.sampled_from(options), unique=True),
        "yes_no": st.booleans,
        "email": lambda: st.just("Ana.Paz@ejemplo.mx"),
        "address": lambda: st.fixed_dictionaries(
            {}, optional={"calle": text(20), "codigo_postal": st.sampled_from(["01000", "72000"]), "colonia": text(20)}
        ),
        "point": lambda: st.fixed_dictionaries({"lat": st.floats(-90, 90), "lon": st.floats(-180, 180)}),
        "table": lambda: st.lists(
            st.fixed_dictionaries({}, optional={c.key: typed_of(c) for c in field.columns}), max_size=8
        ),
    }
    return kinds[field.type]()


def fillings() -> st.SearchStrategy[dict[str, Any]]:
    optional = {f.key: typed_of(f) for f in FORM.fields if f.type not in ("image", "computed")}
    return st.fixed_dictionaries({}, optional=optional)


def read(data: bytes) -> Any:
    return read_book(FORM, BytesIO(data), len(data))


@settings(max_examples=60, deadline=None)
@given(fillings())
def test_what_is_exported_is_what_is_imported(typed: dict[str, Any]) -> None:
    kept = fill(FORM, typed, partial=True).values
    found = read(write_book(FORM, kept, {}, {}))
    again = fill(FORM, found.typed, partial=True)
    assert found.faults == [] and again.errors == {}
    assert again.values == kept


def test_a_tab_per_section_with_instructions_help_and_lists() -> None:
    book = load_workbook(BytesIO(write_book(FORM, {"tema": "tur"}, {}, {})))
    assert book.sheetnames == [
        "Instrucciones", "Dependencia", "Dataset", "Recurso", "Diccionario de datos", "Notas de quien llena", "Listas",
    ]  # fmt: skip
    assert book["Listas"].sheet_state == "hidden"
    assert book["Dependencia"]["B2"].value == "Quién publica."
    assert book["Dependencia"]["B4"].value == "ID de Dependencia *"
    lists = {str(rule.sqref): rule.formula1 for rule in book["Dataset"].data_validations.dataValidation}
    assert book["Dataset"]["C5"].value == "Turismo, cultura" and lists["C5"].startswith("'Listas'!$A$1")
    assert "Opciones: gasto; obra; a; b." in book["Dataset"]["D6"].value
    heads = [cell.value for cell in book["Recurso"][6]]
    assert heads[1:3] == ["Nombre del archivo *", "Formato *"]
    assert any(str(rule.sqref) == "C7:C506" for rule in book["Recurso"].data_validations.dataValidation)


def changed(change: Callable[[Any], None], values: dict[str, Any] | None = None) -> Any:
    book = load_workbook(BytesIO(write_book(FORM, values or {}, {}, {})))
    change(book)
    file = BytesIO()
    book.save(file)
    return read(file.getvalue())


def test_every_fault_has_its_cell() -> None:
    def write(book: Any) -> None:
        book["Dependencia"]["C4"] = "doce"
        book["Dependencia"]["C5"] = "Tránsito"
        book["Recurso"]["B9"] = "gasto.csv"
        book["Recurso"]["C9"] = "DOC"
        book["Diccionario de datos"]["C7"] = "Sin término"

    found = changed(write)
    errors = fill(FORM, found.typed).errors
    assert {found.cells[path]: text for path, text in errors.items()} == {
        "Dependencia!C4": "Escriba un número como 1,250.",
        "Dataset!C4": "Falta este dato.",
        "Recurso!C9": "Elija una de las opciones.",
        "Diccionario de datos!B7": "Falta este dato.",
    }
    assert found.typed["nombre"] == "Tránsito" and found.typed["recursos"][0]["archivo"] == "gasto.csv"


def test_rows_may_be_moved_inserted_and_typed_as_people_do() -> None:
    def write(book: Any) -> None:
        sheet = book["Dataset"]
        sheet.insert_rows(4, 2)
        sheet["C8"] = "obra; gasto"
        book["Dependencia"]["C4"] = 12.0
        book["Dataset"]["C20"] = True

    found = changed(write)
    assert found.typed["etiquetas"] == ["obra", "gasto"] and found.typed["id_dependencia"] == "12"
    assert found.faults == []


def test_formulas_give_what_they_gave_last_and_their_errors_are_told() -> None:
    data = write_book(FORM, {"id_dependencia": 7}, {}, {})
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename.endswith("sheet2.xml"):
                part = part.replace(b"<v>7</v>", b"<f>3+4</f><v>7</v>")
                part = part.replace(b'<c r="C5"', b'<c r="C5" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="Z5"', 1)
            new.writestr(entry, part)
    found = read(file.getvalue())
    assert found.typed["id_dependencia"] == "7"
    assert found.faults == ["Dependencia!C5: la fórmula da un error."]


def test_a_tab_or_a_line_that_is_gone_is_told() -> None:
    def write(book: Any) -> None:
        del book["Recurso"]
        book["Dataset"].delete_rows(5)

    told = changed(write).faults
    line = "Dataset: falta «Tema»; descargue la hoja de nuevo si cambió sus renglones."
    assert told == [line, "Falta la pestaña «Recurso»."]


def packed(**parts: bytes) -> bytes:
    """The spreadsheet with other parts in it."""
    file = BytesIO(write_book(FORM, {}, {}, {}))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"nada", "no es una hoja"),
        (b"PK\x03\x04" + b"x" * 200, "no es una hoja"),
        (packed(xl__vbaProject_bin=b"x"), "macros"),
        (packed(xl__grande_xml=b"0" * 61 * 1024 * 1024), "ocupa demasiado"),
        (packed(xl__otra_xml=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "definiciones"),
        (b"x" * (5 * 1024 * 1024 + 1), "demasiado grande"),
    ],
)  # fmt: skip
def test_what_is_none_or_dangerous_is_refused_whole(data: bytes, says: str) -> None:
    with pytest.raises(BadBook, match=says):
        read(data)


def test_the_spreadsheet_of_another_format_is_refused() -> None:
    def write(book: Any) -> None:
        book["Instrucciones"]["A1"] = "turna:otro"

    with pytest.raises(BadBook, match="no es la de"):
        changed(write)


def test_rows_beyond_the_most_are_told_once() -> None:
    def write(book: Any) -> None:
        for row in range(7, 7 + 503):
            book["Diccionario de datos"][f"B{row}"] = f"t{row}"

    found = changed(write)
    assert len(found.typed["terminos"]) == 500
    assert found.faults == ["Diccionario de datos!B507: hay más de 500 renglones; desde aquí no se leyeron."]


def test_an_option_whose_label_means_another_goes_by_its_value() -> None:
    tema = FORM.field("tema")
    assert tema is not None and option_text(tema, "fin") == "Finanzas"
    crossed = FieldDef("x", "X", "choice", False, tema.place, options=(("a", "b"), ("b", "c")))
    assert [option_text(crossed, value) for value in ("a", "b")] == ["a", "c"]


def test_the_registry_of_datasets_of_puebla_is_its_five_tabs_and_tells_by_cell_what_does_not_agree() -> None:
    reading = read_files(Path(__file__).parents[3] / "manuales" / "puebla-dge")
    assert reading.pack is not None, reading.findings
    form = reading.pack.formats["registro-conjunto-datos"]
    kept = {
        "id_dependencia": 4,
        "datasets": [{"id_dataset": 1, "nombre": "Gasto", "id_dependencia": 4}],
        "recursos": [{"archivo": "gasto.csv", "inicio": "2026-02-01", "corte": "2026-01-01", "id_dataset": 9}],
    }
    data = write_book(form, kept, {}, {})
    tabs = load_workbook(BytesIO(data)).sheetnames
    assert tabs[1:6] == ["Dependencia", "Dataset", "Recurso", "Diccionario de datos", "Tipos de datos"]
    found = read_book(form, BytesIO(data), len(data))
    errors = fill(form, found.typed).errors
    told = {found.cells[path]: text for path, text in errors.items() if path in found.cells}
    assert "no está en la pestaña Dataset" in told["Recurso!B7"] and told["Dependencia!C5"] == "Falta este dato."
    assert fill(form, found.typed, partial=True).values == kept
