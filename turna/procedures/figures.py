"""What the last cases of a procedure say about it: how many, how long, how often in time. Reads only.

It looks at a bounded number of cases, so it costs the same whether the procedure has run ten times or a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from .models import Case, Procedure

LOOK_BACK = 300
FEWEST = 5  # fewer than this would tell about persons rather than about the procedure


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last `looked_at` cases. `median_days`: from folio to end, calendar days. `in_time`: percent of the ended
    cases with a deadline that ended before it; None when there are too few to say."""

    looked_at: int
    running: int
    ended: int
    median_days: float | None
    in_time: int | None


def figures_of(procedure: Procedure) -> Figures | None:
    """None when there are too few cases to show anything."""
    rows = list(
        Case.objects.filter(institution_id=procedure.institution_id, procedure=procedure)
        .order_by("-opened_at")
        .values_list("status", "opened_at", "ended_at", "due_at")[:LOOK_BACK]
    )
    return _figures(rows) if len(rows) >= FEWEST else None


Row = tuple[str, datetime, datetime | None, datetime | None]


def _figures(rows: Sequence[Row]) -> Figures:
    ended = [(opened, end, due) for status, opened, end, due in rows if status == "ended" and end is not None]
    with_term = [end <= due for _opened, end, due in ended if due is not None]
    days = [(end - opened).total_seconds() / 86_400 for opened, end, _due in ended]
    return Figures(
        looked_at=len(rows),
        running=sum(status in ("open", "suspended") for status, *_rest in rows),
        ended=len(ended),
        median_days=round(median(days), 1) if len(days) >= FEWEST else None,
        in_time=round(100 * sum(with_term) / len(with_term)) if len(with_term) >= FEWEST else None,
    )
