"""What services answer: small frozen values, and `Refused` when they do not."""

from __future__ import annotations

from dataclasses import dataclass

from turna.core.refusals import Refused

__all__ = ["Completed", "OpenedTask", "Refused", "Started"]


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A task that an act has opened: its activity's number and text, and who does it (label)."""

    id: int
    step: str
    text: str
    kind: str
    responsible: str
    position_id: int | None
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Completed:
    """The outcome of an act on a case. `outcome` set: the case has ended. `repeated`: this act had been done before."""

    case_id: int
    opened: tuple[OpenedTask, ...] = ()
    outcome: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A new case. `code` is the secret code to follow it without an account, told only here ("" when repeated)."""

    case_id: int
    folio: str
    code: str
    repeated: bool = False
