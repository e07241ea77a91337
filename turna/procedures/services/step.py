# ruff: noqa: S608 - names of tables and columns come from the models, values always as parameters
"""The SQL of a step: one locked read, then every write of the act in one go.

It is SQL, written once per database from the models' own tables. PostgreSQL: the locked read, then all writes as one
data-modifying statement. SQLite: the same statements one after another. What is written, and why, is decided elsewhere;
the desk that plain steps use on PostgreSQL, with nothing locked beforehand, is in `quick`.

Locks: the case's row is always locked before any of its tasks, so two acts on one case queue instead of deadlocking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from psycopg.types.numeric import Int8Dumper

from turna.core.models import Appointment, AuditEntry, Institution, Position, Substitution
from turna.engine.flow import State

from ..models import Case, Filing, Task

HOLDS, NOBODY = 0, -1
"""What `acting` says: the position is held; the person has nothing to do with it. Above 0: whom they stand in for."""

_TASK = (
    "id", "case_id", "token", "slot", "kind", "serial", "step", "round", "element", "position_id", "person_id",
    "assignee_id", "status", "waits_for", "parent_id", "done_by_id", "due_at",
)  # fmt: skip
_CASE = (
    "institution_id", "procedure_id", "version_id", "folio", "status", "state", "rev", "head_seq", "head_hash",
    "applicant_id", "applicant_unit_id", "opened_by_id", "opened_at", "parent_id", "parent_token", "parent_slot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A locked case. `state` is JSON text; the calendar's version and zone belong to its institution.
    `reachable`: its applicant can be told (an account or an address)."""

    id: int
    institution_id: int
    procedure_id: int
    version_id: int
    folio: str
    status: str
    state: str
    rev: int
    head_seq: int
    head_hash: str
    applicant_id: int | None
    applicant_unit_id: int | None
    opened_by_id: int | None
    opened_at: datetime
    parent_id: int | None
    parent_token: int | None
    parent_slot: int | None
    calendar_version: int
    time_zone: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A locked task. `acting`: HOLDS, NOBODY, or the person whom the asker stands in for."""

    id: int
    case_id: int
    token: int
    slot: int
    kind: str
    serial: int
    step: str
    round: int
    element: str
    position_id: int | None
    person_id: int | None
    assignee_id: int | None
    status: str
    waits_for: int
    parent_id: int | None
    done_by_id: int | None
    due_at: datetime | None
    acting: int


class NeedsMore(Exception):
    """The quick desk met something that it does not carry, or that has changed; the act begins anew at a common one."""


class Changed(NeedsMore):
    """What the quick desk stood on no longer holds; nothing was written."""


Write = tuple[str, Sequence[Any]]
"""A statement of `sql_of` by name (with a count where it repeats: "open:3"), and its parameters."""


class Desk:
    """An open transaction of one act: lock, then write. `state`: the case's, when it is known already."""

    hot = False

    def __init__(self) -> None:
        self.state: State | None = None
        self._ids: list[int] = []

    # --- Reading ---

    def lock_task(self, task_id: int, person_id: int, day: date) -> tuple[TaskRow, CaseRow] | None:
        """The task and its case, locked, with what ties the person to the task that day; None: no such task."""
        row = self._one("lock_task", (*acting_params(person_id, day), task_id))
        return None if row is None else rows_of(row)

    def lock_case(self, case_id: int) -> CaseRow | None:
        row = self._one("lock_case", (case_id,))
        return None if row is None else _case_row(case_id, row)

    def _one(self, name: str, params: Sequence[Any]) -> Any:
        db = connections[DEFAULT_DB_ALIAS]
        if db.vendor == "postgresql":
            cursor = _cursor(db.connection)
            cursor.execute(sql_of("postgresql", (name,)), params, prepare=True)
            return cursor.fetchone()
        row = db.connection.execute(sql_of("sqlite", (name,)), _plain(params)).fetchone()
        return None if row is None else tuple([_aware(v) if type(v) is datetime else v for v in row])

    # --- Writing ---

    def write(self, writes: Sequence[Write]) -> None:
        """Carries out the writes in order; the one that opens tasks comes last, and `new_ids` tells theirs."""
        db = connections[DEFAULT_DB_ALIAS]
        if db.vendor == "postgresql":
            sql = sql_of("postgresql", tuple([name for name, _given in writes]))
            params = [p for _name, given in writes for p in given]
            cursor = _cursor(db.connection)
            cursor.execute(sql, params, prepare=True)
            self._ids = [row[0] for row in cursor.fetchall()] if cursor.description else []
            return
        for name, given in writes:
            found = db.connection.execute(sql_of("sqlite", (name,)), _plain(given))
            if name.startswith("open:"):
                self._ids = [row[0] for row in found.fetchall()]

    def new_ids(self) -> list[int]:
        """Ids of the tasks opened by the last `write`, in order."""
        return self._ids


