"""The exports, against what they must be to the letter."""

from __future__ import annotations

import json

from turna.engine.exporting import to_json, to_markdown
from turna.engine.wording import listed

from .procedures import act, document, procedure, term

PAYMENT = procedure(
    act(
        "1",
        {"sí": "2", "no": "fin:improcedente"},
        by="secretaria",
        text="Recibe la factura | y la revisa",
        question="¿Los datos son correctos?",
        documents=(document("Factura", "1 original"), document("Cédula fiscal")),
    ),
    act("2", ["3", "4"], by=["secretaria", "direccion"], mode="any", text="Turna a las áreas."),
    act("3", "5", by="egresos", text="Revisa", term=term("1")),
    act("4", "5", by="ingresos", text="Informa"),
    act("5", "fin", by="direccion", text="Paga", joins=("3", "4")),
    key="pago",
    pack="prueba",
    legal_ground=("Código, art. 1", "Ley, art. 2"),
    policies=("Se paga a tiempo.",),
    frequency="periódica",
    average_time="1 a 5 días hábiles",
)

MARKDOWN = r"""# Procedimiento de prueba

| Dato | |
| --- | --- |
| Clave | PR-01 |
| Nombre | Procedimiento de prueba |
| Área | Dirección de Pruebas |
| Objetivo | Probar. |
| Alcance | Las pruebas. |
| Fundamento | Código, art. 1<br>Ley, art. 2 |
| Frecuencia | periódica |
| Tiempo promedio | 1 a 5 días hábiles |
| Versión | 3 |

## Políticas

1. Se paga a tiempo.

## Actividades

| Responsable | No. | Actividad | Documento | Tantos |
| --- | --- | --- | --- | --- |
| Secretaria | 1 | Recibe la factura \| y la revisa.<br>¿Los datos son correctos? Sí: continúa en la actividad 2. No: termina el procedimiento (improcedente). | Factura<br>Cédula fiscal | 1 original<br> |
| Secretaria<br>Direccion | 2 | Turna a las áreas.<br>Basta con uno de los responsables.<br>Continúa al mismo tiempo en las actividades 3 y 4. |  |  |
| Egresos | 3 | Revisa.<br>Plazo: 3 días hábiles.<br>Continúa en la actividad 5. Si vence el plazo de 3 días hábiles: continúa en la actividad 1. |  |  |
| Ingresos | 4 | Informa. |  |  |
| Direccion | 5 | Reúne las actividades 3 y 4.<br>Paga.<br>Termina el procedimiento. |  |  |
"""  # noqa: E501


def test_json_by_the_contract():
    value = to_json(PAYMENT, 3)
    assert list(value) == ["id", "clave", "nombre", "area", "version", "actividades"]
    assert (value["id"], value["clave"], value["version"]) == ("prueba/pago", "PR-01", 3)
    assert value["actividades"][0] == {
        "paso": "1",
        "responsables": ["Secretaria"],
        "modo": "todos",
        "actividad": "Recibe la factura | y la revisa",
        "documentos": [{"nombre": "Factura", "tantos": "1 original"}, {"nombre": "Cédula fiscal", "tantos": ""}],
        "tipo": "decision",
        "pregunta": "¿Los datos son correctos?",
        "respuestas": [
            {"respuesta": "sí", "destino": "2"},
            {"respuesta": "no", "destino": "fin", "resultado": "improcedente"},
        ],
    }
    keys = ["paso", "responsables", "modo", "actividad", "documentos", "tipo", "sigue"]
    assert list(value["actividades"][1]) == keys
    assert value["actividades"][1]["modo"] == "cualquiera" and value["actividades"][1]["sigue"] == ["3", "4"]
    assert value["actividades"][2]["vence"] == {"destino": "1"}
    assert value["actividades"][4]["reune"] == ["3", "4"] and value["actividades"][4]["sigue"] == ["fin"]


def test_the_next_in_the_list_is_named_in_json():
    value = to_json(procedure(act("1", []), act("2", [])), None)
    assert [a["sigue"] for a in value["actividades"]] == [["2"], ["fin"]]
    assert value["version"] is None


def test_json_is_the_same_every_time():
    assert json.dumps(to_json(PAYMENT, 1)) == json.dumps(to_json(PAYMENT, 1))


def test_markdown_to_the_letter():
    assert to_markdown(PAYMENT, 3) == MARKDOWN


def test_lists_in_spanish():
    assert listed(["a"]) == "a"
    assert listed(["Presupuestos", "Ingresos"]) == "Presupuestos e Ingresos"
    assert listed(["a", "b", "c"]) == "a, b y c"
