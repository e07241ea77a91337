"""Registries: how a domain plugs an implementation into a lower room. Events live in `events`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Generic, TypeVar

T = TypeVar("T")


class NotRegistered(LookupError):
    """Nothing of that name is plugged in."""


class AlreadyRegistered(ValueError):
    """Two parts want the same name; one of them is a mistake."""


class Registry(Generic[T]):
    """Named things of one kind, in the order in which they were registered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, T] = {}

    def register(self, key: str) -> Callable[[T], T]:
        """Decorator that plugs the thing below it in under `key`. Raises AlreadyRegistered."""

        def keep(item: T) -> T:
            self.add(key, item)
            return item

        return keep

    def add(self, key: str, item: T) -> None:
        """Plug `item` in under `key`; the same thing twice is no harm. Raises AlreadyRegistered."""
        if key in self._items and self._items[key] is not item and self._items[key] != item:
            raise AlreadyRegistered(f"{self.name}: «{key}» ya está registrado.")
        self._items[key] = item

    def get(self, key: str) -> T:
        """The thing registered under `key`. Raises NotRegistered, with the nearest name."""
        try:
            return self._items[key]
        except KeyError:
            near = get_close_matches(key, self._items, n=1)
            hint = f" ¿Quiso decir «{near[0]}»?" if near else ""
            raise NotRegistered(f"{self.name}: no existe «{key}».{hint}") from None

    def find(self, key: str) -> T | None:
        return self._items.get(key)

    @contextmanager
    def temporarily(self, key: str, item: T) -> Iterator[T]:
        """For tests: `item` stands under `key` while the block runs, whatever stood there before."""
        former = dict(self._items)
        self._items[key] = item
        try:
            yield item
        finally:
            self._items = former

    def items(self) -> list[tuple[str, T]]:
        return list(self._items.items())

    def values(self) -> list[T]:
        return list(self._items.values())

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)
