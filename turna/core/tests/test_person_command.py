"""Accounts from the terminal: the first administrator, and whoever cannot enter any more."""

import re
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from turna.core.management.commands import person as command
from turna.core.models import AuditEntry, Person
from turna.core.tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "una-frase-de-prueba-larga"


def run(*words: str) -> str:
    out = StringIO()
    call_command("person", *words, stdout=out)
    return out.getvalue()


def token_in(text: str) -> str:
    return re.search(r"/cuenta/invitacion/([^/\s]+)/", text).group(1)


def test_the_first_administrator_enters_by_the_link_that_is_printed(client):
    make.make_institution()
    told = run("create", "Ada@Ejemplo.mx", "--name", "Ada", "--surname1", "Campos", "--administers")
    page = reverse("accept_invitation", args=[token_in(told)])
    assert client.get(page).status_code == 200
    assert client.post(page, {"password": SECRET, "again": SECRET}).status_code == 302
    ada = Person.objects.get(email="ada@ejemplo.mx")
    assert ada.administers and ada.institution is not None
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"person.created", "person.administers", "person.link_issued"} <= acts


def test_a_password_may_be_typed_instead(monkeypatch):
    make.make_institution()
    monkeypatch.setattr(command, "getpass", lambda prompt: SECRET)
    told = run("create", "ada@ejemplo.mx", "--name", "Ada", "--password")
    ada = Person.objects.get(email="ada@ejemplo.mx")
    assert "/cuenta/invitacion/" not in told
    assert ada.check_password(SECRET) and not ada.administers
    assert EmailAddress.objects.get(user=ada).verified


def test_a_weak_or_mistyped_password_opens_nothing(monkeypatch):
    make.make_institution()
    typed = iter(["corta", "corta", SECRET, "otra"])
    monkeypatch.setattr(command, "getpass", lambda prompt: next(typed))
    for _ in range(2):
        with pytest.raises(CommandError):
            run("create", "ada@ejemplo.mx", "--name", "Ada", "--password")
    assert not Person.objects.filter(email="ada@ejemplo.mx").exists()


def test_what_is_wrong_is_said_and_nothing_is_made():
    with pytest.raises(CommandError, match="pack install"):
        run("create", "ada@ejemplo.mx", "--name", "Ada")
    make.make_institution()
    with pytest.raises(CommandError, match="correo"):
        run("create", "ada", "--name", "Ada")
    with pytest.raises(CommandError, match="correo"):
        run("recover", "nadie@ejemplo.mx")
    make.make_institution()
    with pytest.raises(CommandError, match="--institution"):
        run("create", "ada@ejemplo.mx", "--name", "Ada")
    assert not Person.objects.exists()


def test_who_lost_everything_gets_a_link_and_no_second_factor():
    person, _standing = make.make_official()
    Authenticator.objects.create(user=person, type="totp", data={})
    told = run("recover", person.email, "--second-factor")
    assert token_in(told)
    assert not Authenticator.objects.filter(user=person).exists()
    person.refresh_from_db()
    assert person.is_active
