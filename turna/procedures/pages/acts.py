"""The acts that anyone with the right may do on a case at any time, each a small page with its form.

Which ones are offered to whom is `possible`; whether one is allowed is the service's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from turna.core.refusals import Refused
from turna.web.requests import Request

from .. import services
from ..definitions import definition_of
from ..forms import (
    ActForm,
    AnswerForm,
    AttachForm,
    CommentForm,
    ConfirmForm,
    CorrectionForm,
    ExtendForm,
    MessageForm,
    MoveForm,
    ReasonForm,
)
from ..models import Case, CorrectionNotice
from ..possible import possible_acts
from .reading import act_of, case_or_404
from .receipts import keep_code
from .waiting import awaited_words

Label = str | Promise
Filled = ActForm
Run = Callable[[Request, Case, Filled], Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act as a page. `name` is what `possible_acts` calls it; `grave`: it cannot be taken back by the reader."""

    name: str
    title: Label
    button: Label
    done: Label
    icon: str
    run: Run
    form: type[ActForm] = ReasonForm
    lead: Label = ""
    grave: bool = False


def _comment(request: Request, case: Case, form: Filled) -> None:
    data = form.cleaned_data
    services.comment(case.pk, request.standing, data["text"], data["audience"], act=act_of(request))


def _attach(request: Request, case: Case, form: Filled) -> None:
    data = form.cleaned_data
    services.attach(
        case.pk,
        request.standing,
        data["upload"],
        name=data["upload"].name,
        kind=data["kind"],
        title=data["title"] or data["upload"].name,
        for_applicant=data["for_applicant"],
        act=act_of(request),
    )


def _ask_correction(request: Request, case: Case, form: Any) -> None:
    data = form.cleaned_data
    ground = data["legal_ground"]
    services.ask_correction(case.pk, request.standing, data["text"], form.term(), ground, act=act_of(request))


def _answer_correction(request: Request, case: Case, form: Filled) -> None:
    correction = _pending(case)
    services.answer_correction(correction.pk, request.standing, form.cleaned_data["text"], act=act_of(request))


def _withdraw_correction(request: Request, case: Case, form: Filled) -> None:
    correction = _pending(case)
    services.withdraw_correction(correction.pk, request.standing, act=act_of(request))


def _extend(request: Request, case: Case, form: Any) -> None:
    data = form.cleaned_data
    services.extend_case(
        case.pk, request.standing, form.term(), data["reason"], data["legal_ground"], act=act_of(request)
    )


def _cancel(request: Request, case: Case, form: Filled) -> None:
    services.cancel_case(case.pk, request.standing, form.cleaned_data["reason"], act=act_of(request))


def _withdraw(request: Request, case: Case, form: Filled) -> None:
    services.withdraw_case(case.pk, request.standing, form.cleaned_data["reason"], act=act_of(request))


def _reopen(request: Request, case: Case, form: Filled) -> None:
    services.reopen_case(case.pk, request.standing, form.cleaned_data["reason"], act=act_of(request))


def _move(request: Request, case: Case, form: Filled) -> None:
    data = form.cleaned_data
    token = int(data["token"]) if data.get("token") else None
    services.move_case(case.pk, request.standing, data["to_step"], data["reason"], token=token, act=act_of(request))


def _record_message(request: Request, case: Case, form: Filled) -> None:
    data = form.cleaned_data
    told = {"note": data["note"]}
    services.receive_message(case.pk, data["name"], told, by=request.standing, act=act_of(request))


def _reissue(request: Request, case: Case, form: Filled) -> None:
    keep_code(request, case.pk, services.reissue_code(case.pk, request.standing))


