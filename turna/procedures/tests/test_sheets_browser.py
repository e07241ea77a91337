"""A format of every type in a real Chromium: by keyboard, on a desktop's and a phone's width, axe on what shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect, sync_playwright

from turna.core.models import Person, StoredFile
from turna.procedures.models import Case, Filing
from turna.web.tests.test_browser import AXE, CHROMIUM, serious

from .factories import World, make_world
from .test_sheets import PLAIN, PNG

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (CHROMIUM.exists() and AXE.exists()), reason="necesita Chromium y npm run build"),
]
PICTURES = Path(os.environ.get("TURNA_PICTURES", "e2e-out")) / "sheets"

EVERY_TYPE = """
nombre: De todo
clave: F-99
hoja: sí
secciones:
  - titulo: Lo que se escribe
    ayuda: Como aparece en los documentos.
    campos:
      - {clave: texto, etiqueta: Texto, tipo: texto, obligatorio: sí}
      - {clave: largo, etiqueta: Texto largo, tipo: texto_largo}
      - {clave: entero, etiqueta: Entero, tipo: entero}
      - {clave: decimal, etiqueta: Decimal, tipo: decimal}
      - {clave: dinero, etiqueta: Importe, tipo: dinero}
      - {clave: iva, etiqueta: IVA, tipo: calculado, calcula: "redondea(dinero * 0.16, 2)"}
      - {clave: curp, etiqueta: CURP, tipo: curp}
      - {clave: rfc, etiqueta: RFC, tipo: rfc}
      - {clave: clabe, etiqueta: CLABE, tipo: clabe}
      - {clave: correo, etiqueta: Correo, tipo: correo}
      - {clave: telefono, etiqueta: Teléfono, tipo: telefono}
      - {clave: fecha, etiqueta: Fecha, tipo: fecha}
      - {clave: hora, etiqueta: Hora, tipo: hora}
      - {clave: periodo, etiqueta: Periodo, tipo: periodo}
  - titulo: Lo que se elige
    campos:
      - {clave: opcion, etiqueta: Opción, tipo: opcion, opciones: [norte, sur]}
      - {clave: varios, etiqueta: Varias, tipo: varios, opciones: [luz, agua, gas]}
      - {clave: sino, etiqueta: ¿Urge?, tipo: si_no}
      - {clave: porque, etiqueta: Por qué urge, tipo: texto, obligatorio: sí, visible_si: sino}
      - {clave: grande, etiqueta: Autorización, tipo: texto, visible_si: "dinero > 5000 && texto.startsWith('S')"}
      - {clave: persona, etiqueta: Persona, tipo: persona}
      - {clave: puesto, etiqueta: Puesto, tipo: puesto}
      - {clave: unidad, etiqueta: Unidad, tipo: unidad}
      - {clave: referencia, etiqueta: Expediente, tipo: referencia}
  - titulo: Lo que se adjunta
    campos:
      - {clave: archivo, etiqueta: Archivo, tipo: archivo, acepta: [pdf, png]}
      - {clave: imagen, etiqueta: Imagen, tipo: imagen}
      - {clave: firma, etiqueta: Firma, tipo: firma}
      - {clave: domicilio, etiqueta: Domicilio, tipo: domicilio}
      - {clave: punto, etiqueta: Lugar, tipo: punto}
  - titulo: Lo que se repite
    campos:
      - clave: bienes
        etiqueta: Bienes
        tipo: tabla
        columnas:
          - {clave: bien, etiqueta: Bien, tipo: texto, obligatorio: sí}
          - {clave: precio, etiqueta: Precio, tipo: dinero}
          - {clave: alta, etiqueta: Alta, tipo: fecha}
          - {clave: estado, etiqueta: Estado, tipo: opcion, opciones: [bueno, malo]}
          - {clave: falla, etiqueta: Falla, tipo: texto, visible_si: "estado == 'malo'"}
          - {clave: resguarda, etiqueta: Resguarda, tipo: persona}
          - {clave: foto, etiqueta: Foto, tipo: imagen}
      - {clave: total, etiqueta: Total, tipo: calculado, calcula: "suma(bienes.precio)"}
"""
STEPS = """
clave: PR-8
nombre: Todo
area: oficina
objetivo: Probar.
alcance: Todos.
fundamento: [Reglamento de prueba]
inicio:
  por: [servidor-publico]
  captura: de-todo
actividades:
  - {paso: 1, responsable: secretaria, actividad: Revisa, captura: de-todo}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def world(settings: Any, live_server: Any) -> World:
    settings.MAP_TILES = f"{live_server.url}/static/web/icon.svg?{{z}}.{{x}}.{{y}}"
    return make_world({"pasos": PLAIN, "todo": STEPS}, **{"formatos__de-todo.yaml": EVERY_TYPE})


