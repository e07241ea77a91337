"""The main menu. A room or a domain registers its entries in its `hooks.py` (or, for the rooms below it, here).

An entry whose address does not exist in this install (its domain is off) is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

Test = Callable[[HttpRequest], bool]


def everybody(request: HttpRequest) -> bool:
    return True


def with_account(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


def without_account(request: HttpRequest) -> bool:
    return not request.user.is_authenticated


def with_right(*rights: str) -> Test:
    """A test that passes for whoever has any of the rights, or administers the install."""

    def test(request: HttpRequest) -> bool:
        standing = getattr(request, "standing", None)
        if standing is None:
            return False
        return bool(standing.administers or any(standing.can(right) for right in rights))

    return test


def heads_a_unit(request: HttpRequest) -> bool:
    standing = getattr(request, "standing", None)
    return bool(standing is not None and (standing.headed_paths or standing.can("cases.see_all")))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu. `key`: the keyboard letter after `g` that opens it, or ""."""

    name: str
    label: Any  # a text, or one that is translated when shown
    url_name: str
    icon: str
    order: int
    visible: Test
    key: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the page shows it."""

    label: Any
    url: str
    icon: str
    key: str
    current: bool


class Menu:
    """Entries by name, shown by `order`."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def register(
        self, name: str, label: Any, url_name: str, icon: str, order: int, visible: Test = with_account, key: str = ""
    ) -> None:
        """Add an entry; the same name again replaces it."""
        self._entries[name] = Entry(name, label, url_name, icon, order, visible, key)

    def remove(self, name: str) -> None:
        self._entries.pop(name, None)

    def links(self, request: HttpRequest) -> list[Link]:
        """The entries this person sees, the present one marked."""
        links = []
        for entry in sorted(self._entries.values(), key=lambda e: (e.order, e.name)):
            url = _address(entry.url_name)
            if url and entry.visible(request):
                here = request.path == url or (url != "/" and request.path.startswith(url))
                links.append(Link(entry.label, url, entry.icon, entry.key, here))
        return links


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


MENU = Menu()
