"""Rate limits that hold across threads and processes: counted in the database, one statement a try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from turna.core.calendar import now
from turna.core.models import Attempt

_COUNT = """
INSERT INTO core_attempt (key, "window", expires_at, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (key, "window") DO UPDATE SET count = core_attempt.count + 1 RETURNING count
"""


def allow(what: str, whose: str, *, limit: int, seconds: int) -> bool:
    """Count one try of `what` (e.g. "follow") by `whose` (an address, an e-mail); False when past `limit` in `seconds`.

    The stretch slides: the one before counts by the part of it that still lies within. Call it outside of a transaction
    that may be rolled back, or the try is forgotten with it.
    """
    moment = now()
    window, key, elapsed = _place(what, whose, seconds, moment)
    expires = datetime.fromtimestamp((window + 2) * seconds, UTC)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, window, expires if connection.vendor == "postgresql" else str(expires)[:19]])
        tries = int(cursor.fetchone()[0])
    return tries + _carried(key, window, elapsed) <= limit


def exhausted(what: str, whose: str, *, limit: int, seconds: int) -> bool:
    """Whether the limit has been reached, without counting a try."""
    window, key, elapsed = _place(what, whose, seconds, now())
    tries = Attempt.objects.filter(key=key, window=window).aggregate(n=Sum("count"))["n"] or 0
    return tries + _carried(key, window, elapsed) >= limit


def forgive(what: str, whose: str) -> None:
    """Start counting anew, e.g. after a successful log-in."""
    Attempt.objects.filter(key=_key(what, whose)).delete()


def forget_old() -> int:
    """Delete the counts of stretches that are past; for the worker."""
    return Attempt.objects.filter(expires_at__lt=now() - timedelta(seconds=1)).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The address the request comes from, as the server sees it (a proxy in front must set it)."""
    return str(request.META.get("REMOTE_ADDR") or "")


def _key(what: str, whose: str) -> str:
    return salted_hmac(f"turna.core.limits.{what}", whose.strip().lower(), algorithm="sha256").hexdigest()


def _place(what: str, whose: str, seconds: int, moment: datetime) -> tuple[int, str, float]:
    window, elapsed = divmod(moment.timestamp(), seconds)
    return int(window), _key(what, whose), elapsed / seconds


def _carried(key: str, window: int, elapsed: float) -> int:
    before = Attempt.objects.filter(key=key, window=window - 1).values_list("count", flat=True).first() or 0
    return int(before * (1 - elapsed))
