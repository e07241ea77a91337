# ruff: noqa: S608 - names of tables and columns come from the models, values always as parameters
"""The quick desk: a plain step on PostgreSQL as one statement that takes hold only where nothing has changed.

Nothing is locked beforehand. What the act stands on is what this process remembers of the case (`memory`) or one plain
read; the statement begins by changing the case's row, and only if that still has the same `rev` and seal, the person
holds the position today and the calendar is the one counted with. Every other write hangs on that row, so the act is
done whole or not at all. Two acts at once queue at the case's row; the second finds another `rev`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from turna.core.models import Appointment, AuditEntry, Institution, Position
from turna.engine.flow import State

from ..models import Case, Filing, Task
from . import memory
from .placing import NewTask
from .prepared import run
from .step import (
    HOLDS,
    OPENED,
    CaseRow,
    Changed,
    Desk,
    NeedsMore,
    TaskRow,
    Write,
    acting_params,
    rows_of,
    sql_of,
    table,
)

SHARED = {
    "case": "bigint", "rev": "integer", "previous": "text", "institution": "bigint", "calendar": "integer",
    "zone": "text", "position": "bigint", "person": "bigint", "day": "date", "task": "bigint", "now": "timestamptz",
    "seq": "integer", "seal": "text",
}  # fmt: skip
"""What several parts of the statement need, each sent once: name and type."""


class QuickDesk(Desk):
    """No transaction: one read at most, then one guarded write, which is on disk when it returns.

    Raises NeedsMore for whatever it does not carry, and when the write did not take hold.
    """

    hot = True

    def __init__(self, raw: Any) -> None:
        super().__init__()
        self._raw = raw
        self._guard: dict[str, Any] = {}
        self._others: Mapping[int, TaskRow] = {}

    def lock_task(self, task_id: int, person_id: int, day: date) -> tuple[TaskRow, CaseRow] | None:
        """The task and its case as this process or the database knows them. Not locked: `write` sees to it."""
        known = memory.known(task_id)
        if known is not None:
            self.state, self._others = known.state, known.tasks
            task, case = known.tasks[task_id], known.case
        else:
            self.state, self._others = None, {}
            rows = run(self._raw, _read(), (*acting_params(person_id, day), task_id))
            if not rows:
                return None
            task, case = rows_of(rows[0])
        mine = task.person_id is not None and task.person_id == person_id
        if not person_id or (task.acting != HOLDS and not mine):
            raise NeedsMore
        self._guard = {
            "case": case.id, "rev": case.rev, "previous": case.head_hash, "institution": case.institution_id,
            "calendar": case.calendar_version, "zone": case.time_zone, "person": person_id, "day": day,
            "position": None if mine else task.position_id, "task": task.id,
        }  # fmt: skip
        return task, case

    def lock_case(self, case_id: int) -> CaseRow | None:
        raise NeedsMore

    def write(self, writes: Sequence[Write]) -> None:
        """Carries out the writes of `carry_out` if what they stand on still holds."""
        moved = next(given for name, given in writes if name == "case")
        entry = next(given for name, given in writes if name == "entry")
        rest = [write for write in writes if write[0] != "case"]
        first = "move" if moved[7] else "end"
        sql, order = _statement((first, *[name for name, _given in rest]), self._guard["position"] is None)
        own = _OWN[first](moved)
        for name, given in rest:
            own += _OWN[name.partition(":")[0]](given)
        shared, left = {**self._guard, "now": entry[4], "seq": entry[3], "seal": entry[11]}, iter(own)
        rows = run(self._raw, sql, [next(left) if name is None else shared[name] for name in order])
        if not rows:
            memory.forget(self._guard["case"])
            raise Changed
        self._ids = [row[0] for row in rows] if rest[-1][0].startswith("open") else []

    def remember(self, case: CaseRow, state: State, tasks: Sequence[NewTask]) -> None:
        """What was written, for the next act on the case: the tasks opened, and those known before and still open."""
        slots = {(t.id, t.kind, slot) for t in state.tokens for slot in t.slots}
        kept = {
            number: task
            for number, task in self._others.items()
            if number != self._guard["task"] and (task.token, task.kind, task.slot) in slots
        }
        for number, new in zip(self._ids, tasks, strict=True):
            kept[number] = TaskRow(
                number, case.id, new.token, new.slot, new.kind, 0, new.step, new.round, new.element, new.position_id,
                new.person_id, None, "open", 0, None, None, new.due_at, HOLDS,
            )  # fmt: skip
        memory.keep(case, state, kept)


class at_quick_desk:  # noqa: N801 - used like `at_desk`; a generator costs twice as much
    """A quick desk. Whatever asks Django for a query meanwhile raises NeedsMore, and so does coming here at all
    elsewhere than on PostgreSQL, or as part of another transaction."""

    def __enter__(self) -> QuickDesk:
        db: Any = connections[DEFAULT_DB_ALIAS]
        self.db = db
        if db.vendor != "postgresql" or db.in_atomic_block:
            raise NeedsMore
        if db.connection is None or db.health_check_enabled:
            db.close_if_health_check_failed()
            db.ensure_connection()
        db.execute_wrappers.append(_not_here)
        return QuickDesk(db.connection)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.db.execute_wrappers.pop()
        if kind is not None:
            self.db.wrap_database_errors.__exit__(kind, error, trace)


def _not_here(*_args: Any) -> Any:
    raise NeedsMore


# --- The statement -----------------------------------------------------------------


@lru_cache(maxsize=1)
def _read() -> bytes:
    return _numbered(sql_of("postgresql", ("read_task",)))[0]


@lru_cache(maxsize=512)
def _statement(names: tuple[str, ...], mine: bool) -> tuple[bytes, tuple[str | None, ...]]:
    """The whole of it, and which parameter each number is: a shared one by name, or the next of the parts' own."""
    parts = [f"held AS ({_held(names[0], mine)})"]
    parts += [f"w{at} AS ({_part(name)})" for at, name in enumerate(names[1:-1])]
    return _numbered(f"WITH {', '.join(parts)} {_part(names[-1])} RETURNING id")


