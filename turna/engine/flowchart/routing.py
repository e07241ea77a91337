"""Lines without coordinates: which channels an edge runs through, and which lane of each is its own.

Channels lie where no box ever stands: the vertical channel `c` left of column `c` (the last one right of all
columns) and the horizontal channel `r` above row `r`. Lanes are given so that no two edges lie on each other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from .plan import Exit, Plan, Row, Side

Entry = Literal["top", "left", "right", "pill"]


@dataclass(slots=True)
class Leg:
    """A stretch in a channel. `start`, `end` in half places: 2n is channel n across, 2n + 1 is row or column n."""

    vertical: bool
    channel: int
    start: int
    end: int
    lane: int = 0

    @property
    def length(self) -> int:
        return abs(self.end - self.start)

    def touches(self, other: Leg) -> bool:
        mine, theirs = sorted((self.start, self.end)), sorted((other.start, other.end))
        return mine[0] <= theirs[1] and theirs[0] <= mine[1]


@dataclass(slots=True)
class Route:
    """An edge: from `way` of row `source` into row `way.to`, or (to None) into a pill of its own row."""

    source: int
    way: Exit
    entry: Entry
    legs: list[Leg] = field(default_factory=list)
    straight: bool = False


def route(plan: Plan) -> list[Route]:
    """The routes of all edges, with their lanes."""
    routes = [_route(plan, index, way) for index, row in enumerate(plan.rows) for way in row.exits]
    channels: dict[tuple[bool, int], list[Leg]] = defaultdict(list)
    for one in routes:
        for leg in one.legs:
            channels[leg.vertical, leg.channel].append(leg)
    for legs in channels.values():
        _lanes(legs)
    return routes


def _lanes(legs: list[Leg]) -> None:
    """Short stretches first, so that long ones lie outside them; each in the first lane that is free there."""
    placed: list[Leg] = []
    for leg in sorted(legs, key=lambda leg: leg.length):
        taken = {other.lane for other in placed if leg.touches(other)}
        leg.lane = next(n for n in range(len(legs) + 1) if n not in taken)
        placed.append(leg)


def _route(plan: Plan, index: int, way: Exit) -> Route:
    row = plan.rows[index]
    if way.to is None:
        return _to_pill(row, index, way)
    target = plan.rows[way.to]
    if way.port == "bottom" and not row.forks and way.to == index + 1 and target.column == row.column:
        return Route(index, way, "top", straight=True)
    if way.to > index:
        return Route(index, way, "top", _ahead(row, index, way, target))
    side, entry = _back_entry(plan, row, target)
    return Route(index, way, entry, _back(plan, row, index, way, side, entry))


def _to_pill(row: Row, index: int, way: Exit) -> Route:
    if way.port != "right":
        return Route(index, way, "pill", straight=True)
    return Route(index, way, "pill", [Leg(True, row.column + 1, 2 * index + 1, 2 * index + 1)])


def _column(row: Row) -> int:
    return 2 * row.column + 1


def _ahead(row: Row, index: int, way: Exit, target: Row) -> list[Leg]:
    assert way.to is not None
    to = way.to
    if way.port != "bottom":
        channel = row.column + (way.port == "right")
        down = Leg(True, channel, 2 * index + 1, 2 * to)
        return [down, Leg(False, to, 2 * channel, _column(target))]
    if to == index + 1:
        return [Leg(False, to, _column(row), _column(target))]
    channel = target.column + (target.column < row.column)
    if target.column == row.column:
        channel = row.column + 1
    return [
        Leg(False, index + 1, _column(row), 2 * channel),
        Leg(True, channel, 2 * index + 2, 2 * to),
        Leg(False, to, 2 * channel, _column(target)),
    ]


def _back_entry(plan: Plan, row: Row, target: Row) -> tuple[Side, Entry]:
    """The margin by which to go back, and where to come in: at that side, unless helpers stand in the way."""
    count = len(plan.columns)
    side: Side = "left" if row.column + target.column <= count - 1 else "right"
    crossed = range(target.column) if side == "left" else range(target.column + 1, count)
    return side, "top" if target.helps(crossed) else side


def _back(plan: Plan, row: Row, index: int, way: Exit, side: Side, entry: Entry) -> list[Leg]:
    assert way.to is not None
    count = len(plan.columns)
    margin = 0 if side == "left" else count
    end = 2 * way.to if entry == "top" else 2 * way.to + 1
    legs = []
    start = 2 * index + 1
    near = row.column + (way.port == "right")
    crossed = range(row.column) if side == "left" else range(row.column + 1, count)
    blocked = way.late and row.helps(crossed)
    if way.port == "bottom":
        start = 2 * index + 2
        legs.append(Leg(False, index + 1, _column(row), 2 * margin))
    elif blocked and near != margin:
        start = 2 * index + 2
        legs += [Leg(True, near, 2 * index + 1, start), Leg(False, index + 1, 2 * near, 2 * margin)]
    legs.append(Leg(True, margin, start, end))
    if entry == "top":
        legs.append(Leg(False, way.to, 2 * margin, _column(plan.rows[way.to])))
    return legs
