"""Filling a format: every type in the ways Mexicans type it, conditions, calculations, and back to text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turna.engine.definitions import FormatDef
from turna.engine.expressions import condition
from turna.engine.filling import case_data, fill, prefill, show, subject, visible_fields
from turna.engine.reading import read_pack_sources
from turna.engine.reading.formats import FIELD_TYPES

from .packs import SOURCES

CURP = "BOXW310820HNERXN09"


def form(fields: str, head: str = "") -> FormatDef:
    text = f"nombre: Prueba\n{head}\ncampos:\n" + "".join(f"  - {{{line}}}\n" for line in fields.strip().split("\n"))
    pack, findings = read_pack_sources("prueba", {**SOURCES, "formatos/prueba.yaml": text})
    assert pack is not None, findings
    return pack.formats["prueba"]


def one(kind: str, typed: Any, more: str = "", **around: Any) -> tuple[Any, str, str]:
    """(kept, error, warning) of a format with one field `x`."""
    extra = f", {more}" if more else ""
    columns = ", columnas: [{clave: c, etiqueta: C, tipo: texto}]" if kind == "tabla" else ""
    filled = fill(form(f"clave: x, etiqueta: X, tipo: {kind}{extra}{columns}"), {"x": typed}, around=around)
    return filled.values.get("x"), filled.errors.get("x", ""), filled.warnings.get("x", "")


OPTIONS = "opciones: [{correo: Correo electrónico}, oficio, {no: 'No aplica'}]"

GOOD = [
    ("texto", "  Juana \t María\u200b ", "Juana María", ""),
    ("texto", 15, "15", ""),
    ("texto_largo", "uno\r\n dos  \r\n", "uno\n dos", ""),
    ("entero", "1,250", 1250, ""),
    ("entero", -3, -3, ""),
    ("entero", "12.0", 12, ""),
    ("decimal", "1,250.7500", "1250.75", ""),
    ("decimal", 0.5, "0.5", ""),
    ("dinero", "$ 1,234.5", "1234.50", ""),
    ("dinero", "1234", "1234.00", ""),
    ("dinero", "-$5", "-5.00", ""),
    ("dinero", "-0", "0.00", ""),
    ("dinero", "1,234.50 M.N.", "1234.50", ""),
    ("fecha", "20/11/2026", "2026-11-20", ""),
    ("fecha", "1-2-2026", "2026-02-01", ""),
    ("fecha", "2026-11-20", "2026-11-20", ""),
    ("fecha", "20 de Noviembre de 2026", "2026-11-20", ""),
    ("fecha", "29/02/2028", "2028-02-29", ""),
    ("periodo", {"desde": "01/11/2026", "hasta": "30/11/2026"}, {"desde": "2026-11-01", "hasta": "2026-11-30"}, ""),
    ("periodo", "del 01/11/2026 al 30/11/2026", {"desde": "2026-11-01", "hasta": "2026-11-30"}, ""),
    ("hora", "9:05", "09:05", ""),
    ("hora", "12:30 a.m.", "00:30", ""),
    ("hora", "3:00 PM", "15:00", ""),
    ("opcion", "correo", "correo", OPTIONS),
    ("opcion", "Correo electrónico", "correo", OPTIONS),
    ("varios", ["oficio", "correo", "", "oficio"], ["correo", "oficio"], OPTIONS),
    ("varios", "oficio", ["oficio"], OPTIONS),
    ("si_no", "Sí", True, ""),
    ("si_no", "no", False, ""),
    ("si_no", "on", True, ""),
    ("si_no", False, False, ""),
    ("curp", CURP.lower(), CURP, ""),
    ("rfc", "GODE561231GR8", "GODE561231GR8", ""),
    ("rfc", "mab-930714-8t4", "MAB9307148T4", ""),
    ("rfc", "XAXX010101000", "XAXX010101000", ""),
    ("clabe", "002 010 07777777777 1", "002010077777777771", ""),
    ("clabe", "002115016003269411", "002115016003269411", ""),
    ("correo", " Juana.Perez@Ejemplo.MX ", "Juana.Perez@ejemplo.mx", ""),
    ("telefono", "(229) 123-45.67", "2291234567", ""),
    ("telefono", "+52 1 229 123 4567", "2291234567", ""),
    ("telefono", "+52 229 123 4567", "2291234567", ""),
    ("domicilio", "Calle 5,  número 3", "Calle 5, número 3", ""),
    ("domicilio", {"calle": "Mayo", "cp": "91700", "colonia": ""}, {"calle": "Mayo", "codigo_postal": "91700"}, ""),
    ("firma", " Irene  Islas ", "Irene Islas", ""),
    ("firma", {"nombre": "Irene Islas", "archivo": ""}, "Irene Islas", ""),
    ("firma", {"nombre": "Irene Islas", "archivo": "31"}, {"nombre": "Irene Islas", "archivo": "31"}, ""),
    ("punto", "19.1738, -96.1342", {"lat": 19.1738, "lon": -96.1342}, ""),
    ("punto", {"lat": 19, "lon": "-96"}, {"lat": 19.0, "lon": -96.0}, ""),
    ("persona", 12, 12, ""),
    ("puesto", "director", "director", ""),
    ("archivo", ["a1", "b2"], ["a1", "b2"], ""),
    ("referencia", "HAP/2026/00001", "HAP/2026/00001", ""),
    ("tabla", [{"c": " a "}, {"c": ""}, {"c": "b"}], [{"c": "a"}, {"c": "b"}], ""),
    ("tabla", {"0": {"c": "a"}}, [{"c": "a"}], ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "kept", "more"), GOOD)
def test_what_is_typed_is_kept_in_one_way(kind: str, typed: Any, kept: Any, more: str) -> None:
    got, error, _ = one(kind, typed, more)
    assert (got, error) == (kept, "")
    assert type(got) is type(kept)
    assert one(kind, got, more)[0] == kept, "what is kept is kept again as it is"
    json.dumps(got)


BAD = [
    ("texto", "x" * 501, "500", ""),
    ("texto", ["x"], "texto", ""),
    ("texto", "abc", "5 letras o más", "minimo: 5"),
    ("entero", "12.5", "entero", ""),
    ("entero", "doce", "número", ""),
    ("entero", True, "texto", ""),
    ("entero", "1,25", "número", ""),
    ("entero", "9", "10 o más", "minimo: 10"),
    ("decimal", "1.1234567", "6 decimales", ""),
    ("dinero", "1.234,50", "número", ""),
    ("dinero", "1.005", "centavos", ""),
    ("dinero", "--5", "número", ""),
    ("dinero", "1e5", "número", ""),
    ("dinero", "NaN", "número", ""),
    ("dinero", "2,000", "1,500.50 o menos", "maximo: 1500.50"),
    ("fecha", "30/02/2026", "no existe", ""),
    ("fecha", "2026-13-01", "no existe", ""),
    ("fecha", "11/20/2026", "no existe", ""),
    ("fecha", "20/11/26", "20/11/2026", ""),
    ("fecha", "01/01/1800", "20/11/2026", ""),
    ("fecha", "19/11/2026", "20/11/2026 o después", "minimo: 2026-11-20"),
    ("fecha", "21/11/2026", "20/11/2026 o antes", "maximo: hoy"),
    ("periodo", {"desde": "02/11/2026", "hasta": "01/11/2026"}, "anterior", ""),
    ("periodo", {"desde": "02/11/2026", "hasta": ""}, "dos fechas", ""),
    ("hora", "25:00", "23:59", ""),
    ("hora", "13:00 pm", "14:30", ""),
    ("opcion", "fax", "opciones", OPTIONS),
    ("varios", ["oficio", "fax"], "opciones", OPTIONS),
    ("si_no", "quizá", "sí o no", ""),
    ("curp", "BOXW310820HNERXN08", "dígito", ""),
    ("curp", "BOXW310231HNERXN09", "18", ""),
    ("curp", "BOXW310820ZNERXN09", "18", ""),
    ("curp", "BOXW310820HNERXN0", "18", ""),
    ("rfc", "GODE561231", "homoclave", ""),
    ("rfc", "GODE569931GR8", "RFC", ""),
    ("rfc", "12", "RFC", ""),
    ("clabe", "002010077777777772", "dígito", ""),
    ("clabe", "123", "18", ""),
    ("correo", "juana@ejemplo", "correo", ""),
    ("correo", "juana ejemplo.mx", "correo", ""),
    ("correo", "a..b@ejemplo.mx", "correo", ""),
    ("telefono", "123", "10", ""),
    ("telefono", "٢٢٩١٢٣٤٥٦٧", "10", ""),
    ("domicilio", {"calle": "x", "cp": "917"}, "5 dígitos", ""),
    ("domicilio", {"país": "x"}, "por partes", ""),
    ("firma", {"archivo": "31"}, "nombre", ""),
    ("punto", "91, 0", "Tierra", ""),
    ("punto", "aquí", "mapa", ""),
    ("punto", "nan, nan", "Tierra", ""),
    ("tabla", "x", "renglones", ""),
    ("tabla", [{"c": str(n)} for n in range(501)], "500", ""),
    ("tabla", [{"c": "x"}], "2 renglones", "minimo: 2"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "says", "more"), BAD)
def test_what_cannot_be_kept_says_what_to_write(kind: str, typed: Any, says: str, more: str) -> None:
    kept, error, _ = one(kind, typed, more, hoy="2026-11-20")
    assert says in error
    assert kept is None or kind == "tabla"


def test_every_type_has_been_tried() -> None:
    tried = {kind for kind, *_ in GOOD}
    assert set(FIELD_TYPES) - tried == {"unidad", "imagen", "calculado"}


def test_curp_of_sex_x() -> None:
    """The check digit covers the letter X, which python-stdnum does not know."""
    kept = [one("curp", f"BOXW310820XNERXN0{digit}")[0] for digit in range(10)]
    right = [number for number in kept if number]
    assert len(right) == 1
    assert right[0].startswith("BOXW310820X")


def test_an_odd_rfc_only_warns() -> None:
    kept, error, warning = one("rfc", "VACE460910SX6")
    assert (kept, error) == ("VACE460910SX6", "")
    assert "verificador" in warning
    assert one("rfc", "XAXX010101000")[2] == ""


# --- Required, drafts, conditions ----------------------------------------------------------

CONDITIONAL = """
clave: canal, etiqueta: Canal, tipo: opcion, opciones: [oficio, correo], obligatorio: sí
clave: oficio, etiqueta: Oficio, tipo: texto, visible_si: "canal == 'oficio'", obligatorio: sí
clave: nota, etiqueta: Nota, tipo: texto, visible_si: "oficio == 'X1'"
"""


def test_what_is_hidden_is_dropped_and_not_required() -> None:
    f = form(CONDITIONAL)
    assert fill(f, {"canal": "correo", "oficio": "X1", "nota": "n"}).values == {"canal": "correo"}
    assert fill(f, {"canal": "correo"}).ok
    assert fill(f, {"canal": "oficio"}).errors == {"oficio": "Falta este dato."}
    assert fill(f, {"canal": "oficio", "oficio": "X1", "nota": "n"}).values["nota"] == "n"
    assert [v.key for v in visible_fields(f, {"canal": "correo"})] == ["canal"]


def test_what_is_hidden_is_told_row_by_row() -> None:
    format = form(
        "clave: a, etiqueta: A, tipo: si_no\nclave: b, etiqueta: B, tipo: texto, visible_si: a\n"
        "clave: t, etiqueta: T, tipo: tabla, columnas: [{clave: x, etiqueta: X, tipo: entero}, "
        "{clave: y, etiqueta: Y, tipo: texto, visible_si: x > 5}]"
    )
    filled = fill(format, {"t": [{"x": "9"}, {}, {"x": "2", "y": "no cuenta"}]}, partial=True)
    assert filled.hidden == {"b", "t.1.y", "t.2.y"} and filled.values == {"t": [{"x": 9}, {"x": 2}]}


CHECKS = """validaciones:
  - {cumple: "alta <= baja", mensaje: La baja es anterior al alta., campo: baja}
  - {cumple: "suma(t.x) <= 10.0", mensaje: Pasan de diez.}
  - {cumple: "cuenta(t) < 3", mensaje: Son demasiados.}
