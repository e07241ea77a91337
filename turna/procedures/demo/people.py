"""Invented people, one per position of an institution, with accounts whose password is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from turna.core.models import Appointment, Institution, Person, Position

PASSWORD = "manual-que-corre"  # noqa: S105 - published on purpose, only in the demo

WOMEN = (
    "Abril", "Camila", "Elisa", "Greta", "Irene", "Karla", "Maite", "Olivia", "Renata", "Tamara", "Valeria", "Ximena",
    "Zaira", "Brenda", "Daniela", "Fátima", "Helena", "Jimena", "Wendy",
)  # fmt: skip
MEN = (
    "Bruno", "Darío", "Fabián", "Hugo", "Joel", "Leandro", "Néstor", "Pablo", "Saúl", "Ulises", "Yago", "Adán", "César",
    "Emilio", "Gael", "Iván", "Rubén",
)  # fmt: skip
SURNAMES = (
    "Arroyo", "Bosques", "Cantera", "Dorantes", "Encinas", "Fontes", "Granados", "Higuera", "Islas", "Jasso", "Lagos",
    "Manzano", "Naranjo", "Olmos", "Palmas", "Quintero", "Robles", "Sauceda", "Terrazas", "Urbina", "Valles", "Yáñez",
    "Zárate", "Ibarra", "Cedros", "Maciel", "Praderas", "Riscos", "Solares",
)  # fmt: skip
# How the manual words a post tells whether a man or a woman is printed there; the rest take turns.
MASCULINE = ("Director", "Subdirector", "Coordinador", "Presidente", "Encargado", "Tesorero", "Contralor")
FEMININE = ("Secretaria", "Directora", "Subdirectora", "Coordinadora", "Presidenta", "Encargada", "Tesorera")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What the log-in page of the demo shows for one person."""

    email: str
    name: str
    position: str
    unit: str
    institution: str = ""


def invented(number: int, post: str = "") -> dict[str, str]:
    """The name of the n-th invented person, who fits the wording of a post; stable, with two different surnames."""
    first = post.split(" ")[0]
    woman = first in FEMININE or (first not in MASCULINE and number % 2 == 0)
    given = WOMEN if woman else MEN
    mother = (number * 11 + 7) % (len(SURNAMES) - 1)
    father = (number * 5 + 3) % len(SURNAMES)
    return {
        "given_names": given[number % len(given)],
        "surname1": SURNAMES[father],
        "surname2": SURNAMES[(father + 1 + mother) % len(SURNAMES)],
    }


@transaction.atomic
def populate(institution: Institution, starts_on: date, domain: str = "turna.example") -> list[Person]:
    """One person per position, appointed since `starts_on`, with e-mail at `domain`; the technician who administers the
    install comes last, with the first institution that is populated."""
    password = make_password(PASSWORD)
    positions = list(Position.objects.filter(institution=institution, is_active=True).order_by("id"))
    people = [
        Person(
            email=f"{position.key}@{domain}",
            institution=institution,
            password=password,
            **invented(number, position.name),
        )
        for number, position in enumerate(positions)
    ]
    if not Person.objects.filter(administers=True).exists():
        people.append(_technician(institution, password, len(positions)))
    people = Person.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )
    Appointment.objects.bulk_create(
        Appointment(institution=institution, person=person, position=position, starts_on=starts_on)
        for person, position in zip(people, positions, strict=False)
    )
    institution.is_demo = True
    institution.save(update_fields=["is_demo"])
    return people


def _technician(institution: Institution, password: str, number: int) -> Person:
    email = "administracion@turna.example"
    return Person(email=email, institution=institution, password=password, administers=True, **invented(number))


def accounts() -> list[DemoAccount]:
    """The demo's accounts as the log-in page and the terminal list them, in the order of the org charts."""
    rows = (
        Appointment.objects.filter(institution__is_demo=True)
        .select_related("person", "position__unit", "institution")
        .order_by("institution", "position")
    )
    technicians = Person.objects.filter(institution__is_demo=True, administers=True)
    listed = [DemoAccount(p.email, p.full_name, "Administración de la instalación", "", "Turna") for p in technicians]
    return listed + [
        DemoAccount(
            row.person.email,
            row.person.full_name,
            row.position.name,
            str(row.position.unit or ""),
            row.institution.name,
        )
        for row in rows
    ]
