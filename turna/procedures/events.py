"""What has happened to cases and packs, told after commit (core.events)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseStarted:
    case_id: int
    institution_id: int
    procedure: str


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    task_id: int
    case_id: int
    institution_id: int
    step: str


@dataclass(frozen=True, slots=True)
class CaseEnded:
    case_id: int
    institution_id: int
    outcome: str


@dataclass(frozen=True, slots=True)
class PackInstalled:
    institution_id: int
    pack: str
    number: int
