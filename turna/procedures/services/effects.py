"""What an act brings about beyond the rows of its step: numbers, documents and actions before it; children,
automatic activities and the parent's turn after it. Everything in the act's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import events, folios
from turna.core.models import FolioSeries
from turna.core.rights import Standing
from turna.engine.definitions import Activity
from turna.engine.expressions import identifier
from turna.engine.flow import ChildEnded, Complete, IllegalAct, Move, Token, advance

from ..actions import ActionFailed
from ..definitions import Definition, definition_of
from ..events import CaseEnded, CaseStarted
from ..models import Case, CaseDocument, Filing, ProcedureVersion, Task
from ..surroundings import surroundings
from .acting import state_of
from .calling import call_action
from .carrying import Acted, Carried, Entry, Filed, carry_out, record
from .children import inherited
from .clock import recount
from .data import CaseData, last_filings
from .issuing import Desk as IssuingDesk
from .issuing import issue_documents
from .opening import Opening, open_case
from .outcomes import Refused
from .placing import NewTask, Scene
from .step import CaseRow, Desk, TaskRow
from .telling import tell_applicant_of_step
from .waits import keep_waits

MOST_AUTOMATIC = 50
"""Automatic activities that one act may set off; more is a loop."""


@dataclass(frozen=True, slots=True)
class Work:
    """An act under way: at which desk, on which case, by whom (in whose absence). `above`: the cases whose acts this
    one is part of, which tell of their own end."""

    desk: Desk
    scene: Scene
    by: Standing
    behalf: int | None = None
    above: frozenset[int] = frozenset()

    def at(self, case: CaseRow) -> Work:
        """The same act on the case as it is now."""
        data = self.scene.data
        if data is not None:
            data = CaseData(data.definition, case, data.now)
        return replace(self, scene=replace(self.scene, case=case, reason="", data=data))


# --- Before ------------------------------------------------------------------------


def before_completing(
    work: Work, task: TaskRow, activity: Activity, filed: Filed | None, *, back: bool, last: bool = True
) -> Filed | None:
    """What completing an activity needs first: attachments, number, action, document. Going back needs none of it.
    Several who act together call the action and issue the document once, with the `last` of them.

    Raises: Refused: missing_file, action_failed.
    """
    if back:
        return filed
    _require_attachments(work, activity)
    if filed is not None:
        filed = replace(filed, number=_number(work, filed))
    if (
        activity.action is not None and last
    ):  # one that acts by itself comes here when it could not: a person tries again
        filed = _with_action(work, activity, filed, task.position_id)
    if filed is not None and work.scene.data is not None:
        work.scene.data.fresh[filed.format] = dict(filed.values)
    if activity.issues and last:
        _issue(work, task, activity, filed)
    return filed


def _require_attachments(work: Work, activity: Activity) -> None:
    needed = [a for a in activity.attachments if a.required]
    if not needed:
        return
    rows = CaseDocument.objects.filter(case=work.scene.case.id, withdrawn_at__isnull=True)
    there = set(rows.values_list("kind", flat=True))
    missing = [a.kind for a in needed if a.kind not in there]
    if missing:
        told = _("Falta adjuntar: %(kinds)s.") % {"kinds": ", ".join(missing)}
        raise Refused("missing_file", told, {f"adjunta:{kind}": told for kind in missing})


def _number(work: Work, filed: Filed) -> str:
    """The filing's number: the one this format has in the case already, else the next of its series."""
    series = work.scene.definition.formats[filed.format].series
    rows = Filing.objects.filter(case=work.scene.case.id, format=filed.format).exclude(number="")
    before = rows.values_list("number", flat=True).first()
    if before is not None or series is None:
        return before or ""
    institution = work.scene.case.institution_id
    row = FolioSeries.objects.select_related("institution").get(institution=institution, key=series)
    return folios.take(row, at=work.scene.now)


def _with_action(work: Work, activity: Activity, filed: Filed | None, position_id: int | None) -> Filed | None:
    try:
        done = call_action(work.scene, work.by, activity, filed, position_id)
    except ActionFailed as error:
        told = str(error)
        raise Refused("action_failed", told, {error.field: told} if error.field else None) from error
    if filed is None:
        return (
            None if not done.number else Filed(activity.action or "", activity.step, 1, dict(done.values), done.number)
        )
    values = {**filed.values, **done.values}
    return replace(filed, values=values, number=done.number or filed.number, note=done.note)


