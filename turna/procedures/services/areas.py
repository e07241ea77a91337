"""Units that the data of a case name: by id (what a field of type `unidad` keeps), by key, or as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from turna.core.models import Unit

_BESIDE = " — "
"""Between a unit's name and its parent's, where the name alone would be two units."""


def area_named(institution_id: int, word: str) -> Unit | None:
    """The unit of the institution that `word` names; None: there is none."""
    own = Unit.objects.filter(institution=institution_id)
    if word.isdigit():
        return own.filter(pk=int(word)).first()
    name, _beside, parent = word.partition(_BESIDE)
    called = own.filter(name=name, parent__name=parent) if parent else own.filter(name=name)
    return own.filter(key=word).first() or called.order_by("pk").first()


def as_read(institution_id: int, words: Sequence[str]) -> list[str]:
    """Each unit by its name, with its parent's where others are called the same; what names no unit stays."""
    found = {word: area_named(institution_id, word) for word in words}
    names = [unit.name for unit in found.values() if unit is not None]
    rows = Unit.objects.filter(institution=institution_id, name__in=names).values_list("name", flat=True)
    shared = {name for name in names if list(rows).count(name) > 1}
    return [_read(unit, shared) if (unit := found[word]) is not None else word for word in words]


def _read(unit: Unit, shared: set[str]) -> str:
    return f"{unit.name}{_BESIDE}{unit.parent.name}" if unit.name in shared and unit.parent else unit.name
