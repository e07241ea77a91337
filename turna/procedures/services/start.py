"""Starting a case: who may start which procedure, and on whose behalf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core import events
from turna.core.calendar import calendar_of, now, zone_of
from turna.core.models import AuditEntry, Institution, Unit
from turna.core.rights import Standing
from turna.core.wording import long_date

from ..definitions import Definition, definition_of
from ..events import CaseEnded, CaseStarted
from ..models import Case, ProcedureVersion
from ..references import file_ids
from .acting import once, stale
from .carrying import Entry
from .complete import digest_of
from .data import CaseData
from .effects import Work, after_effects
from .forms import fill_format
from .opening import Applicant, Opening, open_case
from .outcomes import Refused, Started
from .placing import Scene
from .starters import named, refuse_unless_starter, starter
from .step import at_desk
from .uploads import adopt_files


def start_case(
    procedure_id: int,
    by: Standing,
    *,
    typed: Mapping[str, Any],
    channel: str = "",
    applicant: Applicant | None = None,
    subject: str = "",
    act: UUID | None = None,
) -> Started:
    """Opens a case of the version in force, files what was typed into the start's format and opens the first tasks.

    `applicant`: only where the procedure lets the starter act on somebody's behalf; else the starter is the applicant.
    The secret code is told only in this answer.
    Raises: Refused: not_found, not_allowed, invalid_form. Publishes: CaseStarted, CaseEnded (decided by data at once).
    """

    def do() -> Started:
        moment = now()
        definition = _in_force(procedure_id, by)
        refuse_unless_starter(definition, by)
        opening = _opening(definition, by, moment, typed, channel, applicant, subject)
        files = _files(opening)
        if not files:
            return _start(opening, by, moment, act)
        with transaction.atomic():
            started = _start(opening, by, moment, act)
            adopt_files(started.case_id, by, files)
        return started

    return once(act, do, _started_before)


def _files(opening: Opening) -> dict[int, str]:
    """The files that the start's format holds, with the labels of their fields."""
    filed = opening.filed or {}
    formats = opening.definition.formats
    return {number: label for key, values in filed.items() for number, label in file_ids(formats[key], values).items()}


def start_by_calendar(
    definition: Definition, by: Standing, moment: datetime, due_at: datetime | None = None
) -> Started:
    """A case that nobody asks for: its procedure begins by the calendar, for the area responsible. `due_at`: when it
    should have begun; the day stands in its subject."""
    unit = Unit.objects.filter(institution=definition.institution_id, key=definition.procedure.unit).first()
    applicant = Applicant(name=unit.name, unit_id=unit.pk) if unit is not None else Applicant()
    zone = zone_of(Institution.objects.values_list("time_zone", flat=True).get(pk=definition.institution_id))
    day = long_date((due_at or moment).astimezone(zone).date())
    opening = Opening(definition, applicant, subject=f"{definition.procedure.name[:260]}, {day}")
    return _start(opening, by, moment, None)


def _in_force(procedure_id: int, by: Standing) -> Definition:
    rows = ProcedureVersion.objects.filter(procedure=procedure_id, valid_until__isnull=True, procedure__is_active=True)
    version = rows.first()
    if version is None:
        raise Refused("not_found", _("Este procedimiento no está publicado."))
    return definition_of(version.pk)


def _opening(
    definition: Definition,
    by: Standing,
    moment: datetime,
    typed: Mapping[str, Any],
    channel: str,
    applicant: Applicant | None,
    subject: str,
) -> Opening:
    start = definition.procedure.start
    if channel and start.channels and channel not in start.channels:
        raise Refused("invalid_form", _("Elija un canal de la lista."), {"channel": _("Elija un canal de la lista.")})
    filed = {}
    if start.form is not None:
        calendar = calendar_of(Institution.objects.get(pk=definition.institution_id))
        filed[start.form] = fill_format(definition, start.form, typed, now=moment, calendar=calendar, by=by)
    if applicant is None or start.on_behalf is None:
        applicant = starter(definition, by)
    else:
        applicant = named(applicant, definition)
    return Opening(definition, applicant, channel, subject, filed)


def _start(opening: Opening, by: Standing, moment: datetime, act: UUID | None) -> Started:
    definition = opening.definition
    with at_desk() as desk:
        data = {"filed": {key: digest_of(values) for key, values in (opening.filed or {}).items()}}
        opened = open_case(desk, opening, by, moment, Entry("case.started", data, act=act))
        case = opened.carried.case
        scene = Scene(case, definition, moment, "", CaseData(definition, case, moment))
        carried = after_effects(Work(desk, scene, by), opened.move, opened.carried)
    events.publish(CaseStarted(case.id, case.institution_id, definition.procedure.id))
    if carried.outcome is not None:
        events.publish(CaseEnded(case.id, case.institution_id, carried.outcome))
    return Started(case.id, case.folio, opened.code)


def _started_before(entry: AuditEntry) -> Started:
    if entry.action != "case.started":
        raise stale()
    case = Case.objects.get(pk=entry.chain_id)
    return Started(case.pk, case.folio, "", repeated=True)
