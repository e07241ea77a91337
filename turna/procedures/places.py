"""Colonias and postal codes: from the pack's `colonias.csv` when there is one, else from what was filled before.

The file has the columns codigo_postal, colonia, municipio, estado; it lies beside the pack's `institucion.yaml`.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from turna.engine.suggest import plain

from .models import Filing, Procedure

COLUMNS = ("codigo_postal", "colonia", "municipio", "estado")
FILE = "colonias.csv"
MOST_ROWS = 200_000
OFFERED = 40
LOOK_BACK = 300
"""The latest filings looked through when the institution has no table."""

Place = dict[str, str]


def places_at(institution_id: int, code: str) -> list[Place]:
    """What lies at a postal code of five digits, by name."""
    return _sorted(p for p in _known(institution_id) if p["codigo_postal"] == code)


def places_named(institution_id: int, colonia: str) -> list[Place]:
    """The places with exactly that colonia, whatever its accents and capitals."""
    wanted = plain(colonia.strip())
    return _sorted(p for p in _known(institution_id) if plain(p["colonia"]) == wanted)


def _sorted(found: Any) -> list[Place]:
    once = {tuple(place.values()): place for place in found}
    return sorted(once.values(), key=lambda p: plain(p["colonia"]))[:OFFERED]


def _known(institution_id: int) -> list[Place]:
    packs = Procedure.objects.filter(institution_id=institution_id, is_active=True).order_by()
    listed: list[Place] = []
    for pack in packs.values_list("pack", flat=True).distinct():
        path = Path(settings.MANUALS_DIR) / pack / FILE
        if path.is_file():
            listed += _table(path, path.stat().st_mtime_ns)
    return listed or _typed_before(institution_id)


@lru_cache(maxsize=8)
def _table(path: Path, _changed: int) -> list[Place]:
    """The rows of the file; those without a postal code of five digits or a colonia are left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = islice(csv.DictReader(file), MOST_ROWS)
        found = [{column: (row.get(column) or "").strip() for column in COLUMNS} for row in rows]
    return [place for place in found if place["colonia"] and _is_code(place["codigo_postal"])]


def _is_code(text: str) -> bool:
    return len(text) == 5 and text.isascii() and text.isdigit()


def _typed_before(institution_id: int) -> list[Place]:
    """The addresses in the institution's latest filings."""
    rows = Filing.objects.filter(institution_id=institution_id).order_by("-pk").values_list("values", flat=True)
    found = [place for values in rows[:LOOK_BACK] for place in _addresses(values)]
    return [{column: str(place.get(column, "")) for column in COLUMNS} for place in found]


def _addresses(value: Any) -> list[dict[str, Any]]:
    """Every address within filled values."""
    if isinstance(value, list):
        return [place for item in value for place in _addresses(item)]
    if not isinstance(value, dict):
        return []
    if value.get("colonia") and _is_code(str(value.get("codigo_postal", ""))):
        return [value]
    return [place for item in value.values() for place in _addresses(item)]
