"""Moving open cases to a new version of their procedure: what could move, what must stay, what somebody must decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from turna.core.calendar import now
from turna.core.rights import Standing
from turna.engine.definitions import Activity, Pack, Procedure
from turna.engine.flow import State

from ..definitions import definition_of
from ..models import Case, ProcedureVersion
from ..models import Procedure as ProcedureRow
from .acting import lock_case, state_of
from .carrying import Entry, record
from .clock import recount
from .outcomes import Refused
from .packs import digest_of_procedure
from .step import at_desk

Verdict = Literal["moves", "stays", "decide"]


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What a new version means for one open case, and why."""

    case_id: int
    folio: str
    procedure: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class PackPlan:
    """What installing a pack would do. `changed`: procedures that get a new version; `gone`: that it no longer has."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    cases: tuple[CasePlan, ...]


def plan_pack(pack: Pack) -> PackPlan:
    """For each open case of a procedure that changes, whether it can move. Changes nothing."""
    rows = {row.key: row for row in ProcedureRow.objects.filter(pack=pack.key, institution__key=pack.institution.key)}
    present = {v.procedure_id: v for v in _in_force(rows.values())}
    new = tuple(key for key in pack.procedures if key not in rows)
    changed = []
    for key, procedure in pack.procedures.items():
        version = present.get(rows[key].pk) if key in rows else None
        if key in rows and (version is None or version.digest != digest_of_procedure(procedure, pack)):
            changed.append(key)
    gone = tuple(key for key, row in rows.items() if key not in pack.procedures and row.is_active)
    cases = [plan for key in changed for plan in _plans(rows[key], pack.procedures[key])]
    cases += [plan for key in gone for plan in _staying(rows[key])]
    return PackPlan(new, tuple(changed), gone, tuple(cases))


def move_open_cases(
    procedure_id: int, by: Standing, *, decided: Sequence[int] = (), note: str = ""
) -> tuple[CasePlan, ...]:
    """Moves the open cases of a procedure to its version in force: those that can, and of those that need a decision
    the ones in `decided`. Each in a transaction of its own, with its entry in the history. Right: packs.install.

    Returns what became of each. Raises: Refused("not_allowed").
    """
    by.require("packs.install")
    version = ProcedureVersion.objects.filter(procedure=procedure_id, valid_until__isnull=True).first()
    if version is None:
        raise Refused("not_allowed", _("Este procedimiento no tiene versión vigente."))
    rows = Case.objects.running().filter(procedure=procedure_id).exclude(version=version)
    return tuple(_move(case_id, version, by, set(decided), note) for case_id in rows.values_list("pk", flat=True))


def _move(case_id: int, version: ProcedureVersion, by: Standing, decided: set[int], note: str) -> CasePlan:
    target, moment = definition_of(version.pk).procedure, now()
    with at_desk() as desk:
        case = lock_case(desk, case_id)
        former = definition_of(case.version_id).procedure
        verdict, why = judge(state_of(case), former, target)
        if verdict == "decide" and case_id in decided:
            verdict = "moves"
        if verdict == "moves" and case.status in ("open", "suspended"):
            Case.objects.filter(pk=case.id).update(version=version)
            data = {"from": case.version_id, "to": version.pk, "why": why, "note": note}
            record(desk, case, Entry("case.version_moved", data, by.actor_id), moment)
            moved = desk.lock_case(case.id)
            assert moved is not None
            recount(moved, _("cambio de versión"), moment)
    return CasePlan(case.id, case.folio, target.key, verdict, why)


# --- Judging -----------------------------------------------------------------------


def judge(state: State, former: Procedure, target: Procedure) -> tuple[Verdict, str]:
    """Whether a case that stands there can go on in the other version, and why."""
    worst: tuple[Verdict, str] = ("moves", _("Sus actividades abiertas son iguales en la versión nueva."))
    for token in state.tokens:
        found = _judge_step(former.by_step[token.step], target.by_step.get(token.step), bool(token.forks))
        if found is not None and (found[0] == "stays" or worst[0] == "moves"):
            worst = found
    return worst


def _judge_step(old: Activity, new: Activity | None, forked: bool) -> tuple[Verdict, str] | None:
    names = {"step": old.step}
    if new is None:
        return "stays", _("La actividad %(step)s ya no existe.") % names
    if [_who(r) for r in old.responsibles] != [_who(r) for r in new.responsibles] or old.signers != new.signers:
        return "stays", _("La actividad %(step)s tiene otro responsable.") % names
    if (old.call, old.waits_for, old.for_each, old.mode) != (new.call, new.waits_for, new.for_each, new.mode):
        return "stays", _("La actividad %(step)s se hace de otro modo.") % names
    if forked and (old.joins, old.targets) != (new.joins, new.targets):
        return "decide", _("La actividad %(step)s está en una rama que cambió.") % names
    if [a.label for a in old.answers] != [a.label for a in new.answers]:
        return "decide", _("La actividad %(step)s tiene otras respuestas.") % names
    if old.text != new.text or old.form != new.form:
        return "decide", _("La actividad %(step)s cambió de texto o de formato.") % names
    return None


def _who(responsible: object) -> tuple[object, ...]:
    return tuple(getattr(responsible, name) for name in ("kind", "key", "recorder"))


def _in_force(rows: Iterable[ProcedureRow]) -> Iterable[ProcedureVersion]:
    ids = [row.pk for row in rows]
    return ProcedureVersion.objects.filter(procedure__in=ids, valid_until__isnull=True)


def _plans(row: ProcedureRow, target: Procedure) -> list[CasePlan]:
    found = []
    for case in Case.objects.running().filter(procedure=row).order_by("pk").iterator():
        former = definition_of(case.version_id).procedure
        verdict, why = judge(State.from_json(case.state), former, target)
        found.append(CasePlan(case.pk, case.folio, row.key, verdict, why))
    return found


def _staying(row: ProcedureRow) -> list[CasePlan]:
    why = _("El procedimiento ya no está en el manual; el expediente sigue en su versión.")
    cases = Case.objects.running().filter(procedure=row).order_by("pk").values_list("pk", "folio")
    return [CasePlan(pk, folio, row.key, "stays", why) for pk, folio in cases]