@contextmanager
def at_desk() -> Iterator[Desk]:
    """A transaction for one act; within another one (a test, a parent's act) it is a savepoint."""
    with transaction.atomic(), connection.wrap_database_errors:
        yield Desk()


# --- Connections -------------------------------------------------------------------

_cursors: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def _cursor(raw: Any) -> Any:
    """A server-side binding cursor, kept with its connection. Integers always travel as bigint: otherwise their
    size would pick another prepared statement each time an id grows past a limit."""
    found = _cursors.get(raw)
    if found is None:
        found = _cursors[raw] = psycopg.Cursor(raw)
        found.adapters.register_dumper(int, Int8Dumper)
    return found


def rows_of(row: Sequence[Any]) -> tuple[TaskRow, CaseRow]:
    """What `lock_task` or `read_task` has read."""
    count = len(_TASK) + 1
    return TaskRow(*row[:count]), _case_row(row[1], row[count:])


def _case_row(case_id: int, row: Sequence[Any]) -> CaseRow:
    return CaseRow(case_id, *row)


def _plain(params: Sequence[Any]) -> list[Any]:
    """As Django writes them to SQLite: naive UTC text, uuid without hyphens."""
    return [_PLAIN[type(p)](p) if type(p) in _PLAIN else p for p in params]


_PLAIN: Mapping[type, Any] = {
    datetime: lambda moment: str(moment.astimezone(UTC).replace(tzinfo=None)),
    date: date.isoformat,
    UUID: lambda value: value.hex,
}


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


# --- Statements --------------------------------------------------------------------


@lru_cache(maxsize=512)
def sql_of(vendor: str, names: tuple[str, ...]) -> str:
    """One statement, or on PostgreSQL several as one: every part but the last becomes a CTE."""
    texts = [_text(vendor, name) for name in names]
    if vendor == "sqlite":
        return texts[0].replace("%s", "?")
    parts = [f"w{at} AS ({text})" for at, text in enumerate(texts[:-1])]
    return f"WITH {', '.join(parts)} {texts[-1]}" if parts else texts[0]


def _text(vendor: str, name: str) -> str:
    kind, _, count = name.partition(":")
    return _STATEMENTS[kind](vendor, int(count or 1))


