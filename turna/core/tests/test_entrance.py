"""People without e-mail: a user name, a sealed first password, and nothing before it is changed."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client

from turna.core import entrance, envelopes
from turna.core.mail import queue
from turna.core.models import AuditEntry, Envelope, Institution, OutboxMail, Person
from turna.core.people import send_invitation
from turna.core.refusals import Refused
from turna.core.rights import Standing, standing_of

from .factories import make_institution, make_person, make_position, make_unit
from .test_envelopes import everything_stored, text_of

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"[A-Z][a-z]{5}-[a-z]{6}-\d\d")


@pytest.fixture
def here() -> Institution:
    return make_institution()


@pytest.fixture
def keeper(here: Institution) -> Person:
    return make_person(here, make_position(make_unit(here), rights=["accounts.manage"]))


def make(here: Institution, keeper: Person, *names: str) -> Person:
    given, surname1, surname2 = [*names, "", ""][:3]
    return entrance.create_person_without_mail(
        standing_of(keeper), here, given_names=given, surname1=surname1, surname2=surname2
    )


def password_of(keeper: Person, person: Person, folder: Path) -> str:
    envelope = entrance.envelopes_of(person).get()
    told = SECRET.search(text_of(entrance.print_password(standing_of(keeper), person, envelope.pk), folder))
    assert told is not None
    return told[0]


def test_user_names_are_formed_and_never_clash(here: Institution, keeper: Person) -> None:
    made = [make(here, keeper, "Rosa", "Nuñez", "Paz"), make(here, keeper, "Rosa", "Núñez", "Paz")]
    made += [make(here, keeper, "Rosa", "Núñez"), make(here, keeper, "Rosa")]
    assert [p.login_name for p in made] == ["rosa.nunez", "rosa.nunezp", "rosa.nunez2", "rosa"]
    with pytest.raises(Refused):
        make(here, keeper, "…")


def test_the_password_is_on_paper_only_and_must_be_changed_first(
    here: Institution, keeper: Person, tmp_path: Path, client: Client
) -> None:
    made: list[str] = []
    real = envelopes.first_password
    with patch.object(envelopes, "first_password", lambda: made.append(real()) or made[-1]):
        client.force_login(keeper)
        page = client.post(
            "/administracion/personas/nueva/", {"given_names": "Rosa", "surname1": "Núñez"}, follow=True
        ).content.decode()
    person = Person.objects.get(given_names="Rosa")
    assert "rosa.nunez" in page and "Imprimir el sobre" in page and made[0] not in page
    assert made[0].encode() not in everything_stored()
    assert password_of(keeper, person, tmp_path) == made[0]

    theirs = Client()
    theirs.post("/cuenta/login/", {"login": "Rosa.Nunez ", "password": made[0]})
    assert theirs.get("/bandeja/")["Location"] == "/cuenta/password/change/"
    new = {"oldpassword": made[0], "password1": "maíz-azul-tierno-7", "password2": "maíz-azul-tierno-7"}
    theirs.post("/cuenta/password/change/", new)
    assert theirs.get("/bandeja/").status_code == 200
    assert Envelope.objects.get().ending == "delivered" and Envelope.objects.get().sealed is None


def test_no_mail_is_written_to_who_has_none(here: Institution, keeper: Person) -> None:
    person = make(here, keeper, "Rosa", "Núñez")
    assert queue(person.email, "Hola", "Hola", institution_id=here.pk) is None
    with pytest.raises(Refused, match="no tiene correo"):
        send_invitation(standing_of(keeper), person)
    assert not OutboxMail.objects.exists()


def test_a_lost_password_is_replaced_and_former_sessions_end(here: Institution, keeper: Person, tmp_path: Path) -> None:
    person = make_person(here)
    theirs = Client()
    theirs.force_login(person)
    client = Client()
    client.force_login(keeper)
    page = client.post(f"/administracion/personas/{person.pk}/sobre/", follow=True).content.decode()
    assert "Imprimir el sobre" in page
    assert "/cuenta/login/" in theirs.get("/bandeja/")["Location"]
    envelope = entrance.envelopes_of(person).get()
    letter = client.post(f"/administracion/personas/{person.pk}/sobres/{envelope.pk}/")
    assert letter.content.startswith(b"%PDF") and "no-store" in letter["Cache-Control"]
    assert person.email in text_of(letter.content, tmp_path)
    assert AuditEntry.objects.filter(action="envelope.opened", actor=keeper).count() == 1


def test_only_who_keeps_accounts_does_it_and_not_for_themselves(here: Institution, keeper: Person) -> None:
    person, technician = make_person(here), make_person(here, administers=True)
    nobody = standing_of(person)
    for by, whose in ((nobody, keeper), (standing_of(keeper), keeper), (standing_of(keeper), technician)):
        with pytest.raises(Refused):
            entrance.seal_password(by, whose)
    stranger = Standing(1, make_institution().pk, rights=frozenset({"accounts.manage"}))
    with pytest.raises(Refused):
        entrance.create_person_without_mail(stranger, here, given_names="Rosa")
    assert not Envelope.objects.exists()
