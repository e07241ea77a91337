"""The frame of every page: its policy, its menu, its errors, who is let in, and what it costs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import get_resolver, path, reverse

from turna.core.calendar import now
from turna.core.models import Notice, NoticePreference, Person
from turna.core.tests.factories import PASSWORD, make_institution, make_person, make_position, make_unit
from turna.web import demo, theme
from turna.web.middleware import policy_text
from turna.web.navigation import Menu, everybody, without_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    institution = make_institution("prueba", name="H. Ayuntamiento de Prueba", theme={"primario": "#6b1530"})
    made = make_person(institution, make_position(make_unit(institution)), password=PASSWORD)
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


@pytest.fixture
def inside(client: Client, person: Person) -> Client:
    client.force_login(person)
    return client


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("se rompió")


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("recibido")


class _Extra:
    """The site's own addresses, and three that go wrong."""

    urlpatterns = [
        *get_resolver().url_patterns,
        path("se-rompe/", broken),
        path("se-niega/", denied),
        path("formulario/", form),
    ]
    handler403 = "turna.web.views.forbidden"
    handler404 = "turna.web.views.not_found"
    handler500 = "turna.web.views.server_error"


@pytest.fixture
def extra(settings: Any) -> None:
    settings.ROOT_URLCONF = _Extra


PUBLIC = ["/", "/cuenta/login/", "/cuenta/signup/", "/cuenta/password/reset/", "/accesibilidad/", "/procedimientos/",
          "/seguimiento/", "/no-existe/"]  # fmt: skip
PRIVATE = ["/cuenta/perfil/", "/cuenta/preferencias/", "/avisos/", "/cuenta/2fa/", "/cuenta/password/change/",
           "/cuenta/email/", "/cuenta/sessions/", "/cuenta/logout/"]  # fmt: skip


def is_strict(policy: str) -> bool:
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    closed = all(rules[name] == "'none'" for name in ("default-src", "object-src", "frame-ancestors"))
    return closed and rules["script-src"] == rules["style-src"] == "'self'" and "unsafe" not in policy


