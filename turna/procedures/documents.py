"""Documents that activities issue: a Typst template and a case's data to a stored PDF, and its signatures.

Rendering happens in this process and needs no files: templates come from the installed edition. Typst starts threads of
its own, so a process that has rendered must not fork afterwards (web workers and the worker never do).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Max
from django.urls import reverse

from turna.core import documents
from turna.core.calendar import zone_of
from turna.core.files import store_bytes
from turna.core.mail import absolute
from turna.core.models import Appointment, Person, Position, StoredFile, Unit
from turna.engine.filling import date_text, show_value
from turna.engine.seats import seat_name

from .definitions import Definition, definition_of
from .models import Case, CaseDocument, DocumentSignature, Filing

OWNER_KIND = "case"
_FOLDER = "plantillas/"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a document is made of: the case, the data in force (`filled`: format to values), and its number.

    `signers`: who is to sign it (`firma`), so that it can leave them their place."""

    case: Case
    definition: Definition
    template: str
    title: str
    number: str
    version: int
    now: datetime
    filled: Mapping[str, Mapping[str, Any]]
    signatures: Sequence[DocumentSignature] = ()
    signers: Sequence[str] = ()


def issue(sheet: Sheet, *, step: str, task_id: int | None, person_id: int | None) -> CaseDocument:
    """Renders the template and keeps the PDF as the next version of that document of the case, with what it was made
    of.

    Raises: Refused("not_allowed"): the template cannot be rendered with these data.
    """
    case, code = sheet.case, documents.new_code()
    told = json.dumps(template_data(sheet, code), ensure_ascii=False, default=str)
    data = documents.render(f"{sheet.template}.typ", _files(sheet.definition), told, at=sheet.now)
    name = f"{sheet.template}-{case.folio.replace('/', '-')}-v{sheet.version}.pdf"
    stored = store_bytes(data, institution_id=case.institution_id, name=name, owner_kind=OWNER_KIND, owner_id=case.pk)
    return CaseDocument.objects.create(
        institution_id=case.institution_id,
        case=case,
        task_id=task_id,
        origin=CaseDocument.Origin.ISSUED,
        kind=sheet.template,
        title=sheet.title,
        number=sheet.number,
        version=sheet.version,
        step=step,
        file=stored,
        sha256=sha256(data).hexdigest(),
        code=code,
        data=told,
        edition_id=sheet.definition.version_id,
        maker=documents.maker(),
        created_by_id=person_id,
        created_at=sheet.now,
    )


def next_version(case_id: int, kind: str, title: str) -> int:
    rows = CaseDocument.objects.filter(case=case_id, kind=kind, title=title)
    return (rows.aggregate(last=Max("version"))["last"] or 0) + 1


def made_again(document: CaseDocument) -> bytes:
    """The PDF of an issued document from what was kept of it: the same bytes while `maker` is the same.

    Raises: Refused("not_allowed"): the template cannot be rendered any more.
    """
    files = _files(definition_of(document.edition_id or 0))
    return documents.render(f"{document.kind}.typ", files, document.data, at=document.created_at)


def _files(definition: Definition) -> dict[str, bytes]:
    return {
        name.removeprefix(_FOLDER): text.encode()
        for name, text in definition.sources.items()
        if name.startswith(_FOLDER) and name.endswith((".typ", ".svg"))
    }


# --- What a template reads -----------------------------------------------------------