def _numbered(sql: str) -> tuple[bytes, tuple[str | None, ...]]:
    order: list[str | None] = []

    def number(found: re.Match[str]) -> str:
        name = found[1]
        if name is None or name not in order:
            order.append(name)
            at = len(order)
        else:
            at = order.index(name) + 1
        return f"${at}" if name is None else f"${at}::{SHARED[name]}"

    return re.sub(r"%s|\{(\w+)\}", number, sql).encode(), tuple(order)


def _part(name: str) -> str:
    kind, _, number = name.partition(":")
    return _PARTS[kind](int(number or 1))


def _held(kind: str, mine: bool) -> str:
    """The case's row, if all that the act stands on still holds."""
    end = ", status = %s, outcome = %s, ended_at = {now}, next_at = NULL" if kind == "end" else ""
    text = (
        f"UPDATE {table(Case)} SET state = %s, rev = {{rev}} + 1, head_seq = {{seq}}, head_hash = {{seal}}{end}"
        " WHERE id = {case} AND rev = {rev} AND head_hash = {previous}"
        f" AND EXISTS (SELECT 1 FROM {table(Institution)} WHERE id = {{institution}}"
        " AND calendar_version = {calendar} AND time_zone = {zone})"
    )
    if not mine:
        text += (
            f" AND EXISTS (SELECT 1 FROM {table(Appointment)} WHERE institution_id = {{institution}}"
            " AND position_id = {position} AND person_id = {person}"
            " AND starts_on <= {day} AND (ends_on IS NULL OR ends_on >= {day}))"
        )
    return f"{text} RETURNING 1"


def _done(_count: int) -> str:
    return (
        f"UPDATE {table(Task)} SET status = 'done', done_at = {{now}}, done_by_id = {{person}}, answer = %s,"
        " reason = %s, next_at = NULL WHERE id = {task} AND EXISTS (SELECT 1 FROM held)"
    )


def _close(number: int) -> str:
    tokens = ", ".join(["%s"] * number)
    return (
        f"UPDATE {table(Task)} SET status = 'closed', done_at = {{now}}, next_at = NULL WHERE case_id = {{case}}"
        f" AND status = 'open' AND id <> {{task}} AND token IN ({tokens}) AND EXISTS (SELECT 1 FROM held)"
    )


def _entry(_count: int) -> str:
    values = {
        "institution_id": "{institution}", "chain_kind": "'case'", "chain_id": "{case}", "seq": "{seq}", "at": "{now}",
        "actor_id": "{person}", "action": "%s", "data": "%s", "act": "%s", "previous": "{previous}", "hash": "{seal}",
    }  # fmt: skip
    return _insert(AuditEntry, values)


def _filing(_count: int) -> str:
    values = {"institution_id": "{institution}", "case_id": "{case}", "task_id": "{task}"}
    values |= dict.fromkeys(("format", "step", "round", "values", "number"), "%s")
    return _insert(Filing, values | {"filed_by_id": "{person}", "filed_at": "{now}"})


def _open(number: int) -> str:
    """The unit is the position's own at this moment, whatever was true when the definition was compiled."""
    values = dict.fromkeys(OPENED[:-1], "%s")
    values |= {"institution_id": "{institution}", "case_id": "{case}", "opened_at": "{now}"}
    values |= {"unit_id": f"(SELECT unit_id FROM {table(Position)} WHERE id = %s)"}
    values |= {"serial": "0", "status": "'open'", "waits_for": "0", "instruction": "''", "answer": "''", "reason": "''"}
    return _insert(Task, values, number)


def _insert(model: type[models.Model], values: Mapping[str, str], number: int = 1) -> str:
    types = {f.column: str(f.db_type(connection)).partition("(")[0] for f in model._meta.concrete_fields}
    # A length is checked when the value is stored; a cast to it would cut it off.
    cells = [f"%s::{types[c].replace('varchar', 'text')}" if v == "%s" else v for c, v in values.items()]
    row = f"SELECT {', '.join(cells)} FROM held"
    names = ", ".join(f'"{column}"' for column in values)
    return f"INSERT INTO {table(model)} ({names}) {' UNION ALL '.join([row] * number)}"


_PARTS: dict[str, Callable[[int], str]] = {
    "done": _done,
    "close": _close,
    "entry": _entry,
    "filing": _filing,
    "open": _open,
}
# Of the parameters that `carry_out` gives each write, those that are not shared.
_OWN: dict[str, Callable[[Sequence[Any]], list[Any]]] = {
    "move": lambda given: [given[0]],
    "end": lambda given: [given[0], given[4], given[5]],
    "done": lambda given: list(given[3:5]),
    "close": lambda given: list(given[3:]),
    "entry": lambda given: list(given[7:10]),
    "filing": lambda given: list(given[3:8]),
    "open": lambda given: [
        p for at in range(0, len(given), len(OPENED)) for p in (*given[at + 2 : at + 10], *given[at + 11 : at + 18])
    ],
}
