"""What this process last wrote of a case, so that the next act on it need not read it first.

Never trusted: whoever acts on it writes only where the case still has the same `rev` and seal (`quick`), and both
change with every act. So it may be old, incomplete or empty, and costs at most a second attempt.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from turna.engine.flow import State

from .step import CaseRow, TaskRow

MOST = 4096
"""Cases kept; the one not acted on for longest goes first."""


@dataclass(frozen=True, slots=True)
class Known:
    """A case after an act of this process, and those of its open tasks that are known, by id."""

    case: CaseRow
    state: State
    tasks: Mapping[int, TaskRow]


_cases: OrderedDict[int, Known] = OrderedDict()
_case_of: dict[int, int] = {}
_lock = Lock()


def known(task_id: int) -> Known | None:
    """The case of an open task as this process last left it."""
    case_id = _case_of.get(task_id)
    found = None if case_id is None else _cases.get(case_id)
    # Between the two another thread may have gone on with the case.
    return found if found is not None and task_id in found.tasks else None


def keep(case: CaseRow, state: State, tasks: Mapping[int, TaskRow]) -> None:
    """Remembers the case in place of what was known of it."""
    with _lock:
        _drop(case.id)
        if state.outcome is None:
            _cases[case.id] = Known(case, state, tasks)
            for task_id in tasks:
                _case_of[task_id] = case.id
        if len(_cases) > MOST:
            _drop(next(iter(_cases)))


def forget(case_id: int) -> None:
    with _lock:
        _drop(case_id)


def forget_all() -> None:
    """For tests, whose databases give the same number to different cases."""
    with _lock:
        _cases.clear()
        _case_of.clear()


def _drop(case_id: int) -> None:
    former = _cases.pop(case_id, None)
    for task_id in former.tasks if former is not None else ():
        _case_of.pop(task_id, None)
