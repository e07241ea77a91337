"""Where a task leads and whence it came, in words: answers with what happens next, who sent it and why. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from turna.core.models import Position
from turna.core.wording import listing
from turna.engine.definitions import Activity, Target
from turna.engine.seats import seat_name

from ..definitions import Definition
from ..models import Task


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to the question of an activity. `back`: it returns the case, so a reason is needed."""

    value: str
    label: str
    next: str
    back: bool
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence a task came: the task done before it. `returned`: the case came back, `reason` says why."""

    step: str
    text: str
    task: Task | None
    reason: str
    returned: bool


def choices_of(definition: Definition, activity: Activity, proposed: str | None = None) -> list[Choice]:
    """The answers, each with what happens next, as the manual has it."""
    out = []
    for number, answer in enumerate(activity.answers):
        words = next_words(definition, [answer.target])
        if number == 0 and activity.signers:
            words = _("Pasa a firma de %(who)s; después %(next)s") % {
                "who": listing(_names(definition, activity.signers)),
                "next": words[:1].lower() + words[1:],
            }
        label = answer.label[:1].upper() + answer.label[1:]
        out.append(
            Choice(
                answer.label, label, words, leads_back(definition, activity, answer.target), answer.label == proposed
            )
        )
    return out


def after_words(definition: Definition, activity: Activity) -> str:
    """What happens when an activity that asks nothing is finished."""
    words = next_words(definition, activity.targets)
    if activity.signers:
        who = listing(_names(definition, activity.signers))
        return _("Al terminar pasa a firma de %(who)s; después %(next)s") % {
            "who": who,
            "next": words[:1].lower() + words[1:],
        }
    return words


def next_words(definition: Definition, targets: Sequence[Target]) -> str:
    """ "Continúa en la actividad 5, Subdirección de Adquisiciones."""
    if not targets:
        return _("Continúa en la actividad siguiente.")
    told = [_one(definition, target) for target in targets]
    return told[0] if len(told) == 1 else _("Continúan a la vez: %(all)s") % {"all": "; ".join(told)}


def leads_back(definition: Definition, activity: Activity, target: Target) -> bool:
    """Whether a target is this activity or an earlier one (the service asks for the reason then)."""
    if target.step is None:
        return False
    order = [a.step for a in definition.procedure.activities]
    return target.step in order and order.index(target.step) <= order.index(activity.step)


def doers(activity: Activity) -> str:
    """Who does an activity, by the labels of the manual."""
    return listing([r.label for r in activity.responsibles if r.label])


def origin_of(definition: Definition, task: Task) -> Origin | None:
    """Whence the task came, with whoever sent it. One statement."""
    if not task.came_from:
        return None
    known = definition.procedure.by_step
    came = known.get(task.came_from)
    here = known.get(task.step)
    done = Task.objects.filter(case_id=task.case_id, step=task.came_from, status="done", done_at__lte=task.opened_at)
    last = done.select_related("done_by", "on_behalf_of", "position").order_by("-done_at", "-pk").first()
    returned = (
        task.round > 1 and came is not None and here is not None and leads_back(definition, came, Target(here.step))
    )
    return Origin(task.came_from, came.text if came else "", last, task.came_reason, returned)


def _one(definition: Definition, target: Target) -> str:
    if target.step is None:
        return _("El trámite termina: %(outcome)s.") % {"outcome": target.outcome or _("concluido")}
    activity = definition.procedure.by_step[target.step]
    who = doers(activity)
    if not who:
        return _("Continúa en la actividad %(step)s.") % {"step": target.step}
    return _("Continúa en la actividad %(step)s, %(who)s.") % {"step": target.step, "who": who}


def _names(definition: Definition, words: Iterable[str]) -> list[str]:
    """Whom `firma` names, as people read it."""
    words = list(words)
    numbers = {
        definition.positions[key]: key for key in (w.partition("@")[0] for w in words) if key in definition.positions
    }
    rows = Position.objects.filter(pk__in=numbers).values_list("pk", "name")
    called = {numbers[pk]: name for pk, name in rows}
    return [seat_name(word, called) for word in words]
