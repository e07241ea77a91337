"""The only clock. Everything that asks for the time asks here, so that tests and the demo can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from turna.core.models import Institution

_set_to: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _set_to.get() or datetime.now(UTC)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Within the block (this thread or task only) it is `moment`, which must be aware."""
    if moment.tzinfo is None:
        raise ValueError("clock_at needs an aware datetime")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The time zone by its IANA name. Raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)


def today(institution: Institution) -> date:
    """The institution's day: the date on the wall of its offices."""
    return now().astimezone(zone_of(institution.time_zone)).date()