@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_carry_the_policy_and_nothing_inline(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code in (200, 404)
    check_page(response)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_pages_carry_the_policy_and_nothing_inline(inside: Client, address: str) -> None:
    response = inside.get(address)
    assert response.status_code == 200
    check_page(response)


def check_page(response: Any) -> None:
    html = response.content.decode()
    assert is_strict(response["Content-Security-Policy"])
    assert " style=" not in html and "<style" not in html and not re.search(r"\son[a-z]+=", html)
    for script in re.findall(r"<script\b([^>]*)>", html):
        assert "src=" in script or 'type="application/json"' in script
    assert html.count("<h1") == 1
    assert "<title>" in html and 'lang="es' in html and 'href="#contenido"' in html


@pytest.mark.parametrize(("address", "status"), [("/se-niega/", 403), ("/no-existe/", 404), ("/se-rompe/", 500)])
def test_errors_come_in_house_style_with_the_policy(extra: None, client: Client, address: str, status: int) -> None:
    client.raise_request_exception = False
    response = client.get(address)
    assert response.status_code == status
    assert is_strict(response["Content-Security-Policy"])
    html = response.content.decode()
    assert "site-header" in html and html.count("<h1") == 1 and "Ir al inicio" in html
    assert "RuntimeError" not in html


def test_the_page_of_a_broken_server_needs_no_database(extra: None, client: Client, monkeypatch: Any) -> None:
    def nothing(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("sin base de datos")

    client.raise_request_exception = False
    monkeypatch.setattr("turna.web.middleware.Institution.objects.order_by", nothing)
    response = client.get("/no-existe/")
    assert response.status_code == 500
    assert "Algo falló de nuestro lado" in response.content.decode()


def test_an_old_form_is_refused_in_plain_words(extra: None, person: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/formulario/")
    assert response.status_code == 403
    assert "vuelva a intentarlo" in response.content.decode()
    assert is_strict(response["Content-Security-Policy"])


def test_the_policy_lets_log_in_forms_lead_to_the_configured_identity_provider(settings: Any) -> None:
    app = {"settings": {"server_url": "https://identidad.ejemplo.mx/realms/uno"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    assert "form-action 'self' https://identidad.ejemplo.mx" in policy_text()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert policy_text().endswith("form-action 'self'")


def test_private_pages_ask_to_log_in_first(client: Client, person: Person) -> None:
    for name in ("profile", "notices", "preferences"):
        response = client.get(reverse(name))
        assert response.status_code == 302 and response["Location"].startswith("/cuenta/login/?next=")


def test_a_part_asked_for_after_the_session_ended_leads_the_whole_page_to_the_log_in(client: Client) -> None:
    response = client.get(reverse("notices"), headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/cuenta/login/?next=/avisos/"


def test_what_one_read_is_not_kept_for_the_next_at_the_same_computer(inside: Client) -> None:
    assert "no-store" in inside.get("/avisos/")["Cache-Control"]
    assert "no-store" not in Client().get("/accesibilidad/").headers.get("Cache-Control", "")


def test_who_must_change_the_password_is_led_there_and_can_leave(inside: Client, person: Person) -> None:
    person.must_change_password = True
    person.save()
    change = reverse("account_change_password")
    assert inside.get("/cuenta/perfil/")["Location"] == change
    assert inside.get(change).status_code == 200
    sent = {"oldpassword": PASSWORD, "password1": "otra-clave-larga-1", "password2": "otra-clave-larga-1"}
    inside.post(change, sent)
    assert inside.get("/cuenta/perfil/").status_code == 200
    assert inside.post(reverse("account_logout")).status_code == 302


# --- The log-in page of the demo -------------------------------------------------------


class Account:
    email, name, position, unit = "secretaria@turna.example", "Irene Islas", "Secretaria", "Dirección"


@pytest.mark.parametrize(("mode", "listed"), [("demo", True), ("production", False), ("test", False)])
def test_demo_accounts_are_listed_only_in_the_demo(
    client: Client, settings: Any, monkeypatch: Any, mode: str, listed: bool
) -> None:
    monkeypatch.setattr(demo._Offer, "password", "publicada")
    monkeypatch.setattr(demo._Offer, "source", staticmethod(lambda: [Account]))
    settings.TURNA_MODE = mode
    html = client.get(reverse("account_login")).content.decode()
    assert ("secretaria@turna.example" in html) is listed
    assert ("publicada" in html) is listed


def test_logging_in_and_out(client: Client, person: Person) -> None:
    page = reverse("account_login")
    wrong = client.post(page, {"login": person.email, "password": "no-es-esta"})
    assert wrong.status_code == 200
    assert "Falta corregir algo" in wrong.content.decode() and f'value="{person.email}"' in wrong.content.decode()
    right = client.post(page, {"login": person.email, "password": PASSWORD})
    assert right.status_code == 302
    assert client.get("/cuenta/perfil/").status_code == 200


def test_the_code_app_is_offered_as_a_drawing_in_the_page(client: Client, person: Person) -> None:
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    page = reverse("mfa_activate_totp")
    again = client.get(page)["Location"]
    assert again.startswith(reverse("account_reauthenticate"))
    check_page(client.get(again))
    client.post(again, {"password": PASSWORD})
    response = client.get(page)
    html = response.content.decode()
    assert response.status_code == 200
    assert "<svg" in html and "data:image" not in html and "<?xml" not in html


# --- Notices and preferences -------------------------------------------------------------


def tell(person: Person, count: int, url: str = "") -> list[Notice]:
    common = {"institution": person.institution, "person": person, "kind": "prueba", "url": url, "created_at": now()}
    return Notice.objects.bulk_create(Notice(subject=f"Aviso {n}", **common) for n in range(count))


def test_notices_are_paged_and_marked_as_read(inside: Client, person: Person) -> None:
    tell(person, 35)
    first = inside.get("/avisos/").content.decode()
    assert "Aviso 34" in first and "Aviso 4<" not in first and "35" in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert "Aviso 4<" in inside.get(f"/avisos/{following[1]}").content.decode()
    inside.post("/avisos/leidos/")
    assert not Notice.objects.filter(person=person, read_at__isnull=True).exists()
    assert "No tiene avisos sin leer" in inside.get("/avisos/?ver=sin-leer").content.decode()


def test_opening_a_notice_leads_within_the_site_only(inside: Client, person: Person) -> None:
    here, away = tell(person, 1, "/cuenta/perfil/")[0], tell(person, 1, "https://malo.example/")[0]
    assert inside.post(f"/avisos/{here.pk}/")["Location"] == "/cuenta/perfil/"
    assert inside.post(f"/avisos/{away.pk}/")["Location"] == "/avisos/"
    here.refresh_from_db()
    assert here.read_at is not None


def test_nobody_opens_the_notice_of_another(client: Client, person: Person) -> None:
    notice = tell(person, 1)[0]
    client.force_login(make_person(person.institution))
    assert client.post(f"/avisos/{notice.pk}/").status_code == 404
    assert "Aviso 0" not in client.get("/avisos/").content.decode()


def test_preferences_are_kept_and_nonsense_is_refused(inside: Client, person: Person) -> None:
    inside.post("/cuenta/preferencias/", {"mail": "digest"})
    assert NoticePreference.objects.get(person=person, kind="").mail == "digest"
    response = inside.post("/cuenta/preferencias/", {"mail": "paloma"})
    assert [m.level_tag for m in get_messages(response.wsgi_request)][-1] == "error"
    assert NoticePreference.objects.get(person=person, kind="").mail == "digest"


def test_a_page_costs_few_queries(inside: Client, person: Person, django_assert_max_num_queries: Any) -> None:
    tell(person, 20)
    inside.get("/avisos/")
    with django_assert_max_num_queries(8):
        inside.get("/avisos/")
    with django_assert_max_num_queries(9):
        inside.get("/cuenta/perfil/")


def test_a_page_without_account_reads_no_session_nor_person(
    client: Client, person: Person, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(1):
        assert client.get("/accesibilidad/").status_code == 200


# --- Theme ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "colour", ["#ffff00", "#ffffff", "#6b1530", "no es color", "red; } body { display: none", None]
)
def test_a_theme_can_always_be_read(colour: Any) -> None:
    found = theme.variables({"primario": colour})["--turna-primary"]
    assert re.fullmatch(r"#[0-9a-f]{6}", found)
    assert theme.contrast(theme._parse(found, theme.PRIMARY), (255, 255, 255)) >= theme.READABLE


def test_the_theme_is_a_stylesheet_that_may_be_kept_only_at_its_present_address(client: Client, person: Person) -> None:
    colours = person.institution.theme
    fresh = client.get(reverse("theme", args=[person.institution_id, theme.digest(colours)]))
    assert fresh["Content-Type"].startswith("text/css") and "immutable" in fresh["Cache-Control"]
    assert "--turna-primary: #6b1530" in fresh.content.decode()
    assert client.get(reverse("theme", args=[person.institution_id, "vieja"]))["Cache-Control"] == "no-cache"
    assert client.get(reverse("theme", args=[999_999, "x"])).status_code == 200


# --- Menu and parts --------------------------------------------------------------------------


def test_the_menu_leaves_out_what_this_install_or_this_person_has_not() -> None:
    menu = Menu()
    menu.register("b", "Segundo", "accessibility", "eye", 20, everybody)
    menu.register("a", "Primero", "home", "house", 10, everybody)
    menu.register("c", "Apagado", "no_such_page", "gear", 5, everybody)
    menu.register("d", "Ajeno", "home", "gear", 1, lambda request: False)
    request = RequestFactory().get("/accesibilidad/")
    assert [(link.label, link.current) for link in menu.links(request)] == [("Primero", False), ("Segundo", True)]


def test_without_account_is_the_opposite_of_with(client: Client, person: Person) -> None:
    assert without_account(client.get("/").wsgi_request)


class Light:
    name, words = "overdue", "Venció hace 2 días hábiles"


PARTS = {
    "{% icon 'bell' 'Avisos' %}": 'aria-label="Avisos"',
    "{% icon 'bell' %}": 'aria-hidden="true"',
    "{% light value %}": "Venció hace 2 días hábiles",
    "{% light None %}": "Sin plazo",
    "{% status 'open' 'En trámite' %}": "<span>En trámite</span>",
    "{% status 'raro' wild %}": "&lt;b&gt;",
    "{% person 'Irene Islas' 'Secretaria' %}": ">II<",
    "{% person None %}": "El sistema",
    "{% empty 'Nada' 'Haga algo' 'inbox' '/x/' 'Hacerlo' %}": 'href="/x/"',
    "{% pager '/a/' '' '1–2' %}": 'rel="prev" href="/a/"',
    "{% tabs items %}": 'aria-current="page"',
    "{% crumbs 'Uno' '/uno/' 'Dos' '' %}": '<span aria-current="page">Dos</span>',
    "{% act_field %}": 'type="hidden" name="act"',
    "{{ 1234.5|money }}": "$1,234.50",
    "{% moment None %}": "—",
}


@pytest.mark.parametrize(("source", "expected"), PARTS.items())
def test_parts_of_a_page(source: str, expected: str) -> None:
    context = {"value": Light, "wild": "<b>", "items": [{"label": "Una", "url": "/", "current": True, "count": 3}]}
    assert expected in engines["django"].from_string("{% load shell %}" + source).render(context)


def test_every_icon_used_is_in_the_sprite() -> None:
    root = Path(__file__).parents[2]
    names = set((root.parent / "frontend" / "icons.txt").read_text().split())
    used: dict[str, str] = {}
    for file in root.rglob("*.html"):
        for name in re.findall(r"""\{% icon ["']([a-z0-9-]+)["']""", file.read_text()):
            used[name] = file.name
    assert {n: f for n, f in used.items() if n not in names} == {}
