"""The sheet (format) of a task or of a start: what it begins with, what was typed, files that came with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from turna.core.calendar import today
from turna.core.models import Person, Position, Unit
from turna.engine.definitions import FormatDef
from turna.engine.filling import prefill
from turna.web.requests import Request
from turna.web.typed import read_typed, upload_names

from .. import services
from ..definitions import Definition
from ..models import Case, Draft
from ..services.data import last_filings

# What of a POST is no part of a draft.
UNTYPED = frozenset({"csrfmiddlewaretoken", "act", "do"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A format as the page shows it. `errors` by path; `others` belong to no field of the format."""

    format: FormatDef | None
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    sources: Mapping[str, list[tuple[int, str]]] = field(default_factory=dict)


def begun(request: Request, definition: Definition, key: str | None, case: Case | None, draft: Draft | None) -> Sheet:
    """The sheet as it stands before anything is sent: the draft, what was filled last time, or what is known."""
    if key is None:
        return Sheet(None)
    form = definition.formats[key]
    if draft is not None and draft.data.get("typed"):
        return Sheet(form, draft.data["typed"], sources=sources_of(form, definition.institution_id))
    filled = last_filings(case.pk) if case is not None else {}
    known = _known(request, case, filled)
    if case is None and definition.procedure.start.on_behalf:
        del known["solicitante"]  # whoever begins it asks for somebody else
    values = filled.get(key) or prefill(form, known)
    return Sheet(form, values, sources=sources_of(form, definition.institution_id))


def typed_in(request: Request, form: FormatDef | None) -> dict[str, Any]:
    """What was typed into the sheet, file fields by the file kept before or the name of the one just sent."""
    if form is None:
        return {}
    typed = read_typed(form, request.POST)
    for name, which in upload_names(form).items():
        sent = request.FILES.get(name)
        if sent is not None:
            typed[which.key] = sent.name
    return typed


def attach_sent(request: Request, form: FormatDef | None, case_id: int, task_id: int | None) -> dict[str, str]:
    """Attaches the files sent with the sheet's fields to the case. Returns file ids by field key.
    Raises: FileRefused, Refused."""
    kept: dict[str, str] = {}
    for name, which in upload_names(form).items() if form is not None else ():
        sent = request.FILES.get(name)
        if sent is None:
            continue
        document = services.attach(
            case_id,
            request.standing,
            sent,
            name=sent.name or which.label,
            kind=which.label[:100],
            title=(sent.name or which.label)[:250],
            task_id=task_id,
        )
        kept[which.key] = str(document.file_id)
    return kept


def draft_of(request: Request, key: str) -> Draft | None:
    return Draft.objects.filter(person_id=request.standing.person_id, key=key).first()


def sources_of(form: FormatDef, institution_id: int) -> dict[str, list[tuple[int, str]]]:
    """Choices for the fields that name a person, a position or a unit of the institution."""
    kinds = {f.type for whole in form.fields for f in (whole, *whole.columns)}
    out: dict[str, list[tuple[int, str]]] = {}
    if "unit" in kinds:
        units = Unit.objects.filter(institution_id=institution_id, is_active=True).order_by("name")
        out["unit"] = list(units.values_list("pk", "name"))
    if "position" in kinds:
        positions = Position.objects.filter(institution_id=institution_id, is_active=True).order_by("name")
        out["position"] = list(positions.values_list("pk", "name"))
    if "person" in kinds:
        people = Person.objects.filter(institution_id=institution_id, is_active=True)
        out["person"] = [(p.pk, p.full_name) for p in people.order_by("given_names", "surname1")[:2000]]
    return out


def _known(request: Request, case: Case | None, filled: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Where `precarga` may look: the person, the applicant, the case, today, and every format filled so far."""
    person: Any = request.user
    me = {"nombre": person.full_name, "correo": person.email, "telefono": person.phone, "curp": person.curp}
    me |= _post(request)
    known: dict[str, Any] = {"persona": me, "solicitante": me, "hoy": today(request.institution).isoformat(), **filled}
    if case is not None:
        known["caso"] = {
            "folio": case.folio,
            "asunto": case.subject,
            "fecha": case.opened_at.date().isoformat(),
            "procedimiento": case.procedure.name,
        }
        known["solicitante"] = {
            "nombre": case.applicant_name,
            "correo": case.applicant_email,
            "telefono": case.applicant_phone,
            "unidad": case.applicant_unit.name if case.applicant_unit else "",
        }
    return known


def _post(request: Request) -> dict[str, Any]:
    """The person's own post and unit, by its name."""
    held = [position for position, absent in request.standing.positions.items() if absent is None]
    first = Position.objects.filter(pk__in=held).select_related("unit").order_by("pk").first()
    if first is None:
        return {}
    return {"puesto": first.name, "unidad": first.unit.name if first.unit else ""}
