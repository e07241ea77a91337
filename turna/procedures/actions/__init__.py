"""The actions that an activity may call (`accion`): the registry, and those of this room."""

from . import accounts, numbers
from .calling import ACTIONS, Action, ActionFailed, Context, Done

__all__ = ["ACTIONS", "Action", "ActionFailed", "Context", "Done", "accounts", "numbers"]
