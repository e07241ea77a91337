"""What an action is: the registry, what it is handed, what it answers.

An action runs inside the transaction of the act that calls it: what it refuses or breaks leaves the task open and
nothing half done. Domains plug in theirs with `@ACTIONS.register("payments.request")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from turna.core.registry import Registry
from turna.engine.definitions import Activity

from ..definitions import Definition
from ..models import Case


class ActionFailed(Exception):
    """The action could not be done; the text says why, in Spanish, for who is completing the task. `field`: of the
    filled format, where the fault lies."""

    def __init__(self, told: str, field: str = "") -> None:
        super().__init__(told)
        self.field = field


@dataclass(frozen=True, slots=True)
class Context:
    """What an action is handed.

    `values`: what is being filed with the task (format `form`, with the keys `fields`); `number`: what that filing
    carries already ("": nothing yet); `data`: every name that an expression may read; `person_id` None: nobody, the
    activity acts by itself. `told`: the arguments that the manual gives (`con`); `pack`: whose conventions hold;
    `position_id`: whose task it is; `doer_of`: the position that does the first activity calling another action.
    """

    institution_id: int
    case_id: int
    step: str
    now: datetime
    person_id: int | None
    form: str | None
    values: Mapping[str, Any]
    data: Mapping[str, Any]
    number: str = ""
    fields: frozenset[str] = frozenset()
    told: Mapping[str, str] = field(default_factory=dict)
    pack: str = ""
    position_id: int | None = None
    doer_of: Callable[[str], int | None] = lambda _action: None


@dataclass(frozen=True, slots=True)
class Done:
    """What an action answers: values to add to what is filed, the number of that filing, a line for the history."""

    values: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an action puts into a fresh sheet before a person sees it; `told`: a line that says so."""

    values: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""


Action = Callable[[Context], Done]
ACTIONS: Registry[Action] = Registry("acciones")
Preparation = Callable[[Definition, Activity, Case, datetime], Prepared]
PREPARATIONS: Registry[Preparation] = Registry("preparaciones")
"""By the action's name: what it knows already when the task is opened. Reads only."""
