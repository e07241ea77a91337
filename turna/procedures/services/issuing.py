"""Issuing the documents of an activity: what each is called, which number it takes and when, and what is signed.

A number is taken in the transaction of the act, and a document that is corrected keeps its own: none is ever lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from turna.core import folios
from turna.core.models import FolioSeries
from turna.engine.definitions import Activity, Issue

from ..definitions import Definition
from ..documents import Sheet, issue, next_version
from ..models import Case, CaseDocument, DocumentSignature
from .data import last_filings

_TITLE = re.compile(r"^//\s*T[íi]tulo:\s*(\S.*?)\s*$", re.M)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who issues, from which task of which case, and when."""

    case_id: int
    definition: Definition
    step: str
    task_id: int
    person_id: int | None
    at: datetime


def issue_documents(
    desk: Desk, activity: Activity, fresh: Mapping[str, Mapping[str, Any]], filed_number: str
) -> list[CaseDocument]:
    """Issues what the activity says (`genera`), with the data in force and those just filled (`fresh`: format to
    values). A document without a series of its own carries `filed_number`, that of the format just filled.

    Raises: Refused("not_allowed"): a template cannot be made.
    """
    case, filled = _case(desk), {**last_filings(desk.case_id), **fresh}
    made = []
    for wanted in activity.issues:
        title = title_of(desk.definition, activity, wanted.template)
        number = _number(desk, case, wanted, signing=not activity.signers) if wanted.series else filed_number
        version = next_version(case.pk, wanted.template, title)
        sheet = Sheet(
            case, desk.definition, wanted.template, title, number, version, desk.at, filled, signers=activity.signers
        )
        made.append(issue(sheet, step=desk.step, task_id=desk.task_id, person_id=desk.person_id))
    return made


def documents_to_sign(case_id: int, definition: Definition, step: str) -> list[CaseDocument]:
    """The last version of each document that the signers of this activity vouch for, in the order of `genera`."""
    templates = [wanted.template for wanted in definition.activity(step).issues]
    rows = CaseDocument.objects.filter(case=case_id, step=step, kind__in=templates, withdrawn_at__isnull=True)
    rows = rows.select_related("file", "file__blob", "created_by").prefetch_related("signatures__person")
    last = {row.kind: row for row in rows.order_by("version")}
    return [last[template] for template in templates if template in last]


def numbered(desk: Desk, document: CaseDocument) -> CaseDocument:
    """The document to be signed: the same, or with the number that it takes at its first signature, issued anew so that
    the signature vouches for numbered bytes. Raises: Refused("not_allowed"): the template cannot be made."""
    activity = desk.definition.activity(desk.step)
    wanted = next(one for one in activity.issues if one.template == document.kind)
    if document.number or wanted.series is None:
        return document
    case = _case(desk)
    return _again(desk, case, document, number=_number(desk, case, wanted, signing=True), signers=activity.signers)


def issue_signed(desk: Desk, document: CaseDocument) -> CaseDocument:
    """The same document once more, with its signatures printed. Raises: Refused("not_allowed")."""
    rows = document.signatures.select_related("person", "position", "on_behalf_of").order_by("task__slot", "id")
    return _again(desk, _case(desk), document, number=document.number, signatures=list(rows))


def title_of(definition: Definition, activity: Activity, template: str) -> str:
    """What a document is called: as its template says (`// Título: …`), else as the format of the same name, else as
    the only format that the activity fills."""
    said = _TITLE.search(definition.template(template))
    if said:
        return said[1]
    form = definition.formats.get(template)
    if form is None and len(activity.issues) == 1:
        form = definition.formats.get(activity.form or "")
    return form.name if form is not None else template.replace("-", " ").capitalize()


def _again(
    desk: Desk,
    case: Case,
    document: CaseDocument,
    *,
    number: str,
    signatures: Sequence[DocumentSignature] = (),
    signers: Sequence[str] = (),
) -> CaseDocument:
    version = next_version(case.pk, document.kind, document.title)
    filled = last_filings(case.pk)
    sheet = Sheet(
        case, desk.definition, document.kind, document.title, number, version, desk.at, filled, signatures, signers
    )
    return issue(sheet, step=document.step, task_id=desk.task_id, person_id=desk.person_id)


def _case(desk: Desk) -> Case:
    return Case.objects.select_related("institution").get(pk=desk.case_id)


def _number(desk: Desk, case: Case, wanted: Issue, *, signing: bool) -> str:
    """The number that this document has in the case already, else the next of its series if its moment has come."""
    rows = CaseDocument.objects.filter(case=case.pk, kind=wanted.template, origin=CaseDocument.Origin.ISSUED)
    before = rows.exclude(number="").order_by("-version").values_list("number", flat=True).first()
    if before is not None:
        return before
    if wanted.number_at == "signature" and not signing:
        return ""
    series = FolioSeries.objects.select_related("institution").get(institution=case.institution_id, key=wanted.series)
    return folios.take(series, at=desk.at)
