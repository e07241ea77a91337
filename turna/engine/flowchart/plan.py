"""What a flowchart shows, before any coordinate: columns, rows, and where each way out of a row leads.

Columns are the responsables in the order in which they first act. Each activity has a row of its own, in the printed
order. A row that leads off the page, or to an end, does so by a pill of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..definitions import Activity, Procedure, Target
from ..flow import compile_procedure, expiry_target
from ..seats import seat_name
from ..wording import listed, who

Side = Literal["left", "right"]
Port = Literal["bottom", "left", "right", "pill"]


@dataclass(slots=True)
class Exit:
    """One way out of a row: to row `to` of the same picture, or to a pill that says `pill`."""

    label: str
    to: int | None
    pill: str = ""
    late: bool = False  # by a term that runs out
    port: Port = "bottom"
    target: str = ""


@dataclass(slots=True)
class Helper:
    """A column that takes part in an activity which stands in another column."""

    column: int
    word: str


@dataclass(slots=True)
class Row:
    activity: Activity
    column: int
    helpers: list[Helper] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    incoming: str = ""  # the steps of other pages that lead here, in words
    starts: bool = False

    @property
    def forks(self) -> bool:
        return not self.activity.is_decision and sum(not e.late for e in self.exits) > 1

    @property
    def joins(self) -> bool:
        return bool(self.activity.joins)

    def helps(self, columns: range) -> bool:
        return any(h.column in columns for h in self.helpers)


@dataclass(slots=True)
class Plan:
    columns: list[str]
    rows: list[Row]


def people_of(procedure: Procedure, names: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """By step: who takes part, the one who does it first, and with what word. `names`: positions by key."""
    known = {r.key: who(r) for a in procedure.activities for r in a.responsibles if r.kind == "position" and r.key}
    known = {**names, **known}
    return {a.step: _people(a, known) for a in procedure.activities}


def _people(activity: Activity, known: Mapping[str, str]) -> list[tuple[str, str]]:
    word = "Participa" if activity.mode == "all" else "O bien"
    people = [(who(r), word) for r in activity.responsibles] or [("Sin responsable", word)]
    people += [(seat_name(key, known), "Firma") for key in activity.signers]
    once: dict[str, str] = {}
    for name, part in people:
        once.setdefault(name, part)
    return list(once.items())


def plan(
    procedure: Procedure,
    activities: Sequence[Activity],
    pages: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
) -> Plan:
    """The rows of `activities`; `pages` tells on which page (from 1) every step of the procedure stands."""
    everybody = people_of(procedure, names or {})
    columns = list(dict.fromkeys(name for people in everybody.values() for name, _ in people))
    places = {a.step: i for i, a in enumerate(activities)}
    rows = []
    for activity in activities:
        own, *others = [(columns.index(name), word) for name, word in everybody[activity.step]]
        row = Row(activity, own[0], [Helper(c, w) for c, w in others if c != own[0]])
        row.exits = _exits(procedure, activity, places, pages or {})
        row.starts = activity is procedure.activities[0]
        rows.append(row)
    _incoming(procedure, rows, places, pages or {})
    for index, row in enumerate(rows):
        _ports(row, index, len(columns), rows)
    return Plan(columns, rows)


def _exits(procedure: Procedure, activity: Activity, places: Mapping[str, int], pages: Mapping[str, int]) -> list[Exit]:
    node = compile_procedure(procedure).nodes[activity.step]
    ways = [(a.label, a.target, False) for a in activity.answers] or [("", t, False) for t in node.targets]
    late = expiry_target(node)
    if late is not None:
        ways.append(("vence", late, True))
    return [Exit(label, places.get(str(t)), _pill(t, places, pages), late, target=str(t)) for label, t, late in ways]


def _pill(target: Target, places: Mapping[str, int], pages: Mapping[str, int]) -> str:
    if target.step is None:
        return f"Fin: {target.outcome}" if target.outcome else "Fin"
    if target.step in places:
        return ""
    return f"A la {target.step}, pág. {pages.get(target.step, '?')}"


def _incoming(procedure: Procedure, rows: list[Row], places: Mapping[str, int], pages: Mapping[str, int]) -> None:
    compiled = compile_procedure(procedure)
    outside = [step for step in compiled.nodes if step not in places]
    for row in rows:
        step = row.activity.step
        far = [s for s in outside if step in compiled.successors(s)]
        if far:
            numbers = sorted({pages.get(s, 0) for s in far})
            page = f"pág. {numbers[0]}" if len(numbers) == 1 else f"págs. {listed([str(n) for n in numbers])}"
            row.incoming = f"De la {listed(far)}, {page}"


def _ports(row: Row, index: int, columns: int, rows: list[Row]) -> None:
    """Which way out leaves below, which at a side, and which drops straight into its pill."""
    answers = [e for e in row.exits if not e.late]
    below = None
    if not row.forks:
        below = min(answers, key=lambda e: _rank(e, index))
    dropped = 0
    for way in row.exits:
        if way is below or (row.forks and way.to is not None and not way.late):
            way.port = "bottom"
        elif way.to is not None:
            way.port = _side(row, way.to, index, columns, rows)
        elif way.late or dropped == 2:
            way.port = "right"
        else:
            way.port = "pill"
            dropped += 1


def _rank(way: Exit, index: int) -> int:
    """How much a way out wants to leave below: to the next row, further on, out of the picture, back."""
    if way.to is None:
        return 2
    return 0 if way.to == index + 1 else 1 if way.to > index else 3


def _side(row: Row, to: int, index: int, columns: int, rows: list[Row]) -> Port:
    there = rows[to].column
    if to > index:
        return "left" if there < row.column else "right"
    return "left" if there + row.column <= columns - 1 else "right"
