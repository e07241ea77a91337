"""The quick desk: what this process remembers of a case is never trusted. Somebody else may have acted since, lost a
post, or amended the calendar; then the act is done on what is true now, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from turna.core.audit import verify
from turna.core.calendar import add_day, clock_at
from turna.core.models import Appointment, AuditEntry
from turna.core.rights import Standing, system_standing
from turna.core.tests.factories import make_person, stand_in
from turna.procedures.models import Case, Task
from turna.procedures.services import (
    Refused,
    ask_correction,
    claim_task,
    comment,
    complete_task,
    memory,
    reassign_task,
    route_task,
)

from .factories import World, make_world
from .test_step import at_once, counted, snapshot

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has the common desk only"),
]

FORK = """
  - {paso: 1, responsable: secretaria, actividad: Reparte, sigue: [2, 3]}
  - {paso: 2, responsable: cajero, actividad: Cuenta, sigue: 4}
  - {paso: 3, responsable: jefe, actividad: Opina, sigue: 4}
  - {paso: 4, responsable: secretaria, actividad: Junta, reune: [2, 3]}
  - {paso: 5, responsable: secretaria, actividad: Archiva}
"""


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    """On its second step; this process knows it."""
    case = world.start()
    complete_task(world.task(case).pk, world.by("secretaria"))
    assert memory.known(world.task(case).pk) is not None
    return case


@contextmanager
def elsewhere(case: Case) -> Iterator[None]:
    """What is done within is done by another process: this one goes on knowing what it knew."""
    task = Task.objects.filter(case=case, status="open").first()
    known = memory.known(task.pk) if task else None
    yield
    memory.forget(case.pk)
    if known is not None:
        memory.keep(known.case, known.state, known.tasks)


def go_on(world: World, task: Task) -> Any:
    return complete_task(task.pk, world.by("secretaria"), answer="sí", typed={"nota": "bien"})


def refusal_of(act: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def test_a_known_case_takes_one_statement_and_an_unknown_one_two(world: World, case: Case) -> None:
    counts = []
    for answer in ("no", None, "no", None):
        task, by = world.task(case), world.by("secretaria")
        if len(counts) >= 2:
            memory.forget_all()
        with counted() as statements:
            complete_task(task.pk, by, answer=answer, reason="falta" if answer else "")
        counts.append(len(statements))
    assert counts == [1, 1, 2, 2]
    assert list(verify()) == []


def test_what_another_process_has_done_is_not_done_again(world: World, case: Case) -> None:
    task = world.task(case)
    with elsewhere(case):
        go_on(world, task)
    before = snapshot(case)
    assert refusal_of(lambda: go_on(world, task)) == "already_done"
    assert snapshot(case) == before


def test_an_act_elsewhere_that_leaves_the_task_open_does_not_hinder(world: World, case: Case) -> None:
    task = world.task(case)
    with elsewhere(case):
        comment(case.pk, world.by("secretaria"), "Falta poco", "internal")
    by = world.by("secretaria")
    with counted() as statements:
        complete_task(task.pk, by, answer="sí", typed={"nota": "bien"})
    assert len(statements) == 3  # one that takes no hold, one read, one that does
    assert world.task(case).step == "3" and list(verify()) == []


def claimed(world: World, task: Task) -> str:
    world.people["otra"] = make_person(world.institution, task.position, given_names="Otra")
    claim_task(task.pk, world.by("otra"))
    return "claimed_by_other"


def reassigned(world: World, task: Task) -> str:
    other = make_person(world.institution, task.position, given_names="Otra")
    reassign_task(task.pk, world.by("jefe"), other.pk, "Está libre")
    return "claimed_by_other"


def suspended(world: World, task: Task) -> str:
    ask_correction(task.case_id, world.by("secretaria"), "Falta la firma")
    return "suspended"


def routed(world: World, task: Task) -> str:
    to = world.people["cajero"].appointments.get().position_id
    route_task(task.pk, world.by("secretaria"), to=[to], instruction="Opine", term=None, hand_over=False, act=uuid4())
    return "not_allowed"


def handed_over(world: World, task: Task) -> str:
    to = world.people["cajero"].appointments.get().position_id
    route_task(task.pk, world.by("secretaria"), to=[to], instruction="Véalo", term=None, hand_over=True, act=uuid4())
    return "not_yours"


def lost_the_post(world: World, task: Task) -> str:
    Appointment.objects.filter(person=world.people["secretaria"]).delete()
    return "not_yours"


@pytest.mark.parametrize("happens", [claimed, reassigned, suspended, routed, handed_over, lost_the_post])
def test_what_has_changed_elsewhere_refuses_the_act(
    world: World, case: Case, happens: Callable[[World, Task], str]
) -> None:
    task, by = world.task(case), world.by("secretaria")  # the standing is of before, as in a request under way
    with elsewhere(case):
        code = happens(world, task)
    before = snapshot(case)
    assert refusal_of(lambda: complete_task(task.pk, by, answer="sí", typed={"nota": "x"})) == code
    assert snapshot(case) == before


def test_somebody_without_the_post_is_refused_though_the_case_is_known(world: World, case: Case) -> None:
    task = world.task(case)
    assert refusal_of(lambda: complete_task(task.pk, world.by("cajero"), answer="sí", typed={"nota": "x"})) == (
        "not_yours"
    )
    nobody = system_standing(world.institution.pk)
    assert refusal_of(lambda: complete_task(task.pk, nobody, answer="sí", typed={"nota": "x"})) == "not_yours"


def test_a_substitute_is_named_with_whom_they_stand_in_for(world: World, case: Case) -> None:
    stand_in(world.people["secretaria"], world.people["cajero"])
    task = world.task(case)
    complete_task(task.pk, world.by("cajero"), answer="sí", typed={"nota": "x"})
    task.refresh_from_db()
    assert task.on_behalf_of == world.people["secretaria"]


def test_a_calendar_amended_between_two_acts_counts(world: World, case: Case) -> None:
    moment = datetime(2026, 3, 2, 18, tzinfo=UTC)
    with clock_at(moment):
        go_on(world, world.task(case))  # step 3: three working days
        first = world.task(case)
        with elsewhere(case):
            manager = Standing(
                person_id=0, institution_id=world.institution.pk, positions={}, headed_paths=(),
                unit_ids=frozenset(), rights=frozenset({"calendar.manage"}), administers=True,
            )  # fmt: skip
            add_day(world.institution.pk, (moment + timedelta(days=1)).date(), "Asueto", by=manager)
        twin = world.start()
        complete_task(world.task(twin).pk, world.by("secretaria"))
        known = memory.known(world.task(twin).pk)
        assert known is not None
        old = {name: getattr(known.case, name) for name in known.case.__slots__}
        forged = type(known.case)(**old | {"calendar_version": known.case.calendar_version - 1})
        memory.keep(forged, known.state, known.tasks)
        go_on(world, world.task(twin))
        assert world.task(twin).due_at == first.due_at + timedelta(days=1)


def test_the_same_act_twice_has_one_effect(world: World, case: Case) -> None:
    task, by, act = world.task(case), world.by("secretaria"), uuid4()
    first = complete_task(task.pk, by, answer="sí", typed={"nota": "x"}, act=act)
    with elsewhere(case):
        pass
    again = complete_task(task.pk, by, answer="sí", typed={"nota": "x"}, act=act)
    assert again.repeated and [t.id for t in again.opened] == [t.id for t in first.opened]
    assert AuditEntry.objects.filter(act=act).count() == 1


def test_an_act_of_another_task_is_stale(world: World, case: Case) -> None:
    act = uuid4()
    complete_task(world.task(case).pk, world.by("secretaria"), answer="no", reason="falta", act=act)
    task = world.task(case)
    assert refusal_of(lambda: complete_task(task.pk, world.by("secretaria"), act=act)) == "stale"
    assert world.task(case).pk == task.pk


def test_a_forged_seal_takes_no_hold(world: World, case: Case) -> None:
    """A database brought back from a copy has the same numbers with another history."""
    task = world.task(case)
    known = memory.known(task.pk)
    assert known is not None
    old = {name: getattr(known.case, name) for name in known.case.__slots__}
    memory.keep(type(known.case)(**old | {"head_hash": "f" * 64}), known.state, known.tasks)
    go_on(world, task)
    assert world.task(case).step == "3" and list(verify()) == []


def test_branches_know_of_each_other() -> None:
    world = make_world({"ramas": FORK})
    case = world.start("ramas")
    complete_task(world.task(case).pk, world.by("secretaria"))
    for step, by in (("2", "cajero"), ("3", "jefe"), ("4", "secretaria"), ("5", "secretaria")):
        task, standing = world.task(case, step), world.by(by)
        with counted() as statements:
            done = complete_task(task.pk, standing)
        assert len(statements) == 1
        if step != "5":
            known = memory.known(world.task(case, {"2": "3", "3": "4", "4": "5"}[step]).pk)
            assert known is not None and known.case.rev == Case.objects.get(pk=case.pk).rev
    assert done.outcome == "concluido" and list(verify()) == []


def test_branches_at_once_are_both_done() -> None:
    world = make_world({"ramas": FORK})
    for _try in range(3):
        case = world.start("ramas")
        complete_task(world.task(case).pk, world.by("secretaria"))
        owners = [("2", "cajero"), ("3", "jefe")]
        acts = [partial(complete_task, world.task(case, step).pk, world.by(by)) for step, by in owners]
        results = at_once(*acts)
        assert not [r for r in results if isinstance(r, BaseException)], results
        assert world.task(case).step == "4"
    assert list(verify()) == []


def test_memory_keeps_the_last_cases_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 2)
    tasks = []
    for _ in range(3):
        case = world.start()
        complete_task(world.task(case).pk, world.by("secretaria"))
        tasks.append(world.task(case).pk)
    assert [memory.known(t) is not None for t in tasks] == [False, True, True]


def test_what_is_remembered_is_what_the_database_says(world: World, case: Case) -> None:
    go_on(world, world.task(case))
    task = world.task(case)
    known = memory.known(task.pk)
    assert known is not None
    case.refresh_from_db()
    assert known.state.to_json() == case.state
    for name in ("rev", "head_seq", "head_hash", "status", "version_id", "applicant_id", "opened_at"):
        assert getattr(known.case, name) == getattr(case, name), name
    row = known.tasks[task.pk]
    for name in row.__slots__:
        assert name == "acting" or getattr(row, name) == getattr(task, name), name
