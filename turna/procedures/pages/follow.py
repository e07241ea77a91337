"""Following a folio without an account: the folio and its secret code, a limited number of tries.

Whoever has shown both may look for two hours in the same browser. The answer never tells which of the two was wrong.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from turna.core.calendar import calendar_of, now
from turna.core.deadlines import light
from turna.core.files import FileRefused
from turna.core.limits import allow, client_address
from turna.core.refusals import Refused
from turna.core.rights import system_standing
from turna.web.files import serve
from turna.web.requests import CHOSEN, Request

from .. import services
from ..following import documents_for_applicant, find_case, public_case
from ..models import Case, CorrectionNotice

KEY = "followed"
LOOKS_FOR = 2 * 3600
TRIES = {"limit": 12, "seconds": 600}
TRIES_A_FOLIO = {"limit": 30, "seconds": 3600}


class FollowForm(forms.Form):
    folio = forms.CharField(
        label=gettext_lazy("Folio"),
        max_length=60,
        help_text=gettext_lazy("Está en su acuse; por ejemplo DMIGA/2026/00042."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Código"),
        max_length=60,
        help_text=gettext_lazy("El código secreto que se le dio con el folio. No importan mayúsculas ni guiones."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Su respuesta"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )
    upload = forms.FileField(
        label=gettext_lazy("Documento"),
        required=False,
        help_text=gettext_lazy("Si le pidieron un documento, adjúntelo: PDF o fotografía."),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: Request) -> HttpResponse:
    """Asks for folio and code; with both right, leads to the case."""
    if request.method != "POST":
        form = FollowForm(initial={"folio": request.GET.get("folio", "")[:60]})
        return render(request, "procedures/follow/ask.html", {"form": form})
    form = FollowForm(request.POST)
    if not form.is_valid():
        return render(request, "procedures/follow/ask.html", {"form": form}, status=422)
    if not _may_try(request, form.cleaned_data["folio"]):
        form.add_error(None, _("Se hicieron demasiados intentos. Espere unos minutos y vuelva a probar."))
        return render(request, "procedures/follow/ask.html", {"form": form}, status=429)
    case = find_case(form.cleaned_data["folio"], form.cleaned_data["code"])
    if case is None:
        form.add_error(None, _("El folio y el código no coinciden. Revíselos en su acuse."))
        return render(request, "procedures/follow/ask.html", {"form": form}, status=422)
    request.session[KEY] = [case.pk, now().timestamp() + LOOKS_FOR]
    request.session[CHOSEN] = case.institution.key
    return redirect("follow_case")


@never_cache
@require_safe
def follow_case(request: Request) -> HttpResponse:
    """Where the case stands, for its applicant."""
    case_id = followed(request)
    found = public_case(case_id) if case_id else None
    if found is None:
        return redirect("follow")
    return render(request, "procedures/follow/case.html", _context(found, AnswerForm()))


@never_cache
@require_POST
def follow_answer(request: Request) -> HttpResponse:
    """The applicant's answer to what they were asked to correct."""
    case_id = followed(request)
    if not case_id:
        messages.error(request, _("Pasó mucho tiempo. Escriba otra vez su folio y su código para contestar."))
        return redirect("follow")
    correction = CorrectionNotice.objects.filter(case=case_id, status=CorrectionNotice.Status.PENDING).first()
    if correction is None:
        messages.info(request, _("Ya no hay nada pendiente de contestar."))
        return redirect("follow_case")
    form = AnswerForm(request.POST, request.FILES)
    if form.is_valid() and _answer(form, correction):
        messages.success(request, _("Recibimos su respuesta. El plazo vuelve a correr."))
        return redirect("follow_case")
    found = public_case(case_id)
    if found is None:
        raise Http404
    return render(request, "procedures/follow/case.html", _context(found, form), status=422)


def _answer(form: AnswerForm, correction: CorrectionNotice) -> bool:
    """Keeps the document, if one came, and the answer: both or neither. False when refused; the form says why."""
    sent = form.cleaned_data["upload"]
    try:
        with transaction.atomic():
            if sent:
                services.attach(
                    correction.case_id,
                    system_standing(correction.institution_id),
                    sent,
                    name=sent.name,
                    kind=_("Respuesta a la prevención"),
                    title=sent.name,
                    for_applicant=True,
                )
            services.answer_correction(correction.pk, None, form.cleaned_data["text"])
    except Refused as refused:
        form.add_error("upload" if isinstance(refused, FileRefused) else "text", refused.message)
        return False
    return True


@never_cache
@require_safe
def follow_file(request: Request, document_id: int) -> HttpResponseBase:
    """A document of the case that is for its applicant."""
    case = get_object_or_404(Case, pk=followed(request) or 0)
    document = get_object_or_404(documents_for_applicant(case), pk=document_id)
    return serve(request, document.file)


@require_POST
def follow_end(request: Request) -> HttpResponse:
    """Forget the case on this device."""
    request.session.pop(KEY, None)
    messages.success(request, _("Listo: este equipo ya no muestra su trámite."))
    return redirect("follow")


def _may_try(request: HttpRequest, folio: str) -> bool:
    """Counts the try against the address and against the folio; both must have room."""
    by_address = allow("follow", client_address(request), **TRIES)
    by_folio = allow("follow.folio", folio, **TRIES_A_FOLIO)
    return by_address and by_folio


def followed(request: HttpRequest) -> int:
    """The case shown to this browser, or 0 when none was or its time is over."""
    kept = request.session.get(KEY)
    if not isinstance(kept, list) or len(kept) != 2 or kept[1] < now().timestamp():
        return 0
    return int(kept[0])


def _context(found: Any, form: AnswerForm) -> dict[str, Any]:
    calendar = calendar_of(found.case.institution)
    due = found.correction.due_at if found.correction else None
    return {
        "found": found,
        "case": found.case,
        "form": form,
        "light": light(found.case.due_at, now(), calendar) if found.case.ended_at is None else None,
        "answer_light": light(due, now(), calendar),
    }