def _issue(work: Work, task: TaskRow, activity: Activity, filed: Filed | None) -> None:
    scene = work.scene
    desk = IssuingDesk(scene.case.id, scene.definition, task.step, task.id, work.by.actor_id, scene.now)
    fresh = {filed.format: dict(filed.values)} if filed is not None else {}
    issue_documents(desk, activity, fresh, filed.number if filed is not None else "")


# --- After -------------------------------------------------------------------------


def after_effects(work: Work, move: Move, carried: Carried, depth: int = 0) -> Carried:
    """Starts children, runs automatic activities, tells who waits outside, and gives a parent its turn."""
    definition = work.scene.definition
    keep_waits(work.scene, move)
    fresh = work.scene.data.fresh if work.scene.data is not None else {}
    if carried.outcome is None and definition.timing.intersection(map(identifier, fresh)):
        recount(carried.case, _("se llenó la fecha desde la que se cuenta"), work.scene.now)
    children = bool(move.calls)
    for token in move.opened:
        if token.kind == "child":
            children = True
            _start_children(work.at(carried.case), definition, token)
        if token.kind != "parked":
            tell_applicant_of_step(work.scene.case.id, definition.activity(token.step), token.round, work.scene.now)
    for procedure, step in move.calls:
        _start_child(work.at(carried.case), definition, procedure, step, None)
    if children:
        carried = _as_children_left_it(work, carried)
    carried = _automatic(work, carried, depth)
    if carried.outcome is not None and carried.case.parent_id is not None:
        _parents_turn(work, carried)
    return carried


def _as_children_left_it(work: Work, carried: Carried) -> Carried:
    """A child that data decide ends while it is being started, and its parent has then moved on already."""
    case = work.desk.lock_case(carried.case.id)
    assert case is not None
    if case.rev == carried.case.rev:
        return carried
    outcome = state_of(case).outcome
    still = set(Task.objects.filter(pk__in=carried.ids, status="open").values_list("pk", flat=True))
    pairs = [(t, n) for t, n in zip(carried.tasks, carried.ids, strict=True) if n in still]
    return Carried(case, tuple(t for t, _n in pairs), tuple(n for _t, n in pairs), outcome)


def _start_children(work: Work, definition: Definition, token: Token) -> None:
    activity = definition.activity(token.step)
    assert activity.call is not None
    rows = work.scene.data.rows(activity) if token.elements and work.scene.data is not None else ()
    for slot in token.slots:
        element = token.elements[slot] if slot < len(token.elements) else ""
        row = rows[slot] if slot < len(rows) else None
        _start_child(work, definition, activity.call.procedure, token.step, (token.id, slot), element, row)


def _start_child(
    work: Work,
    definition: Definition,
    key: str,
    step: str,
    place: tuple[int, int] | None,
    element: str = "",
    row: Any = None,
) -> None:
    """A child case, opened in the parent's transaction; `place` None: nobody waits for it. `row`: the element, as it is
    kept."""
    scene = work.scene
    version = ProcedureVersion.objects.filter(
        procedure__institution=scene.case.institution_id,
        procedure__pack=definition.procedure.pack,
        procedure__key=key.rpartition("/")[2],
        valid_until__isnull=True,
    ).first()
    if version is None:
        raise Refused("not_allowed", _("No está publicado el procedimiento «%(key)s».") % {"key": key})
    child = definition_of(version.pk)
    parent = Case.objects.get(pk=scene.case.id)
    filed = inherited(child, last_filings(parent.pk), row, surroundings(scene.calendar, scene.now))
    opening = Opening.of_child(parent, child, place, element, filed)
    opened = open_case(work.desk, opening, work.by, scene.now, Entry("case.started", {"parent": parent.folio}))
    data = CaseData(child, opened.carried.case, scene.now)
    above = work.above | {parent.pk}
    inner = Work(work.desk, Scene(opened.carried.case, child, scene.now, "", data), work.by, above=above)
    carried = after_effects(inner, opened.move, opened.carried)
    events.publish(CaseStarted(carried.case.id, carried.case.institution_id, child.procedure.id))
    if carried.outcome is not None:
        events.publish(CaseEnded(carried.case.id, carried.case.institution_id, carried.outcome))


