"""Every change to cases and packs: check the right, change, audit, in one transaction; then tell (events)."""

from .claim import claim_many, claim_task, reassign_task, release_task
from .complete import complete_task
from .opening import Applicant, code_digest
from .outcomes import Completed, OpenedTask, Refused, Started
from .start import may_start, start_case

__all__ = [
    "Applicant",
    "Completed",
    "OpenedTask",
    "Refused",
    "Started",
    "claim_many",
    "claim_task",
    "code_digest",
    "complete_task",
    "may_start",
    "reassign_task",
    "release_task",
    "start_case",
]
