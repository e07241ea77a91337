"""What a case waits for, in words: the message, the other case or the time, until when, and what happens then."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from turna.core.calendar import NEVER, calendar_of, now
from turna.core.deadlines import Light, light
from turna.core.wording import long_moment

from ..definitions import MESSAGES, Definition, definition_of
from ..models import Case, Procedure, Wait
from .explaining import Explained, explained_wait


@dataclass(frozen=True, slots=True)
class Waiting:
    """One wait as the case's page shows it. `light` None: it has no term."""

    words: str
    activity: str
    light: Light | None
    explained: Explained | None


def waits_of(found: Case, *, official: bool) -> list[Waiting]:
    """What the case waits for now, in the order in which it came to wait."""
    definition = definition_of(found.version_id)
    rows = found.waits.filter(closed_at__isnull=True).order_by("token")
    return [_shown(found, definition, wait, official) for wait in rows]


def awaited_words(name: str, activity: str) -> str:
    """A message as people call it, with the activity that waits for it."""
    return f"{message_words(name)} · {activity}"


def message_words(name: str) -> str:
    """What a registered message tells people; else its own name in words: `pago.recibido` is "pago recibido"."""
    return str(MESSAGES.find(name) or name.replace(".", " ").replace("_", " "))


def _shown(found: Case, definition: Definition, wait: Wait, official: bool) -> Waiting:
    calendar = calendar_of(found.institution)
    activity = definition.activity(wait.step)
    return Waiting(
        words=_words(found, wait, calendar.zone),
        activity=activity.text,
        light=light(wait.due_at, now(), calendar) if wait.due_at is not None else None,
        explained=explained_wait(found, wait, official=official),
    )


def _words(found: Case, wait: Wait, zone: ZoneInfo) -> str:
    if wait.kind == Wait.Kind.MESSAGE:
        return message_words(wait.name)
    if wait.kind == Wait.Kind.CHILD:
        key = wait.name.rpartition("/")[2]
        rows = Procedure.objects.filter(institution=found.institution_id, key=key)
        return _("que termine «%(name)s»") % {"name": rows.values_list("name", flat=True).first() or key}
    if wait.until and wait.due_at is not None and wait.due_at < NEVER:
        return _("hasta el %(moment)s") % {"moment": long_moment(wait.due_at, zone)}
    return _("que pasen %(time)s") % {"time": wait.name} if not wait.until else _("la fecha fijada")
