"""How text is made findable: lower case, no accents, single blanks. The indexes are in `database`."""

from __future__ import annotations

import unicodedata


def searchable(*parts: str) -> str:
    """The parts as one text to search in, or a query as it must be searched for."""
    text = unicodedata.normalize("NFKD", " ".join(part for part in parts if part).lower())
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).split())
