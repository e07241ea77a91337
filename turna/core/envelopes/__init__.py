"""Sealed envelopes: a generic first password that only paper carries.

The letter is rendered and encrypted at once; the password stands nowhere else. What is kept afterwards: sha256, whose
it was, who printed it, when it was handed over. Who may print one is judged above (a case, the administration).
"""

from .passwords import first_password
from .sealing import LASTS, Letter, destroy, destroy_old, may_open, open_letter, running, seal

__all__ = ["LASTS", "Letter", "destroy", "destroy_old", "first_password", "may_open", "open_letter", "running", "seal"]
