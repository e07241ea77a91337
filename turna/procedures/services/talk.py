"""What is said and added beside the flow: comments, files, and what each keeps for themselves (drafts, filters)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from turna.core.calendar import now
from turna.core.files import Source, store
from turna.core.rights import Standing

from ..definitions import definition_of
from ..documents import OWNER_KIND, next_version
from ..models import Case, CaseDocument, Comment, Draft, SavedFilter, Task
from .acting import once, seen_case
from .carrying import Entry, record
from .outcomes import Refused
from .step import CaseRow, at_desk
from .telling import tell_applicant

LONGEST_COMMENT = 10_000
MOST_FILTERS = 30


def comment(case_id: int, by: Standing, text: str, audience: str = "internal", *, act: UUID | None = None) -> int:
    """Says something in a case, for colleagues or for the applicant (who is told). Returns the comment's id.

    The applicant's own comments are for everybody. Raises: Refused: not_found, invalid_form.
    """

    def do() -> int:
        moment, said = now(), text.strip()
        if not said or len(said) > LONGEST_COMMENT:
            told = _("Escriba un comentario.") if not said else _("El comentario es demasiado largo.")
            raise Refused("invalid_form", told, {"text": told})
        with at_desk() as desk:
            case = seen_case(desk, case_id, by)
            whom = audience if case.applicant_id != by.person_id else Comment.Audience.APPLICANT
            row = Comment.objects.create(
                institution_id=case.institution_id,
                case_id=case.id,
                author_id=by.actor_id,
                audience=Comment.Audience(whom),
                text=said,
                at=moment,
            )
            record(
                desk,
                case,
                Entry("case.commented", {"comment": row.pk, "audience": whom}, by.actor_id, None, act),
                moment,
            )
            if whom == Comment.Audience.APPLICANT and case.applicant_id != by.person_id:
                _tell(case.id, said, f"comment:{row.pk}")
        return row.pk

    return once(act, do, lambda entry: int(entry.data["comment"]))


def _tell(case_id: int, text: str, dedupe: str) -> None:
    case = Case.objects.select_related("applicant").get(pk=case_id)
    subject = _("%(folio)s: tiene un mensaje") % {"folio": case.folio}
    tell_applicant(case, kind="case.comment", subject=subject, body=text, dedupe=dedupe)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A file on its way into a case."""

    upload: Source
    kind: str
    title: str
    name: str
    task_id: int | None
    for_applicant: bool


def attach(
    case_id: int,
    by: Standing,
    upload: Source,
    *,
    kind: str,
    title: str = "",
    name: str = "",
    task_id: int | None = None,
    for_applicant: bool = False,
    act: UUID | None = None,
) -> CaseDocument:
    """Adds a file to a running case; the same kind and title again is its next version.

    `name`: the file's own, when `upload` does not carry it. Limits of the activity (`adjunta`: size, endings) hold
    when the kind is one it names.
    Raises: Refused: not_found, case_ended; FileRefused.
    """
    own_name = name or str(getattr(upload, "name", "") or kind)
    parcel = _Parcel(upload, kind[:100], (title.strip() or kind)[:250], own_name, task_id, for_applicant)

    def do() -> CaseDocument:
        moment = now()
        with at_desk() as desk:
            case = seen_case(desk, case_id, by)
            if case.status not in ("open", "suspended"):
                raise Refused("case_ended", _("El expediente ya terminó."))
            row = _keep(parcel, case, by, moment)
            data = {"document": row.pk, "kind": row.kind, "title": row.title, "sha256": row.sha256}
            record(desk, case, Entry("document.attached", data, by.actor_id, None, act), moment)
        return row

    return once(act, do, lambda entry: CaseDocument.objects.get(pk=entry.data["document"]))


def _keep(parcel: _Parcel, case: CaseRow, by: Standing, moment: datetime) -> CaseDocument:
    step, max_mb, accept = _limits(case.version_id, case.id, parcel.task_id, parcel.kind)
    stored = store(
        parcel.upload,
        institution_id=case.institution_id,
        name=parcel.name,
        owner_kind=OWNER_KIND,
        owner_id=case.id,
        by=by,
        max_mb=max_mb,
        accept=accept,
    )
    return CaseDocument.objects.create(
        institution_id=case.institution_id,
        case_id=case.id,
        task_id=parcel.task_id,
        origin=CaseDocument.Origin.ATTACHED,
        kind=parcel.kind,
        title=parcel.title,
        version=next_version(case.id, parcel.kind, parcel.title),
        step=step,
        file=stored,
        sha256=stored.blob_id,
        for_applicant=parcel.for_applicant or case.applicant_id == by.person_id,
        created_by_id=by.actor_id,
        created_at=moment,
    )


