"""Checking a printed document by its code, without an account: what it is and whether it stands.

Shows neither its contents nor anybody's data. Codes cannot be guessed; tries are limited nevertheless.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from turna.core.documents import read_code, shown_code
from turna.core.limits import allow, client_address
from turna.web.requests import Request

from ..models import CaseDocument

TRIES = {"limit": 60, "seconds": 600}
STATES = {
    "stands": gettext_lazy("Vigente"),
    "replaced": gettext_lazy("Sustituido por una versión posterior"),
    "withdrawn": gettext_lazy("Retirado"),
}


class VerifyForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Código del documento"),
        max_length=40,
        help_text=gettext_lazy("Está al pie de cada hoja: doce letras y números. No importan mayúsculas ni guiones."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = read_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("Un código lleva doce letras y números, como 7K3M-9PXT-2WQF."))
        return code


@never_cache
@require_safe
def verify(request: Request) -> HttpResponse:
    """Asks for the code and leads to its document."""
    if "code" not in request.GET:
        return _page(request, VerifyForm())
    form = VerifyForm(request.GET)
    if form.is_valid():
        return redirect("verify_document", shown_code(form.cleaned_data["code"]))
    return _page(request, form, status=422)


@never_cache
@require_safe
def verify_document(request: Request, code: str) -> HttpResponse:
    """What the document with this code is and whether it stands."""
    form = VerifyForm({"code": code})
    if not allow("verify", client_address(request), **TRIES):
        form.add_error(None, _("Se hicieron demasiadas consultas. Espere unos minutos y vuelva a probar."))
        return _page(request, form, status=429)
    found = None
    if form.is_valid():
        rows = CaseDocument.objects.select_related("institution", "case")
        found = rows.filter(code=form.cleaned_data["code"]).first()
    if found is None:
        if form.is_valid():
            form.add_error("code", _("Aquí no se emitió ningún documento con ese código. Revíselo letra por letra."))
        return _page(request, form, status=404)
    state = _state(found)
    return _page(request, VerifyForm(), found=found, state=state, says=STATES[state])


def _state(document: CaseDocument) -> str:
    if document.withdrawn_at is not None:
        return "withdrawn"
    later = CaseDocument.objects.filter(case=document.case_id, kind=document.kind, title=document.title)
    return "replaced" if later.filter(version__gt=document.version).exists() else "stands"


def _page(request: Request, form: VerifyForm, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "procedures/verify.html", {"form": form, **context}, status=status)