def _parents_turn(work: Work, carried: Carried) -> None:
    """The parent's token moves in the child's transaction. A parent that has gone on is left alone."""
    child = carried.case
    parent = work.desk.lock_case(child.parent_id or 0)
    if parent is None or child.parent_token is None or parent.status not in ("open", "suspended"):
        return
    definition, now = definition_of(parent.version_id), work.scene.now
    data, before = CaseData(definition, parent, now), state_of(parent)
    act = ChildEnded(child.parent_token, carried.outcome or "", child.parent_slot or 0)
    try:
        move = advance(definition.procedure, before, act, data)
    except IllegalAct:
        return
    scene = Scene(parent, definition, now, "", data)
    waiting = before.token(act.token)
    told = {"child": child.folio, "outcome": carried.outcome, "token": act.token, "slot": act.slot}
    told["step"] = waiting.step if waiting is not None else ""
    inner = Work(work.desk, scene, work.by, above=work.above)
    done = carry_out(work.desk, scene, move, Entry("child.ended", told, work.by.actor_id), before=before)
    done = after_effects(inner, move, done)
    if done.outcome is None and parent.status == Case.Status.SUSPENDED:  # what has opened stands still with the rest
        recount(done.case, _("expediente en espera de respuesta"), now)
    if done.outcome is not None and parent.id not in work.above:
        events.publish(CaseEnded(parent.id, parent.institution_id, done.outcome))


# --- Automatic activities ------------------------------------------------------------


def _automatic(work: Work, carried: Carried, depth: int) -> Carried:
    """Runs the activities that act by themselves (`accion` with `automatica`) and goes on from them."""
    definition = work.scene.definition
    for task, number in _ready(definition, carried):
        if depth >= MOST_AUTOMATIC:
            raise Refused("not_allowed", _("Las actividades automáticas dan vueltas sin fin."))
        here = work.at(carried.case)
        further = _run_alone(here, definition.activity(task.step), task, number)
        if further is None:
            carried = replace(carried, case=_noted(here, task, number))
            continue
        move, done = further
        left = [(t, n) for t, n in zip(carried.tasks, carried.ids, strict=True) if n != number]
        tasks, ids = tuple(t for t, _n in left) + done.tasks, tuple(n for _t, n in left) + done.ids
        done = after_effects(here, move, Carried(done.case, done.tasks, done.ids, done.outcome), depth + 1)
        carried = Carried(done.case, tasks, ids, done.outcome)
    return carried


def _ready(definition: Definition, carried: Carried) -> Iterator[tuple[NewTask, int]]:
    for task, number in zip(carried.tasks, carried.ids, strict=True):
        if task.kind == "work" and definition.activity(task.step).action_automatic:
            yield task, number


def _run_alone(work: Work, activity: Activity, task: NewTask, number: int) -> tuple[Move, Carried] | None:
    """The action and the completion it stands for, or None: it failed, and a person must see to it."""
    scene = work.scene
    before = state_of(scene.case)
    filed = Filed(activity.form, task.step, task.round, {}, task_id=number) if activity.form else None
    try:
        with transaction.atomic():
            done = call_action(scene, work.by, activity, filed, task.position_id)
    except ActionFailed as error:
        Task.objects.filter(pk=number).update(instruction=str(error))
        return None
    if filed is not None:
        filed = replace(filed, values=dict(done.values), number=done.number)
    try:
        move = advance(scene.definition.procedure, before, Complete(task.token, task.slot), scene.data)
    except IllegalAct as error:  # its question needs a person
        Task.objects.filter(pk=number).update(instruction=str(error))
        return None
    row = _row(scene.case.id, task, number)
    told: dict[str, Any] = {"task": number, "step": task.step, "token": task.token, "action": activity.action}
    filings = (filed,) if filed is not None else ()
    entry = Entry("task.automatic", told)
    return move, carry_out(work.desk, scene, move, entry, before=before, acted=Acted(row), filed=filings)


def _noted(work: Work, task: NewTask, number: int) -> CaseRow:
    """The failure stands in the history; the task stays open with its message."""
    told = {"task": number, "step": task.step, "action": work.scene.definition.activity(task.step).action}
    return record(work.desk, work.scene.case, Entry("action.failed", told), work.scene.now)


def _row(case_id: int, task: NewTask, number: int) -> TaskRow:
    return TaskRow(
        number, case_id, task.token, task.slot, task.kind, 0, task.step, task.round, task.element, task.position_id,
        task.person_id, None, "open", 0, None, None, task.due_at, 0,
    )  # fmt: skip