def table(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'


def _names(columns: Sequence[str], alias: str = "") -> str:
    return ", ".join(f'{alias}"{column}"' for column in columns)


_CASE_ROW = (
    f"{_names(_CASE, 'c.')}, i.calendar_version, i.time_zone, c.applicant_id IS NOT NULL OR c.applicant_email <> ''"
)


def _insert(model: type[models.Model], values: Mapping[str, str]) -> str:
    return f"INSERT INTO {table(model)} ({_names(list(values))}) VALUES ({', '.join(values.values())})"


def acting_params(person_id: int, day: date) -> tuple[Any, ...]:
    """What asks who the person is for a task: the parameters before the task's own."""
    return (person_id, day, day, person_id, day, day, day, day)


def _acting() -> str:
    """Whether the person holds the task's position that day, or for whom they stand in."""
    running = "a.starts_on <= %s AND (a.ends_on IS NULL OR a.ends_on >= %s)"
    same = "a.institution_id = c.institution_id AND a.position_id = t.position_id"
    holds = f"SELECT 1 FROM {table(Appointment)} a WHERE {same} AND a.person_id = %s AND {running}"
    absent = (
        # When the task is claimed, it matters whether it is the absent person who claimed it.
        "SELECT COALESCE(MAX(CASE WHEN s.absent_id = t.assignee_id THEN s.absent_id END), MIN(s.absent_id))"
        f" FROM {table(Substitution)} s JOIN {table(Appointment)} a"
        f" ON a.person_id = s.absent_id AND {same}"
        " WHERE s.institution_id = c.institution_id AND s.substitute_id = %s"
        " AND s.starts_on <= %s AND s.ends_on >= %s AND s.cancelled_at IS NULL"
        f" AND (s.position_id IS NULL OR s.position_id = t.position_id) AND {running}"
    )
    return f"CASE WHEN EXISTS ({holds}) THEN {HOLDS} ELSE COALESCE(({absent}), {NOBODY}) END"


def _lock_task(vendor: str, _count: int) -> str:
    return _read_task(vendor, 1) + (" FOR NO KEY UPDATE OF c, t" if vendor == "postgresql" else "")


def _read_task(_vendor: str, _count: int) -> str:
    return (
        f"SELECT {_names(_TASK, 't.')}, {_acting()}, {_CASE_ROW}"
        f" FROM {table(Task)} t JOIN {table(Case)} c ON c.id = t.case_id"
        f" JOIN {table(Institution)} i ON i.id = c.institution_id WHERE t.id = %s"
    )


def _lock_case(vendor: str, _count: int) -> str:
    return (
        f"SELECT {_CASE_ROW} FROM {table(Case)} c"
        f" JOIN {table(Institution)} i ON i.id = c.institution_id WHERE c.id = %s"
    ) + (" FOR NO KEY UPDATE OF c" if vendor == "postgresql" else "")


def _done(_vendor: str, _count: int) -> str:
    return (
        f"UPDATE {table(Task)} SET status = 'done', done_at = %s, done_by_id = %s, on_behalf_of_id = %s,"
        " answer = %s, reason = %s, next_at = NULL WHERE id = %s"
    )


def _close(_vendor: str, count: int) -> str:
    """The open tasks of `count` tokens, but one."""
    tokens = ", ".join(["%s"] * count)
    return (
        f"UPDATE {table(Task)} SET status = 'closed', done_at = %s, next_at = NULL"
        f" WHERE case_id = %s AND status = 'open' AND id <> %s AND token IN ({tokens})"
    )


def _case(_vendor: str, _count: int) -> str:
    return (
        f"UPDATE {table(Case)} SET state = %s, rev = %s, head_seq = %s, head_hash = %s, status = %s, outcome = %s,"
        " ended_at = %s, next_at = CASE WHEN %s THEN next_at ELSE NULL END WHERE id = %s"
    )


def _head(_vendor: str, _count: int) -> str:
    return f"UPDATE {table(Case)} SET rev = %s, head_seq = %s, head_hash = %s WHERE id = %s"


def _entry(_vendor: str, _count: int) -> str:
    return _insert(AuditEntry, dict.fromkeys(ENTRY, "%s"))


def _filing(_vendor: str, _count: int) -> str:
    return _insert(Filing, dict.fromkeys(FILING, "%s"))


def _open(_vendor: str, count: int) -> str:
    # The unit is the position's own at this moment, whatever was true when the definition was compiled.
    unit = f"(SELECT unit_id FROM {table(Position)} WHERE id = %s)"
    values = {column: "%s" for column in OPENED[:-1]}
    values |= {"unit_id": unit, "serial": "0", "status": "'open'", "waits_for": "0"}
    values |= dict.fromkeys(("instruction", "answer", "reason"), "''")
    head, _, row = _insert(Task, values).partition(" VALUES ")
    return f"{head} VALUES {', '.join([row] * count)} RETURNING id"


ENTRY = (
    "institution_id", "chain_kind", "chain_id", "seq", "at", "actor_id", "on_behalf_of_id", "action", "data", "act",
    "previous", "hash",
)  # fmt: skip
FILING = (
    "institution_id", "case_id", "task_id", "format", "step", "round", "values", "number", "filed_by_id", "filed_at",
)  # fmt: skip
OPENED = (
    "institution_id", "case_id", "token", "slot", "kind", "step", "round", "element", "position_id", "person_id",
    "opened_at", "term", "due_at", "next_at", "order_at", "came_from", "came_reason", "unit_id",
)  # fmt: skip
"""The parameters of one opened task, in order; the last is again the position, whose unit it becomes."""

_STATEMENTS = {
    "lock_task": _lock_task,
    "read_task": _read_task,
    "lock_case": _lock_case,
    "done": _done,
    "close": _close,
    "case": _case,
    "head": _head,
    "entry": _entry,
    "filing": _filing,
    "open": _open,
}