@pytest.fixture(params=[1280, 360])
def page(request: pytest.FixtureRequest, browser: Browser, live_server: Any, world: World) -> Iterator[Page]:
    client = Client()
    client.force_login(world.people["secretaria"])
    context = browser.new_context(
        base_url=live_server.url,
        locale="es-MX",
        viewport={"width": request.param, "height": 800},
        geolocation={"latitude": 19.043719, "longitude": -98.198149},
        permissions=["geolocation"],
        has_touch=request.param == 360,
    )
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda m: said.append(m.text) if "Content Security" in m.text else None)
    tab.on("pageerror", lambda e: said.append(str(e)))
    yield tab
    assert said == []
    context.close()


def look(page: Page, name: str) -> None:
    """Nothing is wider than the screen, axe finds nothing serious, and a picture is kept."""
    width = page.evaluate("innerWidth")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert serious(page) == []


def typed(page: Page, key: str, text: str) -> None:
    """Reaches the field by its id and types it key by key."""
    page.locator(f'[id="f-{key}"]').focus()
    page.keyboard.type(text)


def fill_by_keyboard(page: Page) -> None:
    texts = {
        "texto": "Sillas", "largo": "Primera línea", "entero": "1250", "decimal": "12.5", "curp": "gode561231hdfrrn00",
        "rfc": "GODE561231GR9", "clabe": "032180000118359719", "correo": "ana@ejemplo.mx", "telefono": "229 123 4567",
        "domicilio.calle": "Zaragoza", "domicilio.numero_exterior": "12", "domicilio.codigo_postal": "91700",
        "domicilio.colonia": "Centro",
    }  # fmt: skip
    for key, text in texts.items():
        typed(page, key, text)
    for key, text in {"fecha": "2026-11-20", "hora": "14:30", "periodo.desde": "2026-11-01"}.items():
        page.locator(f'[id="f-{key}"]').fill(text)
    page.locator('[id="f-periodo.hasta"]').fill("2026-11-30")
    page.locator("#f-opcion").focus()
    page.keyboard.press("Space")
    page.get_by_label("agua").focus()
    page.keyboard.press("Space")


def test_every_type_is_filled_by_keyboard_and_kept(page: Page, world: World) -> None:
    boss, before = world.people["jefe"], world.start()
    page.goto(reverse("start", args=["prueba", "todo"]))
    look(page, "empty")
    fill_by_keyboard(page)
    follow_conditions(page)
    choose(page, boss, before.folio)
    fill_rows(page)
    attach(page)
    look(page, "filled")

    page.get_by_role("button", name="Iniciar el trámite").click()  # "porque" is missing
    page.wait_for_load_state()
    expect(page.locator("[data-error-summary]")).to_contain_text("Por qué urge: Falta este dato.")
    assert page.locator("#f-texto").input_value() == "Sillas"
    assert page.locator("#f-persona").input_value() == f"{boss.full_name} ({boss.email})"
    assert page.locator("tbody tr:visible").nth(0).get_by_label("Bien").input_value() == "Silla"
    expect(page.get_by_alt_text("Vista previa: Imagen")).to_be_visible()
    expect(page.get_by_alt_text("Firma trazada")).to_be_visible()
    look(page, "refused")

    typed(page, "porque", "Se inunda")
    page.keyboard.press("Enter")  # not one of the buttons of rows, of the spreadsheet or of the refresh
    page.wait_for_url("**/acuse/")
    kept = Filing.objects.get(case=Case.objects.latest("pk"), format="de-todo").values
    assert kept["persona"] == boss.pk and kept["referencia"] == before.folio and kept["porque"] == "Se inunda"
    assert [row["bien"] for row in kept["bienes"]] == ["Silla", "Mesa"] and kept["total"] == "250.50"
    assert kept["punto"] == {"lat": 19.043719, "lon": -98.198149} and kept["varios"] == ["agua"]
    assert kept["firma"]["nombre"] == "Irene Islas" and kept["curp"] == "GODE561231HDFRRN00"
    files = set(StoredFile.objects.values_list("owner_kind", "name"))
    assert files == {("case", "foto.png"), ("case", "firma.png")}


def follow_conditions(page: Page) -> None:
    """A choice shows its field at once; what only the server follows comes with the draft."""
    why = page.locator("#f-porque")
    expect(why).not_to_be_visible()
    page.locator("#f-sino").check()
    expect(why).to_be_visible()
    expect(page.locator("#f-grande")).not_to_be_visible()
    typed(page, "dinero", "6000")
    page.keyboard.press("Tab")
    expect(page.locator("#f-grande")).to_be_visible()
    expect(page.locator("#f-iva")).to_have_text("960.00")
    expect(page.locator("#f-rfc-aviso")).to_contain_text("dígito verificador")


def choose(page: Page, boss: Person, folio: str) -> None:
    page.locator("#f-persona").press_sequentially(boss.given_names[:4])
    expect(page.locator("#f-persona-lista option")).to_have_attribute("value", f"{boss.full_name} ({boss.email})")
    page.locator("#f-persona").fill(f"{boss.full_name} ({boss.email})")
    page.locator("#f-unidad").select_option(label="Caja (Presidencia)")
    typed(page, "referencia", folio.lower())


