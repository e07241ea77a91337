"""PostgreSQL's pipeline spoken directly: one locked read, one write, one transaction, two round trips.

psycopg's own pipeline mode waits and converts several times more than this needs, and the step is short enough for that
to be most of its cost. This speaks to the same connection through psycopg's public `pq` layer, only outside of any
transaction, and leaves it as it found it. Everything up to the closing Sync is one transaction of the server's own: the
read's locks are held until the write has committed or failed with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from itertools import count
from select import select
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus

_serial = count(1)  # names are never used twice, so a statement that went wrong is simply prepared anew
_pipes: WeakKeyDictionary[Any, Pipe] = WeakKeyDictionary()


class Forgotten(Exception):
    """The server no longer has what was prepared (psycopg drops everything after a rollback), or its tables changed.

    Nothing was written. The statements are prepared anew the next time.
    """


@contextmanager
def piped(raw: Any) -> Iterator[Pipe]:
    """A transaction on an idle connection (psycopg's, in autocommit). Raises Forgotten and
    psycopg's errors, some only on leaving."""
    pipe = _pipes.get(raw)
    if pipe is None:
        pipe = _pipes[raw] = Pipe(raw)
    pipe.begin()
    try:
        yield pipe
    except BaseException:
        pipe.abandon()
        raise
    pipe.finish()


class Pipe:
    """One connection's pipeline, and the statements it has prepared there."""

    def __init__(self, raw: Any) -> None:
        # The connection's own libpq handle, not the connection: that must be free to go away.
        self.pgconn = raw.pgconn
        self.names: dict[str, bytes] = {}
        self.loaders: dict[str, list[Callable[[bytes], Any]]] = {}
        self.sent: list[tuple[str, bool]] = []  # statement, and whether its Prepare travels before it
        self.rows: list[tuple[Any, ...]] = []

    def begin(self) -> None:
        self.sent, self.rows = [], []
        self.pgconn.enter_pipeline_mode()

    def send(self, sql: str, params: Sequence[Any]) -> None:
        """Queues the statement; it travels with the next `fetch` or on leaving."""
        name, fresh = self.names.get(sql), False
        if name is None:
            name, fresh = f"turna_{next(_serial)}".encode(), True
            self.pgconn.send_prepare(name, _numbered(sql))
            self.names[sql] = name
        self.pgconn.send_query_prepared(name, [_DUMPERS[type(p)](p) for p in params])
        self.sent.append((sql, fresh))

    def fetch(self) -> list[tuple[Any, ...]]:
        """The rows of the statement just sent, while its transaction goes on."""
        self.pgconn.send_flush_request()
        self._flush()
        self._take()
        return self.rows

    def finish(self) -> None:
        """Commits: sends what is queued and waits until the server has it on disk."""
        self.pgconn.pipeline_sync()
        self._flush()
        try:
            self._take()
        finally:
            self._to_sync()

    def abandon(self) -> None:
        """Nothing was written, or the server refused it: release the locks and leave."""
        try:
            self.pgconn.pipeline_sync()
            self._flush()
            self._to_sync()
        except Exception:
            self.pgconn.finish()  # a connection in an unknown state is of no more use

    # --- The protocol ---

    def _take(self) -> None:
        """The results of every statement sent. Raises psycopg's errors."""
        sent, self.sent = self.sent, []
        for sql, fresh in sent:
            if fresh:
                self._result(sql)
            result = self._result(sql)
            self.rows = self._load(sql, result) if result.status == ExecStatus.TUPLES_OK else []

    def _result(self, sql: str) -> Any:
        result = self._next()
        while result is None or result.status == ExecStatus.PIPELINE_SYNC:
            result = self._next()
        if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            error = error_from_result(result)
            if isinstance(error, InvalidSqlStatementName | FeatureNotSupported):
                self.names.clear()
                self.loaders.clear()
                raise Forgotten from error
            self.names.pop(sql, None)
            raise error
        return result

    def _next(self) -> Any:
        pgconn = self.pgconn
        while pgconn.is_busy():
            select([pgconn.socket], [], [])
            pgconn.consume_input()
        return pgconn.get_result()

    def _to_sync(self) -> None:
        result = self._next()
        while result is None or result.status != ExecStatus.PIPELINE_SYNC:
            result = self._next()
        self.pgconn.exit_pipeline_mode()

    def _flush(self) -> None:
        while self.pgconn.flush():
            select([self.pgconn.socket], [self.pgconn.socket], [])
            self.pgconn.consume_input()

    def _load(self, sql: str, result: Any) -> list[tuple[Any, ...]]:
        loaders = self.loaders.get(sql)
        if loaders is None:
            loaders = [_LOADERS.get(result.ftype(at), bytes.decode) for at in range(result.nfields)]
            self.loaders[sql] = loaders
        get, columns = result.get_value, list(enumerate(loaders))
        return [
            tuple([None if (v := get(row, at)) is None else load(v) for at, load in columns])
            for row in range(result.ntuples)
        ]


# --- Values ------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _numbered(sql: str) -> bytes:
    numbers = count(1)
    return re.sub(r"%s", lambda _: f"${next(numbers)}", sql).encode()


def _moment(text: bytes) -> datetime:
    """Django keeps its connections in UTC, so the offset is always +00."""
    return datetime.fromisoformat(text.decode())


# A parameter as PostgreSQL reads it; the statement gives it its type.
_DUMPERS: dict[type, Callable[[Any], bytes | None]] = {
    type(None): lambda _: None,
    int: lambda n: b"%d" % n,
    str: str.encode,
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
