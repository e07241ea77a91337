"""Messages from outside (`espera`): what arrives moves the tokens that wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core.calendar import now
from turna.core.rights import Standing
from turna.engine.flow import Receive

from ..definitions import definition_of
from .acting import completed_before, lock_case, once, refuse_unless_open, state_of
from .carrying import Entry
from .moving import apply_act
from .outcomes import Completed, Refused
from .step import at_desk


def receive_message(
    case_id: int, name: str, data: Mapping[str, Any] | None = None, *, by: Standing, act: UUID | None = None
) -> Completed:
    """The case's first token that waits for `name` goes on; `data` (JSON) stands in the history.

    `by`: who or what received it (`system_standing`). Raises: Refused: not_found, case_ended, suspended, not_allowed.
    """

    def do() -> Completed:
        moment = now()
        with at_desk() as desk:
            case = lock_case(desk, case_id)
            refuse_unless_open(case)
            definition = definition_of(case.version_id)
            waiting = (t for t in state_of(case).tokens if t.kind == "message")
            token = next((t for t in waiting if definition.activity(t.step).waits_for == name), None)
            if token is None:
                raise Refused("not_allowed", _("El expediente no espera «%(name)s».") % {"name": name})
            told = {"message": name, "step": token.step, "token": token.id, "data": dict(data or {})}
            entry = Entry("message.received", told, by.actor_id, None, act)
            return apply_act(desk, case, by, Receive(token.id, name), entry, moment)

    return once(act, do, completed_before)
