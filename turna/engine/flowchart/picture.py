"""A drawn page as plain figures: boxes, lines and words with their places, ready to be written as SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Point = tuple[float, float]
Kind = Literal["step", "helper", "question", "pill", "bar", "header"]


@dataclass(slots=True)
class Shape:
    """A figure with its text lines, centred on `x`, from `top` down. `step`: the activity it belongs to."""

    kind: Kind
    x: float
    top: float
    width: float
    height: float
    lines: list[str] = field(default_factory=list)
    step: str = ""
    current: bool = False
    done: bool = False

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(slots=True)
class Line:
    """An edge along `points`; its arrow stands at the last one. `label` is written from `spot` on."""

    points: list[Point]
    source: str
    target: str
    kind: Literal["edge", "late", "helper", "own"] = "edge"
    label: str = ""
    spot: Point = (0.0, 0.0)
    anchor: Literal["start", "end"] = "start"


@dataclass(slots=True)
class Picture:
    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    bands: list[tuple[float, float]] = field(default_factory=list)  # left edge and width of each column's ground
    header: float = 0.0
