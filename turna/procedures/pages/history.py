"""The history of a case in words: each entry of its audit chain as a sentence that people understand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from turna.core.models import AuditEntry, Position
from turna.core.wording import listing

from ..definitions import Definition, definition_of
from ..models import Case, Task
from .reading import seen_documents

# What colleagues settle among themselves: not for who asked for the case.
INTERNAL = frozenset(
    {"task.routed", "task.handed_over", "task.routed_answered", "task.recalled", "task.claimed", "task.released"}
    | {"task.reassigned", "task.warned", "task.expired", "action.failed", "case.warned", "wait.warned", "wait.expired"}
)


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
    positions: Mapping[int, str]
    comments: Mapping[int, str]

    def step(self, data: Mapping[str, Any], name: str = "step") -> str:
        """An activity by number and text."""
        number = str(data.get(name) or "")
        found = self.definition.procedure.by_step.get(number)
        return f"{number}. {found.text}" if found else number

    def steps(self, numbers: Iterable[Any]) -> str:
        return "; ".join(self.step({"step": number}) for number in numbers)


Label = str | Promise
Words = Callable[[Mapping[str, Any], _Known], tuple[str, str]]


def history_of(case: Case, *, official: bool) -> list[Told]:
    """The case's acts, newest first, in four statements. Without `official` the internal ones are left out."""
    rows = AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).select_related("actor", "on_behalf_of")
    entries = list(rows.order_by("-seq"))
    known = _known(case, entries)
    if official:
        return [_told(entry, known) for entry in entries]
    theirs = set(seen_documents(case, official=False).values_list("pk", flat=True))
    return [_outside(_told(entry, known), entry, case) for entry in entries if not _is_internal(entry, theirs)]


def _known(case: Case, entries: list[AuditEntry]) -> _Known:
    tasks = {t.pk: t for t in Task.objects.filter(case=case).select_related("position", "person")}
    routed = {key for entry in entries if isinstance(entry.data.get("to"), list) for key in entry.data["to"]}
    positions = dict(Position.objects.filter(pk__in=routed).values_list("pk", "name")) if routed else {}
    comments = dict(case.comments.values_list("pk", "text"))
    return _Known(definition_of(case.version_id), tasks, positions, comments)


def _is_internal(entry: AuditEntry, theirs: set[int]) -> bool:
    """Whether an act is among colleagues; `theirs`: the documents that the applicant may read."""
    if entry.data.get("audience") == "internal" or entry.action in INTERNAL:
        return True
    return "document" in entry.data and entry.data["document"] not in theirs


def _outside(told: Told, entry: AuditEntry, case: Case) -> Told:
    """As who asked for the case reads it: what colleagues wrote to each other about a step is left out."""
    own = entry.actor_id is not None and entry.actor_id == case.applicant_id
    return told if own or not entry.action.startswith("task.") else replace(told, text="")


def _told(entry: AuditEntry, known: _Known) -> Told:
    words, icon, kind = ACTIONS.get(entry.action, (_plainly(entry.action), "circle", ""))
    title, text = words(entry.data, known)
    if entry.data.get("outcome"):
        title = _("%(act)s El trámite terminó: %(outcome)s.") % {"act": title, "outcome": entry.data["outcome"]}
    if entry.action == "task.completed" and _went_back(entry.data, known):
        kind, icon = "back", "arrow-return-left"
    return Told(
        at=entry.at,
        title=title,
        person=_who(entry),
        note=_capacity(entry, known),
        text=text,
        icon=icon,
        kind=kind,
        seq=entry.seq,
    )


def _who(entry: AuditEntry) -> str:
    if entry.actor is not None:
        return str(entry.actor)
    return _("Quien lo solicitó, con su folio y código") if entry.data.get("applicant") == "self" else _("El sistema")


