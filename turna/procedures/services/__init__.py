"""Every change to cases and packs: check the right, change, audit, in one transaction; then tell (events)."""

from .applicants import is_applicants
from .claim import claim_many, claim_task, reassign_task, release_lost, release_task
from .clock import counts_from, extend_case, recount_institution
from .complete import complete_as_applicant, complete_task
from .corrections import answer_correction, ask_correction, withdraw_correction
from .due import Swept, run_due
from .envelopes import print_envelope, renew_envelope
from .messages import messages_awaited, receive_message
from .opening import Applicant, code_digest
from .outcomes import Completed, OpenedTask, Refused, Started
from .packs import Installed, PackRefused, check_folder, install_pack
from .plans import CasePlan, PackPlan, move_open_cases, plan_pack
from .route import answer_routed, recall_routed, route_many, route_task
from .sign import refuse_signature, sign_task
from .start import start_case
from .starters import may_start, who_starts
from .supervise import cancel_case, move_case, reissue_code, reopen_case, withdraw_case
from .talk import attach, comment, delete_filter, drop_draft, save_draft, save_filter, withdraw_document
from .uploads import adopt_files, adopt_sent, keep_sent, keep_upload

__all__ = [
    "Applicant", "CasePlan", "Completed", "Installed", "OpenedTask", "PackPlan", "PackRefused", "Refused", "Started",
    "Swept", "adopt_files", "adopt_sent", "answer_correction", "answer_routed", "ask_correction", "attach",
    "cancel_case", "check_folder", "claim_many", "claim_task", "code_digest", "comment", "complete_as_applicant",
    "complete_task", "counts_from", "delete_filter", "drop_draft", "extend_case", "install_pack", "is_applicants",
    "keep_sent", "keep_upload", "may_start", "messages_awaited", "move_case", "move_open_cases", "plan_pack",
    "print_envelope", "reassign_task", "recall_routed", "receive_message", "recount_institution", "refuse_signature",
    "reissue_code", "release_lost", "release_task", "renew_envelope", "reopen_case", "route_many", "route_task",
    "run_due", "save_draft", "save_filter", "sign_task", "start_case", "who_starts", "withdraw_case",
    "withdraw_correction", "withdraw_document",
]  # fmt: skip
