"""The invented people of the demo can enter from the log-in page, and only in the demo."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from turna.core.models import Institution, Person
from turna.procedures.demo import people
from turna.procedures.tests.factories import install, pack_sources

pytestmark = pytest.mark.django_db


@pytest.fixture
def populated() -> list[Person]:
    done = install(pack_sources({"pasos": "\n  - {paso: 1, responsable: secretaria, actividad: Recibe}\n"}))
    return people.populate(Institution.objects.get(pk=done.institution_id), date(2026, 1, 1))


def test_every_invented_person_is_listed_and_enters(client: Client, settings: Any, populated: list[Person]) -> None:
    settings.TURNA_MODE = "demo"
    page = reverse("account_login")
    html = client.get(page).content.decode()
    assert people.PASSWORD in html
    for person in populated:
        assert person.email in html and person.full_name in html
    sent = client.post(page, {"login": populated[0].email, "password": people.PASSWORD})
    assert sent.status_code == 302 and client.get(sent["Location"], follow=True).status_code == 200


def test_outside_the_demo_nobody_is_listed(client: Client, settings: Any, populated: list[Person]) -> None:
    settings.TURNA_MODE = "production"
    html = client.get(reverse("account_login")).content.decode()
    assert people.PASSWORD not in html and populated[0].email not in html
