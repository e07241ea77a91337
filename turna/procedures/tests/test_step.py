"""The hot path: how many statements, what they leave against a slow reference, and two people at once."""

from __future__ import annotations

import os
import random
import tempfile
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from turna.core.audit import verify
from turna.core.models import AuditEntry
from turna.core.tests.factories import make_person
from turna.procedures.models import Case, Filing, Task
from turna.procedures.services import Refused, complete_task
from turna.procedures.services.quick import QuickDesk
from turna.procedures.services.step import Desk

from .factories import World, make_world
from .reference import complete_slowly

pytestmark = pytest.mark.django_db(transaction=True)
MOST_STATEMENTS = 8


@pytest.fixture
def world() -> World:
    return make_world()


@contextmanager
def counted() -> Any:
    """Every statement that reaches the database, BEGIN and COMMIT included, whoever sends it."""
    seen: list[str] = []
    connection.ensure_connection()
    raw = connection.connection
    if connection.vendor == "sqlite":
        raw.set_trace_callback(seen.append)
        yield seen
        raw.set_trace_callback(None)
        return
    with tempfile.TemporaryFile() as trace:
        raw.pgconn.trace(trace.fileno())
        yield seen
        raw.pgconn.untrace()
        trace.seek(0)
        lines = [line.split(b"\t") for line in trace.read().splitlines()]
        seen += [line[3].decode() for line in lines if line[1:2] == [b"F"] and line[3] in (b"Execute", b"Query")]


def walk(world: World, case: Case, steps: int) -> None:
    """The straight way, `steps` far."""
    for _ in range(steps):
        task = world.task(case)
        complete_task(
            task.pk,
            world.by(task.position.key),
            answer="sí" if task.step in ("2", "6") else None,
            typed={"nota": "bien"},
        )


def test_a_plain_step_with_a_filing_takes_few_statements(world: World) -> None:
    case = world.start()
    walk(world, case, 1)
    task, by = world.task(case), world.by("secretaria")
    with counted() as statements:
        done = complete_task(task.pk, by, answer="sí", typed={"nota": "bien"}, act=uuid4())
    assert done.opened[0].step == "3"
    assert 1 <= len(statements) <= MOST_STATEMENTS, [s[:60] for s in statements]


def test_an_old_case_costs_what_a_new_one_does(world: World) -> None:
    counts = []
    case = world.start()
    for _round in range(12):
        walk(world, case, 1)
        task, by = world.task(case), world.by("secretaria")
        with counted() as statements:
            complete_task(task.pk, by, answer="no", reason="otra vez")
        counts.append((len(statements), len(Case.objects.get(pk=case.pk).state["tokens"])))
    assert len(set(counts)) == 1


def test_history_is_sealed_and_verifies(world: World) -> None:
    case = world.start()
    walk(world, case, 10)
    assert list(verify()) == []
    case.refresh_from_db()
    assert case.head_seq == AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).count() == 11


def test_a_refused_step_leaves_nothing(world: World) -> None:
    case = world.start()
    walk(world, case, 1)
    before = snapshot(case)
    with pytest.raises(Refused):
        complete_task(world.task(case).pk, world.by("secretaria"), answer="sí", typed={})
    assert snapshot(case) == before


def test_a_step_that_breaks_while_writing_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = world.start()
    before, task, by = snapshot(case), world.task(case), world.by("secretaria")

    def breaking(write: Callable[..., None]) -> Callable[..., None]:
        """The same seq twice, which the database refuses."""
        return lambda self, writes: write(self, [*writes, *[w for w in writes if w[0] == "entry"]])

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "write", breaking(Desk.write))
        patched.setattr(QuickDesk, "write", breaking(QuickDesk.write))
        with pytest.raises(Exception):  # noqa: B017
            complete_task(task.pk, by)
    assert snapshot(case) == before
    complete_task(task.pk, by)
    assert world.task(case).step == "2"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL prepares statements")
def test_statements_that_the_server_has_dropped_are_prepared_anew(world: World) -> None:
    case = world.start()
    walk(world, case, 1)
    connection.cursor().execute("DEALLOCATE ALL")
    walk(world, case, 3)
    assert world.task(case).step == "5"
    case.refresh_from_db()
    assert case.head_seq == case.rev == 5 and list(verify()) == []


# --- Against the reference -----------------------------------------------------------


