"""The history of a case in words: each entry of its audit chain as a sentence that people understand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from turna.core.models import AuditEntry

from ..definitions import Definition, definition_of
from ..models import Case, Task

# Acts whose words the applicant may not read: what colleagues say to each other.
INTERNAL = frozenset({"case.commented"})


@dataclass(frozen=True, slots=True)
class Told:
    """One act as the timeline shows it."""

    at: datetime
    title: str
    person: str = ""
    note: str = ""
    text: str = ""
    icon: str = "circle"
    kind: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What the words need to know beside the entry."""

    definition: Definition
    tasks: Mapping[int, Task]

    def step(self, data: Mapping[str, Any], name: str = "step") -> str:
        """An activity by number and text."""
        number = str(data.get(name) or "")
        found = self.definition.procedure.by_step.get(number)
        return f"{number}. {found.text}" if found else number

    def steps(self, numbers: Iterable[Any]) -> str:
        return "; ".join(self.step({"step": number}) for number in numbers)


Words = Callable[[Mapping[str, Any], _Known], tuple[str, str, str]]


def history_of(case: Case, *, official: bool) -> list[Told]:
    """The case's acts, newest first, in three statements. Without `official` the internal ones are left out."""
    entries = AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).select_related("actor", "on_behalf_of")
    tasks = {t.pk: t for t in Task.objects.filter(case=case).select_related("position", "person")}
    known = _Known(definition_of(case.version_id), tasks)
    told = (_told(entry, known) for entry in entries.order_by("-seq") if official or not _is_internal(entry))
    return [one for one in told if one is not None]


def _is_internal(entry: AuditEntry) -> bool:
    return entry.data.get("audience") == "internal" or entry.action in {"task.routed", "task.routed_answered"}


def _told(entry: AuditEntry, known: _Known) -> Told | None:
    words, icon, kind = ACTIONS.get(entry.action, (_plain(entry.action), "dot", ""))
    title, text, kind_now = words(entry.data, known)
    return Told(
        at=entry.at,
        title=title,
        person=str(entry.actor) if entry.actor else _("El sistema"),
        note=_capacity(entry, known),
        text=text,
        icon=icon,
        kind=kind_now or kind,
        seq=entry.seq,
    )


def _capacity(entry: AuditEntry, known: _Known) -> str:
    """In which position, and on whose behalf."""
    parts = []
    task = known.tasks.get(entry.data.get("task") or 0)
    if task is not None and task.position is not None and entry.actor_id:
        parts.append(task.position.name)
    if entry.on_behalf_of is not None:
        parts.append(_("en suplencia de %(name)s") % {"name": entry.on_behalf_of})
    return " · ".join(parts)