def template_data(sheet: Sheet, code: str = "") -> dict[str, Any]:
    """`sys.inputs.data`: institucion, caso, documento, datos (as people read them), leidos (rows of tables, likewise),
    crudo (as kept), numeros (of the filings), firmas (given), firmantes (awaited), and with a `code` codigo and
    verificacion."""
    case, institution = sheet.case, sheet.case.institution
    zone = zone_of(institution.time_zone)
    day = sheet.now.astimezone(zone).date().isoformat()
    crudo = {key: dict(values) for key, values in sheet.filled.items()}
    return {
        "institucion": {
            "nombre": institution.name,
            "siglas": institution.acronym,
            "tema": institution.theme,
            "contacto": institution.contact,
        },
        "caso": {
            "folio": case.folio,
            "procedimiento": sheet.definition.procedure.name,
            "clave": sheet.definition.procedure.code,
            "asunto": case.subject,
            "solicitante": case.applicant_name,
            "abierto": date_text(case.opened_at.astimezone(zone).date().isoformat()),
        },
        "documento": {
            "titulo": sheet.title,
            "numero": sheet.number,
            "version": sheet.version,
            "fecha": day,
            "fecha_larga": date_text(day),
        },
        "datos": {key: _shown(sheet.definition, key, values) for key, values in sheet.filled.items()},
        "crudo": crudo,
        "leidos": {key: _rows_shown(sheet.definition, key, values) for key, values in sheet.filled.items()},
        "numeros": _numbers(case.pk),
        "firmas": [_signature(s, zone) for s in sheet.signatures],
        "firmantes": _awaited(sheet, day),
        "codigo": documents.shown_code(code),
        "verificacion": verification_address(code) if code else "",
    }


def verification_address(code: str) -> str:
    """Where anybody may check a document by its code: `https://…/verificar/7K3M-9PXT-2WQF/`."""
    return absolute(reverse("verify_document", args=[documents.shown_code(code)]))


def _shown(definition: Definition, key: str, values: Mapping[str, Any]) -> dict[str, str]:
    form = definition.formats.get(key)
    if form is None:
        return {}
    return {f.key: show_value(f, values[f.key], form, name_of) for f in form.fields if f.key in values}


def _rows_shown(definition: Definition, key: str, values: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    form = definition.formats.get(key)
    if form is None:
        return {}
    return {
        table.key: [
            {c.key: show_value(c, row[c.key], form, name_of) for c in table.columns if c.key in row}
            for row in values.get(table.key) or ()
        ]
        for table in form.fields
        if table.type == "table"
    }


def name_of(kind: str, key: str) -> str:
    """The name of a person, position, unit or file that a field refers to."""
    models: dict[str, Any] = {"person": Person, "position": Position, "unit": Unit}
    models |= {"file": StoredFile, "image": StoredFile}
    model = models.get(kind)
    if model is None or not str(key).isdigit():
        return str(key)
    row = model.objects.filter(pk=int(key)).first()
    return str(row) if row is not None else str(key)


def _numbers(case_id: int) -> dict[str, str]:
    """Format to the number that its last numbered filing took."""
    rows = Filing.objects.filter(case=case_id).exclude(number="").order_by("id")
    return dict(rows.values_list("format", "number"))


def _awaited(sheet: Sheet, day: str) -> list[dict[str, str]]:
    """The seats that are to sign; with the holder's name where exactly one person holds it that day."""
    known = sheet.definition.positions
    posts = {key: known[key] for key in (word.partition("@")[0] for word in sheet.signers) if key in known}
    held = Appointment.objects.filter(position__in=posts.values(), starts_on__lte=day).exclude(ends_on__lt=day)
    names: dict[int, list[str]] = {}
    for appointment in held.select_related("person"):
        names.setdefault(appointment.position_id, []).append(appointment.person.full_name)
    alone = {pk: found[0] for pk, found in names.items() if len(found) == 1}
    rows = dict(Position.objects.filter(pk__in=posts.values()).values_list("pk", "name"))
    called = {key: rows[pk] for key, pk in posts.items() if pk in rows}
    holder = {word: alone.get(posts.get(word, 0), "") for word in sheet.signers}
    holder["solicitante"] = sheet.case.applicant_name
    return [{"puesto": seat_name(word, called), "nombre": holder[word]} for word in sheet.signers]


def _signature(signature: DocumentSignature, zone: Any) -> dict[str, str]:
    local = signature.signed_at.astimezone(zone)
    return {
        "nombre": signature.person.full_name,
        "puesto": signature.position.name if signature.position else seat_name("solicitante", {}),
        "fecha": f"{date_text(local.date().isoformat())}, {local:%H:%M}",
        "huella": signature.sha256,
        "suplencia": signature.on_behalf_of.full_name if signature.on_behalf_of else "",
    }
