"""Giving user names: nobody gets a name that somebody has, at the same moment or years later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from turna.core.models import Institution, UserName
from turna.core.naming import FullName
from turna.core.refusals import Refused
from turna.core.user_names import Convention, Giving, give, withdraw

from .factories import make_institution

SYSTEMS = Convention("sistemas", ("{inicial}{apellido}", "{inicial}{apellido}{inicial2}", "{inicial}{apellido}{n}"))
MAIL = Convention("correo", ("{nombre}.{apellido}",), domain="ejemplo.mx")
AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
ANA, ABEL = FullName("Ana", "Peña", "Ruiz"), FullName("Abel", "Peña", "Soto")


def giving(institution: Institution, case: int = 1) -> Giving:
    return Giving(institution.pk, ("case", case), AT)


@pytest.mark.django_db
def test_the_first_free_form_wins_and_the_same_case_gets_the_same_name() -> None:
    here = make_institution()
    assert give(SYSTEMS, ANA, giving(here)).name == "apena"
    assert give(SYSTEMS, ABEL, giving(here, 2)).name == "apenas"
    assert give(SYSTEMS, ANA, giving(here)).name == "apena"
    assert give(SYSTEMS, ANA, giving(here, 3)).name == "apenar", "a namesake in another case is somebody else"
    assert give(SYSTEMS, ANA, giving(make_institution())).name == "apena", "institutions do not share names"


@pytest.mark.django_db
def test_a_wish_is_honoured_if_free_and_replaces_what_was_given() -> None:
    here = make_institution()
    give(SYSTEMS, ABEL, giving(here, 2), wish="Jefa.Obras")
    assert UserName.objects.get().name == "jefa.obras"
    with pytest.raises(Refused, match="ya se dio"):
        give(SYSTEMS, ANA, giving(here), wish="JEFA.obras")
    give(SYSTEMS, ANA, giving(here))
    assert give(SYSTEMS, ANA, giving(here), wish="anap").name == "anap"
    assert UserName.objects.get(name="apena").withdrawn_at == AT


@pytest.mark.django_db
@pytest.mark.parametrize("wish", ["con espacio", "peña", "a" * 65, "<b>"])
def test_a_badly_written_wish_is_refused_at_its_field(wish: str) -> None:
    with pytest.raises(Refused) as refused:
        give(SYSTEMS, ANA, giving(make_institution()), wish=wish)
    assert set(refused.value.fields) == {"usuario"}


@pytest.mark.django_db
def test_an_address_is_typed_with_its_domain_or_without() -> None:
    here = make_institution()
    assert give(MAIL, ANA, giving(here), wish="Ana.P@Ejemplo.MX").name == "ana.p"
    assert MAIL.written("ana.p") == "ana.p@ejemplo.mx"


@pytest.mark.django_db
def test_a_withdrawn_name_is_never_given_again_even_one_from_before_turna() -> None:
    here = make_institution()
    give(SYSTEMS, ANA, giving(here))
    withdraw(SYSTEMS, "APENA", giving(here, 9))
    withdraw(SYSTEMS, "apenar", giving(here, 9))
    assert give(SYSTEMS, ANA, giving(here, 3)).name == "apena2"
    with pytest.raises(Refused):
        withdraw(SYSTEMS, " ", giving(here))


@pytest.mark.django_db
def test_without_a_name_left_somebody_must_write_it() -> None:
    here = make_institution()
    give(MAIL, ANA, giving(here))
    with pytest.raises(Refused, match="escríbalo"):
        give(MAIL, ANA, giving(here, 2))


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_eight_names() -> None:
    here = make_institution()
    together = Barrier(8)

    def one(case: int) -> str:
        try:
            together.wait(timeout=20)
            with transaction.atomic():
                return give(SYSTEMS, ANA, giving(here, case)).name
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        names = sorted(pool.map(one, range(8)))
    assert len(set(names)) == 8 and "apena" in names
    assert UserName.objects.count() == 8, connection.vendor
