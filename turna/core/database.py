"""What the database itself must hold that a model cannot say: tables to which rows are only appended.

`install_guards` is idempotent; a migration calls it, and so do the tests when they run without migrations. A room with
triggers or indexes of its own has a `database.py` too: the tests call every `install_…(connection)` in it, and lift
the `GUARDS` it names while they empty the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import local
from typing import Any

import psycopg
from django.db import connection as default
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from turna.core.models import AuditCheckpoint, AuditEntry, Blob

_REFUSE = """
CREATE OR REPLACE FUNCTION turna_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


# The thread's connection and a cursor on it: making one costs as much as a short statement.
_kept = local()


def select_often(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement that nearly every request repeats. PostgreSQL plans it once per connection.

    Django binds parameters into the text, so PostgreSQL would plan it anew each time, which costs more than running it.
    On PostgreSQL it passes by Django's log of queries.
    """
    if default.vendor != "postgresql":
        with default.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    default.ensure_connection()
    raw: Any = default.connection
    if getattr(_kept, "raw", None) is not raw:
        _kept.raw, _kept.cursor = raw, psycopg.Cursor(raw)
    with default.wrap_database_errors:
        found: list[tuple[Any, ...]] = _kept.cursor.execute(sql, params, prepare=True).fetchall()
    return found


@dataclass(frozen=True)
class Guard:
    """A table whose rows never change: `changeable` columns may, and rows go only with `deletable`."""

    model: type[models.Model]
    changeable: tuple[str, ...] = ()
    deletable: bool = False

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def frozen(self) -> list[str]:
        columns = [str(field.column) for field in self.model._meta.concrete_fields]
        return [column for column in columns if column not in self.changeable]


# Bytes that nobody uses any more may be swept away; they may not become other bytes under the same name.
GUARDS: tuple[Guard, ...] = (Guard(AuditEntry), Guard(AuditCheckpoint), Guard(Blob, deletable=True))


def install_guards(connection: BaseDatabaseWrapper, guards: tuple[Guard, ...] = GUARDS) -> None:
    """Make the guarded tables append-only, by triggers. Idempotent. Raises nothing if they already are.

    An early migration calls it too: a column that a later one adds is guarded when that one calls it again.
    """
    remove_guards(connection, guards)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFUSE)
        for guard in guards:
            there = {c.name for c in connection.introspection.get_table_description(cursor, guard.table)}
            for statement in _statements(guard, connection.vendor, [c for c in guard.frozen if c in there]):
                cursor.execute(statement)


def remove_guards(connection: BaseDatabaseWrapper, guards: tuple[Guard, ...] = GUARDS) -> None:
    """Take the triggers away: for emptying a test database, and for a migration that changes the table."""
    on = {"postgresql": ' ON "{table}"'}.get(connection.vendor, "")
    with connection.cursor() as cursor:
        for guard in guards:
            for what in ("update", "delete", "truncate"):
                table = guard.table
                cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{what}"' + on.format(table=table))


def _statements(guard: Guard, vendor: str, frozen: Sequence[str]) -> list[str]:
    table = guard.table
    columns = ", ".join(f'"{column}"' for column in frozen)
    events = {"update": f"UPDATE OF {columns}"}
    if not guard.deletable:
        events["delete"] = "DELETE"
    if vendor == "postgresql":
        rows = [
            f'CREATE TRIGGER "{table}_no_{name}" BEFORE {event} ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION turna_refuse_change()"
            for name, event in events.items()
        ]
        return [
            *rows,
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION turna_refuse_change()",
        ]
    return [
        f'CREATE TRIGGER "{table}_no_{name}" BEFORE {event} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        for name, event in events.items()
    ]
