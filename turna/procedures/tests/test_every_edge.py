"""Every procedure of Veracruz's manual, walked through the services along every edge by who holds the positions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from turna.core import audit
from turna.core.calendar import now, today
from turna.core.models import AuditEntry, Institution, Person
from turna.core.rights import standing_of, system_standing
from turna.engine.definitions import Activity
from turna.engine.walking import Path as Way
from turna.engine.walking import cover
from turna.procedures.definitions import Definition, definition_of
from turna.procedures.demo.people import populate
from turna.procedures.demo.player import Player, Wish, wishes_for
from turna.procedures.demo.samples import load
from turna.procedures.models import Case, Filing, Procedure, Task
from turna.procedures.services import Applicant, start_case
from turna.procedures.services.packs import install_pack

pytestmark = pytest.mark.django_db

FOLDER = Path(settings.MANUALS_DIR) / "veracruz-dmiga"
KEYS = sorted(path.stem for path in (FOLDER / "procedimientos").glob("*.yaml"))


@pytest.fixture
def player(settings, tmp_path) -> Player:
    settings.FILES_DIR = tmp_path
    install_pack(FOLDER, system_standing())
    institution = Institution.objects.get(key="veracruz-dmiga")
    populate(institution, today(institution))
    return Player(institution, Random(7), load((FOLDER / "demostracion.yaml").read_text("utf-8")))


def decisions(definition: Definition, way: Way) -> list[tuple[str, str | None]]:
    """The visited activities with the answer given at each."""
    given = iter(way.answers)
    steps = definition.procedure.by_step
    return [(step, next(given) if steps[step].is_decision else None) for step in way.visited]


def upcoming(definition: Definition, form: str | None, ahead: list[tuple[str, str | None]]) -> Iterator[Wish]:
    """What the answers ahead wish of a format that is about to be filled, until it is filled again."""
    for number, (step, answer) in enumerate(ahead):
        activity: Activity = definition.activity(step)
        if number and activity.form == form:
            return
        yield from wishes_for(activity, answer)


def history(case: Case) -> list[tuple[str, str | None]]:
    """Activities and their answers as the audit tells them, those that data have passed by as well."""
    told: list[tuple[str, str | None]] = []
    for entry in AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq"):
        if entry.action == "task.completed":
            task = Task.objects.get(pk=entry.data["task"])
            told.append((task.step, task.answer or None))
        told += [(step, answer) for step, answer in entry.data.get("passed", ())]
    return told


class Walker:
    """Takes one case along one way, looking at every inbox on the way."""

    def __init__(self, player: Player, procedure: Procedure) -> None:
        self.player = player
        self.definition = definition_of(procedure.versions.get(valid_until=None).pk)
        self.procedure = procedure
        self.seen = 0  # activities of the case's history that the walk has come past
        self.everybody = [standing_of(person) for person in Person.objects.filter(appointments__isnull=False)]

    def start(self, ahead: list[tuple[str, str | None]]) -> Case:
        start = self.definition.procedure.start
        enlace = Person.objects.get(email="enlace-catastro@turna.example")
        position = self.definition.positions.get(start.by[0])
        starter = Person.objects.get(appointments__position=position) if position else enlace
        first = self.definition.activity(ahead[0][0])
        wishes = list(upcoming(self.definition, start.form, ahead)) if first.form != start.form else []
        typed = self.player.typed(self.definition, start.form, wishes=wishes)
        applicant = Applicant(person_id=enlace.pk) if start.on_behalf else None
        started = start_case(self.procedure.pk, standing_of(starter), typed=typed, applicant=applicant)
        return Case.objects.get(pk=started.case_id)

    def walk(self, way: Way) -> Case:
        ahead = decisions(self.definition, way)
        case = self.start(ahead)
        self.seen = 0
        for number, (step, answer) in enumerate(ahead):
            self.visit(case, step, answer, ahead[number:])
        case.refresh_from_db()
        return case

    def visit(self, case: Case, step: str, answer: str | None, ahead: list[tuple[str, str | None]]) -> None:
        """Everybody does their part of one activity: the work, then the signatures. Data may have passed it by."""
        if history(case)[self.seen :][:1] == [(step, answer)]:
            self.seen += 1
            return
        pending = Task.objects.select_related("case", "person").filter(case=case, status="open")
        token = pending.filter(step=step).order_by("id").first()
        assert token is not None, f"{step} is not open, but {list(pending.values_list('step', flat=True))}"
        assert not pending.exclude(token=token.token).exists()
        activity = self.definition.activity(step)
        wishes = list(upcoming(self.definition, activity.form, ahead))
        # What data decide by themselves nobody has to answer.
        told = None if activity.answers and all(a.automatic for a in activity.answers) else answer
        while (task := pending.filter(token=token.token).order_by("id").first()) is not None:
            self.assert_in_inbox_of_its_holder(task)
            self.player.act(task, told, "No coincide con lo solicitado." if answer else "", wishes)
            assert self.inboxes(task) == set()
        self.seen += 1
        last = Task.objects.filter(case=case, token=token.token, kind="work", status="done").get()
        assert (last.step, last.answer) == (step, answer or "")

    def inboxes(self, task: Task) -> set[int]:
        """Who finds the task among what they could do now."""
        rows = Task.objects.filter(pk=task.pk)
        return {by.person_id for by in self.everybody if rows.doable_by(by).exists()}

    def assert_in_inbox_of_its_holder(self, task: Task) -> None:
        assert self.inboxes(task) == {self.player.holder(task).pk}


def numbers(texts: list[str]) -> list[int]:
    """The running numbers in folios, sorted: the longest group of digits that is not a year."""
    return sorted(int(n) for text in texts for n in re.findall(r"\d{4,5}", text) if n != str(now().year))


@pytest.mark.parametrize("key", KEYS)
def test_every_edge_is_walked_by_those_who_hold_the_positions(key: str, player: Player) -> None:
    procedure = Procedure.objects.get(key=key)
    definition = definition_of(procedure.versions.get(valid_until=None).pk)
    ways = cover(definition.procedure)
    for way in ways:
        case = Walker(player, procedure).walk(way)
        assert history(case) == decisions(definition, way)
        assert (case.status, case.outcome) == ("ended", way.outcome)
        assert not Task.objects.filter(case=case, status="open").exists()
        assert list(audit.verify("case", case.pk)) == []
    cases = list(Case.objects.order_by("id").values_list("folio", flat=True))
    assert numbers(cases) == list(range(1, len(ways) + 1))
    taken = set(Filing.objects.exclude(number="").values_list("number", flat=True))
    for series in {re.sub(r"\d", "", number) for number in taken}:
        own = [number for number in taken if re.sub(r"\d", "", number) == series]
        assert numbers(own) == list(range(1, len(own) + 1)), series
