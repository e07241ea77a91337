"""Starting a procedure: what this person may start, and the page that asks what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from turna.core.models import Person
from turna.core.refusals import Refused
from turna.engine.definitions import FieldDef, FormatDef
from turna.web.requests import Request

from .. import services
from ..definitions import Definition, definition_of
from ..forms import ApplicantForm, named_like
from ..models import Draft, Procedure, ProcedureVersion
from ..searching import searchable
from .books import addresses, book_of_start, table_of_start, uploaded
from .reading import act_of, institution_id
from .receipts import keep_code
from .sheets import (
    Received,
    Sheet,
    begun,
    draft_of,
    errors_shown,
    only_shown_again,
    received,
    refreshed,
    shown,
    state_now,
)

APPLICANT = ("person", "name", "email", "phone", "unit")


@login_required
@require_GET
def start_catalogue(request: Request) -> HttpResponse:
    """`/iniciar/`: what this person may start, found by words, with what each needs."""
    words = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100]
    offered = [_card(definition, procedure) for definition, procedure in _startable(request, words)]
    return render(request, "procedures/start_catalogue.html", {"words": words, "offered": offered})


@login_required
@require_http_methods(["GET", "POST"])
def start(request: Request, pack: str, key: str) -> HttpResponse:
    """`/iniciar/PACK/KEY/`: the start's format, on whose behalf, by which channel."""
    definition = _definition_or_404(request, pack, key)
    if not services.may_start(definition, request.standing):
        return _not_theirs(request, definition)
    if request.method == "GET":
        return _page(request, definition)
    if request.POST.get("do") == "draft":
        _save_draft(request, definition)
        messages.success(request, _("Se guardó el borrador. Puede seguir cuando quiera."))
        return redirect("start", pack=pack, key=key)
    if only_shown_again(request):
        return _page(request, definition, refreshed(request, definition, _form_of(definition)), status=200)
    if request.POST.get("do") == "sheet":
        sheet = uploaded(request, definition, _form_of(definition))
        _save_draft(request, definition, sheet.values)
        return _page(request, definition, sheet, status=200 if sheet.told else 422)
    return _start(request, definition)


@login_required
@require_GET
def start_book(request: Request, pack: str, key: str) -> HttpResponse:
    """`/iniciar/PACK/KEY/hoja.xlsx`: the start's format as a spreadsheet."""
    return book_of_start(request, _definition_or_404(request, pack, key))


@login_required
@require_GET
def start_table(request: Request, pack: str, key: str, field: str) -> HttpResponseBase:
    """`/iniciar/PACK/KEY/tabla/FIELD.csv`: the rows of a table of the start's format."""
    return table_of_start(request, _definition_or_404(request, pack, key), field)


@login_required
@require_POST
def start_draft(request: Request, pack: str, key: str) -> HttpResponse:
    """Keeps what has been typed so far; called by the page itself while one types."""
    definition = _definition_or_404(request, pack, key)
    if not services.may_start(definition, request.standing):
        raise Http404
    _save_draft(request, definition)
    return JsonResponse({"saved": True, **state_now(request, _form_of(definition))})


@login_required
@require_GET
def people(request: Request) -> HttpResponse:
    """Options for the applicant's field while one types: officials of the institution by name or e-mail."""
    words = " ".join(request.GET.get("solicitante-person", "").split())[:100]
    found = Person.objects.none()
    if len(words) >= 2 and request.standing.positions:
        everybody = Person.objects.filter(institution_id=institution_id(request), is_active=True)
        found = named_like(everybody, words)
    return render(request, "procedures/people.html", {"people": found.order_by("given_names", "surname1")[:12]})


def _startable(request: Request, words: str) -> list[tuple[Definition, Procedure]]:
    rows = Procedure.objects.filter(institution_id=institution_id(request), is_active=True)
    for word in searchable(words).split():
        rows = rows.filter(search__contains=word)
    versions = ProcedureVersion.objects.filter(procedure__in=rows, valid_until__isnull=True)
    pairs = versions.select_related("procedure", "procedure__unit").order_by("procedure__name")
    found = ((definition_of(version.pk), version.procedure) for version in pairs)
    return [pair for pair in found if services.may_start(pair[0], request.standing)]


def _card(definition: Definition, procedure: Procedure) -> dict[str, Any]:
    start = definition.procedure.start
    form = definition.formats.get(start.form or "")
    first = definition.procedure.first
    return {
        "procedure": procedure,
        "definition": definition.procedure,
        "form": form,
        "needs": [f.label for f in form.fields if _to_have(f)][:6] if form else [],
        "papers": [a.kind for a in first.attachments if a.required],
    }


def _to_have(field: FieldDef) -> bool:
    """Whether a field asks for something that one must have at hand: not a choice, a question or a calculation."""
    asks = field.type in {"choice", "several", "yes_no", "computed"} or "¿" in field.label
    return field.required and field.show_if is None and not asks