def _capacity(entry: AuditEntry, known: _Known) -> str:
    """In which position, and on whose behalf."""
    parts = []
    task = known.tasks.get(entry.data.get("task") or 0)
    if task is not None and task.position is not None and entry.actor_id:
        parts.append(task.position.name)
    if entry.data.get("applicant") == "recorded":
        parts.append(_("lo registró a nombre de quien lo solicitó"))
    if entry.on_behalf_of is not None:
        parts.append(_("en suplencia de %(name)s") % {"name": entry.on_behalf_of})
    return " · ".join(parts)


def _went_back(data: Mapping[str, Any], known: _Known) -> bool:
    activities = known.definition.procedure.activities
    order = [a.step for a in activities]
    here = data.get("step")
    led = [step for step in data.get("opened", ()) if step in order]
    activity = next((a for a in activities if a.step == here), None)
    if activity is not None and activity.signers and led == [here]:
        first = activity.answers[0].label if activity.answers else None
        if data.get("answer") == first:  # the same activity goes on: its signatures are awaited
            return False
    return here in order and bool(led) and all(order.index(step) <= order.index(here) for step in led)


# --- The words, act by act --------------------------------------------------------------


def _said(title: Label, *names: str) -> Words:
    """A fixed title; what was said is the first of the named data that is there."""
    return lambda data, known: (str(title), next((str(data[n]) for n in names if data.get(n)), ""))


def _plainly(action: str) -> Words:
    return _said(_("Acto registrado: %(action)s.") % {"action": action}, "reason", "text")


