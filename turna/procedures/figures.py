"""What the last cases of a procedure say about it, beside what its manual promises. Reads only.

It looks at a bounded number of cases by their index, so it costs the same whether the procedure has run a thousand
times or a million. Durations are counted as the manual counts: working days by the institution's calendar where it
promises working days.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

from django.db.models import Q
from django.utils.translation import ngettext

from turna.core.calendar import WorkingCalendar
from turna.engine.definitions import Activity, TermUnit
from turna.engine.definitions import Procedure as Drawn

from .models import Case, Procedure, Task

LOOK_BACK = 1000
"""Cases looked at, the last ones opened."""
CLOSELY = 300
"""Of them, those whose tasks are read one by one."""
FEWEST = 5
"""Fewer than this would tell about persons rather than about the procedure: only officials see them."""

_PROMISE = re.compile(
    r"(?:de\s+)?(?:(\d+)\s+a\s+)?(\d+)\s+(días? hábil(?:es)?|días? natural(?:es)?|días?|horas?|minutos?)", re.I
)
_UNITS: tuple[tuple[str, TermUnit], ...] = (
    ("hábil", "working_days"),
    ("día", "calendar_days"),
    ("hora", "hours"),
    ("minuto", "minutes"),
)


@dataclass(frozen=True, slots=True)
class Spell:
    """How long something took: in `unit`, of `count` times. `p90`: nine of ten took no longer."""

    median: float
    p90: float
    unit: TermUnit
    count: int

    @property
    def median_words(self) -> str:
        return amount_words(self.median, self.unit)

    @property
    def p90_words(self) -> str:
        return amount_words(self.p90, self.unit)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the manual says it takes: at most `most` of `unit`, as it is printed (`text`). `name`: which promise."""

    name: str
    text: str
    most: int
    unit: TermUnit


@dataclass(frozen=True, slots=True)
class ActivityFigures:
    """One activity: how often it was done and how long it took; how many cases stand in it now."""

    activity: Activity
    done: int
    spell: Spell | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Way:
    """One answer to a question: how often it was given, in percent of all answers to it."""

    answer: str
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the `opened` cases looked at. `is_cut`: there are more, only the last LOOK_BACK were looked at. `in_time`:
    percent of the ended cases with a deadline that ended before it. `promises`: each with the percent of the ended
    cases that kept it."""

    opened: int
    running: int
    ended: int
    is_cut: bool
    spell: Spell | None
    in_time: int | None
    promises: tuple[tuple[Promise, int | None], ...]
    activities: tuple[ActivityFigures, ...]
    ways: tuple[tuple[Activity, tuple[Way, ...]], ...]


Row = tuple[int, str, datetime, datetime | None, datetime | None]
Done = tuple[int, str, str, datetime, datetime | None, str]


def figures_of(
    procedure: Procedure, drawn: Drawn, calendar: WorkingCalendar, since: datetime | None = None
) -> Figures | None:
    """Of the cases opened from `since` on; None when there is none. Two statements."""
    rows = _cases(procedure, since)
    if not rows:
        return None
    ended = [(opened, end, due) for _pk, status, opened, end, due in rows if status == "ended" and end is not None]
    promises = promises_of(drawn)
    unit = promises[0].unit if promises else "working_days"
    tasks = _tasks(rows)
    with_term = [end <= due for _opened, end, due in ended if due is not None]
    return Figures(
        opened=len(rows),
        running=sum(status in ("open", "suspended") for _pk, status, *_rest in rows),
        ended=len(ended),
        is_cut=len(rows) == LOOK_BACK,
        spell=_spell([(opened, end) for opened, end, _due in ended], unit, calendar),
        in_time=_percent(with_term) if with_term else None,
        promises=tuple((p, _kept(p, [(o, e) for o, e, _due in ended], calendar)) for p in promises),
        activities=_activities(drawn, tasks, calendar),
        ways=_ways(drawn, tasks),
    )


# --- The cases behind a number ---------------------------------------------------------


def cases_behind(
    procedure: Procedure, what: str, step: str = "", answer: str = "", since: datetime | None = None
) -> list[int]:
    """Ids of the cases that a number counts, newest first. `what`: abiertos, en-tramite, concluidos, a-tiempo, tarde,
    hechas (of `step`), esperan (in `step`), respuesta (`answer` at `step`); of anything else, none."""
    rows = _cases(procedure, since)
    if what in _OF_CASES:
        return [row[0] for row in rows if _OF_CASES[what](row)]
    wanted = {
        "hechas": lambda task: task[2] == "done",
        "esperan": lambda task: task[2] == "open",
        "respuesta": lambda task: task[2] == "done" and task[5] == answer,
    }.get(what)
    if wanted is None:
        return []
    found = {task[0] for task in _tasks(rows) if task[1] == step and wanted(task)}
    return [row[0] for row in rows if row[0] in found]


def _ended_in_time(row: Row) -> bool | None:
    _pk, status, _opened, end, due = row
    return None if status != "ended" or end is None or due is None else end <= due


_OF_CASES = {
    "abiertos": lambda row: True,
    "en-tramite": lambda row: row[1] in ("open", "suspended"),
    "concluidos": lambda row: row[1] == "ended",
    "a-tiempo": lambda row: _ended_in_time(row) is True,
    "tarde": lambda row: _ended_in_time(row) is False,
}


# --- Reading ---------------------------------------------------------------------------


def _cases(procedure: Procedure, since: datetime | None) -> list[Row]:
    rows = Case.objects.filter(institution_id=procedure.institution_id, procedure=procedure)
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    columns = ("pk", "status", "opened_at", "ended_at", "due_at")
    return list(rows.order_by("-opened_at").values_list(*columns)[:LOOK_BACK])


def _tasks(rows: Sequence[Row]) -> list[Done]:
    """The work of the last CLOSELY cases, and what is open in all that run. Routed matters and signatures are part of
    somebody's activity, not activities."""
    closely = [row[0] for row in rows[:CLOSELY]]
    running = [row[0] for row in rows[CLOSELY:] if row[1] in ("open", "suspended")]
    wanted = Q(case__in=closely) | Q(case__in=running, status="open")
    tasks = Task.objects.filter(wanted, kind=Task.Kind.WORK).exclude(status=Task.Status.CLOSED)
    return list(tasks.values_list("case_id", "step", "status", "opened_at", "done_at", "answer"))