"""


def test_rules_between_fields_are_told_at_their_field_or_for_the_whole_sheet() -> None:
    format = form(
        "clave: alta, etiqueta: Alta, tipo: fecha\nclave: baja, etiqueta: Baja, tipo: fecha\n"
        "clave: t, etiqueta: T, tipo: tabla, columnas: [{clave: x, etiqueta: X, tipo: entero}]",
        CHECKS,
    )
    rows = [{"x": "9"}, {"x": "9"}, {"x": "1"}]
    told = fill(format, {"alta": "2026-02-01", "baja": "2026-01-01", "t": rows}).errors
    assert told == {"baja": "La baja es anterior al alta.", "": "Pasan de diez. Son demasiados."}
    assert fill(format, {"alta": "2026-02-01", "baja": "2026-01-01"}, partial=True).ok
    assert fill(format, {"alta": "2026-02-01"}).ok, "what reads a missing field is not judged"
    assert fill(format, {"alta": "2026-01-01", "baja": "2026-01-02", "t": rows[:1]}).ok


def test_a_condition_may_come_before_what_it_asks() -> None:
    f = form("clave: a, etiqueta: A, tipo: texto, visible_si: \"b == 'x'\"\nclave: b, etiqueta: B, tipo: texto")
    assert list(fill(f, {"a": "1", "b": "x"}).values) == ["a", "b"]


def test_a_draft_requires_nothing_but_still_tells_what_is_wrong() -> None:
    f = form("clave: a, etiqueta: A, tipo: entero, obligatorio: sí\nclave: b, etiqueta: B, tipo: entero")
    assert fill(f, {"b": "doce"}, partial=True).errors.keys() == {"b"}
    assert fill(f, {"b": "2"}).errors == {"a": "Falta este dato."}
    assert fill(f, {"b": "2", "intruso": "x"}, partial=True).values == {"b": 2}


def test_a_required_yes_or_no_wants_an_answer_not_a_yes() -> None:
    f = form("clave: a, etiqueta: A, tipo: si_no, obligatorio: sí")
    assert fill(f, {}).errors
    assert fill(f, {"a": "no"}).values == {"a": False}


# --- Tables and calculations ------------------------------------------------------------------

ORDER = """
clave: total, etiqueta: Total, tipo: calculado, calcula: "subtotal + iva"
clave: subtotal, etiqueta: Subtotal, tipo: calculado, calcula: "suma(partidas.importe)"
clave: iva, etiqueta: IVA, tipo: dinero
clave: grande, etiqueta: ¿Grande?, tipo: calculado, calcula: "total > 100"
clave: partidas, etiqueta: Partidas, tipo: tabla, obligatorio: sí, columnas: [{clave: piezas, etiqueta: Piezas, \
tipo: entero, obligatorio: sí}, {clave: precio, etiqueta: Precio, tipo: dinero}, \
{clave: importe, etiqueta: Importe, tipo: calculado, calcula: "piezas * precio"}]
"""


def test_calculations_follow_their_dependencies() -> None:
    filled = fill(form(ORDER), {"partidas": [{"piezas": "3", "precio": "33.35"}, {"piezas": 1, "precio": "0.1"}]})
    assert filled.errors == {}
    assert [row["importe"] for row in filled.values["partidas"]] == ["100.05", "0.10"]
    assert filled.values["subtotal"] == "100.15"
    assert filled.values["total"] == "100.15", "an empty amount counts as zero"
    assert filled.values["grande"] is True


def test_what_is_typed_into_a_calculation_is_ignored() -> None:
    filled = fill(form(ORDER), {"total": "1000000", "partidas": [{"piezas": 1, "precio": 2, "importe": 99}]})
    assert filled.values["total"] == "2.00"


def test_errors_in_rows_name_their_row() -> None:
    filled = fill(form(ORDER), {"partidas": [{"piezas": 1}, {}, {"piezas": "dos"}, {"precio": "1"}]})
    assert set(filled.errors) == {"partidas.2.piezas", "partidas.3.piezas"}
    assert fill(form(ORDER), {"partidas": [{}, {"piezas": " "}]}).errors == {"partidas": "Falta este dato."}


def test_money_is_exact() -> None:
    f = form(ORDER)
    rows = [{"piezas": 1, "precio": "0.10"}] * 300
    assert fill(f, {"partidas": rows}).values["subtotal"] == "30.00"
    assert fill(f, {"partidas": [{"piezas": 1, "precio": "999,999,999.99"}], "iva": "0.01"}).values["total"] == (
        "1000000000.00"
    )


def test_data_for_expressions() -> None:
    f = form(ORDER)
    values = fill(f, {"partidas": [{"piezas": 2, "precio": "600"}]}).values
    data = case_data({"orden-de-pago": f}, {"orden-de-pago": values}, hoy="2026-11-20", caso={"folio": "A"})
    assert condition("orden_de_pago.total > 1000 && caso.folio == 'A' && hoy > '2026-01-01'", data)
    assert condition("suma(orden_de_pago.partidas.importe) == orden_de_pago.total", data)


# --- Back to text, and the beginning -------------------------------------------------------------

READ_BACK = """
clave: proveedor, etiqueta: Proveedor, tipo: texto, precarga: factura.proveedor
clave: importe, etiqueta: Importe, tipo: dinero, precarga: factura.importe
clave: fecha, etiqueta: Fecha, tipo: fecha, defecto: hoy
clave: canal, etiqueta: Canal, tipo: opcion, opciones: [{correo: Correo electrónico}, oficio], defecto: correo
clave: lapso, etiqueta: Lapso, tipo: periodo
clave: tel, etiqueta: Teléfono, tipo: telefono
clave: urge, etiqueta: ¿Urge?, tipo: si_no
clave: piezas, etiqueta: Piezas, tipo: entero
clave: quien, etiqueta: Quién, tipo: persona
clave: filas, etiqueta: Filas, tipo: tabla, columnas: [{clave: a, etiqueta: A, tipo: dinero}, {clave: b, etiqueta: B, \
tipo: texto}]
"""


def test_shown_as_mexicans_write_it() -> None:
    f = form(READ_BACK)
    typed = {
        "proveedor": "Teléfonos SA", "importe": "1234.5", "fecha": "20/11/2026", "canal": "correo", "urge": "no",
        "lapso": "01/11/2026 al 02/12/2026", "tel": "2291234567", "piezas": "12000", "quien": 7,
        "filas": [{"a": "10", "b": "x"}, {"b": "y"}],
    }  # fmt: skip
    [(title, rows)] = show(f, fill(f, typed).values, lambda kind, key: f"{kind} {key}")
    assert title == ""
    assert dict(rows) == {
        "Proveedor": "Teléfonos SA",
        "Importe": "$1,234.50",
        "Fecha": "20 de noviembre de 2026",
        "Canal": "Correo electrónico",
        "Lapso": "del 1 de noviembre de 2026 al 2 de diciembre de 2026",
        "Teléfono": "229 123 4567",
        "¿Urge?": "No",
        "Piezas": "12,000",
        "Quién": "person 7",
        "Filas": "A: $10.00 · B: x\nB: y",
    }
    assert show(f, {}) == []


def test_addresses_and_signatures_read_as_people_write_them() -> None:
    parts = {"calle": "Zaragoza", "numero_exterior": "12", "numero_interior": "3", "colonia": "Centro"}
    format = form(
        "clave: d, etiqueta: D, tipo: domicilio\nclave: v, etiqueta: V, tipo: domicilio\n"
        "clave: f, etiqueta: F, tipo: firma"
    )
    kept = {"d": parts | {"codigo_postal": "91700"}, "v": {"calle": "Mayo 5", "cp": "91000"}}
    kept |= {"f": {"nombre": "Irene Islas", "archivo": "3"}}
    assert show(format, kept)[0][1] == [
        ("D", "Zaragoza 12 int. 3, Centro, C.P. 91700"),
        ("V", "Mayo 5, C.P. 91000"),
        ("F", "Irene Islas"),
    ]


def test_a_calculation_over_amounts_shows_as_an_amount() -> None:
    f = form(ORDER)
    rows = dict(show(f, fill(f, {"partidas": [{"piezas": 1, "precio": "1500"}]}).values)[0][1])
    assert rows["Subtotal"] == "$1,500.00"
    assert rows["Total"] == "$1,500.00"


def test_values_of_an_earlier_version_still_show() -> None:
    f = form(READ_BACK)
    odd = {"fecha": "ayer", "lapso": "siempre", "importe": "mucho", "canal": "fax", "filas": [{}], "tel": 5}
    assert ("Fecha", "ayer") in show(f, odd)[0][1]


def test_subject() -> None:
    f = form(READ_BACK, head='asunto: "Pago a {proveedor} por {importe}"')
    assert subject(f, {"proveedor": "Telas", "importe": "1234.50"}) == "Pago a Telas por $1,234.50"
    assert subject(f, {"importe": "1.00"}) == "Pago a … por $1.00"
    assert subject(form(READ_BACK), {}) == ""
    assert len(subject(f, {"proveedor": "x" * 500})) == 200


def test_prefill_of_tables_keeps_the_rows_that_fit_and_of_addresses_their_parts() -> None:
    format = form(
        "clave: t, etiqueta: T, tipo: tabla, precarga: otro.filas, "
        "columnas: [{clave: x, etiqueta: X, tipo: entero}]\n"
        "clave: d, etiqueta: D, tipo: domicilio, precarga: otro.casa"
    )
    casa = {"calle": "Zaragoza", "codigo_postal": "91700"}
    begun = prefill(format, {"otro": {"filas": [{"x": 1, "z": 2}, {"x": "uno"}, {"x": "3"}], "casa": casa}})
    assert begun == {"t": [{"x": 1}, {"x": 3}], "d": casa}


def test_prefill_takes_what_fits() -> None:
    sources = {"factura": {"proveedor": "Telas", "importe": "mucho"}, "hoy": "2026-11-20"}
    assert prefill(form(READ_BACK), sources) == {"proveedor": "Telas", "fecha": "2026-11-20", "canal": "correo"}
    assert prefill(form(READ_BACK), {"factura": {"importe": "12"}})["importe"] == "12.00"
    assert "proveedor" not in prefill(form(READ_BACK), {"factura": None})


# --- Nothing raises, and what is kept stays ----------------------------------------------------------

ALL = form(
    "\n".join(
        f"clave: f{n}, etiqueta: F, tipo: {kind}"
        + (", opciones: [a, b]" if kind in ("opcion", "varios") else "")
        + (", columnas: [{clave: c, etiqueta: C, tipo: dinero}]" if kind == "tabla" else "")
        + (', calcula: "f1 + 1"' if kind == "calculado" else "")
        for n, kind in enumerate(FIELD_TYPES)
    )
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["1,234.50", "20/11/2026", "a", CURP, "10:30", "sí", "1, 2", "2291234567"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["c", "desde", "lat", "cp"]), inner),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from([f.key for f in ALL.fields]), anything))
def test_filling_never_raises_and_is_stable(typed: dict[str, Any]) -> None:
    first = fill(ALL, typed)
    json.dumps(first.values, allow_nan=False)
    again = fill(ALL, first.values)
    assert again.values == first.values
    assert again.errors == {}
    show(ALL, typed)
    subject(ALL, typed)
    prefill(ALL, {"hoy": typed})
