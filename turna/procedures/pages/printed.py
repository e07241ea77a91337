"""Files of the published manual: the whole of it, one procedure, its drawing, a blank format; and a format as it was
filled, for whoever may read it in its case.

A published edition never changes: what has been made of it once is kept in memory, a few of each.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from turna.core.calendar import zone_of
from turna.engine.book import Change
from turna.engine.definitions import Pack
from turna.engine.filling import date_text
from turna.engine.flowchart import draw
from turna.web.requests import Request, institution_id

from ..definitions import definition_of, pack_of
from ..documents import name_of
from ..models import PackRelease, ProcedureVersion
from ..possible import is_official
from ..printing.exporting import TYPES, WRITERS, format_file, manual_file, procedure_file
from .reading import case_or_404

SHOWN = frozenset({"pdf"})
"""Kinds that a browser shows; the others are saved."""


@require_safe
def manual_download(request: Request, pack: str, ending: str) -> HttpResponse:
    """`/procedimientos/PACK/manual.pdf`: the whole manual in force, as PDF, DOCX, HTML or Markdown."""
    if ending not in WRITERS:
        raise Http404
    release = _release_or_404(request, pack)
    return _file(_manual(release.digest, release.pk, ending), f"manual-{pack}", ending)


@require_safe
def procedure_download(request: Request, pack: str, key: str) -> HttpResponse:
    """`/procedimientos/PACK/KEY/procedimiento.pdf`: the version in force."""
    version = _version_or_404(request, pack, key)
    return _file(_procedure(version.release.digest, version.pk), key, "pdf")


@require_safe
def procedure_drawing(request: Request, pack: str, key: str) -> HttpResponse:
    """`/procedimientos/PACK/KEY/diagrama.svg`: the flowchart alone, as large as one likes."""
    version = _version_or_404(request, pack, key)
    return HttpResponse(drawing(version), content_type="image/svg+xml; charset=utf-8")


@require_safe
def format_blank(request: Request, pack: str, form: str) -> HttpResponse:
    """`/procedimientos/PACK/formatos/FORMAT.pdf`: to be filled in by hand."""
    release = _release_or_404(request, pack)
    if form not in pack_of(release).formats:
        raise Http404
    return _file(_blank(release.digest, release.pk, form), form, "pdf")


@login_required
@require_GET
@never_cache
def filing_sheet(request: Request, folio: str, filing_id: int) -> HttpResponse:
    """`/expedientes/FOLIO/formatos/ID.pdf`: for those who read the filled formats on the case's page."""
    case = case_or_404(request, folio)
    if not is_official(case, request.standing) and case.applicant_id != request.standing.person_id:
        raise Http404
    filing = get_object_or_404(case.filings, pk=filing_id)
    pack = pack_of(PackRelease.objects.defer("sources").get(pk=case.version.release_id))
    form = pack.formats.get(filing.format)
    if form is None:
        raise Http404
    data = format_file(
        pack,
        form,
        filing.filed_at,
        values=filing.values,
        naming=name_of,
        number=filing.number,
        folio=case.folio,
    )
    return _file(data, f"{form.key}-{case.folio.replace('/', '-')}", "pdf")


def drawing(version: ProcedureVersion) -> str:
    """The flowchart of a version as SVG. Needs its release at hand."""
    return _drawing(version.release.digest, version.pk)


def releases_of(request: Request, packs: set[str]) -> list[tuple[PackRelease, str]]:
    """The edition in force of each of these manuals, with its title."""
    rows = PackRelease.objects.filter(institution_id=institution_id(request), key__in=packs).defer("sources")
    latest = {row.key: row for row in rows.order_by("number")}
    return [(row, str(pack_of(row).manual.get("titulo") or row.key)) for row in latest.values()]


def _release_or_404(request: Request, pack: str) -> PackRelease:
    rows = PackRelease.objects.filter(institution_id=institution_id(request), key=pack).defer("sources")
    found = rows.order_by("-number").first()
    if found is None:
        raise Http404
    return found


def _version_or_404(request: Request, pack: str, key: str) -> ProcedureVersion:
    mine = ProcedureVersion.objects.filter(procedure__institution_id=institution_id(request))
    rows = mine.filter(procedure__pack=pack, procedure__key=key).select_related("release").defer("release__sources")
    found = rows.order_by("-number").first()
    if found is None:
        raise Http404
    return found


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=TYPES[kind])
    how = "inline" if kind in SHOWN else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{name}.{kind}"'
    return response


# --- Made once -------------------------------------------------------------------------

# Keys begin with the digest of the edition: rows may come and go, what it says does not.
_making = Lock()
"""One at a time: many readers of a new edition must not each make it."""


def _manual(digest: str, release_id: int, kind: str) -> bytes:
    with _making:
        return _made_manual(digest, release_id, kind)


@lru_cache(maxsize=8)
def _made_manual(_digest: str, release_id: int, kind: str) -> bytes:
    release = PackRelease.objects.select_related("institution").get(pk=release_id)
    changes = _changes(release)
    edition = f"{changes[-1][0]}, {date_text(changes[-1][1])}" if changes else ""
    return manual_file(pack_of(release), kind, release.installed_at, edition, changes)


def _changes(release: PackRelease) -> list[Change]:
    """The editions installed after the first, which is the manual as it was printed."""
    zone = zone_of(release.institution.time_zone)
    rows = PackRelease.objects.filter(institution=release.institution_id, key=release.key, number__lte=release.number)
    return [
        (
            _("Edición %(number)d") % {"number": number},
            at.astimezone(zone).date().isoformat(),
            note or _("Actualización del manual"),
        )
        for number, at, note in rows.order_by("number").values_list("number", "installed_at", "note")
        if number > 1
    ]


@lru_cache(maxsize=64)
def _procedure(_digest: str, version_id: int) -> bytes:
    version = ProcedureVersion.objects.select_related("release", "procedure").get(pk=version_id)
    pack: Pack = pack_of(version.release)
    edition = _("Versión %(number)d") % {"number": version.number}
    return procedure_file(pack, pack.procedures[version.procedure.key], "pdf", version.valid_from, edition)


@lru_cache(maxsize=64)
def _drawing(_digest: str, version_id: int) -> str:
    definition = definition_of(version_id)
    return draw(definition.procedure, names=definition.names).svg


@lru_cache(maxsize=128)
def _blank(_digest: str, release_id: int, form: str) -> bytes:
    release = PackRelease.objects.get(pk=release_id)
    pack = pack_of(release)
    return format_file(pack, pack.formats[form], release.installed_at)
