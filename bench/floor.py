"""The floor: what a careful programmer would write by hand for one completion, with nothing around it.

PostgreSQL: psycopg, a locked read of task and case, four writes, one transaction. SQLite: the same SQL run bare.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from .measure import Contender
from .work_item import COMPLETIONS, WALK, next_of, position_of

TABLES = """
create table {p}case (id {serial}, folio text, state text, rev int not null default 0, hash text not null default '');
create table {p}task (id {serial}, case_id bigint not null, step text not null, position text not null,
  due timestamptz, status text not null default 'open', done_at timestamptz, done_by bigint);
create table {p}event (id {serial}, case_id bigint not null, seq int not null, at timestamptz, actor bigint, data text,
  hash text);
create index {p}task_open on {p}task (position, due, id) where status = 'open';
create unique index {p}event_seq on {p}event (case_id, seq);
"""


def tables(prefix: str, serial: str) -> list[str]:
    return [part for part in TABLES.format(p=prefix, serial=serial).split(";\n") if part.strip()]


class Hand:
    """The statements of one completion; subclasses know how to run them."""

    lock = ""
    mark = "%s"
    begin: str | None = None

    def __init__(self, prefix: str) -> None:
        p, m = prefix, self.mark
        self.read = (
            f"select t.id, t.step, t.status, c.rev, c.hash from {p}task t join {p}case c on c.id = t.case_id "
            f"where t.id = {m} {self.lock}"
        )
        self.close = f"update {p}task set status = 'done', done_at = {m}, done_by = {m} where id = {m}"
        self.event = f"insert into {p}event (case_id, seq, at, actor, data, hash) values ({m}, {m}, {m}, {m}, {m}, {m})"
        self.open = f"insert into {p}task (case_id, step, position, due) values ({m}, {m}, {m}, {m}) returning id"
        self.case = f"update {p}case set rev = {m}, state = {m}, hash = {m} where id = {m}"
        self.start = f"insert into {p}case (folio, state) values ({m}, {m}) returning id"

    def one(self, sql: str, values: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    def run(self, sql: str, values: tuple[Any, ...]) -> None:
        raise NotImplementedError

    def commit(self) -> None:
        raise NotImplementedError

    def begin_case(self, folio: str) -> tuple[int, int]:
        case = self.one(self.start, (folio, "1"))[0]
        task = self.one(self.open, (case, "1", position_of("1"), None))[0]
        self.commit()
        return case, task

    def complete(self, case: int, task: int, answer: str | None) -> int:
        """One completion; returns the next task's id (0 at the end)."""
        now = datetime.now(UTC)
        _, step, status, rev, previous = self.one(self.read, (task,))
        assert status == "open"
        target = next_of(step, answer)
        data = json.dumps({"task": task, "step": step, "answer": answer})
        seal = hashlib.sha256(f"{previous}{data}{now.isoformat()}".encode()).hexdigest()
        self.run(self.close, (now, 1, task))
        self.run(self.event, (case, rev + 1, now, 1, data, seal))
        opened = 0
        if target:
            due = now + timedelta(days=3)
            opened = self.one(self.open, (case, target, position_of(target), due))[0]
        self.run(self.case, (rev + 1, target or "end", seal, case))
        self.commit()
        return opened

    def cases(self, count: int) -> Contender:
        """A run of `count` cases to their end; only completions are timed, as for every contender."""

        def prepare() -> Callable[[], int]:
            begun = [self.begin_case(f"F/{n}") for n in range(count)]

            def work() -> int:
                for case, task in begun:
                    for _, answer in WALK:
                        task = self.complete(case, task, answer)
                return count * COMPLETIONS

            return work

        return prepare


class PostgresHand(Hand):
    lock = "for update of t, c"

    def __init__(self, url: str) -> None:
        super().__init__("floor_")
        self.connection = psycopg.connect(url)
        for statement in tables("floor_", "bigserial primary key"):
            self.connection.execute(statement)
        self.connection.commit()

    def one(self, sql: str, values: tuple[Any, ...]) -> Any:
        return self.connection.execute(sql, values).fetchone()

    def run(self, sql: str, values: tuple[Any, ...]) -> None:
        self.connection.execute(sql, values)

    def commit(self) -> None:
        self.connection.commit()


class SqliteHand(Hand):
    mark = "?"

    def __init__(self, path: Path) -> None:
        super().__init__("bare_")
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.connection.execute(f"pragma {pragma}")
        for statement in tables("bare_", "integer primary key"):
            self.connection.execute(statement)
        self.open_transaction = False

    def one(self, sql: str, values: tuple[Any, ...]) -> Any:
        return self._execute(sql, values).fetchone()

    def run(self, sql: str, values: tuple[Any, ...]) -> None:
        self._execute(sql, values)

    def _execute(self, sql: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        if not self.open_transaction:
            self.connection.execute("begin immediate")
            self.open_transaction = True
        plain = tuple(value.isoformat() if isinstance(value, datetime) else value for value in values)
        return self.connection.execute(sql, plain)

    def commit(self) -> None:
        self.connection.execute("commit")
        self.open_transaction = False