def fill_rows(page: Page) -> None:
    """Two rows, the second moved before the first by its button."""
    rows = page.locator("tbody tr:visible")
    typed(page, "bienes.0.bien", "Mesa")
    page.get_by_role("button", name="Agregar un renglón").press("Enter")
    page.keyboard.type("Silla")
    rows.nth(1).get_by_label("Precio").fill("250.50")
    rows.nth(1).get_by_label("Estado").select_option("malo")
    expect(rows.nth(1).get_by_label("Falla")).to_be_visible()
    expect(rows.nth(0).get_by_label("Falla")).not_to_be_visible()
    rows.nth(1).get_by_role("button", name="Subir el renglón").press("Enter")
    expect(rows.nth(0).get_by_label("Bien")).to_have_value("Silla")
    expect(page.locator("#f-total")).to_have_text("250.50")


def attach(page: Page) -> None:
    """Where one stands, a picture, a signature."""
    page.get_by_role("button", name="Usar mi ubicación").press("Enter")
    expect(page.locator('[id="f-punto.lat"]')).to_have_value("19.043719")
    expect(page.locator(".map-mark")).to_be_visible()
    page.locator("#f-imagen").set_input_files({"name": "foto.png", "mimeType": "image/png", "buffer": PNG})
    expect(page.locator("canvas[data-preview-of='f-imagen']")).to_be_visible()
    typed(page, "firma", "Irene Islas")
    draw(page)


def draw(page: Page) -> None:
    """A stroke on the signature's canvas, with the mouse."""
    canvas = page.locator("[data-signature] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 30)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 20 + step * 25, box["y"] + 30 + (step % 2) * 30)
    page.mouse.up()
    expect(page.locator("[data-signature-said]")).to_contain_text("Trazo listo")


def test_a_point_is_put_by_keyboard_and_read_from_what_is_typed(page: Page) -> None:
    page.goto(reverse("start", args=["prueba", "todo"]))
    map_ = page.locator("[data-map].leaflet-container")
    map_.scroll_into_view_if_needed()
    map_.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Poner el punto al centro del mapa").press("Enter")
    lon = page.locator('[id="f-punto.lon"]')
    assert float(lon.input_value()) > -99.13
    lon.fill("-96.133333")
    page.locator('[id="f-punto.lat"]').fill("19.2")
    page.locator('[id="f-punto.lat"]').blur()
    expect(page.locator(".map-mark")).to_be_visible()
    look(page, "point")


def test_a_postal_code_brings_its_place(page: Page, settings: Any, tmp_path: Path) -> None:
    settings.MANUALS_DIR = tmp_path
    (tmp_path / "prueba").mkdir()
    lines = ["codigo_postal,colonia,municipio,estado", "72000,Centro,Puebla,Puebla", "72000,El Carmen,Puebla,Puebla"]
    (tmp_path / "prueba" / "colonias.csv").write_text("\n".join(lines), "utf-8")
    page.goto(reverse("start", args=["prueba", "todo"]))
    page.locator('[id="f-domicilio.codigo_postal"]').press_sequentially("72000")
    expect(page.locator('[id="f-domicilio.estado"]')).to_have_value("Puebla")
    options = page.locator('[id="f-domicilio.colonia-lista"] option')
    expect(options).to_have_count(2)
    assert page.locator('[id="f-domicilio.colonia"]').input_value() == ""


def test_a_spreadsheet_with_faults_is_told_by_cell_on_the_page(page: Page) -> None:
    page.goto(reverse("start", args=["prueba", "todo"]))
    typed(page, "texto", "Sillas")
    expect(page.locator("[data-saved]")).to_contain_text("Borrador guardado")
    page.get_by_text("Llenarlo en hoja de cálculo").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Descargar en hoja de cálculo").click()
    book = load_workbook(BytesIO(coming.value.path().read_bytes()))
    sheet = book["Lo que se escribe"]
    assert sheet["C4"].value == "Sillas"
    sheet["C6"] = "doce"
    book["Lo que se repite"]["C7"] = 99.5
    file = BytesIO()
    book.save(file)
    book_input = {"name": "de-todo.xlsx", "mimeType": "application/zip", "buffer": file.getvalue()}
    page.get_by_label("Hoja ya llena").set_input_files(book_input)  # type: ignore[arg-type]
    page.get_by_role("button", name="Subir la hoja").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_contain_text("Lo que se escribe!C6: Escriba un número como 1,250.")
    expect(summary).to_contain_text("Lo que se repite!B7: Falta este dato.")
    assert page.locator('[id="f-bienes.0.precio"]').input_value() == "99.50"
    assert page.locator("#f-entero").input_value() == "doce"
    look(page, "book")
