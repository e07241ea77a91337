"""The published manual: the list of procedures, the page of each as the manual shows it, its versions and changes.

Public, because a manual is. Starting a procedure is elsewhere (`start`); nothing here changes anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_safe

from turna.core.calendar import calendar_of, now
from turna.engine.book.forms import instructions
from turna.engine.book.rows import said
from turna.engine.book.sheets import formats_of, sheet_rows
from turna.engine.definitions import Activity
from turna.engine.definitions import Procedure as Drawn
from turna.engine.wording import follows_plainly, who
from turna.web.requests import Request, institution_id

from ..comparison import compare
from ..definitions import Definition, definition_of
from ..figures import FEWEST, Figures, cases_behind, figures_of
from ..models import Case, Procedure, ProcedureVersion
from ..searching import searchable
from .printed import drawing, releases_of
from .reading import case_rows

Rows = QuerySet[Procedure]
WINDOWS = {"30": _("30 días"), "90": _("90 días"), "365": _("12 meses"), "todo": _("Todo")}
WINDOW = "365"
SHOWN_CASES = 100


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
    procedures = list(rows)
    context: dict[str, Any] = {"procedures": procedures, "words": words}
    if not request.htmx:
        context["manuals"] = releases_of(request, {p.pack for p in procedures})
    template = "procedures/manual/list.html" if request.htmx else "procedures/manual/catalogue.html"
    return render(request, template, context)


@require_safe
def procedure_page(request: Request, pack: str, key: str, number: int | None = None) -> HttpResponse:
    """A procedure as the manual prints it: the version in force, or the one asked for."""
    procedure = _procedure_or_404(request, pack, key)
    versions = _versions(procedure)
    version = _version_or_404(versions, number)
    definition = definition_of(version.pk)
    window = _window(request)
    context = {
        "procedure": procedure,
        "definition": definition.procedure,
        "version": version,
        "versions": versions,
        "in_force": version.valid_until is None,
        "sheet": _sheet(definition),
        "rows": [_row(definition, a) for a in definition.procedure.activities],
        "formats": [(form, instructions(form)) for form in formats_of(definition.procedure, definition.formats)],
        "drawing": drawing(version),
        "figures": _figures(request, procedure, definition.procedure, _since(window)),
        "windows": WINDOWS,
        "window": window,
        "official": _is_staff(request),
    }
    return render(request, "procedures/manual/procedure.html", context)


@require_safe
def procedure_changes(request: Request, pack: str, key: str) -> HttpResponse:
    """What changed between two versions (`?de=1&a=2`): by default the last two."""
    procedure = _procedure_or_404(request, pack, key)
    versions = _versions(procedure)
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


def _versions(procedure: Procedure) -> list[ProcedureVersion]:
    """Newest first; the texts of each edition are large and stay where they are."""
    rows = procedure.versions.select_related("release").defer("release__sources")
    return list(rows.order_by("-number"))


# --- What really happens ---------------------------------------------------------------


@login_required
@require_GET
def procedure_cases(request: Request, pack: str, key: str) -> HttpResponse:
    """`…/expedientes/?cifra=…`: the cases behind a number of the procedure's page, of those that the reader may see."""
    procedure = _procedure_or_404(request, pack, key)
    window = _window(request)
    what, step, answer = (request.GET.get(name, "")[:80] for name in ("cifra", "paso", "respuesta"))
    ids = cases_behind(procedure, what, step, answer, _since(window))
    visible = Case.objects.visible_to(request.standing).filter(pk__in=ids).select_related("procedure")
    found = list(visible.order_by("-opened_at", "-pk")[: SHOWN_CASES + 1])
    context = {
        "procedure": procedure,
        "title": _what_words(what, step, answer),
        "rows": list(case_rows(request, found[:SHOWN_CASES])),
        "more": len(found) > SHOWN_CASES,
        "window": window,
        "window_words": WINDOWS[window],
    }
    return render(request, "procedures/manual/cases.html", context)


WHAT = {
    "abiertos": _("Expedientes abiertos"),
    "en-tramite": _("Expedientes en trámite"),
    "concluidos": _("Expedientes concluidos"),
    "a-tiempo": _("Concluidos a tiempo"),
    "tarde": _("Concluidos fuera de tiempo"),
    "hechas": _("Pasaron por la actividad %(step)s"),
    "esperan": _("Están en la actividad %(step)s"),
    "respuesta": _("Respuesta «%(answer)s» en la actividad %(step)s"),
}


def _what_words(what: str, step: str, answer: str) -> str:
    return str(WHAT.get(what, _("Expedientes"))) % {"step": step, "answer": answer}


def _window(request: Request) -> str:
    window = request.GET.get("periodo", WINDOW)
    return window if window in WINDOWS else WINDOW


def _since(window: str) -> datetime | None:
    return now() - timedelta(days=int(window)) if window.isdecimal() else None


def _is_staff(request: Request) -> bool:
    """Whether the reader works in the institution: holds a post, now or in somebody's stead."""
    standing = request.standing
    return bool(standing and standing.positions and standing.institution_id == institution_id(request))


def _figures(request: Request, procedure: Procedure, drawn: Drawn, since: datetime | None) -> Figures | None:
    """What the page may show: of few cases only to those who work here."""
    found = figures_of(procedure, drawn, calendar_of(request.institution), since)
    return found if found is not None and (found.opened >= FEWEST or _is_staff(request)) else None


# --- As the manual prints it ---------------------------------------------------------


def _sheet(definition: Definition) -> list[tuple[str, tuple[str, ...]]]:
    """The data sheet but for what stands in the page's heading."""
    rows = sheet_rows(definition.procedure, definition.names, definition.formats)
    return [(label, lines) for label, lines in rows if label not in ("Nombre del procedimiento", "Objetivo")]


def _row(definition: Definition, activity: Activity) -> dict[str, Any]:
    """A row of the manual's table. `leads`: the question and where each answer goes, or where it goes when that is
    not simply the next row."""
    procedure: Drawn = definition.procedure
    lines = list(said(procedure, activity, definition.names, {}))
    joins = lines.pop(0) if activity.joins else ""
    leads = "" if follows_plainly(procedure, activity) else lines.pop()
    return {
        "step": activity.step,
        "who": [who(r) for r in activity.responsibles],
        "joins": joins,
        "text": lines[0],
        "more": lines[1:],
        "leads": leads,
        "documents": activity.documents,
        "form": definition.formats.get(activity.form or ""),
    }
