"""Writing: sealing an entry, appending to a chain. Checking is in `checking`, sealing the whole in `checkpoints`.

A chain is the entries of one subject, each sealed with the hash of the one before. Most chains keep their head in
`ChainHead`; a room that keeps heads in its own rows (a case) writes its entries itself with `entry_hash` and says
where its heads are with `register_chain`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from turna.core.calendar import now
from turna.core.models import AuditEntry, ChainHead
from turna.core.registry import Registry

# What is sealed is written in one way only: sorted keys, no blanks, no NaN.
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
# Numbers that PostgreSQL's jsonb gives back in another spelling.
_UNSTABLE = re.compile(r"\de\+\d|-0\.0")

# (chain id, institution id, seq, hash) of every chain of one kind, in order of chain id, streamed.
Head = tuple[int, int, int, str]
CHAINS: Registry[Callable[[int | None], Iterable[Head]]] = Registry("cadenas de auditoría")


def entry_hash(
    previous: str,
    *,
    chain_kind: str,
    chain_id: int,
    seq: int,
    at: datetime,
    actor_id: int | None,
    on_behalf_of_id: int | None,
    action: str,
    data: Mapping[str, Any],
    act: UUID | None,
) -> str:
    """The seal of one entry: sha256 (hex) over everything it says and the seal before it.

    `at` is aware; `data` holds JSON values only, its keys are text. Raises ValueError (NaN) and TypeError.
    """
    moment = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")
    parts: list[Any] = [
        previous,
        chain_kind,
        chain_id,
        seq,
        moment,
        actor_id,
        on_behalf_of_id,
        action,
        data,
        str(act) if act else None,
    ]
    text = _canonical(parts)
    if _UNSTABLE.search(text):
        text = _canonical(_stable(parts))
    return sha256(text.encode()).hexdigest()


def append(
    institution_id: int,
    chain_kind: str,
    chain_id: int,
    action: str,
    data: Mapping[str, Any],
    *,
    actor: int | None = None,
    on_behalf_of: int | None = None,
    act: UUID | None = None,
) -> AuditEntry:
    """Append an entry to a chain whose head is kept here; one at a time, by the head's row lock.

    `actor` and `on_behalf_of` are person ids. Stands in the caller's transaction. Raises IntegrityError when `act`
    has already been done.
    """
    plain = json.loads(json.dumps(data, cls=DjangoJSONEncoder, allow_nan=False))
    with transaction.atomic():
        head, _created = ChainHead.objects.select_for_update().get_or_create(
            chain_kind=chain_kind, chain_id=chain_id, defaults={"institution_id": institution_id}
        )
        entry = AuditEntry(
            institution_id=institution_id,
            chain_kind=chain_kind,
            chain_id=chain_id,
            seq=head.seq + 1,
            at=now(),
            actor_id=actor,
            on_behalf_of_id=on_behalf_of,
            action=action,
            data=plain,
            act=act,
            previous=head.hash,
        )
        entry.hash = seal_of(entry)
        entry.save(force_insert=True)
        head.seq, head.hash = entry.seq, entry.hash
        head.save(update_fields=["seq", "hash"])
    return entry


def seal_of(entry: AuditEntry) -> str:
    """The hash an entry must carry, computed from what it says."""
    return entry_hash(
        entry.previous,
        chain_kind=entry.chain_kind,
        chain_id=entry.chain_id,
        seq=entry.seq,
        at=entry.at,
        actor_id=entry.actor_id,
        on_behalf_of_id=entry.on_behalf_of_id,
        action=entry.action,
        data=entry.data,
        act=entry.act,
    )


def note(institution_id: int, action: str, data: Mapping[str, Any], *, actor: int | None = None) -> AuditEntry:
    """Append to the institution's own chain: what is done to its people, org chart, calendar, folios."""
    return append(institution_id, "institution", institution_id, action, data, actor=actor)


def register_chain(kind: str, heads: Callable[[int | None], Iterable[Head]]) -> None:
    """Say where the heads of a kind of chain are kept, when not in `ChainHead`.

    `heads(None)` streams every chain's (chain id, institution id, seq, hash) in order of chain id, those without
    entries (seq 0) included or not; `heads(42)` gives that chain's alone.
    """
    CHAINS.add(kind, heads)


def _stable(value: Any) -> Any:
    """Numbers as the database will give them back."""
    if isinstance(value, float):
        if value == 0:
            return 0.0
        return int(Decimal(repr(value))) if abs(value) >= 1e16 else value
    if isinstance(value, Mapping):
        return {key: _stable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_stable(item) for item in value]
    return value
