"""The inbox: its tabs, filters, bulk acts and exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from turna.core.calendar import now
from turna.core.models import Person, Position, Unit
from turna.core.refusals import Refused
from turna.web.requests import Request

from .. import services
from ..export import Cell, csv_file, xlsx_file
from ..forms import FilterNameForm, HandOverForm, RouteForm
from ..inbox import LIGHTS, TABS, Inbox, Page, Wanted, without
from ..models import Procedure, SavedFilter, Task
from .reading import Row, case_rows, inbox_of, institution_id, sent, task_rows

BULK_LIMIT = 100
# Acts on marked tasks that ask something first: the page that asks.
NEXT_PAGES = {"route": "inbox_route", "reassign": "inbox_reassign"}
HEADER = [
    gettext_lazy("Folio"),
    gettext_lazy("Asunto"),
    gettext_lazy("Solicitante"),
    gettext_lazy("Procedimiento"),
    gettext_lazy("Actividad"),
    gettext_lazy("Tipo"),
    gettext_lazy("Quién la tiene"),
    gettext_lazy("Recibida"),
    gettext_lazy("Vence"),
    gettext_lazy("Plazo"),
    gettext_lazy("Hecha"),
    gettext_lazy("Respuesta"),
]


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where a tab holds nothing: what that means and what to do."""

    title: str
    text: str
    url: str = ""
    action: str = ""


@login_required
@require_GET
def inbox(request: Request) -> HttpResponse:
    """`/bandeja/`: one tab, filtered, a page at a time. Everything asked for is in the address."""
    box = inbox_of(request)
    tab = _tab(request, box)
    wanted = Wanted.of(request.GET)
    page = box.page(tab, wanted, request.GET.get("desde", ""))
    counts = box.counts()
    return render(
        request,
        "procedures/inbox.html",
        {
            "tab": tab,
            "tabs": [_tab_link(name, tab, wanted, counts) for name in box.tabs],
            "wanted": wanted,
            "rows": list(rows_of(request, page)),
            "following": f"?{wanted.address(vista=tab, desde=page.after)}" if page.after else "",
            "beginning": f"?{wanted.address(vista=tab)}" if request.GET.get("desde") else "",
            "note": _note(page),
            "chips": list(_chips(request, tab, wanted)),
            "empty": _empty(tab, wanted, counts),
            "query": wanted.address(vista=tab),
            "bulk": tab in {"mine", "unclaimed", "unit"},
            "filter_name": FilterNameForm(),
            **_choices(request, box, tab),
        },
    )


@login_required
@require_GET
def inbox_export(request: Request, kind: str) -> HttpResponseBase:
    """The whole tab as filtered, as a file: the same rows and the same rights as on the page."""
    box = inbox_of(request)
    tab = _tab(request, box)
    wanted = Wanted.of(request.GET)
    pages = box.every(tab, wanted)
    lines = (_line(row) for page in pages for row in rows_of(request, page))
    name = f"bandeja-{tab}-{timezone.localtime(now()):%Y-%m-%d}"
    return {"csv": csv_file, "xlsx": xlsx_file}[kind](name, [str(word) for word in HEADER], lines)


@login_required
@require_POST
def inbox_acts(request: Request) -> HttpResponse:
    """The buttons over the list: take all marked tasks, or go on to route them."""
    chosen = chosen_tasks(request.POST.getlist("task"))
    back = back_to(request)
    if not chosen:
        messages.warning(request, _("Marque primero al menos una tarea."))
        return redirect(back)
    if request.POST.get("do") in NEXT_PAGES:
        query = urlencode({"task": chosen, "volver": back}, doseq=True)
        return redirect(f"{reverse(NEXT_PAGES[request.POST['do']])}?{query}")
    refused = services.claim_many(chosen, request.standing)
    _tell_bulk(request, refused, len(chosen), lambda n: ngettext("Tomó %(n)d tarea.", "Tomó %(n)d tareas.", n))
    return redirect(back)


