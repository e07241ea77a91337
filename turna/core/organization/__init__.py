"""The org chart and who stands where in it: units, positions, appointments, substitutes. Accounts are `people`'s.

Every service checks the right, changes, and notes it in the institution's chain, in one transaction.
"""

from .holders import HoldersChanged, appoint, cancel_substitution, end_all, end_appointment, substitute
from .positions import change_position, create_position, set_rights
from .units import change_unit, create_institution, create_unit, move_unit, rename_unit

__all__ = [
    "HoldersChanged",
    "appoint",
    "cancel_substitution",
    "change_position",
    "change_unit",
    "create_institution",
    "create_position",
    "create_unit",
    "end_all",
    "end_appointment",
    "move_unit",
    "rename_unit",
    "set_rights",
    "substitute",
]