def snapshot(case: Case) -> dict[str, Any]:
    """Everything a step writes, without what differs between two cases: ids, moments, hashes."""
    row = Case.objects.get(pk=case.pk)
    tasks = list(
        Task.objects.filter(case=case).order_by("id").values(
            "token", "slot", "kind", "serial", "step", "round", "element", "position_id", "unit_id", "person_id",
            "assignee_id", "status", "came_from", "came_reason", "instruction", "waits_for", "done_by_id",
            "on_behalf_of_id", "answer", "reason", "term",
        )
    )  # fmt: skip
    timed = [
        (t.due_at and t.due_at - t.opened_at > t.opened_at - t.opened_at, t.next_at is None, bool(t.done_at))
        for t in Task.objects.filter(case=case).order_by("id")
    ]
    entries = [
        (e["seq"], e["action"], {k: v for k, v in e["data"].items() if k not in ("task", "folio")}, e["actor_id"])
        for e in AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk)
        .order_by("seq")
        .values("seq", "action", "data", "actor_id")
    ]
    filings = list(
        Filing.objects.filter(case=case).order_by("id").values("format", "step", "round", "values", "number")
    )
    facts = (row.status, row.outcome, row.state, row.rev, row.head_seq, bool(row.ended_at), row.next_at is None)
    return {"case": facts, "tasks": tasks, "timed": timed, "entries": entries, "filings": filings}


@pytest.mark.parametrize("seed", range(6))
def test_the_hot_path_leaves_what_the_reference_leaves(world: World, seed: int) -> None:
    chance = random.Random(seed)
    fast, slow = world.start(), world.start()
    for _ in range(25):
        task = Task.objects.filter(case=fast, status="open").first()
        if task is None:
            break
        twin = Task.objects.get(case=slow, status="open", step=task.step)
        given: dict[str, Any] = {}
        if task.step in ("2", "6"):
            answer = chance.choice(["sí", "sí", "no"])
            given = {"answer": answer, "reason": "porque no" if answer == "no" else ""}
        if task.step == "2":
            given["typed"] = {"nota": chance.choice(["a", "b"])}
        by = world.by(task.position.key)
        complete_task(task.pk, by, **given)
        complete_slowly(twin.pk, by, **given)
        assert snapshot(fast) == snapshot(slow)
    assert list(verify()) == []


# --- At once -------------------------------------------------------------------------


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts in threads that start together; what each returned or raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            results[number] = act()
        except BaseException as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture
def threads() -> None:
    if (
        connection.vendor == "sqlite"
        and connection.settings_dict["NAME"] in (":memory:", "")
        or (connection.vendor == "sqlite" and "mode=memory" in str(connection.settings_dict["NAME"]))
    ):
        pytest.skip("threads need a database on disk")


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("_try", range(int(os.environ.get("TURNA_RACES", "5"))))
def test_two_people_at_once_get_one_success_and_one_refusal(world: World, _try: int) -> None:
    case = world.start()
    task = world.task(case)
    world.people["otra"] = make_person(world.institution, task.position, given_names="Otra")
    first, second = world.by("secretaria"), world.by("otra")
    results = at_once(lambda: complete_task(task.pk, first), lambda: complete_task(task.pk, second))
    refused = [r for r in results if isinstance(r, Refused)]
    assert len(refused) == 1, results
    assert refused[0].code == "already_done"
    assert "Otra" in refused[0].message or "Secretaria" in refused[0].message
    case.refresh_from_db()
    assert (case.rev, case.head_seq, Task.objects.filter(case=case).count()) == (2, 2, 2)


@pytest.mark.usefixtures("threads")
def test_the_same_act_at_once_has_one_effect(world: World) -> None:
    case, act = world.start(), uuid4()
    task, by = world.task(case), world.by("secretaria")
    results = at_once(*[lambda: complete_task(task.pk, by, act=act)] * 4)
    assert sorted(r.repeated for r in results) == [False, True, True, True]
    assert len({tuple(t.id for t in r.opened) for r in results}) == 1
    assert AuditEntry.objects.filter(act=act).count() == 1


@pytest.mark.usefixtures("threads")
def test_folios_have_no_gap_when_cases_start_at_once(world: World) -> None:
    results = at_once(*[lambda: world.start()] * 6)
    folios = sorted(c.folio for c in results)
    assert [int(f[-5:]) for f in folios] == [1, 2, 3, 4, 5, 6]
