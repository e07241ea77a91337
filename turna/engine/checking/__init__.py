"""Judging a pack that was read: does every name exist, does every flow end, does every term fit.

Errors keep a pack from being installed; warnings are what a careful reader would ask. Nothing here reads files but
`read_and_check`, and nothing raises for bad input.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from ..definitions import Finding, Pack
from ..reading import Reading, read_files
from .advice import advise, advise_pack
from .coverage import check_rules
from .desk import Desk
from .flows import check_flow
from .formats import check_format
from .institution import check_institution
from .procedures import check_calls, check_procedure

__all__ = ["check", "read_and_check"]


def check(pack: Pack, actions: Collection[str] | None = None, *, read: Sequence[Finding] = ()) -> list[Finding]:
    """Everything wrong or doubtful in `pack`, by file and line.

    `actions`: the names of the registered actions, None when they are not known. `read`: what the reader
    said of the same pack, so that a file torn by a fault is not judged for what it lost.
    """
    desk = Desk(pack, actions, read)
    check_institution(desk)
    for form in pack.formats.values():
        check_format(desk, form)
    for procedure in pack.procedures.values():
        check_procedure(desk, procedure)
        check_flow(desk, procedure)
        check_rules(desk, procedure)
        advise(desk, procedure)
    check_calls(desk)
    advise_pack(desk)
    return in_order(desk.findings)


def read_and_check(folder: Path, actions: Collection[str] | None = None) -> tuple[Pack | None, list[Finding]]:
    """The pack in `folder`, None when it has any error, and all findings of the reader and the checker."""
    return check_reading(read_files(folder), actions)


def check_reading(reading: Reading, actions: Collection[str] | None = None) -> tuple[Pack | None, list[Finding]]:
    """The same for what was read already, from files or from texts."""
    if reading.pack is None:
        return None, reading.findings
    findings = in_order([*reading.findings, *check(reading.pack, actions, read=reading.findings)])
    usable = all(f.severity == "warning" for f in findings)
    return (reading.pack if usable else None), findings


def in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(set(findings), key=lambda f: (f.place.file, f.place.line, f.severity, f.code, f.message))
