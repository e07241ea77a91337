"""Did you mean: the nearest known name to one that is not known. Knows names only, not what they name."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection


def plain(text: str) -> str:
    """`text` in lower case, without accents: how two spellings of one word are compared."""
    parts = unicodedata.normalize("NFD", text.strip().lower())
    return "".join(c for c in parts if not unicodedata.combining(c))


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that `name` most resembles, or None when none does."""
    by_plain = {plain(k).replace("_", "-"): k for k in known}
    found = difflib.get_close_matches(plain(name).replace("_", "-")[:80], by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None


def mend_name(name: str, known: Collection[str], otherwise: str) -> str:
    """A mend: the nearest name, else the whole list when it is short, else what `otherwise` says."""
    near = nearest(name, known)
    if near is not None:
        return f"¿Quiso decir «{near}»?"
    if 0 < len(known) <= 12:
        return "Puede ser: " + ", ".join(sorted(known)) + "."
    return otherwise
