"""Plays people: for an open task, does what its holder might do, through the same services that pages call.

The demo's stories and the walks of every procedure in the tests both play with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Q

from turna.core.calendar import calendar_of, now, today
from turna.core.models import Envelope, Institution, Person
from turna.core.rights import Standing, standing_of
from turna.engine import expressions
from turna.engine.definitions import Activity, FormatDef
from turna.engine.filling import case_data, data_of, fill, prefill

from ..actions.accounts import HAND_OVER, OWNER_KIND
from ..definitions import Definition, definition_of
from ..models import Case, Task
from ..references import file_ids
from ..services import Completed, adopt_files, answer_routed, attach, complete_task, renew_envelope, sign_task
from ..services.data import last_filings
from ..services.preparing import prepared
from ..surroundings import surroundings
from .files import SAMPLES, send_files
from .samples import Sampler

REASONS = (
    "Falta un dato en la solicitud; complételo y vuelva a enviarla.",
    "Los datos no coinciden con lo solicitado.",
    "Falta el soporte documental; adjúntelo y vuelva a enviarla.",
)
ANSWERS = (
    "Se revisó y no hay observaciones.",
    "Se revisó con el área; procede como se propone.",
    "De acuerdo. Conviene avisar a la persona solicitante de la fecha.",
)
MOST_TRIES = 60
"""How many answers to a format are thought up to find one that makes the wished conditions hold."""

Wish = tuple[str, bool]
"""A condition over the case's data, and whether it should hold once the format is filled."""


