"""What the checker says of `institucion.yaml`: the tree of units, the seats, the series."""

from __future__ import annotations

from .desk import Desk


def check_institution(desk: Desk) -> None:
    _units(desk)
    for position in desk.pack.institution.positions:
        if position.unit is None:
            told = f"El puesto «{position.key}» no tiene unidad."
            desk.warn(position.place, "position-without-unit", told, "Agregue `unidad: …`.")
        else:
            desk.known(position.place, "unit", position.unit, desk.units)
    _heads(desk)


def _units(desk: Desk) -> None:
    parents = {u.key: u.parent for u in desk.pack.institution.units}
    settled: set[str] = set()
    for unit in desk.pack.institution.units:
        if unit.parent is not None:
            desk.known(unit.place, "unit", unit.parent, desk.units)
        path: dict[str, None] = {}
        at: str | None = unit.key
        while at is not None and at in parents and at not in settled and at not in path:
            path[at] = None
            at = parents[at]
        if at in path:
            told = f"La unidad «{unit.key}» depende de sí misma."
            desk.error(unit.place, "unit-cycle", told, "Corrija `padre` en una de las unidades del círculo.")
        settled.update(path)


def _heads(desk: Desk) -> None:
    heads: dict[str, str] = {}
    for position in desk.pack.institution.positions:
        if not position.heads or position.unit is None:
            continue
        if position.unit in heads:
            told = f"La unidad «{position.unit}» tiene dos titulares: «{heads[position.unit]}» y «{position.key}»."
            desk.error(position.place, "two-heads", told, "Deje `titular: sí` en uno solo.")
        heads.setdefault(position.unit, position.key)
