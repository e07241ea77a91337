"""Checking every chain against its entries and its head. Reads only; runs beside people at work, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _

from turna.core.models import AuditEntry, ChainHead

from .breaks import Break
from .checkpoints import verify_checkpoints
from .sealing import CHAINS, Head, entry_hash

_PAGE = 2000
_MOST_PER_CHAIN = 20
_COLUMNS = (
    "chain_id",
    "institution_id",
    "seq",
    "at",
    "actor_id",
    "on_behalf_of_id",
    "action",
    "data",
    "act",
    "previous",
    "hash",
)
Row = tuple[Any, ...]

__all__ = ["Break", "verify"]


def verify(chain_kind: str | None = None, chain_id: int | None = None) -> Iterator[Break]:
    """Every place where the history is not what was sealed; nothing when it is whole.

    Without arguments every chain and every checkpoint; with them one kind, or one chain (checkpoints are not read).
    At most 20 breaks are told of one chain.
    """
    if chain_kind and chain_id is not None:
        yield from islice(_look_closely(chain_kind, chain_id), _MOST_PER_CHAIN)
        return
    for kind in [chain_kind] if chain_kind else _kinds():
        yield from _check_kind(kind)
    if not chain_kind:
        yield from verify_checkpoints()


def _kinds() -> list[str]:
    stored = set(ChainHead.objects.values_list("chain_kind", flat=True).distinct())
    stored |= set(AuditEntry.objects.order_by().values_list("chain_kind", flat=True).distinct())
    return sorted(stored | set(CHAINS))


def _heads(kind: str, chain_id: int | None = None) -> Iterator[Head]:
    source = CHAINS.find(kind)
    if source is not None:
        yield from source(chain_id)
        return
    rows = ChainHead.objects.filter(chain_kind=kind).order_by("chain_id")
    if chain_id is not None:
        rows = rows.filter(chain_id=chain_id)
    yield from rows.values_list("chain_id", "institution_id", "seq", "hash").iterator(chunk_size=_PAGE)


def _check_kind(kind: str) -> Iterator[Break]:
    """Entries and heads go by side by side, in order of chain. What looks wrong is looked at again by itself, for
    somebody may have acted between the two readings."""
    entries = AuditEntry.objects.filter(chain_kind=kind).order_by("chain_id", "seq").values_list(*_COLUMNS)
    heads = _heads(kind)
    head = next(heads, None)
    for chain_id, rows in groupby(entries.iterator(chunk_size=_PAGE), key=itemgetter(0)):
        while head and head[0] < chain_id:
            yield from _recheck(kind, head[0], suspected=head[2] > 0)
            head = next(heads, None)
        mine = head if head and head[0] == chain_id else None
        suspected = any(_check_rows(kind, chain_id, mine, rows))
        yield from _recheck(kind, chain_id, suspected=suspected)
        if mine:
            head = next(heads, None)
    while head:
        yield from _recheck(kind, head[0], suspected=head[2] > 0)
        head = next(heads, None)


def _recheck(kind: str, chain_id: int, *, suspected: bool) -> Iterator[Break]:
    if suspected:
        yield from islice(_look_closely(kind, chain_id), _MOST_PER_CHAIN)


def _look_closely(kind: str, chain_id: int) -> Iterator[Break]:
    """One chain, exactly: entries up to the head read first cannot change any more; any beyond it must have a newer
    head by now."""
    head = next(_heads(kind, chain_id), None)
    entries = AuditEntry.objects.filter(chain_kind=kind, chain_id=chain_id).order_by("seq").values_list(*_COLUMNS)
    known = entries.filter(seq__lte=head[2]) if head else entries
    yield from _check_rows(kind, chain_id, head, known.iterator(chunk_size=_PAGE))
    beyond = entries.filter(seq__gt=head[2]).first() if head else None
    if beyond is None:
        return
    newer = next(_heads(kind, chain_id), None)
    if newer is None or newer[2] < beyond[2]:
        yield Break(
            kind, chain_id, beyond[2], "beyond", _("hay un registro después del último que consta en la cadena")
        )


def _check_rows(kind: str, chain_id: int, head: Head | None, rows: Iterable[Row]) -> Iterator[Break]:
    previous, seq = "", 0
    for row in rows:
        for code, words in _faults(kind, row, head, previous, seq):
            yield Break(kind, chain_id, row[2], code, words)
        previous, seq = row[10], row[2]
    yield from _check_end(kind, chain_id, head, previous, seq)


def _faults(kind: str, row: Row, head: Head | None, previous: str, seq: int) -> Iterator[tuple[str, str]]:
    number = row[2]
    if number != seq + 1:
        first, last = seq + 1, number - 1
        yield (
            "gap",
            _("falta el registro %d") % first if first == last else _("faltan los registros %d a %d") % (first, last),
        )
    elif row[9] != previous:
        yield "link", _("no continúa el registro anterior: uno de los dos fue sustituido")
    if _hash_of(kind, row) != row[10]:
        yield "content", _("su contenido no es el que se selló")
    if head and row[1] != head[1]:
        yield "institution", _("está a nombre de otra institución")


def _hash_of(kind: str, row: Row) -> str:
    return entry_hash(
        row[9],
        chain_kind=kind,
        chain_id=row[0],
        seq=row[2],
        at=row[3],
        actor_id=row[4],
        on_behalf_of_id=row[5],
        action=row[6],
        data=row[7],
        act=row[8],
    )


def _check_end(kind: str, chain_id: int, head: Head | None, previous: str, seq: int) -> Iterator[Break]:
    if head is None:
        yield Break(kind, chain_id, seq, "headless", _("la cadena no tiene cabeza: nadie dice dónde debe terminar"))
    elif head[2] > seq:
        yield Break(
            kind,
            chain_id,
            seq + 1,
            "tail",
            _("faltan los últimos registros: termina en %d y debía llegar a %d") % (seq, head[2]),
        )
    elif head[2] < seq:
        yield Break(
            kind, chain_id, head[2] + 1, "beyond", _("hay registros después del último que consta en la cadena")
        )
    elif head[3] != previous:
        yield Break(kind, chain_id, seq, "head", _("el último registro no es el que consta en la cadena"))