def _limits(version_id: int, case_id: int, task_id: int | None, kind: str) -> tuple[str, int | None, tuple[str, ...]]:
    """(step, largest size, endings) for a file of this kind in the task's activity."""
    if task_id is None:
        return "", None, ()
    task = Task.objects.filter(pk=task_id, case=case_id).first()
    if task is None:
        raise Refused("not_found", _("Esta tarea no existe."))
    activity = definition_of(version_id).activity(task.step)
    found = next((a for a in activity.attachments if a.kind == kind), None)
    return (task.step, None, ()) if found is None else (task.step, found.max_mb, found.accept)


def withdraw_document(document_id: int, by: Standing, reason: str) -> None:
    """Takes an attached file out of force; it stays in the history. Who attached it, with a reason; not what was
    issued or signed. Raises: Refused: not_found, not_yours, already_done, not_allowed, missing_reason."""
    moment = now()
    if not reason.strip():
        raise Refused("missing_reason", _("Diga por qué lo retira."), {"reason": _("Falta el motivo.")})
    with at_desk() as desk:
        row = CaseDocument.objects.filter(pk=document_id).first()
        if row is None:
            raise Refused("not_found", _("Este documento no existe."))
        case = seen_case(desk, row.case_id, by)
        row.refresh_from_db()
        if row.withdrawn_at is not None:
            raise Refused("already_done", _("Ya se había retirado."))
        if row.origin == CaseDocument.Origin.ISSUED or row.signatures.exists():
            raise Refused("not_allowed", _("Un documento emitido o firmado no se retira: se emite otro."))
        if row.created_by_id != by.person_id:
            raise Refused("not_yours", _("Solo lo retira quien lo adjuntó."))
        CaseDocument.objects.filter(pk=row.pk).update(withdrawn_at=moment, withdrawn_reason=reason.strip()[:300])
        data = {"document": row.pk, "reason": reason.strip()}
        record(desk, case, Entry("document.withdrawn", data, by.actor_id), moment)


# --- For oneself -------------------------------------------------------------------


def save_draft(key: str, by: Standing, data: Mapping[str, Any], *, institution_id: int = 0) -> None:
    """Keeps what somebody has typed so far under "task:42" or "start:7". `institution_id`: whose task or procedure it
    is, for those who are of none."""
    defaults = {"institution_id": by.institution_id or institution_id, "data": dict(data), "saved_at": now()}
    Draft.objects.update_or_create(person_id=by.person_id, key=key[:60], defaults=defaults)


def drop_draft(key: str, by: Standing) -> None:
    """What was typed has been sent."""
    drafts = Draft.objects.filter(person=by.person_id, key=key)
    if drafts.exists():  # most acts leave none behind, and a deletion is a transaction of its own
        drafts.delete()


@transaction.atomic
def save_filter(by: Standing, name: str, query: str, *, institution_id: int = 0) -> SavedFilter:
    """Keeps a filter of the inbox under a name; the same name again replaces it. Raises: Refused("invalid_form")."""
    title = " ".join(name.split())[:60]
    if not title:
        raise Refused("invalid_form", _("Escriba un nombre."), {"name": _("Escriba un nombre.")})
    mine = SavedFilter.objects.filter(person=by.person_id)
    if mine.exclude(name=title).count() >= MOST_FILTERS:
        raise Refused("invalid_form", _("Ya tiene demasiados filtros; borre alguno."), {"name": ""})
    defaults = {"institution_id": by.institution_id or institution_id, "query": query[:400]}
    return SavedFilter.objects.update_or_create(person_id=by.person_id, name=title, defaults=defaults)[0]


def delete_filter(filter_id: int, by: Standing) -> None:
    """Raises: Refused("not_found")."""
    deleted, _rows = SavedFilter.objects.filter(pk=filter_id, person=by.person_id).delete()
    if not deleted:
        raise Refused("not_found", _("Ese filtro no existe."))
