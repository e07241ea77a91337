"""Runs contenders in turns and reports medians and ratios."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 5


@dataclass
class Row:
    """One line of the result: `value` in `unit`; `ratio` is ours divided by theirs."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    runs: list[float] = field(default_factory=list)
    goal: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "ratio": self.ratio, "runs": self.runs}


Contender = Callable[[], Callable[[], int]]
"""Prepares a run (cases begun, nothing timed) and returns the work, which says how many acts it did."""


def rate(contender: Contender) -> float:
    """Acts per second of one run; preparing is not timed."""
    work = contender()
    begin = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - begin)


def in_turns(contenders: dict[str, Contender], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Each contender once a round, so that a slow minute of the machine hits all alike. First round is a warm-up."""
    runs: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, contender in contenders.items():
            speed = rate(contender)
            if turn:
                runs[name].append(round(speed, 1))
            print(f"  {name}: {speed:,.0f}/s", file=sys.stderr)
    return runs


def against(what: str, runs: dict[str, list[float]], ours: str, unit: str, goals: dict[str, str]) -> list[Row]:
    """One row per peer: our median, and the median of the ratios within each round."""
    rows = []
    for name, theirs in runs.items():
        if name == ours:
            continue
        ratios = [mine / other for mine, other in zip(runs[ours], theirs, strict=True)]
        rows.append(
            Row(
                f"{what}/{name}",
                statistics.median(runs[ours]),
                unit,
                round(statistics.median(ratios), 2),
                [round(ratio, 2) for ratio in ratios],
                goals.get(name, ""),
            )
        )
    return rows


def table(rows: list[Row]) -> str:
    """The rows as one aligned table."""
    head = ("medida", "Turna", "unidad", "razón", "meta")
    lines = [(r.name, f"{r.value:,.1f}", r.unit, "" if r.ratio is None else f"{r.ratio:.2f}", r.goal) for r in rows]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *lines]
    )
