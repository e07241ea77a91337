"""Applying any act of the flow to a locked case: what signing, expiring, moving and the rest share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from turna.core import events
from turna.core.rights import Standing
from turna.engine.flow import Act, IllegalAct, advance

from ..definitions import definition_of
from ..events import CaseEnded
from .acting import opened_tasks, state_of
from .carrying import Acted, Carried, Entry, Filed, carry_out, refusal
from .data import CaseData
from .effects import Work, after_effects
from .outcomes import Completed
from .placing import Scene
from .step import CaseRow, Desk


def apply_act(
    desk: Desk,
    case: CaseRow,
    by: Standing,
    act: Act,
    entry: Entry,
    now: datetime,
    *,
    reason: str = "",
    acted: Acted | None = None,
    filed: Sequence[Filed] = (),
    ended_as: str = "ended",
) -> Completed:
    """Advances the case, writes it, and sees to what follows. Raises: Refused. Publishes: CaseEnded."""
    definition = definition_of(case.version_id)
    data = CaseData(definition, case, now, {f.format: f.values for f in filed})
    scene, before = Scene(case, definition, now, reason, data), state_of(case)
    try:
        move = advance(definition.procedure, before, act, data)
    except IllegalAct as error:
        raise refusal(error) from None
    carried: Carried = carry_out(desk, scene, move, entry, before=before, acted=acted, filed=filed, ended_as=ended_as)
    carried = after_effects(Work(desk, scene, by, entry.on_behalf_of), move, carried)
    if carried.outcome is not None:
        events.publish(CaseEnded(case.id, case.institution_id, carried.outcome))
    return Completed(case.id, opened_tasks(definition, carried.tasks, carried.ids), carried.outcome)
