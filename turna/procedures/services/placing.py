"""Who gets a slot of a token, and by when: from the definition and the case to a task to be opened.

Pure but for the rare responsible that must be looked up (a position of the applicant's own unit). Writing the
task is `step`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from turna.core.calendar import WorkingCalendar, calendar_at
from turna.core.deadlines import due, warn_at
from turna.core.models import Appointment, AuditEntry, Position, Unit
from turna.engine.definitions import Activity, Responsible
from turna.engine.flow import Token
from turna.engine.seats import APPLICANT_UNIT, ELEMENT_UNIT, HEAD, seat

from ..definitions import Definition
from ..models import Suspension
from .areas import area_named
from .data import CaseData
from .step import CaseRow

FAR = timedelta(days=36_500)
"""How far ahead a task without a term sorts in the inbox."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be opened: one slot of a token, whose it is, and its term."""

    token: int
    slot: int
    kind: str
    step: str
    round: int
    element: str
    position_id: int | None
    person_id: int | None
    term: str | None
    due_at: datetime | None
    next_at: datetime | None
    came_from: str
    came_reason: str

    def params(self, institution_id: int, case_id: int, now: datetime) -> tuple[Any, ...]:
        """As `step.OPENED` lists them."""
        return (
            institution_id, case_id, self.token, self.slot, self.kind, self.step, self.round, self.element,
            self.position_id, self.person_id, now, self.term, self.due_at, self.next_at, self.due_at or now + FAR,
            self.came_from, self.came_reason, self.position_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """What placing a token needs to know: the case, its definition, the moment, and why it was sent back, if so."""

    case: CaseRow
    definition: Definition
    now: datetime
    reason: str = ""
    data: CaseData | None = None

    @property
    def calendar(self) -> WorkingCalendar:
        return calendar_at(self.case.institution_id, self.case.calendar_version, self.case.time_zone)


def place(scene: Scene, token: Token, slots: tuple[int, ...] | None = None) -> Iterator[NewTask]:
    """The tasks of a token's open slots (or of `slots` only). Waiting and parked tokens have none."""
    if token.kind not in ("work", "sign"):
        return
    activity = scene.definition.activity(token.step)
    term, due_at, next_at = term_of(scene, activity)
    came_from = token.came_from or ""
    for slot in token.slots if slots is None else slots:
        position_id, person_id = _owner(scene, activity, token, slot)
        element = token.elements[slot] if slot < len(token.elements) else ""
        yield NewTask(
            token.id, slot, token.kind, token.step, token.round, element[:250], position_id, person_id,
            term, due_at, next_at, came_from, scene.reason,
        )  # fmt: skip


def term_of(scene: Scene, activity: Activity) -> tuple[str | None, datetime | None, datetime | None]:
    """The activity's term as JSON, when it runs out, and when the worker must look at it next."""
    held = scene.definition.terms.get(activity.step)
    if held is None:
        return None, None, None
    since = counted_from(scene, held.term.since)
    # What counts from now has no pause behind it; what counts from before may have.
    pauses = pauses_of(scene.case.id) if held.term.since is not None else ()
    due_at = due(held.term, since, scene.calendar, pauses)
    return held.text, due_at, max(warn_at(held.term, since, due_at), scene.now)


def pauses_of(case_id: int) -> list[tuple[datetime, datetime | None]]:
    """When the clock of the case has stood still, in order."""
    rows = Suspension.objects.filter(case=case_id).order_by("starts_at")
    return list(rows.values_list("starts_at", "ends_at"))


def counted_from(scene: Scene, since: str | None, otherwise: datetime | None = None) -> datetime:
    """The moment a term counts from: the opening of the case, the arrival of a message, a date filled in a format;
    else `otherwise`, or now."""
    if since == "inicio":
        return scene.case.opened_at
    found = None
    if since is not None:
        messages = {a.waits_for for a in scene.definition.procedure.activities if a.pause is None}
        found = _arrival(scene.case.id, since) if since in messages else date_filled(scene, since)
    return found or otherwise or scene.now


def _arrival(case_id: int, message: str) -> datetime | None:
    """When the message last came; None: it has not, or it is coming with this very act."""
    rows = AuditEntry.objects.filter(chain_kind="case", chain_id=case_id, action="message.received").order_by("-seq")
    return next((at for at, data in rows.values_list("at", "data") if data.get("message") == message), None)


def date_filled(scene: Scene, path: str) -> datetime | None:
    """The date that a format of the case holds, as the moment when that day begins; None: it holds none."""
    try:
        moment = datetime.fromisoformat(str(_filled(scene, path)))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=scene.calendar.zone)


