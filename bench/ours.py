"""Turna on the work item, through the public service: rights, hash chain, next task, deadline, one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from turna.core.models import Appointment, Institution, Person, Position
from turna.core.rights import Standing, standing_of, system_standing
from turna.procedures.models import Procedure, Task
from turna.procedures.services import Applicant, complete_task, install_pack, start_case

from .measure import Contender
from .work_item import COMPLETIONS, WALK, position_of

MANUAL = Path(__file__).parent / "manual"


class Ours:
    """An institution with four positions, each held by a person of its own."""

    def __init__(self) -> None:
        if not Institution.objects.filter(key="manual").exists():
            install_pack(MANUAL, system_standing())
        self.institution = Institution.objects.get(key="manual")
        self.procedure = Procedure.objects.get(institution=self.institution, key="tramite")
        self.standings = {key: self.appoint(key) for key in ("ventanilla", "analisis", "jefatura", "direccion")}

    def appoint(self, key: str) -> Standing:
        position = Position.objects.get(institution=self.institution, key=key)
        person = self.person(key)
        Appointment.objects.get_or_create(
            institution=self.institution, person=person, position=position, starts_on=date(2020, 1, 1)
        )
        return standing_of(person)

    def person(self, key: str) -> Person:
        found = Person.objects.filter(email=f"{key}@medicion.mx").first()
        return found or Person.objects.create_user(f"{key}@medicion.mx", given_names=key, institution=self.institution)

    def open_task(self, case: int) -> int:
        """The id of the open task of a case; 0 when it has ended."""
        return Task.objects.filter(case_id=case, status="open").values_list("pk", flat=True).first() or 0

    def begin_case(self) -> tuple[int, int]:
        """The ids of a new case and of its first task."""
        started = start_case(
            self.procedure.pk,
            self.standings["ventanilla"],
            typed={},
            applicant=Applicant(name="Alguien"),
            subject="Medición",
        )
        return started.case_id, self.open_task(started.case_id)

    def walk(self, case: int, task: int) -> None:
        for step, answer in WALK:
            reason = "Falta un dato" if answer == "no" else ""
            done = complete_task(task, self.standings[position_of(step)], answer=answer, reason=reason)
            task = done.opened[0].id if done.opened else 0
        assert done.outcome == "concluido", case

    def cases(self, count: int) -> Contender:
        def prepare() -> Callable[[], int]:
            begun = [self.begin_case() for _ in range(count)]

            def work() -> int:
                for case, task in begun:
                    self.walk(case, task)
                return count * COMPLETIONS

            return work

        return prepare
