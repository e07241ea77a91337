"""Calling the action of an activity: what it is handed. When it is called is `effects`' business."""

from __future__ import annotations

from turna.core.rights import Standing
from turna.engine.definitions import Activity

from ..actions import ACTIONS, Context, Done
from .carrying import Filed
from .placing import Scene, owner_of


def call_action(scene: Scene, by: Standing, activity: Activity, filed: Filed | None, position_id: int | None) -> Done:
    """Runs the action inside the transaction of the act. Raises: ActionFailed."""
    form = scene.definition.formats.get(filed.format) if filed is not None else None
    context = Context(
        institution_id=scene.case.institution_id,
        case_id=scene.case.id,
        step=activity.step,
        now=scene.now,
        person_id=by.actor_id,
        form=filed.format if filed is not None else None,
        values=filed.values if filed is not None else {},
        data=scene.data.all if scene.data is not None else {},
        number=filed.number if filed is not None else "",
        fields=frozenset(f.key for f in form.fields) if form is not None else frozenset(),
        told=activity.action_with,
        pack=scene.definition.procedure.pack,
        position_id=position_id,
        doer_of=lambda action: _doer(scene, action),
    )
    return ACTIONS.get(activity.action or "")(context)


def _doer(scene: Scene, action: str) -> int | None:
    """The position of the first activity that calls `action`; None: there is none, or a person does it."""
    found = next((a for a in scene.definition.procedure.activities if a.action == action), None)
    if found is None or not found.responsibles:
        return None
    return owner_of(scene, found.responsibles[0])[0]
