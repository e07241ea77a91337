"""What makes a long day bearable: nothing typed is lost, the keyboard is enough, lists answer as one types."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .paths import folio_of
from .visitor import Crowd

pytestmark = pytest.mark.browser

START = "/iniciar/veracruz-dmiga/alta-usuarios-cero-papel/"
NAME = "#f-nombre"


def test_what_is_typed_survives_a_reload_and_a_lost_connection(crowd: Crowd) -> None:
    asking = crowd["enlace-obras-publicas"].go(START)
    asking.page.fill(NAME, "Beatriz Olvera")
    expect(asking.page.locator("[data-saved]")).to_contain_text("Borrador guardado")
    asking.go(START)
    expect(asking.page.locator(NAME)).to_have_value("Beatriz Olvera")

    asking.context.set_offline(True)
    asking.page.fill(NAME, "Beatriz Olvera Zamudio")
    expect(asking.page.locator("[data-saved]")).to_contain_text("solo en este equipo")
    asking.context.set_offline(False)
    expect(asking.page.locator("[data-saved]")).to_contain_text("Borrador guardado")
    asking.said.clear()  # the console tells of the requests that had no connection
    asking.go(START)
    expect(asking.page.locator(NAME)).to_have_value("Beatriz Olvera Zamudio")


def test_what_is_sent_into_nowhere_comes_back(crowd: Crowd) -> None:
    asking = crowd["enlace-desarrollo-social"].go(START)
    asking.page.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    asking.page.fill(NAME, "Joel Riquer")
    with asking.page.expect_event("requestfailed", lambda request: request.is_navigation_request()):
        asking.page.locator("main").get_by_role("button", name="Iniciar el trámite").click()
    asking.page.unroute_all()
    asking.said.clear()
    asking.lost_something = True
    asking.go(START)
    asking.lost_something = False
    asking.press("Recuperarlo")
    expect(asking.page.locator(NAME)).to_have_value("Joel Riquer")


def test_the_keyboard_is_enough(crowd: Crowd) -> None:
    asking = crowd["enlace-comercio"].go(START)
    asking.fill(
        {
            "oficio_numero": "COM/OF/0319/2026",
            "oficio_fecha": "2026-01-05",
            "nombre": "Beatriz Olvera Zamudio",
            "numero_empleado": "22310",
            "puesto": "Auxiliar administrativa",
            "correo": "beatriz.olvera@turna.example",
            "permisos": ["recibir"],
        }
    ).press("Iniciar el trámite")
    folio = folio_of(asking)
    secretary = crowd["secretaria-dmiga"].go("/procedimientos/")
    keys = secretary.page.keyboard
    keys.press("?")
    expect(secretary.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(secretary.page.get_by_role("dialog")).to_be_hidden()
    keys.press("/")
    expect(secretary.page.locator("#buscar-todo")).to_be_focused()
    keys.press("Escape")
    secretary.page.locator("#buscar-todo").blur()
    keys.press("g")
    keys.press("b")
    secretary.page.wait_for_url("**/bandeja/")
    secretary.page.fill("#filtro-q", folio)
    rows = secretary.page.locator("#lista tbody tr")
    expect(rows).to_have_count(1)
    secretary.look().page.locator("#filtro-q").blur()
    keys.press("j")
    keys.press("Enter")
    secretary.page.wait_for_url("**/tareas/*/")
    secretary.look().sees(folio)
