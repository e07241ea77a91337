"""Two people, one task, the same instant: one success, one clear refusal. Many starts at once: folios without a gap."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from turna.core import audit
from turna.core.models import AuditEntry, Position
from turna.core.tests.factories import make_person
from turna.procedures.models import Case, Task
from turna.procedures.services import Refused, complete_task, start_case
from turna.procedures.tests.factories import World, make_world

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
ROUNDS = 8


@pytest.fixture
def world() -> World:
    return make_world()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act answers, or how it is refused; all begin together, each on a connection of its own."""
    barrier, answers = Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            answers[number] = act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            answers[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_people_complete_one_task(world: World) -> None:
    colleague = make_person(world.institution, Position.objects.get(key="secretaria"), given_names="Colega")
    world.people["colega"] = colleague
    for _ in range(ROUNDS):
        task = world.task(world.start())
        both = [world.by("secretaria"), world.by("colega")]
        answers = at_once(*(partial(complete_task, task.pk, by, act=uuid4()) for by in both))
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        assert len(refused) == 1, answers
        assert refused[0].code == "already_done" and "ya la hizo" in refused[0].message
        assert AuditEntry.objects.filter(chain_id=task.case_id, action="task.completed").count() == 1
        assert Task.objects.filter(case=task.case_id, status="open").count() == 1
    assert list(audit.verify()) == []


def test_one_act_sent_twice_at_once_counts_once(world: World) -> None:
    for _ in range(ROUNDS):
        task, act = world.task(world.start()), uuid4()
        by = world.by("secretaria")
        answers = at_once(*(partial(complete_task, task.pk, by, act=act) for _ in range(3)))
        assert sorted(answer.repeated for answer in answers) == [False, True, True]
        assert AuditEntry.objects.filter(act=act).count() == 1


def test_folios_stay_gapless_while_many_start_and_some_break_off(world: World) -> None:
    by, procedure = world.by("secretaria"), world.procedure("pasos").pk

    def start(number: int) -> Any:
        typed = {"cosa": "sillas"} if number % 3 else {"cosa": ""}
        return start_case(procedure, by, typed=typed)

    answers = [a for turn in range(3) for a in at_once(*(lambda n=n: start(n) for n in range(turn * 6, turn * 6 + 6)))]
    assert sum(isinstance(answer, Refused) for answer in answers) == 6
    folios = sorted(Case.objects.values_list("folio", flat=True))
    assert [int(folio.rpartition("/")[2]) for folio in folios] == list(range(1, 13))
