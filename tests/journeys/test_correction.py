"""A prevención: asked by an official, answered by somebody without an account, who has a folio and a secret code."""

from __future__ import annotations

import re

import pytest

from .paths import Journey, folio_of
from .visitor import Crowd

pytestmark = pytest.mark.browser

REQUEST = {
    "canal": "telefono",
    "servicio": "internet",
    "mantenimiento": "correctivo",
    "resumen": "Sin internet en la biblioteca",
    "descripcion": "Se cayó a las nueve.",
    "personas_afectadas": "4",
    "atencion_publico": "true",
    "ubicacion": "Biblioteca municipal",
    "contacto": "Encargada de la biblioteca",
    "telefono": "2292000199",
}
ASKED = "Falta decir en qué piso está el equipo."
ANSWERED = "Está en la planta baja, junto a la entrada."


def test_a_correction_is_asked_and_answered_without_an_account(crowd: Crowd) -> None:
    secretary = crowd["secretaria-dmiga"].go("/iniciar/veracruz-dmiga/mantenimiento-lineas-telefonicas-y-datos/")
    secretary.page.fill("#id_solicitante-name", "Rosa Lagunes Prado")
    secretary.page.fill("#id_solicitante-email", "rosa.lagunes@ejemplo.mx")
    secretary.fill(REQUEST).press("Iniciar el trámite")
    folio = folio_of(secretary)
    code = secretary.page.locator(".receipt-code").inner_text().strip()
    Journey(crowd, folio).pass_on("secretaria-dmiga", tipo="red", prioridad="alta", trabajo="Revisar el enlace.")

    crowd["mantenimiento-atencion-usuarios"].take_up(folio).sees("Vence")
    official = crowd["mantenimiento-atencion-usuarios"].go(f"/expedientes/{folio}/acto/prevenir/")
    official.page.fill("#id_text", ASKED)
    official.page.fill("#id_legal_ground", "Manual de Procedimientos de la DMIGA")
    official.press("Enviar la prevención")
    official.go(f"/expedientes/{folio}/").sees("En espera de respuesta", ASKED, "Plazo suspendido")

    outsider = crowd.visitor("rosa").go("/seguimiento/")
    outsider.page.fill("#id_folio", folio)
    outsider.page.fill("#id_code", "AAAA0000BB")
    outsider.press("Ver mi trámite")
    assert ASKED not in outsider.text()
    outsider.page.fill("#id_folio", folio)
    outsider.page.fill("#id_code", code.lower())
    outsider.press("Ver mi trámite").sees(ASKED)
    assert "Técnico" not in outsider.text() and "@" not in outsider.text()
    outsider.page.fill("#id_text", ANSWERED)
    outsider.press("Enviar mi respuesta")
    assert re.search("En trámite|en trámite", outsider.text())

    official.go(f"/expedientes/{folio}/").sees("En trámite", ANSWERED, "prevención")
    Journey(crowd, folio).pass_on(
        "mantenimiento-atencion-usuarios",
        "no",
        tipo_dano="cableado",
        hallazgo="Roseta dañada.",
        falla_proveedor="false",
        fecha="2026-01-06",
    )
