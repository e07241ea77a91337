"""The published manual: the list of procedures, the page of each as the manual shows it, its versions and changes.

Public, because a manual is. Starting a procedure is elsewhere (`start`); nothing here changes anything.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from turna.engine.definitions import Activity, FormatDef
from turna.engine.definitions import Procedure as Drawn
from turna.engine.flowchart import draw
from turna.engine.wording import follows_plainly, leading, listed, span, who
from turna.web.requests import Request, institution_id

from ..comparison import compare
from ..definitions import Definition, definition_of
from ..figures import figures_of
from ..models import Procedure, ProcedureVersion
from ..searching import searchable

Rows = QuerySet[Procedure]


def _listed(request: Request) -> Rows:
    """The procedures of the institution that have a version in force."""
    in_force = Q(versions__valid_until__isnull=True)
    return (
        Procedure.objects.filter(institution_id=institution_id(request), is_active=True)
        .annotate(number=Max("versions__number", filter=in_force), in_force=Count("versions", filter=in_force))
        .filter(in_force__gt=0)
        .select_related("unit")
        .order_by("code", "name")
    )


@require_safe
def catalogue(request: Request) -> HttpResponse:
    """Every procedure, found by words of its name, code, area or keywords, with or without accents."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows = _listed(request)
    for word in searchable(words).split():
        rows = rows.filter(search__contains=word)
    context = {"procedures": list(rows), "words": words}
    template = "procedures/manual/list.html" if request.htmx else "procedures/manual/catalogue.html"
    return render(request, template, context)


@require_safe
def procedure_page(request: Request, pack: str, key: str, number: int | None = None) -> HttpResponse:
    """A procedure as the manual prints it: the version in force, or the one asked for."""
    procedure = _procedure_or_404(request, pack, key)
    versions = list(procedure.versions.select_related("release").order_by("-number"))
    version = _version_or_404(versions, number)
    definition = definition_of(version.pk)
    context = {
        "procedure": procedure,
        "definition": definition.procedure,
        "version": version,
        "versions": versions,
        "in_force": version.valid_until is None,
        "sheet": _sheet(definition),
        "rows": [_row(definition, a) for a in definition.procedure.activities],
        "formats": _formats_used(definition),
        "drawing": _drawing(version.pk),
        "figures": figures_of(procedure),
        "starts": _starters(definition),
    }
    return render(request, "procedures/manual/procedure.html", context)


@require_safe
def procedure_changes(request: Request, pack: str, key: str) -> HttpResponse:
    """What changed between two versions (`?de=1&a=2`): by default the last two."""
    procedure = _procedure_or_404(request, pack, key)
    versions = list(procedure.versions.select_related("release").order_by("-number"))
    later = _version_or_404(versions, _number(request, "a"))
    former = [v for v in versions if v.number < later.number]
    earlier = _version_or_404(versions, _number(request, "de") or (former[0].number if former else later.number))
    before, after = definition_of(earlier.pk), definition_of(later.pk)
    found = compare(before.procedure, after.procedure, dict(before.formats), dict(after.formats))
    context = {"procedure": procedure, "versions": versions, "before": earlier, "after": later, "comparison": found}
    return render(request, "procedures/manual/changes.html", context)


def _procedure_or_404(request: Request, pack: str, key: str) -> Procedure:
    mine = Procedure.objects.filter(institution_id=institution_id(request)).select_related("unit")
    return get_object_or_404(mine, pack=pack, key=key)


def _version_or_404(versions: list[ProcedureVersion], number: int | None) -> ProcedureVersion:
    for version in versions:
        if version.number == number or (number is None and version.valid_until is None):
            return version
    if number is None and versions:
        return versions[0]
    raise Http404


def _number(request: Request, name: str) -> int | None:
    word = request.GET.get(name, "")
    return int(word) if word.isdecimal() and len(word) < 7 else None


# --- As the manual prints it ---------------------------------------------------------


@lru_cache(maxsize=64)
def _drawing(version_id: int) -> str:
    """The flowchart of a version, drawn once: a published version never changes."""
    definition = definition_of(version_id)
    return draw(definition.procedure, names=definition.names).svg


def _sheet(definition: Definition) -> list[tuple[str, str]]:
    procedure = definition.procedure
    term = procedure.term
    limit = f"{span(term)} ({term.legal_ground})" if term and term.legal_ground else span(term) if term else ""
    rows = [
        ("Clave", procedure.code),
        ("Área responsable", procedure.unit_name or procedure.unit),
        ("Frecuencia", procedure.frequency),
        ("Tiempo promedio", procedure.average_time),
        ("Plazo máximo", limit),
        ("Alcance", procedure.scope),
    ]
    return [(label, text) for label, text in rows if text]


def _starters(definition: Definition) -> str:
    """Who may begin it, as people read it."""
    labels = {r.key: who(r) for a in definition.procedure.activities for r in a.responsibles if r.key}
    fixed = {
        "servidor-publico": "Cualquier servidor público",
        "titular": "Quien encabeza una unidad",
        "ciudadano": "Cualquier persona",
    }
    keys = definition.procedure.start.by
    return listed([fixed.get(key) or labels.get(key) or key.replace("-", " ").capitalize() for key in keys])


def _row(definition: Definition, activity: Activity) -> dict[str, Any]:
    """A row of the manual's table. `leads`: the question and where each answer goes, or where it goes when that is
    not simply the next row."""
    procedure: Drawn = definition.procedure
    together = "Intervienen todos" if activity.mode == "all" else "Basta con uno"
    return {
        "step": activity.step,
        "who": [who(r) for r in activity.responsibles],
        "together": together if len(activity.responsibles) > 1 else "",
        "text": activity.text,
        "joins": listed(activity.joins) if activity.joins else "",
        "leads": "" if follows_plainly(procedure, activity) else leading(procedure, activity),
        "documents": activity.documents,
        "form": definition.formats.get(activity.form or ""),
        "term": span(activity.term) if activity.term else "",
        "signed": bool(activity.signers),
    }


def _formats_used(definition: Definition) -> list[FormatDef]:
    """The formats that the procedure names, in the order in which they appear."""
    named = [definition.procedure.start.form, *(a.form for a in definition.procedure.activities)]
    return [definition.formats[key] for key in dict.fromkeys(named) if key and key in definition.formats]
