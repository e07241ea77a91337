"""The sheet (format) of a task or of a start: what it begins with, what was typed, files that came with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from turna.core.calendar import calendar_of, now, today, zone_of
from turna.core.models import Appointment, Position
from turna.core.refusals import Refused
from turna.engine.definitions import FormatDef
from turna.engine.filling import prefill
from turna.web.requests import Request
from turna.web.typed import Beside, live_state, read_typed, upload_names, with_row_act

from .. import services
from ..actions import Prepared
from ..definitions import Definition
from ..models import Case, Draft
from ..references import beside, identified, names_something
from ..services.data import last_filings
from ..services.preparing import prepared
from ..surroundings import surroundings


@dataclass(frozen=True, slots=True)
class Sheet:
    """A format as the page shows it. `errors` by path; `others` belong to no field of the format."""

    format: FormatDef | None
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    beside: Beside = field(default_factory=Beside)
    told: str = ""  # what went well


@dataclass(frozen=True, slots=True)
class Received:
    """What was sent: `typed` as `engine.filling` takes it; `wrong`: files that were not taken, by path."""

    typed: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


# --- Showing -------------------------------------------------------------------------------


def begun(request: Request, definition: Definition, key: str | None, case: Case | None, draft: Draft | None) -> Sheet:
    """The sheet as it stands before anything is sent: the draft, what was filled last time, or what is known."""
    if key is None:
        return Sheet(None)
    form = definition.formats[key]
    if draft is not None and draft.data.get("typed"):
        return shown(request, definition, form, draft.data["typed"])
    filled = last_filings(case.pk) if case is not None else {}
    if filled.get(key):
        return shown(request, definition, form, filled[key])
    known = _known(request, form, case, filled)
    if case is None and definition.procedure.start.on_behalf:
        known.pop("solicitante", None)  # whoever begins it asks for somebody else
    values = _named(request, definition, form, prefill(form, known))
    counted = prepared(definition, key, case, now()) if case is not None else Prepared()
    return replace(shown(request, definition, form, {**values, **counted.values}), told=counted.told)


def shown(
    request: Request,
    definition: Definition,
    form: FormatDef | None,
    values: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    others: tuple[str, ...] = (),
) -> Sheet:
    """The sheet with these values, and everything that stands beside it."""
    if form is None:
        return Sheet(None, others=others)
    around = _around(request)
    return Sheet(
        form,
        values,
        errors or {},
        others,
        beside(form, values, request.standing, definition.whose, around),
    )


def errors_shown(form: FormatDef | None, refused: Refused) -> tuple[dict[str, str], tuple[str, ...]]:
    """A refusal as (errors of fields by path, texts that belong to none)."""
    keys = {f.key for f in form.fields} if form else set()
    errors = {path: text for path, text in refused.fields.items() if path.split(".", 1)[0] in keys}
    whole = refused.fields.get("", "")
    return errors, (whole,) if whole else () if errors else (refused.message,)


def _around(request: Request) -> dict[str, Any]:
    return surroundings(calendar_of(request.institution), now())


def _named(request: Request, definition: Definition, form: FormatDef, values: dict[str, Any]) -> dict[str, Any]:
    """What prefilling found, with ids for names."""
    if not values or not names_something(form):
        return values
    return identified(form, values, request.standing, definition.whose)[0]


# --- Receiving ------------------------------------------------------------------------------


def received(request: Request, definition: Definition, form: FormatDef | None) -> Received:
    """What was typed. Files are kept at once, so that no other fault asks for them again."""
    if form is None:
        return Received()
    kept: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, (path, which) in upload_names(form, request.POST).items():
        sent = request.FILES.get(name)
        if sent is None:
            continue
        try:
            stored = services.keep_upload(
                request.standing, sent, which, sent.name or which.label, institution_id=definition.institution_id
            )
            kept[name] = str(stored.pk)
        except Refused as refused:
            wrong[path] = refused.message
    return Received(read_typed(form, request.POST, kept), wrong)


def only_shown_again(request: Request) -> bool:
    """Whether what was sent only asks for the page anew: refreshed, or with a row moved."""
    return request.POST.get("do") == "refresh" or bool(request.POST.get("row"))


def refreshed(request: Request, definition: Definition, form: FormatDef | None) -> Sheet:
    """The sheet as it stands with what was typed; nothing is required yet."""
    got = received(request, definition, form)
    typed = with_row_act(got.typed, request.POST.get("row", ""))
    return shown(request, definition, form, typed, got.wrong)


def state_now(request: Request, form: FormatDef | None) -> dict[str, Any]:
    """For the page while one types: what applies and what is worked out."""
    return live_state(form, request.POST, _around(request)) if form is not None else {}


def draft_of(request: Request, key: str) -> Draft | None:
    return Draft.objects.filter(person_id=request.standing.person_id, key=key).first()


# --- What is known ---------------------------------------------------------------------------


def _known(
    request: Request, form: FormatDef, case: Case | None, filled: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Where `precarga` may look: the person, the applicant, the case, today, and every format filled so far. Only
    what this format asks is read."""
    asked = {f.prefill.split(".")[0] for f in form.fields if f.prefill}
    known: dict[str, Any] = {"hoy": today(request.institution).isoformat(), **filled}
    if "persona" in asked or (case is None and "solicitante" in asked):
        known["persona"] = known["solicitante"] = _person(request)
    if case is None:
        return known
    if "solicitante" in asked:
        known["solicitante"] = _applicant(case)
    known["caso"] = {
        "folio": case.folio,
        "asunto": case.subject,
        "fecha": case.opened_at.astimezone(zone_of(case.institution.time_zone)).date().isoformat(),
        "procedimiento": case.procedure.name,
        "estado": str(case.get_status_display()),
    }
    return known


def _person(request: Request) -> dict[str, Any]:
    person: Any = request.user
    me = {"nombre": person.full_name, "correo": person.email, "telefono": person.phone, "curp": person.curp}
    held = [position for position, absent in request.standing.positions.items() if absent is None]
    return me | _post(Position.objects.filter(pk__in=held))


def _applicant(case: Case) -> dict[str, Any]:
    """What is known of whoever asked for the case: as they said it, and their post of today."""
    told = {
        "nombre": case.applicant_name,
        "correo": case.applicant_email,
        "telefono": case.applicant_phone,
        "curp": case.applicant.curp if case.applicant else "",
    }
    if case.applicant_id:
        day = today(case.institution)
        now_held = Appointment.objects.filter(person=case.applicant_id, starts_on__lte=day)
        now_held = now_held.exclude(ends_on__lt=day)
        told |= _post(Position.objects.filter(pk__in=now_held.values("position")))
    return told | ({"unidad": case.applicant_unit.name} if case.applicant_unit else {})


def _post(positions: QuerySet[Position]) -> dict[str, Any]:
    """The first of the positions and its unit, by name."""
    first = positions.select_related("unit").order_by("pk").first()
    if first is None:
        return {}
    return {"puesto": first.name, "unidad": first.unit.name if first.unit else ""}