def _filled(scene: Scene, path: str) -> Any:
    """What a format of the case holds in a field (`formato.campo`); None: nothing."""
    found: Any = scene.data.all if scene.data is not None else {}
    for part in path.replace("-", "_").split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


# --- Whose it is -------------------------------------------------------------------


def _owner(scene: Scene, activity: Activity, token: Token, slot: int) -> tuple[int | None, int | None]:
    """(position, person): one of them is given."""
    if token.kind == "sign":
        return owner_of(scene, seat(activity.signers[slot]))
    if not activity.responsibles:
        return _first_hand(scene)
    if token.elements:
        return owner_of(scene, activity.responsibles[0], token.elements[slot])
    return owner_of(scene, activity.responsibles[min(slot, len(activity.responsibles) - 1)])


def owners_of(scene: Scene, activity: Activity) -> list[tuple[int | None, int | None]]:
    """(position, person) of everybody who answers for an activity."""
    return [owner_of(scene, who) for who in activity.responsibles] or [_first_hand(scene)]


def owner_of(scene: Scene, responsible: Responsible, element: str = "") -> tuple[int | None, int | None]:
    """The position or the person that a responsible is in this case. `element`: whom a task of `por_cada` is for."""
    positions = scene.definition.positions
    if responsible.kind == "position" and responsible.key is not None:
        return positions[responsible.key], None
    if responsible.kind == "external" and responsible.recorder is not None:
        return positions[responsible.recorder], None
    if responsible.kind == "applicant_position" and responsible.key is not None:
        return _in_a_unit(scene, responsible.key, _unit_of(scene, responsible.where, element))
    return _first_hand(scene, responsible.recorder)


def _first_hand(scene: Scene, recorder: str | None = None) -> tuple[int | None, int | None]:
    """The applicant. For one without an account: the position that the manual says (`registra`), else that of whoever
    opened the case, else the head of the area. What an applicant does with folio and code is `applicants`' business."""
    if scene.case.applicant_id is not None:
        return None, scene.case.applicant_id
    if recorder is not None:
        return scene.definition.positions[recorder], None
    return _counter(scene) or _head_of_area(scene), None


def _counter(scene: Scene) -> int | None:
    """The position in which whoever opened the case attended the applicant: one that begins the procedure, or else any
    that they hold; None: they hold none today, or nobody opened it."""
    day = scene.calendar.local_day(scene.now)
    held = Appointment.objects.filter(person=scene.case.opened_by_id or 0, starts_on__lte=day).exclude(ends_on__lt=day)
    rows = held.filter(institution=scene.case.institution_id, position__is_active=True).order_by("pk")
    theirs = list(rows.values_list("position_id", flat=True))
    desks = {scene.definition.positions.get(key) for key in scene.definition.procedure.start.by}
    return next((pk for pk in theirs if pk in desks), next(iter(theirs), None))


def _unit_of(scene: Scene, where: str, element: str) -> Unit | None:
    """The unit in which a position is looked for (`PUESTO@LUGAR`): the applicant's, the element's, a field's."""
    if where in ("", APPLICANT_UNIT):
        return Unit.objects.filter(pk=scene.case.applicant_unit_id or 0).first()
    word = element if where == ELEMENT_UNIT else str(_filled(scene, where) or "")
    return area_named(scene.case.institution_id, word)


def _in_a_unit(scene: Scene, key: str, unit: Unit | None) -> tuple[int | None, int | None]:
    """The position `key` in the unit or the nearest one above; else the unit's head, else the position of that key
    wherever it is. `titular` is the head itself."""
    ids = [int(part) for part in unit.path.split("/") if part][::-1] if unit is not None else []
    rows = Position.objects.filter(institution=scene.case.institution_id, unit__in=ids, is_active=True)
    found = {(row.unit_id, row.key): row.pk for row in rows}
    heads = {row.unit_id: row.pk for row in rows if row.is_head}
    for unit_id in ids if key != HEAD else ():
        for (owner, name), position_id in found.items():
            if owner == unit_id and (name == key or name.startswith(f"{key}-")):
                return position_id, None
    other = next((heads[u] for u in ids if u in heads), scene.definition.positions.get(key))
    return (other, None) if other is not None else _first_hand(scene)


def _head_of_area(scene: Scene) -> int:
    """The head of the responsible area, else any position of the definition: a task must belong to somebody."""
    area = scene.definition.procedure.unit
    rows = Position.objects.filter(institution=scene.case.institution_id, unit__key=area).order_by("-is_head", "pk")
    found = rows.values_list("pk", flat=True).first()
    return found if found is not None else next(iter(scene.definition.positions.values()))
