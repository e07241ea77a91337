"""Fills an install for the fault tests: the small manual beside this file, one person per position, cases.

Run by `prepare`, once Django stands.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.core.management import call_command

from turna.core.calendar import clock_at, now
from turna.core.models import Institution, Person, Position
from turna.core.rights import standing_of, system_standing
from turna.procedures.demo.people import populate
from turna.procedures.models import Procedure
from turna.procedures.services import install_pack, start_case


def fill(cases: int) -> None:
    """`cases` whose terms have run out while nobody looked, and a quarter as many to be worked on."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    install_pack(Path(__file__).parent / "manual", system_standing())
    institution = Institution.objects.get()
    populate(institution, (now() - timedelta(days=30)).date())
    secretary = Person.objects.get(appointments__position=Position.objects.get(key="secretaria"))
    for procedure, count, back in (("plazos", cases, 60), ("vueltas", cases // 4, 0)):
        with clock_at(now() - timedelta(minutes=back)):
            by = standing_of(secretary)
            for _ in range(count):
                start_case(Procedure.objects.get(key=procedure).pk, by, typed={"cosa": "sillas"})
