"""Expressions of packs: what they give, what they refuse, and that no data or text breaks or hangs them."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turna.engine.expressions import BadExpression, compile_expression, condition, value

DATA: dict[str, Any] = {
    "canal": "oficio",
    "urgente": True,
    "importe": Decimal("1500.50"),
    "piezas": 3,
    "factura": {"importe": "no es número", "partidas": [{"monto": 10}, {"monto": Decimal("2.5")}, {"otro": 1}]},
    "fecha": datetime.date(2026, 11, 20),
    "hoy": "2026-11-25",
    "unidades": ["egresos", "compras"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("importe * 2", Decimal(3001)),
        ("piezas * importe", Decimal("4501.5")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("redondea(importe * 1.1, 2)", Decimal("1650.55")),
        ("redondea(1.005, 2)", Decimal("1.01")),
        ("suma(factura.partidas.monto)", Decimal("12.5")),
        ("suma(factura.partidas, 'monto') * 2", Decimal(25)),
        ("promedio(factura.partidas.monto)", Decimal("6.25")),
        ("mayor(factura.partidas.monto) - menor(factura.partidas.monto)", Decimal("7.5")),
        ("cuenta(unidades) + 1", Decimal(3)),
        ("size(unidades)", Decimal(2)),
        ("dias(fecha, hoy)", Decimal(5)),
        ("edad('2008-11-21', fecha)", Decimal(17)),
        ("edad('2008-11-20', fecha)", Decimal(18)),
        ("urgente ? 'urgente' : 'normal'", "urgente"),
        ("unidades[0]", "egresos"),
        ("canal + ' 2'", "oficio 2"),
        ("unidades.filter(u, u != 'compras')", ["egresos"]),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert value(text, DATA) == expected


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("canal == 'oficio' && importe > 1000", True),
        ("canal in ['correo', 'oficio']", True),
        ("piezas == 3 && piezas >= 3", True),
        ("!urgente", False),
        ("fecha < hoy", True),
        ("factura.partidas.exists(p, has(p.monto) && p.monto > 5)", True),
        ("canal.startsWith('of') || false", True),
        # what is missing makes a condition false, unless something else settles it
        ("nada == 'x'", False),
        ("nada != 'x'", False),
        ("factura.nada > 1", False),
        ("factura.importe > 1", False),
        ("urgente || nada > 1", True),
        ("suma(nada.monto) > 0", False),
        ("importe", False),
        ("0 / 0 > 1", False),
        ("esto no se entiende", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert condition(text, DATA) is holds


def test_an_impossible_value_is_none() -> None:
    assert value("promedio(lista)", {"lista": []}) is None
    assert value("importe + canal", DATA) is None
    assert value("1 / 0", DATA) is None
    assert value("x", {"x": object()}) is None
    assert value("a.b.c.d.e.f.g", {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}) is None


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("factura.importe > 1000 && canal == 'a.b'", {("factura", "importe"), ("canal",)}),
        ("suma(factura.partidas.monto)", {("factura", "partidas", "monto")}),
        ("partidas.exists(p, p.monto > tope)", {("partidas",), ("tope",)}),
        ("nombre.contains('x') ? 1 : 2", {("nombre",)}),
        ("true && 'hoy' != hoy", {("hoy",)}),
    ],
)
def test_what_an_expression_reads(text: str, paths: set[tuple[str, ...]]) -> None:
    assert compile_expression(text).paths == paths


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("canal = 'x'", "=="),
        ("a y b", "&&"),
        ("importe >", "paréntesis"),
        ("año > 1", "acentos"),
        ("", "condición"),
        ("sumar(x)", "suma"),
        ("l.map(a, a)", "suma"),
        ("x" * 501, "calculados"),
        ("l.all(a, l.all(b, l.all(c, true)))", "Simplifíquela"),
        ("(" * 240 + "1" + ")" * 240, "paréntesis"),
    ],
)
def test_a_bad_expression_says_how_to_mend_it(text: str, mend: str) -> None:
    with pytest.raises(BadExpression) as told:
        compile_expression(text)
    assert mend in told.value.mend


def test_compiled_once() -> None:
    assert compile_expression("importe > 7") is compile_expression("importe > 7")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("l.all(a, l.all(b, " + "+".join(["s"] * 100) + " != ''))", {"l": ["x"] * 100, "s": "y" * 500}),
        ("l.all(a, " + "+".join(["s"] * 150) + " != '')", {"l": ["x"] * 500, "s": "y" * 1000}),
        ("s.matches('(a+)+$')", {"s": "a" * 19_000 + "b"}),
        ("s.matches('((a{90}){90}){90}')", {"s": "a" * 9000}),
    ],
)
def test_the_worst_that_fits_ends_soon(text: str, data: dict[str, Any]) -> None:
    compile_expression(text)
    began = time.process_time()
    condition(text, data)
    assert time.process_time() - began < 20


def test_lists_that_are_too_long_are_unknown() -> None:
    assert condition("l.all(a, a > 0)", {"l": [1] * 500})
    assert not condition("l.all(a, a > 0)", {"l": [1] * 501})


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
pieces = st.sampled_from(
    [
        "a",
        "b.c",
        "1",
        "'x'",
        "==",
        ">",
        "+",
        "*",
        "&&",
        "||",
        "!",
        "(",
        ")",
        "suma(",
        "dias(",
        "[",
        "]",
        ",",
        "?",
        ":",
        ".",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=8), st.dictionaries(st.sampled_from("ab"), plain))
def test_nothing_raises(words: list[str], data: dict[str, Any]) -> None:
    text = " ".join(words)
    assert condition(text, data) in (True, False)
    value(text, data)
