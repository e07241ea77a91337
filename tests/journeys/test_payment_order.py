"""The payment order, from the supplier's invoice to the transfer: every person logs in, acts, and passes it on."""

from __future__ import annotations

import pytest

from .paths import Journey, folio_of, place_of
from .visitor import Crowd

pytestmark = pytest.mark.browser

INVOICE = {
    "proveedor": "Enlaces del Golfo, S.A. de C.V.",
    "rfc_emisor": "XAXX010101000",
    "rfc_receptor": "XAXX010101000",
    "folio_fiscal": "6F1A3B52-0C4D-4E8B-9A77-2D5C8E901234",
    "fecha": "2026-01-05",
    "servicio": "internet",
    "concepto": "Internet dedicado, Palacio Municipal",
    "periodo": {"desde": "2025-12-01", "hasta": "2025-12-31"},
    "uso_cfdi": "G03",
    "metodo_pago": "PUE",
    "subtotal": "42000",
    "iva": "6720",
    "importe": "48720",
}
ORDER = {
    "banco": "Banco del Sureste",
    "clabe": "002180012345678906",
    "programa": "E013 Modernización y gobierno abierto",
    "fuente": "Recursos fiscales",
    "partidas": [
        {"partida": "31701", "nombre": "Servicios de acceso de internet", "disponible": "312400", "importe": "48720"}
    ],
}
TRANSFER = {"banco_origen": "Banco Olmeca", "clave_rastreo": "TES2026010900417"}
REASON = "Falta la evidencia de que el servicio se recibió a satisfacción."


def start(crowd: Crowd) -> str:
    secretary = crowd["secretaria-dmiga"].go("/iniciar/").sees("Elaboración y trámite de orden de pago")
    secretary.go("/iniciar/veracruz-dmiga/orden-de-pago/").press("Iniciar el trámite").sees("Falta corregir")
    secretary.fill(INVOICE).press("Iniciar el trámite")
    return folio_of(secretary)


@pytest.mark.parametrize("crowd", ["desktop", "phone"], indirect=True)
def test_payment_order_is_sent_back_once_and_paid(crowd: Crowd) -> None:
    order = Journey(crowd, start(crowd))
    secretary = crowd["secretaria-dmiga"]

    order.pass_on("secretaria-dmiga", "sí")
    order.pass_on("secretaria-dmiga", "sí", estado="vigente")
    order.pass_on("secretaria-dmiga", **ORDER)
    assert not secretary.has(order.folio), "it waits for the signature now"
    order.sign("director-dmiga")
    assert place_of(secretary, order.folio) == ["4"]
    order.validate("subdireccion-adquisiciones")
    order.carry(2)
    order.pass_on("contraloria-interna", "no", REASON)
    assert not crowd["contraloria-interna"].has(order.folio)

    secretary.take_up(order.folio).sees(REASON, "Contraloría Interna")
    assert secretary.page.input_value("#f-banco") == ORDER["banco"], "what was said last time is still there"
    secretary.press("Terminar la actividad")
    order.sign("director-dmiga")
    order.validate("subdireccion-adquisiciones")
    order.carry(2)
    order.validate("contraloria-interna")
    assert place_of(secretary, order.folio) == ["8"]
    order.carry(2)
    order.pass_on("subdireccion-presupuestos", "sí")
    order.pass_on("subdireccion-presupuestos")
    assert not crowd["subdireccion-presupuestos"].has(order.folio)
    order.validate("comision-hacienda")
    order.pass_on("direccion-egresos", **TRANSFER)
    assert not crowd["direccion-egresos"].has(order.folio)

    assert place_of(secretary, order.folio) == []
    secretary.sees("Concluido", REASON, "Orden de pago")
