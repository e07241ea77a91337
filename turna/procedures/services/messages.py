"""Messages from outside (`espera`): what arrives moves the tokens that wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext as _

from turna.core.calendar import now
from turna.core.rights import Standing
from turna.engine.definitions import Activity
from turna.engine.flow import Receive, Token

from ..definitions import Definition, definition_of
from ..models import Case
from .acting import completed_before, once, refuse_unless_open, seen_case, state_of
from .carrying import Entry
from .clock import recount
from .moving import apply_act
from .outcomes import Completed, Refused
from .placing import Scene, owners_of
from .step import CaseRow, at_desk


def receive_message(
    case_id: int, name: str, data: Mapping[str, Any] | None = None, *, by: Standing, act: UUID | None = None
) -> Completed:
    """The case's first token that waits for `name` goes on; `data` (JSON) stands in the history.

    `by`: what received it (`system_standing`: another service, the `turna message` command), or an official who answers
    for the activity that waits, or supervises the case.
    Raises: Refused: not_found, case_ended, suspended, not_allowed.
    """

    def do() -> Completed:
        moment = now()
        with at_desk() as desk:
            case = seen_case(desk, case_id, by)
            refuse_unless_open(case)
            definition = definition_of(case.version_id)
            token = _waiting(case, definition, name)
            if by.person_id and not may_record(case, definition.activity(token.step), by):
                raise Refused("not_allowed", _("Esto lo registra quien responde por la actividad que espera."))
            told = {"message": name, "step": token.step, "token": token.id, "data": dict(data or {})}
            entry = Entry("message.received", told, by.actor_id, None, act)
            done = apply_act(desk, case, by, Receive(token.id, name), entry, moment)
            if definition.term is not None and definition.term.since == name and done.outcome is None:
                recount(case, _("llegó lo que el plazo esperaba para contarse"), moment)
            return done

    return once(act, do, completed_before)


def messages_awaited(case: Case, by: Standing) -> list[tuple[str, str]]:
    """(message, activity that waits for it) of what this person may record as arrived."""
    definition = definition_of(case.version_id)
    found: dict[str, str] = {}
    for wait in case.waits.filter(closed_at__isnull=True, kind="message").order_by("token"):
        activity = definition.activity(wait.step)
        if may_record(case, activity, by):
            found.setdefault(wait.name, activity.text)
    return list(found.items())


def may_record(case: CaseRow | Case, activity: Activity, by: Standing) -> bool:
    """Whether the person answers for the activity, or supervises the case."""
    if by.institution_id != case.institution_id:
        return False
    scene = Scene(cast("CaseRow", case), definition_of(case.version_id), now())  # whose it is, both tell alike
    for position_id, person_id in owners_of(scene, activity):
        if position_id is None and person_id == by.person_id:
            return True
        if position_id is not None and by.acts_for(position_id):
            return True
    unit = Case.objects.select_related("procedure__unit").get(pk=case.id).procedure.unit
    return by.can("cases.move") or (unit is not None and by.heads(unit.path))


def _waiting(case: CaseRow, definition: Definition, name: str) -> Token:
    """The first token that waits for the message. Raises: Refused("not_allowed")."""
    for token in state_of(case).tokens:
        activity = definition.activity(token.step)
        if token.kind == "message" and activity.pause is None and activity.waits_for == name:
            return token
    raise Refused("not_allowed", _("El expediente no espera «%(name)s».") % {"name": name})
