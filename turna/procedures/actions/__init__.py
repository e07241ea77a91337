"""The actions that an activity may call (`accion`): the registry, and those of this room."""

from . import accounts, counting, numbers
from .calling import ACTIONS, PREPARATIONS, Action, ActionFailed, Context, Done, Prepared

__all__ = [
    "ACTIONS",
    "PREPARATIONS",
    "Action",
    "ActionFailed",
    "Context",
    "Done",
    "Prepared",
    "accounts",
    "counting",
    "numbers",
]