def _started(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    if data.get("parent"):
        return _("Se abrió el expediente, llamado por %(folio)s.") % {"folio": data["parent"]}, ""
    return _("Se abrió el expediente."), ""


def _completed(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    title = _("Terminó %(step)s.") % {"step": known.step(data)}
    if data.get("answer"):
        asked = known.definition.procedure.by_step.get(str(data.get("step")))
        question = asked.question if asked and asked.question else _("Respuesta:")
        title += f" {question} {str(data['answer']).capitalize()}."
    return title, ". ".join(str(data[said]) for said in ("reason", "note") if data.get(said))


def _about_step(words: Label, *names: str) -> Words:
    def told(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
        text = next((str(data[n]) for n in names if data.get(n)), "")
        return str(words) % {"step": known.step(data)}, text

    return told


def _child(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    told = {"folio": data.get("child", ""), "outcome": data.get("outcome", "")}
    return _("Terminó el trámite relacionado %(folio)s: %(outcome)s.") % told, ""


def _parent(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    folio, outcome = data.get("parent", ""), data.get("outcome", "")
    return _("Terminó el expediente que pidió este, que sigue su curso."), f"{folio}: {outcome}" if folio else ""


def _arrived(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    given = data.get("data") or {}
    return _("Llegó lo que esperaba %(step)s.") % {"step": known.step(data)}, str(given.get("note") or "")


def _routed(words: Label) -> Words:
    def told(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
        names = [known.positions.get(key, "") for key in data.get("to", ())]
        text = str(data.get("instruction") or "")
        return str(words) % {"step": known.step(data), "to": listing([name for name in names if name])}, text

    return told


def _document(words: Label) -> Words:
    return lambda data, known: (str(words) % {"title": data.get("title", "")}, "")


def _commented(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    """The text stands among the comments; internal ones never reach who asked for the case."""
    whom = _("para quien lo solicitó") if data.get("audience") == "applicant" else _("para sus colegas")
    return _("Comentó, %(whom)s.") % {"whom": whom}, known.comments.get(data.get("comment") or 0, "")


def _extended(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    return _("Amplió el plazo por %(term)s.") % {"term": data.get("term", "")}, str(data.get("reason") or "")


def _moved(data: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    step = known.step({"step": data.get("to") or data.get("to_step") or data.get("step")})
    return _("Se movió el expediente a %(step)s.") % {"step": step}, str(data.get("reason") or "")


# By the action of the entry: words, icon, kind of mark.
ACTIONS: dict[str, tuple[Words, str, str]] = {
    "case.started": (_started, "folder-plus", "done"),
    "task.completed": (_completed, "check-lg", ""),
    "task.claimed": (_about_step(lazy("Tomó %(step)s."), "reason"), "hand-index", ""),
    "task.released": (_about_step(lazy("Soltó %(step)s."), "reason"), "arrow-return-left", ""),
    "task.reassigned": (_about_step(lazy("Reasignó %(step)s."), "reason"), "person-check", ""),
    "task.automatic": (_about_step(lazy("Se hizo por sí sola %(step)s.")), "cpu", ""),
    "action.failed": (
        _about_step(lazy("No se pudo hacer por sí sola %(step)s."), "error"),
        "exclamation-triangle",
        "alert",
    ),
    "task.signed": (_about_step(lazy("Firmó: %(step)s.")), "pen", "done"),
    "task.signature_refused": (_about_step(lazy("No firmó: %(step)s."), "reason"), "arrow-return-left", "back"),
    "task.routed": (_routed(lazy("Turnó %(step)s a %(to)s.")), "signpost-split", ""),
    "task.handed_over": (_routed(lazy("Pasó %(step)s a %(to)s.")), "signpost-split", ""),
    "task.routed_answered": (
        _about_step(lazy("Contestó lo que le turnaron en %(step)s."), "text", "answer"),
        "reply",
        "",
    ),
    "task.recalled": (_about_step(lazy("Retiró lo turnado en %(step)s."), "reason"), "arrow-counterclockwise", ""),
    "case.commented": (_commented, "chat-left-text", ""),
    "document.attached": (_document(lazy("Adjuntó «%(title)s».")), "paperclip", ""),
    "document.withdrawn": (_said(lazy("Retiró un documento."), "reason"), "file-earmark-x", ""),
    "case.extended": (_extended, "calendar-event", ""),
    "correction.asked": (
        _said(lazy("Pidió corregir algo (prevención). El plazo se detuvo."), "text"),
        "exclamation-diamond",
        "alert",
    ),
    "correction.answered": (_said(lazy("Se contestó la prevención. El plazo volvió a correr."), "answer"), "reply", ""),
    "correction.withdrawn": (_said(lazy("Se retiró la prevención.")), "arrow-counterclockwise", ""),
    "correction.expired": (_said(lazy("Venció el plazo de la prevención sin respuesta.")), "clock-history", "alert"),
    "case.closed_by_term": (_said(lazy("El expediente se cerró porque venció el plazo.")), "clock-history", "alert"),
    "case.cancelled": (_said(lazy("Se canceló el expediente."), "reason"), "x-circle", "alert"),
    "case.withdrawn": (_said(lazy("Quien lo solicitó desistió."), "reason"), "arrow-return-left", "alert"),
    "case.reopened": (_said(lazy("Se reabrió el expediente."), "reason"), "arrow-clockwise", ""),
    "case.moved": (_moved, "sign-turn-right", "alert"),
    "case.code_reissued": (_said(lazy("Se emitió un nuevo código de seguimiento.")), "key", ""),
    "case.warned": (_said(lazy("Se avisó que el plazo del expediente está por vencer.")), "bell", ""),
    "case.expired": (_said(lazy("Venció el plazo del expediente.")), "clock-history", "alert"),
    "case.version_moved": (_said(lazy("Pasó a la versión vigente del procedimiento."), "note"), "layers", ""),
    "task.warned": (_about_step(lazy("Se avisó que está por vencer: %(step)s.")), "bell", ""),
    "task.expired": (_about_step(lazy("Venció el plazo de %(step)s.")), "clock-history", "alert"),
    "wait.over": (_about_step(lazy("Se cumplió el tiempo que esperaba %(step)s.")), "hourglass-bottom", ""),
    "wait.warned": (_about_step(lazy("Se avisó que está por vencer lo que espera %(step)s.")), "bell", ""),
    "wait.expired": (_about_step(lazy("Venció lo que esperaba %(step)s.")), "clock-history", "alert"),
    "message.received": (_arrived, "envelope-open", ""),
    "child.ended": (_child, "diagram-2", ""),
    "parent.ended": (_parent, "diagram-2", "alert"),
}