@dataclass
class Player:
    """Plays every person of an institution; the same seed plays the same. `samples` and `reasons`: the pack's own."""

    institution: Institution
    random: Random
    samples: Mapping[str, Any] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    _holders: dict[int, Person] = field(default_factory=dict)

    def holder(self, task: Task) -> Person:
        """Who does the task: whoever has claimed it, the holder of its position, or the person it is addressed to."""
        if task.assignee_id is not None:
            return Person.objects.get(pk=task.assignee_id)
        if task.position_id is None:
            assert task.person is not None
            return task.person
        if task.position_id not in self._holders:
            held = Person.objects.filter(appointments__position=task.position_id, is_active=True)
            self._holders[task.position_id] = held.order_by("pk")[0]
        return self._holders[task.position_id]

    @property
    def sampler(self) -> Sampler:
        return Sampler(self.random, today(self.institution), self.samples)

    def typed(
        self,
        definition: Definition,
        key: str | None,
        case_id: int | None = None,
        *,
        wishes: Iterable[Wish] = (),
        sample: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What somebody types into a format: what the page would prefill, then a plausible answer.

        `wishes` that read this format are made to hold if any answer can, and an answer that the format refuses is
        thought up anew; `facts` are what is known beforehand.
        """
        if key is None:
            return {}
        form = definition.formats[key]
        filled = last_filings(case_id) if case_id else {}
        facts = {**_told_before(form, filled), **(facts or {})}
        offered = prefill(form, {**filled, **_known(case_id), "hoy": today(self.institution).isoformat()})
        offered |= _counted(definition, key, case_id)
        known = _kept(form, {**offered, **filled.get(key, {}), **facts})
        fresh = _kept(form, {**offered, **facts})
        wanted = [(text, holds) for text, holds in wishes if expressions.identifier(key) in text]
        sampler, procedure = self.sampler, definition.procedure.key
        best: tuple[int, dict[str, Any]] | None = None
        for turn in range(MOST_TRIES):
            daring = min(turn, 12) * 0.04
            drawn = sampler.draw(key, procedure) if sample is None else sample
            typed = sampler.answer(form, known if turn == 0 else fresh, sample=drawn, daring=daring)
            _name_goods(typed, filled)
            met = self._met(definition, key, typed, filled, wanted)
            if best is None or met > best[0]:
                best = met, typed
            if met == len(wanted):
                break
        assert best is not None
        return best[1]

    def _met(
        self,
        definition: Definition,
        key: str,
        typed: Mapping[str, Any],
        filled: Mapping[str, Mapping[str, Any]],
        wanted: list[Wish],
    ) -> int:
        """How many wishes an answer makes hold; less than none when the format refuses it."""
        around = surroundings(calendar_of(self.institution), now())
        kept = fill(definition.formats[key], typed, around=around)
        if not kept.ok:
            return -1
        data = case_data(definition.formats, {**filled, key: kept.values}, **around)
        data = {**data_of(definition.formats[key], kept.values), **data}
        return sum(expressions.condition(text, data) == holds for text, holds in wanted)

    def proposed(self, task: Task, definition: Definition, rules: Iterable[tuple[str, str]]) -> str | None:
        """The first answer whose condition holds with what the case's formats say."""
        filled = last_filings(task.case_id)
        data = case_data(definition.formats, filled, **surroundings(calendar_of(self.institution), now()))
        return next((label for label, rule in rules if expressions.condition(rule, data)), None)

    def act(
        self, task: Task, answer: str | None = None, reason: str = "", wishes: Iterable[Wish] | None = None
    ) -> Completed | None:
        """Does the task as its holder: signs, answers what was routed, or completes with `answer`.

        An answer that data decide is left to them; what is typed is made to agree with it.
        """
        by = standing_of(self.holder(task))
        if task.kind == Task.Kind.SIGN:
            return sign_task(task.pk, by)
        if task.kind == Task.Kind.ROUTED:
            answer_routed(task.pk, by, self.random.choice(ANSWERS))
            return None
        definition = definition_of(task.case.version_id)
        activity = definition.activity(task.step)
        self.bring_files(task, by, activity)
        if activity.action == HAND_OVER:
            self.have_envelopes(task, by)
        wanted = wishes_for(activity, answer) if wishes is None else wishes
        typed = self.typed(definition, activity.form, task.case_id, wishes=wanted)
        typed = self.with_files(definition, activity.form, typed, by)
        files = file_ids(definition.formats[activity.form], typed) if activity.form else {}
        with transaction.atomic():
            adopt_files(task.case_id, by, files, task_id=task.pk)
            return complete_task(task.pk, by, answer=answer, reason=reason, typed=typed)

    def with_files(
        self, definition: Definition, key: str | None, typed: dict[str, Any], by: Standing
    ) -> dict[str, Any]:
        """What was typed, once its files are sent."""
        return send_files(definition.formats[key], typed, by, self.institution.pk) if key is not None else typed

    def bring_files(self, task: Task, by: Standing, activity: Activity) -> None:
        """Attaches a sample of each file that the activity demands."""
        for needed in activity.attachments:
            if needed.required and not task.case.documents.filter(kind=needed.kind).exists():
                upload = BytesIO(SAMPLES["pdf"])
                upload.name = "muestra.pdf"
                attach(task.case_id, by, upload, kind=needed.kind, title=needed.kind, task_id=task.pk)

    def have_envelopes(self, task: Task, by: Standing) -> None:
        """Asks for another envelope in the place of one that got too old on its way."""
        rows = Envelope.objects.filter(owner_kind=OWNER_KIND, owner_id=task.case_id, expires_at__lte=now())
        for envelope in rows.filter(Q(ended_at=None) | Q(ending=Envelope.Ending.EXPIRED)):
            renew_envelope(envelope.pk, by)

    def choose(self, activity: Activity, firmness: float = 0.76) -> str | None:
        """An answer: mostly the one that things go on with."""
        if not activity.answers:
            return None
        if self.random.random() < firmness:
            return usual_answer(activity)
        return self.random.choice(activity.answers).label

    def reason(self, procedure: str = "", step: str = "") -> str:
        """Why something is sent back or refused there."""
        return self.random.choice(self.reasons.get(procedure, {}).get(step) or REASONS)


def usual_answer(activity: Activity) -> str:
    """The first answer; the last one where the question is whether something failed or is missing."""
    asks_for_trouble = any(word in (activity.question or "") for word in ("fallos", "Requiere", "falla"))
    return activity.answers[-1 if asks_for_trouble else 0].label


def wishes_for(activity: Activity, answer: str | None) -> list[Wish]:
    """What data should say so that `answer` follows from them: its own condition, and none of the others'."""
    return [(a.decide, a.label == answer) for a in activity.answers if a.decide and answer is not None]


def hopes_for(definition: Definition, form: str | None) -> list[Wish]:
    """What data of a format should say so that the decisions taken on it later go as usual."""
    if form is None:
        return []
    later = [a for a in definition.procedure.activities if a.form != form]
    rules = [(answer, usual_answer(activity)) for activity in later for answer in activity.answers]
    name = expressions.identifier(form)
    read = [(a, usual) for a, usual in rules if a.decide and not a.automatic and name in a.decide]
    return [(a.decide or "", a.label == usual) for a, usual in read]


def _told_before(form: FormatDef, filled: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What an answer repeats from the request: the number of the oficio that is answered."""
    asked = next((values["oficio_numero"] for values in filled.values() if values.get("oficio_numero")), None)
    return {"referencia": asked} if asked and form.field("referencia") is not None else {}


def _name_goods(typed: dict[str, Any], filled: Mapping[str, Mapping[str, Any]]) -> None:
    """Rows that name goods by their inventory number name those of the request."""
    asked = [row.get("inventario") for values in filled.values() for row in values.get("bienes") or ()]
    for rows in typed.values() if asked else ():
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict) and "inventario" in row:
                row["inventario"] = asked[number % len(asked)]


def _known(case_id: int | None) -> dict[str, Any]:
    """The case and its applicant, where a format may look to be prefilled."""
    case = Case.objects.select_related("applicant_unit").filter(pk=case_id or 0).first()
    if case is None:
        return {}
    applicant = {"nombre": case.applicant_name, "correo": case.applicant_email, "telefono": case.applicant_phone}
    applicant["unidad"] = case.applicant_unit.name if case.applicant_unit else ""
    return {"caso": {"folio": case.folio, "asunto": case.subject}, "solicitante": applicant}


def _counted(definition: Definition, key: str, case_id: int | None) -> dict[str, Any]:
    """The figures that stand in a report when its task is opened, if there was anything to count."""
    case = Case.objects.select_related("institution").filter(pk=case_id or 0).first()
    values = prepared(definition, key, case, now()).values if case is not None else {}
    return dict(values) if any(isinstance(value, list) for value in values.values()) else {}


def _kept(form: FormatDef, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if form.field(name) is not None}
