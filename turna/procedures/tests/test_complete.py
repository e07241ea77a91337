"""Completing tasks, at the door: what is written, what is refused, the same act twice."""

from __future__ import annotations

from uuid import uuid4

import pytest

from turna.core.models import AuditEntry, Position
from turna.core.tests.factories import make_person, stand_in
from turna.procedures.models import Case, Filing, Task
from turna.procedures.services import Refused, claim_task, complete_task

from .factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_start_opens_the_first_task_with_folio_subject_and_term(world: World) -> None:
    case = world.start()
    task = world.task(case)
    assert (case.folio[:3], case.subject, task.step) == ("AP/", "Solicitud de sillas", "1")
    assert task.position.key == "secretaria" and task.unit.key == "oficina"
    assert task.due_at is not None and task.next_at < task.due_at
    assert Filing.objects.get(case=case).values == {"cosa": "sillas"}


def test_completing_goes_on_and_writes_history(world: World) -> None:
    case = world.start()
    done = complete_task(world.task(case).pk, world.by("secretaria"))
    assert [t.step for t in done.opened] == ["2"]
    assert done.opened[0].id == world.task(case).pk
    case.refresh_from_db()
    entries = list(AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq"))
    assert [e.action for e in entries] == ["case.started", "task.completed"]
    assert entries[1].previous == entries[0].hash and case.head_hash == entries[1].hash and case.head_seq == 2
    assert case.rev == 2


def test_a_step_files_its_format(world: World) -> None:
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    complete_task(world.task(case).pk, world.by("secretaria"), answer="sí", typed={"nota": "bien"})
    filing = Filing.objects.get(case=case, format="revision")
    assert (filing.values, filing.step, filing.task.answer) == ({"nota": "bien"}, "2", "sí")


def test_a_wrong_form_is_refused_whole(world: World) -> None:
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    task = world.task(case)
    with pytest.raises(Refused) as refused:
        complete_task(task.pk, world.by("secretaria"), answer="sí", typed={"nota": ""})
    assert refused.value.code == "invalid_form" and "nota" in refused.value.fields
    assert world.task(case).pk == task.pk


def test_going_back_needs_a_reason_and_carries_it(world: World) -> None:
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    with pytest.raises(Refused) as refused:
        complete_task(world.task(case).pk, world.by("secretaria"), answer="no")
    assert refused.value.code == "missing_reason"
    complete_task(world.task(case).pk, world.by("secretaria"), answer="no", reason="Falta el sello")
    again = world.task(case)
    assert (again.step, again.round, again.came_from, again.came_reason) == ("1", 2, "2", "Falta el sello")


@pytest.mark.parametrize("answer", [None, "quizá"])
def test_a_wrong_answer_is_refused(world: World, answer: str | None) -> None:
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    with pytest.raises(Refused) as refused:
        complete_task(world.task(case).pk, world.by("secretaria"), answer=answer, typed={"nota": "x"})
    assert refused.value.code == "wrong_answer"


def test_whole_walk_ends_the_case(world: World) -> None:
    case = world.start()
    answers = {"2": "sí", "6": "sí"}
    for _ in range(10):
        task = world.task(case)
        done = complete_task(task.pk, world.by(task.position.key), answer=answers.get(task.step), typed={"nota": "x"})
    assert done.outcome == "concluido"
    case.refresh_from_db()
    assert case.status == "ended" and case.ended_at is not None and case.outcome == "concluido"
    assert not Task.objects.filter(case=case, status="open").exists()


def test_only_the_position_acts(world: World) -> None:
    case = world.start()
    with pytest.raises(Refused) as refused:
        complete_task(world.task(case).pk, world.by("cajero"))
    assert refused.value.code == "not_yours"
    with pytest.raises(Refused):
        complete_task(world.task(case).pk, world.by("jefe"))  # heads see, they do not act for


def test_a_substitute_acts_on_behalf(world: World) -> None:
    case = world.start()
    stand_in(world.people["secretaria"], world.people["cajero"])
    complete_task(world.task(case).pk, world.by("cajero"))
    task = Task.objects.get(case=case, step="1")
    assert task.done_by == world.people["cajero"] and task.on_behalf_of == world.people["secretaria"]
    entry = AuditEntry.objects.get(chain_id=case.pk, chain_kind="case", seq=2)
    assert entry.on_behalf_of == world.people["secretaria"]


def test_a_claimed_task_is_refused_to_others_but_not_to_the_substitute(world: World) -> None:
    case = world.start()
    claim_task(world.task(case).pk, world.by("secretaria"))
    other = make_person(world.institution, Position.objects.get(key="secretaria"))
    world.people["otra"] = other
    with pytest.raises(Refused) as refused:
        complete_task(world.task(case).pk, world.by("otra"))
    assert refused.value.code == "claimed_by_other" and "Secretaria" in refused.value.message
    stand_in(world.people["secretaria"], world.people["cajero"])
    complete_task(world.task(case).pk, world.by("cajero"))


def test_the_same_act_twice_counts_once(world: World) -> None:
    case, act = world.start(), uuid4()
    first = complete_task(world.task(case).pk, world.by("secretaria"), act=act)
    task = Task.objects.get(case=case, step="1")
    again = complete_task(task.pk, world.by("secretaria"), act=act)
    assert again.repeated and not first.repeated
    assert [t.id for t in again.opened] == [t.id for t in first.opened]
    assert AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).count() == 2


def test_an_act_of_another_task_is_stale(world: World) -> None:
    case, other, act = world.start(), world.start(), uuid4()
    complete_task(world.task(case).pk, world.by("secretaria"), act=act)
    with pytest.raises(Refused) as refused:
        complete_task(world.task(other).pk, world.by("secretaria"), act=act)
    assert refused.value.code == "stale" and world.task(other).step == "1"


def test_starting_twice_with_one_act_opens_one_case(world: World) -> None:
    act = uuid4()
    first, second = world.start(act=act), world.start(act=act)
    assert first.pk == second.pk and Case.objects.count() == 1


def test_a_done_task_says_who_did_it(world: World) -> None:
    case = world.start()
    task = world.task(case)
    complete_task(task.pk, world.by("secretaria"))
    with pytest.raises(Refused) as refused:
        complete_task(task.pk, world.by("secretaria"))
    assert refused.value.code == "already_done" and "Secretaria" in refused.value.message
