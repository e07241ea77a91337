"""What a case waits for, in words: the message, the other case or the time, until when, and what happens then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from turna.core.calendar import NEVER, calendar_of, now
from turna.core.deadlines import Deadline, Light, Term, explain, light
from turna.core.wording import long_moment

from ..definitions import MESSAGES, Definition, definition_of
from ..models import Case, DueRevision, Procedure, Wait


@dataclass(frozen=True, slots=True)
class Waiting:
    """One wait as the case's page shows it. `light` None: it has no term. `then`: what happens when it runs out."""

    words: str
    activity: str
    light: Light | None
    deadline: Deadline | None
    then: str
    revisions: Sequence[DueRevision]


def waits_of(found: Case) -> list[Waiting]:
    """What the case waits for now, in the order in which it came to wait."""
    definition = definition_of(found.version_id)
    rows = found.waits.filter(closed_at__isnull=True).order_by("token")
    return [_shown(found, definition, wait) for wait in rows.prefetch_related("due_revisions")]


def awaited_words(name: str, activity: str) -> str:
    """A message as people call it, with the activity that waits for it."""
    return f"{message_words(name)} · {activity}"


def message_words(name: str) -> str:
    """What a registered message tells people; else its own name in words: `pago.recibido` is "pago recibido"."""
    return str(MESSAGES.find(name) or name.replace(".", " ").replace("_", " "))


def _shown(found: Case, definition: Definition, wait: Wait) -> Waiting:
    calendar = calendar_of(found.institution)
    activity = definition.activity(wait.step)
    return Waiting(
        words=_words(found, wait, calendar.zone),
        activity=activity.text,
        light=light(wait.due_at, now(), calendar) if wait.due_at is not None else None,
        deadline=_explained(found, wait),
        then=_then(wait),
        revisions=list(wait.due_revisions.all()),
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


def _explained(found: Case, wait: Wait) -> Deadline | None:
    if wait.term is None:
        return None
    term = Term.from_json(wait.term)
    pauses: list[tuple[datetime, datetime | None]] = list(
        found.suspensions.order_by("starts_at").values_list("starts_at", "ends_at")
    )
    event = _("Se cuenta desde") if term.since else _("Empezó a esperar")
    return explain(term, wait.counts_from, calendar_of(found.institution), pauses, event=event)


def _then(wait: Wait) -> str:
    """What happens when the wait runs out."""
    term = Term.from_json(wait.term or {"amount": 1, "unit": "hours"})
    if wait.kind == Wait.Kind.TIME:
        return _("Entonces el expediente sigue solo.")
    said = {
        "escalate": _("Si no llega, se avisa a quien dirige el área."),
        "close": _("Si no llega, el expediente termina."),
        "accept": _("Si no llega, se tiene por contestado que sí."),
        "deny": _("Si no llega, se tiene por contestado que no."),
        "go": _("Si no llega, el expediente sigue en la actividad %(step)s.") % {"step": term.target},
    }
    return said.get(term.on_expiry, _("Si no llega, se avisa a quien responde por la actividad."))
