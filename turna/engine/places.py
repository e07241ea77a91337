"""Where something is written in a pack, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: `file` relative to the pack, `line` from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


Lines = Mapping[str, int]
"""Where each key of a block is written: what findings point at; no part of what the block says."""


def no_lines() -> Lines:
    return {}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the reader or the checker says: where, what is wrong, how to mend it."""

    place: Place
    code: str
    message: str
    mend: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        kind = "error" if self.severity == "error" else "aviso"
        return f"{self.place}: {kind}: {self.message} {self.mend}".rstrip()
