"""Files of a sheet: kept at once, so that nobody uploads them twice; the case's when the sheet is sent."""

from __future__ import annotations

from collections.abc import Mapping

from turna.core.calendar import now
from turna.core.files import Source, store
from turna.core.models import StoredFile
from turna.core.rights import Standing, system_standing
from turna.engine.definitions import FieldDef

from ..documents import OWNER_KIND, next_version
from ..models import Case, CaseDocument, Task
from ..references import DRAFT_KIND, FOLLOWED_KIND
from .acting import seen_case
from .carrying import Entry, record
from .step import at_desk

PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "heic", "heif", "tif", "tiff")
SIGNATURE_MB = 1


def accepted(field: FieldDef) -> tuple[tuple[str, ...], int | None]:
    """The endings that a field takes, and its own limit in MB."""
    if field.type == "signature":
        return ("png",), SIGNATURE_MB
    return field.accept or (PICTURES if field.type == "image" else ()), None


def keep_upload(by: Standing, upload: Source, field: FieldDef, name: str, *, institution_id: int) -> StoredFile:
    """Keeps what was sent with a field of a sheet before there is a case: its sender's alone. Raises: FileRefused."""
    endings, most = accepted(field)
    return store(
        upload,
        institution_id=institution_id,
        name=name,
        owner_kind=DRAFT_KIND,
        owner_id=by.person_id,
        by=by,
        accept=endings,
        max_mb=most,
    )


def adopt_files(case_id: int, by: Standing, files: Mapping[int, str], *, task_id: int = 0) -> None:
    """Gives the case the files that its sheet holds; `files`: id to the label of the field. The caller's transaction.

    Raises: Refused: not_found."""
    sent = StoredFile.objects.filter(pk__in=files, owner_kind=DRAFT_KIND, owner_id=by.person_id)
    step = Task.objects.filter(pk=task_id, case=case_id).values_list("step", flat=True).first() or ""
    for stored in sent.select_related("blob").order_by("pk"):
        _adopt(case_id, by, stored, files[stored.pk][:100], task_id if step else None, step)


def keep_sent(case: Case, upload: Source, field: FieldDef, name: str) -> StoredFile:
    """Keeps what the applicant without an account sent with a field, for the same case only. Raises: FileRefused."""
    endings, most = accepted(field)
    return store(
        upload,
        institution_id=case.institution_id,
        name=name,
        owner_kind=FOLLOWED_KIND,
        owner_id=case.pk,
        by=None,
        accept=endings,
        max_mb=most,
    )


def adopt_sent(case_id: int, files: Mapping[int, str], *, task_id: int) -> None:
    """Gives the case the files that its applicant sent with a sheet. The caller's transaction. Raises: Refused."""
    sent = StoredFile.objects.filter(pk__in=files, owner_kind=FOLLOWED_KIND, owner_id=case_id)
    step = Task.objects.values_list("step", flat=True).get(pk=task_id)
    for stored in sent.select_related("blob").order_by("pk"):
        _adopt(case_id, system_standing(), stored, files[stored.pk][:100], task_id, step)
        CaseDocument.objects.filter(file=stored).update(for_applicant=True)


def _adopt(case_id: int, by: Standing, stored: StoredFile, kind: str, task_id: int | None, step: str) -> None:
    moment = now()
    with at_desk() as desk:
        case = seen_case(desk, case_id, by)
        StoredFile.objects.filter(pk=stored.pk).update(owner_kind=OWNER_KIND, owner_id=case_id)
        row = CaseDocument.objects.create(
            institution_id=case.institution_id,
            case_id=case.id,
            task_id=task_id,
            step=step,
            origin=CaseDocument.Origin.ATTACHED,
            kind=kind,
            title=stored.name,
            version=next_version(case.id, kind, stored.name),
            file=stored,
            sha256=stored.blob_id,
            for_applicant=case.applicant_id == by.person_id,
            created_by_id=by.actor_id,
            created_at=moment,
        )
        data = {"document": row.pk, "kind": row.kind, "title": row.title, "sha256": row.sha256}
        record(desk, case, Entry("document.attached", data, by.actor_id), moment)
