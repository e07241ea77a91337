"""The accounts that the log-in page of the demo shows. Whoever makes the invented people plugs them in (`offer`).

Nothing is shown outside the demo mode, whatever is plugged in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

Source = Callable[[], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Demo:
    """`accounts`: things with email, name, position, unit and institution."""

    password: str = ""
    accounts: Sequence[Any] = ()


class _Offer:
    password: str = ""
    source: Source | None = None


def offer(password: str, source: Source) -> None:
    """Plug in the list of invented accounts and the password they share."""
    _Offer.password = password
    _Offer.source = source


def shown() -> Demo:
    """What the log-in page lists now; empty outside the demo mode."""
    if settings.TURNA_MODE != "demo" or _Offer.source is None:
        return Demo()
    return Demo(_Offer.password, _Offer.source())
