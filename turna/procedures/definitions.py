"""Published definitions in memory: compiled once per process, because a published version never changes.

What a step needs (the graph, terms, who is who) is worked out here, so that acting on a case asks the database for
nothing but the case. Reading packs from disk and publishing them lives in `services.packs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from turna.core import deadlines
from turna.core.models import Position
from turna.core.registry import Registry
from turna.engine import definitions as engine
from turna.engine.expressions import identifier
from turna.engine.flow import Compiled, compile_procedure
from turna.engine.reading import read_pack_sources

from .models import PackRelease, ProcedureVersion

# Messages from outside that an activity may wait for (`espera`): name -> what it tells people.
MESSAGES: Registry[str] = Registry("mensajes")


@dataclass(frozen=True, slots=True)
class StepTerm:
    """The term of an activity, ready for use: the rule and its JSON as the task row keeps it."""

    term: deadlines.Term
    text: str


@dataclass(frozen=True)
class Definition:
    """One published version, ready to run. `plain`: the steps whose completion needs nothing beyond rows of the
    case itself (no document, action, attachment or child), so that the hot path can carry them. `involved`: the steps
    that need more than a row when a case arrives at them. `announced`: the steps whose arrival the applicant is
    told. `applicants`: the steps that the applicant does, or somebody for them. `timing`: the formats from whose dates
    some term counts (`desde`), as expressions spell them."""

    version_id: int
    procedure_id: int
    institution_id: int
    procedure: engine.Procedure
    formats: Mapping[str, engine.FormatDef]
    sources: Mapping[str, str]
    positions: Mapping[str, int]
    terms: Mapping[str, StepTerm]
    term: deadlines.Term | None
    extension: deadlines.Term | None
    plain: frozenset[str]
    involved: frozenset[str]
    announced: frozenset[str]
    applicants: frozenset[str]
    timing: frozenset[str]
    compiled: Compiled
    names: Mapping[str, str]
    """Positions by key, as the manual names them."""

    @property
    def whose(self) -> tuple[int, str]:
        """Institution and pack: where the names that its formats use are known."""
        return self.institution_id, self.procedure.pack

    def activity(self, step: str) -> engine.Activity:
        """Raises: KeyError: the version has no such step."""
        return self.procedure.by_step[step]

    def template(self, key: str) -> str:
        """The Typst source of a template. Raises: KeyError."""
        return self.sources[f"plantillas/{key}.typ"]


_kept: dict[int, Definition] = {}
_lock = Lock()


def definition_of(version_id: int) -> Definition:
    """The definition of a published version. Raises: ProcedureVersion.DoesNotExist."""
    found = _kept.get(version_id)
    if found is not None:
        return found
    with _lock:
        if version_id not in _kept:
            _kept[version_id] = _load(version_id)
        return _kept[version_id]


def forget() -> None:
    """Empties the memory: for tests, whose databases give the same number to different versions."""
    _kept.clear()
    _sources_of.cache_clear()


def pack_of(release: PackRelease) -> engine.Pack:
    """The pack exactly as it was installed."""
    pack = _parsed(release.key, release.digest)
    if pack is None:
        pack, _ = read_pack_sources(release.key, release.sources)
        if pack is None:
            raise LookupError(f"La edición {release.number} de {release.key} no se puede leer.")
        _packs[(release.key, release.digest)] = pack
    return pack


def account_rules(institution_id: int, pack: str) -> Mapping[str, engine.AccountRule]:
    """How user names are formed, by key, as the edition in force says: an open case does not keep an older rule."""
    releases = PackRelease.objects.filter(institution=institution_id, key=pack).order_by("-number")
    release = releases.defer("sources").first()
    return {} if release is None else {rule.key: rule for rule in pack_of(release).institution.accounts}


_packs: dict[tuple[str, str], engine.Pack] = {}


def _parsed(key: str, digest: str) -> engine.Pack | None:
    return _packs.get((key, digest))


@lru_cache(maxsize=64)
def _sources_of(release_id: int) -> engine.Pack:
    return pack_of(PackRelease.objects.get(pk=release_id))


def _load(version_id: int) -> Definition:
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version_id)
    pack = _sources_of(version.release_id)
    keys = {p.key for p in pack.institution.positions}
    rows = Position.objects.filter(institution_id=version.institution_id, key__in=keys).values_list("key", "id")
    return define(version, pack, dict(rows))


def define(version: ProcedureVersion, pack: engine.Pack, positions: Mapping[str, int]) -> Definition:
    """A definition from a pack in hand and the institution's positions by key."""
    procedure = pack.procedures[version.procedure.key]
    timing = _timing(procedure)
    terms = {a.step: _step_term(a.term) for a in procedure.activities if a.term is not None}
    return Definition(
        version_id=version.pk,
        procedure_id=version.procedure_id,
        institution_id=version.institution_id,
        procedure=procedure,
        formats=pack.formats,
        sources=pack.sources,
        positions=positions,
        terms=terms,
        term=core_term(procedure.term),
        extension=core_term(procedure.extension),
        plain=frozenset(a.step for a in procedure.activities if _is_plain(a, pack.formats, timing)),
        involved=frozenset(a.step for a in procedure.activities if _is_involved(a)),
        applicants=frozenset(a.step for a in procedure.activities if _is_applicants(a)),
        announced=frozenset(a.step for a in procedure.activities if a.notice),
        timing=timing,
        compiled=compile_procedure(procedure),
        names={p.key: p.name for p in pack.institution.positions},
    )


def core_term(term: engine.Term | None) -> deadlines.Term | None:
    """The engine's term as the core counts it; a target becomes a step, or `fin` with its outcome."""
    if term is None:
        return None
    return deadlines.Term(
        amount=term.amount,
        unit=term.unit,
        text=term.text,
        legal_ground=term.legal_ground or "",
        on_expiry=term.on_expiry,
        target=str(term.target) if term.target is not None else None,
        since=term.since,
    )


def _step_term(term: engine.Term) -> StepTerm:
    made = core_term(term)
    assert made is not None
    return StepTerm(made, json.dumps(made.to_json(), ensure_ascii=False))


def _timing(procedure: engine.Procedure) -> frozenset[str]:
    terms = [procedure.term, *(a.term for a in procedure.activities)]
    paths = [t.since for t in terms if t is not None and t.since is not None and "." in t.since]
    return frozenset(identifier(path.partition(".")[0]) for path in paths)


def _is_plain(
    activity: engine.Activity, formats: Mapping[str, engine.FormatDef], timing: frozenset[str] = frozenset()
) -> bool:
    if activity.form is not None and identifier(activity.form) in timing:
        return False
    form = formats.get(activity.form or "")
    needs: tuple[Any, ...] = (activity.issues, activity.attachments, activity.action, activity.call)
    return not any(needs) and (form is None or form.series is None)


def _is_applicants(activity: engine.Activity) -> bool:
    return not activity.responsibles or any(r.kind in ("applicant", "citizen") for r in activity.responsibles)


def _is_involved(activity: engine.Activity) -> bool:
    looked_up = any(r.kind == "applicant_position" for r in activity.responsibles)
    reads = activity.term is not None and activity.term.since is not None
    waits = activity.call or activity.waits_for or activity.for_each
    return bool(looked_up or reads or waits or activity.action_automatic)
