"""The administration in pages: who sees what, what a form does, how a refusal comes back."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.urls import get_resolver, reverse

from turna.core import audit, health
from turna.core.calendar import now, today
from turna.core.database import install_guards, remove_guards
from turna.core.models import (
    Appointment,
    AuditEntry,
    CalendarDay,
    FolioSeries,
    OutboxMail,
    Person,
    Position,
    PositionRight,
    Substitution,
    Unit,
    WorkingHours,
)
from turna.core.tests import factories as make
from turna.web.administration import wording

pytestmark = pytest.mark.django_db
ALL = ("organization.manage", "accounts.manage", "calendar.manage", "mail.read", "audit.read")


@pytest.fixture
def keeper(client):
    person, _standing = make.make_official(*ALL)
    client.force_login(person)
    return person


def rows_of(institution):
    """One row of everything that an address may name."""
    unit = make.make_unit(institution)
    position = make.make_position(unit)
    person = make.make_person(institution, position)
    moment = now()
    return {
        "unit_id": unit.pk,
        "position_id": position.pk,
        "person_id": person.pk,
        "appointment_id": person.appointments.get().pk,
        "substitution_id": make.stand_in(person, make.make_person(institution)).pk,
        "day_id": CalendarDay.objects.create(
            institution=institution, date=today(institution), name="Día", added_at=moment
        ).pk,
        "series_id": make.make_series(institution).pk,
        "mail_id": OutboxMail.objects.create(
            institution=institution,
            to="a@ejemplo.mx",
            subject="Asunto",
            body="x",
            message_id=f"<{person.pk}@x>",
            next_attempt_at=moment,
            created_at=moment,
            status="failed",
        ).pk,
        "envelope_id": 1,
        "act": "invitar",
    }


def addresses(institution):
    """Every administration address of the site, as the resolver knows them."""
    known = rows_of(institution)
    resolver = get_resolver()
    for name in [key for key in resolver.reverse_dict if isinstance(key, str)]:
        forms = resolver.reverse_dict.getlist(name)[0][0]
        path, names = forms[0]
        if path.startswith("administracion/"):
            yield reverse(name, kwargs={key: known[key] for key in names})


def test_every_page_opens_for_whoever_may(client, keeper):
    opened = 0
    for address in addresses(keeper.institution):
        answer = client.get(address)
        assert answer.status_code in (200, 405), address
        opened += answer.status_code == 200
    assert opened >= 20


def test_no_page_opens_for_anybody_else(client):
    institution = make.make_institution()
    found = list(addresses(institution))
    assert len(found) >= 28
    colleague = make.make_person(institution, make.make_position(make.make_unit(institution)))
    closed = make.make_person(
        institution, make.make_position(None, institution=institution, rights=ALL), is_active=False
    )
    for who, statuses in ((None, {302}), (closed, {302}), (colleague, {404})):
        if who:
            client.force_login(who)
        for address in found:
            for method in (client.get, client.post):
                answer = method(address)
                assert answer.status_code in statuses, (who, address)
                if answer.status_code == 302:
                    assert answer["Location"].startswith(reverse("account_login"))
        client.logout()


def test_rows_of_another_institution_are_not_found(client, keeper):
    before = AuditEntry.objects.count()
    named = [a for a in addresses(make.make_institution()) if re.search(r"/\d+/", a)]
    assert len(named) >= 14
    for address in named:
        for method in (client.get, client.post):
            assert method(address).status_code in (404, 405), address
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("right", ALL)
def test_each_right_opens_its_own_sections_only(client, right):
    person, _standing = make.make_official(right)
    client.force_login(person)
    opens = {
        "admin_units": "organization.manage",
        "admin_people": "accounts.manage",
        "admin_calendar": "calendar.manage",
        "admin_mail": "mail.read",
        "admin_audit": "audit.read",
    }
    for name, needed in opens.items():
        assert client.get(reverse(name)).status_code == (200 if needed == right else 404), name


def test_the_chart_grows_by_its_forms(client, keeper):
    client.post(reverse("admin_unit_new"), {"key": "obras", "name": "Obras"})
    unit = Unit.objects.get(key="obras")
    client.post(reverse("admin_position_new"), {"key": "jefe", "name": "Jefatura", "unit": unit.pk, "is_head": "on"})
    position = Position.objects.get(key="jefe")
    client.post(reverse("admin_appoint", args=[position.pk]), {"person": keeper.pk, "starts_on": "2026-01-01"})
    client.post(reverse("admin_position_rights", args=[position.pk]), {"rights": ["audit.read"]})
    page = client.get(reverse("admin_units")).content.decode()
    assert "Obras" in page and "Jefatura" in page and str(keeper) in page
    assert Appointment.objects.filter(position=position, person=keeper).exists()
    assert PositionRight.objects.get(position=position).right == "audit.read"
    page = client.get(reverse("admin_position", args=[position.pk])).content.decode()
    assert "Leer la auditoría" in page


def test_the_chart_costs_the_same_however_large(client, keeper, django_assert_max_num_queries):
    for _n in range(30):
        make.make_person(keeper.institution, make.make_position(make.make_unit(keeper.institution)))
    with django_assert_max_num_queries(14):
        client.get(reverse("admin_units"))


def test_a_refused_form_keeps_what_was_typed_and_tells_the_field(client, keeper):
    make.make_unit(keeper.institution, "obras")
    answer = client.post(reverse("admin_unit_new"), {"key": "obras", "name": "Obras Públicas"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ya existe una unidad con esa clave." in page and 'value="Obras Públicas"' in page
    assert Unit.objects.filter(institution=keeper.institution, key="obras").count() == 1


def test_a_person_is_invited_and_enters(client, keeper):
    typed = {"email": "ada@ejemplo.mx", "given_names": "Ada", "surname1": "Campos"}
    answer = client.post(reverse("admin_person_new"), typed)
    invited = Person.objects.get(email="ada@ejemplo.mx")
    assert answer["Location"] == reverse("admin_person", args=[invited.pk])
    assert "todavía no elige contraseña" in client.get(answer["Location"]).content.decode()
    link = re.search(r"(/cuenta/invitacion/\S+)", str(mail.outbox[-1].body)).group(1)
    client.logout()
    assert client.get(link).status_code == 200
    short = client.post(link, {"password": "corta", "again": "corta"})
    assert short.status_code == 422 and not Person.objects.get(pk=invited.pk).has_usable_password()
    different = client.post(link, {"password": make.PASSWORD, "again": make.PASSWORD + "x"})
    assert different.status_code == 422
    done = client.post(link, {"password": make.PASSWORD, "again": make.PASSWORD})
    assert done["Location"] == reverse("account_login")
    assert client.get(link).status_code == 404
    entered = client.post(reverse("account_login"), {"login": "ada@ejemplo.mx", "password": make.PASSWORD})
    assert entered.status_code == 302 and client.get(reverse("home")).wsgi_request.user == invited


def test_closing_an_account_ends_its_session(client, keeper, django_user_model):
    other = make.make_person(keeper.institution)
    theirs = type(client)()
    theirs.force_login(other)
    client.post(reverse("admin_person_close", args=[other.pk]), {"end_positions": "on"})
    assert theirs.get(reverse("my_absences")).status_code == 302
    client.post(reverse("admin_person_act", args=[other.pk, "reabrir"]))
    assert Person.objects.get(pk=other.pk).is_active


def test_ones_own_absence(client):
    institution = make.make_institution()
    position = make.make_position(make.make_unit(institution))
    person, other = make.make_person(institution, position), make.make_person(institution)
    client.force_login(person)
    day = today(institution)
    typed = {
        "substitute": other.pk,
        "starts_on": str(day),
        "ends_on": str(day + timedelta(days=3)),
        "reason": "vacaciones",
    }
    assert client.post(reverse("my_absences"), typed).status_code == 302
    made = Substitution.objects.get()
    assert (made.absent, made.substitute) == (person, other)
    assert make.standing(other).positions == {position.pk: person.pk}
    assert str(other) in client.get(reverse("my_absences")).content.decode()
    client.force_login(other)
    assert client.post(reverse("cancel_my_absence", args=[made.pk])).status_code == 404
    client.force_login(person)
    client.post(reverse("cancel_my_absence", args=[made.pk]))
    assert make.standing(other).positions == {}


def test_substitutions_and_appointments_end_by_their_pages(client, keeper):
    found = rows_of(keeper.institution)
    client.post(reverse("admin_substitution_cancel", args=[found["substitution_id"]]))
    assert Substitution.objects.get(pk=found["substitution_id"]).cancelled_at
    client.post(reverse("admin_end", args=[found["appointment_id"]]), {"ends_on": "2026-01-31"})
    assert str(Appointment.objects.get(pk=found["appointment_id"]).ends_on) == "2026-01-31"


def test_the_calendar_is_amended_by_its_pages(client, keeper):
    version = keeper.institution.calendar_version
    year = today(keeper.institution).year
    typed = {"date": f"{year}-02-16", "name": "Lunes de Carnaval", "source": "Gaceta 12"}
    client.post(reverse("admin_day_new"), typed)
    row = CalendarDay.objects.get()
    assert "Lunes de Carnaval" in client.get(reverse("admin_calendar")).content.decode()
    assert client.post(reverse("admin_day_new"), typed).status_code == 422
    client.post(reverse("admin_day_withdraw", args=[row.pk]))
    row.refresh_from_db()
    assert row.withdrawn_at
    answer = client.post(reverse("admin_hours"), {"opens_0": "08:00", "closes_0": "15:00", "opens_1": "09:00"})
    assert answer.status_code == 422
    client.post(reverse("admin_hours"), {"opens_0": "08:00", "closes_0": "15:00"})
    assert WorkingHours.objects.filter(institution=keeper.institution).count() == 1
    keeper.institution.refresh_from_db()
    assert keeper.institution.calendar_version > version


def test_folio_series_by_their_pages(client, keeper):
    typed = {"key": "vales", "kind": "vale", "pattern": "V/{año}/{n:04}", "is_yearly": "on"}
    client.post(reverse("admin_series_new"), typed)
    row = FolioSeries.objects.get(key="vales")
    assert f"V/{now().year}/0042" in client.get(reverse("admin_series")).content.decode()
    assert client.post(reverse("admin_series_edit", args=[row.pk]), {"pattern": "{otro}"}).status_code == 422
    client.post(reverse("admin_series_edit", args=[row.pk]), {"pattern": "VALE-{año}-{n}"})
    row.refresh_from_db()
    assert row.pattern == "VALE-{año}-{n}"


def test_a_failed_mail_is_tried_again(client, keeper):
    found = rows_of(keeper.institution)
    here = f"{reverse('admin_mail')}?ver=fallidos"
    assert "a@ejemplo.mx" in client.get(here).content.decode()
    client.post(reverse("admin_mail_retry", args=[found["mail_id"]]))
    assert OutboxMail.objects.get(pk=found["mail_id"]).status == "queued"
    OutboxMail.objects.update(status="sent")
    client.post(reverse("admin_mail_retry", args=[found["mail_id"]]))
    assert OutboxMail.objects.get(pk=found["mail_id"]).status == "sent"


def test_the_audit_page_shows_and_checks_the_chain(client, keeper):
    for number in range(60):
        audit.note(keeper.institution_id, "unit.created", {"unit": f"u{number}"}, actor=keeper.pk)
    page = client.get(reverse("admin_audit"))
    assert "> u59<" in page.content.decode() and "> u5<" not in page.content.decode()
    assert "Alta de una unidad" in page.content.decode()
    following = re.search(r'href="(\?acto=[^"]*antes=\d+)"', page.content.decode()).group(1).replace("&amp;", "&")
    assert "> u5<" in client.get(reverse("admin_audit") + following).content.decode()
    assert "Íntegra" in client.post(reverse("admin_audit_verify")).content.decode()
    remove_guards(connection)
    AuditEntry.objects.filter(seq=7).update(data={"unit": "otra"})
    install_guards(connection)
    assert "su contenido no es el que se selló" in client.post(reverse("admin_audit_verify")).content.decode()


def test_every_act_of_the_core_has_words():
    """An act that the services note is told in Spanish, whoever adds it."""
    noted = set()
    for path in (settings.BASE_DIR / "turna" / "core").rglob("*.py"):
        if "tests" not in path.parts:
            noted |= set(
                re.findall(
                    r'"((?:unit|position|appointment|substitution|person|calendar|folios|mail|second_factor|address|login|password)\.[a-z_]+)"',
                    path.read_text(),
                )
            )
    assert noted - set(wording.ACTS) - {"mail.read"} - {f"{a}.manage" for a in ("calendar",)} == set()


def test_health_tells_what_is_wrong(client, keeper, settings):
    page = client.get(reverse("admin_health")).content.decode()
    assert "Nunca han corrido" in page and "No está configurado" in page
    health.beat()
    settings.CLAMD = "127.0.0.1:9"
    page = client.get(reverse("admin_health")).content.decode()
    assert "última señal" in page and "no se reciben archivos" in page
    states = {found.name: found.state for found in health.examine()}
    assert states["Base de datos"] == health.GOOD


def test_the_probe_answers_strangers_and_tells_nothing(client, monkeypatch):
    answer = client.get("/salud/")
    assert (answer.status_code, answer.content) == (200, b"ok")
    monkeypatch.setattr(health, "database_answers", lambda: False)
    assert client.get("/salud/").status_code == 503
