"""A finished case told as a story of its procedure (`pruebas`), with every personal datum replaced. Reads only.

What happened is what the case's history says; what it proves is checked before it is handed out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import yaml
from django.utils.translation import gettext as _

from turna.core.calendar import today, zone_of
from turna.core.models import AuditEntry
from turna.engine.definitions import FieldDef, FormatDef, Procedure
from turna.engine.expressions import BadExpression, compile_expression, identifier
from turna.engine.stories import Told, tell
from turna.engine.walking import EXPIRES, answers_of, walk

from .definitions import Definition, definition_of, pack_of
from .demo.samples import Sampler
from .models import Case, ProcedureVersion, Task
from .services.data import last_filings

OFF_THE_DRAWING = frozenset(
    {"case.moved", "case.reopened", "case.cancelled", "case.withdrawn", "case.closed_by_term", "task.signature_refused"}
)
"""Acts that take a case where no drawing leads."""

FREE_OF_NAMES = frozenset({"integer", "decimal", "money", "date", "time", "period", "choice", "several", "yes_no"})
"""Types whose values say nothing of a person: they stay, because decisions read them."""

OF_THIS_PLACE = frozenset({"person", "position", "unit", "file", "image", "signature", "reference", "computed"})
"""Types whose values mean nothing elsewhere: they are left out."""


class Untellable(Exception):
    """The case cannot be told as a story; the text says why, in Spanish."""


def record(case: Case) -> dict[str, Any]:
    """The story of a finished case: `nombre`, `respuestas`, `pasa_por`, `termina`, `hoy` and `datos`.

    Raises: Untellable.
    """
    if case.status != Case.Status.ENDED:
        raise Untellable(_("El expediente %(folio)s no ha terminado.") % {"folio": case.folio})
    definition = definition_of(case.version_id)
    answers = answers_of(definition.procedure, list(_done(case)))
    walked = walk(definition.procedure, answers)
    day = case.opened_at.astimezone(zone_of(case.institution.time_zone)).date().isoformat()
    story = {
        "nombre": _("Expediente real de %(month)s") % {"month": day[:7]},
        "respuestas": list(answers),
        "pasa_por": list(walked.visited),
        "termina": case.outcome,
        "hoy": day,
        "datos": _sheets(case, definition),
    }
    told = _proof(case, definition.procedure, story)
    if told.wrong:
        raise Untellable(_("La historia no sale igual: %(wrong)s.") % {"wrong": "; ".join(told.wrong)})
    return story


def as_yaml(story: Mapping[str, Any]) -> str:
    """The story as an element of `pruebas`, ready to be pasted."""
    text = yaml.safe_dump([dict(story)], allow_unicode=True, sort_keys=False, width=110)
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines()) + "\n"


def _proof(case: Case, procedure: Procedure, story: Mapping[str, Any]) -> Told:
    release = ProcedureVersion.objects.select_related("release").get(pk=case.version_id).release
    return tell(pack_of(release), procedure, story)


def _done(case: Case) -> Iterator[tuple[str, str | None]]:
    """The activities that the history tells, each with its answer, EXPIRES, or None. Raises: Untellable."""
    entries = list(AuditEntry.objects.filter(chain_kind="case", chain_id=case.pk).order_by("seq"))
    off = next((e.action for e in entries if e.action in OFF_THE_DRAWING), None)
    if off is not None:
        raise Untellable(_("El expediente salió del dibujo (%(act)s) y no puede contarse así.") % {"act": off})
    history = _History(case, entries)
    for entry in entries:
        done = history.leg(entry)
        if done is not None:
            yield done
        yield from ((step, answer) for step, answer in entry.data.get("passed", ()) if answer)


class _History:
    """Reads the entries of a case one by one. Of a joint activity, or of one done per element, the last act counts."""

    def __init__(self, case: Case, entries: list[AuditEntry]) -> None:
        self.tasks = {t.pk: t for t in Task.objects.filter(case=case)}
        self.steps = definition_of(case.version_id).procedure.by_step
        self.last = {key: e.pk for e in entries if (key := self._turn(e)) is not None}

    def _turn(self, entry: AuditEntry) -> tuple[str, int, int] | None:
        if entry.action == "task.completed":
            task = self.tasks[entry.data["task"]]
            return "work", task.token, task.round
        return ("child", entry.data["token"], 0) if entry.action == "child.ended" else None

    def leg(self, entry: AuditEntry) -> tuple[str, str | None] | None:
        """What one entry did to the drawing: a step and its answer, EXPIRES or None; None when it did nothing."""
        data, turn = entry.data, self._turn(entry)
        if turn is not None and self.last[turn] != entry.pk:
            return None
        if entry.action in ("task.completed", "task.automatic"):
            task = self.tasks[data["task"]]
            return task.step, task.answer or None
        if entry.action in ("message.received", "wait.over"):
            return None if self.steps[data["step"]].is_decision else (str(data["step"]), None)
        if entry.action == "child.ended":
            return self._child(str(data["step"]), str(data["outcome"]))
        moved = "opened" in data or "outcome" in data
        return (str(data["step"]), EXPIRES) if moved and entry.action in ("task.expired", "wait.expired") else None

    def _child(self, step: str, outcome: str) -> tuple[str, str | None] | None:
        """The child's outcome answers the question when it is one of its answers; else a person does, later."""
        activity = self.steps[step]
        if not activity.is_decision:
            return step, None
        return (step, outcome) if activity.answer(outcome) is not None else None


# --- What was filled ---------------------------------------------------------------


def _sheets(case: Case, definition: Definition) -> dict[str, Any]:
    read = _read_by_decisions(definition.procedure)
    sampler = Sampler(Random(case.pk), today(case.institution))  # noqa: S311 - invented people, not secrets
    filled = last_filings(case.pk)
    sheets = {
        key: _harmless(definition.formats[key], values, read, sampler)
        for key, values in sorted(filled.items())
        if key in definition.formats
    }
    return {key: values for key, values in sheets.items() if values}


def _read_by_decisions(procedure: Procedure) -> set[tuple[str, str]]:
    """The fields that automatic answers read, as (format, field) spelt for expressions; ("", field) where the format
    goes without saying."""
    found: set[tuple[str, str]] = set()
    for answer in (a for activity in procedure.activities for a in activity.answers if a.automatic and a.decide):
        try:
            paths = compile_expression(answer.decide or "").paths
        except BadExpression:
            continue
        found |= {(path[0], path[1]) if len(path) > 1 else ("", path[0]) for path in paths}
    return found


def _harmless(
    form: FormatDef, values: Mapping[str, Any], read: set[tuple[str, str]], sampler: Sampler
) -> dict[str, Any]:
    """A sheet without what could name anybody."""
    told = {
        f.key: _replaced(f, values[f.key], sampler, keep=bool({("", f.key), (identifier(form.key), f.key)} & read))
        for f in form.fields
        if f.key in values
    }
    return {key: value for key, value in told.items() if value is not None}


def _replaced(field: FieldDef, value: Any, sampler: Sampler, *, keep: bool) -> Any:
    """The value itself where it cannot name anybody, else an invented one; None: it is left out."""
    if field.type in OF_THIS_PLACE:
        return None
    if field.type == "table":
        rows = value if isinstance(value, list) else []
        return [
            {c.key: _replaced(c, row[c.key], sampler, keep=False) for c in field.columns if row.get(c.key) is not None}
            for row in rows
        ]
    if field.type in FREE_OF_NAMES or keep:
        return json.loads(json.dumps(value, default=str))
    return sampler.value(field)
