"""The scripts of the shell and of forms in a real Chromium, under the real policy; axe on what they show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import get_resolver, path
from playwright.sync_api import Browser, Page, sync_playwright

from turna.core.tests.factories import PASSWORD, make_institution, make_person
from turna.web.tests.test_formats import field, sheet
from turna.web.typed import read_typed

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[1] / "static" / "vendor" / "axe.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (CHROMIUM.exists() and AXE.exists()), reason="necesita Chromium y npm run build"),
]

FORMAT = sheet(
    field("choice", key="tipo"),
    field("text", key="cual", show_if="tipo == 'b'"),
    field("table", key="bienes"),
    field("money", key="importe"),
    field("curp", key="curp"),
)
SOURCE = """{% extends "web/base.html" %}{% load shell formats %}{% block title %}Prueba{% endblock %}
{% block heading %}Prueba{% endblock %}
{% block content %}<form method="post" {% if drafts %}data-autosave="/borrador/"{% endif %}
 data-person="1">{% csrf_token %}{% act_field %}
{% format_sheet format values errors %}<span class="saved" data-saved role="status"></span>
<button class="btn btn-primary" id="enviar">Enviar</button></form>{% endblock %}"""


class Received:
    """What the pages below were sent."""

    sent: list[dict[str, Any]] = []
    drafts: list[dict[str, Any]] = []
    draft_status = 204


def form_page(request: HttpRequest) -> HttpResponse:
    if request.POST.get("do") == "refresh":
        return render(request, "prueba.html", {"format": FORMAT, "values": read_typed(FORMAT, request.POST)})
    if request.method == "POST":
        Received.sent.append(dict(request.POST.lists()))
        return HttpResponse("<!doctype html><title>Listo</title>listo", status=200)
    return render(request, "prueba.html", {"format": FORMAT, "values": {}, "drafts": True})


def plain_page(request: HttpRequest) -> HttpResponse:
    """The same form where nothing is saved while one types."""
    return render(request, "prueba.html", {"format": FORMAT, "values": read_typed(FORMAT, request.POST)})


def draft(request: HttpRequest) -> HttpResponse:
    Received.drafts.append(dict(request.POST.lists()))
    return HttpResponse(status=Received.draft_status)


class _Urls:
    urlpatterns = [
        *get_resolver().url_patterns,
        path("formulario/", form_page),
        path("borrador/", draft),
        path("sin-borrador/", plain_page),
    ]


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
def page(browser: Browser, live_server: Any, settings: Any) -> Iterator[Page]:
    settings.ROOT_URLCONF = _Urls
    engine = settings.TEMPLATES[0] | {"APP_DIRS": False}
    options = dict(engine["OPTIONS"])
    options["loaders"] = [
        ("django.template.loaders.locmem.Loader", {"prueba.html": SOURCE}),
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    settings.TEMPLATES = [engine | {"OPTIONS": options}]
    Received.sent, Received.drafts, Received.draft_status = [], [], 204
    context = browser.new_context(base_url=live_server.url, locale="es-MX", viewport={"width": 900, "height": 800})
    tab = context.new_page()
    tab.complaints = []  # type: ignore[attr-defined]
    tab.on("console", lambda m: tab.complaints.append(m.text) if "Content Security" in m.text else None)
    tab.on("pageerror", lambda e: tab.complaints.append(str(e)))
    yield tab
    assert tab.complaints == []
    context.close()


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe calls serious or worse."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        (v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"] if v["impact"] in ("serious", "critical")
    ]


def enter(page: Page, live_server: Any, person: Any) -> None:
    client = Client()
    client.force_login(person)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_serious_and_nothing_wider_than_the_screen(page: Page, live_server: Any, width: int) -> None:
    institution = make_institution("prueba", theme={"primario": "#ffcc00"})
    page.set_viewport_size({"width": width, "height": 800})
    public = [
        "/",
        "/cuenta/login/",
        "/accesibilidad/",
        "/procedimientos/",
        "/seguimiento/",
        "/no-existe/",
        "/formulario/",
    ]
    private = ["/cuenta/perfil/", "/avisos/", "/cuenta/preferencias/", "/cuenta/2fa/", "/cuenta/email/",
               "/cuenta/password/change/", "/cuenta/sessions/"]  # fmt: skip
    for address in public:
        look(page, address)
    enter(page, live_server, make_person(institution))
    for address in private:
        look(page, address)


def look(page: Page, address: str) -> None:
    page.goto(address)
    assert serious(page) == [], address
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address


def test_fields_show_when_they_apply(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    which = page.locator("[name='f-cual']")
    assert not which.is_visible()
    page.get_by_label("Opción B").check()
    assert which.is_visible()
    page.get_by_label("Opción A").check()
    assert not which.is_visible()


def test_without_drafts_the_page_can_still_be_asked_anew(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    assert not page.get_by_role("button", name="Actualizar").is_visible()
    page.goto("/sin-borrador/")
    page.get_by_label("Opción B").check()
    page.get_by_role("button", name="Actualizar").click()
    assert page.locator("[name='f-cual']").is_visible() and page.get_by_label("Opción B").is_checked()


def test_rows_are_added_and_removed(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    rows = page.locator("tbody tr:visible")
    assert rows.count() == 1
    for _number in range(4):
        page.get_by_role("button", name="Agregar un renglón").click()
    assert rows.count() == 5
    rows.nth(4).get_by_label("Campo text").fill("Silla")
    rows.nth(0).get_by_label("Campo text").fill("Mesa")
    rows.nth(4).get_by_role("button", name="Subir").press("Enter")
    assert rows.nth(3).get_by_label("Campo text").input_value() == "Silla"
    assert page.evaluate("document.activeElement.dataset.rowAct") == "up"
    rows.nth(0).get_by_role("button", name="Quitar").click()
    assert rows.count() == 4 and rows.nth(0).locator("[data-row-number]").first.inner_text() == "1"
    assert serious(page) == []
    page.locator("#enviar").click()
    page.wait_for_load_state()
    sent = {k: v[0] for k, v in Received.sent[0].items() if "concepto" in k and v[0]}
    assert sent == {"f-bienes.4.concepto": "Silla"}


def test_amounts_and_keys_are_tidied_when_left(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    page.locator("#f-importe").fill("$1234567.5")
    page.locator("#f-curp").fill(" gode561231hdfrrn04")
    page.locator("#f-curp").blur()
    assert page.locator("#f-importe").input_value() == "1,234,567.50"
    assert page.locator("#f-curp").input_value() == "GODE561231HDFRRN04"


def test_a_form_is_sent_once_however_often_it_is_pressed(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    page.evaluate("() => { const b = document.getElementById('enviar'); b.click(); b.click(); b.click(); }")
    page.wait_for_load_state()
    page.wait_for_timeout(300)
    assert len(Received.sent) == 1


def test_a_draft_is_saved_while_typing_without_the_act(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    page.locator("#f-importe").fill("10")
    page.get_by_text("Borrador guardado").wait_for(timeout=5000)
    assert Received.drafts[-1]["f-importe"] == ["10"]
    assert "act" not in Received.drafts[-1]


def test_without_a_connection_what_was_typed_stays_on_the_device_and_is_sent_later(page: Page) -> None:
    make_institution()
    page.goto("/formulario/")
    page.context.set_offline(True)
    page.locator("#f-importe").fill("77")
    page.get_by_text("guardado solo en este equipo").wait_for(timeout=5000)
    page.context.set_offline(False)
    page.get_by_text("Borrador guardado").wait_for(timeout=5000)
    assert Received.drafts[-1]["f-importe"] == ["77"]


def test_what_stayed_on_the_device_is_offered_again(page: Page) -> None:
    make_institution()
    Received.draft_status = 500
    page.goto("/formulario/")
    page.locator("#f-importe").fill("88")
    page.get_by_text("guardado solo en este equipo").wait_for(timeout=5000)
    page.goto("/formulario/")
    Received.draft_status = 204
    page.get_by_role("button", name="Recuperarlo").click()
    assert page.locator("#f-importe").input_value() == "88"
    page.get_by_text("Borrador guardado").wait_for(timeout=5000)
    page.goto("/formulario/")
    assert page.get_by_role("button", name="Recuperarlo").count() == 0


def test_keys_lead_about(page: Page) -> None:
    make_institution()
    page.goto("/accesibilidad/")
    page.keyboard.press("?")
    assert page.locator("#atajos").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#atajos").is_visible()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/procedimientos/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "buscar-procedimiento"
    page.keyboard.type("g?j")
    assert page.locator("#buscar-procedimiento").input_value() == "g?j"


def test_the_first_tab_skips_to_the_content(page: Page) -> None:
    make_institution()
    page.goto("/accesibilidad/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Saltar al contenido"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenido"


def test_the_same_form_works_without_scripts(browser: Browser, page: Page, live_server: Any) -> None:
    make_institution()
    plain = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = plain.new_page()
    tab.goto("/formulario/")
    assert not tab.locator("[name='f-cual']").is_visible()
    assert tab.locator("tbody tr:visible").count() == 3
    tab.get_by_label("Opción B").check()
    tab.get_by_role("button", name="Actualizar").click()
    assert tab.locator("[name='f-cual']").is_visible() and tab.get_by_label("Opción B").is_checked()
    tab.locator("[name='f-bienes.2.concepto']").fill("Silla")
    tab.locator("#enviar").click()
    assert Received.sent[0]["f-bienes.2.concepto"] == ["Silla"]
    plain.close()


def test_a_passkey_is_added_and_opens_the_account(page: Page, live_server: Any) -> None:
    person = make_person(make_institution(), password=PASSWORD)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
           "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    page.goto("/cuenta/login/")
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/bandeja/")
    page.goto("/cuenta/2fa/webauthn/add/")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .btn-primary").click()
    page.locator("[name=name]").fill("Mi teléfono")
    page.locator("[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/")
    page.context.clear_cookies()
    page.goto("/cuenta/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url("**/bandeja/")
