"""Filling the format of an activity or of the start: typed data to what is kept. Numbers are taken elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from turna.core.calendar import WorkingCalendar
from turna.core.rights import Standing
from turna.engine.definitions import Activity
from turna.engine.filling import Filled, fill

from ..definitions import Definition
from ..references import identified, names_something
from ..surroundings import surroundings
from .carrying import Filed
from .outcomes import Refused
from .step import TaskRow


def fill_form(
    definition: Definition,
    activity: Activity,
    task: TaskRow,
    typed: Mapping[str, Any] | None,
    *,
    partial: bool,
    now: datetime,
    calendar: WorkingCalendar,
    by: Standing,
) -> Filed | None:
    """What is filed with this task; None: the activity has no format. Raises: Refused("invalid_form")."""
    if activity.form is None:
        return None
    values = fill_format(
        definition, activity.form, typed or {}, partial=partial, now=now, calendar=calendar, by=by, case_id=task.case_id
    )
    return Filed(activity.form, task.step, task.round, values, task_id=task.id)


def fill_format(
    definition: Definition,
    key: str,
    typed: Mapping[str, Any],
    *,
    partial: bool = False,
    now: datetime,
    calendar: WorkingCalendar,
    by: Standing,
    case_id: int = 0,
) -> dict[str, Any]:
    """The kept values of a format: names as the ids they mean to `by`, files those of `case_id` or just sent.

    Raises: Refused("invalid_form"), with an error per field.
    """
    form = definition.formats[key]
    wrong: dict[str, str] = {}
    if names_something(form):
        typed, wrong = identified(form, typed, by, definition.whose, case_id)
    filled = fill(form, typed, partial=partial, around=surroundings(calendar, now))
    errors = {**filled.errors, **_in_sight(filled, wrong)}
    if errors:
        raise Refused("invalid_form", _("Revise los datos marcados."), errors)
    return filled.values


def _in_sight(filled: Filled, wrong: Mapping[str, str]) -> dict[str, str]:
    """The faults of fields that apply: what stands in one that is hidden is not kept anyway."""
    return {p: text for p, text in wrong.items() if p not in filled.hidden and p.split(".")[0] not in filled.hidden}
