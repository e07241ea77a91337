"""One prepared statement on PostgreSQL outside of any transaction: sent, done and on disk in one round trip.

psycopg's cursors convert, count and wait several times more than this needs, and a step is short enough for that to be
most of its cost. This speaks to the same connection through psycopg's public `pq` layer and leaves it as it found it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus

Row = tuple[Any, ...]

_serial = count(1)  # names are never used twice, so a statement that went wrong is simply prepared anew
_prepared: WeakKeyDictionary[Any, dict[bytes, bytes]] = WeakKeyDictionary()
_FINE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


def run(raw: Any, sql: bytes, params: Sequence[Any]) -> list[Row]:
    """The rows of a statement with $1, $2… on an idle connection (psycopg's, in autocommit).

    Raises: psycopg's errors.
    """
    names = _prepared.get(raw)
    if names is None:
        names = _prepared[raw] = {}
    values = [p.encode() if type(p) is str else _DUMPERS[type(p)](p) for p in params]
    result = raw.pgconn.exec_prepared(names.get(sql) or _prepare(raw, names, sql), values)
    if result.status not in _FINE:
        error = error_from_result(result)
        if not isinstance(error, InvalidSqlStatementName | FeatureNotSupported):
            raise error
        # The server has dropped it (psycopg drops everything after a rollback), or its tables have changed.
        names.clear()
        result = _checked(raw.pgconn.exec_prepared(_prepare(raw, names, sql), values))
    return _rows(result)


def _prepare(raw: Any, names: dict[bytes, bytes], sql: bytes) -> bytes:
    name = f"turna_{next(_serial)}".encode()
    _checked(raw.pgconn.prepare(name, sql))
    names[sql] = name
    return name


def _checked(result: Any) -> Any:
    if result.status not in _FINE:
        raise error_from_result(result)
    return result


def _rows(result: Any) -> list[Row]:
    get = result.get_value
    columns = [(at, _LOADERS.get(result.ftype(at), bytes.decode)) for at in range(result.nfields)]
    return [
        tuple([None if (v := get(row, at)) is None else load(v) for at, load in columns])
        for row in range(result.ntuples)
    ]


# --- Values ------------------------------------------------------------------------


def _moment(text: bytes) -> datetime:
    """Django keeps its connections in UTC, so the offset is always +00."""
    return datetime.fromisoformat(text.decode())


# A parameter as PostgreSQL reads it; the statement gives it its type.
_DUMPERS: dict[type, Callable[[Any], bytes | None]] = {
    type(None): lambda _: None,
    int: lambda n: b"%d" % n,
    bool: lambda b: b"t" if b else b"f",
    datetime: lambda m: m.isoformat().encode(),
    date: lambda d: d.isoformat().encode(),
    UUID: lambda u: u.hex.encode(),
}
_LOADERS: dict[int, Callable[[bytes], Any]] = {
    16: lambda text: text == b"t",
    20: int,
    21: int,
    23: int,
    1184: _moment,
}
