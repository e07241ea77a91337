"""Entering and leaving: failures counted and noted, second factor, passwords, external identity."""

import os
import re
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.socialaccount.adapter import get_adapter as external_adapter
from django.conf import settings as configured
from django.core import mail
from django.test import Client
from django.urls import reverse

from turna.core.models import AuditEntry, Person
from turna.core.tests import factories as make

pytestmark = pytest.mark.django_db
NEW = "otra-frase-larga-2026"


@pytest.fixture
def person():
    made = make.make_person(make.make_institution(), password=make.PASSWORD)
    EmailAddress.objects.create(user=made, email=made.email, primary=True, verified=True)
    return made


def enter(client: Client, who: Person, password: str = make.PASSWORD):
    return client.post(reverse("account_login"), {"login": who.email, "password": password})


def noted() -> list[str]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))


def inside(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_entering_and_leaving_is_noted(client, person):
    assert enter(client, person).status_code == 302 and inside(client)
    client.post(reverse("account_logout"))
    assert not inside(client)
    assert noted() == ["login.succeeded", "logout"]
    assert AuditEntry.objects.first().data == {"person": person.pk, "from": "127.0.0.1"}


def test_a_wrong_password_is_noted_and_an_unknown_account_answers_alike(client, person):
    wrong = enter(client, person, "equivocada-del-todo")
    unknown = client.post(reverse("account_login"), {"login": "nadie@ejemplo.mx", "password": "x"})
    assert noted() == ["login.failed"] and not inside(client)
    assert wrong.status_code == unknown.status_code == 200
    told = [list(answer.context["form"].non_field_errors()) for answer in (wrong, unknown)]
    assert told[0] == told[1] and len(told[0]) == 1


def test_after_too_many_failures_even_the_right_password_waits(client, person):
    for _try in range(8):
        enter(client, person, "equivocada")
    assert enter(Client(REMOTE_ADDR="10.9.8.7"), person).status_code != 302
    other = make.make_person(person.institution, password=make.PASSWORD)
    EmailAddress.objects.create(user=other, email=other.email, primary=True, verified=True)
    enter(client, other)
    assert inside(client)  # the account waits, not everybody


def test_a_closed_account_does_not_enter(client, person):
    Person.objects.filter(pk=person.pk).update(is_active=False)
    enter(client, person)
    assert not inside(client)


def test_nobody_signs_up_by_themselves_unless_it_is_open(client, settings):
    typed = {"email": "nueva@ejemplo.mx", "password1": make.PASSWORD, "password2": make.PASSWORD}
    client.post(reverse("account_signup"), typed)
    assert not Person.objects.filter(email="nueva@ejemplo.mx").exists()
    settings.OPEN_SIGNUP = True
    client.post(reverse("account_signup"), typed)
    assert Person.objects.filter(email="nueva@ejemplo.mx").exists()
    assert not inside(client)  # first the address is confirmed
    link = re.search(r"http://[^\s]+(/cuenta/\S+)", str(mail.outbox[-1].body)).group(1)
    assert not EmailAddress.objects.get(email="nueva@ejemplo.mx").verified
    client.get(link)
    client.post(link)
    assert EmailAddress.objects.get(email="nueva@ejemplo.mx").verified


def test_a_forgotten_password_is_set_anew_by_mail(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(r"http://[^\s]+(/cuenta/\S+)", str(mail.outbox[-1].body)).group(1)
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW) and "password.changed" in noted()
    assert enter(Client(), person, NEW).status_code == 302


def test_changing_the_password_renews_this_session_and_ends_the_others(client, person):
    elsewhere = Client()
    for one in (client, elsewhere):
        enter(one, person)
    key = client.session.session_key
    typed = {"oldpassword": make.PASSWORD, "password1": NEW, "password2": NEW}
    client.post(reverse("account_change_password"), typed)
    assert client.session.session_key != key
    assert client.get(reverse("my_absences")).status_code == 200
    assert elsewhere.get(reverse("my_absences")).status_code == 302
    assert "password.changed" in noted()


def test_whoever_must_change_the_password_sees_nothing_else(client, person):
    Person.objects.filter(pk=person.pk).update(must_change_password=True)
    enter(client, person)
    change = reverse("account_change_password")
    for name in ("my_absences", "home", "profile"):
        assert client.get(reverse(name))["Location"] == change
    assert client.get(change).status_code == 200
    client.post(change, {"oldpassword": make.PASSWORD, "password1": NEW, "password2": NEW})
    assert not Person.objects.get(pk=person.pk).must_change_password
    assert client.get(reverse("my_absences")).status_code == 200


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_a_second_factor_is_asked_for(client, person):
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    answer = enter(client, person)
    assert answer["Location"] == reverse("mfa_authenticate") and not inside(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not inside(client) and noted() == ["second_factor.failed"]
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert inside(client)
    other = Client()
    enter(other, person)
    other.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert inside(other)
    again = Client()
    enter(again, person)
    again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert not inside(again)  # a recovery code serves once


def test_a_second_factor_is_activated_in_the_profile_after_the_password_again(
    client, person, django_capture_on_commit_callbacks
):
    enter(client, person)
    assert client.get(reverse("mfa_activate_totp"))["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    secret = client.session["mfa.totp.secret"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert Authenticator.objects.filter(user=person, type="totp").exists()
    assert "second_factor.added" in noted()


def test_a_passkey_may_be_added_and_used_to_enter(client, person):
    answer = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    assert answer.status_code == 200 and "challenge" in answer.content.decode()
    enter(client, person)
    client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_whoever_lost_the_second_factor_is_helped_by_the_keeper(client, person):
    TOTP.activate(person, generate_totp_secret())
    keeper, _standing = make.make_official("accounts.manage", institution=person.institution)
    client.force_login(keeper)
    assert "Aplicación de códigos" in client.get(reverse("admin_person", args=[person.pk])).content.decode()
    client.post(reverse("admin_person_act", args=[person.pk, "quitar-segundo-factor"]))
    assert not Authenticator.objects.filter(user=person).exists()
    assert "person.second_factor_removed" in noted()


def test_open_id_connect_is_ready_to_configure(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "llave",
                    "name": "Llave del Estado",
                    "client_id": "turna",
                    "secret": "x",
                    "settings": {"server_url": "https://identidad.ejemplo.mx"},
                }
            ]
        }
    }
    provider = external_adapter().list_providers(client.get("/salud/").wsgi_request)[0]
    assert provider.name == "Llave del Estado"
    assert reverse("openid_connect_login", args=["llave"]) == "/cuenta/oidc/llave/login/"


def test_passwords_are_kept_with_argon2_outside_of_tests():
    """The settings as a real process reads them; tests themselves hash with something quick."""
    told = subprocess.run(
        [sys.executable, "-c", "from turna.config import settings; print(settings.PASSWORD_HASHERS[0])"],
        cwd=configured.BASE_DIR,
        env={**os.environ, "TURNA_MODE": "demo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "django.contrib.auth.hashers.Argon2PasswordHasher"