def _definition_or_404(request: Request, pack: str, key: str) -> Definition:
    """The version in force, for those who may start it and for officials, who may be told why not; for others as if
    there were none."""
    version = ProcedureVersion.objects.filter(
        procedure__institution_id=institution_id(request),
        procedure__pack=pack,
        procedure__key=key,
        procedure__is_active=True,
        valid_until__isnull=True,
    ).first()
    if version is None:
        raise Http404
    definition, standing = definition_of(version.pk), request.standing
    official = standing.institution_id == definition.institution_id and standing.positions
    if not official and not services.may_start(definition, standing):
        raise Http404
    return definition


def _not_theirs(request: Request, definition: Definition) -> HttpResponse:
    """To an official whose position does not begin this: who does."""
    context = {"procedure": definition.procedure, "starts": services.who_starts(definition)}
    return render(request, "procedures/start_refused.html", context, status=403)


def _form_of(definition: Definition) -> FormatDef | None:
    """The format that the starter fills."""
    return definition.formats.get(definition.procedure.start.form or "")


def _page(
    request: Request,
    definition: Definition,
    sheet: Sheet | None = None,
    applicant: ApplicantForm | None = None,
    status: int = 422,
) -> HttpResponse:
    """The page of the start; `status` when it shows what was sent."""
    wanted = definition.procedure.start
    draft = draft_of(request, f"start:{definition.procedure_id}")
    said: Mapping[str, Any] = request.POST if request.method == "POST" else (draft.data if draft else {})
    if wanted.on_behalf and applicant is None:
        applicant = ApplicantForm(institution_id=definition.institution_id, initial=_applicant_typed(request, draft))
    context = {
        "procedure": definition.procedure,
        "wanted": wanted,
        "first": definition.procedure.first,
        "sheet": sheet or begun(request, definition, wanted.form, None, draft),
        "book": addresses(_form_of(definition), "start", definition.procedure.pack, definition.procedure.key),
        "applicant": applicant if wanted.on_behalf else None,
        "channel": said.get("channel", ""),
        "subject": said.get("subject", ""),
        "asks_subject": _asks_subject(definition),
        "draft": draft,
    }
    return render(request, "procedures/start.html", context, status=status if sheet is not None else 200)


def _applicant_typed(request: Request, draft: Draft | None) -> dict[str, str]:
    """What stands in the fields of the applicant: just sent, or in the draft."""
    if request.method == "POST":
        return {name: request.POST.get(f"solicitante-{name}", "")[:254] for name in APPLICANT}
    return draft.data.get("applicant", {}) if draft else {}


def _start(request: Request, definition: Definition) -> HttpResponse:
    wanted, form = definition.procedure.start, _form_of(definition)
    got = received(request, definition, form)
    applicant = ApplicantForm(request.POST, institution_id=definition.institution_id) if wanted.on_behalf else None
    if applicant is not None and not applicant.is_valid():
        return _page(request, definition, shown(request, definition, form, got.typed, got.wrong), applicant)
    try:
        started = _started(request, definition, got, applicant)
    except Refused as refused:
        errors, others = errors_shown(form, refused)
        sheet = shown(request, definition, form, got.typed, {**errors, **got.wrong}, others)
        return _page(request, definition, sheet, applicant)
    services.drop_draft(f"start:{definition.procedure_id}", request.standing)
    if started.code:
        keep_code(request, started.case_id, started.code)
    messages.success(request, _("Se abrió el expediente %(folio)s.") % {"folio": started.folio})
    return redirect("receipt", folio=started.folio)


def _started(
    request: Request, definition: Definition, got: Received, applicant: ApplicantForm | None
) -> services.Started:
    """Opens the case. Raises: Refused; then nothing is opened, also when only a file was not taken."""
    with transaction.atomic() if got.wrong else nullcontext():
        started = services.start_case(
            definition.procedure_id,
            request.standing,
            typed=got.typed,
            channel=request.POST.get("channel", ""),
            applicant=_applicant(applicant),
            subject=request.POST.get("subject", "").strip()[:300],
            act=act_of(request),
        )
        if got.wrong:
            raise Refused("invalid_form", _("Revise los datos marcados."), got.wrong)
    return started


def _applicant(form: ApplicantForm | None) -> services.Applicant | None:
    if form is None:
        return None
    data = form.cleaned_data
    person, unit = data["person"], data["unit"]
    unit_id = unit.pk if unit else None
    if person is not None:
        return services.Applicant(person_id=person.pk, unit_id=unit_id, email=data["email"], phone=data["phone"])
    return services.Applicant(name=data["name"], email=data["email"], phone=data["phone"], unit_id=unit_id)


def _asks_subject(definition: Definition) -> bool:
    """Whether the start's format gives the case no subject, so that the page asks for one."""
    form = definition.formats.get(definition.procedure.start.form or "")
    return form is None or not form.subject


def _save_draft(request: Request, definition: Definition, typed: Mapping[str, Any] | None = None) -> None:
    if typed is None:
        typed = received(request, definition, _form_of(definition)).typed
    data = {
        "typed": dict(typed),
        "applicant": _applicant_typed(request, None),
        "channel": request.POST.get("channel", "")[:40],
        "subject": request.POST.get("subject", "")[:300],
    }
    key = f"start:{definition.procedure_id}"
    services.save_draft(key, request.standing, data, institution_id=definition.institution_id)