# By the word of the address.
ACTS: dict[str, Act] = {
    "comentar": Act(
        "comment",
        lazy("Comentar"),
        lazy("Comentar"),
        lazy("Se guardó su comentario."),
        "chat-left-text",
        _comment,
        CommentForm,
    ),
    "adjuntar": Act(
        "attach",
        lazy("Adjuntar un documento"),
        lazy("Adjuntar"),
        lazy("Se adjuntó el documento."),
        "paperclip",
        _attach,
        AttachForm,
    ),
    "prevenir": Act(
        "ask_correction",
        lazy("Pedir que se corrija algo (prevención)"),
        lazy("Enviar la prevención"),
        lazy("Se envió la prevención. El plazo del expediente se detiene hasta que contesten."),
        "exclamation-diamond",
        _ask_correction,
        CorrectionForm,
        lazy(
            "Quien lo solicitó recibirá este texto. El plazo se detiene hasta que conteste o venza el que usted fije."
        ),
    ),
    "contestar": Act(
        "answer_correction",
        lazy("Contestar la prevención"),
        lazy("Enviar la respuesta"),
        lazy("Se recibió la respuesta. El plazo vuelve a correr."),
        "reply",
        _answer_correction,
        AnswerForm,
        lazy("Esto es lo que se pidió. Si debe entregar documentos, adjúntelos antes al expediente."),
    ),
    "retirar-prevencion": Act(
        "withdraw_correction",
        lazy("Retirar la prevención"),
        lazy("Retirar la prevención"),
        lazy("Se retiró la prevención. El plazo vuelve a correr."),
        "arrow-counterclockwise",
        _withdraw_correction,
        ConfirmForm,
        lazy("Lo que se pidió ya no hace falta: el plazo del expediente vuelve a correr."),
    ),
    "registrar-llegada": Act(
        "record_message",
        lazy("Registrar que llegó lo que se espera"),
        lazy("Registrar"),
        lazy("Se registró. El expediente siguió su curso."),
        "envelope-open",
        _record_message,
        MessageForm,
        lazy("El expediente seguirá a la actividad que toca. Lo que escriba queda en el historial."),
    ),
    "prorrogar": Act(
        "extend",
        lazy("Ampliar el plazo (prórroga)"),
        lazy("Ampliar el plazo"),
        lazy("Se amplió el plazo del expediente."),
        "calendar-event",
        _extend,
        ExtendForm,
        lazy("Solo se puede ampliar una vez. Quien lo solicitó recibirá el motivo."),
    ),
    "desistir": Act(
        "withdraw",
        lazy("Desistir del trámite"),
        lazy("Desistir"),
        lazy("El trámite terminó porque usted desistió."),
        "arrow-return-left",
        _withdraw,
        lead=lazy("El trámite terminará aquí. Lo hecho hasta ahora queda guardado."),
        grave=True,
    ),
    "cancelar": Act(
        "cancel",
        lazy("Cancelar el expediente"),
        lazy("Cancelar el expediente"),
        lazy("Se canceló el expediente."),
        "x-circle",
        _cancel,
        lead=lazy("El expediente terminará aquí y sus tareas se cerrarán. Nada se borra."),
        grave=True,
    ),
    "reabrir": Act(
        "reopen",
        lazy("Reabrir el expediente"),
        lazy("Reabrir"),
        lazy("Se reabrió el expediente en su última actividad."),
        "arrow-clockwise",
        _reopen,
    ),
    "mover": Act(
        "move",
        lazy("Mover a otra actividad"),
        lazy("Mover"),
        lazy("Se movió el expediente."),
        "sign-turn-right",
        _move,
        MoveForm,
        lazy("Úselo solo para reparar un expediente que quedó donde no debe. El motivo queda en el historial."),
        grave=True,
    ),
    "nuevo-codigo": Act(
        "reissue_code",
        lazy("Emitir un nuevo código de seguimiento"),
        lazy("Emitir un código nuevo"),
        lazy("El código anterior dejó de servir."),
        "key",
        _reissue,
        ConfirmForm,
        lazy("El código anterior dejará de servir. El nuevo se muestra una sola vez: entréguelo a quien lo solicitó."),
    ),
}


@login_required
@require_http_methods(["GET", "POST"])
def case_act(request: Request, folio: str, slug: str) -> HttpResponse:
    """`/expedientes/FOLIO/acto/SLUG/`: one act on a case. What this person may not do does not exist for them."""
    case = case_or_404(request, folio)
    act = ACTS.get(slug)
    if act is None or act.name not in possible_acts(case, request.standing):
        raise Http404
    form = _form(request, case, act)
    if request.method == "POST" and form.is_valid():
        try:
            act.run(request, case, form)
        except Refused as refused:
            form.explain(refused.message, refused.fields)
        else:
            messages.success(request, str(act.done))
            return redirect("receipt" if act.name == "reissue_code" else "case", folio=case.folio)
    context = {
        "act": act,
        "form": form,
        "case": case,
        "search_address": reverse("case_search"),
        "quoted": _pending(case).text if act.name in {"answer_correction", "withdraw_correction"} else "",
    }
    return render(request, "procedures/act.html", context, status=422 if form.errors else 200)


def offered(case: Case, names: frozenset[str]) -> list[tuple[str, Act]]:
    """(slug, act) of what may be done now, in the order of the table."""
    return [(slug, act) for slug, act in ACTS.items() if act.name in names]


def _form(request: Request, case: Case, act: Act) -> Any:
    typed = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if act.form is MessageForm:
        awaited = services.messages_awaited(case, request.standing)
        return MessageForm(*typed, awaited=[(name, awaited_words(name, text)) for name, text in awaited])
    if act.form is not MoveForm:
        return act.form(*typed)
    procedure = definition_of(case.version_id).procedure
    steps = [(a.step, f"{a.step}. {a.text}") for a in procedure.activities]
    known = procedure.by_step
    tokens = [
        (str(t["id"]), _("Lo que está en %(step)s. %(text)s") % {"step": t["step"], "text": known[t["step"]].text})
        for t in case.state.get("tokens", [])
        if t["step"] in known
    ]
    return MoveForm(*typed, steps=steps, tokens=tokens)


def _pending(case: Case) -> CorrectionNotice:
    found = case.corrections.filter(status=CorrectionNotice.Status.PENDING).first()
    if found is None:
        raise Refused("stale", _("La prevención ya no está pendiente."))
    return found
