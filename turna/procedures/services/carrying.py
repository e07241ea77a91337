"""Carrying out a move: from what the flow says (`engine.flow`) to the rows of one act.

Every act that moves a case ends here, so that the task, the case, the history and the next tasks are always written
the same way. What else an act brings about (children, actions, the parent's turn) is in `effects`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from turna.core.audit import entry_hash
from turna.engine.flow import IllegalAct, Move, State, Token

from ..definitions import Definition
from .memory import forget
from .outcomes import Refused
from .placing import NewTask, Scene, place
from .step import CaseRow, Desk, TaskRow, Write

CHAIN = "case"
as_text = json.JSONEncoder(ensure_ascii=False).encode
# The flow's refusals in the words of the services.
_CODES = {
    "ended": "case_ended",
    "not_ended": "not_allowed",
    "gone": "already_done",
    "slot_done": "already_done",
    "answer_missing": "wrong_answer",
    "answer_unknown": "wrong_answer",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the history says of an act. `data`: JSON values only."""

    action: str
    data: dict[str, Any]
    actor_id: int | None = None
    on_behalf_of: int | None = None
    act: UUID | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """The task that somebody has done with this act."""

    task: TaskRow
    answer: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """A format filled with this act. `note`: what the activity's action says of it in the history."""

    format: str
    step: str
    round: int
    values: Mapping[str, Any]
    number: str = ""
    task_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What was written: the case as it is now, and the tasks opened with their ids."""

    case: CaseRow
    tasks: tuple[NewTask, ...]
    ids: tuple[int, ...]
    outcome: str | None


def refusal(error: IllegalAct) -> Refused:
    return Refused(_CODES.get(error.code, "not_allowed"), str(error))


def carry_out(
    desk: Desk,
    scene: Scene,
    move: Move,
    entry: Entry,
    *,
    before: State,
    acted: Acted | None = None,
    filed: Sequence[Filed] = (),
    ended_as: str = "ended",
) -> Carried:
    """Writes everything that `move` means for a locked case, in one go. Returns the case as it is now."""
    case, now = scene.case, scene.now
    tasks = tuple(_new_tasks(scene, before, move))
    outcome = move.state.outcome
    data = {**entry.data, **_told(move, tasks)}
    text, seal = seal_entry(case, entry, data, now)
    after = _after(case, move, seal, ended_as if outcome else case.status)
    writes = list(_acted(acted, entry, now))
    writes += _closings(scene, before, move, acted)
    writes += [_filing(scene, filing, entry) for filing in filed]
    writes.append(("entry", _entry_params(case, entry, text, seal, now)))
    running = outcome is None
    status = (after.state, after.rev, after.head_seq, seal, after.status, outcome or "")
    writes.append(("case", (*status, None if running else now, running, case.id)))
    if tasks:
        rows = [p for task in tasks for p in task.params(case.institution_id, case.id, now)]
        writes.append((f"open:{len(tasks)}", rows))
    desk.write(writes)
    ids = tuple(desk.new_ids()) if tasks else ()
    if not desk.hot:
        forget(case.id)
    return Carried(after, tasks, ids, outcome)


def record(desk: Desk, case: CaseRow, entry: Entry, now: datetime) -> CaseRow:
    """Appends to the history of a locked case an act that does not move it. Returns the case as it is now."""
    text, seal = seal_entry(case, entry, entry.data, now)
    head = ("head", (case.rev + 1, case.head_seq + 1, seal, case.id))
    desk.write([("entry", _entry_params(case, entry, text, seal, now)), head])
    forget(case.id)
    return replace_case(case, rev=case.rev + 1, head_seq=case.head_seq + 1, head_hash=seal)


def replace_case(case: CaseRow, **changed: Any) -> CaseRow:
    values = {name: changed.get(name, getattr(case, name)) for name in CaseRow.__slots__}
    return CaseRow(**values)


# --- The parts ---------------------------------------------------------------------


def seal_entry(case: CaseRow, entry: Entry, data: dict[str, Any], now: datetime) -> tuple[str, str]:
    """(the entry's data as text, its seal)."""
    seal = entry_hash(
        case.head_hash,
        chain_kind=CHAIN,
        chain_id=case.id,
        seq=case.head_seq + 1,
        at=now,
        actor_id=entry.actor_id,
        on_behalf_of_id=entry.on_behalf_of,
        action=entry.action,
        data=data,
        act=entry.act,
    )
    return as_text(data), seal


def _entry_params(case: CaseRow, entry: Entry, text: str, seal: str, now: datetime) -> tuple[Any, ...]:
    """As `step.ENTRY` lists them."""
    head = (case.institution_id, CHAIN, case.id, case.head_seq + 1, now, entry.actor_id, entry.on_behalf_of)
    return (*head, entry.action, text, entry.act, case.head_hash, seal)


def _after(case: CaseRow, move: Move, seal: str, status: str) -> CaseRow:
    c, state = case, as_text(move.state.to_json())
    return CaseRow(
        c.id, c.institution_id, c.procedure_id, c.version_id, c.folio, status, state, c.rev + 1, c.head_seq + 1, seal,
        c.applicant_id, c.applicant_unit_id, c.opened_by_id, c.opened_at, c.parent_id, c.parent_token, c.parent_slot,
        c.calendar_version, c.time_zone, c.reachable,
    )  # fmt: skip


def _acted(acted: Acted | None, entry: Entry, now: datetime) -> Iterator[Write]:
    if acted is not None:
        params = (now, entry.actor_id, entry.on_behalf_of, acted.answer, acted.reason, acted.task.id)
        yield "done", params


def _filing(scene: Scene, filed: Filed, entry: Entry) -> Write:
    """As `step.FILING` lists them."""
    case = scene.case
    values = as_text(filed.values)
    place_ = (filed.task_id, filed.format, filed.step, filed.round, values, filed.number)
    return "filing", (case.institution_id, case.id, *place_, entry.actor_id, scene.now)


def _closings(scene: Scene, before: State, move: Move, acted: Acted | None) -> list[Write]:
    """Tasks that close because their token has gone or become something else."""
    changed = {t.id: t for t in move.changed}
    gone = {t.id for t in move.closed} | {n for n, t in changed.items() if _was(before, n).kind != t.kind}
    done = (acted.task.token, acted.task.slot) if acted is not None else (0, 0)
    tokens = [t.id for t in before.tokens if t.id in gone and _left(t, done)]
    if not tokens:
        return []
    spared = acted.task.id if acted is not None else 0
    return [(f"close:{len(tokens)}", (scene.now, scene.case.id, spared, *tokens))]


def _left(token: Token, done: tuple[int, int]) -> bool:
    """Whether the token has open tasks besides the one just done."""
    return token.kind in ("work", "sign") and any((token.id, slot) != done for slot in token.slots)


def _was(before: State, number: int) -> Token:
    token = before.token(number)
    assert token is not None
    return token


def _new_tasks(scene: Scene, before: State, move: Move) -> Iterator[NewTask]:
    for token in move.opened:
        yield from place(scene, token)
    for token in move.changed:
        was = _was(before, token.id)
        if was.kind != token.kind:
            yield from place(scene, token)
        else:
            fresh = tuple(s for s in token.slots if s not in was.slots)
            yield from place(scene, token, fresh)


def _told(move: Move, tasks: Sequence[NewTask]) -> dict[str, Any]:
    """What the history says of where the act led."""
    told: dict[str, Any] = {}
    opened = list(dict.fromkeys(t.step for t in (*move.opened, *move.changed) if t.kind != "parked"))
    if opened:
        told["opened"] = opened
    if move.passed:
        told["passed"] = [list(pair) for pair in move.passed]
    if move.state.outcome is not None:
        told["outcome"] = move.state.outcome
    return told


def scene_of(case: CaseRow, definition: Definition, now: datetime, reason: str = "") -> Scene:
    return Scene(case, definition, now, reason)
