"""Sealed envelopes: the password stands on paper and nowhere else."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from turna.core.envelopes import (
    LASTS,
    Letter,
    destroy,
    destroy_old,
    first_password,
    may_open,
    open_letter,
    running,
    seal,
)
from turna.core.models import AuditEntry, Envelope, Institution
from turna.core.refusals import Refused
from turna.core.rights import standing_of

from .factories import make_institution, make_person, make_position, make_unit

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
OWNER = ("case", 7)
PASSWORD = "Tumaro-kebine-47"


def letter(institution: Institution, **changed: object) -> Letter:
    told = {"account": "Sistemas", "user_name": "apena", "holder": "Ana Peña Ruiz", "reference": "AP/2026/00001"}
    return Letter(institution.pk, OWNER, **{**told, **changed})  # type: ignore[arg-type]


def everything_stored() -> bytes:
    """Every value of every table, and every private file."""
    found = b""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608
            for row in cursor.fetchall():
                found += b"|".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
    files = Path(settings.FILES_DIR)
    return found + b"".join(p.read_bytes() for p in files.rglob("*") if p.is_file())


def text_of(pdf: bytes, folder: Path) -> str:
    path = folder / "sobre.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_passwords_are_random_and_easy_to_read() -> None:
    made = {first_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(p) == 16 and not set(p) & set("0OIl1|") - set("01") for p in made)


@pytest.mark.django_db
def test_only_the_printed_letter_tells_the_password(tmp_path: Path) -> None:
    here = make_institution()
    envelope = seal(letter(here), PASSWORD, at=AT, person_id=None)
    assert PASSWORD.encode() not in everything_stored()
    page = open_letter(envelope.pk, at=AT, person_id=None)
    assert sha256(page).hexdigest() == envelope.sha256
    told = text_of(page, tmp_path)
    assert PASSWORD in told and "apena" in told and "Ana Peña Ruiz" in told and "AP/2026/00001" in told
    assert page not in everything_stored()


@pytest.mark.django_db
def test_every_opening_is_noted_and_the_end_destroys_the_bytes() -> None:
    here = make_institution()
    person = make_person(here)
    envelope = seal(letter(here), PASSWORD, at=AT, person_id=person.pk)
    for _ in range(2):
        open_letter(envelope.pk, at=AT, person_id=person.pk)
    assert destroy(running(here.pk, OWNER), Envelope.Ending.DELIVERED, at=AT, person_id=person.pk) == 1
    assert destroy([envelope], Envelope.Ending.DELIVERED, at=AT, person_id=person.pk) == 0
    envelope.refresh_from_db()
    assert (envelope.sealed, envelope.openings, envelope.ending) == (None, 2, "delivered") and envelope.sha256
    with pytest.raises(Refused):
        open_letter(envelope.pk, at=AT, person_id=person.pk)
    noted = AuditEntry.objects.filter(action__startswith="envelope.").order_by("seq").values_list("action", flat=True)
    assert list(noted) == ["envelope.sealed", "envelope.opened", "envelope.opened", "envelope.ended"]


@pytest.mark.django_db
def test_after_ten_days_it_is_destroyed_and_cannot_be_printed_even_before_the_worker_comes() -> None:
    here = make_institution()
    envelope = seal(letter(here), PASSWORD, at=AT, person_id=None)
    assert destroy_old(AT + LASTS - timedelta(seconds=1)) == 0
    with pytest.raises(Refused):
        open_letter(envelope.pk, at=AT + LASTS, person_id=None)
    assert destroy_old(AT + LASTS) == 1
    assert Envelope.objects.get(pk=envelope.pk).ending == "expired"


@pytest.mark.django_db
def test_a_new_envelope_replaces_the_one_that_was_waiting() -> None:
    here = make_institution()
    first = seal(letter(here), PASSWORD, at=AT, person_id=None)
    second = seal(letter(here), "Otraco-ntrase-11", at=AT, person_id=None)
    assert [e.pk for e in running(here.pk, OWNER)] == [second.pk]
    assert Envelope.objects.get(pk=first.pk).ending == "replaced"


@pytest.mark.django_db
def test_the_database_keeps_no_bytes_of_an_ended_envelope() -> None:
    envelope = seal(letter(make_institution()), PASSWORD, at=AT, person_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Envelope.objects.filter(pk=envelope.pk).update(ended_at=AT)


@pytest.mark.django_db
def test_a_former_secret_key_still_opens_another_does_not() -> None:
    envelope = seal(letter(make_institution()), PASSWORD, at=AT, person_id=None)
    with override_settings(SECRET_KEY="otra", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert open_letter(envelope.pk, at=AT, person_id=None).startswith(b"%PDF")
    with override_settings(SECRET_KEY="otra", SECRET_KEY_FALLBACKS=[]), pytest.raises(Refused, match="clave secreta"):
        open_letter(envelope.pk, at=AT, person_id=None)


@pytest.mark.django_db
def test_who_hands_it_over_and_who_opens_the_account_may_print_it() -> None:
    here = make_institution()
    unit = make_unit(here)
    delivers, makes, other = (make_position(unit) for _ in range(3))
    envelope = seal(letter(here, position=delivers.pk, maker=makes.pk), PASSWORD, at=AT, person_id=None)
    able = [may_open(envelope, standing_of(make_person(here, post))) for post in (delivers, makes, other)]
    assert able == [True, True, False]