@login_required
@require_http_methods(["GET", "POST"])
def inbox_route(request: Request) -> HttpResponse:
    """Routes several tasks at once: to whom, with which instruction and term."""
    asked = request.POST if request.method == "POST" else request.GET
    tasks = list(_routable(request, chosen_tasks(asked.getlist("task"))))
    if not tasks:
        raise Http404
    form = HandOverForm(sent(request), institution_id=institution_id(request))
    back = back_to(request)
    if request.method == "POST" and form.is_valid():
        to, instruction = form.cleaned_data["to"].pk, form.cleaned_data["instruction"]
        keys = [task.pk for task in tasks]
        refused = services.route_many(keys, request.standing, to=to, instruction=instruction, term=form.term())
        _tell_bulk(
            request, refused, len(keys), lambda n: ngettext("Se turnó %(n)d tarea.", "Se turnaron %(n)d tareas.", n)
        )
        return redirect(back)
    context = {"form": form, "rows": list(task_rows(request, tasks)), "back": back}
    return render(request, "procedures/inbox_route.html", context, status=200 if not form.errors else 422)


@login_required
@require_POST
def filter_save(request: Request) -> HttpResponse:
    """Keeps the present filter of the inbox under a name."""
    form = FilterNameForm(request.POST)
    query = Wanted.of(request.POST).address(vista=request.POST.get("vista", "mine"))
    if not form.is_valid():
        messages.error(request, _("Escriba un nombre para el filtro, de hasta 60 letras."))
        return redirect(f"{reverse('inbox')}?{query}")
    try:
        here = institution_id(request)
        services.save_filter(request.standing, form.cleaned_data["name"], query, institution_id=here)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Se guardó el filtro «%(name)s».") % {"name": form.cleaned_data["name"]})
    return redirect(f"{reverse('inbox')}?{query}")


@login_required
@require_POST
def filter_delete(request: Request, filter_id: int) -> HttpResponse:
    """Forgets a saved filter of one's own."""
    try:
        services.delete_filter(filter_id, request.standing)
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, refused.message)
    return redirect("inbox")


def rows_of(request: Request, page: Page) -> Iterator[Row]:
    """A page of the inbox in words, whether it lists tasks or cases."""
    yield from task_rows(request, page.tasks)
    yield from case_rows(request, page.cases)


def routing(form: RouteForm) -> dict[str, Any]:
    """What a filled routing form says, as the services take it."""
    data = form.cleaned_data
    return {
        "to": [position.pk for position in data["to"]],
        "instruction": data["instruction"],
        "term": form.term(),
        "hand_over": data["hand_over"] == "yes",
    }


def _tab(request: Request, box: Inbox) -> str:
    """The tab asked for; without one the first that suits: what is mine."""
    asked = request.GET.get("vista", "")
    return asked if asked in box.tabs else "mine"


def _tab_link(name: str, present: str, wanted: Wanted, counts: dict[str, Any]) -> dict[str, Any]:
    kept = wanted if name == "unit" else replace(wanted, unit=None, person=None, position=None, free=False)
    count = counts.get(name)
    return {
        "label": TABS[name],
        "url": f"?{kept.address(vista=name)}",
        "current": name == present,
        "count": count.words if count is not None else "",
    }


def _choices(request: Request, box: Inbox, tab: str) -> dict[str, Any]:
    """What the filter offers."""
    here = institution_id(request)
    out: dict[str, Any] = {
        "procedures": list(Procedure.objects.filter(institution_id=here).order_by("name").values_list("pk", "name")),
        "lights": LIGHTS,
        "kinds": Task.Kind.choices,
        "saved": list(SavedFilter.objects.filter(person_id=request.standing.person_id).order_by("name")),
    }
    if tab == "unit":
        units = Unit.objects.filter(institution_id=here).order_by("path")
        out["units"] = [u for u in units if request.standing.heads(u.path)]
    return out


