"""Filling the format of an activity or of the start: typed data to what is kept. Numbers are taken elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from turna.core.calendar import zone_of
from turna.engine.definitions import Activity
from turna.engine.filling import fill

from ..definitions import Definition
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
    zone: str,
) -> Filed | None:
    """What is filed with this task; None: the activity has no format. Raises: Refused("invalid_form")."""
    if activity.form is None:
        return None
    values = fill_format(definition, activity.form, typed or {}, partial=partial, now=now, zone=zone)
    return Filed(activity.form, task.step, task.round, values, task_id=task.id)


def fill_format(
    definition: Definition, key: str, typed: Mapping[str, Any], *, partial: bool = False, now: datetime, zone: str
) -> dict[str, Any]:
    """The kept values of a format. Raises: Refused("invalid_form"), with an error per field."""
    today = now.astimezone(zone_of(zone)).date().isoformat()
    filled = fill(definition.formats[key], typed, partial=partial, around={"hoy": today})
    if not filled.ok:
        raise Refused("invalid_form", _("Revise los datos marcados."), filled.errors)
    return filled.values
