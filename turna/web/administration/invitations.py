"""Where the link of an invitation leads: choosing the first password."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from turna.core import limits, people

from .access import attempt
from .forms import NewPasswordForm

TRIES = {"limit": 20, "seconds": 600}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    person = people.invited_by(token)
    if person is None:
        allowed = limits.allow("invitation", limits.client_address(request), **TRIES)
        return render(request, "web/administration/invitation_void.html", status=404 if allowed else 429)
    form = NewPasswordForm(request.POST or None, person=person)
    if request.method == "POST" and attempt(form, lambda typed: people.accept_invitation(token, typed["password"])):
        messages.success(request, _("Su contraseña quedó lista. Ya puede entrar."))
        return redirect("account_login")
    status = 422 if form.is_bound else 200
    answer = render(request, "web/administration/invitation.html", {"form": form, "person": person}, status=status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
