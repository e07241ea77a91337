"""The nouns of running procedures, one module per subject."""

from .cases import Case, CaseParty, Comment, CorrectionNotice, DueRevision, Extension, Suspension
from .documents import CaseDocument, DocumentSignature, Filing
from .manual import PackRelease, Procedure, ProcedureVersion, Schedule
from .tasks import Draft, SavedFilter, Task
from .waits import Wait

__all__ = [
    "Case",
    "CaseDocument",
    "CaseParty",
    "Comment",
    "CorrectionNotice",
    "DocumentSignature",
    "Draft",
    "DueRevision",
    "Extension",
    "Filing",
    "PackRelease",
    "Procedure",
    "ProcedureVersion",
    "SavedFilter",
    "Schedule",
    "Suspension",
    "Task",
    "Wait",
]
