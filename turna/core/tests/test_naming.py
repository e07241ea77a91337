"""User names formed by a convention."""

from __future__ import annotations

from itertools import islice

import pytest

from turna.core.naming import FullName, candidates

PUEBLA = ["{inicial}{apellido}", "{inicial}{apellido}{inicial2}", "{inicial}{apellido}{inicial2}{n}"]
MAIL = ["{nombre}.{apellido}", "{nombre}.{apellido}{inicial2}", "{nombre}.{apellido}{n}"]
AS400 = ["{nombre}{inicial_apellido}", "{nombre}{inicial_apellido}{inicial2}", "{nombre}{inicial_apellido}{n}"]


def first(forms: list[str], *name: str, count: int = 4, **rule: object) -> list[str]:
    return list(islice(candidates(forms, FullName(*name), **rule), count))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("forms", "name", "expected"),
    [
        (PUEBLA, ("Ana Lucía", "Peña", "Ruiz"), ["apena", "apenar", "apenar2", "apenar3"]),
        (PUEBLA, ("Íñigo", "Núñez", "Ávila"), ["inunez", "inuneza", "inuneza2", "inuneza3"]),
        (PUEBLA, ("Sofía", "de la Cruz", "Öst"), ["sdelacruz", "sdelacruzo", "sdelacruzo2", "sdelacruzo3"]),
        (PUEBLA, ("Saúl", "Ruiz"), ["sruiz"]),
        (MAIL, ("María José", "Sáenz-Ortiz", ""), ["maria.saenzortiz", *(f"maria.saenzortiz{n}" for n in (2, 3, 4))]),
        (MAIL, ("Ma. del Carmen", "O'Farril", "Zúñiga"), ["ma.ofarril", "ma.ofarrilz", "ma.ofarril2", "ma.ofarril3"]),
        (["{nombres}_{apellido2}"], ("Juan  Pablo", "Ruiz", "Vega"), ["juanpablo_vega"]),
        (PUEBLA, ("", "Ruiz", "Vega"), []),
        (PUEBLA, ("Ana", "…", "Vega"), []),
    ],
)
def test_names_in_the_order_of_the_forms(forms: list[str], name: tuple[str, ...], expected: list[str]) -> None:
    assert first(forms, *name) == expected


def test_a_limit_takes_letters_from_the_longest_part_and_keeps_initial_and_number() -> None:
    assert first(AS400, "María José", "Torres", "Uscanga", longest=10, upper=True) == [
        "MARIAT",
        "MARIATU",
        "MARIAT2",
        "MARIAT3",
    ]
    long = list(candidates(AS400, FullName("Maximiliano", "Echeverría"), longest=10, upper=True))
    assert long[:2] == ["MAXIMILIAE", "MAXIMILIE2"] and "MAXIMIE999" in long
    assert max(map(len, long)) == 10


def test_no_name_comes_twice() -> None:
    made = list(candidates(["{inicial}{apellido}", "{inicial}{apellido}"], FullName("Al", "Paz")))
    assert made[0] == "apaz" and made.count("apaz") == 1
