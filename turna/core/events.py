"""Events: past-tense frozen dataclasses, published after commit, heard in another domain's `hooks.py`."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction

log = logging.getLogger(__name__)
E = TypeVar("E")
Hearer = Callable[[Any], None]

_hearers: dict[type[Any], list[Hearer]] = defaultdict(list)


def hear(kind: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Decorator: the function below it is called with every published event of exactly this type."""

    def keep(hearer: Callable[[E], None]) -> Callable[[E], None]:
        if hearer not in _hearers[kind]:
            _hearers[kind].append(hearer)
        return hearer

    return keep


def publish(event: object) -> None:
    """Tell every hearer once the transaction has committed; at once when there is none. Nobody hears of a rollback.

    A hearer that fails is logged and does not stop the others: the fact has already happened.
    """
    if _hearers.get(type(event)):
        transaction.on_commit(lambda: _deliver(event))


@contextmanager
def hearing(kind: type[E]) -> Iterator[list[E]]:
    """For tests: collects the events of one type that were delivered while the block ran."""
    heard: list[E] = []
    _hearers[kind].append(heard.append)
    try:
        yield heard
    finally:
        _hearers[kind].remove(heard.append)


def _deliver(event: object) -> None:
    for hearer in tuple(_hearers.get(type(event), ())):
        try:
            hearer(event)
        except Exception:
            log.exception("Falló quien escucha %s", type(event).__name__)
