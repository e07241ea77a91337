"""What a case waits for: written down when it begins to wait, closed when it no longer does, counted anew.

What happens when a wait's term warns or runs out is in `expiring`; what a message does, in `messages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from turna.core.calendar import NEVER
from turna.core.deadlines import Term, due, warn_at
from turna.engine.definitions import Activity
from turna.engine.flow import Move, Token

from ..definitions import core_term
from ..models import Wait
from .placing import Scene, counted_from, date_filled, pauses_of

WAITING = frozenset({"message", "child"})
"""The kinds of token that nobody has in their hands."""

Pauses = Sequence[tuple[datetime, datetime | None]]


def keep_waits(scene: Scene, move: Move) -> None:
    """Writes down what the case waits for after a move, and closes what it waited for before.

    Asks the database nothing when the move has to do with no wait.
    """
    over = [t.id for t in move.closed if t.kind in WAITING]
    over += [t.id for t in move.changed if t.kind not in WAITING and _waits(scene.definition.activity(t.step))]
    if over:
        rows = Wait.objects.filter(case=scene.case.id, token__in=over, closed_at__isnull=True)
        rows.update(closed_at=scene.now, next_at=None)
    for token in move.opened:
        if token.kind in WAITING:
            _open(scene, token)


def count(scene: Scene, wait: Wait, pauses: Pauses = ()) -> None:
    """Sets, without saving, from when the wait counts, when it runs out and when the worker looks at it next."""
    since = Term.from_json(wait.term).since if wait.term else None
    wait.counts_from = counted_from(scene, since, wait.opened_at)
    wait.due_at = _due(scene, wait, pauses)
    wait.next_at = _look_at(scene, wait)


def _due(scene: Scene, wait: Wait, pauses: Pauses) -> datetime | None:
    """None: no term; NEVER: the clock stands still. A date that nobody has filled is not waited for."""
    if wait.until:
        still = any(end is None for _begin, end in pauses)
        return NEVER if still else date_filled(scene, wait.until) or wait.opened_at
    if wait.term is None:
        return None
    return due(Term.from_json(wait.term), wait.counts_from, scene.calendar, pauses)


def _look_at(scene: Scene, wait: Wait) -> datetime | None:
    """At the warning while that is ahead, else at the end. A time that only passes warns nobody."""
    due_at = wait.due_at
    if due_at is None or due_at >= NEVER:
        return None
    if wait.kind == Wait.Kind.TIME or wait.term is None:
        return due_at
    warning = warn_at(Term.from_json(wait.term), wait.counts_from, due_at)
    return warning if warning > scene.now else due_at


def _waits(activity: Activity) -> bool:
    return activity.waits_for is not None or activity.call is not None


def _open(scene: Scene, token: Token) -> None:
    activity = scene.definition.activity(token.step)
    pause, term = activity.pause, core_term(activity.term)
    kind, name = Wait.Kind.MESSAGE, activity.waits_for or ""
    if token.kind == "child" and activity.call is not None:
        kind, name = Wait.Kind.CHILD, activity.call.procedure
    elif pause is not None:
        kind, term = Wait.Kind.TIME, core_term(pause.term)
    wait = Wait(
        institution_id=scene.case.institution_id,
        case_id=scene.case.id,
        token=token.id,
        step=token.step,
        round=token.round,
        kind=kind,
        name=name[:200],
        term=term.to_json() if term is not None else None,
        until=(pause.until or "") if pause is not None else "",
        opened_at=scene.now,
    )
    # What counts from now has no pause behind it; what counts from before may have.
    count(scene, wait, pauses_of(scene.case.id) if term is not None and term.since else ())
    wait.save()