def _chips(request: Request, tab: str, wanted: Wanted) -> Iterator[dict[str, str]]:
    """The conditions that are on and have no field of their own in the filter, each with the link that lifts it."""
    if wanted.person:
        name = Person.objects.filter(pk=wanted.person, institution_id=institution_id(request)).first()
        yield {
            "label": _("Las tiene: %(name)s") % {"name": name or "—"},
            "url": f"?{without(wanted, 'person').address(vista=tab)}",
        }
    if wanted.position:
        place = Position.objects.filter(pk=wanted.position, institution_id=institution_id(request)).first()
        yield {
            "label": _("Puesto: %(name)s") % {"name": place or "—"},
            "url": f"?{without(wanted, 'position').address(vista=tab)}",
        }
    if wanted.free:
        yield {"label": _("Nadie las ha tomado"), "url": f"?{without(wanted, 'free').address(vista=tab)}"}


def _note(page: Page) -> str:
    if page.after:
        return ngettext("Se muestra %(n)d", "Se muestran %(n)d", len(page)) % {"n": len(page)}
    return ""


def _empty(tab: str, wanted: Wanted, counts: dict[str, Any]) -> Empty:
    if wanted.any:
        return Empty(
            _("Nada coincide con el filtro"),
            _("Quite alguna condición o busque en todos los expedientes."),
            f"?{Wanted().address(vista=tab)}",
            _("Quitar el filtro"),
        )
    if tab == "mine":
        if counts.get("unclaimed"):
            text = _("Hay tareas de su puesto que nadie ha tomado.")
            return Empty(_("No tiene tareas pendientes"), text, "?vista=unclaimed", _("Ver las que nadie ha tomado"))
        text = _("Cuando algo le corresponda aparecerá aquí y recibirá un aviso.")
        return Empty(_("Está al día"), text, reverse("start_catalogue"), _("Iniciar un trámite"))
    return {
        "unclaimed": Empty(_("Nada sin tomar"), _("Todas las tareas de sus puestos tienen ya quien las atienda.")),
        "unit": Empty(_("Su unidad está al día"), _("Ninguna tarea de su unidad está pendiente.")),
        "waiting": Empty(
            _("Nadie le debe respuesta"),
            _("Aquí verá los expedientes en los que usted actuó o que inició y que ahora atiende otra persona."),
            reverse("case_search"),
            _("Buscar un expediente"),
        ),
        "done": Empty(_("Aún no ha terminado tareas"), _("Lo que termine quedará aquí, lo más reciente primero.")),
    }[tab]


def _line(row: Row) -> list[Cell]:
    return [
        row.folio,
        row.subject,
        row.applicant,
        row.procedure,
        row.activity,
        row.kind_words,
        row.holder,
        timezone.localtime(row.opened_at),
        timezone.localtime(row.due_at) if row.due_at and row.light.name != "none" else None,
        row.light.words,
        timezone.localtime(row.done_at) if row.done_at else None,
        row.answer,
    ]


def chosen_tasks(raw: list[str]) -> list[int]:
    numbers = [int(word) for word in raw if word.isascii() and word.isdigit() and len(word) < 16]
    return list(dict.fromkeys(numbers))[:BULK_LIMIT]


def _routable(request: Request, chosen: list[int]) -> Any:
    doable = Task.objects.doable_by(request.standing).filter(pk__in=chosen)
    related = ("case", "case__procedure", "position", "unit", "assignee", "person")
    return doable.select_related(*related).order_by("order_at", "pk")


def back_to(request: Request) -> str:
    """Where the list was; only ever the inbox, whatever the form says."""
    asked = request.POST.get("volver") or request.GET.get("volver") or ""
    place = reverse("inbox")
    return asked if asked.startswith(f"{place}?") or asked == place else place


def _tell_bulk(request: Request, refused: Mapping[int, str], asked: int, words: Callable[[int], str]) -> None:
    """How many were done, and why the others were not."""
    done = asked - len(refused)
    if done:
        messages.success(request, words(done) % {"n": done})
    for text in dict.fromkeys(refused.values()):
        messages.warning(request, text)
