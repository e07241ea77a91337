"""Deadlines in words: of a case, of a task, of a wait; day by day, what changed them, and who was warned when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import Deadline, Term, explain
from turna.core.models import AuditEntry, Person
from turna.core.wording import listing

from ..definitions import definition_of
from ..models import Case, DueRevision, Task, Wait
from ..services import counts_from


@dataclass(frozen=True, slots=True)
class Explained:
    """A deadline, its former dates (`revisions`), who was told of it when (`told`), and what happens then."""

    deadline: Deadline
    revisions: Sequence[DueRevision] = ()
    told: Sequence[tuple[datetime, str]] = ()
    then: str = ""


def explained_case(case: Case, *, official: bool) -> Explained | None:
    """The deadline of the whole procedure; None: it has none. The extension is counted from its end on."""
    term = definition_of(case.version_id).term
    if term is None or case.due_at is None:
        return None
    more = getattr(case, "extension", None)
    extension = Term.from_json(more.term) if more is not None else None
    since = counts_from(case, term, case.opened_at)
    event = _("Se cuenta desde") if term.since not in (None, "inicio") else _("Se abrió")
    told = explain(term, since, calendar_of(case.institution), _pauses(case), extension, event=event)
    if not official:
        return Explained(told)
    revisions = case.due_revisions.filter(task=None, wait=None).order_by("at")
    return Explained(told, list(revisions), _told(case, "case", None))


def explained_task(task: Task, *, official: bool) -> Explained | None:
    """The deadline of one task; None: it has none."""
    if task.term is None or task.due_at is None:
        return None
    term = Term.from_json(task.term)
    since = counts_from(task.case, term, task.opened_at)
    event = _("Se cuenta desde") if term.since else _("Llegó")
    told = explain(term, since, calendar_of(task.case.institution), _pauses(task.case), event=event)
    if not official:
        return Explained(told)
    return Explained(told, list(task.due_revisions.order_by("at")), _told(task.case, "task", task.pk), _then(term))


def explained_wait(case: Case, wait: Wait, *, official: bool) -> Explained | None:
    """The deadline of a wait; None: it has none, or it is a date that somebody fixed."""
    if wait.term is None:
        return None
    term = Term.from_json(wait.term)
    event = _("Se cuenta desde") if term.since else _("Empezó a esperar")
    told = explain(term, wait.counts_from, calendar_of(case.institution), _pauses(case), event=event)
    then = _("Entonces el expediente sigue solo.") if wait.kind == Wait.Kind.TIME else _then(term)
    if not official:
        return Explained(told, then=then)
    return Explained(told, list(wait.due_revisions.order_by("at")), _told(case, "wait", wait.token), then)


def _then(term: Term) -> str:
    """What happens when the term runs out."""
    said = {
        "escalate": _("Al vencer se avisa a quien dirige el área."),
        "close": _("Al vencer, el expediente termina."),
        "accept": _("Al vencer se tiene por contestado que sí."),
        "deny": _("Al vencer se tiene por contestado que no."),
        "go": _("Al vencer, el expediente sigue en la actividad %(step)s.") % {"step": term.target},
    }
    return said.get(term.on_expiry, _("Al vencer se avisa a quien responde por la actividad."))


def _pauses(case: Case) -> list[tuple[datetime, datetime | None]]:
    return list(case.suspensions.order_by("starts_at").values_list("starts_at", "ends_at"))


def _told(case: Case, what: str, which: int | None) -> list[tuple[datetime, str]]:
    """When the warning and the end were told, and to whom."""
    if case.due_at is None and what == "case":
        return []
    rows = AuditEntry.objects.filter(
        chain_kind="case", chain_id=case.pk, action__in=[f"{what}.warned", f"{what}.expired"], at__lte=now()
    )
    name = {"task": "task", "wait": "token"}.get(what)
    entries = [(at, data) for at, data in rows.order_by("seq").values_list("at", "data")]
    mine = [(at, data) for at, data in entries if name is None or data.get(name) == which]
    ids = {n for _at, data in mine for n in data.get("told", ())}
    people = {p.pk: str(p) for p in Person.objects.filter(pk__in=ids)} if ids else {}
    return [(at, listing([people[n] for n in data["told"] if n in people])) for at, data in mine if data.get("told")]