# --- Counting --------------------------------------------------------------------------


def _activities(drawn: Drawn, tasks: Iterable[Done], calendar: WorkingCalendar) -> tuple[ActivityFigures, ...]:
    spans: Mapping[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    waiting: Mapping[str, set[int]] = defaultdict(set)
    for case, step, status, opened, done, _answer in tasks:
        if status == "open":
            waiting[step].add(case)
        elif done is not None:
            spans[step].append((opened, done))
    return tuple(
        ActivityFigures(
            activity,
            len(spans[activity.step]),
            _spell(spans[activity.step], activity.term.unit if activity.term else "working_days", calendar),
            len(waiting[activity.step]),
        )
        for activity in drawn.activities
        if spans[activity.step] or waiting[activity.step]
    )


def _ways(drawn: Drawn, tasks: Iterable[Done]) -> tuple[tuple[Activity, tuple[Way, ...]], ...]:
    given: Mapping[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _case, step, status, _opened, _done, answer in tasks:
        if status == "done" and answer:
            given[step][answer] += 1
    found = []
    for activity in drawn.activities:
        counts = given.get(activity.step)
        if activity.is_decision and counts:
            labels = [a.label for a in activity.answers]
            whole = sum(counts.values())
            order = [*labels, *(c for c in counts if c not in labels)]  # an earlier version may have had others
            ways = (Way(label, counts.get(label, 0), round(100 * counts.get(label, 0) / whole)) for label in order)
            found.append((activity, tuple(ways)))
    return tuple(found)


def _spell(spans: Sequence[tuple[datetime, datetime]], unit: TermUnit, calendar: WorkingCalendar) -> Spell | None:
    if not spans:
        return None
    taken = sorted(elapsed(start, end, unit, calendar) for start, end in spans)
    return Spell(round(median(taken), 1), round(taken[ceil(0.9 * len(taken)) - 1], 1), unit, len(taken))


def elapsed(start: datetime, end: datetime, unit: TermUnit, calendar: WorkingCalendar) -> float:
    """From `start` to `end` as a term in `unit` counts: the day after the start is day 1."""
    if unit == "working_days":
        return calendar.working_days_between(calendar.local_day(start), calendar.local_day(end))
    if unit == "calendar_days":
        return (calendar.local_day(end) - calendar.local_day(start)).days
    return (end - start).total_seconds() / (3600 if unit == "hours" else 60)


def _kept(promise: Promise, spans: Sequence[tuple[datetime, datetime]], calendar: WorkingCalendar) -> int | None:
    kept = [elapsed(start, end, promise.unit, calendar) <= promise.most for start, end in spans]
    return _percent(kept) if kept else None


def _percent(hits: Sequence[bool]) -> int:
    return round(100 * sum(hits) / len(hits))


# --- The promise -----------------------------------------------------------------------


def promises_of(drawn: Drawn) -> list[Promise]:
    """What the manual promises of the whole procedure: its average time if that is a time, and its term."""
    found = []
    said = _PROMISE.fullmatch(drawn.average_time.strip().rstrip("."))
    if said is not None:
        word = said[3].lower()
        unit = next(unit for sign, unit in _UNITS if sign in word)
        found.append(Promise("tiempo_promedio", drawn.average_time, int(said[2]), unit))
    if drawn.term is not None:
        text = drawn.term.text or amount_words(drawn.term.amount, drawn.term.unit)
        found.append(Promise("plazo", text, drawn.term.amount, drawn.term.unit))
    return found


def amount_words(amount: float, unit: TermUnit) -> str:
    """`3 días hábiles`, `2.5 horas`; no whole day is the same day."""
    shown = f"{amount:g}"
    if unit in ("working_days", "calendar_days") and amount == 0:
        return ngettext("el mismo día", "el mismo día", 0)
    count = 1 if amount == 1 else 2
    words = {
        "working_days": ngettext("%(n)s día hábil", "%(n)s días hábiles", count),
        "calendar_days": ngettext("%(n)s día natural", "%(n)s días naturales", count),
        "hours": ngettext("%(n)s hora", "%(n)s horas", count),
        "minutes": ngettext("%(n)s minuto", "%(n)s minutos", count),
    }
    return words[unit] % {"n": shown}
